"""Quality report of a run as Markdown, in Dutch: rules, outcomes and counts, never values."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from prefect.artifacts import create_link_artifact, create_markdown_artifact

from perinatal.errors import RejectedDelivery
from perinatal.pipeline.quality_page import VERDICTS
from perinatal.pipeline.receive import Judgement

_OUTCOMES = {"passed": "gehaald", "failed": "niet gehaald", "broken": "kon niet draaien"}
_WEIGHTS = {"critical": "streng", "warning": "opmerking"}


def escape(text: object) -> str:
    """Text that Markdown and HTML leave alone: names come from outside."""
    flat = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in str(text))
    return re.sub(r"([\\`*_{}\[\]()#+!|~:-])", r"\\\1", html.escape(flat, quote=False))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; every cell is escaped."""
    lines = [head, ["---"] * len(head)]
    lines += [[escape(cell) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def publish_page(key: str, title: str, markdown: str) -> None:
    """Attach a page to the run. Keys of Prefect know no underscore."""
    create_markdown_artifact(
        markdown=markdown, key=key.lower().replace("_", "-"), description=title
    )


def publish_link(key: str, title: str, file: Path) -> None:
    """Attach a link to a file to the run."""
    create_link_artifact(link=file.absolute().as_uri(), link_text=title, key=key, description=title)


def judged_page(judgement: Judgement) -> str:
    """What each rule said of one delivery."""
    results = judgement.results
    passed = sum(result.outcome == "passed" for result in results)
    lines = [
        f"# Kwaliteit van {escape(judgement.file_name)}",
        f"Oordeel: **{VERDICTS[judgement.verdict]}**",
        f"Bron: {escape(judgement.source)}. Levering: {escape(judgement.delivery_id)}.",
    ]
    if not results:
        lines.append("Dit is een kaart: alleen de vorm en de codes zijn gecontroleerd.")
        return "\n\n".join(lines)
    lines.append(f"{passed} van de {len(results)} regels gehaald.")
    rows = [
        (r.id, r.description, _WEIGHTS.get(r.severity, r.severity), _OUTCOMES[r.outcome], r.rows)
        for r in sorted(results, key=lambda r: (r.outcome == "passed", r.severity, r.id))
    ]
    lines.append(table(("Regel", "Wat moet kloppen", "Gewicht", "Uitkomst", "Rijen"), rows))
    lines.append("Deze pagina noemt regels en aantallen, geen waarden uit het bestand.")
    return "\n\n".join(lines)


def rejected_page(error: RejectedDelivery, source: str, delivery_id: str) -> str:
    """Why a delivery did not keep its contract."""
    return "\n\n".join(
        [
            f"# Kwaliteit van {escape(error.file)}",
            f"Oordeel: **{VERDICTS['rejected']}**",
            f"Bron: {escape(source)}. Levering: {escape(delivery_id)}.",
            "Het bestand voldoet niet aan het contract van de bron. De andere regels zijn daarom "
            "niet bekeken.",
            table(("Regel", "Plaats"), [(error.rule, error.place)]),
            "De laatste goede gegevens blijven gelden. De melding zegt wat u kunt doen.",
        ]
    )
