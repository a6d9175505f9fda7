"""
Asking a model, and never the same twice: memory, then the database by a hash of the question, then the model.

Whatever it answered is stored before anybody uses it, so a process that is killed asks nothing again that was answered.
Every call counts against a budget of tokens per session and per day, and has a deadline of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter, OrderedDict
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

from ai.errors import BudgetSpent, Interrupted, ModelError
from ai.models.base import Model, Prompt, Usage
from collab.frozen import canonical
from store import answers, ids
from store.database import Database

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Attributes:
        parallel: Calls at the same time.
        session_tokens, day_tokens: Tokens, in and out, of one session and of the whole server in 24 hours.
        timeout_seconds: One whole call.
        memory: Answers kept in memory.
    """

    parallel: int = 6
    session_tokens: int = 2_000_000
    day_tokens: int = 10_000_000
    timeout_seconds: float = 180.0
    memory: int = 500


class Answers:
    """A model with a memory."""

    def __init__(self, database: Database, model: Model, limits: Limits | None = None) -> None:
        self._database = database
        self._model = model
        self._limits = limits or Limits()
        self._turn = asyncio.Semaphore(self._limits.parallel)
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._asking: dict[tuple[str, str], asyncio.Task[str]] = {}
        self._forgotten: Counter[str] = Counter()  # how often, by session

    @property
    def model(self) -> str:
        """The name of the model."""
        return self._model.name

    async def ask(self, session_id: str, purpose: str, prompt: Prompt) -> str:
        """
        Return the whole answer to a prompt.

        Raises:
            ModelError: There was none; asking again asks the model again.
            BudgetSpent: The model was not asked.
        """
        place = (session_id, key_of(self._model.name, prompt))
        if place in self._known:
            self._known.move_to_end(place)
            return self._known[place]
        since = self._forgotten[session_id]
        if place not in self._asking:
            find_out = self._find_out(place, purpose, prompt, since)
            task = asyncio.get_running_loop().create_task(find_out)
            self._asking[place] = task
            task.add_done_callback(lambda task: self._answered(place, task))
        text = await asyncio.shield(self._asking[place])
        self._check_not_forgotten(session_id, since)
        self._known[place] = text
        while len(self._known) > self._limits.memory:
            self._known.popitem(last=False)
        return text

    def forget(self, session_id: str) -> None:
        """
        Drop what was answered in a session, and what is being asked: that is an error for whoever asks.

        What is in the database goes by `ai.cleaning`.
        """
        self._forgotten[session_id] += 1
        for place in [one for one in self._known if one[0] == session_id]:
            del self._known[place]
        for place in [one for one in self._asking if one[0] == session_id]:
            del self._asking[place]

    def _answered(self, place: tuple[str, str], task: asyncio.Task[str]) -> None:
        if self._asking.get(place) is task:
            del self._asking[place]
        if not task.cancelled():
            task.exception()  # whoever asked may have been stopped, and asyncio would complain

    def _check_not_forgotten(self, session_id: str, since: int) -> None:
        if since != self._forgotten[session_id]:
            raise Interrupted("(what was asked about has been erased)")

    async def _find_out(
        self, place: tuple[str, str], purpose: str, prompt: Prompt, since: int
    ) -> str:
        session_id, key = place
        found = await self._database.read(answers.find, key, session_id=session_id)
        if found is not None:
            return found
        async with self._turn:
            await self._check_budget(session_id)
            self._check_not_forgotten(session_id, since)
            return await self._call(session_id, key, purpose, prompt, since)

    async def _call(
        self, session_id: str, key: str, purpose: str, prompt: Prompt, since: int
    ) -> str:
        pieces: list[str] = []
        usage = Usage(self._model.name, 0, 0)
        failure: ModelError | None = None
        try:
            async with (
                asyncio.timeout(self._limits.timeout_seconds),
                aclosing(self._model.stream(prompt)) as stream,
            ):
                async for piece in stream:
                    if isinstance(piece, Usage):
                        usage = piece
                    else:
                        pieces.append(piece)
        except TimeoutError:
            failure = Interrupted(f"(no whole answer in {self._limits.timeout_seconds:.0f} s)")
        except ModelError as exc:
            failure = exc
        text = "".join(pieces)
        try:
            self._check_not_forgotten(session_id, since)
        except Interrupted as exc:
            key, failure = "", exc
        await self._database.write(
            answers.add,
            key=key,
            session_id=session_id,
            purpose=purpose,
            prompt=prompt.ident,
            model=usage.model,
            text=text if failure is None else None,
            failure=type(failure).__name__ if failure is not None else None,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
        )
        if failure is not None:
            logger.warning(
                "model call failed",
                extra={"action": "model_failed", "purpose": purpose, "why": str(failure)},
            )
            raise failure
        return text

    async def _check_budget(self, session_id: str) -> None:
        of_session = await self._database.read(answers.spent, session_id=session_id)
        if of_session >= self._limits.session_tokens:
            raise BudgetSpent("this session")
        since = ids.now() - timedelta(days=1)
        if await self._database.read(answers.spent, since=since) >= self._limits.day_tokens:
            raise BudgetSpent("this server today")


def key_of(model: str, prompt: Prompt) -> str:
    """Return the SHA-256 of everything that decides about an answer."""
    value = [model, prompt.ident, prompt.system, prompt.content, prompt.max_tokens]
    return hashlib.sha256(canonical(value)).hexdigest()
