"""
Erasing an input or a document: every copy the server holds, found and taken out, and the files written anew.

From the transaction that asks for it nobody is shown the input, and nothing that reads inputs is begun. Then, in this
order: what is at work is stopped; rows and the shared document lose what came from it; the room is rebuilt as it
stands, without its history; what was stopped begins again; the files are written anew. Each part can be done again from
its beginning, so a kill in the middle of any of them is made good at the next start. People go on typing all the while.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from sqlalchemy.orm import Session

from ai import cleaning
from ai.answers import Answers
from ai.cleaning import Pictures
from ai.decisions import Decisions
from ai.rounds import HAND_OVER, PREPARE, Rounds
from ai.runs import JOB as RUN
from ai.runs import Bot
from ai.traces import Traces
from collab import statement
from collab.origins import SERVER
from ingest.pipeline import Ingest
from rooms.errors import NothingChanged
from rooms.registry import Registry
from store import erasures, passages, rounds
from store.database import Database
from store.erasures import Kind
from store.errors import FilesUnavailable
from store.jobs import Jobs, Steps
from store.models import Erasure
from store.search import Search

logger = logging.getLogger(__name__)

JOB = "erase"

#: What could not be done is tried again after so many seconds, then after twice as many.
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0

_SWEEP_SECONDS = 60.0

#: Told of an erasure's id whenever it has got further.
Watch = Callable[[str], Awaitable[None]]


class Eraser:
    """
    The erasures of all sessions.

    Args:
        answers: A model's memory, None where there is no model.
        scrubber: Writes the files anew.
        watch: Told of every step.
    """

    def __init__(
        self,
        database: Database,
        registry: Registry,
        jobs: Jobs,
        *,
        bot: Bot,
        rounds: Rounds,
        decisions: Decisions,
        ingest: Ingest,
        search: Search,
        answers: Answers | None,
        scrubber: Scrubber,
        watch: Watch,
    ) -> None:
        self._database = database
        self._registry = registry
        self._jobs = jobs
        self._bot = bot
        self._rounds = rounds
        self._decisions = decisions
        self._ingest = ingest
        self._search = search
        self._answers = answers
        self._scrubber = scrubber
        self._watch = watch
        self._started = asyncio.Event()
        self._turn = asyncio.Lock()
        jobs.define(JOB, self._job)

    async def ask(self, kind: Kind, ident: str, *, session_id: str, participant_id: str) -> Erasure:
        """
        Take an input or a document away from everybody at once, and set to work on its copies.

        Raises:
            NotFound: If there is none, or it is somebody else's.
        """
        change = erasures.ask_input if kind is Kind.INPUT else erasures.ask_document
        row = await self._database.write(
            change, ident, session_id=session_id, participant_id=participant_id
        )
        if kind is Kind.DOCUMENT:
            with suppress(FilesUnavailable):  # the job tries again
                await self._ingest.forget(ident)
        await self._jobs.submit(JOB, ident)
        return row

    async def ask_again(self, ident: str, *, session_id: str, participant_id: str) -> Erasure:
        """
        Look again for copies: what stood in the statement when it was erased may be gone from it.

        Raises:
            NotFound: If nothing of theirs was erased under this id.
        """
        row = await self._database.write(
            erasures.ask_again, ident, session_id=session_id, participant_id=participant_id
        )
        await self._submit(ident)
        return row

    async def resume(self) -> None:
        """Go on with what a stop left behind, once the bot goes on with what it was doing."""
        self._started.set()
        for ident in await self._database.read(erasures.pending):
            await self._submit(ident)

    async def keep_going(self) -> None:
        """Look for ever after erasures nobody works on: one could be asked for and its job not be submitted."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            try:
                await self.resume()
            except Exception:
                logger.exception("erasures wait", extra={"action": "erase_failed", "input": None})

    async def _submit(self, ident: str) -> None:
        if not await self._jobs.is_alive(JOB, ident):
            await self._jobs.forget([(JOB, ident)])  # it was done before, or was given up
        await self._jobs.submit(JOB, ident)

    async def _job(self, _steps: Steps, ident: str) -> None:
        """Until it is done: a damaged room is mended, a full disk is emptied, and nobody has to ask again."""
        await self._started.wait()
        wait = _FIRST_WAIT
        while True:
            try:
                await self._erase(ident)
            except Exception:
                logger.exception("erasing failed", extra={"action": "erase_failed", "input": ident})
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            else:
                return

    async def _erase(self, ident: str) -> None:
        row = await self._database.read(erasures.get, ident)
        if row.cleaned_at is None:
            # What one lets go on the next must find at work, not half begun.
            async with self._turn:
                await self._clean(row)
        await self._scrubber.scrub()
        await self._database.write(erasures.set_done, ident)
        await self._watch(ident)

    async def _clean(self, row: Erasure) -> None:
        await self._take_out(row)  # first of all what people can see
        await self._stop(row)
        if row.kind == Kind.DOCUMENT.value:
            await self._ingest.forget(row.id)
            await self._database.write(passages.purge_words)
            self._search.forget(row.session_id)
        await self._take_out(row)
        await self._take_out(row)  # what was on its way to disk when the one before looked
        room = await self._registry.of_session(row.session_id)
        await self._registry.rebuild(room.number)
        await self._database.write(erasures.set_cleaned, row.id)
        await self._bot.resume()
        await self._rounds.resume()
        await self._watch(row.id)

    async def _stop(self, row: Erasure) -> None:
        """
        Stop what the bot does in the session and forget what its jobs remember: whole inputs.

        It begins again when there is nothing left to be read.
        """

        def change(session: Session) -> list[tuple[str, str]]:
            made = [
                (name, run)
                for run in cleaning.set_back(session, row.session_id)
                for name in (RUN, PREPARE)
            ]
            return made + [
                (HAND_OVER, one.id) for one in rounds.of_session(session, row.session_id)
            ]

        await self._jobs.forget(await self._database.write(change))
        if self._answers is not None:
            self._answers.forget_session(row.session_id)
        # Once more: a step that ended while it was being stopped has written where its run is.
        await self._database.write(cleaning.set_back, row.session_id)

    async def _take_out(self, row: Erasure) -> None:
        """Take it out of the rows and the shared document, in one transaction."""
        room = await self._registry.of_session(row.session_id)
        async with self._decisions.alone(row.session_id):
            text = statement.text_of(room.document)

            def plan(session: Session) -> tuple[Traces, Pictures]:
                traces = cleaning.look(session, row, room.number, text)
                return traces, cleaning.pictures(session, traces)

            traces, pictures = await self._database.read(plan)

            def write(session: Session) -> None:
                found = cleaning.clean(session, traces)
                found["in_statement"] = cleaning.standing(session, traces)
                erasures.note(session, row.id, found)

            try:
                await room.edit(pictures.take_from, SERVER, write)
            except NothingChanged:
                await self._database.write(write)


class Scrubber:
    """
    Writes the database and the file of the jobs anew, when it disturbs least.

    A small file is done at once. A larger one waits until nobody writes for a moment, and for no longer than
    `patience`: meanwhile edits would wait. However many ask, it takes at most one part in ten of the time.

    Args:
        edits: How many edits there have been, to see whether somebody writes.
        at_once_bytes: What is small.
        quiet_seconds: How long a moment is.
        patience_seconds: How long a quiet moment is waited for.
    """

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        edits: Callable[[], int],
        *,
        at_once_bytes: int = 64 * 1024**2,
        quiet_seconds: float = 2.0,
        patience_seconds: float = 600.0,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._edits = edits
        self._at_once_bytes = at_once_bytes
        self._quiet_seconds = quiet_seconds
        self._patience_seconds = patience_seconds
        self._turn = asyncio.Lock()
        self._asked = self._served = 0
        self._not_before = 0.0

    async def scrub(self) -> None:
        """
        Return when all that was deleted before is gone from the files: one time serves all who wait for it.

        Raises:
            FileBusy, OperationalError: It did not work now.
        """
        self._asked += 1
        mine = self._asked
        async with self._turn:
            if self._served >= mine:
                return
            await asyncio.sleep(max(0.0, self._not_before - monotonic()))
            if self._database.path.stat().st_size > self._at_once_bytes:
                await self._wait_for_quiet()
            serves, started = self._asked, monotonic()
            await self._database.scrub()
            await self._jobs.scrub()
            self._served = serves
            ended = monotonic()
            self._not_before = ended + 9 * (ended - started)
            logger.info(
                "files written anew",
                extra={"action": "files_scrubbed", "seconds": round(ended - started, 3)},
            )

    async def _wait_for_quiet(self) -> None:
        latest = monotonic() + self._patience_seconds
        before = -1
        while (now := self._edits()) != before and monotonic() < latest:
            before = now
            await asyncio.sleep(self._quiet_seconds)
