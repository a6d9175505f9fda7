"""`ai.answers`: nothing is asked twice, and never more than may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from ai.answers import Answers, Limits, key_of
from ai.errors import BudgetSpent, Interrupted, Refused
from ai.models.base import Prompt, Usage
from store import answers as rows
from store.models import ModelAnswer
from tests.ai.places import place
from tests.ai.scripted import Scripted


def prompt(words: str = '{"inputs": []}') -> Prompt:
    return Prompt("claims@1#0", "rules", words, 100)


async def test_the_same_question_is_asked_once_in_memory_on_disk_and_at_the_same_time(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as here:
        model = Scripted()
        first = Answers(here.database, model)
        texts = await asyncio.gather(
            *(first.ask(here.session, "claims", prompt()) for _ in range(20))
        )
        assert len(set(texts)) == 1
        assert await first.ask(here.session, "claims", prompt()) == texts[0]
        after_restart = Answers(here.database, model)
        assert await after_restart.ask(here.session, "claims", prompt()) == texts[0]
        assert model.asked["claims"] == 1
        assert await here.database.read(rows.count, here.session) == 1


async def test_another_session_does_not_get_this_ones_answers(tmp_path: Path) -> None:
    async with place(tmp_path) as here, place(tmp_path) as there:
        model = Scripted()
        answers = Answers(here.database, model)
        for session in (here.session, there.session):
            await answers.ask(session, "claims", prompt())
        assert model.asked["claims"] == 2


def test_everything_that_decides_about_an_answer_is_in_the_key() -> None:
    keys = {
        key_of("m", Prompt("a@1#0", "s", "c", 1)),
        key_of("n", Prompt("a@1#0", "s", "c", 1)),
        key_of("m", Prompt("a@1#1", "s", "c", 1)),
        key_of("m", Prompt("a@1#0", "t", "c", 1)),
        key_of("m", Prompt("a@1#0", "s", "d", 1)),
        key_of("m", Prompt("a@1#0", "s", "c", 2)),
    }
    assert len(keys) == 6


async def test_a_failure_is_written_down_and_asked_again(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        model = Scripted(claims=Refused())
        answers = Answers(here.database, model)
        for _ in range(2):
            with pytest.raises(Refused):
                await answers.ask(here.session, "claims", prompt())
        assert model.asked["claims"] == 2
        assert await here.database.read(rows.count, here.session) == 2
        model.answers["claims"] = lambda _: "fine"
        assert await answers.ask(here.session, "claims", prompt()) == "fine"


async def test_calls_run_at_once_but_no_more_than_may(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        model = Scripted(delay=0.02)
        answers = Answers(here.database, model, Limits(parallel=3))
        await asyncio.gather(
            *(
                answers.ask(here.session, "claims", prompt(f'{{"inputs": [], "n": {at}}}'))
                for at in range(12)
            )
        )
        assert 1 < model.most <= 3
        assert model.asked["claims"] == 12


@pytest.mark.parametrize("limits", [Limits(session_tokens=110), Limits(day_tokens=110)])
async def test_a_spent_budget_asks_nobody(tmp_path: Path, limits: Limits) -> None:
    async with place(tmp_path) as here:
        model = Scripted()
        answers = Answers(here.database, model, limits)
        await answers.ask(here.session, "claims", prompt())
        with pytest.raises(BudgetSpent, match="used up"):
            await answers.ask(here.session, "claims", prompt('{"inputs": [], "b": 1}'))
        assert model.asked["claims"] == 1
        await answers.ask(here.session, "claims", prompt())  # what is known costs nothing


async def test_a_model_that_never_answers_is_left_at_the_deadline(tmp_path: Path) -> None:
    class Silent(Scripted):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage]:
            yield "half"
            await asyncio.Event().wait()

    async with place(tmp_path) as here:
        answers = Answers(here.database, Silent(), Limits(timeout_seconds=0.05))
        with pytest.raises(Interrupted):
            await answers.ask(here.session, "claims", prompt())
        assert await here.database.read(rows.find, "x", session_id=here.session) is None


async def test_memory_is_bounded(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        model = Scripted()
        answers = Answers(here.database, model, Limits(memory=2))
        for at in range(5):
            await answers.ask(here.session, "claims", prompt(f'{{"inputs": [], "n": {at}}}'))
        assert len(answers._known) == 2


async def test_what_is_forgotten_is_asked_anew_and_elsewhere_remembered(tmp_path: Path) -> None:
    async with place(tmp_path) as here, place(tmp_path) as there:
        model = Scripted()
        answers = Answers(here.database, model)
        for session in (here.session, there.session):
            await answers.ask(session, "claims", prompt())
        answers.forget(here.session)
        await here.database.write(lambda s: s.execute(delete(ModelAnswer)) and None)
        for session in (here.session, there.session):
            await answers.ask(session, "claims", prompt())
        assert model.asked["claims"] == 3


async def test_an_answer_that_comes_after_it_was_forgotten_is_kept_by_its_cost_alone(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as here:
        model = Scripted(delay=0.05)
        answers = Answers(here.database, model, Limits(parallel=1))
        calls = [
            asyncio.create_task(answers.ask(here.session, "claims", prompt(words)))
            for words in ('{"inputs": []}', '{"inputs": [ ]}')
        ]
        while not model.asked["claims"]:  # noqa: ASYNC110 - a model tells nobody
            await asyncio.sleep(0.001)
        answers.forget(here.session)
        for call in calls:
            with pytest.raises(Interrupted):
                await call
        assert model.asked["claims"] == 1, "the other one waited and was not asked at all"
        (row,) = await here.database.read(lambda s: list(s.scalars(select(ModelAnswer))))
        assert (row.key, row.text, row.input_tokens) == ("", None, 100)
        assert await answers.ask(here.session, "claims", prompt())
