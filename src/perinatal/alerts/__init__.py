"""Telling the maintainer, in Dutch, what went wrong: the message, its text and its outbox."""

from perinatal.alerts.message import Alert, AlertRule, render_text
from perinatal.alerts.outbox import raise_alert, resend_unsent

__all__ = ["Alert", "AlertRule", "raise_alert", "render_text", "resend_unsent"]
