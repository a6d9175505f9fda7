"""`web.events`: streams that tell what changed, and never wait for who does not listen."""

from __future__ import annotations

import asyncio
import math
from contextlib import aclosing

import pytest

from tests.harness import PATIENCE, RunningApp, api
from tests.web.people import listening, new_session, refine
from web import events
from web.events import MAX_WAITING, Events, Listener, encode


def listener(session: str = "s", participant: str = "p", until: float = math.inf) -> Listener:
    """Return a listener."""
    return Listener(session, participant, "login", until)


async def test_a_stream_begins_with_enough_to_wake_proxies_and_says_when_to_come_back() -> None:
    async with aclosing(Events().listen(listener(), still_allowed=lambda: True)) as stream:
        first = await anext(stream)
    assert first.startswith(b":")
    assert len(first) > 2048
    assert first.endswith(b"retry: 2000\n\n")


async def test_everybody_who_listens_to_a_session_is_told_and_nobody_else() -> None:
    bus = Events()
    here, too, elsewhere = listener("a"), listener("a"), listener("b")
    streams = [bus.listen(one, still_allowed=lambda: True) for one in (here, too, elsewhere)]
    for stream in streams:
        await anext(stream)
    bus.publish("a", "notice", {"text": "line\nbreak ünd 🦊"})
    for stream in streams[:2]:
        told = await anext(stream)
        assert told.startswith(b"event: notice\ndata: {")
        assert told.count(b"\n") == 3
    assert elsewhere.waiting == 0
    for stream in streams:
        await stream.aclose()
    assert bus.listeners == []


async def test_who_does_not_take_its_events_is_told_to_reload_and_keeps_no_more_of_them() -> None:
    bus = Events()
    slow = listener()
    async with aclosing(bus.listen(slow, still_allowed=lambda: True)) as stream:
        await anext(stream)
        for number in range(10 * MAX_WAITING + 5):
            bus.publish("s", "notice", {"number": number})
            assert slow.waiting <= MAX_WAITING
        bus.publish("s", "notice", {"number": "last"})
        told = [await anext(stream)]
        while slow.waiting:
            told.append(await anext(stream))
    assert told[0] == encode("reload", {})
    assert b"last" in told[-1]
    assert len(told) <= MAX_WAITING


async def test_a_slow_listener_is_still_told_that_the_server_stops() -> None:
    bus = Events()
    slow = listener()
    async with aclosing(bus.listen(slow, still_allowed=lambda: True)) as stream:
        await anext(stream)
        for _ in range(MAX_WAITING):
            bus.publish("s", "notice", {})
        bus.close()
        told = [message async for message in stream]
    assert told == [encode("closing", {})]


async def test_silence_is_broken_by_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    assert events.HEARTBEAT_SECONDS < 20
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.01)
    async with aclosing(Events().listen(listener(), still_allowed=lambda: True)) as stream:
        await anext(stream)
        assert (await anext(stream)).startswith(b":")


async def test_a_stream_ends_with_the_right_to_listen() -> None:
    soon = asyncio.get_running_loop().time() + 0.02
    async with aclosing(Events().listen(listener(until=soon), still_allowed=lambda: True)) as it:
        async with asyncio.timeout(PATIENCE):
            told = [message async for message in it]
    assert told[-1].startswith(b":")
    assert encode("closing", {}) not in told


async def test_who_is_dismissed_hears_no_more_and_the_others_do() -> None:
    bus = Events()
    eve = bus.listen(listener(participant="eve"), still_allowed=lambda: True)
    ana = bus.listen(listener(participant="ana"), still_allowed=lambda: True)
    for stream in (eve, ana):
        await anext(stream)
    bus.dismiss(lambda one: one.participant == "eve")
    bus.publish("s", "notice", {})
    with pytest.raises(StopAsyncIteration):
        await anext(eve)
    assert await anext(ana) == encode("notice", {})
    await ana.aclose()


async def test_who_was_dismissed_on_the_way_in_hears_nothing() -> None:
    bus = Events()
    with pytest.raises(StopAsyncIteration):
        await anext(bus.listen(listener(), still_allowed=lambda: False))
    assert bus.listeners == []


# -- over HTTP


async def test_the_stream_is_one_that_proxies_and_browsers_do_not_keep(app: RunningApp) -> None:
    async with api(app.url) as script:
        session = await new_session(script)
        path = f"/api/sessions/{session['id']}/events"
        async with script.stream("GET", path) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-accel-buffering"] == "no"
            assert "content-encoding" not in answer.headers


async def test_every_change_is_told(app: RunningApp) -> None:
    async with api(app.url) as script:
        session = await new_session(script)
        path = f"/api/sessions/{session['id']}"
        async with asyncio.timeout(PATIENCE), listening(script, path) as told:

            async def until(wanted: str) -> dict[str, object]:
                async for name, data in told:
                    if name == wanted:
                        return dict(data)
                raise AssertionError(f"no {wanted}")

            await script.patch(path, json={"title": "A better title"})
            assert (await until("session"))["title"] == "A better title"
            invitation = session["invitations"][0]["link"].split("#")[1]
            async with api(app.url, None) as browser:
                await browser.post("/api/join", json={"invitation": invitation, "name": "Ana"})
                people = (await until("participants"))["participants"]
                assert [one["name"] for one in people] == ["Facilitator", "Ana"]  # type: ignore[attr-defined]
                await browser.post(f"{path}/inputs", json={"text": "A quiet harbour."})
                assert await until("inputs") == {"count": 1, "people": 1}
                await browser.post(
                    f"{path}/critiques", json={"text": "Too loud.", "visibility": "private"}
                )
                gave = await browser.post(
                    f"{path}/critiques", json={"text": "Too vague.", "visibility": "open"}
                )
                assert await until("critique") == {"id": gave.json()["id"]}
                await refine(app, script, session["id"])
                assert (await until("run"))["status"] == "queued"
                while (await until("run"))["status"] != "done":
                    pass
                found = (await browser.get(f"{path}/suggestions")).json()["suggestions"]
                await browser.post(f"{path}/suggestions/{found[0]['id']}/reject")
                assert await until("suggestion") == {"id": found[0]["id"], "status": "rejected"}


async def test_a_page_that_goes_away_is_forgotten(app: RunningApp) -> None:
    async with api(app.url) as script:
        session = await new_session(script)
        async with listening(script, f"/api/sessions/{session['id']}"):
            assert len(app.services.events.listeners) == 1
    async with asyncio.timeout(PATIENCE):
        while app.services.events.listeners:  # noqa: ASYNC110 - the server notices in its own time
            await asyncio.sleep(0.01)
