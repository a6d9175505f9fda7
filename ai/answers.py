"""
Asking a model, and never the same twice: memory, then the database by a hash of the question, then the model.

Whatever it answered is stored before anybody uses it, so a process that is killed asks nothing again that was answered.
What turns out to be of no use is not served again. Every call counts against a budget of tokens per session and per
day, and has a deadline of its own. Of several that begin with the same, one goes first, so that the provider keeps it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter, OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from ai.errors import BadBallot, BudgetSpent, ExternalForbidden, Interrupted, ModelError
from ai.limits import AnswerLimits
from ai.models.base import Model, Prompt, Usage
from collab.frozen import canonical
from store import answers, ids, sessions
from store.database import Database

logger = logging.getLogger(__name__)

T = TypeVar("T")

Pieces = AsyncGenerator[str | Usage]


@dataclass(slots=True)
class _Call:
    """What came of one call so far."""

    usage: Usage
    pieces: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Beginning:
    """Calls under way that begin with the same. `kept`: the first of them has begun to be answered."""

    kept: asyncio.Event = field(default_factory=asyncio.Event)
    calls: int = 0


class Answers:
    """A model with a memory."""

    def __init__(
        self, database: Database, model: Model, limits: AnswerLimits | None = None
    ) -> None:
        self._database = database
        self._model = model
        self._limits = limits or AnswerLimits()
        self._turn = asyncio.Semaphore(self._limits.parallel)
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._asking: dict[tuple[str, str], asyncio.Task[str]] = {}
        self._beginnings: dict[tuple[str, str], _Beginning] = {}
        self._forgotten: Counter[str] = Counter()  # how often, by session

    @property
    def model(self) -> str:
        """The name of the model."""
        return self._model.name

    async def ask(
        self, session_id: str, purpose: str, prompt: Prompt, read: Callable[[str], T]
    ) -> T:
        """
        Return what is read from the whole answer to a prompt.

        Args:
            read: Raises `ModelError` or `BadBallot` if the answer is of no use.

        Raises:
            ModelError, BadBallot: There was no usable answer; asking again asks the model again.
            BudgetSpent, ExternalForbidden: The model was not asked.
        """
        since = await self._begin(session_id)
        place = (session_id, key_of(self._model.name, prompt))
        text = self._remembered(place)
        if text is None:
            if (
                place not in self._asking
            ):  # looking it up is part of it: else one could look before, and ask after
                find_out = self._find_out(place, purpose, prompt, since)
                task = asyncio.get_running_loop().create_task(find_out)
                self._asking[place] = task
                task.add_done_callback(lambda task: self._answered(place, task))
            text = await asyncio.shield(self._asking[place])
        self._check_not_forgotten(session_id, since)
        try:
            found = read(text)
        except (ModelError, BadBallot) as exc:
            await self._spoil(place, purpose, exc)
            raise
        self._remember(place, text)
        return found

    @asynccontextmanager
    async def answering(
        self, session_id: str, purpose: str, prompt: Prompt
    ) -> AsyncIterator[Pieces]:
        """
        Give an answer piece by piece: as the model writes it, or at once where it is known, without `Usage` then.

        What is raised inside says that it is of no use.

        Raises:
            ModelError, BudgetSpent, ExternalForbidden: As `ask`; from the pieces.
        """
        since = await self._begin(session_id)
        place = (session_id, key_of(self._model.name, prompt))
        text = self._remembered(place) or await self._stored(place)
        if text is None:
            async with (
                self._asked(place, purpose, prompt, since) as call,
                aclosing(self._stream(prompt, call)) as pieces,
            ):
                yield pieces
            return
        try:
            async with aclosing(_told(text)) as pieces:
                yield pieces
        except ModelError as exc:
            await self._spoil(place, purpose, exc)
            raise
        self._check_not_forgotten(session_id, since)
        self._remember(place, text)

    async def allowed(self, session_id: str) -> bool:
        """Whether a session may use the model."""
        return await self._database.read(sessions.allows_external_ai, session_id)

    async def forget(self, session_id: str, keys: Iterable[str]) -> None:
        """Delete what was answered to these questions; that they were asked, and their tokens, stay."""
        gone = list(keys)
        for key in gone:
            self._known.pop((session_id, key), None)
            if (asking := self._asking.get((session_id, key))) is not None:
                asking.cancel()
                await asyncio.wait({asking})
        await self._database.write(answers.forget, gone, session_id=session_id)

    def forget_session(self, session_id: str) -> None:
        """
        Drop what was answered in a session, and what is being asked: that is an error for whoever asks.

        What is in the database goes by `ai.cleaning`.
        """
        self._forgotten[session_id] += 1
        for place in [one for one in self._known if one[0] == session_id]:
            del self._known[place]
        for place in [one for one in self._asking if one[0] == session_id]:
            del self._asking[place]

    async def close(self) -> None:
        """Ask nothing any more: what is under way is given up."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _begin(self, session_id: str) -> int:
        """Return how often the session was forgotten before."""
        since = self._forgotten[session_id]
        if not await self.allowed(session_id):
            raise ExternalForbidden
        return since

    def _answered(self, place: tuple[str, str], task: asyncio.Task[str]) -> None:
        if self._asking.get(place) is task:
            del self._asking[place]
        if not task.cancelled():
            task.exception()  # whoever asked may have been stopped, and asyncio would complain

    def _check_not_forgotten(self, session_id: str, since: int) -> None:
        if since != self._forgotten[session_id]:
            raise Interrupted("(what was asked about has been erased)")

    def _remembered(self, place: tuple[str, str]) -> str | None:
        if place in self._known:
            self._known.move_to_end(place)
        return self._known.get(place)

    async def _stored(self, place: tuple[str, str]) -> str | None:
        session_id, key = place
        return await self._database.read(answers.find, key, session_id=session_id)

    def _remember(self, place: tuple[str, str], text: str) -> None:
        self._known[place] = text
        while len(self._known) > self._limits.memory:
            self._known.popitem(last=False)

    async def _spoil(self, place: tuple[str, str], purpose: str, why: Exception) -> None:
        self._known.pop(place, None)
        session_id, key = place
        failure = type(why).__name__
        await self._database.write(answers.spoil, key, session_id=session_id, failure=failure)
        _log(purpose, why)

    async def _find_out(
        self, place: tuple[str, str], purpose: str, prompt: Prompt, since: int
    ) -> str:
        text = await self._stored(place)
        if text is not None:
            return text
        async with (
            self._asked(place, purpose, prompt, since) as call,
            aclosing(self._stream(prompt, call)) as pieces,
        ):
            async for _ in pieces:
                pass
        return "".join(call.pieces)

    @asynccontextmanager
    async def _asked(
        self, place: tuple[str, str], purpose: str, prompt: Prompt, since: int
    ) -> AsyncIterator[_Call]:
        """
        Wait for one's turn and write down what came of it. A process that is stopped writes nothing.

        Of what was forgotten meanwhile the cost is written down, and nothing else.
        """
        session_id, key = place
        call = _Call(Usage(self._model.name, 0, 0))
        async with self._behind_the_first(prompt), self._turn:
            await self._check_budget(session_id)
            self._check_not_forgotten(session_id, since)
            try:
                yield call
                self._check_not_forgotten(session_id, since)
            except asyncio.CancelledError:
                raise
            except BaseException as exc:
                if isinstance(exc, ModelError) and exc.usage is not None:
                    call.usage = exc.usage
                _log(purpose, exc)
                kept = key if since == self._forgotten[session_id] else ""
                await self._keep(session_id, kept, purpose, prompt, call, exc)
                raise
            await self._keep(session_id, key, purpose, prompt, call, None)

    async def _keep(
        self,
        session_id: str,
        key: str,
        purpose: str,
        prompt: Prompt,
        call: _Call,
        failure: BaseException | None,
    ) -> None:
        await self._database.write(
            answers.add,
            key=key,
            session_id=session_id,
            purpose=purpose,
            prompt=prompt.ident,
            model=call.usage.model,
            text="".join(call.pieces) if failure is None else None,
            failure=type(failure).__name__ if failure is not None else None,
            input_tokens=call.usage.input_tokens,
            output_tokens=call.usage.output_tokens,
        )

    async def _stream(self, prompt: Prompt, call: _Call) -> Pieces:
        """Yield what the model says. The deadline strikes while it is waited for, never in whoever takes the pieces."""
        until = asyncio.get_running_loop().time() + self._limits.timeout_seconds
        beginning = self._beginnings.get((prompt.system, prompt.shared))
        async with aclosing(self._model.stream(prompt)) as stream:
            while True:
                try:
                    async with asyncio.timeout_at(until):
                        piece = await anext(stream)
                except StopAsyncIteration:
                    return
                except TimeoutError as exc:
                    raise Interrupted(
                        f"(no whole answer in {self._limits.timeout_seconds:.0f} s)"
                    ) from exc
                if beginning is not None:
                    beginning.kept.set()
                if isinstance(piece, Usage):
                    call.usage = piece
                else:
                    call.pieces.append(piece)
                yield piece

    @asynccontextmanager
    async def _behind_the_first(self, prompt: Prompt) -> AsyncIterator[None]:
        """What a provider keeps of a beginning, it has once the first answer begins; before, all would pay for it."""
        if not prompt.shared:
            yield
            return
        place = (prompt.system, prompt.shared)
        beginning = self._beginnings.setdefault(place, _Beginning())
        beginning.calls += 1
        try:
            if beginning.calls > 1:
                await beginning.kept.wait()
            yield
        finally:
            beginning.kept.set()  # whatever became of the first, the others need not wait
            beginning.calls -= 1
            if not beginning.calls:
                del self._beginnings[place]

    async def _check_budget(self, session_id: str) -> None:
        of_session = await self._database.read(answers.spent, session_id=session_id)
        if of_session >= self._limits.session_tokens:
            raise BudgetSpent("this session")
        since = ids.now() - timedelta(days=1)
        if await self._database.read(answers.spent, since=since) >= self._limits.day_tokens:
            raise BudgetSpent("this server today")


def key_of(model: str, prompt: Prompt) -> str:
    """Return the SHA-256 of everything that decides about an answer."""
    content = prompt.basis if prompt.basis is not None else prompt.content
    value = [model, prompt.ident, prompt.system, prompt.shared, content, prompt.max_tokens]
    return hashlib.sha256(canonical(value)).hexdigest()


async def _told(text: str) -> Pieces:
    yield text


def _log(purpose: str, why: BaseException) -> None:
    """Say what failed; of a ballot the reason alone, as the rest may be words of the answer."""
    known = str(why) if isinstance(why, ModelError) else getattr(why, "reason", type(why).__name__)
    logger.warning(
        "model call failed", extra={"action": "model_failed", "purpose": purpose, "why": known}
    )
