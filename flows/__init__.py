"""The steps of :mod:`perinatal.pipeline` as Prefect flows; Prefect is imported in here only.

Switches of Prefect and Great Expectations are read when those are imported, so they are set here,
before that. What stands in the environment already wins.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path


def _data_dir() -> Path:
    """The folder of ``--data`` or of the environment.

    The argument is looked at before the command itself can, because Prefect's own folder lies in
    the data folder and is fixed on import.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data", nargs="?")
    told = parser.parse_known_args(sys.argv[1:])[0].data
    return Path(told or os.environ.get("PERINATAL_DATA_DIR") or "data")


PREFECT_HOME = _data_dir().absolute() / ".prefect"

SWITCHES = {
    # nothing about deliveries, runs or this machine is told to third parties
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "GX_ANALYTICS_ENABLED": "false",
    # below this level Prefect prints some 150 lines of traceback when its server stops
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    # our own lines do reach the page of a run
    "PREFECT_LOGGING_EXTRA_LOGGERS": "perinatal",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    # the default of 20 s is too short for a first start on a busy machine
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_HOME": str(PREFECT_HOME),
}
for _name, _value in SWITCHES.items():
    os.environ.setdefault(_name, _value)
with suppress(OSError):  # a folder that cannot be made is reported where it is needed
    Path(os.environ["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)

logging.getLogger("perinatal").setLevel(logging.INFO)
