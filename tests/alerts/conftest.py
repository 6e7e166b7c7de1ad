"""A real mail server on a free port of this machine, and an alert to send."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from perinatal.alerts import Alert, AlertRule
from perinatal.settings import Settings

MOMENT = datetime(2026, 1, 2, 12, 30, 5, tzinfo=UTC)


class Postbox:
    """A mail server that keeps what it receives and refuses whom it is told to refuse."""

    def __init__(self, port: int = 0, *, refuse: set[str] | None = None, wait: float = 0) -> None:
        self.port = port or free_port()
        self.refuse, self.wait = refuse or set(), wait
        self.mails: list[EmailMessage] = []
        self.receivers: list[str] = []
        self.logins: list[bytes] = []
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.password)
        return AuthResult(success=data.password != b"wrong")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return "550 5.7.1 no, not here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        time.sleep(self.wait)
        assert isinstance(envelope.content, bytes)
        mail = BytesParser(policy=policy.default).parsebytes(envelope.content)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.receivers.extend(envelope.rcpt_tos)
        return "250 OK"

    def __enter__(self) -> Postbox:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def mail_url(port: int, to: str = "beheer@example.nl", login: str = "", extra: str = "") -> str:
    return (
        f"mailto://{login}example.nl?smtp=127.0.0.1&port={port}"
        f"&from=perinatal@example.nl&to={to}&mode=insecure{extra}"
    )


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox() as box:
        yield box


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    def make(*urls: str) -> Settings:
        return Settings(data_dir=tmp_path, alert_urls=" ".join(urls), now=MOMENT)

    return make


@pytest.fixture
def alert() -> Alert:
    return Alert(
        kind="quarantined",
        severity="critical",
        source="ggd_súdwest",
        file="geboorten_2021.csv",
        delivery="0a1b2c3d",
        problem="Eén gemeente heeft meer vroeggeboorten dan geboorten.",
        rules=(
            AlertRule(
                id="teller-onder-noemer",
                description="De teller is nooit groter dan de noemer",
                outcome="failed",
                rows=1250,
                keys=("GM9901 2021", "GM9901 2020"),
            ),
            AlertRule(id="som-klopt", description="De delen tellen op", outcome="broken"),
        ),
        what_happened="Niets is geladen. De vorige cijfers blijven gelden.",
        to_do="Vraag de GGD om een verbeterd bestand.",
        happened_at=MOMENT,
    )
