"""
A round: points of everybody -> candidates -> rankings -> count -> suggestions in the live text.

Preparing one is a durable job that can be done again from its beginning: what a model answered is stored
(`ai.answers`), and everything that is random hangs on what was given, so the second time makes the same candidates
without a call. People rank while the round is open; their rankings stand instead of predicted ones. The winner
becomes suggestions under ids that only the round decides, so nothing is proposed twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ai import candidates as making
from ai import claims as claiming
from ai import history
from ai.answers import Answers
from ai.ballots import Bias, RankingBallot, position_bias
from ai.candidates import STYLES, Candidate
from ai.claims import Claim
from ai.decisions import Decider
from ai.deliberation import Deliberation
from ai.drafting import Citation, Draft, LeftOut, rests_on, said_key
from ai.errors import AIError, ModelError, RunFailed
from ai.extractive import AUTHOR as QUOTING
from ai.extractive import ExtractiveDrafter
from ai.material import GivenInput, Material, changed, look_at, read_given
from ai.modeldrafter import AUTHOR as WRITING
from ai.participant import BotParticipant
from ai.predictions import Prediction, predict
from ai.retrieval import Retrieval
from ai.schulze import Ranking, commitment
from ai.tally import tally
from collab.frozen import canonical
from collab.suggestions import Kind
from rooms.registry import Registry
from store import audit, ballots, ids, participants, rounds, runs, sessions
from store import suggestions as suggestion_rows
from store.database import Database
from store.jobs import Jobs, Steps
from store.models import Candidate as CandidateRow
from store.models import Round, Run
from store.runs import RunStatus, Trigger

logger = logging.getLogger(__name__)

PREPARE = "prepare-round"
HAND_OVER = "hand-over-round"

#: Told of a run's or a session's id.
Watch = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A round before it opens. `notes`: what the people should know of how it was made."""

    material: Material
    candidates: list[Candidate]
    ids: list[str]
    predictions: list[Prediction]
    notes: list[str]


class Rounds:
    """
    The rounds of all sessions.

    Args:
        answers: A model with a memory; None for extractive rounds. Sessions may forbid it.
        watch_run, watch: Told when a run, a deliberation got further.
        retrieval: Finds passages of documents; None where there are none.
        clock: The time, with its zone.
    """

    def __init__(
        self,
        database: Database,
        registry: Registry,
        jobs: Jobs,
        answers: Answers | None,
        *,
        watch_run: Watch,
        watch: Watch,
        retrieval: Retrieval | None = None,
        max_tokens: int = 8000,
        clock: Callable[[], datetime] = ids.now,
    ) -> None:
        self._database = database
        self._registry = registry
        self._jobs = jobs
        self._answers = answers
        self._watch_run = watch_run
        self._watch = watch
        self._retrieval = retrieval
        self._max_tokens = max_tokens
        self._clock = clock
        jobs.define(PREPARE, self._prepare)
        jobs.define(HAND_OVER, self._hand_over)

    async def start(
        self, session_id: str, by: Decider, *, number: int = 4, minutes: int | None = None
    ) -> Run:
        """
        Prepare a round.

        Args:
            number: Candidates asked of a model.
            minutes: How long people may rank; None until the facilitator closes it.

        Raises:
            Conflict: If the bot is at work in this session (`run-in-progress`).
            NotAllowed: If a round is open, or this is not the time for one.
        """

        def change(session: Session) -> Run:
            history.load(session, session_id).open_round("-", "ab", commitment="")
            made = runs.add(
                session,
                session_id=session_id,
                **self._made_with(session, session_id),
                trigger=Trigger.CANDIDATES,
            )
            made.usage = {"candidates": number, "minutes": minutes}
            audit.record(session, "run.started", actor=by.key, of=session_id, subject=made.id)
            return made

        run = await self._database.write(change)
        try:
            await self._watch_run(run.id)  # that it waits is told before it can be at work
            await self._jobs.submit(PREPARE, run.id)
        except Exception:  # or the session would wait for this run until the next start
            await self._end(run.id, failure="The server could not start this round. Try again.")
            raise
        return run

    async def rank(self, session_id: str, by: Decider, round_id: str, tiers: object) -> None:
        """
        Rank the candidates of the open round, perhaps again.

        Raises:
            NotAllowed, BadBallot: It does not count.
        """

        def change(session: Session) -> None:
            state = history.load(session, session_id)
            ballot = ids.new_id()
            events = state.cast_ranking(
                by.key, round_id=round_id, ballot=ballot, tiers=tiers, now=self._clock()
            )
            ranking = state.apply(events[0]).rounds[-1].rankings[by.key][1]
            ballots.add(
                session,
                ident=ballot,
                session_id=session_id,
                participant_id=by.key,
                subject=round_id,
                ranking=[list(tier) for tier in ranking],
            )
            history.record(session, session_id, state, events, actor=by.key)

        await self._database.write(change)
        await self._watch(session_id)

    async def close(self, session_id: str, actor: str, round_id: str) -> None:
        """
        Count a round; its winner becomes suggestions.

        Raises:
            NotAllowed: If it is closed already.
            Conflict: If the bot is at work in this session (`run-in-progress`).
        """

        def change(session: Session) -> bool:
            state = history.load(session, session_id)
            row = rounds.get(session, round_id, session_id=session_id)
            state.close_round(round_id)  # before anything is counted
            result = _count(session, state, row)
            events = state.close_round(
                round_id,
                winner=result["winner"] if result is not None else None,
                seed=result["seed"] if result is not None else None,
            )
            handing_over = False
            if result is not None:
                winner = session.get_one(CandidateRow, result["winner"])
                handing_over = bool(winner.drafts)
                if handing_over:
                    run = runs.add(
                        session,
                        session_id=session_id,
                        **self._made_with(session, session_id),
                        trigger=Trigger.ROUND,
                    )
                    result["run"] = run.id
                rounds.set_result(session, round_id, result)
            history.record(session, session_id, state, events, actor=actor)
            return handing_over

        if await self._database.write(change):
            await self._jobs.submit(HAND_OVER, round_id)
        await self._watch(session_id)

    async def close_due(self) -> None:
        """Count every round whose time is over."""
        for row in await self._database.read(rounds.due, self._clock()):
            try:
                await self.close(row.session_id, "server", row.id)
            except Exception:
                logger.exception(
                    "a round could not be closed",
                    extra={"action": "round_failed", "round": row.id},
                )

    async def resume(self) -> None:
        """Look after what a stop left behind: submitting twice is harmless."""
        for run in await self._database.read(runs.not_ended):
            if run.trigger == Trigger.CANDIDATES.value:
                await self._go_on(PREPARE, run.id, run)
            elif run.trigger == Trigger.ROUND.value:
                for row in await self._database.read(rounds.of_session, run.session_id):
                    if row.result is not None and row.result.get("run") == run.id:
                        await self._go_on(HAND_OVER, row.id, run)

    async def _go_on(self, job: str, ident: str, run: Run) -> None:
        await self._jobs.submit(job, ident)
        if not await self._jobs.is_alive(job, ident):
            await self._end(run.id, failure="The server stopped during this run. Start it again.")

    def _made_with(self, session: Session, session_id: str) -> dict[str, Any]:
        """How a run is labelled: with the model, where there is one and the session may use it."""
        if self._answers is None or not sessions.allows_external_ai(session, session_id):
            return {"mode": "extractive", "model": None}
        return {"mode": "claude", "model": self._answers.model}

    def _answers_of(self, run: Run) -> Answers | None:
        return self._answers if run.model is not None else None

    # -- preparing

    async def _prepare(self, steps: Steps, run_id: str) -> None:
        try:
            await steps.run("prepare", self._prepare_once, run_id)
        except AIError as exc:
            await self._end(
                run_id, failure=exc.message if isinstance(exc, ModelError) else str(exc)
            )
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("a round failed", extra={"action": "round_failed", "run": run_id})
            await self._end(run_id, failure="The server failed during this run; its log says why.")

    async def _prepare_once(self, run_id: str) -> None:
        run = await self._advance(run_id, status=RunStatus.RUNNING.value, step="reading")
        options = run.usage or {}
        known = await self._database.read(rounds.of_session, run.session_id)
        if any(row.run_id == run_id for row in known):  # a kill came between the round and the end
            await self._end(run_id, made=0, message="The candidates can be ranked.")
            return
        given = await self._database.read(read_given, run.session_id, run_id)
        if not given.inputs:
            raise RunFailed("Nobody has given an input yet, so there is nothing to make of it.")
        if self._retrieval is not None:
            given = await self._retrieval.add_evidence(run.session_id, given)
        room = await self._registry.of_session(run.session_id)
        prepared = await self._make(run, look_at(room.document, given), options["candidates"])
        await self._open(run, prepared, options["minutes"])
        made = len(prepared.candidates)
        message = " ".join([f"{made} candidates to rank.", *prepared.notes])
        await self._end(run_id, made=made, message=message)

    async def _make(self, run: Run, material: Material, number: int) -> Prepared:
        seed = _seed_of(material)
        by_person: dict[str, list[GivenInput]] = {}
        for one in material.inputs:
            by_person.setdefault(one.person, []).append(one)
        claims, notes = await self._claims(run, material, list(by_person.values()))
        if material.unread:
            notes.append(f"Not everything was read: {'; '.join(material.unread)}.")
        await self._advance(run.id, step="candidates")
        if self._answers_of(run) is None:
            made = await _extractive(material, len(by_person))
        else:
            made, failed = await self._write(run, material, claims, number, seed)
            notes += failed
        made = [making.give_places(one, claims, material) for one in made]
        chosen = making.distinct(material, made)
        notes += _notes_on(chosen)
        if len(chosen) < 2:
            raise RunFailed(
                " ".join(["There is nothing to choose between: no new text came of it.", *notes])
            )
        idents = [_candidate_id(run.id, at) for at in range(len(chosen))]
        predictions: list[Prediction] = []
        if self._answers_of(run) is not None:
            await self._advance(run.id, step="predicting")
            texts = {
                ident: making.rendered(material, one.drafts)
                for ident, one in zip(idents, chosen, strict=True)
            }
            predictions = await self._predict(run, material, by_person, texts)
        silent = sum(not one.ranking for one in predictions)
        if silent:
            notes.append(f"{silent} rankings could not be predicted; these people abstain.")
        bias = _bias_of(predictions)
        if bias is not None and bias.alarming:
            notes.append(
                "The predicted rankings follow the order in which candidates were shown "
                f"(correlation {bias.rho:.2f}): do not rely on them."
            )
        return Prepared(material, chosen, idents, predictions, notes)

    async def _claims(
        self, run: Run, material: Material, people: Sequence[Sequence[GivenInput]]
    ) -> tuple[list[Claim], list[str]]:
        answers = self._answers_of(run)
        if answers is None:
            return [one for own in people for one in claiming.own_sentences(own)], []

        async def read(own: Sequence[GivenInput]) -> list[Claim] | ModelError:
            prompt = claiming.ask(material.question, own, self._max_tokens)
            try:
                return await answers.ask(
                    run.session_id, "claims", prompt, lambda answer: claiming.read(answer, own)
                )
            except ModelError as exc:
                return exc

        found = await asyncio.gather(*(read(own) for own in people))
        errors = [one for one in found if isinstance(one, ModelError)]
        if len(errors) == len(found):
            raise errors[0]
        claims = [
            claim
            for own, one in zip(people, found, strict=True)
            for claim in (claiming.own_sentences(own) if isinstance(one, ModelError) else one)
        ]
        notes = []
        if errors:
            notes.append(
                f"For {len(errors)} of the participants the AI's reading was of no use; "
                "their own sentences stand in for it."
            )
        return claims, notes

    async def _write(
        self, run: Run, material: Material, claims: Sequence[Claim], number: int, seed: str
    ) -> tuple[list[Candidate], list[str]]:
        assert self._answers is not None
        answers = self._answers

        async def write(at: int) -> Candidate | ModelError:
            style = list(STYLES)[at % len(STYLES)]
            prompt, known = making.ask(
                material, claims, style=style, seed=f"{seed} {at}", max_tokens=self._max_tokens
            )

            def read(answer: str) -> Candidate:
                return making.read(answer, material, known, author=WRITING, style=style)

            try:
                return await answers.ask(run.session_id, "candidate", prompt, read)
            except ModelError as exc:
                return exc

        found = await asyncio.gather(*(write(at) for at in range(number)))
        errors = [one for one in found if isinstance(one, ModelError)]
        made = [one for one in found if isinstance(one, Candidate)]
        if not made:
            raise errors[0]
        notes = []
        if errors:
            notes.append(f"{len(errors)} candidates were of no use ({errors[0].message}).")
        return made, notes

    async def _predict(
        self,
        run: Run,
        material: Material,
        by_person: dict[str, list[GivenInput]],
        texts: dict[str, str],
    ) -> list[Prediction]:
        assert self._answers is not None
        allowed = await self._database.read(_predictable, run.session_id)
        return await asyncio.gather(
            *(
                predict(
                    self._answers,
                    run.session_id,
                    person,
                    given,
                    question=material.question,
                    texts=texts,
                    max_tokens=self._max_tokens,
                )
                for person, given in by_person.items()
                if person in allowed
            )
        )

    async def _open(self, run: Run, prepared: Prepared, minutes: int | None) -> None:
        round_id = _candidate_id(run.id, -1)
        secret = secrets.token_hex(32)
        closes_at = self._clock() + timedelta(minutes=minutes) if minutes else None

        def change(session: Session) -> None:
            state = history.load(session, run.session_id)
            events = state.open_round(
                round_id,
                prepared.ids,
                commitment=commitment(secret),
                closes_at=closes_at,
            )
            rounds.add(
                session,
                ident=round_id,
                session_id=run.session_id,
                run_id=run.id,
                number=len(state.rounds) + 1,
                secret=secret,
                material=prepared.material.to_json(),
                closes_at=closes_at,
                candidates=[
                    CandidateRow(
                        id=ident,
                        round_id=round_id,
                        ordinal=at,
                        author=one.author,
                        style=one.style,
                        text=making.rendered(prepared.material, one.drafts),
                        drafts=[_draft_json(draft) for draft in one.drafts],
                    )
                    for at, (ident, one) in enumerate(
                        zip(prepared.ids, prepared.candidates, strict=True)
                    )
                ],
            )
            for guess in prepared.predictions:
                ballots.add(
                    session,
                    ident=ids.new_id(),
                    session_id=run.session_id,
                    participant_id=guess.person,
                    subject=round_id,
                    ranking=[list(tier) for tier in guess.ranking],
                    predicted=True,
                    reason=guess.reason,
                )
            history.record(session, run.session_id, state, events, actor="bot")
            bias = _bias_of(prepared.predictions)
            if bias is not None:
                audit.record(
                    session,
                    "round.bias",
                    actor="bot",
                    of=run.session_id,
                    subject=round_id,
                    rho=round(bias.rho, 3),
                    places=bias.places,
                    alarm=bias.alarming,
                )

        await self._database.write(change)
        await self._watch(run.session_id)

    # -- handing over

    async def _hand_over(self, steps: Steps, round_id: str) -> None:
        try:
            await steps.run("hand over", self._hand_over_once, round_id)
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception(
                "a winner was not handed over", extra={"action": "round_failed", "round": round_id}
            )
            _, run, _ = await self._database.read(_winner, round_id)
            await self._end(
                run.id,
                failure="The server failed while it proposed the first choice; its log says why. "
                "The candidates are kept: another round can choose again.",
            )

    async def _hand_over_once(self, round_id: str) -> None:
        row, run, winner = await self._database.read(_winner, round_id)
        if run.status not in runs.UNDER_WAY:
            return
        material = Material.from_json(row.material)
        back = await self._database.read(changed, row.session_id, material)
        taken_back = [one for one in material.sources if one.id in back]
        await self._advance(run.id, status=RunStatus.RUNNING.value, step="drafting")
        room = await self._registry.of_session(row.session_id)
        bot = BotParticipant(room, self._database, run, winner.author)
        made: list[str] = []
        lost = withdrawn = known = 0
        try:
            leftovers = [
                one.id for one in await self._database.read(suggestion_rows.of_run, run.id)
            ]
            if leftovers:
                await bot.discard(leftovers)
            waiting = await self._database.read(_waiting, row.session_id)
            for draft in drafts_of(winner, material):
                if rests_on(draft, taken_back):
                    withdrawn += 1
                    continue
                if said_key(draft.text) in waiting:
                    known += 1
                    continue
                ident = await bot.propose(draft, material, len(made) + 1)
                if ident is None:
                    lost += 1
                else:
                    made.append(ident)
            await bot.open(made)
        finally:
            bot.leave()
        message = f"The group's first choice: {len(made)} suggestions to decide about."
        if lost:
            message += f" Left out: {lost} (the sentence it was about has changed meanwhile)."
        if known:
            message += f" {known} wait to be decided about already."
        if withdrawn:
            message += f" Left out: {withdrawn} (an input was taken back or changed)."
        await self._end(run.id, made=len(made), message=message)

    async def _advance(self, run_id: str, **fields: Any) -> Run:
        run = await self._database.write(runs.advance, run_id, **fields)
        await self._watch_run(run_id)
        return run

    async def _end(
        self, run_id: str, *, made: int = 0, message: str = "", failure: str | None = None
    ) -> None:
        status = RunStatus.DONE if failure is None else RunStatus.FAILED

        def change(session: Session) -> None:
            if runs.get(session, run_id).status not in runs.UNDER_WAY:
                return  # a step that a kill cut off at its end is done again
            run = runs.advance(
                session,
                run_id,
                status=status.value,
                step=status.value,
                of=made,
                message=failure or message,
            )
            audit.record(
                session, f"run.{status.value}", actor="bot", of=run.session_id, subject=run_id
            )

        await self._database.write(change)
        await self._watch_run(run_id)


def _count(session: Session, state: Deliberation, row: Round) -> dict[str, Any] | None:
    assert state.round is not None
    cast = [
        RankingBallot(ballot, voter, ranking)
        for voter, (ballot, ranking) in state.round.rankings.items()
    ]
    predicted = [
        RankingBallot(one.id, one.participant_id, _ranking(one.ranking), predicted=True)
        for one in ballots.predicted(session, row.id)
    ]
    asked = participants.voters(session, row.session_id, facilitators=False)
    return tally(
        state.round.candidates,
        cast,
        predicted,
        asked=len(asked),
        secret=row.secret,
        subject=row.id,
    )


def _ranking(value: list[list[str]] | None) -> Ranking:
    return tuple(tuple(tier) for tier in value or ())


def _notes_on(candidates: Sequence[Candidate]) -> list[str]:
    """Say what candidates lack: whom they do not cite, and what a model proposed and did not stand up."""
    notes = []
    if unheard := max(one.unheard for one in candidates):
        people = "1 participant is" if unheard == 1 else f"up to {unheard} participants are"
        notes.append(f"Not every candidate has everybody: {people} in none of its sentences.")
    left_out = [why for one in candidates if one.author == WRITING for why in one.left_out]
    if left_out:
        reasons = "; ".join(sorted(set(left_out)))
        notes.append(f"Left out of candidates: {len(left_out)} proposals ({reasons}).")
    return notes


def _bias_of(predictions: Sequence[Prediction]) -> Bias | None:
    return position_bias((one.shown, one.ranking) for one in predictions)


async def _extractive(material: Material, people: int) -> list[Candidate]:
    """Three ways of quoting: as much as there is room for, everybody once, the few that stand for most."""
    drafts: list[Draft] = []
    left_out: list[str] = []
    async for found in ExtractiveDrafter().draft("", material):
        if isinstance(found, Draft):
            drafts.append(found)
        elif isinstance(found, LeftOut):
            left_out.append(found.why)
    return [
        Candidate(QUOTING, style, tuple(drafts[:length]), tuple(left_out))
        for style, length in (("broad", len(drafts)), ("everybody once", people), ("brief", 3))
        if drafts
    ]


def _winner(session: Session, round_id: str) -> tuple[Round, Run, CandidateRow]:
    row = session.get_one(Round, round_id)
    assert row.result is not None
    run = runs.get(session, row.result["run"])
    return row, run, session.get_one(CandidateRow, row.result["winner"])


def _waiting(session: Session, session_id: str) -> set[str]:
    """Return what has been proposed and nobody has decided about, as it is compared."""
    found = suggestion_rows.of_session(session, session_id)
    return {said_key(one.text) for one, _ in found if one.status == "open"}


def _predictable(session: Session, session_id: str) -> set[str]:
    found = participants.of_session(session, session_id)
    return {one.id for one in found if one.predictable}


def _seed_of(material: Material) -> str:
    """What decides all orders: everything that was given, and nothing of the run."""
    value = [
        material.question,
        sorted([one.person, one.text] for one in material.inputs),
        [one.text for one in material.sentences],
        [[one.text, one.quote] for one in material.critiques],
    ]
    return hashlib.sha256(canonical(value)).hexdigest()


def _candidate_id(run: str, at: int) -> str:
    return hashlib.sha256(f"{run} candidate {at}".encode()).hexdigest()[:22]


def drafts_of(row: CandidateRow, material: Material) -> list[Draft]:
    """Return the changes of a candidate."""
    return [_draft_of(value, material) for value in row.drafts]


def _draft_json(draft: Draft) -> dict[str, Any]:
    return {
        "kind": draft.kind.value,
        "target": draft.target.alias if draft.target is not None else None,
        "text": draft.text,
        "citations": [asdict(one) for one in draft.citations],
        "reason": draft.reason,
    }


def _draft_of(value: dict[str, Any], material: Material) -> Draft:
    return Draft(
        kind=Kind(value["kind"]),
        target=material.sentence(value["target"]) if value["target"] else None,
        text=value["text"],
        citations=tuple(Citation(**one) for one in value["citations"]),
        reason=value["reason"],
    )
