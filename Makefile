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

.PHONY: startfoto test check lock schedule clean
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

## a Prefect server on this machine, and `refresh` at the times of prefect.yaml
schedule: $(STAMP)
	$(BIN)/python -m flows.serve --with-server

# One environment for use and development: half a second more to install, one thing less to know.
# uv installs in seconds; where it cannot be had or does not reach the registry (it does not read
# pip.conf), pip installs the same locked versions and checks the same hashes.
$(STAMP): requirements-dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	{ $(BIN)/python -m pip install --quiet --disable-pip-version-check uv \
	  && VIRTUAL_ENV=$(VENV) $(BIN)/uv --no-config pip sync --quiet --strict requirements-dev.txt; } \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

UV_LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--python-version 3.11 --no-header --no-annotate pyproject.toml

## lock the versions anew: names, versions and hashes, no addresses
lock:
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(UV_LOCK) --output-file requirements.txt
	$(UV_LOCK) --extra dev --output-file requirements-dev.txt

## back to a clean clone, except for your data
clean:
	rm -rf $(VENV) data/example .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
