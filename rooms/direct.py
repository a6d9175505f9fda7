"""
A participant in this process: the bot. It takes the road everybody takes, without a socket.

Its edits are made on a copy of what the room has accepted, checked, logged, applied and shown like anybody's; its
presence is bound to it and goes when it leaves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from collab.awareness import State, write_states
from collab.document import Document
from collab.origins import Origin
from rooms.access import Person

if TYPE_CHECKING:
    from rooms.room import Room


class DirectParticipant:
    """
    Somebody of this process who is in a room: ``async with registry.participant(address, person) as bot:``.

    Args:
        client_id: The id their presence is shown under.
    """

    def __init__(self, room: Room, person: Person, origin: Origin, client_id: int) -> None:
        self.room = room
        self.person = person
        self._origin = origin
        self._client_id = client_id
        self._clock = 0
        self._state: dict[str, Any] = {}

    @property
    def key(self) -> str:
        """The person."""
        return self.person.key

    async def edit(self, change: Callable[[Document], object]) -> None:
        """
        Change the document; return when the change is on disk and shown.

        Raises:
            CollabError: The change is not allowed or no longer fits; nothing happened.
            NotSaved: It could not be kept; nobody saw it.
        """
        await self.room.edit(change, self._origin)

    def show(self, state: Mapping[str, Any]) -> None:
        """Tell the others what one is doing. Renewed by the room until one leaves."""
        self._state = dict(state)
        self.renew()

    def renew(self) -> None:
        """Say again what was said last: clients forget who has been silent for 30 s."""
        self._clock += 1
        told = State(self._client_id, self._clock, json.dumps(self._state).encode())
        self.room.receive_presence(self, write_states([told]))

    def leave(self) -> None:
        """Go."""
        self.room.leave(self)

    async def __aenter__(self) -> DirectParticipant:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()
