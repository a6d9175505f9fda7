"""
The messages of a y-websocket conversation: their numbers, how they are written and read.

Source: yjs/y-protocols PROTOCOL.md and y-websocket's `messageHandlers`; 102 is y-sweet's SyncStatus.
"""

from __future__ import annotations

from dataclasses import dataclass

from collab.errors import ProtocolError
from collab.wire import read_var_bytes, read_var_uint, write_var_bytes, write_var_string

SYNC, AWARENESS, AUTH, QUERY_AWARENESS, SAVED = 0, 1, 2, 3, 102
STEP1, STEP2, UPDATE = 0, 1, 2

#: An awareness update about nobody: no client raises an event, every client's silence timer restarts.
KEEP_ALIVE = bytes((AWARENESS, 1, 0))


@dataclass(frozen=True, slots=True)
class Step1:
    """The peer says what it has and asks for the rest. `state_vector`: Yjs state vector, v1."""

    state_vector: bytes


@dataclass(frozen=True, slots=True)
class Changes:
    """
    The peer sends changes.

    Attributes:
        update: Yjs update, v1, as received.
        answer: Whether they answer a Step1 (SyncStep2) or come of themselves (Update).
    """

    update: bytes
    answer: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    """The peer sends awareness states. `payload`: awareness update."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class QueryAwareness:
    """The peer asks for everybody's awareness states."""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """The peer wants this very message back once all it sent before is on disk."""

    message: bytes


Message = Step1 | Changes | Presence | QueryAwareness | SavedQuery


def read_message(data: bytes) -> Message:
    """
    Decode one message of a client.

    Raises:
        ProtocolError: If it is empty, truncated, unknown, or followed by more bytes.
    """
    if not data:
        raise ProtocolError("empty message")
    kind, at = read_var_uint(data)
    message: Message
    if kind == SYNC:
        step, at = read_var_uint(data, at)
        payload, at = read_var_bytes(data, at)
        if step == STEP1:
            message = Step1(payload)
        elif step in (STEP2, UPDATE):
            message = Changes(payload, answer=step == STEP2)
        else:
            raise ProtocolError(f"unknown sync message {step}")
    elif kind == AWARENESS:
        payload, at = read_var_bytes(data, at)
        message = Presence(payload)
    elif kind == QUERY_AWARENESS:
        message = QueryAwareness()
    elif kind == SAVED:
        _, at = read_var_bytes(data, at)
        message = SavedQuery(data)
    else:
        raise ProtocolError(f"unknown message {kind}")
    if at != len(data):
        raise ProtocolError(f"{len(data) - at} bytes after the end of the message")
    return message


def sync_message(step: int, payload: bytes) -> bytes:
    """Encode ``varUint(SYNC) . varUint(step) . varBytes(payload)``."""
    return bytes((SYNC, step)) + write_var_bytes(payload)


def awareness_message(payload: bytes) -> bytes:
    """Encode an awareness update as a message."""
    return bytes((AWARENESS,)) + write_var_bytes(payload)


def permission_denied(reason: str) -> bytes:
    """Encode "what you sent was not taken, because": ``02 00 varString(reason)``."""
    return bytes((AUTH, 0)) + write_var_string(reason)
