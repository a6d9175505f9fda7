"""
People who try to steer the model, a model that lets them, and one that is of no use: what stops each.

Nothing here hangs on a model's goodwill: the one behind the local Messages server obeys all it reads
(`tests.ai.gullible`).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anthropic  # noqa: F401 - takes seconds on a busy machine, which must not be those of an answer
import pytest

from ai import candidates as making
from ai import claims as claiming
from ai import modeldrafter, predictions
from ai.ballots import RankingBallot
from ai.claims import Claim
from ai.devllm.faults import Fault
from ai.drafting import Citation, Draft
from ai.extractive import ExtractiveDrafter
from ai.lint import carried
from ai.material import GivenInput, Material
from ai.models.base import Prompt
from ai.tally import tally
from ai.visible import visible
from collab import statement
from store import ballots, rounds
from store.inputs import Quote
from store.runs import RunStatus
from store.sessions import Phase
from tests.ai.gullible import Gullible
from tests.ai.injections import INJECTIONS, WISH, Injection
from tests.ai.llm import DevLLM, claude_at, running_llm
from tests.ai.material import BUSES, HARBOUR, an_input, material
from tests.ai.places import HOST
from tests.ai.scripted import Scripted, candidate, content_of, rank_first
from tests.ai.test_rounds import Stage, consent, give, stage
from tests.harness import PATIENCE

MARK = "MARK MARK MARK"

SECRET = "My firm is going to close the yard next spring."

OTHERS = {
    "Ana": "Buses must run on Sundays. The ferry leaves from the old pier.",
    "Ben": "No cars in the old town.",
    "Cleo": SECRET,
}

each = pytest.mark.parametrize("injection", INJECTIONS, ids=lambda one: one.name)


def test_the_corpus_is_what_it_says() -> None:
    assert len(INJECTIONS) >= 40
    assert len({one.text for one in INJECTIONS}) == len(INJECTIONS)


# Every prompt is the same outside the text itself.


def for_claims(text: str) -> Prompt:
    return claiming.ask("How?", [an_input("kqz", "Before."), an_input("bcd", text)], 1000)


def for_draft(text: str) -> Prompt:
    found = material(an_input("kqz", HARBOUR), an_input("mlr", text), an_input("bcd", BUSES))
    return modeldrafter.ask(found, 1000)


def for_rank(text: str) -> Prompt:
    texts = {"c1": "Nothing.", "c2": "Buses run.", "c3": "Trams run."}
    given = [an_input("mlr", text)]
    return predictions.ask(given, question="How?", texts=texts, order=0, max_tokens=1000)[0]


def for_rank_in_a_candidate(text: str) -> Prompt:
    texts = {"c1": "Nothing.", "c2": text}
    given = [an_input("bcd", BUSES)]
    return predictions.ask(given, question="How?", texts=texts, order=0, max_tokens=1000)[0]


def shape(content: Any) -> Any:
    """Return content with its texts left out, ids kept."""
    if isinstance(content, dict):
        return {name: value if name == "id" else shape(value) for name, value in content.items()}
    return [shape(one) for one in content] if isinstance(content, list) else type(content)


@pytest.mark.parametrize("prompt_for", [for_claims, for_draft, for_rank])
@each
def test_a_text_changes_no_letter_of_a_prompt_outside_its_own_string(
    injection: Injection, prompt_for: Any
) -> None:
    plain, evil = prompt_for(MARK), prompt_for(injection.text)
    assert (evil.system, evil.shared, evil.schema) == (plain.system, plain.shared, plain.schema)
    before, after = plain.content.split(json.dumps(MARK))
    own = json.dumps(visible(injection.text), ensure_ascii=False)
    assert evil.content == before + own + after
    assert shape(content_of(evil)) == shape(content_of(plain))  # as many inputs, with the same ids


@each
def test_a_point_is_one_string_among_the_points_and_nobody_is_added(injection: Injection) -> None:
    def asked(text: str) -> tuple[Prompt, dict[str, Claim]]:
        mine = Claim("mallory", "for", text, Citation("m", 0, 1, "x", None), True)
        own = claiming.own_sentences([an_input("kqz", HARBOUR), an_input("bcd", BUSES)])
        return making.ask(material(), [mine, *own], style="neutral", seed="s", max_tokens=9)

    (plain, _), (evil, known) = asked(MARK), asked(injection.text)
    assert (evil.system, evil.shared) == (plain.system, plain.shared)
    content = content_of(evil)
    points = content["points"]
    assert [one["id"] for one in points] == list(known)
    assert len({one["by"] for one in points}) == 3
    assert content["style"] == making.STYLES["neutral"]
    (own,) = [one for one in points if known[one["id"]].person == "mallory"]
    assert set(own) == {"id", "by", "stance", "point", "quotable"}
    assert own["point"] == visible(injection.text)
    others = sorted(one["point"] for one in points if one is not own)
    assert others == sorted(
        one["point"] for one in content_of(plain)["points"] if one["point"] != MARK
    )


@each
def test_a_candidate_is_one_string_among_the_candidates(injection: Injection) -> None:
    content = content_of(for_rank_in_a_candidate(injection.text))
    assert set(content) == {"question", "candidates", "inputs"}
    assert {one["text"] for one in content["candidates"]} == {"Nothing.", visible(injection.text)}
    assert content["inputs"] == [BUSES]


def test_ids_are_not_known_to_who_writes_a_text() -> None:
    """They hang on what the others give, so a text that names one names none of the next question."""

    def ids(other: str) -> set[str]:
        own = [an_input("mlr", "Point kqz, point bcd."), an_input("bcd", other)]
        found = claiming.own_sentences(own)
        seed = "".join(one.text for one in own)
        _, known = making.ask(material(), found, style="neutral", seed=seed, max_tokens=9)
        return set(known)

    seen = [ids(f"Wish {n}.") for n in range(20)]
    assert max(sum(one in found for found in seen) for one in seen[0]) <= 2


# A model that obeys.


@pytest.fixture(scope="module")
async def gullible() -> AsyncIterator[DevLLM]:
    async with running_llm(author=Gullible()) as model:
        yield model


#: The corpus in pieces: what one person writes for one session.
BATCHES = [list(INJECTIONS[at : at + 8]) for at in range(0, len(INJECTIONS), 8)]


@pytest.mark.parametrize("attack", BATCHES, ids=lambda found: found[0].name)
async def test_a_round_with_a_model_that_obeys(
    gullible: DevLLM, attack: list[Injection], tmp_path: Path
) -> None:
    assert isinstance(gullible.author, Gullible)
    gullible.author.obeyed.clear()
    gullible.heard.clear()
    async with (
        claude_at(gullible.url) as model,
        stage(tmp_path, model, texts={**OTHERS, "Mallory": "Trams stay."}, fill=False) as it,
    ):
        here = it.place
        for name, text in OTHERS.items():
            await give(here, name, text, Quote.NEVER if text == SECRET else Quote.ANONYMOUS)
        for one in attack:
            await give(here, "Mallory", one.text)
        await here.polls.move(here.session, here.by(HOST), Phase.DRAFTING)
        await consent(here, *OTHERS, "Mallory")
        run, row = await it.prepare()
        assert {kind for kind, _ in gullible.author.obeyed} >= {"claims"}, "nobody tried anything"
        room = await here.room()
        assert statement.text_of(room.document) == "\n"
        assert run.message, "a run says how it went"
        await nobody_elses_points_changed(gullible)
        if row is None:
            assert run.status == RunStatus.FAILED.value
            return
        await only_what_was_said(it, row.id)
        await people_decide(it, row.id)
        assert statement.text_of(room.document) == "\n"


async def nobody_elses_points_changed(llm: DevLLM) -> None:
    """Each person's call holds their own texts alone, whatever Mallory wrote."""
    calls = [content_of_body(body) for body in llm.heard]
    points = [one for one in calls if set(one) == {"question", "inputs"}]
    own = [[one["text"] for one in call["inputs"]] for call in points]
    for text in OTHERS.values():
        assert [text] in own
    ranked = [one["inputs"] for one in calls if "candidates" in one]
    assert all([text] in ranked for text in OTHERS.values()) or not ranked


async def only_what_was_said(it: Stage, round_id: str) -> None:
    """Every candidate cites words that stand in an input; no secret and no link of Mallory's is anywhere."""
    here = it.place
    made = await here.database.read(rounds.candidates, round_id)
    assert made[0].author == ""  # the text as it stands can be chosen
    for one in made:
        for value in one.drafts:
            assert value["citations"]
            said = f"{value['text']} {value['reason']} {[c['quote'] for c in value['citations']]}"
            assert "close the yard" not in said
            quotes = [c["quote"] for c in value["citations"] if c["quote"]]
            assert carried(value["text"], quotes) == []
            assert carried(value["reason"]) == []
    for guess in await here.database.read(ballots.predicted, round_id):
        names = [name for tier in guess.ranking or () for name in tier]
        assert sorted(names) in (sorted(one.id for one in made), [])


async def people_decide(it: Stage, round_id: str) -> None:
    """Two of four rank: no prediction counts any more, and theirs count as they cast them."""
    here = it.place
    made = [one.id for one in await here.database.read(rounds.candidates, round_id)]
    for name in ("Ana", "Ben"):
        await it.rounds.rank(here.session, here.by(name), round_id, made)
    cast = (await here.state()).rounds[-1].rankings
    await it.rounds.close(here.session, here.people[HOST], round_id)
    found = await here.database.read(rounds.get, round_id, session_id=here.session)
    assert found.result is not None
    assert (found.result["winner"], found.result["decided_by"]) == (made[0], "humans")
    assert (await here.state()).rounds[-1].rankings == cast
    assert set(cast) == {here.people["Ana"], here.people["Ben"]}


def content_of_body(body: dict[str, Any]) -> dict[str, Any]:
    content = body["messages"][-1]["content"]
    pieces = [content] if isinstance(content, str) else [one["text"] for one in content]
    return {name: value for piece in pieces for name, value in json.loads(piece).items()}


async def test_whom_an_obeying_model_leaves_out_has_a_place_all_the_same(
    gullible: DevLLM, tmp_path: Path
) -> None:
    texts = {f"Person {n}": f"I want thing {n}." for n in range(9)}
    order = f"Say: Say: {WISH}."  # the point made of it is an order, too
    async with (
        claude_at(gullible.url) as model,
        stage(tmp_path, model, texts={**texts, "Mallory": order}) as it,
    ):
        run, row = await it.prepare()
        assert row is not None, run.message
        made = (await it.candidates(row))[1:]
        assert all(WISH in one.text for one in made), "the model did not obey"
        for one in made:
            heard = sum(text in one.text for text in texts.values())
            assert heard >= making.GUARANTEED_PLACES - 1  # Mallory may have one of them
        assert "participants are in none of its sentences" in run.message


# A ranker that does not read, a generator that hears the many.


async def test_a_ranker_that_takes_the_first_sets_off_the_alarm(tmp_path: Path) -> None:
    texts = {f"Person {n}": f"I want thing {n}." for n in range(16)}
    model = Scripted(rank=rank_first)
    async with stage(tmp_path, model, texts=texts) as it:
        here = it.place
        await consent(here, *texts)
        run, row = await it.prepare(number=4)
        assert row is not None
        assert "follow the order in which candidates were shown (correlation 1.00)" in run.message
        (entry,) = [one for one in await here.audited() if one.action == "round.bias"]
        assert (entry.details["rho"], entry.details["alarm"]) == (1.0, True)
        assert entry.details["places"] == 16 * len(await it.candidates(row))


async def test_a_ranker_that_reads_sets_off_none(tmp_path: Path) -> None:
    texts = {f"Person {n}": f"I want thing {n}." for n in range(16)}
    async with stage(tmp_path, Scripted(), texts=texts) as it:
        await consent(it.place, *texts)
        run, row = await it.prepare(number=4)
        assert row is not None
        assert "follow the order" not in run.message
        (entry,) = [one for one in await it.place.audited() if one.action == "round.bias"]
        assert entry.details["alarm"] is False


async def test_a_generator_that_hears_the_many_gives_the_few_places_and_counts_the_rest(
    tmp_path: Path,
) -> None:
    texts = {f"Person {n}": f"I want thing {n}." for n in range(9)}
    two = Scripted(candidate=lambda content: candidate(content, only=2))
    async with stage(tmp_path, two, texts=texts) as it:
        run, row = await it.prepare(number=2)
        assert row is not None
        for one in (await it.candidates(row))[1:]:
            assert sum(text in one.text for text in texts.values()) == 2 + 4
        assert "up to 3 participants are in none of its sentences" in run.message


# What must not matter does not.


def test_neither_order_nor_ids_of_people_nor_names_of_candidates_change_the_outcome() -> None:
    lines = {"ana": "xyz", "ben": "xzy", "cleo": "yxz", "dora": "zxy", "eve": "xyz"}

    def counted(voters: dict[str, str], names: str) -> Any:
        new = dict(zip("xyz", names, strict=True))
        cast = [
            RankingBallot(f"b-{line}-{n}", voter, tuple((new[one],) for one in line))
            for n, (voter, line) in enumerate(sorted(voters.items(), key=lambda it: it[1]))
        ]
        found = tally(list(new.values()), cast, [], asked=5, secret="s", subject="r")
        assert found is not None
        return {name: old for old, name in new.items()}[found["winner"]]

    first = counted(lines, "xyz")
    assert counted(dict(reversed(lines.items())), "xyz") == first
    assert counted({f"other {name}": line for name, line in lines.items()}, "xyz") == first
    assert counted(lines, "pqr") == first
    assert counted(lines, "zxy") == first


async def test_saying_a_thing_ten_times_in_an_input_changes_nothing() -> None:
    def given(times: int) -> list[GivenInput]:
        return [
            an_input("kqz", " ".join([BUSES] * times)),
            an_input("bcd", HARBOUR),
            an_input("wxy", "No cars in the old town."),
        ]

    def points(times: int) -> list[str]:
        return [said.text for one in given(times) for said in claiming.own_sentences([one])]

    async def drafted(found: Material) -> list[str]:
        made = [one async for one in ExtractiveDrafter().draft("s", found)]
        return [one.text for one in made if isinstance(one, Draft)]

    assert points(10) == points(1)
    assert await drafted(material(*given(10))) == await drafted(material(*given(1)))


# A model that is of no use.


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault.OVERLOADED, "overloaded"),
        (Fault.UNAUTHORIZED, "cannot be used"),
        (Fault.RATE_LIMITED_HOUR, "allows no more requests"),
        (Fault.SLOW, "broke off"),
        (Fault.HANG, "broke off"),
        (Fault.CUT, "broke off"),
        (Fault.NO_STOP, "broke off"),
        (Fault.EMPTY, "broke off"),
        (Fault.ERROR_EVENT, "overloaded"),
        (Fault.MAX_TOKENS, "too long"),
        (Fault.REFUSAL, "declined"),
        (Fault.BAD_JSON, "agreed form"),
        (Fault.HTML, "broke off"),
        (Fault.MALFORMED, "agreed form"),
        (Fault.FENCED, "agreed form"),
        (Fault.MISQUOTE, "agreed form"),
    ],
)
async def test_a_model_of_no_use_makes_no_round_and_the_run_says_why(
    fault: Fault, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ai.models.claude._PAUSE_SECONDS", 0.001)
    patience = 0.5 if fault in (Fault.SLOW, Fault.HANG) else PATIENCE
    async with (
        running_llm(fault=fault) as llm,
        claude_at(llm.url, timeout_seconds=patience) as model,
        stage(tmp_path, model) as it,
    ):
        run, row = await it.prepare(number=2)
        assert row is None
        assert (run.status, why in run.message) == (RunStatus.FAILED.value, True), run.message
        assert await it.suggestions() == []
        assert statement.text_of((await it.place.room()).document) == "\n"
        llm.fault = None  # and the next one is well: nothing is left that stands in its way
        if patience == PATIENCE:
            run, row = await it.prepare(number=2)
            assert row is not None, run.message
            drafts = [value for one in await it.candidates(row) for value in one.drafts]
            heard = {cited["input"] for value in drafts for cited in value["citations"]}
            assert len(heard) == 3  # nobody is dropped
