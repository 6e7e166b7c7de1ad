"""Serve the deployment `refresh` of prefect.yaml on this machine. `python -m flows.serve`."""

from __future__ import annotations

import _thread
import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from prefect import serve
from prefect.client.orchestration import get_client
from prefect.context import refresh_global_settings_context
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.settings import get_current_settings
from prefect.types.entrypoint import EntrypointType
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows._shared import LOG, run_command, settings_for
from flows._watch import close_lost_runs
from flows.refresh import refresh
from perinatal.catalog import read_yaml
from perinatal.errors import UserError
from perinatal.pipeline.refresh import speak

DEPLOYMENTS = Path(__file__).parents[1] / "prefect.yaml"
_HOST = "127.0.0.1"  # the server has no login: it is for this machine only


class _Part(BaseModel):
    """Prefect reads more keys than we do; what we read must be right."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Schedule(_Part):
    cron: Annotated[str, Field(min_length=9)]
    timezone: str
    active: bool = True


class _Deployment(_Part):
    name: str
    description: str = ""
    concurrency_limit: Annotated[int, Field(ge=1)] = 1
    schedules: Annotated[list[_Schedule], Field(min_length=1)]


class _File(_Part):
    deployments: list[_Deployment]


def deployment(file: Path = DEPLOYMENTS) -> RunnerDeployment:
    """The deployment `refresh` as prefect.yaml describes it.

    Raises:
        UserError: no such file or deployment, or a field that is not right.
    """
    if not file.is_file():
        raise UserError(f"{file}: no such file. Run this from the folder of the project.")
    try:
        found = _File.model_validate(read_yaml(file))
        told = next(entry for entry in found.deployments if entry.name == refresh.name)
        schedules = [
            Cron(entry.cron, timezone=entry.timezone, active=entry.active)
            for entry in told.schedules
        ]
    except StopIteration:
        raise UserError(f"{file.name}: no deployment with the name '{refresh.name}'.") from None
    except ValidationError as error:
        faults = (
            f"{file.name}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            for fault in error.errors()
        )
        raise UserError("\n".join(faults)) from None
    except ValueError as error:
        raise UserError(f"{file.name}: schedules: {error}") from None
    made = RunnerDeployment.from_flow(
        refresh,
        told.name,
        schedules=schedules,
        concurrency_limit=told.concurrency_limit,
        description=told.description,
        # by module, since a file loaded by its path cannot import the rest of `flows`
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return made


def require_server() -> str:
    """The address of the server, once it has answered.

    Prefect itself would start without one, run nothing and say nothing.

    Raises:
        UserError: no address is set, or nothing answers there.
    """
    url = get_current_settings().api.url
    if not url:
        raise UserError(
            "no Prefect server is set, so nothing would ever run. Start one with 'make schedule' "
            "or '--with-server', or set PREFECT_API_URL (http://127.0.0.1:4200/api)."
        )
    if not _answers():
        raise UserError(
            f"no Prefect server answers at {url} (PREFECT_API_URL), so nothing would ever run. "
            "Start it with 'prefect server start --host 127.0.0.1', or use '--with-server'."
        )
    return url


def _answers() -> bool:
    with get_client(sync_client=True) as client:
        return client.api_healthcheck() is None


@contextmanager
def _own_server(port: int) -> Iterator[None]:
    """A server beside us, on this machine only, that ends with us; when it ends first, so do we."""
    os.environ["PREFECT_API_URL"] = f"http://{_HOST}:{port}/api"
    refresh_global_settings_context()
    if _answers():
        raise UserError(f"a Prefect server runs at port {port} already: leave '--with-server' out.")
    LOG.info("starting a Prefect server at http://%s:%d ...", _HOST, port)
    server = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", _HOST, "--port", str(port)],
        stdout=subprocess.DEVNULL,
    )
    stopping = threading.Event()

    def follow() -> None:
        server.wait()
        if not stopping.is_set():
            LOG.error("the Prefect server has stopped")
            _thread.interrupt_main()

    try:
        _wait_for(server)
        threading.Thread(target=follow, daemon=True).start()
        yield
    finally:
        stopping.set()
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait_for(server: subprocess.Popen[bytes], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not _answers():
        if server.poll() is not None:
            raise UserError("the Prefect server could not start; is the port in use?")
        if time.monotonic() > until:
            raise UserError(f"the Prefect server did not answer within {seconds:.0f} seconds.")
        time.sleep(0.5)


def serve_refresh(file: Path = DEPLOYMENTS) -> None:
    """Serve until interrupted."""
    made = deployment(file)
    url = require_server()
    close_lost_runs(made.name, settings_for(None))
    for schedule in made.schedules or []:
        LOG.info("serving '%s' (%s) at %s", made.name, getattr(schedule.schedule, "cron", ""), url)
    # a pause on shutdown would outlive a restart of the machine: the schedule then stands still
    serve(made, pause_on_shutdown=False, print_starting_message=False, limit=1)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m flows.serve",
        description="Run 'refresh' on this machine at the times that prefect.yaml tells.",
    )
    parser.add_argument("--data", type=Path, help="data folder (default: PERINATAL_DATA_DIR, data)")
    parser.add_argument(
        "--deployments", type=Path, default=DEPLOYMENTS, metavar="FILE", help="another prefect.yaml"
    )
    parser.add_argument(
        "--with-server", action="store_true", help="start a Prefect server on this machine too"
    )
    parser.add_argument("--port", type=int, default=4200, help="of that server (default: 4200)")
    options = parser.parse_args()
    speak()
    if options.data:
        # runs are processes of their own: they read it from the environment
        os.environ["PERINATAL_DATA_DIR"] = str(options.data.absolute())
    if options.with_server:
        with _own_server(options.port):
            serve_refresh(options.deployments)
    else:
        serve_refresh(options.deployments)
    return 0


if __name__ == "__main__":
    run_command(main)
