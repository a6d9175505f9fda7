"""`web.mail`, with a real mail server."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from tests.harness import NEW_SESSION, api, running_app
from web import mail
from web.mail import Letter, send
from web.settings import Settings, read_settings

LETTER = Letter(
    to="ana@example.org",
    title="Harbour development",
    question="How should the harbour grow?",
    link="https://accord.example.org/join#secret",
    inviter="Facilitator",
)


class Postbox:
    """
    A mail server's mind: it keeps what comes, and refuses whoever is in `refuses`.

    Attributes:
        envelopes: What it took.
    """

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refuses: set[str] = set()
        self.hangs_up_at = ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return "550 no such mailbox " + address
        if address == self.hangs_up_at:
            assert server.transport is not None
            server.transport.close()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def messages(self) -> list[EmailMessage]:
        """What it took, read as messages."""
        found = []
        for one in self.envelopes:
            assert isinstance(one.content, bytes)
            found.append(message_from_bytes(one.content, policy=policy.default))
        return found


@asynccontextmanager
async def mail_server(
    postbox: Postbox,
    *,
    security: str = "none",
    tls: ssl.SSLContext | None = None,
    **options: Any,
) -> AsyncIterator[Settings]:
    """Run a mail server; yield settings that use it. `tls` is spoken from the start, or after STARTTLS."""
    if security == "starttls" and tls is not None:
        options |= {"tls_context": tls, "require_starttls": True}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(postbox, hostname="127.0.0.1", loop=loop, **options),
        "127.0.0.1",
        0,
        ssl=tls if security == "tls" else None,
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield read_settings(
            {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": security}
        )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that nobody trusts yet, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 "
        f"-addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    return certificate, key


def server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """Return what a mail server needs to speak TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


async def test_without_a_mail_server_nothing_is_sent() -> None:
    assert await send(read_settings(), [LETTER]) == set()


async def test_an_invitation_arrives() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as settings:
        assert await send(settings, [LETTER]) == {"ana@example.org"}
    (message,) = postbox.messages
    assert message["to"] == "ana@example.org"
    assert message["from"] == "Accord <accord@localhost>"
    assert message["subject"] == "Invitation: Harbour development"
    assert message["date"]
    assert message["message-id"].endswith("@localhost>")
    assert LETTER.link in message.get_content()
    assert "How should the harbour grow?" in message.get_content()


HOSTILE = (
    "Harbour\r\nBcc: eve@example.org\r\n\r\nYour own link:\nhttp://evil.example/\x00\x1b[2J\u2028x"
)


@pytest.mark.parametrize("field", ["title", "question", "inviter"])
async def test_what_people_wrote_adds_no_header_no_recipient_and_no_paragraph(field: str) -> None:
    postbox = Postbox()
    async with mail_server(postbox) as settings:
        assert await send(settings, [replace(LETTER, **{field: HOSTILE})]) == {"ana@example.org"}
        assert await send(settings, [LETTER]) == {"ana@example.org"}
    hostile, honest = postbox.messages
    assert [one.rcpt_tos for one in postbox.envelopes] == 2 * [["ana@example.org"]]
    assert hostile.keys() == honest.keys()
    text = hostile.get_content()
    assert len(text.splitlines()) == len(honest.get_content().splitlines())
    assert "http://evil.example/" not in text.splitlines()
    assert not set(text) & set("\x00\x1b\u2028")


async def test_text_in_any_script_arrives() -> None:
    postbox = Postbox()
    letter = replace(LETTER, title="Häfen 港 🦊", inviter="Zoë")
    async with mail_server(postbox) as settings:
        assert await send(settings, [letter]) == {"ana@example.org"}
    (message,) = postbox.messages
    assert message["subject"] == "Invitation: Häfen 港 🦊"
    assert "Zoë invites you" in message.get_content()


async def test_one_refused_address_does_not_keep_the_others_from_theirs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    postbox = Postbox()
    postbox.refuses = {"b@example.org"}
    letters = [replace(LETTER, to=f"{one}@example.org") for one in "abc"]
    async with mail_server(postbox) as settings:
        assert await send(settings, letters) == {"a@example.org", "c@example.org"}
    assert [record.getMessage() for record in caplog.records] == ["mail refused"]
    assert "example.org" not in str([vars(record) for record in caplog.records])


async def test_what_was_sent_before_the_server_hung_up_counts() -> None:
    postbox = Postbox()
    postbox.hangs_up_at = "b@example.org"
    letters = [replace(LETTER, to=f"{one}@example.org") for one in "abc"]
    async with mail_server(postbox) as settings:
        assert await send(settings, letters) == {"a@example.org"}


async def test_a_slow_server_does_not_keep_the_facilitator_waiting_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "_ALL_SECONDS", -1.0)
    async with mail_server(Postbox()) as settings:
        assert await send(settings, [LETTER]) == set()


async def test_a_server_that_is_not_there_is_logged_and_the_links_remain(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with mail_server(Postbox()) as settings:
        pass
    assert await send(settings, [LETTER]) == set()
    (record,) = caplog.records
    assert vars(record)["error"] == "ConnectionRefusedError"


async def test_it_signs_in_at_the_mail_server(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = (data.login, data.password) == (b"accord", b"secret")
        return AuthResult(success=good, handled=False)

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    options: dict[str, Any] = {
        "security": "starttls",
        "tls": server_context(certificate),
        "authenticator": check,
        "auth_required": True,
    }
    for password, sent in (("secret", {"ana@example.org"}), ("wrong", set())):
        async with mail_server(Postbox(), **options) as settings:
            found = settings.model_copy(
                update={"smtp_user": "accord", "smtp_password": SecretStr(password)}
            )
            assert await send(found, [LETTER]) == sent


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_mail_server_that_is_not_trusted_gets_no_letter(
    security: str, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    postbox = Postbox()
    context = server_context(certificate)
    async with mail_server(postbox, security=security, tls=context) as settings:
        assert await send(settings, [LETTER]) == set()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert await send(settings, [LETTER]) == {"ana@example.org"}
    assert len(postbox.envelopes) == 1


async def test_a_server_that_cannot_encrypt_gets_no_letter_unless_the_settings_say_so() -> None:
    postbox = Postbox()
    async with mail_server(postbox, security="starttls") as settings:
        assert await send(settings, [LETTER]) == set()
    assert postbox.envelopes == []


async def test_a_new_session_mails_its_links_and_says_to_whom(tmp_path: Path) -> None:
    postbox = Postbox()
    postbox.refuses = {"ben@example.org"}
    async with mail_server(postbox) as settings:
        changes = {
            name: getattr(settings, name) for name in ("smtp_host", "smtp_port", "smtp_security")
        }
        async with running_app(tmp_path, **changes) as app, api(app.url) as script:
            assert (await script.get("/api/config")).json()["mail"] is True
            made = (await script.post("/api/sessions", json=NEW_SESSION)).json()
            mailed = {one["email"]: one["mailed"] for one in made["invitations"]}
            assert mailed == {"ana@example.org": True, "ben@example.org": False}
            link = made["invitations"][0]["link"]
            assert link in postbox.messages[0].get_content()
            path = f"/api/sessions/{made['id']}/invitations"
            again = await script.post(f"{path}/{made['invitations'][0]['id']}/reissue")
            assert again.json()["mailed"] is True
            assert again.json()["link"] in postbox.messages[1].get_content()
            without = await script.post(path, json={})
            assert without.json()["mailed"] is False
