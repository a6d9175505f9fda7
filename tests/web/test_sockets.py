"""`web.sockets`, by real sockets, on both roads: uvicorn with our protocol, and plain ASGI."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from collab.awareness import State, write_states
from collab.messages import KEEP_ALIVE, STEP2, UPDATE, awareness_message, sync_message
from collab.origins import Via
from rooms.allowance import Rate
from rooms.broadcast import Frame
from rooms.connection import Connection
from store import roomtokens, updatelog
from store.ids import new_secret
from store.participants import Role
from tests.harness import PATIENCE, RunningApp, participant, running_app
from tests.web.people import Cast, cast, cookie_of, invite, new_session, signed_in
from tests.web.wire import closing_of, peer, refusal, room_token
from web import roomsocket, server, sockets
from web.handshakes import Handshakes

FRAME_LIMIT = 64 * 1024


@pytest.fixture(scope="module", params=["raw", "asgi"])
async def app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningApp]:
    """A server whose sockets go the short way, and one whose sockets are uvicorn's own."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "asgi":
            patch.setattr(server, "RoomProtocol", "websockets-sansio")
        async with running_app(
            tmp_path_factory.mktemp("data"),
            max_frame_bytes=FRAME_LIMIT,
            max_update_bytes=16 * 1024,
            max_document_bytes=128 * 1024,
            allowed_origins=("https://quill.example.org",),
        ) as running:
            yield running


@pytest.fixture(scope="module")
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody; tests that hurt a room make one of their own."""
    async with cast(app) as found:
        yield found


@pytest.fixture
def room(app: RunningApp, people: Cast) -> str:
    """The address of their room, without a token."""
    return f"{app.ws_url}/{people.session['room']}"


@pytest.fixture
async def address(room: str, people: Cast) -> str:
    """The address of their room, with a token."""
    return f"{room}?token={await room_token(people.script, people.session['id'])}"


@pytest.fixture
def raw(request: pytest.FixtureRequest) -> bool:
    """Whether this server has the short way."""
    return "[raw]" in request.node.name


async def own_room(app: RunningApp, people: Cast) -> str:
    """Make another session; return the address of its room, with a token."""
    session = await new_session(people.script)
    return f"{app.ws_url}/{session['room']}?token={await room_token(people.script, session['id'])}"


def in_browser(app: RunningApp, cookie: str) -> dict[str, Any]:
    """Return options of a connection as our page makes it."""
    return {"additional_headers": {"origin": app.url, "cookie": cookie}}


# -- the conversation


async def test_who_comes_is_told_what_the_room_has_and_asked_for_the_rest(
    app: RunningApp, people: Cast, address: str
) -> None:
    document = (await app.services.registry.of_session(people.session["id"])).document
    async with connect(address) as socket:
        # varUint(0) sync, varUint(0) step 1, varBytes: 2 clients, the seed and the server's map
        assert await socket.recv() == b"\x00\x00\x05\x02\x01\x01\x02\x03"
        await socket.send(b"\x00\x00\x01\x00")  # step 1: nothing
        assert await socket.recv() == sync_message(STEP2, document.encode())


async def test_an_edit_is_echoed_when_it_is_on_disk(
    app: RunningApp, people: Cast, address: str
) -> None:
    async with peer(address) as ana:
        update = await ana.write("Buses on Sundays. ")
        assert await ana.step() == sync_message(UPDATE, update)
        room = await app.services.registry.of_session(people.session["id"])
        rows = await app.services.database.read(updatelog.read, room.number)
        assert rows[-1].data == update
        assert rows[-1].via == Via.SOCKET.value


async def test_two_clients_end_with_the_same_text(address: str) -> None:
    async with peer(address) as ana, peer(address) as ben:
        await asyncio.gather(ana.write("Ana was here. "), ben.write("Ben was here. "))
        for one in (ana, ben):
            await one.until(lambda one=one: "Ana" in one.text and "Ben" in one.text)  # type: ignore[misc]
        assert ana.text == ben.text


async def test_the_counter_comes_back_when_everything_before_it_is_on_disk(address: str) -> None:
    async with peer(address) as ana:
        await ana.ask_saved(1)
        await ana.until(lambda: ana.saved == [1])
        await ana.write("x")
        await ana.ask_saved(2)
        seen = []
        while ana.saved != [1, 2]:
            seen.append((await ana.step())[0])
        assert seen == [0, 102]  # the echo first


async def test_an_observers_update_is_answered_with_a_reason_and_the_socket_stays(
    app: RunningApp, people: Cast, room: str, address: str
) -> None:
    token = await room_token(people.script, people.session["id"], role="observer")
    by_cookie = in_browser(app, cookie_of(people.observer))
    async with (
        peer(address) as ana,
        peer(f"{room}?token={token}") as guest,
        peer(room, **by_cookie) as observer,
    ):
        for watching in (guest, observer):
            before = watching.text
            await watching.write("I was here. ")
            await watching.until(lambda: bool(watching.denials))  # noqa: B023
            assert watching.denials == ["you may read this statement, not change it"]
            assert before == ana.text
        await ana.write("Written. ")
        await observer.until(lambda: "Written." in observer.text)


async def test_the_servers_own_map_is_refused_and_the_socket_stays(address: str) -> None:
    async with peer(address) as ana:
        update = ana.document.edit(lambda it: it.root_map("session").update({"phase": "agreed"}))
        await ana.socket.send(sync_message(UPDATE, update))
        await ana.until(lambda: bool(ana.denials))
        assert "session" in ana.denials[0]


async def test_fragments_are_one_message(address: str) -> None:
    async with peer(address) as ana:
        message = sync_message(UPDATE, ana.edit("In three parts. "))
        await ana.socket.send([message[:3], message[3:9], message[9:]])
        assert await ana.step() == message


async def test_a_ping_is_answered(address: str) -> None:
    async with peer(address) as ana:
        async with asyncio.timeout(PATIENCE):
            await (await ana.socket.ping(b"hello"))


async def test_a_silent_room_gives_a_sign_of_life_within_twenty_seconds(
    app: RunningApp, people: Cast
) -> None:
    registry = app.services.registry
    usual = registry.options
    assert usual.keep_alive_seconds + 1.0 < 20.0  # rooms are looked after every second
    registry.options = dataclasses.replace(usual, keep_alive_seconds=0.05)
    try:
        async with peer(await own_room(app, people)) as ana:
            assert await ana.step() == KEEP_ALIVE
    finally:
        registry.options = usual


async def test_the_presence_of_who_leaves_is_taken_away(address: str) -> None:
    async with peer(address) as ana:
        async with peer(address) as ben:
            state = State(ben.client_id, 1, b'{"user":{"name":"forged"}}')
            await ben.socket.send(awareness_message(write_states([state])))
            message = b""
            while message[:1] != b"\x01":
                message = await ana.step()
            assert b"Facilitator" in message
            assert b"forged" not in message
        message = b""
        while b"null" not in message:
            message = await ana.step()


# -- who may not come in


async def test_nobody_is_told_4401(app: RunningApp, room: str) -> None:
    assert (await refusal(room))[0] == 4401
    assert (await refusal(room, additional_headers={"origin": app.url}))[0] == 4401
    expired = in_browser(app, f"accord-{app.url.rsplit(':', 1)[1]}={new_secret()}")
    code, reason = await refusal(room, **expired)
    assert code == 4401
    assert "no valid token" in reason


async def test_a_facilitators_bearer_token_is_none_for_rooms(people: Cast, room: str) -> None:
    header = people.script.headers["authorization"]
    code, _ = await refusal(room, additional_headers={"authorization": header})
    assert code == 4401


async def test_whether_a_room_exists_is_told_only_to_who_is_signed_in(
    app: RunningApp, people: Cast
) -> None:
    nowhere = f"{app.ws_url}/AAAAAAAAAAAAAAAAAAAAAA.1"
    code, _ = await refusal(nowhere, additional_headers={"origin": app.url})
    assert code == 4401
    for path in ("AAAAAAAAAAAAAAAAAAAAAA.1", "x", "a/b/c", "%00", "%ff.1"):
        code, reason = await refusal(
            f"{app.ws_url}/{path}", **in_browser(app, cookie_of(people.participant))
        )
        assert (code, reason) == (4404, "there is no such room")
    token = await room_token(people.script, people.session["id"])
    code, _ = await refusal(f"{nowhere}?token={token}")
    assert code == 4404


async def test_who_belongs_elsewhere_is_told_4403(app: RunningApp, people: Cast, room: str) -> None:
    for stranger in (people.stranger, people.another):
        code, reason = await refusal(room, **in_browser(app, cookie_of(stranger)))
        assert (code, reason) == (4403, "this room is not yours")
    elsewhere = await new_session(people.another)
    token = await room_token(people.another, elsewhere["id"])
    assert (await refusal(f"{room}?token={token}"))[0] == 4403


async def test_another_epoch_is_told_4409(people: Cast, room: str) -> None:
    token = await room_token(people.script, people.session["id"])
    old = room.rsplit(".", 1)[0] + ".7"
    code, reason = await refusal(f"{old}?token={token}")
    assert code == 4409
    assert "new address" in reason


async def test_an_expired_and_a_revoked_token_are_told_4401(
    app: RunningApp, people: Cast, room: str
) -> None:
    session = people.session["id"]
    facilitator = (await people.script.get(people.path)).json()["me"]["participant"]
    expired = await app.services.database.write(
        roomtokens.add,
        session_id=session,
        made_by=facilitator,
        role=Role.PARTICIPANT,
        subject="guest",
        name="guest",
        lifetime=timedelta(seconds=-1),
    )
    assert (await refusal(f"{room}?token={expired.secret}"))[0] == 4401
    made = await people.script.post(f"{people.path}/room-tokens", json={"expires_in": 60})
    await people.script.delete(f"{people.path}/room-tokens/{made.json()['id']}")
    assert (await refusal(f"{room}?token={made.json()['token']}"))[0] == 4401


async def test_the_same_bad_token_again_is_refused_before_the_upgrade(
    app: RunningApp, people: Cast, room: str
) -> None:
    wrong = new_secret()
    assert (await refusal(f"{room}?token={wrong}"))[0] == 4401
    for again in (f"{room}?token={wrong}", f"{app.ws_url}/elsewhere?token={wrong}"):
        with pytest.raises(InvalidStatus) as caught:
            await refusal(again)
        assert caught.value.response.status_code == 403
    with pytest.raises(InvalidStatus):
        await refusal(room, subprotocols=[Subprotocol(f"accord.{wrong}")])
    assert (await refusal(f"{room}?token={new_secret()}"))[0] == 4401  # another one is told why
    elsewhere = await new_session(people.script)
    token = await room_token(people.script, elsewhere["id"])
    assert (await refusal(f"{room}?token={token}"))[0] == 4403
    with pytest.raises(InvalidStatus):
        await refusal(f"{room}?token={token}")
    async with peer(f"{app.ws_url}/{elsewhere['room']}?token={token}"):
        pass  # where it is good it stays good


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1.evil:80"]
)
async def test_a_foreign_page_is_refused_before_the_upgrade(
    app: RunningApp, people: Cast, room: str, address: str, origin: str
) -> None:
    for where, cookie in ((room, cookie_of(people.participant)), (address, "")):
        headers = {"origin": origin} | ({"cookie": cookie} if cookie else {})
        with pytest.raises(InvalidStatus) as caught:
            await refusal(where, additional_headers=headers)
        assert caught.value.response.status_code == 403


async def test_a_page_that_was_allowed_may_bring_a_token_and_not_our_cookie(
    people: Cast, room: str, address: str
) -> None:
    allowed = {"origin": "https://quill.example.org"}
    async with peer(address, additional_headers=allowed):
        pass
    with pytest.raises(InvalidStatus):
        await refusal(room, additional_headers={**allowed, "cookie": cookie_of(people.participant)})


async def test_a_cookie_without_an_origin_proves_nothing(people: Cast, room: str) -> None:
    code, _ = await refusal(room, additional_headers={"cookie": cookie_of(people.participant)})
    assert code == 4401


async def test_a_token_comes_as_a_sub_protocol_too(people: Cast, room: str) -> None:
    token = await room_token(people.script, people.session["id"])
    async with peer(
        room, subprotocols=[Subprotocol("other"), Subprotocol(f"accord.{token}")]
    ) as ana:
        assert ana.socket.subprotocol == f"accord.{token}"
    async with connect(room, subprotocols=[Subprotocol(f"accord.{new_secret()}")]) as socket:
        assert socket.subprotocol is not None  # or a browser would not tell the code
        assert (await closing_of(socket))[0] == 4401


async def test_our_page_comes_with_its_cookie_and_says_which_person_it_is(
    app: RunningApp, people: Cast, room: str
) -> None:
    first, second = (one["link"] for one in people.session["invitations"])
    async with participant(app.url, first, "Ana") as (browser, ana):
        ben = (
            await browser.post(
                "/api/join", json={"invitation": second.split("#")[1], "name": "Ben"}
            )
        ).json()
        options = in_browser(app, cookie_of(browser))
        here = await app.services.registry.of_session(people.session["id"])
        for query, expected in (
            ("", ben),
            (f"?as={ana['participant']}", ana),
            (f"?as={ben['participant']}", ben),
        ):
            async with peer(room + query, **options):
                assert list(here.connections)[-1].key == expected["participant"]
        assert (await refusal(f"{room}?as=somebody", **options))[0] == 4403


async def test_a_full_room_asks_to_come_again(app: RunningApp, people: Cast) -> None:
    registry = app.services.registry
    usual = registry.options
    registry.options = dataclasses.replace(usual, max_connections=1)
    try:
        session = await new_session(people.script)
        address = (
            f"{app.ws_url}/{session['room']}?token={await room_token(people.script, session['id'])}"
        )
        async with peer(address):
            assert (await refusal(address))[0] == 4503
    finally:
        registry.options = usual


async def test_one_tab_too_many_is_told_to_stay_away(app: RunningApp, people: Cast) -> None:
    registry = app.services.registry
    usual = registry.options
    registry.options = dataclasses.replace(usual, max_person_connections=1)
    try:
        address = await own_room(app, people)
        async with peer(address):
            assert (await refusal(address))[0] == 4429
    finally:
        registry.options = usual


async def test_a_flood_of_connections_from_one_address_is_told_when_to_come_again(
    app: RunningApp, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.services, "handshakes", Handshakes(Rate(0.1, 3)))
    for _ in range(3):
        async with peer(address):
            pass
    with pytest.raises(InvalidStatus) as refused:
        async with connect(address):
            pass
    assert refused.value.response.status_code == 429
    assert 1 <= int(refused.value.response.headers["retry-after"]) <= 10


@pytest.mark.alone
async def test_a_flood_of_messages_waits_its_turn_and_nobody_else_waits(
    app: RunningApp, people: Cast, raw: bool
) -> None:
    """Twenty thousand tiny messages in one go: few are heard at once, and another room answers meanwhile."""
    registry = app.services.registry
    usual = registry.options
    registry.options = dataclasses.replace(usual, messages=Rate(200, 100))
    try:
        hostile, honest = await own_room(app, people), await own_room(app, people)
        loop = asyncio.get_running_loop()
        async with peer(hostile) as flood, peer(honest) as other:
            started = loop.time()
            for _ in range(20_000):
                flood.socket.protocol.send_binary(b"\x66\x01\x07")
            flood.socket.transport.write(b"".join(flood.socket.protocol.data_to_send()))
            slowest = 0.0
            for number in range(20):
                asked = loop.time()
                await other.write("x")
                await other.ask_saved(number)
                await other.until(lambda number=number: other.saved == list(range(number + 1)))  # type: ignore[misc]  # fmt: skip
                slowest = max(slowest, loop.time() - asked)
            assert slowest < 0.25
            heard = 0
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    while True:
                        heard += await flood.socket.recv() == b"\x66\x01\x07"
            assert heard <= 100 + 200 * (loop.time() - started)
            flood.socket.transport.abort()
    finally:
        registry.options = usual


async def test_who_was_paused_is_heard_to_the_end(app: RunningApp, people: Cast) -> None:
    registry = app.services.registry
    usual = registry.options
    registry.options = dataclasses.replace(usual, messages=Rate(500, 20))
    try:
        async with peer(await own_room(app, people)) as busy:
            for _ in range(100):
                await busy.write("x")
            await busy.ask_saved(7)
            await busy.until(lambda: busy.saved == [7])
            assert busy.text.count("x") == 100
    finally:
        registry.options = usual


# -- who is sent away


async def test_bytes_that_are_no_message_end_that_connection_and_no_other(address: str) -> None:
    for message in (b"", b"\x07", b"\x00\x02\xff", b"\x00\x02\x03abc", b"\x00\x00\x00\x00"):
        async with peer(address) as ana, peer(address) as ben:
            await ana.socket.send(message)
            code, reason = await closing_of(ana.socket)
            assert code == 4400
            assert reason
            await ben.write("Still here. ")
            await ben.step()


async def test_text_is_told_1003(address: str) -> None:
    async with peer(address) as ana, peer(address) as ben:
        await ana.socket.send("hello")
        assert await closing_of(ana.socket) == (1003, "this server takes binary messages only")
        await ben.write("Still here. ")
        await ben.step()


async def test_a_frame_over_the_limit_is_told_so(raw: bool, address: str) -> None:
    async with peer(address) as ana:
        await ana.socket.send(b"\x00" * (FRAME_LIMIT + 1))
        code, reason = await closing_of(ana.socket)
        # plain ASGI has no say in it: the server's own answer is 1009
        assert code == (4413 if raw else 1009)
        assert str(FRAME_LIMIT) in reason


async def test_an_update_over_the_limit_is_told_4413(address: str) -> None:
    async with peer(address) as ana:
        await ana.write("x" * 20_000)
        code, reason = await closing_of(ana.socket)
        assert code == 4413
        assert "limit" in reason


async def test_a_document_over_the_limit_is_told_4413(app: RunningApp, people: Cast) -> None:
    async with peer(await own_room(app, people)) as ana:
        for _ in range(12):
            await ana.write("x" * 15_000)
        assert (await closing_of(ana.socket))[0] == 4413


async def test_a_token_that_expires_ends_the_connection(
    app: RunningApp, people: Cast, room: str
) -> None:
    session = people.session["id"]
    me = (await people.script.get(people.path)).json()["me"]["participant"]
    short = await app.services.database.write(
        roomtokens.add,
        session_id=session,
        made_by=me,
        role=Role.PARTICIPANT,
        subject="guest",
        name="guest",
        lifetime=timedelta(seconds=0.3),
    )
    async with peer(f"{room}?token={short.secret}") as ana:
        await ana.write("Just in time. ")
        await ana.step()
        assert (await closing_of(ana.socket))[0] == 4401


async def test_a_revoked_token_ends_its_connections_at_once_and_no_others(
    people: Cast, room: str, address: str
) -> None:
    made = await people.script.post(f"{people.path}/room-tokens", json={"expires_in": 60})
    token = made.json()
    async with peer(f"{room}?token={token['token']}") as ana, peer(address) as ben:
        await people.script.delete(f"{people.path}/room-tokens/{token['id']}")
        assert (await closing_of(ana.socket))[0] == 4401
        await ben.write("Still here. ")
        await ben.step()


async def test_a_revoked_invitation_ends_everything_its_person_has_open(
    app: RunningApp, people: Cast, room: str, address: str
) -> None:
    invitation = await invite(people.script, people.session["id"])
    async with participant(app.url, invitation["link"], "Eve") as (eve, _):
        token = await room_token(eve, people.session["id"])
        async with (
            peer(room, **in_browser(app, cookie_of(eve))) as page,
            peer(f"{room}?token={token}") as client,
            peer(address) as other,
        ):
            answer = await people.script.delete(f"{people.path}/invitations/{invitation['id']}")
            assert answer.status_code == 204
            for one in (page, client):
                assert await closing_of(one.socket) == (4403, "you are no longer in this session")
            await other.write("Still here. ")
            await other.step()
        assert (await refusal(room, **in_browser(app, cookie_of(eve))))[0] == 4401
        assert (await refusal(f"{room}?token={token}"))[0] == 4401


async def test_the_guests_of_a_facilitator_who_is_sent_away_go_with_them(
    app: RunningApp, people: Cast, room: str
) -> None:
    invitation = await invite(people.script, people.session["id"], role="facilitator")
    async with participant(app.url, invitation["link"], "Eve") as (eve, _):
        token = await room_token(eve, people.session["id"], subject="eve's script")
        async with peer(f"{room}?token={token}") as guest:
            await people.script.delete(f"{people.path}/invitations/{invitation['id']}")
            assert (await closing_of(guest.socket))[0] == 4403


async def test_signing_out_ends_what_the_browser_has_open(
    app: RunningApp, people: Cast, room: str
) -> None:
    async with (
        signed_in(app.url) as browser,
        peer(room, **in_browser(app, cookie_of(browser))) as page,
    ):
        assert (await browser.post("/api/sign-out")).status_code == 204
        assert (await closing_of(page.socket))[0] == 4401


async def test_who_is_sent_away_while_coming_in_does_not_get_in(
    app: RunningApp, people: Cast, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitation = await invite(people.script, people.session["id"])
    async with participant(app.url, invitation["link"], "Eve") as (eve, _):
        registry = app.services.registry
        opened = registry.open_found

        async def open_slowly(row: Any) -> Any:
            found = await opened(row)
            await people.script.delete(f"{people.path}/invitations/{invitation['id']}")
            return found

        monkeypatch.setattr(registry, "open_found", open_slowly)
        options = in_browser(app, cookie_of(eve))
        assert (await refusal(room, **options))[0] == 1012
        monkeypatch.undo()
        assert (await refusal(room, **options))[0] == 4401


async def test_who_reads_nothing_is_cut_off_and_what_waits_for_them_is_freed(
    app: RunningApp, people: Cast, raw: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sockets, roomsocket):
        monkeypatch.setattr(module, "_GOODBYE_SECONDS", 0.1)
    registry = app.services.registry
    usual = registry.options
    registry.options = dataclasses.replace(usual, slow_seconds=0.0)
    try:
        session = await new_session(people.script)
        token = await room_token(people.script, session["id"])
        here = await registry.of_session(session["id"])
        async with connect(f"{app.ws_url}/{session['room']}?token={token}", max_queue=1) as deaf:
            await deaf.recv()
            deaf.transport.pause_reading()
            (connection,) = here.connections
            channel: Any = connection._channel
            large = Frame(b"\x01" + b"\x00" * 256 * 1024)
            async with asyncio.timeout(PATIENCE):
                while connection.open:  # the kernel takes some megabytes first
                    connection.send(large)
                    connection.tick(asyncio.get_running_loop().time())
                    await asyncio.sleep(0)
                assert channel.buffered() < 4 * 1024 * 1024
                while raw and not channel.gone:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            deaf.transport.abort()
    finally:
        registry.options = usual


async def test_a_room_that_fails_on_a_message_tells_1011_and_the_others_stay(
    people: Cast, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with peer(address) as ana, peer(address) as ben:
        with monkeypatch.context() as patch:

            def broken(self: Connection, message: bytes) -> None:
                raise LookupError("a bug")

            patch.setattr(Connection, "received", broken)
            await ana.socket.send(b"\x03")
            assert (await closing_of(ana.socket))[0] == 1011
        await ben.write("Still here. ")
        await ben.step()


async def test_a_room_that_cannot_be_loaded_is_an_error_and_not_an_empty_statement(
    app: RunningApp, people: Cast
) -> None:
    session = await new_session(people.script)
    here = await app.services.registry.of_session(session["id"])
    number = here.number
    here.close(1012, "for the test")
    app.services.registry._rooms.clear()
    await app.services.database.write(
        lambda s: s.execute(
            text("UPDATE updates SET data = x'0102' WHERE room_id = :room"), {"room": number}
        )
    )
    token = await room_token(people.script, session["id"])
    code, reason = await refusal(f"{app.ws_url}/{session['room']}?token={token}")
    assert code == 4500
    assert "cannot be loaded" in reason
