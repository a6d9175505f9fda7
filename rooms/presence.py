"""
Who is here, seen from the room: which connection speaks for which client id, and when the others are told.

y-websocket clients send every presence they receive back. Only states of ids that are bound to the sending
connection count. In a large room nearly all that comes is an echo, byte for byte what was told a moment ago: that falls
out here unread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from collab.awareness import LEFT, Awareness, State, read_states, signed, write_states

#: Fingerprints kept of what was told last. An echo that comes later than this is read like any other message.
_REMEMBERED = 64


class Holder(Protocol):
    """Who can speak for client ids. `key`: the person."""

    @property
    def key(self) -> str: ...


class Presence:
    """
    The presence of one room.

    Args:
        may_have: Asked before a client id is bound: whether it is free or this person's.
        max_state_bytes: One state.
        max_clients: Client ids of one connection.
    """

    def __init__(
        self, may_have: Callable[[str, int], bool], *, max_state_bytes: int, max_clients: int
    ) -> None:
        self._may_have = may_have
        self._max_state_bytes = max_state_bytes
        self._max_clients = max_clients
        self._awareness = Awareness()
        self._holders: dict[int, Holder] = {}
        self._held: dict[Holder, set[int]] = {}
        self._changed: dict[int, State] = {}
        self._told: deque[int] = deque(maxlen=_REMEMBERED)

    def __len__(self) -> int:
        return len(self._awareness)

    @property
    def changed(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._changed)

    def receive(self, holder: Holder, payload: bytes, user: Mapping[str, Any]) -> None:
        """
        Take in what a connection says of its own clients.

        Raises:
            ProtocolError: If it is not an awareness update, or a state of its own breaks a limit.
        """
        if hash(payload) in self._told:
            return
        for state in read_states(payload):
            if not self._speaks_for(holder, state):
                continue
            told = signed(state, user, max_bytes=self._max_state_bytes)
            if self._awareness.accept(told):
                self._bind(holder, state.client)
                self._changed[state.client] = told

    def leave(self, holder: Holder) -> None:
        """Take out everything a connection spoke for."""
        clients = self._held.pop(holder, set())
        for client in clients:
            del self._holders[client]
        for state in self._awareness.remove(clients):
            self._changed[state.client] = state

    def take_changes(self) -> bytes | None:
        """Return an awareness update with the newest state of everybody who changed, once."""
        if not self._changed:
            return None
        changed, self._changed = self._changed, {}
        return self._tell(changed.values())

    def everybody(self) -> bytes | None:
        """Return an awareness update with everybody who is here, None if that is nobody."""
        states = self._awareness.states()
        return self._tell(states) if states else None

    def _tell(self, states: Iterable[State]) -> bytes:
        update = write_states(states)
        self._told.append(hash(update))
        return update

    def _speaks_for(self, holder: Holder, state: State) -> bool:
        """
        Whether a connection may say this.

        A person's second connection may take an id over from their first, which may be a socket that died
        without a word; `Awareness.accept` then sees to it that only news does, never an echo.
        """
        bound = self._holders.get(state.client)
        if bound is holder:
            return True
        if state.json == LEFT or len(self._held.get(holder, ())) >= self._max_clients:
            return False
        if bound is not None:
            return bound.key == holder.key
        return self._may_have(holder.key, state.client)

    def _bind(self, holder: Holder, client: int) -> None:
        if client not in self._awareness:
            return
        bound = self._holders.get(client)
        if bound is not None and bound is not holder:
            self._held[bound].discard(client)
        self._holders[client] = holder
        self._held.setdefault(holder, set()).add(client)
