"""
Search among 100,000 passages, on SQLite and on Postgres: ``.venv/bin/python bench/search.py``.

Questions go to one and to the other in turns of forty: an installation has one of them, and the other's vectors are not
in its processor's cache.

Passages of 100 words, drawn as words are in books (the n-th most frequent one 1/n as often); questions of five words of
one passage, frequent ones among them; 384 dimensions. One session has 97,000 passages, a hundred others the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import URL, create_engine, text

sys.path.insert(0, str(Path(__file__).parent.parent))

from store import documents, migrations, passages
from store.database import Database
from store.documents import BOT, DocumentStatus
from store.models import Chunk, Document
from store.passages import NewChunk
from store.postgres import PostgresDatabase
from store.search import Search
from store.testing import a_place
from store.vectors import Meaning
from store.vectors_postgres import Halfvecs
from tests.store import postgres

DIM, WORDS, OF_DOCUMENT = 384, 100, 500

#: Questions that go to one database before the other gets its turn.
OF_TURN = 40

GOALS = {"SQLite": 60, "Postgres": 15}


class Corpus:
    """What is searched, the same for both."""

    def __init__(self, count: int, small: int) -> None:
        random = np.random.default_rng(1)
        self.vocabulary = np.array([_word(at) for at in range(30_000)], dtype=object)
        odds = 1 / np.arange(1, len(self.vocabulary) + 1)
        self.rows = random.choice(len(odds), size=(count, WORDS), p=odds / odds.sum())
        centres = random.normal(size=(500, DIM))
        made = centres[random.integers(500, size=count)] + random.normal(size=(count, DIM))
        self.vectors = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype("<f4")
        others = count // 33
        self.sessions = [(0, count - others)] + [
            (count - others + at * others // small, count - others + (at + 1) * others // small)
            for at in range(small)
        ]

    def text(self, at: int) -> str:
        """Return a passage."""
        return " ".join(self.vocabulary[self.rows[at]]) + "."

    def questions(self, count: int, session: int) -> list[tuple[str, Meaning]]:
        """Return questions about a session."""
        random = np.random.default_rng(2 + session)
        found = []
        for at in random.integers(*self.sessions[session], size=count):
            words = self.vocabulary[random.choice(self.rows[at], 5, replace=False)]
            vector = self.vectors[at] + 0.3 * random.normal(size=DIM) / DIM**0.5
            vector /= np.linalg.norm(vector)
            found.append((" ".join(words), Meaning("bench", vector.astype(np.float32))))
        return found


def _word(at: int) -> str:
    syllables, rest = "", at + 1
    while rest:
        syllables += "bcdfghklmnprstvz"[rest % 16] + "aeiou"[rest // 16 % 5]
        rest //= 80
    return syllables + "nrtxq"[at % 5]


async def fill(database: Any, corpus: Corpus) -> list[str]:
    """Put everything in; return the sessions' ids."""
    idents = []
    for start, end in corpus.sessions:
        place = await database.write(a_place, f"Ana {start}")
        idents.append(place.session)
        for first in range(start, end, OF_DOCUMENT):
            await database.write(_give, corpus, place, first, min(first + OF_DOCUMENT, end))
    return idents


def _give(session: Any, corpus: Corpus, place: Any, first: int, end: int) -> None:
    ident = f"document-{first}"
    documents.add(
        session,
        ident=ident,
        session_id=place.session,
        participant_id=place.person,
        name="report.pdf",
        size=1,
        sha256="0" * 64,
    ).status = DocumentStatus.READY.value
    document = session.get_one(Document, ident)
    passages.add(
        session, document, [NewChunk(at, at + 1, corpus.text(at)) for at in range(first, end)]
    )
    query = session.query(Chunk.id).where(Chunk.document_id == ident).order_by(Chunk.start)
    vectors = [
        (row.id, corpus.vectors[at].tobytes())
        for row, at in zip(query, range(first, end), strict=True)
    ]
    passages.add_vectors(session, session_id=place.session, model="bench", dim=DIM, vectors=vectors)


async def measure(
    searches: dict[str, tuple[Search, list[str]]], corpus: Corpus, rounds: int, session: int
) -> dict[str, list[float]]:
    """Ask both, in turns; return milliseconds."""
    took: dict[str, list[float]] = {name: [] for name in searches}
    questions = corpus.questions(rounds + 5, session)
    for first in range(5, rounds + 5, OF_TURN):
        for name, (search, idents) in searches.items():
            # The first five read the matrix, and bring back what the other has driven away.
            await ask(search, idents[session], questions[:5])
            took[name] += await ask(search, idents[session], questions[first : first + OF_TURN])
    return took


async def ask(
    search: Search, session: str, questions: Sequence[tuple[str, Meaning]]
) -> list[float]:
    """Ask one after the other; return milliseconds."""
    took = []
    for query, meaning in questions:
        started = time.perf_counter()
        await search.search(session, query, viewer=BOT, meaning=meaning)
        took.append((time.perf_counter() - started) * 1000)
    return took


def _settle(url: URL) -> None:
    """Do what autovacuum would begin with after a minute, and not be done with when the questions come."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


async def main(count: int, rounds: int) -> None:
    """Fill both, ask both, print the table."""
    corpus = Corpus(count, small=100)
    with tempfile.TemporaryDirectory() as folder, postgres.server() as server:
        path = Path(folder) / "accord.db"
        migrations.upgrade(path)
        with postgres.database(server) as url:
            async with Database(path) as one, PostgresDatabase(url) as other:
                searches = {
                    "SQLite": (Search(one), await fill(one, corpus)),
                    "Postgres": (Search(other, Halfvecs(other)), await fill(other, corpus)),
                }
                _settle(url)
                gc.collect()
                gc.freeze()  # as the server does: the corpus is not looked at meanwhile
                print(
                    f"| {count:,} passages, ms | p50 | p95 | worst | goal (p95) |\n|---|---|---|---|---|"
                )
                for what, session in (("one large session", 0), ("a small one of many", 7)):
                    took = await measure(searches, corpus, rounds, session)
                    for name, times in took.items():
                        p50, p95 = np.percentile(times, (50, 95))
                        print(
                            f"| {name}, {what} | {p50:.1f} | {p95:.1f} | {max(times):.1f} | {GOALS[name]} |"
                        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=200)
    given = parser.parse_args()
    asyncio.run(main(given.passages, given.questions))
