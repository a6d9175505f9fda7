"""Invitations by mail, where a mail server is configured."""

from __future__ import annotations

import asyncio
import logging
import smtplib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from time import monotonic

from web.settings import Settings

logger = logging.getLogger(__name__)

#: One answer of the mail server, and all letters of one request; who is left gets their link from the facilitator.
_ANSWER_SECONDS = 10.0
_ALL_SECONDS = 30.0

#: The server wants this letter not; the next may be fine.
_LETTER_REFUSED = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One invitation to send."""

    to: str
    title: str
    question: str
    link: str
    inviter: str


async def send(settings: Settings, letters: list[Letter]) -> set[str]:
    """
    Send letters; return the addresses the mail server took.

    A server that refuses or cannot be reached is logged; the links can still be copied.
    """
    if settings.smtp_host is None or not letters:
        return set()
    return await asyncio.to_thread(_deliver, settings, letters)


def _deliver(settings: Settings, letters: list[Letter]) -> set[str]:
    sent: set[str] = set()
    deadline = monotonic() + _ALL_SECONDS
    try:
        with _connected(settings) as server:
            for letter in letters:
                if monotonic() > deadline:
                    raise TimeoutError
                if _hand_over(server, settings, letter):
                    sent.add(letter.to)
    except (OSError, smtplib.SMTPException) as exc:  # TimeoutError and ssl.SSLError are OSErrors
        facts = {"action": "mail_failed", "error": _word(exc), "unsent": len(letters) - len(sent)}
        logger.warning("mail not sent", extra=facts)
    return sent


def _connected(settings: Settings) -> smtplib.SMTP:
    """
    Return a connection that is encrypted and signed in as the settings say.

    Raises:
        OSError, smtplib.SMTPException: If the server cannot be reached or trusted, or does not let us in.
    """
    assert settings.smtp_host is not None
    where = (settings.smtp_host, settings.smtp_port)
    server: smtplib.SMTP
    if settings.smtp_security == "tls":
        context = ssl.create_default_context()
        server = smtplib.SMTP_SSL(*where, timeout=_ANSWER_SECONDS, context=context)
    else:
        server = smtplib.SMTP(*where, timeout=_ANSWER_SECONDS)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user and settings.smtp_password:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server


def _hand_over(server: smtplib.SMTP, settings: Settings, letter: Letter) -> bool:
    try:
        server.send_message(compose(letter, settings.mail_from), to_addrs=[letter.to])
    except _LETTER_REFUSED as exc:
        logger.warning("mail refused", extra={"action": "mail_refused", "error": _word(exc)})
        return False
    return True


def _word(error: Exception) -> str:
    """What went wrong, without the server's words: they repeat addresses."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code is not None else type(error).__name__


def compose(letter: Letter, sender: str) -> EmailMessage:
    """Return the invitation as a message. What people wrote is one line each: it cannot add headers or paragraphs."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = f"Invitation: {_line(letter.title)}"
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"{_line(letter.inviter)} invites you to write a statement together.\n\n"
        f"{_line(letter.title)}\n{_line(letter.question)}\n\n"
        f"Your own link (do not pass it on; it is you, on all your devices):\n{letter.link}\n"
    )
    return message


def _line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in " ".join(text.split()))
