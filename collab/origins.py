"""Who made a change, and by which road it came."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Via(StrEnum):
    """The road of a change."""

    SOCKET = "socket"  #: a Yjs client
    BOT = "bot"  #: the bot's suggestions
    DECISION = "decision"  #: somebody accepted or rejected a suggestion
    RESTORE = "restore"  #: somebody made the statement what it was before
    SERVER = "server"  #: the server itself: seed, session, comments given over HTTP


@dataclass(frozen=True, slots=True)
class Origin:
    """
    The maker of a change.

    Attributes:
        person: A key that stays the same for one person over devices, tokens and reconnects.
        via: The road it came by.
    """

    person: str
    via: Via


#: What the server does in its own name.
SERVER = Origin("server", Via.SERVER)
