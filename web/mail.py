"""Invitations by mail, where a mail server is configured."""

from __future__ import annotations

import asyncio
import logging
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage

from web.settings import Settings

logger = logging.getLogger(__name__)


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
    try:
        return await asyncio.wait_for(asyncio.to_thread(_deliver, settings, letters), 30)
    except (OSError, smtplib.SMTPException, TimeoutError) as exc:
        logger.warning("mail not sent", extra={"action": "mail_failed", "error": repr(exc)})
        return set()


def _deliver(settings: Settings, letters: list[Letter]) -> set[str]:
    assert settings.smtp_host is not None
    connect = smtplib.SMTP_SSL if settings.smtp_security == "tls" else smtplib.SMTP
    sent = set()
    with connect(settings.smtp_host, settings.smtp_port, timeout=10) as server:
        if settings.smtp_security == "starttls":
            server.starttls()
        if settings.smtp_user and settings.smtp_password:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        for letter in letters:
            try:
                server.send_message(compose(letter, settings.mail_from))
            except smtplib.SMTPRecipientsRefused:
                logger.warning("mail refused", extra={"action": "mail_refused"})
            else:
                sent.add(letter.to)
    return sent


def compose(letter: Letter, sender: str) -> EmailMessage:
    """Return the invitation as a message. Titles come from people: header folding is the library's."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = " ".join(f"Invitation: {letter.title}".split())
    message.set_content(
        f"{letter.inviter} invites you to write a statement together.\n\n"
        f"{letter.title}\n{letter.question}\n\n"
        f"Your own link (do not pass it on; it is you, on all your devices):\n{letter.link}\n"
    )
    return message
