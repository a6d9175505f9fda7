"""`ai.history`: the audit and the ballots are enough to know where a session stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from ai import history
from ai.deliberation import Deliberation
from ai.rules import Choice, Outcome
from ai.schulze import Ranking
from store import audit, ballots, rounds, runs, sessions
from store.errors import NotFound
from store.ids import new_id
from store.models import Candidate
from store.runs import Trigger
from store.sessions import Phase
from tests.ai.places import HOST, place


async def test_what_was_recorded_is_loaded_again(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben") as here:
        ana = here.people["Ana"]

        def write(session: Session) -> Deliberation:
            state = history.load(session, here.session)
            assert state == Deliberation()
            state = history.record(
                session,
                here.session,
                state,
                state.move(Phase.DRAFTING, seen=None),
                actor=here.people[HOST],
            )
            run = runs.add(
                session,
                session_id=here.session,
                mode="extractive",
                model=None,
                trigger=Trigger.FACILITATOR,
            )
            rounds.add(
                session,
                ident="r1",
                session_id=here.session,
                run_id=run.id,
                number=1,
                secret="s",
                material={},
                closes_at=None,
                candidates=[
                    Candidate(
                        id=one, round_id="r1", ordinal=at, author="", style="", text="", drafts=[]
                    )
                    for at, one in enumerate("xyz")
                ],
            )
            opened = state.open_round("r1", "xyz", commitment="c" * 64)
            state = history.record(session, here.session, state, opened, actor="bot")
            ranking: Ranking = (("x", "y"), ("z",))
            ballot = new_id()
            ballots.add(
                session,
                ident=ballot,
                session_id=here.session,
                participant_id=ana,
                subject="r1",
                ranking=[list(tier) for tier in ranking],
            )
            cast = state.cast_ranking(
                ana, round_id="r1", ballot=ballot, tiers=ranking, now=here.now
            )
            state = history.record(session, here.session, state, cast, actor=ana)
            closed = state.close_round("r1", winner="y", seed="0")
            return history.record(session, here.session, state, closed, actor="server")

        written = await here.database.write(write)
        loaded = await here.state()
        assert loaded == written
        assert loaded.rounds[0].winner == "y"
        assert list(loaded.rounds[0].rankings) == [ana]
        row = await here.database.read(rounds.get, "r1", session_id=here.session)
        assert row.ended_at is not None


async def test_the_phase_of_the_row_follows_the_audit(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana") as here:
        await here.write("We agree.")
        for phase in (Phase.DRAFTING, Phase.DECIDING):
            await here.polls.move(here.session, here.by(HOST), phase)
            row = await here.database.read(sessions.get, here.session)
            assert row.phase == phase.value == (await here.state()).phase.value


async def test_the_audit_names_who_voted_and_keeps_what_to_itself(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana") as here:
        await here.write("We agree.")
        await here.polls.move(here.session, here.by(HOST), Phase.DECIDING)
        poll = (await here.state()).poll
        assert poll is not None
        await here.polls.cast(
            here.session,
            here.by("Ana"),
            poll_id=poll.id,
            text_hash=poll.text_hash,
            choice=Choice.APPROVE,
        )
        entries = {one.action: one for one in await here.audited()}
        assert entries["ballot.cast"].actor == here.people["Ana"]
        assert entries["ballot.cast"].subject == poll.id
        assert "approve" not in str(entries["ballot.cast"].details)
        assert entries["poll.closed"].actor == "server"
        assert entries["poll.closed"].details["outcome"] == Outcome.AGREED.value


async def test_entries_about_other_things_are_passed_over(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        await here.database.write(
            lambda session: audit.record(session, "input.given", actor="x", of=here.session)
        )
        assert await here.state() == Deliberation()
        with pytest.raises(NotFound):
            await here.database.read(history.load, "nowhere")
