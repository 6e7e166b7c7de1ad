"""One real Prefect server for all tests of the flows, on a free port of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from perinatal.practice import write_practice

ROOT = Path(__file__).parents[2]
_PATIENCE = 120.0
_T = TypeVar("_T")


def wait_until(look: Callable[[], _T | None], what: str, patience: float = _PATIENCE) -> _T:
    """Look until there is something; a busy machine makes a test slow, never red."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"no {what} within {patience:.0f} seconds")


@dataclass(frozen=True)
class Server:
    """A running Prefect server, and what it knows."""

    url: str
    environment: dict[str, str]

    def post(self, path: str, **body: object) -> list[dict[str, Any]]:
        answer = httpx.post(f"{self.url}{path}", json=body, timeout=_PATIENCE)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found

    def runs(self, flow: str) -> list[dict[str, Any]]:
        return self.post("/flow_runs/filter", flows={"name": {"any_": [flow]}})

    def artifacts(self, run_id: str) -> dict[str, str]:
        """Pages of a run and of the flows inside it: key and Markdown."""
        inside = self.post(
            "/flow_runs/filter", flow_runs={"parent_flow_run_id": {"any_": [run_id]}}
        )
        ids = [run_id, *(run["id"] for run in inside)]
        found = self.post("/artifacts/filter", artifacts={"flow_run_id": {"any_": ids}})
        return {page["key"]: page["data"] for page in found if page["key"]}

    def command(self, *arguments: str, data: Path, **more: str) -> subprocess.Popen[str]:
        """Start one of our commands against this server."""
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**self.environment, "PERINATAL_DATA_DIR": str(data), **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("prefect")
    url = f"http://127.0.0.1:{(port := _free_port())}/api"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": url,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    # bytecode may be written: without it each of these processes compiles all of Prefect anew
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    address = ("--host", "127.0.0.1", "--port", str(port))
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--no-ui", *address],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            wait_until(lambda: process.poll() is not None or _answers(url), "Prefect server")
            assert process.poll() is None, (home / "server.log").read_text()
            yield Server(url, environment)
        finally:
            _stop(process)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="session")
def prefect_here(server: Server) -> Iterator[Server]:
    """Flows that are called in this very process run on the server too."""
    before = dict(os.environ)
    os.environ.update(
        {name: server.environment[name] for name in ("PREFECT_HOME", "PREFECT_API_URL")}
    )
    import flows  # noqa: F401 - sets its switches before Prefect is imported

    # isort: split
    from prefect.context import refresh_global_settings_context

    refresh_global_settings_context()
    yield server
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def served(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """`flows.serve` with a schedule of each minute, on an inbox with good and bad files."""
    data = tmp_path_factory.mktemp("served")
    (data / "inbox" / "kaart").mkdir(parents=True)
    boundaries, figures = write_practice(data / "inbox")
    boundaries.rename(data / "inbox" / "kaart" / boundaries.name)  # folders are looked into
    wrong = figures.with_name("oefenregio_perinataal_kapot.csv")
    wrong.write_text("jaar;iets_anders\n2020;1\n", encoding="utf-8")
    (data / "inbox" / "notulen_<b>.txt").write_text("no delivery", encoding="utf-8")
    told = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    each_minute = data / "prefect.yaml"
    each_minute.write_text(told.replace('"0 6 * * 1"', '"* * * * *"'), encoding="utf-8")
    assert each_minute.read_text(encoding="utf-8") != told
    process = server.command("flows.serve", "--deployments", str(each_minute), data=data)
    yield process, data
    _stop(process)
