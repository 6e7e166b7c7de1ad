# Two commands carry a newcomer: `make startfoto` and `make test`. Only Python 3.11 or newer, make
# and a package registry are needed; everything is installed into .venv and nothing outside it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# With it every import compiles anew: Great Expectations then takes 14 seconds instead of 4.
unexport PYTHONDONTWRITEBYTECODE
# certificates as the machine has them, also where a company has its own
export UV_SYSTEM_CERTS ?= 1

.PHONY: startfoto national test check deep soak lock pages golden schedule clean
.DEFAULT_GOAL := startfoto

## the startfoto of an invented town, from delivered file to PDF
startfoto: $(STAMP)
	$(BIN)/python -m flows.refresh --example

## everything that a change must pass
test: check
	$(BIN)/python -m pytest -n 2 --dist loadgroup

## the fast half of it
check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/perinatal check

## what takes minutes: a country, hundreds of draws, every moment to be killed at; seeds of today
deep: $(STAMP)
	PERINATAL_DEEP=1 $(BIN)/python -m pytest -n 2 --dist loadgroup -m deep --durations 15

## the same with every draw; its log is kept in docs
soak: $(STAMP)
	@PERINATAL_DEEP=soak $(BIN)/python -m pytest -n 2 --dist loadgroup -m deep --durations 30 -rA \
	  > docs/soak.log; code=$$?; tail -n 40 docs/soak.log; exit $$code

## an invented country: ingested, built, and every document of every area (ten minutes)
national: $(STAMP)
	$(BIN)/python -m benchmarks.national

## a Prefect server on this machine, and `refresh` at the times of prefect.yaml
schedule: $(STAMP)
	$(BIN)/python -m flows.serve --with-server

# One environment for use and development: some seconds more to install, one thing less to know.
# uv installs in seconds. It does not read pip.conf, so it is told pip's index when there is one;
# where it cannot be had or fails, pip installs the same locked versions and checks the same hashes.
# (--no-deps: the lock is complete, and pip refuses hashes of a package that another wants with an
# extra.)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV  := index="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(PIP) config get global.index-url 2>/dev/null)}}"; \
	if [ -n "$$index" ]; then export UV_DEFAULT_INDEX="$$index"; fi; \
	VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV), the first time this takes up to a minute ..."
	@{ $(PIP) install uv && { $(UV) pip sync --quiet requirements-dev.txt; } \
	   && { $(UV) pip install --quiet --no-deps -e .; }; } \
	|| { echo "uv could not do it; pip will, in some minutes ..."; \
	     $(PIP) install --no-compile --no-deps --require-hashes -r requirements-dev.txt \
	       && $(PIP) install --no-deps -e .; }
	@touch $@

LOCK := pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--python-version 3.11 --no-header --no-annotate pyproject.toml

## lock the versions anew: names, versions and hashes, no addresses
lock: | $(BIN)/python
	$(PIP) install uv
	@$(UV) $(LOCK) --output-file requirements.txt
	@$(UV) $(LOCK) --extra dev --output-file requirements-dev.txt

## the pages and schemas that are made from code and rules; a test keeps each equal
pages: $(STAMP)
	$(BIN)/python -c "import json; from perinatal.startfoto.document import Startfoto as S; \
	  print(json.dumps(S.model_json_schema(), indent=1, ensure_ascii=False))" > docs/startfoto.schema.json
	$(BIN)/python -c "import json; from perinatal.alerts import webhook_schema; \
	  print(json.dumps(webhook_schema(), indent=1, ensure_ascii=False))" > docs/alert.schema.json
	$(BIN)/python -m perinatal.statistics.known_answers > docs/known-answers.md
	$(BIN)/python -m perinatal.ingest.rules_page > docs/quality-rules.md
	$(BIN)/python -m perinatal.startfoto.sentence_catalogue > docs/sentences.md

## keep the documents of the practice town as they are now: read the difference before you commit
golden: $(STAMP)
	$(BIN)/python -m pytest -q tests/startfoto/test_golden.py --write-golden

## back to a clean clone, except for your data
clean:
	rm -rf $(VENV) data/example .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
