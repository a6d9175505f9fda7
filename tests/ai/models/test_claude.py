"""`ai.models.claude`: the real SDK against the stand-in, through every way an answer can fail."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, suppress
from dataclasses import replace

import pytest
from anthropic import AsyncAnthropic
from anthropic.types import Message
from anthropic.types import Usage as AnthropicUsage

from ai.devllm.faults import Fault
from ai.errors import (
    BadOutput,
    Interrupted,
    ModelError,
    Overloaded,
    RateLimited,
    Refused,
    TooLong,
    Truncated,
    Unavailable,
    Unreachable,
)
from ai.models.base import Prompt, Usage
from ai.models.claude import Claude, _usage
from tests.ai.llm import DevLLM, Turnstile, claude_at, running_llm
from tests.harness import PATIENCE

SECRET = "what only the bot may read"
PROMPT = Prompt("test@1#0", "Be short.", SECRET, max_tokens=100)
SAID = "I am a stand-in for a language model; I only draft from material."


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long before trying again."""
    monkeypatch.setattr("ai.models.claude._PAUSE_SECONDS", 0.001)


async def ask(
    url: str,
    model: str = "dev-llm",
    *,
    timeout_seconds: float = PATIENCE,
    prompt: Prompt | None = None,
) -> tuple[str, list[Usage]]:
    """Return what the model says."""
    text, usage = "", []
    async with (
        claude_at(url, model, timeout_seconds=timeout_seconds) as claude,
        aclosing(claude.stream(prompt or PROMPT)) as answer,
    ):
        async for piece in answer:
            if isinstance(piece, Usage):
                usage.append(piece)
            else:
                text += piece
    return text, usage


async def test_an_answer_comes_in_pieces_with_its_cost_at_the_end(llm: DevLLM) -> None:
    text, (usage,) = await ask(llm.url)
    assert text == SAID
    assert (usage.model, usage.input_tokens, usage.output_tokens) == ("dev-llm", 9, 17)


async def test_what_is_asked_arrives(llm: DevLLM) -> None:
    await ask(llm.url)
    body = llm.heard[-1]
    assert body["messages"] == [{"role": "user", "content": SECRET}]
    assert body["system"][0]["text"] == "Be short."
    assert body["max_tokens"] == 100


async def test_rules_and_what_others_share_are_marked_for_the_provider_to_keep(
    llm: DevLLM,
) -> None:
    await ask(llm.url, prompt=replace(PROMPT, shared='{"question": "How?"}'))
    body = llm.heard[-1]
    (first, second) = body["messages"][0]["content"]
    assert (first["text"], second["text"]) == ('{"question": "How?"}', SECRET)
    assert first["cache_control"] == body["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in second


async def test_what_a_model_can_is_asked_once_and_used() -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    wanted = replace(PROMPT, schema=schema, max_tokens=100_000)
    async with running_llm() as able:
        async with claude_at(able.url) as claude:
            for _ in range(3):
                async with aclosing(claude.stream(wanted)) as answer:
                    assert [one async for one in answer]
        body = able.heard[-1]
        assert body["output_config"] == {"format": {"type": "json_schema", "schema": schema}}
        assert body["max_tokens"] == 64_000
        assert able.looked_up == 1


async def test_of_a_server_that_does_not_say_nothing_special_is_asked() -> None:
    """Any server of the Messages API will do."""
    async with running_llm(tells=False) as plain:
        wanted = replace(PROMPT, schema={"type": "object"}, max_tokens=100_000)
        assert (await ask(plain.url, prompt=wanted))[0] == SAID
        assert "output_config" not in plain.heard[-1]
        assert plain.heard[-1]["max_tokens"] == 100_000


async def test_what_a_failed_answer_cost_is_known(llm: DevLLM) -> None:
    for fault in (Fault.REFUSAL, Fault.MAX_TOKENS, Fault.CUT, Fault.ERROR_EVENT):
        with pytest.raises(ModelError) as caught:
            await ask(llm.url, f"dev-{fault.value}")
        assert caught.value.usage is not None, fault
        assert caught.value.usage.input_tokens == 9
    with pytest.raises(ModelError) as caught:
        await ask(llm.url, "dev-unauthorized")
    assert caught.value.usage is None


def test_what_the_provider_keeps_counts_as_read() -> None:
    """The API's `input_tokens` are only those after the last mark."""
    told = AnthropicUsage(
        input_tokens=1, output_tokens=5, cache_creation_input_tokens=20, cache_read_input_tokens=300
    )
    message = Message.model_construct(model="m", usage=told)
    assert _usage(message) == Usage("m", 321, 5)


async def test_pieces_come_as_they_are_made() -> None:
    turnstile = Turnstile()
    async with running_llm(pace=turnstile) as held:
        asking = asyncio.create_task(ask(held.url))
        await asyncio.wait_for(turnstile.held.wait(), PATIENCE)
        assert not asking.done()
        turnstile.open()
        assert (await asyncio.wait_for(asking, PATIENCE))[0] == SAID


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault.UNAUTHORIZED, Unavailable),
        (Fault.OVERLOADED, Overloaded),
        (Fault.BROKEN, Overloaded),
        (Fault.TOO_LONG, TooLong),
        (Fault.HTML, Interrupted),
        (Fault.CUT, Interrupted),
        (Fault.NO_STOP, Interrupted),
        (Fault.EMPTY, Interrupted),
        (Fault.MAX_TOKENS, Truncated),
        (Fault.REFUSAL, Refused),
        (Fault.BAD_JSON, BadOutput),
        (Fault.BAD_ORDER, BadOutput),
        (Fault.ERROR_EVENT, Overloaded),
    ],
)
async def test_a_failure_is_what_it_is(
    llm: DevLLM, fault: Fault, failure: type[ModelError]
) -> None:
    with pytest.raises(ModelError) as caught:
        await ask(llm.url, f"dev-{fault.value}")
    assert type(caught.value) is failure
    assert str(caught.value).startswith(failure.message)
    await llm.quiet()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        (Fault.OVERLOADED, 3),
        (Fault.UNAUTHORIZED, 1),
        (Fault.TOO_LONG, 1),
        (Fault.ERROR_EVENT, 1),  # part of the answer was there: it would be written twice
    ],
)
async def test_only_what_may_pass_is_tried_again(llm: DevLLM, fault: Fault, tries: int) -> None:
    before = len(llm.heard)
    with pytest.raises(ModelError):
        await ask(llm.url, f"dev-{fault.value}")
    assert len(llm.heard) - before == tries


@pytest.mark.usefixtures("quick")
async def test_what_passes_is_not_noticed(llm: DevLLM) -> None:
    assert (await ask(llm.url, "dev-overloaded-once"))[0] == SAID


async def test_a_limit_is_waited_for_as_long_as_it_says(llm: DevLLM) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert (await ask(llm.url, "dev-rate-limited-once"))[0] == SAID
    assert 0.9 < loop.time() - started < PATIENCE


async def test_an_hour_is_not_waited_for(llm: DevLLM) -> None:
    """The SDK by itself sleeps through it."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(RateLimited) as caught:
        await ask(llm.url, "dev-rate-limited-hour")
    assert caught.value.retry_after == 3600
    assert loop.time() - started < PATIENCE


async def test_silence_has_an_end(llm: DevLLM) -> None:
    with pytest.raises(Interrupted):
        await ask(llm.url, "dev-hang", timeout_seconds=0.3)
    await llm.quiet()


async def test_slowness_has_an_end(llm: DevLLM) -> None:
    """Every piece comes in time, all of them do not."""
    with pytest.raises(Interrupted, match=r"no whole answer in 0.5 s"):
        await ask(llm.url, "dev-slow", timeout_seconds=0.5)
    await llm.quiet()


@pytest.mark.usefixtures("quick")
async def test_nobody_there() -> None:
    async with running_llm() as gone:
        url = gone.url
    with pytest.raises(Unreachable):
        await ask(url)


async def test_who_stops_listening_ends_the_answer() -> None:
    async with running_llm(delay=0.02) as llm, claude_at(llm.url) as claude:
        async with aclosing(claude.stream(PROMPT)) as answer:
            assert await anext(answer) == SAID[:4]
            assert llm.answering == 1
        await llm.quiet()


@pytest.mark.parametrize(
    "fault", [fault for fault in Fault if fault not in (Fault.SLOW, Fault.HANG)]
)
@pytest.mark.usefixtures("quick")
async def test_no_log_holds_what_was_asked_or_answered(
    llm: DevLLM, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with suppress(ModelError):
        await ask(llm.url, f"dev-{fault.value}", timeout_seconds=0.5)
    for record in caplog.records:
        said = f"{record.getMessage()} {record.__dict__}"
        assert SECRET not in said
        assert "stand-in" not in said
        assert record.exc_info is None


async def test_the_log_says_why_a_key_does_not_work(
    llm: DevLLM, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Unavailable):
        await ask(llm.url, "dev-unauthorized")
    (record,) = [one for one in caplog.records if one.name == "ai.models.claude"]
    assert record.__dict__["status"] == 401
    assert "invalid x-api-key" in record.__dict__["said"]


async def test_calls_that_come_together_share_one_client(
    llm: DevLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    claude = Claude("dev-llm", api_key="dev", base_url=llm.url, timeout_seconds=PATIENCE)
    made: list[AsyncAnthropic] = []
    make = claude._make_client

    def count() -> AsyncAnthropic:
        made.append(make())
        return made[-1]

    monkeypatch.setattr(claude, "_make_client", count)

    async def call() -> None:
        async with aclosing(claude.stream(PROMPT)) as answer:
            async for _ in answer:
                pass

    await asyncio.gather(*(call() for _ in range(8)))
    await claude.close()
    assert len(made) == 1
    assert made[0].is_closed()
