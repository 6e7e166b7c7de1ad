"""Run a command in this process, and see what a person or a script would see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perinatal.cli import run

if TYPE_CHECKING:
    from tests.conftest import Practice

Said = Callable[..., "Answer"]


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture
def perinatal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Said:
    """Run ``perinatal`` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return call


@pytest.fixture
def at_home(perinatal: Said, practice: Practice, monkeypatch: pytest.MonkeyPatch) -> Said:
    """The same, on a copy of the practice installation, at its own time."""
    monkeypatch.setenv("PERINATAL_NOW", practice.settings.clock().isoformat())
    return lambda *arguments: perinatal("--data", practice.settings.data_dir, *arguments)
