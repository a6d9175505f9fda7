"""`ai.predictions`: whole rankings or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ai import prompts
from ai.answers import Answers
from ai.ballots import position_bias, read_prediction
from ai.errors import Overloaded
from ai.material import GivenInput
from ai.predictions import ORDERS, TRIES, Prediction, ask, in_order, predict
from tests.ai.places import Place, place
from tests.ai.scripted import Json, Scripted, content_of, rank, rank_first

GIVEN = [GivenInput("i", "x", "ana", None, True, "Buses must run.")]
TEXTS = {"c1": "Nothing.", "c2": "Buses run.", "c3": "Buses run on Sundays."}


async def predicted(here: Place, model: Scripted, person: str = "ana") -> Prediction:
    return await predict(
        Answers(here.database, model),
        here.session,
        person,
        GIVEN,
        question="How?",
        texts=TEXTS,
        max_tokens=99,
    )


async def test_a_ranking_is_of_candidates_and_not_of_places(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        found = await predicted(here, Scripted())
        assert found.ranking == (("c3",), ("c2",), ("c1",))
        assert set(found.shown) == set(TEXTS)


async def test_what_is_no_ranking_is_asked_for_again_and_in_the_end_is_an_abstention(
    tmp_path: Path,
) -> None:
    def partial(content: Json) -> str:
        return json.dumps({"ranking": [content["candidates"][0]["id"]], "reason": ""})

    async with place(tmp_path) as here:
        model = Scripted(rank=partial)
        found = await predicted(here, model)
        assert found.ranking == ()
        assert model.asked["rank"] == TRIES == 3
        ids = [tuple(one["id"] for one in c["candidates"]) for _, c in model.contents]
        assert len(set(ids)) == TRIES  # a fresh shuffle each time


async def test_the_second_try_counts(tmp_path: Path) -> None:
    tries: list[Any] = []

    def second(content: Json) -> str:
        tries.append(content)
        return rank(content) if len(tries) == 2 else "A > B > Z"

    async with place(tmp_path) as here:
        assert (await predicted(here, Scripted(rank=second))).ranking[0] == ("c3",)


async def test_a_model_that_is_down_predicts_nobody(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        assert (await predicted(here, Scripted(rank=Overloaded()))).ranking == ()


async def test_a_ranker_that_takes_the_first_cannot_prefer_a_candidate_and_is_seen(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as here:
        found = [await predicted(here, Scripted(rank=rank_first), f"p{n}") for n in range(60)]
        firsts = [one.ranking[0][0] for one in found]
        assert min(firsts.count(ident) for ident in TEXTS) > 8
        bias = position_bias((one.shown, one.ranking) for one in found)
        assert bias is not None
        assert bias.rho > 0.9
        assert bias.alarming
    async with place(tmp_path) as here:
        honest = [await predicted(here, Scripted(), f"p{n}") for n in range(60)]
        bias = position_bias((one.shown, one.ranking) for one in honest)
        assert bias is not None
        assert not bias.alarming


def test_over_all_orders_no_candidate_stands_before_another_more_often() -> None:
    texts = {f"c{n}": f"Text {n}." for n in range(9)}
    orders = [in_order(texts, order) for order in range(ORDERS)]
    assert all(set(order) == set(texts) for order in orders)
    assert len({tuple(order) for order in orders}) == ORDERS
    for one in texts:
        for other in texts:
            before = sum(order.index(one) < order.index(other) for order in orders)
            assert one == other or before == ORDERS / 2


def test_people_who_see_the_same_order_share_the_beginning_of_the_question() -> None:
    other = GivenInput("j", "y", "ben", None, True, "No cars.")
    first, _ = ask(GIVEN, question="How?", texts=TEXTS, order=3, max_tokens=9)
    second, _ = ask([other], question="How?", texts=TEXTS, order=3, max_tokens=9)
    third, _ = ask(GIVEN, question="How?", texts=TEXTS, order=4, max_tokens=9)
    assert first.shared == second.shared
    assert first.content != second.content
    assert first.shared != third.shared


def test_the_question_shows_one_persons_words_and_no_names() -> None:
    prompt, known = ask(GIVEN, question="How?", texts=TEXTS, order=1, max_tokens=9)
    content = content_of(prompt)
    assert set(content) == {"question", "inputs", "candidates"}
    assert content["inputs"] == ["Buses must run."]
    assert {one["id"] for one in content["candidates"]} == set(known)
    whole = prompt.shared + prompt.content
    assert "ana" not in whole
    assert not any(ident in whole for ident in TEXTS)
    assert prompt.schema is not None
    assert prompt.schema["properties"]["ranking"]["items"]["enum"] == list(known)


def test_the_prompts_own_example_is_read() -> None:
    """The reference's example, "D > A > C > D", is no ranking by its own rules."""
    last = prompts.load("rank", 2).text.strip().splitlines()[-1]
    ranking, _ = read_prediction(last, {"kqz": "1", "bfd": "2", "wnm": "3"})
    assert len(ranking) == 3
