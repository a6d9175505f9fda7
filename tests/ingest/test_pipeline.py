"""`ingest.pipeline` with its real parts: jobs, database, files, processes, and a small model."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from ingest.embedders.local import open_folder
from ingest.embedding import Floats, Purpose
from ingest.errors import EmbeddingFailed
from ingest.uploads import incoming
from store import audit, documents, erasures, passages, sessions
from store.models import Document
from store.search import Hit
from store.testing import Place, a_place
from tests.harness import PATIENCE
from tests.ingest.files import line, pdf
from tests.ingest.models import make_model
from tests.ingest.works import Works, works

TEXT = """# Harbour

The port should grow slowly. Ships must not wait.

## Money

The budget is small.
"""


class Moody:
    """A model that fails on demand, around a real one."""

    def __init__(self, folder: Path, *failures: EmbeddingFailed) -> None:
        self._real = open_folder(folder)
        self.model = self._real.model
        self.external = False
        self.max_tokens = self._real.max_tokens
        self.failures = list(failures)
        self.asked = 0

    def count(self, texts: Sequence[str]) -> list[int]:
        return self._real.count(texts)

    async def embed(self, texts: Sequence[str], purpose: Purpose) -> Floats:
        self.asked += len(texts)
        if self.failures:
            raise self.failures.pop(0)
        return await self._real.embed(texts, purpose)

    async def close(self) -> None:
        await self._real.close()


async def _search(found: Works, place: Place, query: str) -> list[Hit]:
    return await found.search.search(
        place.session,
        query,
        viewer=documents.BOT,
        meaning=await found.ingest.meaning(place.session, query),
    )


async def test_a_file_becomes_passages_that_lead_back_to_their_places(tmp_path: Path) -> None:
    async with works(tmp_path) as found:
        place = await found.database.write(a_place)
        row = await found.take(place, TEXT.encode(), name="../report.md")
        assert (row.status, row.percent, row.kind) == ("ready", 100, "markdown")
        assert (row.name, row.size) == ("report.md", len(TEXT))
        assert row.model is None
        (hit,) = await _search(found, place, "ships")
        kept = await found.database.read(documents.text_of, row.id)
        assert kept.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert hit.passage.headings == ["Harbour"]
        assert hit.passage.places[-1] == {"kind": "under", "headings": ["Harbour"]}
        assert [one.action for one in await found.database.read(audit.entries, place.session)] == [
            "document.given"
        ]


async def test_a_passage_knows_the_page_it_is_on(tmp_path: Path) -> None:
    async with works(tmp_path) as found:
        place = await found.database.write(a_place)
        await found.take(place, pdf(line("The harbour grows."), pages=1), name="a.pdf")
        (hit,) = await _search(found, place, "harbour")
        (spot,) = hit.passage.places
        assert (spot["kind"], spot["number"]) == ("page", 1)
        assert len(spot["box"]) == 4


async def test_with_a_model_meaning_is_searched_too(tmp_path: Path) -> None:
    embedder = open_folder(make_model(tmp_path / "tiny"))
    async with works(tmp_path / "data", embedder) as found:
        place = await found.database.write(a_place)
        row = await found.take(place, TEXT.encode())
        assert row.model == embedder.model
        (first, *_) = await _search(found, place, "vessel")
        assert "Ships" in first.passage.text
        assert first.found_by == ("meaning",)


async def test_progress_is_told_and_only_goes_forward(tmp_path: Path) -> None:
    async with works(tmp_path) as found:
        place = await found.database.write(a_place)
        await found.take(place, pdf(line("Hello."), pages=50), name="a.pdf")
        assert found.told[0][1] in ("uploaded", "processing")
        assert found.told[-1][1:] == ("ready", 100)
        percents = [percent for _, _, percent in found.told]
        assert percents == sorted(percents)


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.txt", "empty"),
        (b"GIF89a" + bytes(100), "a.pdf", "not-accepted"),
        (b"%PDF-1.4\n", "a.pdf", "damaged"),
        (b"word " * 5000, "a.txt", "excessive"),
    ],
)
async def test_what_cannot_be_read_fails_with_a_reason_and_the_next_is_read(
    tmp_path: Path, data: bytes, name: str, reason: str
) -> None:
    async with works(tmp_path, max_chars=10_000) as found:
        place = await found.database.write(a_place)
        row = await found.take(place, data, name=name)
        assert (row.status, row.reason) == ("failed", reason)
        assert row.message.endswith(".")
        row = await found.take(place, b"The harbour.", name="b.txt", ident="two")
        assert row.status == "ready"


async def test_a_model_that_recovers_is_asked_again(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "tiny")
    again = [EmbeddingFailed("busy", again=True, retry_after=0), EmbeddingFailed("", again=True)]
    embedder = Moody(folder, *again)
    async with works(tmp_path / "data", embedder) as found:
        place = await found.database.write(a_place)
        row = await found.take(place, TEXT.encode())
        assert (row.status, row.model, row.message) == ("ready", embedder.model, "")


async def test_without_its_model_a_document_is_found_by_words_and_says_so(tmp_path: Path) -> None:
    embedder = Moody(make_model(tmp_path / "tiny"), EmbeddingFailed("the key is no good"))
    async with works(tmp_path / "data", embedder) as found:
        place = await found.database.write(a_place)
        row = await found.take(place, TEXT.encode())
        assert (row.status, row.model) == ("ready", None)
        assert "by its words only" in row.message
        assert await _search(found, place, "ships")


async def test_documents_of_another_model_are_embedded_anew_at_the_start(tmp_path: Path) -> None:
    async with works(tmp_path / "data") as found:
        place = await found.database.write(a_place)
        await found.take(place, TEXT.encode())
    for name in ("first", "second"):
        embedder = Moody(make_model(tmp_path / name))
        async with works(tmp_path / "data", embedder) as found:
            await _embedded(found, "one", embedder.model)
            number, _ = await found.database.read(
                passages.vectors_state, place.session, embedder.model
            )
            assert number == await found.database.read(passages.count, "one") == embedder.asked
    async with works(tmp_path / "data", Moody(tmp_path / "second")) as found:
        former = Moody(tmp_path / "first").model
        assert await found.database.read(passages.vectors_state, place.session, former) == (0, 0)


async def _embedded(found: Works, ident: str, model: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await _row(found, ident)).model != model:  # noqa: ASYNC110 - told or not by now
            await asyncio.sleep(0.01)


async def _row(found: Works, ident: str) -> Document:
    row = await found.database.read(documents.find, ident)
    assert row is not None
    return row


async def _erase(found: Works, place: Place, ident: str) -> None:
    await found.database.write(
        erasures.ask_document, ident, session_id=place.session, participant_id=place.person
    )
    await found.ingest.forget(ident)


async def test_a_removed_document_leaves_no_file_row_or_word(tmp_path: Path) -> None:
    async with works(tmp_path) as found:
        place = await found.database.write(a_place)
        row = await found.take(place, TEXT.encode())
        await _erase(found, place, row.id)
        assert await _search(found, place, "ships") == []
        assert list((tmp_path / "files").iterdir()) == list((tmp_path / "spool").iterdir()) == []
        actions = [one.action for one in await found.database.read(audit.entries, place.session)]
        assert actions == ["document.given", "document.erased"]


async def test_what_came_by_an_address_of_its_own_goes_with_it(tmp_path: Path) -> None:
    """A kill after a document was made of it, and before it was deleted, leaves it behind."""

    async def pieces() -> AsyncIterator[bytes]:
        yield TEXT.encode()

    async with works(tmp_path) as found:
        place = await found.database.write(a_place)
        row = await found.take(place, TEXT.encode())
        await found.blobs.receive(incoming(row.id), pieces())
        await _erase(found, place, row.id)
        assert list((tmp_path / "files" / "incoming").iterdir()) == []


async def test_a_document_removed_while_it_is_read_stays_removed(tmp_path: Path) -> None:
    async with works(tmp_path) as found:
        place = await found.database.write(a_place)
        upload = await found.give(place, pdf(line("Hello."), pages=300), name="a.pdf")
        row = await found.ingest.take(upload)
        await found.until(row.id, "processing")
        await _erase(found, place, row.id)
        assert not await found.jobs.is_alive("ingest", row.id)
        assert list((tmp_path / "files").iterdir()) == []
        assert await found.database.read(documents.find, row.id) is None


async def test_chunks_cut_again_take_the_place_of_the_first(tmp_path: Path) -> None:
    """A step that is repeated after an update may cut elsewhere."""
    async with works(tmp_path) as found:
        place = await found.database.write(a_place)
        row = await found.take(place, b"The port should grow slowly. " * 40, name="a.txt")
        first = await found.database.read(passages.count, row.id)
        found.ingest._max_tokens = 200
        await found.ingest._cut(row.id)
        assert 1 < await found.database.read(passages.count, row.id) < first
        chunks = await found.database.read(passages.without_vector, row.id, "m", 100)
        assert all(one.end <= other.start for one, other in pairwise(chunks))


async def test_taking_twice_is_one_document(tmp_path: Path) -> None:
    async with works(tmp_path) as found:
        place = await found.database.write(a_place)
        upload = await found.give(place, TEXT.encode())
        await asyncio.gather(found.ingest.take(upload), found.ingest.take(upload))
        await found.ended("one")
        every = await found.database.read(documents.of_session, place.session, documents.BOT)
        assert len(every) == 1
        assert await found.database.read(passages.count, "one") == 2


@pytest.mark.parametrize(
    "step",
    [
        "hand over",
        "take",
        "_read before",
        "_read after",
        "_cut before",
        "_cut after",
        "_embed after",
        "_open before",
        "_open after",
    ],
)
async def test_a_server_killed_at_any_step_goes_on_and_does_nothing_twice(
    tmp_path: Path, step: str
) -> None:
    await asyncio.to_thread(_start_and_kill, tmp_path, step)
    async with works(tmp_path) as found:
        row = await found.ended("one")
        assert row.status == "ready"
        assert await found.database.read(passages.count, "one") == 1
        hits = await found.search.search(row.session_id, "harbour", viewer=documents.BOT)
        assert [hit.passage.text for hit in hits] == ["Harbour\n\nIt grows slowly."]
        async with found.blobs.local("one") as path:
            assert path.read_bytes() == b"# Harbour\n\nIt grows slowly.\n"
        actions = [one.action for one in await found.database.read(audit.entries, row.session_id)]
        assert actions == ["document.given"]


@pytest.mark.parametrize("step", ["amid _read", "amid _cut", "amid _embed"])
async def test_a_server_killed_amid_a_step_has_every_passage_once(
    tmp_path: Path, step: str
) -> None:
    await asyncio.to_thread(_start_and_kill, tmp_path, step)
    embedder = open_folder(make_model(tmp_path / "tiny")) if step == "amid _embed" else None
    async with works(tmp_path, embedder) as found:
        row = await found.ended("one")
        assert row.status == "ready"
        kept = await found.database.read(documents.text_of, "one")
        assert await found.database.read(passages.count, "one") == 6
        hits = await found.search.search(row.session_id, "harbour", viewer=documents.BOT, limit=20)
        assert len({hit.passage.start for hit in hits}) == len(hits) == 6
        assert all(
            kept.text[hit.passage.start : hit.passage.end] == hit.passage.text for hit in hits
        )
        if embedder is not None:
            number, _ = await found.database.read(
                passages.vectors_state, row.session_id, embedder.model
            )
            assert number == 6


def _start_and_kill(folder: Path, step: str) -> None:
    command = [sys.executable, "-m", "tests.ingest.works", str(folder), step]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        process.kill()


async def test_a_query_without_words_has_no_meaning(tmp_path: Path) -> None:
    embedder = Moody(make_model(tmp_path / "tiny"))
    async with works(tmp_path / "data", embedder) as found:
        place = await found.database.write(a_place)
        assert await found.ingest.meaning(place.session, "  ") is None
        assert await found.ingest.model_of(place.session) == found.ingest.model == embedder.model


async def test_a_session_without_external_ai_sends_nothing_to_another_server(
    tmp_path: Path,
) -> None:
    embedder = Moody(make_model(tmp_path / "tiny"))
    embedder.external = True
    async with works(tmp_path / "data", embedder) as found:
        place = await found.database.write(a_place)
        await found.database.write(sessions.set_privacy, place.session, external_ai=False)
        row = await found.take(place, TEXT.encode(), name="report.md")
        assert (row.status, row.model, row.message) == ("ready", None, "")
        assert await found.ingest.meaning(place.session, "harbour") is None
        assert await found.ingest.model_of(place.session) is None
        assert await _search(found, place, "harbour")
        assert embedder.asked == 0
        await found.database.write(_allow, place.session)
        other = await found.take(place, TEXT.encode(), ident="two")
        assert (other.status, other.message) == ("ready", "")
        assert (other.model, embedder.asked > 0) == (embedder.model, True)


def _allow(session: Session, ident: str) -> None:
    sessions.get(session, ident).external_ai = True
