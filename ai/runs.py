"""
A run of the bot, step by step: gather, draft, hand over. Durable: see `store.jobs`.

While a run drafts, its proposals can be seen and not decided about. They open together when the draft is whole; if
it fails they are removed and the run says why. After a kill the half-written ones are removed and drafted
anew under the same ids, so nothing is ever proposed twice. What somebody takes back meanwhile is not proposed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from ai.drafting import Citation, Draft, Drafter, LeftOut, rests_on
from ai.errors import AIError, ModelError, RunFailed
from ai.extractive import ExtractiveDrafter
from ai.material import GivenInput, GivenPassage, Material, changed, look_at, read_given
from ai.models.base import Usage
from ai.participant import BotParticipant
from ai.retrieval import Retrieval
from ai.triggers import Debounce
from collab.document import Document
from collab.suggestions import Kind, Status
from rooms.registry import Registry
from store import audit, runs, sessions
from store import suggestions as rows
from store.database import Database
from store.errors import Conflict
from store.jobs import Jobs, Steps
from store.models import Run, Suggestion
from store.runs import OF_ROUNDS, UNDER_WAY, RunStatus, Trigger
from store.sessions import Phase

logger = logging.getLogger(__name__)

JOB = "refine"

#: The mode of runs that use no model.
QUOTING = "extractive"

_NO_INPUTS = (
    "Nobody has given an input yet, so there is nothing to propose. "
    "Inputs are given under “My input”."
)

_TAKEN_BACK = "somebody has taken back or changed what it rests on"

#: Called with a run's id whenever it has got further.
Watch = Callable[[str], Awaitable[None]]


class Bot:
    """
    The runs of all sessions.

    Args:
        drafter: Of sessions that may use the model; of the others it is an extractive one.
        mode: ``claude`` or ``extractive``: what runs are labelled with.
        model: The model's name, if there is one.
        watch: Told of every step.
        retrieval: Finds passages of documents; None where there are none.
        quiet_seconds, max_wait_seconds: When critiques set it off (`ai.triggers`).
    """

    def __init__(
        self,
        database: Database,
        registry: Registry,
        jobs: Jobs,
        drafter: Drafter,
        *,
        mode: str,
        model: str | None,
        watch: Watch,
        retrieval: Retrieval | None = None,
        quiet_seconds: float = 20.0,
        max_wait_seconds: float = 120.0,
    ) -> None:
        self._database = database
        self._registry = registry
        self._jobs = jobs
        self._drafter = drafter
        self._mode = mode
        self._model = model
        self._watch = watch
        self._retrieval = retrieval
        self._critiques = Debounce(
            self._start_for_critiques,
            quiet_seconds=quiet_seconds,
            max_wait_seconds=max_wait_seconds,
        )
        jobs.define(JOB, self._job)

    async def start(self, session_id: str, trigger: Trigger, *, actor: str) -> Run:
        """
        Start a run.

        Raises:
            Conflict: If one of this session is under way (`run-in-progress`).
        """

        def change(session: Any) -> Run:
            ours = self._model is None or sessions.allows_external_ai(session, session_id)
            made = runs.add(
                session,
                session_id=session_id,
                mode=self._mode if ours else QUOTING,
                model=self._model if ours else None,
                trigger=trigger,
            )
            audit.record(session, "run.started", actor=actor, of=session_id, subject=made.id)
            return made

        run = await self._database.write(change)
        try:
            await self._watch(run.id)  # that it waits is told before it can be at work
            await self._jobs.submit(JOB, run.id)
        except Exception:  # or the session would wait for this run until the next start
            await self._end(run.id, failure="The server could not start this run. Try again.")
            raise
        return run

    def critique_given(self, session_id: str) -> None:
        """Somebody objects: a run starts when it has been quiet for a while."""
        self._critiques.touch(session_id)

    async def pause(self) -> None:
        """Start nothing any more and stop where it is: the next start of the server goes on from there."""
        await self.close()
        await self._jobs.pause()

    async def close(self) -> None:
        """Start nothing any more."""
        await self._critiques.close()

    async def _start_for_critiques(self, session_id: str) -> None:
        found = await self._database.read(sessions.get, session_id)
        if found.phase in (Phase.DECIDING.value, Phase.AGREED.value):
            return
        with suppress(
            Conflict
        ):  # at work already; when it ends it looks for critiques it has not seen
            await self.start(session_id, Trigger.CRITIQUE, actor="bot")

    async def resume(self) -> None:
        """
        Look after what a stop left behind.

        Runs that were never queued are, those nobody works on any more end, critiques no run has seen count
        as given now.
        """
        for run in await self._database.read(runs.not_ended):
            if run.trigger in OF_ROUNDS:  # `ai.rounds` looks after these
                continue
            if run.status == RunStatus.QUEUED.value:
                await self._jobs.submit(JOB, run.id)
            if not await self._jobs.is_alive(JOB, run.id):
                await self._end(
                    run.id, failure="The server stopped during this run. Start it again."
                )
        for session_id in await self._database.read(runs.untouched_critiques):
            self._critiques.touch(session_id)

    async def _job(self, steps: Steps, run_id: str) -> None:
        try:
            material = await steps.run("gather", self._gather, run_id)
            if "failure" in material:
                await self._end(run_id, failure=material["failure"])
                return
            outcome = await steps.run("draft", self._draft, run_id, material)
            await steps.run("hand over", self._hand_over, run_id, outcome, material)
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("run failed", extra={"action": "run_failed", "run": run_id})
            await self._end(run_id, failure="The server failed during this run; its log says why.")

    async def _gather(self, run_id: str) -> dict[str, Any]:
        """Return the material. Failures are a result too: what a step raised comes back as something else."""
        run = await self._advance(run_id, status=RunStatus.RUNNING.value, step="gathering")
        given = await self._database.read(read_given, run.session_id, run_id)
        if not given.inputs:
            return {"failure": _NO_INPUTS}
        if self._retrieval is not None:
            given = await self._retrieval.add_evidence(run.session_id, given)
        room = await self._registry.of_session(run.session_id)
        state = room.document.encode()
        try:  # anchors for a long statement take a second, which are not those of who is writing
            found = await asyncio.to_thread(lambda: look_at(Document(state=state), given))
        except RunFailed as exc:
            return {"failure": str(exc)}
        return found.to_json()

    async def _draft(self, run_id: str, gathered: dict[str, Any]) -> dict[str, Any]:
        """Write the proposals into the room. A failure is a result, so a restart does not ask again."""
        run = await self._advance(run_id, step="drafting", sentence=0)
        material = Material.from_json(gathered)
        gone = await self._database.read(changed, run.session_id, material)
        material = material.without(gone)  # a restart may be hours after the gathering
        bot = await self._join(run)
        made: list[str] = []
        left_out: list[str] = []
        usage: dict[str, Any] | None = None
        failure: str | None = None
        try:
            bot.show("reading")
            leftovers = [row.id for row in await self._database.read(rows.of_run, run_id)]
            if leftovers:
                await bot.discard(leftovers)
            if not material.inputs:
                raise RunFailed(_NO_INPUTS)
            drafting = self._drafter_of(run).draft(run.session_id, material)
            async with aclosing(drafting):
                async for found in drafting:
                    if isinstance(found, Usage):
                        usage = asdict(found)
                    elif isinstance(found, LeftOut):
                        left_out.append(found.why)
                    else:
                        await self._propose(bot, run, found, material, made, left_out)
        except AIError as exc:
            failure = _words(exc)
            logger.warning(
                "draft failed", extra={"action": "draft_failed", "run": run_id, "why": str(exc)}
            )
        finally:
            bot.leave()
        return {"made": made, "left_out": left_out, "usage": usage, "failure": failure}

    async def _propose(
        self,
        bot: BotParticipant,
        run: Run,
        draft: Draft,
        material: Material,
        made: list[str],
        left_out: list[str],
    ) -> None:
        if rests_on(draft, await self._taken_back(run, material)):
            left_out.append(_TAKEN_BACK)
            return
        number = len(made) + 1
        bot.show("drafting", sentence=number)
        ident = await bot.propose(draft, material, number)
        if ident is None:
            left_out.append("the sentence it was about has changed meanwhile")
        else:
            made.append(ident)
            await self._advance(run.id, sentence=number)

    async def _taken_back(self, run: Run, material: Material) -> list[GivenInput | GivenPassage]:
        gone = await self._database.read(changed, run.session_id, material)
        return [one for one in material.sources if one.id in gone]

    async def _hand_over(
        self, run_id: str, outcome: dict[str, Any], gathered: dict[str, Any]
    ) -> None:
        if outcome["failure"] is not None:
            await self._end(run_id, failure=outcome["failure"], usage=outcome["usage"])
            return
        material = Material.from_json(gathered)
        run = await self._database.read(runs.get, run_id)
        found = await self._database.read(rows.of_run, run_id)
        drafting = [row for row in found if row.status == Status.DRAFTING.value]
        taken_back = await self._taken_back(run, material)
        gone = [row.id for row in drafting if rests_on(_draft_of(row), taken_back)]
        bot = await self._join(run)
        try:
            if gone:
                await bot.discard(gone)
            await bot.open([row.id for row in drafting if row.id not in gone])
        finally:
            bot.leave()
        await self._end(
            run_id,
            made=len(found) - len(gone),
            left_out=outcome["left_out"] + [_TAKEN_BACK] * len(gone),
            unread=material.unread,
            unheard=await self._database.read(_unheard, run.session_id, material),
            usage=outcome["usage"],
        )

    async def _join(self, run: Run) -> BotParticipant:
        room = await self._registry.of_session(run.session_id)
        return BotParticipant(room, self._database, run, self._drafter_of(run).author)

    def _drafter_of(self, run: Run) -> Drafter:
        return self._drafter if run.mode == self._mode else ExtractiveDrafter()

    async def _advance(self, run_id: str, **fields: Any) -> Run:
        run = await self._database.write(runs.advance, run_id, **fields)
        await self._watch(run_id)
        return run

    async def _end(
        self,
        run_id: str,
        *,
        failure: str | None = None,
        made: int = 0,
        left_out: list[str] | None = None,
        unread: Sequence[str] = (),
        unheard: int = 0,
        usage: dict[str, Any] | None = None,
    ) -> None:
        status = RunStatus.DONE if failure is None else RunStatus.FAILED
        message = failure or _summary(made, left_out or [], unread, unheard)
        if failure is not None:
            await self._remove_leftovers(run_id)

        def change(session: Any) -> Run | None:
            if runs.get(session, run_id).status not in UNDER_WAY:
                return None  # a step that a kill cut off at its end is done again
            run = runs.advance(
                session,
                run_id,
                status=status.value,
                step=status.value,
                of=made,
                message=message,
                usage=usage,
            )
            audit.record(
                session,
                f"run.{status.value}",
                actor="bot",
                of=run.session_id,
                subject=run_id,
                suggestions=made,
                left_out=len(left_out or []),
            )
            return run

        ended = await self._database.write(change)
        await self._watch(run_id)
        if ended and ended.session_id in await self._database.read(runs.untouched_critiques):
            self._critiques.touch(ended.session_id)

    async def _remove_leftovers(self, run_id: str) -> None:
        found = await self._database.read(rows.of_run, run_id)
        drafting = [row.id for row in found if row.status == Status.DRAFTING.value]
        if not drafting:
            return
        try:
            bot = await self._join(await self._database.read(runs.get, run_id))
            try:
                await bot.discard(drafting)
            finally:
                bot.leave()
        except Exception:  # neither the run nor the server's start waits for a damaged room
            logger.exception(
                "drafts stay in the room", extra={"action": "discard_failed", "run": run_id}
            )
            await self._database.write(rows.remove, drafting)


def _draft_of(row: Suggestion) -> Draft:
    """Return a kept proposal as its drafter made it, without its place."""
    citations = tuple(
        Citation(
            one["input"],
            one["start"],
            one["end"],
            one["quote"],
            one["author"],
            one.get("document"),
        )
        for one in row.sources
    )
    return Draft(Kind(row.kind), None, row.text, citations, row.reason)


def _unheard(session: Session, session_id: str, material: Material) -> int:
    """Return how many people are cited by nothing that stands or waits for an answer."""
    cited = {
        source["input"]
        for row, _ in rows.of_session(session, session_id)
        if row.status in (Status.OPEN.value, Status.ACCEPTED.value)
        for source in row.sources
    }
    heard = {one.person for one in material.inputs if one.id in cited}
    return len({one.person for one in material.inputs} - heard)


def _summary(made: int, left_out: list[str], unread: Sequence[str], unheard: int) -> str:
    sentences = ["There is nothing new to propose."]
    if made or left_out:
        proposals = "1 suggestion" if made == 1 else f"{made} suggestions"
        sentences = [f"{proposals} to decide about."]
    if left_out:
        reasons = "; ".join(sorted(set(left_out)))
        sentences.append(f"Left out: {len(left_out)} ({reasons}).")
    if unread:
        sentences.append(f"Not everything was read: {'; '.join(unread)}.")
    if unheard:
        people = "1 participant is" if unheard == 1 else f"{unheard} participants are"
        sentences.append(f"{people} cited by no suggestion yet.")
    return " ".join(sentences)


def _words(error: AIError) -> str:
    return error.message if isinstance(error, ModelError) else str(error)
