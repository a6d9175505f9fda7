"""
Sans-I/O Yjs sync protocol, server side of one connection.

Source: yjs/y-protocols PROTOCOL.md, "Sync protocol (v1 encoding)"; y-websocket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from collab.messages import (
    STEP1,
    STEP2,
    Changes,
    Presence,
    QueryAwareness,
    SavedQuery,
    Step1,
    read_message,
    sync_message,
)


class Replica(Protocol):
    """What the protocol needs to know of the document it talks about."""

    def state_vector(self) -> bytes: ...

    def missing_for(self, state_vector: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class UpdateReceived:
    """
    The peer sent changes; nothing is checked or applied yet.

    Attributes:
        update: Yjs update, v1.
        answer: Whether this is all it has that we had not when we asked.
    """

    update: bytes
    answer: bool


@dataclass(frozen=True, slots=True)
class PresenceReceived:
    """The peer sent awareness states. `payload`: awareness update."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class PresenceWanted:
    """The peer asks who is here."""


@dataclass(frozen=True, slots=True)
class SavedWanted:
    """The peer wants `message` back once all it sent before is on disk."""

    message: bytes


Event = UpdateReceived | PresenceReceived | PresenceWanted | SavedWanted


class SyncProtocol:
    """
    One peer's conversation about one document. Does no I/O, owns no clock, decides nothing about rights.

    Call `receive` with each message, then handle the event it returns and send all of
    `messages_to_send`, in that order.
    """

    __slots__ = ("_outgoing", "_replica", "synced")

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._outgoing = [self.resync()]
        #: Whether the peer was given what it asked for at least once.
        self.synced = False

    def receive(self, message: bytes) -> Event | None:
        """
        Take one message from the peer; return what it means for the room, if anything.

        Raises:
            ProtocolError: If the message is malformed.
        """
        match read_message(message):
            case Changes(update, answer):
                return UpdateReceived(update, answer)
            case Presence(payload):
                return PresenceReceived(payload)
            case Step1(state_vector):
                missing = self._replica.missing_for(state_vector)
                self._outgoing.append(sync_message(STEP2, missing))
                self.synced = True
            case SavedQuery(whole):
                return SavedWanted(whole)
            case QueryAwareness():
                return PresenceWanted()
        return None

    def resync(self) -> bytes:
        """Return the message that makes the peer send all we do not have: a SyncStep1."""
        return sync_message(STEP1, self._replica.state_vector())

    def messages_to_send(self) -> list[bytes]:
        """Return the replies, once."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing
