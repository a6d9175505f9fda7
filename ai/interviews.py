"""
The conversations of all sessions: what people say is kept first, then a model is asked, for each person alone.

Whatever becomes of the model, the conversation goes on: with fixed questions, and it says why. Two devices of one
person see the same one; the second that answers the same question is told that it has got further.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from ai import followups, readback
from ai.answers import Answers, key_of
from ai.errors import AIError, ModelError
from ai.interview import FIXED, LED, Interview, Status, Step, Verdict, own_points
from ai.models.base import Prompt
from store import audit, ids, inputs, interviews, sessions
from store.database import Database
from store.errors import Conflict, NotFound
from store.inputs import Quote
from store.models import Input
from store.models import Interview as Row
from store.sessions import Type

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Conversations of one person that a model leads, so that nobody spends the session's tokens alone.
MAX_LED = 6

_TOO_SLOW = "The AI model took too long."
_NO_MORE = "You have had several conversations with the AI model."
_FIXED_INSTEAD = "So the questions are fixed ones, and your points are your own words."

#: Told of a session and the participant whose conversation got further.
Watch = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Whose:
    """A participant in a session."""

    session: str
    person: str


class Interviews:
    """
    Conversations.

    Args:
        answers: A model with a memory; None for fixed questions. Sessions may forbid it.
        most: Questions at most.
        patience: Seconds that somebody waits for the model.
    """

    def __init__(
        self,
        database: Database,
        answers: Answers | None,
        *,
        watch: Watch,
        most: int = 3,
        patience: float = 20.0,
        max_tokens: int = 8000,
    ) -> None:
        self._database = database
        self._answers = answers
        self._watch = watch
        self._most = most
        self._patience = patience
        self._max_tokens = max_tokens
        self._at_work: dict[str, asyncio.Task[None]] = {}

    @property
    def most(self) -> int:
        """Questions at most."""
        return self._most

    async def start(self, whose: Whose) -> tuple[Row, bool]:
        """Begin a conversation, or go on with the one under way; return it, and whether it is new."""

        def change(session: Session) -> tuple[Row, bool]:
            found = interviews.under_way(session, whose.session, whose.person)
            if found is not None:
                return found, False
            led = self._answers is not None and sessions.allows_external_ai(session, whose.session)
            before = interviews.count(session, whose.session, whose.person)
            state = Interview(LED if led else FIXED)
            if led and before >= MAX_LED:
                state = state.fall_back(f"{_NO_MORE} {_FIXED_INSTEAD}")
            made = interviews.add(
                session,
                session_id=whose.session,
                participant_id=whose.person,
                mode=state.mode,
                status=state.status.value,
            )
            made.note = state.note
            audit.record(
                session, "interview.started", actor=whose.person, of=whose.session, subject=made.id
            )
            return made, True

        row, new = await self._database.write(change)
        return await self._go_on(row), new

    async def current(self, whose: Whose) -> Row | None:
        """Return the conversation under way, else the last one."""
        return await self._database.read(interviews.latest, whose.session, whose.person)

    async def answer(
        self, whose: Whose, turn: int, text: str | None, *, enough: bool = False
    ) -> Row:
        """
        Keep an answer, then find out what to ask next. The same answer again changes nothing.

        Raises:
            NotFound: If no conversation is under way.
            NotAllowed, Conflict: If another question is open.
        """

        def change(session: Session) -> Row:
            row = _under_way(session, whose)
            state = Interview.from_row(row)
            if turn < len(state.turns):
                known = state.turns[turn]
                if not known.is_open and known.answer == text:  # a line was lost on the way back
                    return row
            return _write(session, row, state.answer(turn, text, enough=enough))

        return await self._go_on(await self._database.write(change))

    async def judge(
        self, whose: Whose, point: str, verdict: Verdict, wording: str | None = None
    ) -> Row:
        """
        Confirm, correct or drop a point.

        Raises:
            NotFound: If no conversation is under way.
            NotAllowed: If it is not being read back.
        """

        def change(session: Session) -> Row:
            row = _under_way(session, whose)
            return _write(session, row, Interview.from_row(row).judge(point, verdict, wording))

        row = await self._database.write(change)
        await self._watch(whose.session, whose.person)
        return row

    async def finish(self, whose: Whose, quote: Quote) -> tuple[Row, list[Input]]:
        """
        Make inputs of what was confirmed.

        Raises:
            NotFound: If no conversation is under way.
            NotAllowed: If a point is still open.
        """

        def change(session: Session) -> tuple[Row, list[Input]]:
            row = _under_way(session, whose)
            state, texts = Interview.from_row(row).finish()
            made = [
                inputs.add(
                    session,
                    session_id=whose.session,
                    participant_id=whose.person,
                    text=text,
                    quote=quote,
                )
                for text in texts
            ]
            for one in made:
                audit.record(
                    session, "input.given", actor=whose.person, of=whose.session, subject=one.id
                )
            audit.record(
                session,
                "interview.finished",
                actor=whose.person,
                of=whose.session,
                subject=row.id,
                points=len(state.points),
                inputs=len(made),
            )
            return _write(session, row, state, made=[one.id for one in made]), made

        found = await self._database.write(change)
        await self._watch(whose.session, whose.person)
        return found

    async def delete(self, whose: Whose) -> None:
        """
        Delete a conversation, and what a model answered in it; the inputs that were made of it stay.

        Raises:
            NotFound: If there is none.
        """
        row = await self.current(whose)
        if row is None:
            raise NotFound("interview")

        def change(session: Session) -> list[str]:
            keys = list(interviews.get(session, row.id).keys)
            interviews.erase(session, row.id)
            audit.record(
                session, "interview.deleted", actor=whose.person, of=whose.session, subject=row.id
            )
            return keys

        keys = await self._database.write(change)
        if (task := self._at_work.get(row.id)) is not None:
            task.cancel()
            await asyncio.wait({task})
        if self._answers is not None:
            await self._answers.forget(whose.session, keys)
        await self._watch(whose.session, whose.person)

    async def close(self) -> None:
        """Stop where it is; what was said is kept, and the next look goes on from there."""
        tasks = list(self._at_work.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- the server's turn

    async def _go_on(self, row: Row) -> Row:
        """Do what is the server's to do, once however many ask; return the conversation as it is then."""
        if row.id not in self._at_work:
            task = asyncio.create_task(self._work(row.id))
            self._at_work[row.id] = task
            task.add_done_callback(lambda _: self._at_work.pop(row.id, None))
        task = self._at_work[row.id]
        await asyncio.wait({task})  # who goes away meanwhile finds the question when they come back
        if not task.cancelled():
            task.result()
        await self._watch(row.session_id, row.participant_id)
        return await self._database.read(interviews.get, row.id)

    async def _work(self, ident: str) -> None:
        while True:
            found = await self._database.read(_look, ident)
            state = Interview.from_row(found.row)
            step = state.next_step(found.type, most=self._most, written=bool(found.written))
            if step is None:
                return
            keys = list(found.row.keys)
            state = await self._next(found, state, step, keys)
            try:
                await self._database.write(_keep, ident, state, seen=found.row.version)
            except Conflict:
                continue  # another server of ours was quicker

    async def _next(
        self, found: _Found, state: Interview, step: Step | str, keys: list[str]
    ) -> Interview:
        if not isinstance(step, Step):
            return state.ask(step, FIXED)
        if state.mode == FIXED:
            return state.read_back(own_points(state.turns))
        if not any(one.answer for one in state.turns) and step is Step.READ_BACK:
            return state.read_back(())
        try:
            if step is Step.ASK_MODEL:
                return await self._ask(found, state, keys)
            prompt = readback.ask(found.question, state.turns, max_tokens=self._max_tokens)
            points, left_out = await self._answer(
                found, "readback", prompt, keys, lambda answer: readback.read(answer, state.turns)
            )
            return state.read_back(points, left_out=left_out)
        except (AIError, TimeoutError) as exc:
            logger.warning(
                "an interview goes on without the model",
                extra={"action": "interview_fell_back", "why": type(exc).__name__},
            )
            return state.fall_back(f"{_why(exc)} {_FIXED_INSTEAD}")

    async def _ask(self, found: _Found, state: Interview, keys: list[str]) -> Interview:
        left = self._most - sum(one.by == LED for one in state.turns)
        prompt = followups.ask(
            found.question, found.written, state.turns, left=left, max_tokens=self._max_tokens
        )
        question = await self._answer(
            found, "interview", prompt, keys, lambda answer: followups.read(answer, state.turns)
        )
        return state.end_questions() if question is None else state.ask(question, LED)

    async def _answer(
        self,
        found: _Found,
        purpose: str,
        prompt: Prompt,
        keys: list[str],
        read: Callable[[str], T],
    ) -> T:
        if self._answers is None:  # the key is gone since it began
            raise ModelError
        keys.append(key_of(self._answers.model, prompt))
        await self._database.write(interviews.note_keys, found.row.id, keys)
        async with asyncio.timeout(self._patience):
            return await self._answers.ask(found.row.session_id, purpose, prompt, read)


@dataclass(frozen=True, slots=True)
class _Found:
    """A conversation and what belongs to it. `written`: their inputs."""

    row: Row
    question: str
    type: Type
    written: list[str]


def _look(session: Session, ident: str) -> _Found:
    row = interviews.get(session, ident)
    about = sessions.get(session, row.session_id)
    own = inputs.of_participant(session, row.session_id, row.participant_id)
    return _Found(row, about.question, Type(about.type), [one.text for one in own])


def _under_way(session: Session, whose: Whose) -> Row:
    row = interviews.under_way(session, whose.session, whose.person)
    if row is None:
        raise NotFound("interview")
    return row


def _write(session: Session, row: Row, state: Interview, **fields: Any) -> Row:
    ended = ids.now() if state.status is Status.DONE else None
    return interviews.change(
        session, row.id, seen=row.version, ended_at=ended, **state.to_fields(), **fields
    )


def _keep(session: Session, ident: str, state: Interview, *, seen: int) -> None:
    ended = ids.now() if state.status is Status.DONE else None
    interviews.change(session, ident, seen=seen, ended_at=ended, **state.to_fields())


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return _TOO_SLOW
    return error.message if isinstance(error, ModelError) else str(error)
