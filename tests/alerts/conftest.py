"""A real mail server and web server on free ports of this machine, and an alert to send."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

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


class Hook:
    """A web server that keeps what it accepts and answers with the status it is told."""

    def __init__(self, status: int = 200) -> None:
        self.status, self.location = status, ""
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                hook.paths.append(self.path)
                if hook.status == 200:
                    hook.bodies.append(json.loads(content))
                    hook.headers.append(dict(self.headers))
                self.send_response(hook.status)
                if hook.location:
                    self.send_header("Location", hook.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                hook.paths.append(f"GET {self.path}")
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep the test output quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"webhook+http://127.0.0.1:{self.port}/meldingen?x=1"

    def __enter__(self) -> Hook:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def text_of(mail: EmailMessage) -> str:
    """The plain part."""
    part = mail.get_body(("plain",))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    content: str = part.get_content()
    return content


def keys_of(mail: EmailMessage) -> bytes | None:
    """The attached CSV."""
    found = list(mail.iter_attachments())
    assert len(found) <= 1
    if not found:
        return None
    assert found[0].get_content_type() == "text/csv"
    content = found[0].get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


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
def hook() -> Iterator[Hook]:
    with Hook() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    def make(*urls: str, **changes: Any) -> Settings:
        return Settings(
            **{"data_dir": tmp_path, "alert_urls": " ".join(urls), "now": MOMENT} | changes
        )

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
