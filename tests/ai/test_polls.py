"""`ai.polls`: polls on a real database and a live room."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ai.deliberation import Poll
from ai.errors import NotAllowed
from ai.polls import Polls
from ai.rules import Choice, Kind, Outcome, Per, Rule
from collab import frozen, statement
from collab.document import Document
from collab.errors import Frozen
from collab.origins import SERVER
from rooms.errors import NotSaved
from store import polls as rows
from store.ids import now
from store.models import Ballot
from store.sessions import Phase
from tests.ai.places import HOST, Place, place, set_person

YES, NO = Choice.APPROVE, Choice.OBJECT


async def open_poll(here: Place, rule: Rule | None = None, *, secret: bool = False) -> Poll:
    """Open a poll about whatever the statement says."""
    if rule is not None or secret:
        await here.polls.choose(here.session, here.by(HOST), rule or Rule(), secret=secret)
    await here.polls.move(here.session, here.by(HOST), Phase.DECIDING)
    poll = (await here.state()).poll
    assert poll is not None
    return poll


async def vote(here: Place, poll: Poll, name: str, choice: Choice = YES, **fields: Any) -> None:
    value = {"poll_id": poll.id, "text_hash": poll.text_hash, **fields}
    await here.polls.cast(here.session, here.by(name), choice=choice, **value)


async def refused(reason: str, step: Any) -> None:
    with pytest.raises(NotAllowed) as caught:
        await step
    assert caught.value.reason == reason


async def test_from_text_to_agreement(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben") as here:
        await here.write("We build a quiet harbour.")
        poll = await open_poll(here)
        assert set(poll.voters) == {here.people["Ana"], here.people["Ben"]}
        row = await here.database.read(rows.get, poll.id, session_id=here.session)
        assert frozen.plain(frozen.from_json(row.blocks)) == "We build a quiet harbour."
        assert frozen.digest(row.blocks) == row.text_hash == poll.text_hash
        await vote(here, poll, "Ana")
        assert (await here.state()).phase is Phase.DECIDING
        await vote(here, poll, "Ben")
        assert (await here.state()).phase is Phase.AGREED
        assert here.watched == [here.session] * 3
        room = await here.room()
        assert room.document.root_map("session").to_py() == {"phase": "deciding"}
        assert room.frozen


async def test_nobody_writes_while_people_decide_and_everybody_after_reopening(
    tmp_path: Path,
) -> None:
    async with place(tmp_path, "Ana") as here:
        await here.write("One.")
        await open_poll(here)
        with pytest.raises(Frozen):
            await here.write("Two.", "Ana")
        await here.polls.move(here.session, here.by(HOST), Phase.REFINING, seen=Phase.DECIDING)
        await here.write("Two.", "Ana")
        poll = await open_poll(here)
        await vote(here, poll, "Ana")
        with pytest.raises(Frozen):
            await here.write("Three.", "Ana")
        assert statement.text_of((await here.room()).document) == "Two.One.\n"


async def test_what_was_under_way_when_the_poll_opened_is_in_its_text(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana") as here:
        await here.write("One.")
        writing = [asyncio.ensure_future(here.write(f"{at}.", "Ana")) for at in range(5)]
        opening = asyncio.ensure_future(
            here.polls.move(here.session, here.by(HOST), Phase.DECIDING)
        )
        done = await asyncio.gather(*writing, opening, return_exceptions=True)
        assert done[-1] is None
        poll = (await here.state()).poll
        assert poll is not None
        document = (await here.room()).document
        assert frozen.digest(frozen.to_json(statement.blocks(document))) == poll.text_hash
        written = statement.text_of(document).count(".")
        assert written == 1 + sum(one is None for one in done[:-1])
        await vote(here, poll, "Ana")
        assert (await here.state()).phase is Phase.AGREED


async def test_of_two_facilitators_at_once_one_opens_the_poll_and_the_other_is_told(
    tmp_path: Path,
) -> None:
    async with place(tmp_path, "Ana") as here:
        await here.write("One.")
        both = [here.polls.move(here.session, here.by(HOST), Phase.DECIDING) for _ in range(2)]
        done = await asyncio.gather(*both, return_exceptions=True)
        assert [type(one) for one in done] == [type(None), NotAllowed]
        assert len((await here.state()).polls) == 1
        moves = [
            here.polls.move(here.session, here.by(HOST), to, seen=Phase.DECIDING)
            for to in (Phase.REFINING, Phase.DRAFTING)
        ]
        done = await asyncio.gather(*moves, return_exceptions=True)
        assert [type(one) for one in done] == [type(None), NotAllowed]
        assert (await here.state()).phase is Phase.REFINING
        assert [one.action for one in await here.audited()] == ["poll.opened", "poll.voided"]


async def test_two_servers_on_one_database_open_one_poll(tmp_path: Path) -> None:
    """Nothing in memory tells the second that the first was quicker; the transaction does."""
    async with place(tmp_path, "Ana") as here:
        await here.write("One.")
        polls = [
            Polls(here.database, here.registry, watch=_ignore, clock=lambda: here.now)
            for _ in range(2)
        ]
        done = await asyncio.gather(
            *(one.move(here.session, here.by(HOST), Phase.DECIDING) for one in polls),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in done)[1] in ("NotAllowed", "NotSaved")
        assert len((await here.state()).polls) == 1
        assert (await here.room()).frozen


async def _ignore(_: str) -> None:
    """Nobody watches."""


async def test_an_empty_statement_is_not_decided_about(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana") as here:
        await refused(
            "nothing-to-decide", here.polls.move(here.session, here.by(HOST), Phase.DECIDING)
        )
        await here.write("One.", "Ana")
        assert (await here.state()).phase is Phase.GATHERING


async def test_a_poll_that_cannot_be_opened_leaves_the_statement_open(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        await here.write("One.")
        await refused("bad-rule", here.polls.move(here.session, here.by(HOST), Phase.DECIDING))
        await here.write("Two.")
        assert not (await here.room()).frozen


async def test_a_refused_ballot_leaves_no_trace(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben") as here:
        await here.write("One.")
        poll = await open_poll(here)
        await refused("other-text", vote(here, poll, "Ana", text_hash="0" * 64))
        await refused("poll-closed", vote(here, poll, "Ana", poll_id="nowhere"))
        await refused("no-vote", vote(here, poll, HOST))
        found = await here.database.read(lambda session: session.query(Ballot).count())
        assert found == 0
        assert [one.action for one in await here.audited()] == ["poll.opened"]


async def test_late_ballots_are_refused_and_the_clock_ends_the_poll(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben") as here:
        await here.write("One.")
        poll = await open_poll(here, Rule(Kind.NO_OBJECTION, minutes=60))
        await vote(here, poll, "Ana")
        await here.polls.settle_due()
        assert (await here.state()).phase is Phase.DECIDING
        here.later(minutes=60)
        await refused("poll-closed", vote(here, poll, "Ben", NO))
        await here.polls.settle_due()
        assert (await here.state()).phase is Phase.AGREED
        await here.polls.settle_due()
        row = await here.database.read(rows.get, poll.id, session_id=here.session)
        assert row.ended_at is not None


async def test_a_poll_that_fails_opens_the_text_again(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben") as here:
        await here.write("One.")
        poll = await open_poll(here, Rule(minutes=5))
        await vote(here, poll, "Ana", NO)
        here.later(minutes=5)
        await here.polls.settle_due()
        assert (await here.state()).polls[0].outcome is Outcome.NOT_AGREED
        await here.write("Two.", "Ana")


async def test_polls_go_on_after_a_restart(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben") as here:
        await here.write("One.")
        poll = await open_poll(here)
        await vote(here, poll, "Ana")
    async with place(tmp_path) as again:
        again.session, again.people = here.session, here.people
        assert (await again.room()).frozen
        await vote(again, poll, "Ben")
        assert (await again.state()).phase is Phase.AGREED


async def test_a_text_that_changed_in_spite_of_everything_is_not_agreed_to(
    tmp_path: Path,
) -> None:
    """A restore, a bug: the server itself can write. Then the ballots are for another text."""
    async with place(tmp_path, "Ana") as here:
        await here.write("One.")
        poll = await open_poll(here)
        room = await here.room()

        def change(document: Document) -> None:
            statement.insert_sentence(document, 0, "Not")

        await room.edit(change, SERVER)
        await vote(here, poll, "Ana")
        state = await here.state()
        assert (state.phase, state.polls[0].outcome) == (Phase.REFINING, Outcome.VOID)
        assert not room.frozen


async def test_who_is_asked_is_fixed_when_the_poll_opens(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        await here.write("One.")
        await here.database.write(set_person, here.people["Cleo"], removed_at=now())
        await here.database.write(set_person, here.people["Ana"], delegation="north")
        poll = await open_poll(here, Rule(per=Per.DELEGATION, facilitators=True))
        assert poll.voters == {
            here.people[HOST]: None,
            here.people["Ana"]: "north",
            here.people["Ben"]: None,
        }
        await here.database.write(set_person, here.people["Cleo"], removed_at=None)
        await refused("no-vote", vote(here, poll, "Cleo"))


async def test_rule_and_secrecy_are_chosen_together_and_lock_together(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben") as here:
        await here.write("One.")
        poll = await open_poll(here, Rule(Kind.K_OF_N, approvals=2), secret=True)
        assert (poll.secret, poll.rule.approvals) == (True, 2)
        await vote(here, poll, "Ana")
        await here.polls.move(here.session, here.by(HOST), Phase.REFINING, seen=Phase.DECIDING)
        await refused(
            "rule-locked",
            here.polls.choose(here.session, here.by(HOST), poll.rule, secret=False),
        )
        await refused(
            "rule-locked",
            here.polls.choose(here.session, here.by(HOST), Rule(), secret=True),
        )


async def test_a_disk_that_fails_opens_no_poll_and_freezes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place(tmp_path, "Ana") as here:
        await here.write("One.")
        with monkeypatch.context() as patch:
            patch.setattr("store.polls.add", _fail)
            with pytest.raises((NotSaved, OSError)):
                await here.polls.move(here.session, here.by(HOST), Phase.DECIDING)
        assert (await here.state()).polls == ()
        await here.write("Two.", "Ana")
        await open_poll(here)


def _fail(*_: Any, **__: Any) -> None:
    raise OSError("disk full")
