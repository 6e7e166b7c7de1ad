"""A trial message to everyone: it proves the addresses, and is no trouble to keep."""

from __future__ import annotations

from perinatal.alerts import channels, outbox
from perinatal.alerts.channels import Channel
from perinatal.alerts.message import Alert, AlertRule
from perinatal.settings import Settings


def send_trial(settings: Settings) -> list[tuple[Channel, str]]:
    """Send it to each receiver of whatever severity; return how each went, in a few words."""
    alert = _trial(settings)

    def work() -> list[tuple[Channel, str]]:
        return [(one, channels.send(one, alert)) for one in channels.channels(settings)]

    return outbox.guarded(work, [])


def _trial(settings: Settings) -> Alert:
    return Alert(
        kind="trial",
        severity="warning",
        problem="Er is niets aan de hand. Dit bericht laat zien dat meldingen van perinatal u "
        "bereiken.",
        rules=(
            AlertRule(
                id="PROEF-1",
                description="Zo ziet een regel eruit die niet is gehaald. De plaats is verzonnen.",
                outcome="failed",
                rows=1,
                keys=("2025 GM9901",),
            ),
        ),
        what_happened="Er is niets met de gegevens gebeurd.",
        to_do="Niets. Komt bij een mail geen bijlage mee, vraag dan uw mailbeheerder waarom.",
        happened_at=settings.clock(),
    )
