"""
Deciding, for real: the state machine between the database, the live room and the clock.

A poll opens in one transaction with the edit that shows it. From the moment before, nobody's edit is admitted any
more, and what was admitted is in the text that is hashed: it is read where the next edit is made.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ai import history
from ai.decisions import Decider
from ai.deliberation import Deliberation, Event, PollOpened
from ai.errors import NotAllowed
from ai.rules import Choice, Rule
from collab import frozen, statement
from collab import session as shared
from collab.document import Document
from collab.origins import SERVER
from rooms.errors import NothingChanged, NotSaved
from rooms.registry import Registry
from rooms.room import Room
from store import ballots, ids, participants, polls
from store.database import Database
from store.sessions import FROZEN, Phase

logger = logging.getLogger(__name__)

#: Called with a session's id whenever its deliberation has got further.
Watch = Callable[[str], Awaitable[None]]

#: A command of the state machine.
Command = Callable[[Session, Deliberation], list[Event]]


class Polls:
    """
    The phases and polls of all sessions; those of one session move one step after the other.

    Args:
        watch: Told of every step.
        clock: The time, with its zone.
    """

    def __init__(
        self,
        database: Database,
        registry: Registry,
        *,
        watch: Watch,
        clock: Callable[[], datetime] = ids.now,
    ) -> None:
        self._database = database
        self._registry = registry
        self._watch = watch
        self._clock = clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def choose(self, session_id: str, by: Decider, rule: Rule, *, secret: bool) -> None:
        """
        Choose the decision rule and whether ballots are secret.

        Raises:
            NotAllowed: If they cannot be (any more); nothing changed.
        """

        def command(_: Session, state: Deliberation) -> list[Event]:
            events = state.set_rule(rule)
            for event in events:
                state = state.apply(event)
            return [*events, *state.set_secret(secret)]

        await self._step(session_id, by.key, command)

    async def move(
        self, session_id: str, by: Decider, to: Phase, *, seen: Phase | None = None
    ) -> None:
        """
        Go to another phase; to deciding by opening a poll, from there by voiding it.

        Raises:
            NotAllowed: If that is not possible from where the session is.
            NotSaved: If it could not be kept; nothing happened.
        """
        if to is Phase.DECIDING:
            await self._open(session_id, by, seen)
        else:
            await self._step(session_id, by.key, lambda _, state: state.move(to, seen=seen))

    async def cast(
        self, session_id: str, by: Decider, *, poll_id: str, text_hash: str, choice: Choice
    ) -> None:
        """
        Vote, perhaps again.

        Raises:
            NotAllowed: If the poll takes no such ballot.
        """
        ballot = ids.new_id()
        room = await self._registry.of_session(session_id)
        text_now = frozen.digest(frozen.to_json(statement.blocks(room.document)))

        def command(session: Session, state: Deliberation) -> list[Event]:
            events = state.cast_ballot(
                by.key,
                poll_id=poll_id,
                text_hash=text_hash,
                choice=choice,
                ballot=ballot,
                now=self._clock(),
                text_now=text_now,
            )
            ballots.add(
                session,
                ident=ballot,
                session_id=session_id,
                participant_id=by.key,
                subject=poll_id,
                choice=choice.value,
            )
            return events

        await self._step(session_id, by.key, command)

    async def settle(self, session_id: str) -> None:
        """End a session's poll if its time is over."""
        room = await self._registry.of_session(session_id)
        text_now = frozen.digest(frozen.to_json(statement.blocks(room.document)))
        await self._step(
            session_id,
            "server",
            lambda _, state: state.settle(self._clock(), text_hash=text_now),
        )

    async def settle_due(self) -> None:
        """End every poll whose time is over."""
        for session_id in await self._database.read(polls.due, self._clock()):
            try:
                await self.settle(session_id)
            except Exception:
                logger.exception(
                    "a poll could not be ended",
                    extra={"action": "settle_failed", "session": session_id},
                )

    async def _open(self, session_id: str, by: Decider, seen: Phase | None) -> None:
        ident = ids.new_id()
        found: list[dict[str, Any]] = []

        def events_of(session: Session) -> tuple[Deliberation, list[Event]]:
            state = history.load(session, session_id)
            asked = participants.voters(session, session_id, facilitators=state.rule.facilitators)
            return state, state.open_poll(
                ident,
                text_hash=frozen.digest(found),
                voters=asked,
                now=self._clock(),
                seen=seen,
            )

        def change(document: Document) -> None:
            blocks = statement.blocks(document)
            if not frozen.plain(blocks).strip():
                raise NotAllowed(
                    "nothing-to-decide", "the statement is empty; there is nothing to decide about"
                )
            found[:] = frozen.to_json(blocks)
            shared.show(document, {"phase": Phase.DECIDING.value})

        def write(session: Session) -> None:
            state, events = events_of(session)
            for event in events:
                assert isinstance(event, PollOpened)
                polls.add(
                    session,
                    ident=ident,
                    session_id=session_id,
                    number=event.number,
                    text_hash=event.text_hash,
                    blocks=found,
                    closes_at=event.closes_at,
                )
            history.record(session, session_id, state, events, actor=by.key)

        async with self._turns[session_id]:
            await self._database.read(events_of)  # an edit that fails makes everybody load again
            room = await self._registry.of_session(session_id)
            room.freeze()
            try:
                await room.edit(change, SERVER, write)
            except NothingChanged:
                await self._database.write(write)
            except NotSaved as exc:
                if isinstance(exc.__cause__, NotAllowed):
                    raise exc.__cause__ from None
                raise
            finally:
                state = await self._database.read(history.load, session_id)
                _match(room, state)
        await self._watch(session_id)

    async def _step(self, session_id: str, actor: str, command: Command) -> None:
        def write(session: Session) -> tuple[Deliberation, bool]:
            before = history.load(session, session_id)
            events = command(session, before)
            return history.record(session, session_id, before, events, actor=actor), bool(events)

        async with self._turns[session_id]:
            room = await self._registry.of_session(session_id)
            state, moved = await self._database.write(write)
            _match(room, state)
        if moved:
            await self._watch(session_id)


def _match(room: Room, state: Deliberation) -> None:
    if state.phase.value in FROZEN:
        room.freeze()
    else:
        room.thaw()
