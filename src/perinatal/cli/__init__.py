"""The command line. Only click is imported until a command runs, so that ``--help`` is instant."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from perinatal import __version__
from perinatal.cli.alerting import alert
from perinatal.cli.disclosing import disclosure
from perinatal.cli.drafting import new_source
from perinatal.cli.explaining import explain
from perinatal.cli.inside import check, quality, status
from perinatal.cli.inventing import example
from perinatal.cli.lists import areas, indicators, sources
from perinatal.cli.output import Installation, say
from perinatal.cli.planning import plan
from perinatal.cli.refreshing import refresh
from perinatal.cli.releasing import release
from perinatal.cli.sight import sight
from perinatal.cli.steps import build, ingest, startfoto
from perinatal.cli.withdrawing import withdraw
from perinatal.errors import PerinatalError

_STOPPED = 130
_HELP = """From neighbourhood deliveries to a startfoto for a local Kansrijke Start coalition.

\b
A first try, with an invented town:
  perinatal example practice
  perinatal ingest practice
  perinatal build
  perinatal startfoto oefenstad

\b
Exit codes: 0 done; 1 a fault of perinatal; 2 a mistake in what was asked;
3 the catalogue or a suite; 4 rejected; 5 quarantined, whole or in part; 6 try again later;
7 a promise of our own is broken, nothing was published; 8 some startfoto's could not be
made, the others were.
"""


@click.group(help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="PERINATAL_DATA_DIR",
    help="Folder where the data live (or PERINATAL_DATA_DIR).  [default: data]",
)
@click.option("--debug", is_flag=True, help="Show the traceback of a fault of perinatal.")
@click.version_option(__version__, prog_name="perinatal")
@click.pass_context
def cli(context: click.Context, data: Path | None, debug: bool) -> None:
    context.obj = Installation(data)


for _command in (
    refresh, ingest, withdraw, plan, build, startfoto, release, explain, areas, indicators, sources,
    quality, status, sight, check, disclosure, alert, new_source, example,
):  # fmt: skip
    cli.add_command(_command)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; only an unknown fault may show a traceback."""
    try:
        code = cli.main(list(arguments), prog_name="perinatal", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("stopped. What was finished is kept; start the command again to go on.")
        return _STOPPED
    except PerinatalError as error:
        say(f"perinatal: {error}")
        return error.exit_code
    except BrokenPipeError:
        # the reader ('| head') has seen enough; Python must not flush into the closed pipe again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        say(f"perinatal: {place}{error.strerror or error}. Check the folder and its rights.")
        return 2
    except Exception as error:
        if "--debug" in arguments:
            raise
        # only the kind: the text of an unknown error can hold a cell
        say(
            f"perinatal: this is a fault of perinatal ({type(error).__name__}), not of your file. "
            "Run again as 'perinatal --debug ...' and send what it prints to the maintainer."
        )
        return 1


def main() -> None:
    """Entry of the console script."""
    sys.exit(run(sys.argv[1:]))
