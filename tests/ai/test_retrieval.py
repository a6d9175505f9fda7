"""`ai.retrieval`: passages of real documents, found by the real search, cited by the real drafters."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ai import candidates as making
from ai import provenance, retrieval
from ai.budget import MAX_QUERIES
from ai.claims import own_sentences
from ai.drafting import Draft, LeftOut, ProposalReader, rests_on
from ai.extractive import ExtractiveDrafter
from ai.material import GivenPassage, Material, changed, look_at, read_given
from ai.measures import Standing
from ai.modeldrafter import ask
from ai.participant import _sources
from ai.retrieval import Retrieval, queries
from collab.statement import Block, Span
from ingest.errors import EmbeddingFailed
from store import documents, inputs, passages, runs, suggestions
from store.documents import DocumentStatus, Visibility
from store.inputs import Quote
from store.models import Document, Input
from store.passages import NewChunk
from store.runs import Trigger
from store.search import Meaning, Search
from tests.ai.material import an_input, document, material
from tests.ai.places import HOST, Place, place

PAGE = {"kind": "page", "number": 12, "box": None}
UNDER = {"kind": "under", "headings": ["Secret heading"]}
EVIDENCE = "The ferry carried 4,200 people on Sundays in May."
BEFORE = "An introduction that nobody needs. "
ANA = "The ferry should carry people on Sundays."


@asynccontextmanager
async def session(folder: Path) -> AsyncIterator[Place]:
    async with place(folder, "Ana", "Ben") as here:
        yield here


async def give_input(here: Place, name: str, text: str) -> Input:
    return await here.database.write(
        inputs.add,
        session_id=here.session,
        participant_id=here.people[name],
        text=text,
        quote=Quote.ANONYMOUS,
    )


async def give(
    here: Place,
    ident: str = "d1",
    text: str = EVIDENCE,
    *,
    quote: Quote = Quote.ANONYMOUS,
    visibility: Visibility = Visibility.PRIVATE,
    anchor: dict[str, Any] = PAGE,
) -> Document:
    def change(session: Any) -> Document:
        row = documents.add(
            session,
            ident=ident,
            session_id=here.session,
            participant_id=here.people["Ben"],
            name="report.pdf",
            size=1,
            sha256="",
            quote=quote,
            visibility=visibility,
        )
        whole = BEFORE + text
        blocks = [
            ["paragraph", 0, len(BEFORE) - 1, 0, {"kind": "page", "number": 1, "box": None}],
            ["paragraph", len(BEFORE), len(whole), 0, anchor],
        ]
        documents.save_text(session, ident, text=whole, blocks=blocks)
        chunk = NewChunk(len(BEFORE), len(whole), text, (), (anchor,))
        passages.add(session, row, [NewChunk(0, len(BEFORE) - 1, BEFORE[:-1]), chunk])
        return documents.advance(session, ident, status=DocumentStatus.READY.value)

    return await here.database.write(change)


async def no_meaning(session_id: str, query: str) -> Meaning | None:
    return None


async def found_in(here: Place, run: str = "run", meaning: Any = no_meaning) -> Material:
    given = await here.database.read(read_given, here.session, run)
    search = Retrieval(here.database, Search(here.database), meaning)
    return look_at(document(""), await search.add_evidence(here.session, given))


async def test_a_run_reads_the_passages_that_its_inputs_ask_for(tmp_path: Path) -> None:
    async with session(tmp_path) as here:
        await give_input(here, "Ana", ANA)
        assert (await found_in(here)).evidence == ()
        await give(here)
        found = await found_in(here)
        (passage,) = [one for one in found.evidence if one.text == EVIDENCE]
        assert (passage.id, passage.start, passage.places) == ("d1", len(BEFORE), [[0, PAGE]])
        assert (passage.name, passage.author, passage.open) == (None, None, False)
        assert passage.alias not in {one.alias for one in found.inputs}
        assert Material.from_json(json.loads(json.dumps(found.to_json()))) == found
        content = json.loads(ask(found, 100).content)
        assert {"id": passage.alias, "quotable": True, "text": EVIDENCE} in content["documents"]


async def test_where_the_model_for_meaning_fails_words_are_enough(tmp_path: Path) -> None:
    async def fails(session_id: str, query: str) -> Meaning | None:
        raise EmbeddingFailed("busy")

    async with session(tmp_path) as here:
        await give_input(here, "Ana", ANA)
        await give(here)
        assert EVIDENCE in [one.text for one in (await found_in(here, meaning=fails)).evidence]


async def test_a_name_is_said_only_where_its_giver_allows(tmp_path: Path) -> None:
    async with session(tmp_path) as here:
        await give_input(here, "Ana", ANA)
        for ident, quote, visibility in (
            ("named", Quote.NAMED, Visibility.PRIVATE),
            ("open", Quote.ANONYMOUS, Visibility.SESSION),
            ("never", Quote.NEVER, Visibility.PRIVATE),
        ):
            await give(here, ident, quote=quote, visibility=visibility)
        found = {one.id: one for one in (await found_in(here)).evidence}
        terms = {one.id: (one.name, one.author, one.quotable, one.open) for one in found.values()}
        assert terms == {
            "named": ("report.pdf", "Ben", True, False),
            "open": ("report.pdf", None, True, True),
            "never": (None, None, False, False),
        }


async def test_a_document_that_is_gone_or_permitted_otherwise_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieval, "_HITS", 20)
    async with session(tmp_path) as here:
        await give_input(here, "Ana", ANA)
        for ident in ("kept", "gone", "never", "read anew", "at work", "no text"):
            await give(here, ident)
        found = await found_in(here)
        assert await here.database.read(changed, here.session, found) == frozenset()

        def change(session: Any) -> None:
            documents.remove(session, session.get_one(Document, "gone"))
            documents.advance(session, "never", quote="never")
            documents.save_text(session, "read anew", text="Other words.", blocks=[])
            documents.advance(session, "at work", status="processing")
            session.delete(documents.text_of(session, "no text"))

        await here.database.write(change)
        back = await here.database.read(changed, here.session, found)
        assert back == {"gone", "never", "read anew", "at work", "no text"}
        assert {one.id for one in found.without(back).evidence} == {"kept"}


async def test_there_is_an_end_to_what_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with session(tmp_path) as here:
        await give_input(here, "Ana", ANA)
        for at in range(4):
            await give(here, f"d{at}")
        monkeypatch.setattr(retrieval, "MAX_EVIDENCE_BYTES", 2 * len(EVIDENCE))
        assert len((await found_in(here)).evidence) == 2


def test_everybody_looks_once_before_anybody_looks_twice() -> None:
    talker = [an_input(f"a{n}", f"Wish {n}.", person="Ana") for n in range(50)]
    other = an_input("b", "Ben's wish.", person="Ben")
    from ai.material import Given

    found = queries(Given("Why?", (*talker, other)))
    assert found[:4] == ["Why?", "Wish 0.", "Ben's wish.", "Wish 1."]
    assert len(found) == MAX_QUERIES


def a_passage(text: str = EVIDENCE, **facts: Any) -> GivenPassage:
    values: dict[str, Any] = {
        "id": "d1",
        "alias": "dmw",
        "name": None,
        "author": None,
        "quotable": True,
        "open": False,
        "start": 100,
        "text": text,
        "places": [[0, PAGE]],
    }
    return GivenPassage(**(values | facts))


def with_evidence(*passages: GivenPassage, text: str = ANA) -> Material:
    return replace(material(an_input("kqz", text)), evidence=passages)


def proposed(found: Material, *cites: dict[str, str], text: str = "Ferries run.") -> Any:
    line = {"do": "add", "after": None, "text": text, "cites": list(cites), "reason": "So."}
    return ProposalReader(found, max_proposals=5).read(json.dumps(line))


SAID = {"input": "kqz", "quote": "carry people on Sundays"}
SHOWN = {"input": "dmw", "quote": "carried 4,200 people on Sundays"}


def test_a_document_is_cited_word_for_word_beside_an_input() -> None:
    draft = proposed(with_evidence(a_passage()), SAID, SHOWN)
    assert isinstance(draft, Draft)
    _, cited = draft.citations
    start = 100 + EVIDENCE.index("carried")
    assert (cited.input, cited.start, cited.quote) == ("d1", start, SHOWN["quote"])
    assert cited.document == {"name": None, "place": PAGE, "open": False}
    assert _sources("s1", draft)[1]["document"] == cited.document
    misquoted = proposed(
        with_evidence(a_passage()), SAID, {"input": "dmw", "quote": "carried 9,999 people"}
    )
    assert [one.input for one in misquoted.citations] == ["id-kqz"]


def test_documents_alone_propose_nothing() -> None:
    found = proposed(with_evidence(a_passage()), SHOWN)
    assert isinstance(found, LeftOut)
    assert "no participant says it" in found.why


def test_of_a_document_that_must_not_be_quoted_no_words_are_shown() -> None:
    secret = a_passage(quotable=False, places=[[0, UNDER]])
    draft = proposed(with_evidence(secret), SAID, SHOWN)
    assert isinstance(draft, Draft)
    assert draft.citations[1].quote is None
    assert draft.citations[1].document == {"name": None, "place": {"kind": "under"}, "open": False}
    repeated = proposed(with_evidence(secret), SAID, text=EVIDENCE)
    assert isinstance(repeated, LeftOut)


def test_what_rests_on_a_document_that_is_taken_back_is_known() -> None:
    draft = proposed(with_evidence(a_passage()), SAID, SHOWN)
    assert rests_on(draft, [a_passage()])
    assert not rests_on(draft, [a_passage("Something else entirely.", id="d2")])


def test_a_candidate_cites_documents_beside_points() -> None:
    found = with_evidence(a_passage())
    claims = own_sentences(found.inputs)
    prompt, known = making.ask(found, claims, style="neutral", seed="s", max_tokens=10)
    assert json.loads(prompt.shared)["documents"][0]["id"] == "dmw"
    (point,) = known

    def answer(*cites: Any) -> str:
        line = {"do": "add", "after": None, "text": "Ferries run.", "cites": cites, "reason": "So."}
        return json.dumps(line) + '\n{"do": "end"}'

    def read(*cites: Any) -> making.Candidate:
        return making.read(answer(*cites), found, known, author="A", style="neutral")

    (draft,) = read(point, SHOWN).drafts
    assert [one.document is not None for one in draft.citations] == [False, True]
    assert read(SHOWN).drafts == ()
    assert read(SAID).drafts == ()  # inputs are not cited past their points
    (placed,) = making.give_places(read(point, SHOWN), claims, found).drafts
    assert placed == draft  # a document is nobody who is owed a place


async def drafts_of(found: Material) -> list[Draft]:
    return [one async for one in ExtractiveDrafter().draft("s", found) if isinstance(one, Draft)]


async def test_without_a_model_a_quote_leads_to_the_document_about_the_same() -> None:
    same = a_passage(
        "The ferry should carry people on Sundays and holidays. Taxes are another matter."
    )
    (draft,) = await drafts_of(with_evidence(same))
    assert [one.input for one in draft.citations] == ["id-kqz", "d1"]
    assert draft.citations[1].quote == "The ferry should carry people on Sundays and holidays."
    assert "A document has a passage about it" in draft.reason
    for other in (a_passage("Taxes are another matter."), replace(same, quotable=False)):
        (draft,) = await drafts_of(with_evidence(other))
        assert [one.input for one in draft.citations] == ["id-kqz"]


async def test_a_sentence_is_no_participants_because_a_document_says_it(tmp_path: Path) -> None:
    async with session(tmp_path) as here:
        given = await give_input(here, "Ana", ANA)
        await give(here, quote=Quote.NEVER)

        def fill(session: Any) -> None:
            run = runs.add(
                session,
                session_id=here.session,
                mode="claude",
                model="m",
                trigger=Trigger.FACILITATOR,
            )
            start = len(BEFORE)
            of_input = {
                "citation": "c1",
                "input": given.id,
                "start": 0,
                "end": len(ANA),
                "quote": ANA,
                "author": None,
                "document": None,
            }
            of_document = {
                "citation": "c2",
                "input": "d1",
                "start": start,
                "end": start + len(EVIDENCE),
                "quote": None,
                "author": None,
                "document": {"name": None, "place": PAGE, "open": False},
            }
            suggestions.add(
                session,
                id="s1",
                session_id=here.session,
                run_id=run.id,
                ordinal=1,
                kind="paragraph",
                status="open",
                author="A",
                base="",
                text="4,200 people take the ferry.",
                start={},
                end={},
                place="start",
                sources=[of_input, of_document],
                reason="",
            )
            suggestions.decide(session, "s1", participant_id=here.people[HOST], verdict="accepted")

        await here.database.write(fill)
        blocks = [Block("paragraph", 0, (Span("4,200 people take the ferry."),))]

        async def traced() -> Any:
            return await here.database.read(provenance.load, here.session, blocks)

        found = await traced()
        (sentence,) = found.traced
        assert [one.id for one in sentence.citations] == ["c1", "c2"]
        assert sentence.standing is Standing.SOURCED
        assert sentence.numbers == ()  # the document has the number
        assert found.measures.coverage == 1.0

        def withdraw(session: Any) -> None:
            session.get_one(Input, given.id).withdrawn_at = here.now

        await here.database.write(withdraw)
        found = await traced()
        (sentence,) = found.traced
        assert [one.id for one in sentence.citations] == ["c2"]
        assert sentence.standing is Standing.BROKEN
        await here.database.write(
            lambda session: documents.remove(session, session.get_one(Document, "d1"))
        )
        (sentence,) = (await traced()).traced
        assert sentence.citations == ()
