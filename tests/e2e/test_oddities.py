"""What honest people do that looks odd on the wire: it is not refused, or alone and with a reason."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pycrdt import Text

from tests.e2e.clients import YClient, node
from tests.e2e.test_hostile import Place, make_place
from tests.e2e.test_kill import no_commits
from tests.e2e.test_npm_clients import VERSIONS
from tests.e2e.typists import Typist, check_everything_is_there_once, newcomer, typing
from tests.harness import NEW_SESSION, PATIENCE, ServerProcess, api, server_process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all of this; each test has a room of its own."""
    with server_process(tmp_path_factory.mktemp("odd") / "data") as running:
        yield running


def stored_updates(server: ServerProcess) -> int:
    with closing(sqlite3.connect(server.folder / "accord.db")) as database:
        return int(database.execute("SELECT count(*) FROM updates").fetchone()[0])


async def test_two_tabs_of_one_person_are_two_clients_and_one_person(server: ServerProcess) -> None:
    place = await make_place(server, "ana")
    tabs = [Typist(place.url("ana"), f"tab{n}", 0x10 + n) for n in range(2)]
    async with typing(tabs, per_second=30):
        for tab in tabs:
            await tab.until(lambda tab=tab: tab.saved > 20)  # type: ignore[misc]
    await check_everything_is_there_once(place.url("ana"), tabs)


@pytest.mark.usefixtures("npm_clients")
@VERSIONS
async def test_two_people_on_one_browser_share_a_document_and_keep_their_sockets(
    version: int, server: ServerProcess
) -> None:
    """Stock clients hand each other everything by BroadcastChannel, also what the server has not seen."""
    place = await make_place(server, "ana", "ben", "cleo")
    async with node("clients.mjs") as js:
        for name in ("ana", "ben"):
            await js.call(
                "open",
                name=name,
                version=version,
                url=server.ws_url,
                room=place.room,
                params={"token": place.tokens[name]},
                sharing=True,
            )
            await js.call("synced", name=name)
        await js.call("type", name="ana", at=0, words="one ")
        await js.call("textIs", name="ben", words="one \n")
        async with newcomer(place.url("cleo")) as cleo:
            await cleo.until(lambda: str(cleo.text) == "one \n")
            await js.call("dropSocket", name="ana")
            await js.call("disconnected", name="ana")
            await js.call("type", name="ana", at=-1, words="two ")
            await js.call("textIs", name="ben", words="one two \n")  # by the browser alone
            await js.call("dropSocket", name="ben")
            await js.call("disconnected", name="ben")
            await js.call("connect", name="ben")
            await js.call("synced", name="ben")
            await js.call("warned", words="belongs to somebody else")
            await js.call("type", name="ben", at=0, words="ben's own ")
            await cleo.until(lambda: str(cleo.text) == "ben's own one \n")
            assert (await js.call("statuses", name="ben"))[-1] == "connected"
            await js.call("connect", name="ana")
            await cleo.until(lambda: str(cleo.text) == "ben's own one two \n")
        for name in ("ana", "ben"):
            await js.call("textIs", name=name, words="ben's own one two \n")


def expires_in_a_second(server: ServerProcess, token: str) -> None:
    """Tokens are good for ten seconds at least; a test does not wait so long."""
    soon = (datetime.now(UTC) + timedelta(seconds=1)).replace(tzinfo=None).isoformat(" ")
    with closing(sqlite3.connect(server.folder / "accord.db", timeout=5)) as database, database:
        database.execute("UPDATE room_tokens SET expires_at = ? WHERE id = ?", (soon, token))


async def test_a_token_that_expires_is_renewed_and_the_client_goes_on(
    server: ServerProcess,
) -> None:
    async with api(server.url) as script:
        session = (await script.post("/api/sessions", json=NEW_SESSION)).json()["id"]
        address = f"/api/sessions/{session}/room-tokens"
        wish = {"role": "participant", "subject": "ana"}
        short = (await script.post(address, json={**wish, "expires_in": 10})).json()
        expires_in_a_second(server, short["id"])
        ana = YClient(f"{server.ws_url}/{short['room']}?token={short['token']}", 0x10)
        await ana.connect()
        await ana.edit(lambda text: text.insert(0, "one "))
        await ana.until(lambda: ana.close_code is not None)
        assert (ana.close_code, ana.saved) == (4401, 1)
        await ana.edit(lambda text: text.insert(4, "two "))  # offline, under the same client id
        renewed = (await script.post(address, json={**wish, "expires_in": 60})).json()
        ana.url = f"{server.ws_url}/{renewed['room']}?token={renewed['token']}"
        await ana.connect()
        await ana.until(lambda: ana.saved == 2)
        assert ana.denied == []
        await ana.disconnect()
        async with newcomer(ana.url) as again:
            assert str(again.text) == "one two \n"


@pytest.mark.usefixtures("npm_clients")
@VERSIONS
async def test_what_is_undone_and_done_again_is_so_for_everybody(
    version: int, server: ServerProcess
) -> None:
    place = await make_place(server, "ana", "ben")
    async with node("clients.mjs") as js, newcomer(place.url("ben")) as ben:
        await js.call(
            "open",
            name="ana",
            version=version,
            url=server.ws_url,
            room=place.room,
            params={"token": place.tokens["ana"]},
        )
        await js.call("synced", name="ana")
        await js.call("undoable", name="ana")
        for words in ("one ", "two ", "drei 😀 "):
            await js.call("type", name="ana", at=0, words=words)
        for do, words in (
            ("undo", "two one \n"),
            ("undo", "one \n"),
            ("redo", "two one \n"),
            ("redo", "drei 😀 two one \n"),
        ):
            await js.call(do, name="ana")
            await ben.until(lambda words=words: str(ben.text) == words)  # type: ignore[misc]
        await ben.edit(lambda text: text.insert(0, "ben "))
        await js.call("textIs", name="ana", words="ben drei 😀 two one \n")
        for _ in range(3):
            await js.call("undo", name="ana")
        await ben.until(lambda: str(ben.text) == "ben \n")
        assert await js.call("statuses", name="ana") == ["connected"]


async def test_fifty_who_bring_an_old_document_write_nothing_into_the_log(
    server: ServerProcess,
) -> None:
    """Their answer to Step 1 is the whole delete set, however old."""
    place = await make_place(server, "ana", "ben")
    ana = YClient(place.url("ana"), 0x10)
    await ana.connect()
    await ana.until(lambda: ana.synced)
    await ana.edit(lambda text: text.insert(0, "ab" * 14_000))
    for at in range(0, 14_000, 1000):  # whoever says nothing for long is taken to be gone
        await ana.edit(partial(delete_every_second, at=at, times=1000))
    await ana.until(lambda: ana.saved == 15)
    old = ana.doc.get_update(ana.doc.get_state())  # no structs, only what is deleted
    assert len(old) > 40_000
    stored, everything = stored_updates(server), ana.doc.get_update()
    received: list[int] = []
    people = [Counting(place.url("ben"), 0x1000 + n, received) for n in range(50)]
    for at in range(0, 50, 10):  # a person has 16 connections
        coming = people[at : at + 10]
        for person in coming:
            person.doc.apply_update(everything)
            await person.connect()
        for person in coming:
            await person.until(lambda person=person: person.synced)  # type: ignore[misc]
            await person.edit(lambda text: text.insert(0, "!"))
            await person.until(lambda person=person: person.saved == 1)  # type: ignore[misc]
        for person in coming:
            await person.disconnect()
    assert stored_updates(server) == stored + 50
    assert max(received) < 60_000, "an answer was sent on to others"
    assert sum(size > 10_000 for size in received) == 50  # everybody's own first answer
    await ana.until(lambda: str(ana.text).count("!") == 50)
    await ana.disconnect()


def delete_every_second(text: Text, at: int, times: int) -> None:
    for index in range(at, at + times):
        del text[index + 1]


class Counting(YClient):
    """Notes how large every message is that it gets."""

    def __init__(self, url: str, client_id: int, received: list[int]) -> None:
        super().__init__(url, client_id)
        self._received = received

    async def _take(self, socket, data: bytes) -> None:  # type: ignore[no-untyped-def]
        self._received.append(len(data))
        await super()._take(socket, data)


async def test_550_edits_of_one_author_inside_one_commit_are_all_taken(
    server: ServerProcess,
) -> None:
    """Each builds on the one before, of which nothing is applied yet."""
    place: Place = await make_place(server, "ana", "ben")
    ana = Typist(place.url("ana"), "ana", 0x10)
    await ana.connect()
    await ana.until(lambda: ana.synced)
    stored = stored_updates(server)
    with no_commits(server.folder):
        async with asyncio.timeout(PATIENCE):
            for _ in range(550):
                await ana.type_one()
        await asyncio.sleep(0.3)
        assert ana.saved == 0
    await ana.all_saved()
    assert (ana.denied, ana.close_code) == ([], None)
    assert stored_updates(server) == stored + 550
    await ana.disconnect()
    await check_everything_is_there_once(place.url("ben"), [ana])
