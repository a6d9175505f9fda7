"""`ai.bundle`: what is published is enough to compute the outcome again, and to see when somebody changed it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ai import bundle
from ai.rules import Choice, Kind, Per, Rule
from collab import frozen, statement
from store import dissents
from store.ids import now
from store.sessions import Phase
from tests.ai.places import HOST, Place, place, set_person
from tests.ai.scripted import Scripted
from tests.ai.test_rounds import TEXTS, consent, stage

Json = dict[str, Any]


async def made(here: Place) -> Json:
    """Make the bundle, as it comes back from a file."""
    room = await here.room()
    found = await here.database.read(
        bundle.make,
        here.session,
        statement.blocks(room.document),
        version="0",
        at=now(),
    )
    again: Json = json.loads(json.dumps(found))
    return again


async def agree(here: Place, rule: Rule, votes: dict[str, Choice], *, secret: bool) -> Json:
    await here.write("We build a quiet harbour.")
    await here.polls.choose(here.session, here.by(HOST), rule, secret=secret)
    await here.polls.move(here.session, here.by(HOST), Phase.DECIDING)
    poll = (await here.state()).poll
    assert poll is not None
    for name, choice in votes.items():
        await here.polls.cast(
            here.session,
            here.by(name),
            poll_id=poll.id,
            text_hash=poll.text_hash,
            choice=choice,
        )
    return await made(here)


YES, NO = Choice.APPROVE, Choice.OBJECT
TWO_OF_THREE = Rule(Kind.K_OF_N, approvals=2, quorum=3)
VOTES = {"Ana": YES, "Ben": NO, "Cleo": YES}


@pytest.mark.parametrize("secret", [False, True])
async def test_the_outcome_is_computed_again_from_the_bundle_alone(
    tmp_path: Path, secret: bool
) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        found = await agree(here, TWO_OF_THREE, VOTES, secret=secret)
        assert found["statement"]["agreed"]
        assert found["polls"][0]["voices"] == {"approve": 2, "object": 1, "abstain": 0, "of": 3}
        assert bundle.verify(found) == []


def change_vote(found: Json) -> None:
    found["polls"][0]["ballots"][0]["choice"] = "abstain"


def drop_ballot(found: Json) -> None:
    found["polls"][0]["ballots"].pop()


def double_ballot(found: Json) -> None:
    found["polls"][0]["ballots"].append(found["polls"][0]["ballots"][0])


def stuff_ballot(found: Json) -> None:
    extra = {**found["polls"][0]["ballots"][0], "id": "new"}
    found["polls"][0]["ballots"].append(extra)
    found["polls"][0]["voices"]["approve"] += 1


def change_text(found: Json) -> None:
    found["statement"]["blocks"][0]["spans"][0]["text"] = "We build nothing."


def change_both_texts(found: Json) -> None:
    for where in (found["statement"], found["polls"][0]):
        where["blocks"][0]["spans"][0]["text"] = "We build nothing."


def change_rule(found: Json) -> None:
    found["polls"][0]["rule"]["approvals"] = 3


def claim_void(found: Json) -> None:
    found["polls"][0]["outcome"] = "void"


def drop_event(found: Json) -> None:
    found["events"].pop()


def swap_text(found: Json) -> None:
    found["statement"]["blocks"] = []
    found["statement"]["text_hash"] = frozen.digest([])


def disown(found: Json) -> None:
    found["statement"]["agreed"] = False


@pytest.mark.parametrize(
    "tamper",
    [
        change_vote,
        drop_ballot,
        double_ballot,
        stuff_ballot,
        change_text,
        change_both_texts,
        change_rule,
        claim_void,
        drop_event,
        swap_text,
        disown,
    ],
)
@pytest.mark.parametrize("secret", [False, True])
async def test_whoever_changes_what_decides_is_found_out_even_with_the_key(
    tmp_path: Path, tamper: Callable[[Json], None], secret: bool
) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        found = await agree(here, TWO_OF_THREE, VOTES, secret=secret)
    tampered = copy.deepcopy(found)
    tamper(tampered)
    assert bundle.verify(tampered) != []


async def test_nothing_in_it_names_anybody_or_ties_a_secret_ballot_to_a_voter(
    tmp_path: Path,
) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        found = await agree(here, TWO_OF_THREE, VOTES, secret=True)
        text = json.dumps(found)
        for name, ident in here.people.items():
            assert ident not in text
            assert f'"{name}"' not in text
        assert {one["voter"] for one in found["polls"][0]["ballots"]} == {None}
        real = {one.ballot for one in (await here.state()).polls[0].ballots.values()}
        assert not any(ident in text for ident in real)
        casts = [one for one in found["events"] if one["action"] == "ballot.cast"]
        assert all("ballot" not in one["details"] for one in casts)
        other = await made(here)
        assert other["polls"][0]["voters"] != found["polls"][0]["voters"]  # other pseudonyms


async def test_a_secret_poll_under_way_tells_nothing(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        found = await agree(here, TWO_OF_THREE, {"Ana": NO}, secret=True)
        assert found["polls"][0]["ballots"] == []
        assert found["polls"][0]["voices"] is None
        assert bundle.verify(found) == []


@pytest.mark.parametrize("secret", [False, True])
async def test_delegations_are_counted_again_too(tmp_path: Path, secret: bool) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        for name in ("Ana", "Ben"):
            await here.database.write(set_person, here.people[name], delegation="North")
        rule = Rule(per=Per.DELEGATION)
        found = await agree(here, rule, {"Cleo": YES, "Ana": YES}, secret=secret)
        assert found["polls"][0]["voices"]["of"] == 2
        assert found["statement"]["agreed"]
        assert bundle.verify(found) == []


async def test_a_reopened_poll_is_in_it_and_counts_nothing(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        await agree(here, TWO_OF_THREE, {"Ana": YES}, secret=False)
        await here.polls.move(here.session, here.by(HOST), Phase.REFINING, seen=Phase.DECIDING)
        found = await made(here)
        assert found["polls"][0]["outcome"] == "void"
        assert not found["statement"]["agreed"]
        assert bundle.verify(found) == []


async def test_a_poll_past_its_deadline_is_computed_again(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        here.now = now()
        await agree(here, Rule(Kind.NO_OBJECTION, minutes=1), {"Ana": YES}, secret=False)
        here.later(minutes=2)
        await here.polls.settle_due()
        found = await made(here)
        assert found["statement"]["agreed"]
        # the row's end is the real clock's, a minute before the deadline of this test's clock
        found["polls"][0]["ended_at"] = found["polls"][0]["closes_at"]
        assert bundle.verify(found) == []
        found["polls"][0]["ended_at"] = found["polls"][0]["opened_at"]
        assert bundle.verify(found) != []


async def test_rounds_are_counted_again_with_their_seed(tmp_path: Path) -> None:
    async with stage(tmp_path, Scripted()) as it:
        here = it.place
        await consent(here, *TEXTS)
        _, row = await it.prepare()
        assert row is not None
        candidates = await it.candidates(row)
        open_round = (await made(here))["rounds"][0]
        assert (open_round["secret"], open_round["ballots"]) == (None, [])
        await it.rounds.rank(here.session, here.by("Ana"), row.id, [candidates[0].id])
        await it.rounds.close(here.session, here.people[HOST], row.id)
        found = await made(here)
        assert bundle.verify(found) == []
        told = found["session"]
        assert (told["people"], told["gave"], told["inputs"]) == (4, 3, 3)  # the host gave nothing
        (one,) = found["rounds"]
        assert sorted(ballot["predicted"] for ballot in one["ballots"]) == [False, True, True]
        assert found["models"][0]["calls"] >= 3
        for key, value in (
            ("winner", next(row.id for row in candidates if row.id != one["result"]["winner"])),
            ("seed", "0" * 64),
            ("order", one["result"]["order"][::-1]),
        ):
            tampered = copy.deepcopy(found)
            tampered["rounds"][0]["result"][key] = value
            assert bundle.verify(tampered) != [], key
        tampered = copy.deepcopy(found)
        tampered["rounds"][0]["secret"] = "f" * 64
        assert "committed" in bundle.verify(tampered)[0]
        tampered = copy.deepcopy(found)
        tampered["rounds"][0]["ballots"][0]["ranking"] = [[candidates[-1].id]]
        assert bundle.verify(tampered) != []


async def test_dissent_notes_are_part_of_it(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana") as here:
        for named in (True, False):
            await here.database.write(
                dissents.add,
                session_id=here.session,
                participant_id=here.people["Ana"],
                text="Not without a noise limit.",
                named=named,
            )
        found = await made(here)
        assert [one["author"] for one in found["dissents"]] == ["Ana", None]


@pytest.mark.parametrize(
    "value",
    [{}, {"format": "accord-audit-1"}, {"format": "x"}, {"format": "accord-audit-1", "polls": 3}],
)
def test_what_is_no_bundle_is_said_to_be_none(value: Json) -> None:
    assert "no whole audit bundle" in next(iter(bundle.problems(value)))
