"""
What was erased is gone: canaries in every kind of place, and a search of every byte of the data folder for them.

`accord serve` and `accord dev-llm` in processes of their own. The search is first shown to find everything.
"""

from __future__ import annotations

import asyncio
import base64
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collab import positions
from collab.document import Document
from collab.messages import STEP2, sync_message
from tests.e2e.canaries import WORDS, found_in, tables_with
from tests.e2e.test_bot_resumes import dev_llm, room_shows, serving
from tests.harness import PATIENCE, ServerProcess, api, participant, server_process
from tests.ingest.files import docx, line, paragraph, pdf
from tests.web.people import Client, new_session
from tests.web.wire import Peer, peer, room_token

ANA = (
    f"The harbour needs a quiet {WORDS['ana']} basin for its anglers. "
    f"Cruise ships stay outside of the old {WORDS['accepted']} pier at night."
)
BEFORE = f"Anglers of the harbour keep the {WORDS['edit']} mole for ever and a day."
BEN = "Buses must run on Sundays. The ferry leaves from the old pier."

#: Where a canary is before it is erased.
EVERYWHERE = {
    "inputs", "documents", "document_texts", "chunks", "chunk_words_data", "updates", "suggestions", "critiques",
    "rounds", "candidates", "model_answers",
}  # fmt: skip

_TUS = {"tus-resumable": "1.0.0"}


@dataclass(slots=True)
class Case:
    """A session in a server process: Ana, whose things are erased, and Ben."""

    server: ServerProcess
    script: Client
    ana: Client
    ben: Client
    session: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/api/sessions/{self.session['id']}"

    async def give(self, who: Client, text: str) -> str:
        given = await who.post(f"{self.path}/inputs", json={"text": text, "quote": "named"})
        assert given.status_code == 201, given.text
        return str(given.json()["id"])

    async def upload(self, name: str, data: bytes) -> str:
        """Give a file as Ana and wait until it is read."""
        told = f"filename {base64.b64encode(name.encode()).decode()}"
        made = await self.ana.post(
            f"{self.path}/uploads",
            headers={
                **_TUS,
                "upload-length": str(len(data)),
                "upload-metadata": told,
                "content-type": "application/offset+octet-stream",
            },
            content=data,
        )
        assert made.status_code == 201, made.text
        ident = made.headers["location"].rsplit("/", 1)[1]
        found = await self.until(
            f"documents/{ident}", lambda it: it.get("status") in ("ready", "failed"), self.ana
        )
        assert found["status"] == "ready", found
        return ident

    async def until(
        self, path: str, enough: Callable[[Any], bool], who: Client | None = None
    ) -> Any:
        """Ask until the answer is enough."""
        async with asyncio.timeout(3 * PATIENCE):
            while True:
                found = (await (who or self.script).get(f"{self.path}/{path}".rstrip("/"))).json()
                if enough(found):
                    return found
                await asyncio.sleep(0.02)

    async def run(self, path: str, **fields: Any) -> None:
        """Set the bot to work and wait until it is through."""
        started = await self.script.post(f"{self.path}/{path}", json=fields)
        assert started.status_code == 202, started.text
        await self.run_ended(started.json()["id"])

    async def run_ended(self, ident: str) -> dict[str, Any]:
        ended = ("done", "failed")
        found = await self.until("", lambda it: it["run"]["status"] in ended)
        assert (found["run"]["id"], found["run"]["status"]) == (ident, "done"), found["run"]
        run: dict[str, Any] = found["run"]
        return run

    async def suggestions(self) -> list[dict[str, Any]]:
        found = (await self.script.get(f"{self.path}/suggestions")).json()
        made: list[dict[str, Any]] = found["suggestions"]
        return made

    async def with_word(self, word: str) -> dict[str, Any]:
        """Return the suggestion that holds a canary."""
        return next(one for one in await self.suggestions() if WORDS[word] in one["text"])

    async def erased(self) -> list[dict[str, Any]]:
        """Wait until all that Ana has asked for is done."""
        found = await self.until(
            "erasures", lambda it: all(one["status"] == "done" for one in it["erasures"]), self.ana
        )
        made: list[dict[str, Any]] = found["erasures"]
        return made

    @asynccontextmanager
    async def in_room(self) -> AsyncIterator[Peer]:
        token = await room_token(self.script, self.session["id"])
        async with peer(f"{self.server.ws_url}/{self.session['room']}?token={token}") as client:
            yield client

    async def write(self, text: str, before: str = "\n") -> None:
        """Type into the statement, before something that stands there."""
        async with self.in_room() as client:
            update = client.document.edit(
                lambda it: positions.insert(it.statement, client.text.index(before), text)
            )
            await self._send(client, update)

    async def take_out(self, text: str) -> None:
        """Delete something from the statement, as people do."""
        async with self.in_room() as client:
            at = client.text.index(text)
            update = client.document.edit(
                lambda it: positions.delete(it.statement, at, at + len(text))
            )
            await self._send(client, update)

    async def _send(self, client: Peer, update: bytes) -> None:
        await client.socket.send(sync_message(2, update))
        await client.ask_saved(1)
        await client.until(lambda: bool(client.saved))
        assert client.denials == []


@asynccontextmanager
async def case(server: ServerProcess) -> AsyncIterator[Case]:
    """Make the session, and let Ana and Ben in."""
    async with AsyncExitStack() as stack:
        script = await stack.enter_async_context(api(server.url))
        session = await new_session(script)
        links = [one["link"] for one in session["invitations"]]
        people = [
            (await stack.enter_async_context(participant(server.url, link, name)))[0]
            for link, name in zip(links, ("Ana", "Ben"), strict=True)
        ]
        yield Case(server, script, people[0], people[1], session)


async def furnish(it: Case) -> tuple[str, list[str]]:
    """Let Ana's words get everywhere they can get; return her input and her documents."""
    own = await it.give(it.ana, BEFORE)
    await it.give(it.ben, BEN)
    for who in (it.ana, it.ben):
        assert (await who.put(f"{it.path}/consent", json={"predictable": True})).status_code == 200
    await it.run("refine")
    rejected = await it.with_word("edit")
    reject = await it.ben.post(f"{it.path}/suggestions/{rejected['id']}/reject")
    assert reject.status_code == 200, reject.text
    changed = await it.ana.patch(f"{it.path}/inputs/{own}", json={"text": ANA})
    assert changed.status_code == 200, changed.text
    files = [
        await it.upload(
            "harbour.pdf",
            pdf(line(f"The harbour basin of the anglers has a {WORDS['paper']} wall.")),
        ),
        await it.upload(
            f"{WORDS['name']}.docx",
            docx(
                paragraph(f"Buses and the ferry meet at the {WORDS['slides']} pier on Sundays.")
                + paragraph(f"The {WORDS['hidden']} größe of ships is known. 港湾の大きさ。")
            ),
        ),
    ]
    await it.run("refine")
    accepted = await it.with_word("accepted")
    accept = await it.ben.post(f"{it.path}/suggestions/{accepted['id']}/accept")
    assert accept.status_code == 200, accept.text
    place = {name: accept.json()[name] for name in ("start", "end")}
    objection = {"text": "Why at night?", "visibility": "open", "quote": accepted["text"], **place}
    said = await it.ben.post(f"{it.path}/critiques", json=objection)
    assert said.status_code == 201, said.text
    await it.until("", lambda found: found["run"]["trigger"] == "critique")
    await it.until("", lambda found: found["run"]["status"] in ("done", "failed"))
    moved = await it.script.post(f"{it.path}/phase", json={"phase": "drafting"})
    assert moved.status_code == 200, moved.text
    await it.run("rounds", candidates=2)
    return own, files


async def test_nothing_of_what_was_erased_is_left_in_any_byte_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    every = list(WORDS.values())
    with dev_llm(0.002) as (_, llm), serving(folder, llm) as server:
        async with case(server) as it:
            own, files = await furnish(it)
            await it.write("Ben has typed this. ")
            before = found_in(folder, *every)
            assert set(before) == set(every), "a canary got nowhere: the search proves nothing"
            assert len(set().union(*before.values()) - {"accord.db", "jobs.db"}) >= 4
            assert tables_with(folder / "accord.db", *every) >= EVERYWHERE
            assert tables_with(folder / "jobs.db", *every) == {"operation_outputs"}

            started = (await it.script.post(f"{it.path}/refine")).json()  # it reads all of it
            asked = await it.ana.post(f"{it.path}/inputs/{own}/erase")
            assert asked.status_code == 202, asked.text
            assert WORDS["ana"] not in (await it.ana.get(f"{it.path}/inputs")).text
            for one in files:
                assert (await it.ana.delete(f"{it.path}/documents/{one}")).status_code == 204
            assert (await it.script.get(f"{it.path}/documents")).json()["documents"] == []
            await it.erased()
            await it.run_ended(started["id"])

            # One sentence stands in the statement: it is the group's, with all else gone.
            assert set(found_in(folder, *every)) == {WORDS["accepted"]}
            found = await it.with_word("accepted")
            assert found["status"] == "accepted"
            assert [one["quote"] for one in found["sources"]] == [None]
            (told,) = [one for one in await it.erased() if one["id"] == own]
            assert told["found"]["in_statement"] == 1
            assert told["may_remain"][0]["where"] == "statement"

            await it.take_out(found["text"])
            assert (await it.ana.post(f"{it.path}/erasures/{own}/again")).status_code == 202
            (told,) = [one for one in await it.erased() if one["id"] == own]
            assert told["found"]["in_statement"] == 0
            assert found_in(folder, *every) == {}, "while it runs"

            await check_what_others_did(it)
        await asyncio.to_thread(server.stop)
    assert found_in(folder, *every) == {}, "after it has stopped"


async def check_what_others_did(it: Case) -> None:
    """Ben's words are there, in the statement, among the suggestions and in the round, which can be counted."""
    async with it.in_room() as client:
        assert client.text.count("Ben has typed this.") == 1
    assert any("Buses must run" in one["text"] for one in await it.suggestions())
    (one,) = (await it.script.get(f"{it.path}/rounds")).json()["rounds"]
    assert any("Buses must run" in made["text"] for made in one["candidates"])
    closed = await it.script.post(f"{it.path}/rounds/{one['id']}/close")
    assert closed.status_code == 200, closed.text
    shown = await room_shows(it.server, it.script, it.session)
    rows = {one["id"] for one in await it.suggestions()}
    assert set(shown) <= rows
    bundle = await it.script.get(f"{it.path}/audit-bundle")
    assert bundle.status_code in (200, 404), bundle.text


async def test_who_was_away_merges_as_if_nothing_had_been_erased(tmp_path: Path) -> None:
    """Also what they wrote into a sentence that was deleted and rebuilt away meanwhile."""
    folder = tmp_path / "data"
    with server_process(folder) as server:
        async with case(server) as it:
            own = await it.give(it.ana, ANA)
            await it.run("refine")
            accepted = await it.with_word("accepted")
            await it.ben.post(f"{it.path}/suggestions/{accepted['id']}/accept")
            await it.write("First. Last. ")
            async with it.in_room() as client:
                away = Document(client_id=77_777, state=client.document.encode())
                text = client.text
            away.edit(lambda doc: positions.insert(doc.statement, text.index("Last."), "Middle. "))
            inside = text.index(WORDS["accepted"]) + 4
            away.edit(lambda doc: positions.insert(doc.statement, inside + 8, "(inside)"))
            await it.take_out(accepted["text"])
            await it.ana.post(f"{it.path}/inputs/{own}/erase")
            await it.erased()
            assert found_in(folder, *WORDS.values()) == {}
            async with it.in_room() as client:  # its whole state, as a browser's disk gives it back
                await client.socket.send(sync_message(STEP2, away.encode()))
                await client.until(lambda: "Middle." in client.text)
                assert client.denials == []
            async with it.in_room() as client:
                assert "First. Middle. Last." in client.text
                assert client.text.count("(inside)") == client.text.count("Middle.") == 1
                away.apply(client.document.encode())
                assert positions.measure(away.statement).text == client.text
            assert found_in(folder, *WORDS.values()) == {}, "what was away did not bring it back"
        await asyncio.to_thread(server.stop)
    assert found_in(folder, *WORDS.values()) == {}


def stage(folder: Path) -> tuple[bool, bool]:
    """Return whether the erasure has found all copies, and whether it is done."""
    with closing(sqlite3.connect(folder / "accord.db", timeout=10)) as database:
        query = "SELECT cleaned_at IS NOT NULL, done_at IS NOT NULL FROM erasures"
        cleaned, done = database.execute(query).fetchone()
    return bool(cleaned), bool(done)


async def test_an_erasure_that_is_killed_goes_on_and_comes_to_its_end(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with server_process(folder) as server:
        port = int(server.url.rsplit(":", 1)[1])
        async with case(server) as it:
            own = await it.give(it.ana, ANA)
            await it.give(it.ben, BEN)
            await it.run("refine")
            session = it.session
            with closing(sqlite3.connect(folder / "accord.db", timeout=10)) as database:
                asking = asyncio.create_task(it.ana.post(f"{it.path}/inputs/{own}/erase"))
                assert (await asking).status_code == 202
                database.execute("BEGIN IMMEDIATE")  # nothing is written any more
                await asyncio.to_thread(server.kill)
        assert stage(folder) == (False, False), "it was too fast to be killed"
    with server_process(folder, port=port) as server:
        async with asyncio.timeout(PATIENCE):
            while not stage(folder)[0]:  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.005)
        await asyncio.to_thread(server.kill)
    with server_process(folder, port=port) as server:
        async with asyncio.timeout(2 * PATIENCE):
            while not stage(folder)[1]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert found_in(folder, *WORDS.values()) == {}
        async with api(server.url) as script:
            found = (await script.get(f"/api/sessions/{session['id']}/suggestions")).json()
            texts = [one["text"] for one in found["suggestions"] if one["status"] == "open"]
            assert texts
            assert all("Buses" in one or "ferry" in one for one in texts)
        await asyncio.to_thread(server.stop)
    assert found_in(folder, *WORDS.values()) == {}
