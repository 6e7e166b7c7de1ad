"""What a webhook receives: one JSON object, whose schema is published in docs/alert.schema.json."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from perinatal.alerts.message import Alert, AlertRule, Kind, Severity, Stage
from perinatal.alerts.render import render_text

VERSION: Final = 1
"""Goes up when a receiver must change: a field that went away or got another meaning."""


class WebhookBody(BaseModel):
    """A message of perinatal to its maintainer. It holds no value of a delivered file.

    Delivery is at least once: a receiver leaves alone an `id` that it has had.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[Literal[1], Field(description="Version of this schema.")] = VERSION
    id: Annotated[str, Field(description="Of this message.")]
    fingerprint: Annotated[
        str, Field(description="Of the trouble: its reminders and its end have the same one.")
    ]
    stage: Annotated[
        Stage, Field(description="The trouble is there, is still there after days, or is gone.")
    ]
    kind: Annotated[Kind, Field(description="What sort of trouble.")]
    severity: Severity
    title: Annotated[str, Field(description="One line of Dutch.")]
    text: Annotated[str, Field(description="The whole message as plain Dutch text.")]
    source: Annotated[str | None, Field(description="Id of the source's contract.")]
    file: Annotated[str | None, Field(description="Name of the delivered file, without folder.")]
    delivery: Annotated[str | None, Field(description="Id of the delivery.")]
    problem: Annotated[str, Field(description="Dutch: what went wrong.")]
    rules: Annotated[
        tuple[AlertRule, ...], Field(description="Rules that did not pass, and at which keys.")
    ]
    what_happened: Annotated[str, Field(description="Dutch: what became of the data.")]
    to_do: Annotated[str, Field(description="Dutch: what the maintainer can do.")]
    happened_at: AwareDatetime
    first_seen: Annotated[
        AwareDatetime | None, Field(description="When the trouble began; null in its first message")
    ]
    times: Annotated[int, Field(description="How often it was seen.")]


def webhook_body(alert: Alert) -> str:
    """The alert as JSON."""
    title, text = render_text(alert)
    told = {name: getattr(alert, name) for name in Alert.model_fields}
    body = WebhookBody(id=alert.id, fingerprint=alert.fingerprint, title=title, text=text, **told)
    return body.model_dump_json()


def webhook_schema() -> dict[str, Any]:
    """JSON schema of the body, as published."""
    schema = WebhookBody.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
