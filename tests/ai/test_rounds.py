"""`ai.rounds`: a whole round on a real database, a live room and real jobs; only the model is scripted."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anthropic  # noqa: F401 - takes seconds on a busy machine, which must not be those of an answer
import pytest
from sqlalchemy.orm import Session

from ai.answers import Answers
from ai.candidates import STATUS_QUO
from ai.errors import BadBallot, NotAllowed, Overloaded
from ai.limits import AnswerLimits
from ai.models.base import Model
from ai.rounds import Rounds
from ai.schulze import commitment
from collab import statement
from store import ballots, ids, inputs, participants, rounds, runs
from store import suggestions as suggestion_rows
from store.errors import Conflict
from store.inputs import Quote
from store.jobs import Jobs
from store.models import Candidate, Input, Round, Run, Suggestion
from store.participants import Role
from store.runs import RunStatus, Trigger
from store.sessions import Phase
from store.testing import PATIENCE
from tests.ai.llm import DevLLM, claude_at, running_llm
from tests.ai.places import HOST, Place, place, set_person
from tests.ai.scripted import Json, Scripted, candidate

TEXTS = {
    "Ana": "Buses must run on Sundays.",
    "Ben": "No cars in the old town.",
    "Cleo": "Keep the market where it is.",
}


@dataclass
class Stage:
    """A session, its rounds, and what they report."""

    place: Place
    rounds: Rounds
    model: Scripted | None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch_run(self, run_id: str) -> None:
        run = await self.place.database.read(runs.get, run_id)
        if run.status not in runs.UNDER_WAY:
            self.ended.set()

    async def until_ended(self) -> Run:
        """Wait for the end of the run; return it."""
        async with asyncio.timeout(9 * PATIENCE):  # a round of thirty on a busy machine
            await self.ended.wait()
        self.ended.clear()
        run = await self.place.database.read(runs.latest, self.place.session)
        assert run is not None
        return run

    async def prepare(self, number: int = 4) -> tuple[Run, Round | None]:
        """Prepare a round; return its run and, if there is one, the round."""
        here = self.place
        await self.rounds.start(here.session, here.by(HOST), number=number)
        run = await self.until_ended()
        found = [
            row
            for row in await here.database.read(rounds.of_session, here.session)
            if row.run_id == run.id
        ]
        return run, found[0] if found else None

    async def candidates(self, row: Round) -> list[Candidate]:
        return list(await self.place.database.read(rounds.candidates, row.id))

    async def suggestions(self) -> list[Suggestion]:
        found = await self.place.database.read(suggestion_rows.of_session, self.place.session)
        return [one for one, _ in found]


@asynccontextmanager
async def stage(
    folder: Path,
    model: Model | None,
    *,
    limits: AnswerLimits | None = None,
    fill: bool = True,
    texts: Mapping[str, str] = TEXTS,
) -> AsyncIterator[Stage]:
    async with place(folder, *texts) as here:
        jobs = Jobs(folder / "jobs.db", poll_seconds=0.02)
        made: list[Stage] = []
        answers = Answers(here.database, model, limits) if model is not None else None

        async def watch_run(run_id: str) -> None:
            await made[0].watch_run(run_id)

        async def watch(_: str) -> None:
            """Nobody."""

        found = Rounds(
            here.database,
            here.registry,
            jobs,
            answers,
            watch_run=watch_run,
            watch=watch,
            clock=lambda: here.now,
        )
        made.append(Stage(here, found, model if isinstance(model, Scripted) else None))
        async with AsyncExitStack() as stack:
            if answers is not None:
                stack.push_async_callback(answers.close)
            await stack.enter_async_context(jobs)
            if fill:
                for name in texts:
                    await give(here, name, texts[name])
                await here.polls.move(here.session, here.by(HOST), Phase.DRAFTING)
            yield made[0]


async def give(here: Place, name: str, text: str, quote: Quote = Quote.ANONYMOUS) -> str:
    row = await here.database.write(
        inputs.add,
        session_id=here.session,
        participant_id=here.people[name],
        text=text,
        quote=quote,
    )
    return row.id


async def consent(here: Place, *names: str) -> None:
    for name in names:
        await here.database.write(set_person, here.people[name], predictable=True)


async def test_from_opinions_to_suggestions(tmp_path: Path) -> None:
    async with stage(tmp_path, Scripted()) as it:
        here = it.place
        await consent(here, "Ana", "Ben", "Cleo")
        run, row = await it.prepare()
        assert row is not None
        assert (run.status, run.trigger) == (RunStatus.DONE.value, Trigger.CANDIDATES.value)
        made = await it.candidates(row)
        assert made[0].style == STATUS_QUO
        assert made[0].drafts == []
        assert len(made) >= 2
        state = await here.state()
        assert state.round is not None
        assert state.round.commitment == commitment(row.secret)
        best = made[1]
        for name in ("Ana", "Ben"):
            await it.rounds.rank(here.session, here.by(name), row.id, [best.id, made[0].id])
        await it.rounds.close(here.session, here.people[HOST], row.id)
        run = await it.until_ended()
        assert run.trigger == Trigger.ROUND.value
        closed = await here.database.read(rounds.get, row.id, session_id=here.session)
        assert closed.result is not None
        assert (closed.result["winner"], closed.result["decided_by"]) == (best.id, "humans")
        found = await it.suggestions()
        assert [one.text for one in found] == [value["text"] for value in best.drafts]
        assert {one.status for one in found} == {"open"}
        assert all(one.sources for one in found)
        room = await here.room()
        assert statement.text_of(room.document) == "\n"  # nobody has accepted anything
        assert len(room.document.root_map("suggestions").to_py() or {}) == len(found)
        assert (await here.state()).rounds[0].winner == best.id


async def test_an_unchanged_session_asks_nothing_and_one_changed_input_what_hangs_on_it(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, Scripted()) as it:
        here, model = it.place, it.model
        assert model is not None
        await consent(here, "Ana", "Ben", "Cleo")
        _, row = await it.prepare(number=4)
        assert row is not None
        first = [one.text for one in await it.candidates(row)]
        assert model.asked == {"claims": 3, "candidate": 4, "rank": 3}
        await it.rounds.close(here.session, here.people[HOST], row.id)
        await it.until_ended()
        proposed = await it.suggestions()
        model.asked.clear()
        _, row = await it.prepare(number=4)
        assert row is not None
        assert [one.text for one in await it.candidates(row)] == first
        assert model.asked == {}
        await it.rounds.close(here.session, here.people[HOST], row.id)
        run = await it.until_ended()
        assert f"{len(proposed)} wait to be decided about already." in run.message
        assert len(await it.suggestions()) == len(proposed)  # nothing is proposed twice
        await give(here, "Ana", "And on holidays.")
        await it.prepare(number=4)
        assert model.asked["claims"] == 1
        assert model.asked["candidate"] == 4
        assert model.asked["rank"] == 3


async def test_only_who_consents_is_predicted_and_only_from_their_own_words(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, Scripted()) as it:
        here, model = it.place, it.model
        assert model is not None
        await consent(here, "Ben")
        _, row = await it.prepare()
        assert row is not None
        guesses = await here.database.read(ballots.predicted, row.id)
        assert [one.participant_id for one in guesses] == [here.people["Ben"]]
        asked = [content for kind, content in model.contents if kind == "rank"]
        assert [content["inputs"] for content in asked] == [[TEXTS["Ben"]]]


async def test_without_a_model_the_candidates_are_quotes(tmp_path: Path) -> None:
    async with stage(tmp_path, None) as it:
        run, row = await it.prepare()
        assert row is not None
        assert run.mode == "extractive"
        made = await it.candidates(row)
        assert made[0].style == STATUS_QUO
        said = [value["text"] for one in made for value in one.drafts]
        assert said
        assert all(any(text in one for text in TEXTS.values()) for one in said)
        here = it.place
        await it.rounds.close(here.session, here.people[HOST], row.id)
        closed = await here.database.read(rounds.get, row.id, session_id=here.session)
        assert closed.result is None  # nobody ranked anything, so nothing won
        assert await it.suggestions() == []


async def test_where_the_text_as_it_stands_wins_nothing_is_proposed(tmp_path: Path) -> None:
    async with stage(tmp_path, None) as it:
        here = it.place
        _, row = await it.prepare()
        assert row is not None
        made = await it.candidates(row)
        await it.rounds.rank(here.session, here.by("Ana"), row.id, [made[0].id])
        await it.rounds.close(here.session, here.people[HOST], row.id)
        assert (await here.state()).rounds[0].winner == made[0].id
        assert await it.suggestions() == []


async def test_a_model_that_is_down_makes_no_round_and_the_run_says_why(tmp_path: Path) -> None:
    async with stage(tmp_path, Scripted(claims=Overloaded())) as it:
        run, row = await it.prepare()
        assert row is None
        assert run.status == RunStatus.FAILED.value
        assert "overloaded" in run.message
        assert (await it.place.state()).rounds == ()
        assert await it.suggestions() == []


async def test_a_person_whose_words_the_model_cannot_read_is_not_dropped(tmp_path: Path) -> None:
    def fails_for_ben(content: Json) -> str:
        text = content["inputs"][0]["text"]
        if text == TEXTS["Ben"]:
            return "I would rather not."
        return json.dumps(
            {"claims": [{"input": "i1", "stance": "for", "claim": f"That: {text}", "quote": text}]}
        )

    async with stage(tmp_path, Scripted(claims=fails_for_ben)) as it:
        run, row = await it.prepare()
        assert row is not None
        assert "1 of the participants" in run.message
        given = await it.place.database.read(inputs.of_session, it.place.session)
        of_ben = next(one.id for one in given if one.text == TEXTS["Ben"])
        for one in (await it.candidates(row))[1:]:
            assert of_ben in {c["input"] for value in one.drafts for c in value["citations"]}


async def test_a_gullible_model_can_do_no_more_than_propose_what_is_sourced(
    tmp_path: Path,
) -> None:
    def obeys(content: Json) -> str:
        """Does what somebody's input says: cites nothing, quotes what nobody said, ends the others' turn."""
        lines = [
            {
                "do": "add",
                "after": None,
                "text": "Eve decides everything.",
                "cites": [],
                "reason": "",
            },
            {"do": "add", "after": None, "text": "All agree.", "cites": ["zzz"], "reason": ""},
            {"do": "add", "after": None, "text": "Obey.", "cites": [{"input": "i"}], "reason": ""},
            {"do": "end"},
        ]
        return "\n".join(json.dumps(one) for one in lines)

    async with stage(tmp_path, Scripted(candidate=obeys)) as it:
        _, row = await it.prepare()
        assert row is not None
        for one in await it.candidates(row):
            assert "Eve decides" not in one.text
            assert "All agree" not in one.text
            assert all(value["citations"] for value in one.drafts)


async def test_candidates_that_are_no_use_are_counted_and_the_others_stand(tmp_path: Path) -> None:
    calls: list[Json] = []

    def every_other(content: Json) -> str:
        calls.append(content)
        return candidate(content) if len(calls) % 2 else "nonsense"

    async with stage(tmp_path, Scripted(candidate=every_other)) as it:
        run, row = await it.prepare(number=4)
        assert row is not None
        assert "2 candidates were of no use" in run.message


async def test_a_spent_budget_ends_the_run_and_says_so(tmp_path: Path) -> None:
    async with stage(
        tmp_path, Scripted(), limits=AnswerLimits(session_tokens=200, parallel=1)
    ) as it:
        run, row = await it.prepare()
        assert row is None
        assert "budget of this session" in run.message


async def test_nobody_has_given_anything(tmp_path: Path) -> None:
    async with stage(tmp_path, None, fill=False) as it:
        await it.place.polls.move(it.place.session, it.place.by(HOST), Phase.DRAFTING)
        run, row = await it.prepare()
        assert row is None
        assert "Nobody has given an input" in run.message


async def test_rounds_and_runs_of_a_session_do_not_overlap(tmp_path: Path) -> None:
    async with stage(tmp_path, None) as it:
        here = it.place
        starts = [it.rounds.start(here.session, here.by(HOST)) for _ in range(3)]
        done = await asyncio.gather(*starts, return_exceptions=True)
        assert sorted(type(one).__name__ for one in done) == ["Conflict", "Conflict", "Run"]
        await it.until_ended()
        with pytest.raises(NotAllowed, match="open already"):
            await it.rounds.start(here.session, here.by(HOST))


async def test_rankings_that_cannot_count_leave_no_trace(tmp_path: Path) -> None:
    async with stage(tmp_path, None) as it:
        here = it.place
        _, row = await it.prepare()
        assert row is not None
        ana = here.by("Ana")
        one = (await it.candidates(row))[0].id
        for tiers in ([one, one], ["nobody"], "x", [[one], [one]]):
            with pytest.raises(BadBallot):
                await it.rounds.rank(here.session, ana, row.id, tiers)
        with pytest.raises(NotAllowed):
            await it.rounds.rank(here.session, ana, "nowhere", [one])
        assert await here.database.read(ballots.of_session, here.session) == {}
        await it.rounds.close(here.session, here.people[HOST], row.id)
        with pytest.raises(NotAllowed):
            await it.rounds.rank(here.session, ana, row.id, [one])
        with pytest.raises(NotAllowed):
            await it.rounds.close(here.session, here.people[HOST], row.id)


async def test_the_clock_closes_a_round(tmp_path: Path) -> None:
    async with stage(tmp_path, None) as it:
        here = it.place
        await it.rounds.start(here.session, here.by(HOST), minutes=30)
        await it.until_ended()
        (row,) = await here.database.read(rounds.of_session, here.session)
        made = await it.candidates(row)
        await it.rounds.rank(here.session, here.by("Ana"), row.id, [made[1].id])
        await it.rounds.close_due()
        assert (await here.state()).round is not None
        here.later(minutes=30)
        with pytest.raises(NotAllowed):
            await it.rounds.rank(here.session, here.by("Ben"), row.id, [made[0].id])
        await it.rounds.close_due()
        await it.until_ended()
        assert (await here.state()).rounds[0].winner == made[1].id


async def test_a_kill_in_the_middle_asks_nothing_again_and_proposes_nothing_twice(
    tmp_path: Path,
) -> None:
    """The jobs stop while candidates are written; another process goes on."""
    stuck = asyncio.Event()

    class Stuck(Scripted):
        async def stream(self, prompt):  # type: ignore[no-untyped-def]
            if prompt.ident.startswith("candidate") and self.asked["candidate"] >= 2:
                stuck.set()
                await asyncio.Event().wait()
            async for piece in super().stream(prompt):
                yield piece

    first, second = Stuck(), Scripted()
    async with stage(tmp_path, first) as it:
        here = it.place
        await it.rounds.start(here.session, here.by(HOST), number=4)
        async with asyncio.timeout(PATIENCE):
            await stuck.wait()
    async with stage(tmp_path, second, fill=False) as it:
        it.place.session, it.place.people = here.session, here.people
        await it.rounds.resume()
        run = await it.until_ended()
        assert run.status == RunStatus.DONE.value, run.message
        assert second.asked["claims"] == 0
        assert first.asked["candidate"] + second.asked["candidate"] == 4
        (row,) = await it.place.database.read(rounds.of_session, here.session)
        made = await it.candidates(row)
        await it.rounds.rank(here.session, here.by("Ana"), row.id, [made[1].id])
        await it.rounds.close(here.session, here.people[HOST], row.id)
        await it.until_ended()
        await it.rounds._hand_over_once(row.id)  # again, as after a kill
        assert len(await it.suggestions()) == len(made[1].drafts)


async def test_a_bot_at_work_keeps_a_round_open(tmp_path: Path) -> None:
    async with stage(tmp_path, None) as it:
        here = it.place
        _, row = await it.prepare()
        assert row is not None
        made = await it.candidates(row)
        await it.rounds.rank(here.session, here.by("Ana"), row.id, [made[1].id])

        def busy(session: Session) -> None:
            runs.add(
                session,
                session_id=here.session,
                mode="extractive",
                model=None,
                trigger=Trigger.FACILITATOR,
            )

        await here.database.write(busy)
        with pytest.raises(Conflict, match="at work"):
            await it.rounds.close(here.session, here.people[HOST], row.id)
        assert (await here.state()).round is not None
        people = await here.database.read(participants.voters, here.session, facilitators=False)
        assert len(people) == 3


async def test_a_winner_that_cannot_be_handed_over_blocks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path, None) as it:
        here = it.place
        _, row = await it.prepare()
        assert row is not None
        made = await it.candidates(row)
        await it.rounds.rank(here.session, here.by("Ana"), row.id, [made[1].id])

        async def broken(_: str) -> None:
            raise RuntimeError("a room that does not load")

        with monkeypatch.context() as patch:
            patch.setattr(here.registry, "of_session", broken)
            await it.rounds.close(here.session, here.people[HOST], row.id)
            run = await it.until_ended()
        assert run.status == RunStatus.FAILED.value
        assert "its log says why" in run.message
        _, again = await it.prepare()
        assert again is not None


async def test_a_round_that_cannot_be_queued_blocks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path, None) as it:
        here = it.place

        async def full(*_: object) -> None:
            raise OSError("no space left")

        with monkeypatch.context() as patch:
            patch.setattr(it.rounds._jobs, "submit", full)
            with pytest.raises(OSError, match="no space"):
                await it.rounds.start(here.session, here.by(HOST))
        it.ended.clear()
        _, row = await it.prepare()
        assert row is not None


async def test_ending_a_run_again_after_a_kill_keeps_what_it_said(tmp_path: Path) -> None:
    async with stage(tmp_path, None) as it:
        run, row = await it.prepare()
        assert row is not None
        await it.rounds._end(run.id, message="The candidates can be ranked.")
        now = await it.place.database.read(runs.get, run.id)
        assert now.message == run.message
        ends = [one for one in await it.place.audited() if one.action == "run.done"]
        assert len(ends) == 1


async def test_what_is_taken_back_before_the_count_is_not_proposed(tmp_path: Path) -> None:
    async with stage(tmp_path, None) as it:
        here = it.place
        _, row = await it.prepare()
        assert row is not None
        made = await it.candidates(row)
        await it.rounds.rank(here.session, here.by("Ana"), row.id, [made[1].id])

        def take_back(session: Session) -> None:
            for one in inputs.of_session(session, here.session):
                if one.text == TEXTS["Ben"]:
                    one.withdrawn_at = ids.now()

        await here.database.write(take_back)
        await it.rounds.close(here.session, here.people[HOST], row.id)
        run = await it.until_ended()
        assert "taken back" in run.message
        found = [one.text for one in await it.suggestions()]
        assert len(found) == len(made[1].drafts) - 1
        assert not any(TEXTS["Ben"] in one for one in found)


@pytest.mark.alone
async def test_thirty_people_and_eight_candidates_are_68_calls(tmp_path: Path) -> None:
    names = [f"Person {at}" for at in range(27)]
    async with stage(tmp_path, Scripted()) as it:
        here, model = it.place, it.model
        assert model is not None

        def join(session: Session) -> dict[str, str]:
            return {
                name: participants.add(
                    session, session_id=here.session, name=name, role=Role.PARTICIPANT
                ).id
                for name in names
            }

        here.people.update(await here.database.write(join))
        for at, name in enumerate(names):
            await give(here, name, f"I want thing {at}, and the other one, too.")
        await consent(here, *TEXTS, *names)
        run, row = await it.prepare(number=8)
        assert row is not None, run.message
        assert model.asked == {"claims": 30, "candidate": 8, "rank": 30}
        assert run.ended_at is not None
        assert (run.ended_at - run.created_at).total_seconds() < 10  # 3 s on a machine of its own


# The same against the Messages API, through the real SDK.

THINGS = [
    "ferry",
    "market",
    "tower",
    "bridge",
    "school",
    "clinic",
    "library",
    "garden",
    "theatre",
    "station",
]
WISHES = ["has to stay open on Sundays", "needs a roof before winter", "should be run by its users"]
THIRTY = {
    f"{thing} {at}": f"I think that the {thing} {wish}. Ask those who use the {thing}."
    for thing in THINGS
    for at, wish in enumerate(WISHES)
}


def taken(llm: DevLLM) -> Counter[str]:
    """Return how often what was asked since the last look."""
    found: Counter[str] = Counter()
    for body in llm.heard:
        content = body["messages"][-1]["content"]
        pieces = [content] if isinstance(content, str) else [one["text"] for one in content]
        keys = {name for piece in pieces for name in json.loads(piece)}
        found[
            "rank" if "candidates" in keys else "candidate" if "points" in keys else "claims"
        ] += 1
    llm.heard.clear()
    return found


async def test_thirty_people_and_eight_candidates_take_68_calls_then_none_then_what_hangs_on_one_input(
    tmp_path: Path,
) -> None:
    async with (
        running_llm() as llm,
        claude_at(llm.url, timeout_seconds=9 * PATIENCE) as model,
        stage(tmp_path, model, texts=THIRTY) as it,
    ):
        here = it.place
        await consent(here, *THIRTY)
        run, row = await it.prepare(number=8)
        assert row is not None, run.message
        assert run.message.startswith("9 candidates to rank.")
        assert taken(llm) == {"claims": 30, "candidate": 8, "rank": 30}
        first = [one.text for one in await it.candidates(row)]
        assert len(set(first)) == 9
        guesses = await here.database.read(ballots.predicted, row.id)
        assert len(guesses) == 30
        assert all(one.ranking for one in guesses)
        await it.rounds.close(here.session, here.people[HOST], row.id)
        assert (await it.until_ended()).status == RunStatus.DONE.value
        found = await it.suggestions()
        assert found
        assert all(one.sources for one in found)
        _, row = await it.prepare(number=8)
        assert row is not None
        assert [one.text for one in await it.candidates(row)] == first
        assert taken(llm) == {}
        await it.rounds.close(here.session, here.people[HOST], row.id)
        await it.until_ended()

        def reword(session: Session) -> None:
            given = inputs.of_participant(session, here.session, here.people["tower 1"])
            session.get_one(Input, given[0].id).text = "The tower needs no roof at all."

        await here.database.write(reword)
        _, row = await it.prepare(number=8)
        assert row is not None
        assert taken(llm) == {"claims": 1, "candidate": 8, "rank": 30}
