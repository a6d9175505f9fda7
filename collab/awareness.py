"""
The awareness protocol: who is here and where their caret is, as raw bytes.

States stay the JSON text their client sent; only `user` is written anew, from who they really are. Nothing here is
stored. Parsing every state for every receiver is what makes presence the bottleneck of other servers.

Source: y-protocols `awareness.js`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from collab.errors import ProtocolError
from collab.structs import check_json
from collab.wire import read_var_bytes, read_var_uint, write_var_bytes, write_var_uint

#: A state that says its client has left.
LEFT = b"null"

#: Clocks of honest clients count renewals, one every 15 s or caret move; a jump locks the id's owner out.
MAX_CLOCK_STEP = 1_000_000
MAX_CLOCK = 2**31 - 1

#: Nested objects in a state: `{user, cursor: {anchor: {item: ...}}}` is 4.
MAX_STATE_DEPTH = 16


@dataclass(frozen=True, slots=True)
class State:
    """
    What one client says of itself.

    Attributes:
        client: Client id.
        clock: Higher is newer.
        json: The state as JSON text in UTF-8, `LEFT` when it has gone.
    """

    client: int
    clock: int
    json: bytes


def read_states(payload: bytes) -> list[State]:
    """
    Read an awareness update.

    Raises:
        ProtocolError: If it is not one. The JSON in it is not looked at.
    """
    count, at = read_var_uint(payload)
    if count > len(payload):
        raise ProtocolError("more awareness states announced than bytes")
    states = []
    for _ in range(count):
        client, at = read_var_uint(payload, at)
        clock, at = read_var_uint(payload, at)
        text, at = read_var_bytes(payload, at)
        states.append(State(client, clock, text))
    if at != len(payload):
        raise ProtocolError("bytes after the end of the awareness update")
    return states


def write_states(states: Iterable[State]) -> bytes:
    """Encode an awareness update."""
    written = [
        write_var_uint(one.client) + write_var_uint(one.clock) + write_var_bytes(one.json)
        for one in states
    ]
    return write_var_uint(len(written)) + b"".join(written)


def signed(state: State, user: Mapping[str, Any], *, max_bytes: int) -> State:
    """
    Return the state with `user` being who its sender is.

    Raises:
        ProtocolError: If the state is no JSON object or larger than `max_bytes`.
    """
    if state.json == LEFT:
        return state
    if len(state.json) > max_bytes:
        raise ProtocolError(f"awareness state of {len(state.json)} bytes, limit {max_bytes}")
    try:
        text = state.json.decode()
    except UnicodeDecodeError as exc:
        raise ProtocolError("awareness state is not UTF-8") from exc
    value = check_json(text, max_depth=MAX_STATE_DEPTH)
    if not isinstance(value, dict):
        raise ProtocolError("awareness state is not an object")
    value["user"] = {**_look(value.get("user")), **user}
    told = json.dumps(
        value, separators=(",", ":"), ensure_ascii=False
    )  # as JSON.stringify writes it
    return State(state.client, state.clock, told.encode())


def _look(user: Any) -> dict[str, Any]:
    """What a client may choose of its own look: a colour."""
    colour = user.get("color") if isinstance(user, dict) else None
    return {"color": colour} if isinstance(colour, str) and len(colour) <= 32 else {}


class Awareness:
    """The states of one room. Knows no connections and no clock on the wall."""

    def __init__(self) -> None:
        self._states: dict[int, State] = {}
        self._left: dict[int, int] = {}  # client -> the clock it left with, the last few hundred

    def __contains__(self, client: int) -> bool:
        return client in self._states

    def __len__(self) -> int:
        return len(self._states)

    def states(self) -> list[State]:
        """Return everybody who is here."""
        return list(self._states.values())

    def accept(self, state: State) -> bool:
        """
        Take a state in if it is newer than what is known; return whether it was.

        Raises:
            ProtocolError: If its clock jumps so far that its owner could never say anything newer.
        """
        known = self._states.get(state.client)
        clock = known.clock if known is not None else self._left.get(state.client, -1)
        if state.clock > MAX_CLOCK or (known and state.clock > clock + MAX_CLOCK_STEP):
            raise ProtocolError("awareness clock out of bounds")
        leaves = state.json == LEFT
        if state.clock < clock or (state.clock == clock and not (leaves and known)):
            return False
        if leaves:
            if known is None:
                return False
            self._forget(state.client, state.clock)
        else:
            self._states[state.client] = state
            self._left.pop(state.client, None)
        return True

    def remove(self, clients: Iterable[int]) -> list[State]:
        """Take clients out; return what tells the others, a clock newer than anything they have."""
        gone = []
        for client in clients:
            known = self._states.get(client)
            if known is not None:
                gone.append(State(client, known.clock + 1, LEFT))
                self._forget(client, known.clock + 1)
        return gone

    def _forget(self, client: int, clock: int) -> None:
        del self._states[client]
        self._left[client] = clock
        while len(self._left) > _REMEMBERED_LEAVES:
            del self._left[next(iter(self._left))]


#: Clients re-send what they received; an echo of somebody who has just left must not bring them back.
_REMEMBERED_LEAVES = 256
