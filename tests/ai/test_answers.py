"""`ai.answers`: nothing is asked twice, and never more than may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from ai.answers import Answers, key_of
from ai.errors import (
    BadBallot,
    BadOutput,
    BudgetSpent,
    ExternalForbidden,
    Interrupted,
    Refused,
)
from ai.limits import AnswerLimits
from ai.models.base import Prompt, Usage
from store import answers as rows
from store import sessions
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
            *(first.ask(here.session, "claims", prompt(), str) for _ in range(20))
        )
        assert len(set(texts)) == 1
        assert await first.ask(here.session, "claims", prompt(), str) == texts[0]
        after_restart = Answers(here.database, model)
        assert await after_restart.ask(here.session, "claims", prompt(), str) == texts[0]
        assert model.asked["claims"] == 1
        assert await here.database.read(rows.count, here.session) == 1


async def test_who_looks_while_another_is_told_does_not_ask_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place(tmp_path) as here:
        model = Scripted(claims=lambda _: "fine")
        answers = Answers(here.database, model)
        looked, go_on = asyncio.Event(), asyncio.Event()
        read = here.database.read

        async def slow(query: Any, *args: Any, **kwargs: Any) -> Any:
            found = await read(query, *args, **kwargs)
            if query is rows.find and not looked.is_set():
                looked.set()
                await go_on.wait()
            return found

        monkeypatch.setattr(here.database, "read", slow)
        first = asyncio.create_task(answers.ask(here.session, "claims", prompt(), str))
        await looked.wait()
        second = asyncio.create_task(answers.ask(here.session, "claims", prompt(), str))
        await asyncio.wait({second}, timeout=0.2)  # it must not be told before the first is
        go_on.set()
        assert [await first, await second] == ["fine", "fine"]
        assert model.asked["claims"] == 1


async def test_another_session_does_not_get_this_ones_answers(tmp_path: Path) -> None:
    async with place(tmp_path) as here, place(tmp_path) as there:
        model = Scripted()
        answers = Answers(here.database, model)
        for session in (here.session, there.session):
            await answers.ask(session, "claims", prompt(), str)
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
                await answers.ask(here.session, "claims", prompt(), str)
        assert model.asked["claims"] == 2
        assert await here.database.read(rows.count, here.session) == 2
        model.answers["claims"] = lambda _: "fine"
        assert await answers.ask(here.session, "claims", prompt(), str) == "fine"


async def test_calls_run_at_once_but_no_more_than_may(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        model = Scripted(delay=0.02)
        answers = Answers(here.database, model, AnswerLimits(parallel=3))
        await asyncio.gather(
            *(
                answers.ask(here.session, "claims", prompt(f'{{"inputs": [], "n": {at}}}'), str)
                for at in range(12)
            )
        )
        assert 1 < model.most <= 3
        assert model.asked["claims"] == 12


@pytest.mark.parametrize("limits", [AnswerLimits(session_tokens=110), AnswerLimits(day_tokens=110)])
async def test_a_spent_budget_asks_nobody(tmp_path: Path, limits: AnswerLimits) -> None:
    async with place(tmp_path) as here:
        model = Scripted()
        answers = Answers(here.database, model, limits)
        await answers.ask(here.session, "claims", prompt(), str)
        with pytest.raises(BudgetSpent, match="used up"):
            await answers.ask(here.session, "claims", prompt('{"inputs": [], "b": 1}'), str)
        assert model.asked["claims"] == 1
        await answers.ask(here.session, "claims", prompt(), str)  # what is known costs nothing


async def test_a_model_that_never_answers_is_left_at_the_deadline(tmp_path: Path) -> None:
    class Silent(Scripted):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage]:
            yield "half"
            await asyncio.Event().wait()

    async with place(tmp_path) as here:
        answers = Answers(here.database, Silent(), AnswerLimits(timeout_seconds=0.05))
        with pytest.raises(Interrupted):
            await answers.ask(here.session, "claims", prompt(), str)
        assert await here.database.read(rows.find, "x", session_id=here.session) is None


async def test_memory_is_bounded(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        model = Scripted()
        answers = Answers(here.database, model, AnswerLimits(memory=2))
        for at in range(5):
            await answers.ask(here.session, "claims", prompt(f'{{"inputs": [], "n": {at}}}'), str)
        assert len(answers._known) == 2


async def test_a_session_that_forbids_external_ai_gets_no_answer_not_even_a_known_one(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as here:
        model = Scripted()
        answers = Answers(here.database, model)
        await answers.ask(here.session, "claims", prompt(), str)
        await here.database.write(sessions.set_privacy, here.session, external_ai=False)
        for words in ('{"inputs": []}', '{"inputs": [], "b": 1}'):
            with pytest.raises(ExternalForbidden):
                await answers.ask(here.session, "claims", prompt(words), str)
        assert model.asked["claims"] == 1


async def test_what_was_forgotten_is_asked_again(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        model = Scripted()
        answers = Answers(here.database, model)
        await answers.ask(here.session, "claims", prompt(), str)
        await answers.forget(here.session, [key_of(model.name, prompt()), "unknown"])
        await answers.ask(here.session, "claims", prompt(), str)
        assert model.asked["claims"] == 2


async def test_what_cannot_be_read_is_not_served_again(tmp_path: Path) -> None:
    """A model that answered out of form would else be out of form for as long as nobody changes an input."""

    def strict(text: str) -> str:
        if text == "nonsense":
            raise BadOutput("(nonsense)")
        return text.upper()

    async with place(tmp_path) as here:
        model = Scripted(claims=lambda _: "nonsense")
        answers = Answers(here.database, model)
        for _ in range(2):
            with pytest.raises(BadOutput):
                await answers.ask(here.session, "claims", prompt(), strict)
        model.answers["claims"] = lambda _: "fine"
        assert await answers.ask(here.session, "claims", prompt(), strict) == "FINE"
        assert await answers.ask(here.session, "claims", prompt(), strict) == "FINE"
        assert model.asked["claims"] == 3
        assert await here.database.read(rows.spent, session_id=here.session) == 3 * 110

        def stricter(_: str) -> str:
            raise BadBallot("form", "a newer version reads it otherwise")

        with pytest.raises(BadBallot):
            await answers.ask(here.session, "claims", prompt(), stricter)
        assert await Answers(here.database, model).ask(here.session, "claims", prompt(), str)
        assert model.asked["claims"] == 4


async def test_an_answer_piece_by_piece_is_asked_once_and_then_told_at_once(tmp_path: Path) -> None:
    async def told(answers: Answers) -> tuple[list[str], list[Usage]]:
        texts, usage = [], []
        async with answers.answering(here.session, "claims", prompt()) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    usage.append(piece)
                else:
                    texts.append(piece)
        return texts, usage

    async with place(tmp_path) as here:
        model = Scripted(claims=lambda _: "fine")
        answers = Answers(here.database, model)
        assert await told(answers) == (["fine"], [Usage("scripted-1", 100, 10)])
        assert await told(answers) == (["fine"], [])  # it cost nothing this time
        assert await told(Answers(here.database, model)) == (["fine"], [])
        assert model.asked["claims"] == 1


async def test_an_answer_whose_reader_gives_up_is_not_served_again(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        model = Scripted(claims=lambda _: "fine")
        answers = Answers(here.database, model)

        async def give_up(why: BaseException) -> None:
            async with answers.answering(here.session, "claims", prompt()) as pieces:
                async for _ in pieces:
                    raise why

        for failure in (BadOutput(), GeneratorExit(), RuntimeError()):
            with pytest.raises(type(failure)):
                await give_up(failure)
        assert model.asked["claims"] == 3
        assert await here.database.read(rows.count, here.session) == 3
        with pytest.raises(asyncio.CancelledError):  # the process stops: the next one asks again
            await give_up(asyncio.CancelledError())
        assert await here.database.read(rows.count, here.session) == 3
        assert await answers.ask(here.session, "claims", prompt(), str) == "fine"
        with pytest.raises(Refused):
            await give_up(Refused())  # known by now, and of no use all the same
        assert await answers.ask(here.session, "claims", prompt(), str) == "fine"
        assert model.asked["claims"] == 6


async def test_what_a_failure_cost_counts_too(tmp_path: Path) -> None:
    failure = Refused()
    failure.usage = Usage("scripted-1", 70, 7)
    async with place(tmp_path) as here:
        answers = Answers(here.database, Scripted(claims=failure), AnswerLimits(session_tokens=77))
        with pytest.raises(Refused):
            await answers.ask(here.session, "claims", prompt(), str)
        with pytest.raises(BudgetSpent):
            await answers.ask(here.session, "claims", prompt(), str)


async def test_of_those_that_begin_the_same_one_goes_first(tmp_path: Path) -> None:
    """Or the provider would read the common beginning for all of them, and all would pay for it."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Scripted):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage]:
            self.asked["all"] += 1
            begun.set()
            await go_on.wait()
            yield "fine"

    def one(shared: str, own: int) -> Prompt:
        return Prompt("rank@2#0", "rules", str(own), 100, shared=shared)

    async with place(tmp_path) as here:
        model = Slow()
        answers = Answers(here.database, model, AnswerLimits(parallel=20))
        asking = [
            asyncio.create_task(answers.ask(here.session, "rank", one(shared, own), str))
            for shared in ("a", "b")
            for own in range(5)
        ]
        await begun.wait()
        for _ in range(100):
            await asyncio.sleep(0)
        assert model.asked["all"] <= 2
        go_on.set()
        assert await asyncio.gather(*asking) == ["fine"] * 10
        assert model.asked["all"] == 10
        assert answers._beginnings == {}


async def test_closing_gives_up_what_is_under_way(tmp_path: Path) -> None:
    class Silent(Scripted):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage]:
            yield "half"
            await asyncio.Event().wait()

    async with place(tmp_path) as here:
        answers = Answers(here.database, Silent())
        asking = asyncio.create_task(answers.ask(here.session, "claims", prompt(), str))
        while not answers._asking:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await answers.close()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await here.database.read(rows.count, here.session) == 0


async def test_what_is_forgotten_is_asked_anew_and_elsewhere_remembered(tmp_path: Path) -> None:
    async with place(tmp_path) as here, place(tmp_path) as there:
        model = Scripted()
        answers = Answers(here.database, model)
        for session in (here.session, there.session):
            await answers.ask(session, "claims", prompt(), str)
        answers.forget_session(here.session)
        await here.database.write(lambda s: s.execute(delete(ModelAnswer)) and None)
        for session in (here.session, there.session):
            await answers.ask(session, "claims", prompt(), str)
        assert model.asked["claims"] == 3


async def test_an_answer_that_comes_after_it_was_forgotten_is_kept_by_its_cost_alone(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as here:
        model = Scripted(delay=0.05)
        answers = Answers(here.database, model, AnswerLimits(parallel=1))
        calls = [
            asyncio.create_task(answers.ask(here.session, "claims", prompt(words), str))
            for words in ('{"inputs": []}', '{"inputs": [ ]}')
        ]
        while not model.asked["claims"]:  # noqa: ASYNC110 - a model tells nobody
            await asyncio.sleep(0.001)
        answers.forget_session(here.session)
        for call in calls:
            with pytest.raises(Interrupted):
                await call
        assert model.asked["claims"] == 1, "the other one waited and was not asked at all"
        (row,) = await here.database.read(lambda s: list(s.scalars(select(ModelAnswer))))
        assert (row.key, row.text, row.input_tokens) == ("", None, 100)
        assert await answers.ask(here.session, "claims", prompt(), str)
