"""`ai.cleaning`: what goes of each kind of row, and what stays. That nothing is left: `tests/e2e/test_erasure.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ai import cleaning
from ai.cleaning import CLEANERS
from ai.traces import Traces
from store import (
    answers,
    ballots,
    critiques,
    erasures,
    inputs,
    interviews,
    quarantine,
    runs,
    suggestions,
    updatelog,
)
from store.critiques import Visibility
from store.ids import new_id, now
from store.inputs import Quote
from store.models import (
    Ballot,
    Critique,
    Interview,
    ModelAnswer,
    QuarantinedUpdate,
    Run,
    Suggestion,
)
from store.quarantine import Culprit
from store.runs import Trigger
from tests.ai.places import Place, place

SAID = "The harbour needs a quiet basin for all of its anglers."
ACCEPTED = "Anglers get a calm part of the port for themselves."


class Case:
    """An input somebody has erased, in a session with rows of all kinds."""

    def __init__(self, session: Session, here: Place, room: int) -> None:
        self.session = session
        self.id = here.session
        self.person = here.people["Ana"]
        self.room = room
        row = inputs.add(
            session,
            session_id=self.id,
            participant_id=self.person,
            text=SAID,
            quote=Quote.NAMED,
        )
        self.input = row.id
        self.run = runs.add(
            session, session_id=self.id, mode="claude", model="m", trigger=Trigger.FACILITATOR
        ).id
        self.made = 0

    def suggest(self, status: str, text: str, *, cites: str | None = None, base: str = "") -> str:
        self.made += 1
        made = suggestions.add(
            self.session,
            id=new_id(),
            session_id=self.id,
            run_id=self.run,
            ordinal=self.made,
            kind="paragraph",
            status=status,
            author="Bot",
            base=base,
            text=text,
            start={},
            end={},
            place="start",
            sources=[
                {
                    "citation": "c",
                    "input": cites or self.input,
                    "start": 0,
                    "end": 3,
                    "quote": "The",
                    "author": "Ana",
                    "document": None,
                }
            ],
            reason="Ana said so.",
        )
        return made.id

    def decide(self, ident: str, verdict: str, *, text: str | None = None) -> None:
        suggestions.decide(
            self.session,
            ident,
            participant_id=self.person,
            verdict=verdict,
            text=text,
            reason=SAID if verdict == "rejected" else None,
        )

    def traces(self, statement: str = "\n") -> Traces:
        row = erasures.ask_input(
            self.session, self.input, session_id=self.id, participant_id=self.person
        )
        return cleaning.look(self.session, row, self.room, statement)

    def row(self, ident: str) -> Suggestion:
        return self.session.get_one(Suggestion, ident)


async def on_a_case(folder: Path, check: Callable[[Case], None]) -> None:
    async with place(folder, "Ana") as here:
        room = (await here.room()).number

        def run(session: Session) -> None:
            check(Case(session, here, room))

        await here.database.write(run)


async def test_undecided_suggestions_are_withdrawn_without_their_words(tmp_path: Path) -> None:
    def check(case: Case) -> None:
        open_, stale = case.suggest("open", "A calm port."), case.suggest("stale", "Calm.")
        drafting = case.suggest("drafting", "A port.")
        copied = case.suggest("open", SAID, cites="another")
        other = case.suggest("open", "Buses on Sundays.", cites="another")
        traces = case.traces()
        pictures = cleaning.pictures(case.session, traces)
        assert set(pictures.removed) == {open_, stale, drafting, copied}
        assert cleaning.clean_suggestions(case.session, traces) == 4
        for ident in (open_, stale, copied):
            row = case.row(ident)
            assert (row.status, row.text, row.reason) == ("withdrawn", "", "")
        assert case.row(copied).sources[0]["quote"] == "The", "what it cites is somebody else's"
        case.session.flush()
        assert case.session.get(Suggestion, drafting) is None
        assert (case.row(other).status, case.row(other).text) == ("open", "Buses on Sundays.")

    await on_a_case(tmp_path, check)


async def test_what_was_accepted_stays_while_it_stands(tmp_path: Path) -> None:
    def check(case: Case) -> None:
        stands, gone = case.suggest("open", ACCEPTED), case.suggest("open", "A calm port, then.")
        edited = case.suggest("open", "Proposed and then worded otherwise.")
        for ident in (stands, gone):
            case.decide(ident, "accepted")
        case.decide(edited, "accepted", text="Anglers are heard.")
        traces = case.traces(f"{ACCEPTED} Anglers are heard.\n")
        pictures = cleaning.pictures(case.session, traces)
        assert pictures.removed == [gone, edited], "the picture still shows the first wording"
        assert pictures.sources[stands][0]["quote"] is None
        assert cleaning.standing(case.session, traces) == 2
        cleaning.clean_suggestions(case.session, traces)
        assert [case.row(one).text for one in (stands, gone, edited)] == [ACCEPTED, "", ""]
        assert {case.row(one).status for one in (stands, gone, edited)} == {"accepted"}
        decision = suggestions.decision(case.session, edited)
        assert decision is not None
        assert decision.text == "Anglers are heard."
        assert all(case.row(one).sources[0]["quote"] is None for one in (stands, gone, edited))

    await on_a_case(tmp_path, check)


async def test_what_others_said_of_it_loses_its_words_only(tmp_path: Path) -> None:
    def check(case: Case) -> None:
        rejected = case.suggest("open", ACCEPTED)
        case.decide(rejected, "rejected")
        instead = case.suggest("open", "The market stays.", cites="another", base=ACCEPTED)
        about = critiques.add(
            case.session,
            session_id=case.id,
            participant_id=case.person,
            text="Why?",
            visibility=Visibility.OPEN,
            start=None,
            end=None,
            quote=ACCEPTED,
        )
        traces = case.traces()
        pictures = cleaning.pictures(case.session, traces)
        assert (pictures.bases, pictures.unquoted) == ([instead], [about.id])
        cleaning.clean(case.session, traces)
        decision = suggestions.decision(case.session, rejected)
        assert decision is not None
        assert (decision.verdict, decision.reason) == ("rejected", None)
        assert (case.row(instead).base, case.row(instead).text) == ("", "The market stays.")
        left = case.session.get_one(Critique, about.id)
        assert (left.text, left.quote) == ("Why?", "")

    await on_a_case(tmp_path, check)


async def test_what_models_said_since_goes_and_what_it_cost_stays(tmp_path: Path) -> None:
    def check(case: Case) -> None:
        def answer(key: str) -> None:
            answers.add(
                case.session,
                key=key,
                session_id=case.id,
                purpose="claims",
                prompt="claims@1",
                model="m",
                text=f"{key} {SAID}",
                failure=None,
                input_tokens=100,
                output_tokens=10,
            )

        def guess(ident: str, *, predicted: bool) -> None:
            ballots.add(
                case.session,
                ident=ident,
                session_id=case.id,
                participant_id=case.person,
                subject="round",
                ranking=[["a"], ["b"]],
                predicted=predicted,
                reason="Because of the basin.",
            )

        answer("old")
        answer("new")
        guess("predicted", predicted=True)
        guess("cast", predicted=False)
        traces = case.traces()
        old = case.session.scalars(select(ModelAnswer).where(ModelAnswer.key == "old")).one()
        old.created_at = traces.since - timedelta(seconds=1)
        case.session.flush()
        assert CLEANERS["answers"](case.session, traces) == 1
        assert CLEANERS["answers"](case.session, traces) == 0
        assert CLEANERS["predictions"](case.session, traces) == 1
        case.session.expire_all()
        found = case.session.scalars(select(ModelAnswer).order_by(ModelAnswer.id)).all()
        assert [(one.key, one.text) for one in found] == [("old", f"old {SAID}"), ("", None)]
        assert answers.spent(case.session, session_id=case.id) == 220
        assert case.session.get_one(Ballot, "predicted").reason == ""
        assert case.session.get_one(Ballot, "predicted").ranking == [["a"], ["b"]]
        assert case.session.get_one(Ballot, "cast").reason == "Because of the basin."

    await on_a_case(tmp_path, check)


async def test_what_a_run_said_and_what_was_set_aside_lose_its_words(tmp_path: Path) -> None:
    def check(case: Case) -> None:
        case.session.get_one(Run, case.run).message = f"The model: {SAID}"
        updatelog.append_now(case.session, case.room, SAID.encode(), person="a", via="socket")
        seq = updatelog.last_seq(case.session, case.room)
        quarantine.set_aside(case.session, case.room, [Culprit(seq, "why", (77,))])
        traces = case.traces()
        assert CLEANERS["runs"](case.session, traces) == 1
        assert CLEANERS["quarantined"](case.session, traces) == 1
        case.session.expire_all()
        assert case.session.get_one(Run, case.run).message == ""
        assert case.session.scalars(select(QuarantinedUpdate.data)).all() == [b""]
        assert quarantine.banned_clients(case.session, case.room) == {77}

    await on_a_case(tmp_path, check)


async def test_the_conversation_it_came_from_goes_and_one_under_way_goes_on(tmp_path: Path) -> None:
    def check(case: Case) -> None:
        def had(*, ended: bool, **fields: Any) -> Interview:
            row = interviews.add(
                case.session,
                session_id=case.id,
                participant_id=case.person,
                mode="claude",
                status="done" if ended else "asking",
            )
            return interviews.change(
                case.session, row.id, seen=row.version, ended_at=now() if ended else None, **fields
            )

        def turn(question: str, answer: str | None) -> dict[str, Any]:
            return {"question": question, "by": "led", "answer": answer, "skipped": False}

        source = had(ended=True, turns=[turn("What else?", SAID)], made=[case.input])
        other = had(ended=True, turns=[turn("What else?", "Buses on Sundays.")])
        going = had(
            ended=False, turns=[turn(f"You wrote: {SAID} Why?", "Fish."), turn("So?", None)]
        )
        traces = case.traces()
        assert CLEANERS["interviews"](case.session, traces) == 2
        assert (source.status, source.turns) == (interviews.DELETED, [])
        assert other.turns[0]["answer"] == "Buses on Sundays."
        assert SAID not in str(going.turns)
        assert [one["answer"] for one in going.turns] == ["Fish.", None]
        assert going.ended_at is None

    await on_a_case(tmp_path, check)


async def test_a_run_begins_again_unless_it_had_handed_over(tmp_path: Path) -> None:
    def check(case: Case) -> None:
        assert cleaning.set_back(case.session, case.id) == [case.run]
        assert case.session.get_one(Run, case.run).status == "queued"
        runs.advance(case.session, case.run, status="running", step="drafting", sentence=2)
        case.suggest("drafting", "A.")
        cleaning.set_back(case.session, case.id)
        run: Any = case.session.get_one(Run, case.run)
        assert (run.status, run.step, run.sentence) == ("queued", "queued", 0)
        case.suggest("open", "B.")
        cleaning.set_back(case.session, case.id)
        assert (run.status, run.message) == ("done", "1 suggestion to decide about.")
        assert run.ended_at is not None
        assert cleaning.set_back(case.session, case.id) == [case.run], "ended ones have jobs, too"

    await on_a_case(tmp_path, check)
