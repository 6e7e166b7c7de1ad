"""What the maintainer is told of documents: those that were not made, those to call back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from perinatal.alerts import Alert, AlertRule
from perinatal.settings import Settings

if TYPE_CHECKING:
    from perinatal.pipeline.document_sets import Failure

_KEYS = 500
"""In the attached file; the text of a message names the first twenty."""


def documents_failed(failed: Mapping[str, Failure], settings: Settings) -> list[Alert]:
    """The startfoto's that a run could not make: one message, however many there are.

    Args:
        failed: area -> why.
    """
    if not failed:
        return []
    by_kind: dict[str, list[str]] = {}
    for area, failure in failed.items():
        by_kind.setdefault(failure.kind, []).append(area)
    return [
        Alert(
            kind="documents", severity="critical",
            problem="Van sommige gebieden kon de startfoto niet worden gemaakt.",
            rules=tuple(
                AlertRule(
                    id=f"STARTFOTO-{kind}", description="De startfoto van elk gebied is gemaakt.",
                    outcome="failed", rows=len(areas), keys=tuple(sorted(areas)[:_KEYS]),
                )
                for kind, areas in sorted(by_kind.items())
            ),
            what_happened="Van deze gebieden is niets nieuws geschreven. De startfoto's van de "
            "andere gebieden zijn gemaakt. De editie met de cijfers is in orde.",
            to_do="De reden per gebied staat in het overzicht van de verwerking en op het scherm "
            "van 'perinatal startfoto GEBIED'. Geef dit bericht door aan de beheerder van de "
            "software als u het niet zelf kunt verhelpen.",
            happened_at=settings.clock(),
        )
    ]  # fmt: skip


def taken_back(files: Mapping[str, Sequence[Path]], settings: Settings) -> list[Alert]:
    """Released startfoto's that rest on a delivery that was withdrawn since, with their files.

    Args:
        files: edition -> files, each in a folder with the name of the area.
    """
    if not files:
        return []
    return [
        Alert(
            kind="taken_back", severity="critical",
            problem="Een vrijgegeven startfoto rust op een levering die is ingetrokken.",
            rules=tuple(
                AlertRule(
                    id=f"INGETROKKEN-{edition}",
                    description="Geen vrijgegeven startfoto rust op een ingetrokken levering.",
                    outcome="failed", rows=len(found),
                    keys=tuple(f"{edition}/{file.parent.name}/{file.name}" for file in found),
                )
                for edition, found in sorted(files.items())
            ),
            what_happened="De bestanden staan er nog. Er wordt niets nieuws van gemaakt.",
            to_do="Haal deze bestanden terug bij wie ze kreeg. Trek de vrijgave in met 'perinatal "
            "release EDITIE GEBIED --revoke --reason ... --by ROL', en maak een nieuwe editie met "
            "'perinatal build'.",
            happened_at=settings.clock(),
        )
    ]  # fmt: skip
