"""
A run of the bot, step by step: gather, draft, hand over. Durable: see `store.jobs`.

While a run drafts, its proposals can be seen and not decided about. They open together when the draft is whole; if
it fails they are withdrawn and the run says why. After a kill the half-written ones are removed and drafted
anew under the same ids, so nothing is ever proposed twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from ai.drafting import Draft, Drafter, LeftOut
from ai.errors import AIError, ModelError, RunFailed
from ai.material import Material, look_at, read_given
from ai.models.base import Usage
from ai.participant import BotParticipant
from ai.triggers import Debounce
from collab.suggestions import Status
from rooms.registry import Registry
from store import audit, runs, sessions
from store import suggestions as rows
from store.database import Database
from store.errors import Conflict
from store.jobs import Jobs, Steps
from store.models import Run
from store.runs import OF_ROUNDS, RunStatus, Trigger
from store.sessions import Phase

logger = logging.getLogger(__name__)

JOB = "refine"

#: Called with a run's id whenever it has got further.
Watch = Callable[[str], Awaitable[None]]


class Bot:
    """
    The runs of all sessions.

    Args:
        mode: ``claude`` or ``extractive``: what runs are labelled with.
        model: The model's name, if there is one.
        watch: Told of every step.
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
            made = runs.add(
                session,
                session_id=session_id,
                mode=self._mode,
                model=self._model,
                trigger=trigger,
            )
            audit.record(session, "run.started", actor=actor, of=session_id, subject=made.id)
            return made

        run = await self._database.write(change)
        await self._jobs.submit(JOB, run.id)
        await self._watch(run.id)
        return run

    def critique_given(self, session_id: str) -> None:
        """Somebody objects: a run starts when it has been quiet for a while."""
        self._critiques.touch(session_id)

    async def close(self) -> None:
        """Start nothing any more."""
        await self._critiques.close()

    async def _start_for_critiques(self, session_id: str) -> None:
        found = await self._database.read(sessions.get, session_id)
        if found.phase in (Phase.DECIDING.value, Phase.AGREED.value):
            return
        try:
            await self.start(session_id, Trigger.CRITIQUE, actor="bot")
        except Conflict:  # at work already; it may have begun before the critique was there
            self._critiques.touch(session_id)

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
            elif not await self._jobs.is_alive(JOB, run.id):
                await self._end(
                    run.id, failure="The server stopped during this run. Start it again."
                )

    async def _job(self, steps: Steps, run_id: str) -> None:
        try:
            material = await steps.run("gather", self._gather, run_id)
            outcome = await steps.run("draft", self._draft, run_id, material)
            await steps.run("hand over", self._hand_over, run_id, outcome)
        except AIError as exc:
            await self._end(run_id, failure=_words(exc))
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("run failed", extra={"action": "run_failed", "run": run_id})
            await self._end(run_id, failure="The server failed during this run; its log says why.")

    async def _gather(self, run_id: str) -> dict[str, Any]:
        run = await self._advance(run_id, status=RunStatus.RUNNING.value, step="gathering")
        given = await self._database.read(read_given, run.session_id, run_id)
        if not given.inputs:
            raise RunFailed(
                "Nobody has given an input yet, so there is nothing to propose. "
                "Inputs are given under “My input”."
            )
        room = await self._registry.of_session(run.session_id)
        return look_at(room.document, given).to_json()

    async def _draft(self, run_id: str, gathered: dict[str, Any]) -> dict[str, Any]:
        """Write the proposals into the room. Failures are a result too, so a restart does not ask again."""
        run = await self._advance(run_id, step="drafting", sentence=0)
        material = Material.from_json(gathered)
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
            async for found in self._drafter.draft(material):
                if isinstance(found, Usage):
                    usage = {
                        "model": found.model,
                        "input_tokens": found.input_tokens,
                        "output_tokens": found.output_tokens,
                    }
                elif isinstance(found, LeftOut):
                    left_out.append(found.why)
                else:
                    await self._propose(bot, run_id, found, material, made, left_out)
        except ModelError as exc:
            failure = exc.message
            logger.warning(
                "draft failed", extra={"action": "draft_failed", "run": run_id, "why": str(exc)}
            )
        finally:
            bot.leave()
        return {"made": made, "left_out": left_out, "usage": usage, "failure": failure}

    async def _propose(
        self,
        bot: BotParticipant,
        run_id: str,
        draft: Draft,
        material: Material,
        made: list[str],
        left_out: list[str],
    ) -> None:
        number = len(made) + 1
        bot.show("drafting", sentence=number)
        ident = await bot.propose(draft, material, number)
        if ident is None:
            left_out.append("the sentence it was about has changed meanwhile")
        else:
            made.append(ident)
            await self._advance(run_id, sentence=number)

    async def _hand_over(self, run_id: str, outcome: dict[str, Any]) -> None:
        run = await self._database.read(runs.get, run_id)
        bot = await self._join(run)
        try:
            if outcome["failure"] is not None:
                await bot.withdraw(outcome["made"])
                await self._end(run_id, failure=outcome["failure"], usage=outcome["usage"])
                return
            await bot.open(outcome["made"])
        finally:
            bot.leave()
        await self._end(
            run_id,
            made=len(outcome["made"]),
            left_out=outcome["left_out"],
            usage=outcome["usage"],
        )

    async def _join(self, run: Run) -> BotParticipant:
        room = await self._registry.of_session(run.session_id)
        return BotParticipant(room, self._database, run, self._drafter.author)

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
        usage: dict[str, Any] | None = None,
    ) -> None:
        status = RunStatus.DONE if failure is None else RunStatus.FAILED
        message = failure if failure is not None else _summary(made, left_out or [])
        if failure is not None:
            await self._withdraw_leftovers(run_id)

        def change(session: Any) -> None:
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

        await self._database.write(change)
        await self._watch(run_id)

    async def _withdraw_leftovers(self, run_id: str) -> None:
        found = await self._database.read(rows.of_run, run_id)
        drafting = [row.id for row in found if row.status == Status.DRAFTING.value]
        if drafting:
            bot = await self._join(await self._database.read(runs.get, run_id))
            try:
                await bot.withdraw(drafting)
            finally:
                bot.leave()


def _summary(made: int, left_out: list[str]) -> str:
    if made == 0 and not left_out:
        return "There is nothing new to propose."
    proposals = "1 suggestion" if made == 1 else f"{made} suggestions"
    if not left_out:
        return f"{proposals} to decide about."
    reasons = "; ".join(sorted(set(left_out)))
    return f"{proposals} to decide about. Left out: {len(left_out)} ({reasons})."


def _words(error: AIError) -> str:
    return error.message if isinstance(error, ModelError) else str(error)
