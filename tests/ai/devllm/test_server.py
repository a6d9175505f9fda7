"""`ai.devllm.server` against the real SDK: what it is made for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx2
import pytest

from ai.devllm.faults import Fault
from tests.ai.llm import DevLLM, Turnstile, running_llm
from tests.harness import PATIENCE

HELLO: Any = {"max_tokens": 100, "messages": [{"role": "user", "content": "Hello?"}]}
BLOCKS: Any = [{"role": "user", "content": [{"type": "text", "text": "Hello?"}]}]
SAID = "I am a stand-in for a language model; I only draft from material."


@pytest.fixture(scope="module")
async def sdk(llm: DevLLM) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(
        api_key="dev", base_url=llm.url, max_retries=0, timeout=PATIENCE
    ) as client:
        yield client


async def streamed(sdk: anthropic.AsyncAnthropic, model: str) -> tuple[str, Any]:
    """Return the text that came and the final message."""
    text = ""
    async with sdk.messages.stream(model=model, **HELLO) as stream:
        async for piece in stream.text_stream:
            text += piece
        return text, await stream.get_final_message()


async def test_the_sdk_streams_from_it(sdk: anthropic.AsyncAnthropic) -> None:
    text, message = await streamed(sdk, "claude-sonnet-5-5")
    assert text == SAID
    assert (message.stop_reason, message.model) == ("end_turn", "claude-sonnet-5-5")
    assert message.usage.input_tokens == 2
    assert message.usage.output_tokens == 17


async def test_the_sdk_can_ask_without_streaming(sdk: anthropic.AsyncAnthropic) -> None:
    message = await sdk.messages.create(model="dev-llm", max_tokens=100, messages=BLOCKS)
    assert [block.text for block in message.content if block.type == "text"] == [SAID]
    assert message.stop_reason == "end_turn"


async def test_the_sdk_can_count_and_list(sdk: anthropic.AsyncAnthropic) -> None:
    counted = await sdk.messages.count_tokens(
        model="dev-llm", messages=BLOCKS, system=[{"type": "text", "text": "Be short."}]
    )
    assert counted.input_tokens == 4
    models = await sdk.models.list()
    assert {"dev-llm", "dev-cut"} <= {model.id for model in models.data}


async def test_a_limit_cuts_the_answer(sdk: anthropic.AsyncAnthropic) -> None:
    message = await sdk.messages.create(model="dev-llm", max_tokens=2, messages=BLOCKS)
    assert message.stop_reason == "max_tokens"
    assert [block.text for block in message.content if block.type == "text"] == [SAID[:8]]


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        (Fault.UNAUTHORIZED, anthropic.AuthenticationError, 401),
        (Fault.RATE_LIMITED, anthropic.RateLimitError, 429),
        (Fault.RATE_LIMITED_HOUR, anthropic.RateLimitError, 429),
        (Fault.OVERLOADED, anthropic.InternalServerError, 529),
        (Fault.BROKEN, anthropic.InternalServerError, 500),
        (Fault.TOO_LONG, anthropic.BadRequestError, 400),
    ],
)
async def test_errors_come_with_their_status(
    sdk: anthropic.AsyncAnthropic, fault: Fault, error: type[Exception], status: int
) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        await streamed(sdk, f"dev-{fault.value}")
    assert isinstance(caught.value, error)
    assert caught.value.status_code == status


async def test_a_limit_says_when_to_come_back(llm: DevLLM) -> None:
    answer = await _post(llm, model="dev-rate-limited-hour")
    assert answer.headers["retry-after"] == "3600"


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED_ONCE, Fault.OVERLOADED_ONCE])
async def test_some_errors_pass(sdk: anthropic.AsyncAnthropic, fault: Fault) -> None:
    with pytest.raises(anthropic.APIStatusError):
        await streamed(sdk, f"dev-{fault.value}")
    assert (await streamed(sdk, f"dev-{fault.value}"))[0] == SAID


async def test_the_sdk_tries_again_by_itself(llm: DevLLM) -> None:
    async with anthropic.AsyncAnthropic(api_key="dev", base_url=llm.url) as client:
        assert (await streamed(client, "dev-overloaded-once"))[0] == SAID


async def test_a_cut_connection_is_cut(sdk: anthropic.AsyncAnthropic) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        await streamed(sdk, "dev-cut")


async def test_a_stream_can_end_in_good_order_and_too_early(
    sdk: anthropic.AsyncAnthropic,
) -> None:
    text, message = await streamed(sdk, "dev-no-stop")
    assert SAID.startswith(text)
    assert len(text) < len(SAID)
    assert message.stop_reason is None


@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.HTML])
async def test_an_answer_can_be_nothing(sdk: anthropic.AsyncAnthropic, fault: Fault) -> None:
    with pytest.raises(AssertionError):
        await streamed(sdk, f"dev-{fault.value}")


@pytest.mark.parametrize(
    ("fault", "reason"), [(Fault.MAX_TOKENS, "max_tokens"), (Fault.REFUSAL, "refusal")]
)
async def test_a_message_can_stop_for_other_reasons(
    sdk: anthropic.AsyncAnthropic, fault: Fault, reason: str
) -> None:
    text, message = await streamed(sdk, f"dev-{fault.value}")
    assert message.stop_reason == reason
    assert 0 < len(text) < len(SAID)


async def test_an_error_can_come_in_the_middle(sdk: anthropic.AsyncAnthropic) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        await streamed(sdk, "dev-error-event")
    assert caught.value.status_code == 200
    assert caught.value.type == "overloaded_error"


async def test_events_can_be_garbage(sdk: anthropic.AsyncAnthropic) -> None:
    with pytest.raises(ValueError, match="Unterminated"):
        await streamed(sdk, "dev-bad-json")
    with pytest.raises(IndexError):
        await streamed(sdk, "dev-bad-order")


async def test_silence_lasts_until_the_client_leaves(llm: DevLLM) -> None:
    async with anthropic.AsyncAnthropic(
        api_key="dev", base_url=llm.url, max_retries=0, timeout=httpx2.Timeout(PATIENCE, read=0.2)
    ) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await streamed(client, "dev-hang")
    await llm.quiet()


async def test_an_answer_can_be_slow_and_be_held(sdk: anthropic.AsyncAnthropic) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    await streamed(sdk, "dev-slow")
    assert loop.time() - started > 1.5
    turnstile = Turnstile()
    async with running_llm(pace=turnstile) as held:
        client = sdk.with_options(base_url=held.url)
        asking = asyncio.create_task(streamed(client, "dev-llm"))
        await asyncio.wait_for(turnstile.held.wait(), PATIENCE)
        assert held.answering == 1
        turnstile.open()
        assert (await asyncio.wait_for(asking, PATIENCE))[0] == SAID


async def test_what_was_asked_can_be_looked_at(llm: DevLLM, sdk: anthropic.AsyncAnthropic) -> None:
    await streamed(sdk, "dev-llm")
    assert llm.heard[-1]["messages"] == HELLO["messages"]
    assert llm.heard[-1]["stream"] is True


async def _post(llm: DevLLM, **changes: Any) -> httpx2.Response:
    headers = {"authorization": "Bearer dev", "anthropic-version": "2026-10-21"}
    async with httpx2.AsyncClient() as client:
        body = {"model": "dev-llm", **HELLO, **changes.pop("body", {}), **changes}
        return await client.post(f"{llm.url}/v1/messages", json=body, headers=headers)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"model": "dev-explode"}, 404),
        ({"model": 7}, 400),
        ({"messages": []}, 400),
        ({"messages": "Hello?"}, 400),
        ({"max_tokens": 0}, 400),
    ],
)
async def test_a_request_the_api_would_not_take(
    llm: DevLLM, changes: dict[str, Any], status: int
) -> None:
    answer = await _post(llm, **changes)
    assert answer.status_code == status
    assert answer.json()["type"] == "error"


async def test_a_request_without_key_or_version(llm: DevLLM) -> None:
    async with httpx2.AsyncClient() as client:
        body = {"model": "dev-llm", **HELLO}
        version = {"anthropic-version": "2026-10-21"}
        assert (
            await client.post(f"{llm.url}/v1/messages", json=body, headers=version)
        ).status_code == 401
        key = {"authorization": "Bearer dev"}
        assert (
            await client.post(f"{llm.url}/v1/messages", json=body, headers=key)
        ).status_code == 400


async def test_a_header_chooses_before_the_model_does(llm: DevLLM) -> None:
    async with httpx2.AsyncClient() as client:
        answer = await client.post(
            f"{llm.url}/v1/messages",
            json={"model": "dev-cut", **HELLO},
            headers={
                "x-api-key": "dev",
                "anthropic-version": "2026-10-21",
                "x-dev-llm": "broken",
            },
        )
    assert answer.status_code == 500
