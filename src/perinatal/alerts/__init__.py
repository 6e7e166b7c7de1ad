"""Telling the maintainer, in Dutch, what went wrong: messages, troubles and the outbox."""

from perinatal.alerts.intents import Ended, Intent
from perinatal.alerts.message import (
    OF_A_DELIVERY,
    OF_A_RUN,
    Alert,
    AlertRule,
    Kind,
    safe_key,
)
from perinatal.alerts.render import render_html, render_keys, render_text
from perinatal.alerts.trial import send_trial
from perinatal.alerts.troubles import (
    Trouble,
    close,
    open_troubles,
    raise_alert,
    remind,
    resend_unsent,
    resolve,
    settle,
)
from perinatal.alerts.webhook import webhook_body, webhook_schema

__all__ = [
    "OF_A_DELIVERY",
    "OF_A_RUN",
    "Alert",
    "AlertRule",
    "Ended",
    "Intent",
    "Kind",
    "Trouble",
    "close",
    "open_troubles",
    "raise_alert",
    "remind",
    "render_html",
    "render_keys",
    "render_text",
    "resend_unsent",
    "resolve",
    "safe_key",
    "send_trial",
    "settle",
    "webhook_body",
    "webhook_schema",
]
