"""The real command in its own process: exit codes, and what it does not import."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Practice

Write = Callable[[str, bytes], Path]


def _perinatal(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "perinatal.cli", *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


def _rejected(content: bytes) -> bytes:
    return content[:700]


def _quarantined(content: bytes) -> bytes:
    return content.replace(b";WK990100;", b";WK990199;", 1)


@pytest.mark.parametrize(
    ("spoil", "code", "told"),
    [(_rejected, 4, "rule      STR-TRUNCATED"), (_quarantined, 5, "OEF-REGION")],
    ids=["rejected", "quarantined"],
)
def test_exit_code_of_a_bad_file(
    spoil: Callable[[bytes], bytes],
    code: int,
    told: str,
    practice: Practice,
    delivery: Write,
    tmp_path: Path,
) -> None:
    file = delivery("oefenregio_perinataal_fout.csv", spoil(practice.figures.read_bytes()))
    done = _perinatal("--data", practice.settings.data_dir, "ingest", file, folder=tmp_path)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert list(practice.settings.alerts_dir.glob("*.txt"))


def test_debug_shows_the_traceback_of_our_own_fault(tmp_path: Path) -> None:
    script = (
        "from perinatal import cli\n"
        "import perinatal.practice as p\n"
        "p.write_practice = None\n"
        "raise SystemExit(cli.run({arguments}))"
    )
    for arguments, shown in ((["example"], False), (["--debug", "example"], True)):
        done = subprocess.run(
            [sys.executable, "-c", script.format(arguments=arguments)],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert ("Traceback" in done.stderr) is shown


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom perinatal.cli import run\ncode = run(['--help'])\n"
        "print(code, sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    assert done.stderr.startswith("0 ")
    heavy = {"pandas", "numpy", "pydantic", "duckdb", "great_expectations", "prefect", "yaml",
             "rich", "jinja2", "geopandas", "apprise"}  # fmt: skip
    assert {name for name in heavy if f"'{name}'" in done.stderr} == set()
    assert "Exit codes" in done.stdout


def test_works_without_prefect(practice: Practice, tmp_path: Path) -> None:
    """From a delivered file to a drawn page, on a machine where Prefect cannot be imported."""
    script = (
        "import sys\nsys.modules['prefect'] = None\nfrom perinatal.cli import run\n"
        "data, file = sys.argv[1:]\n"
        "for words in (['ingest', file], ['build'], ['startfoto', 'proefdorp']):\n"
        "    code = run(['--data', data, *words])\n"
        "    assert code == 0, (words, code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, practice.settings.data_dir, practice.figures],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    files = [Path(line) for line in done.stdout.splitlines()[-9:]]
    assert [file.name.removeprefix("startfoto-proefdorp") for file in files] == [
        ".html", ".pdf", ".pptx", ".xlsx", ".csv",
        "-bestuurlijk.html", "-bestuurlijk.pdf", "-bewoners.html", "-bewoners.pdf",
    ]  # fmt: skip
    assert (tmp_path / files[1]).read_bytes().startswith(b"%PDF")
