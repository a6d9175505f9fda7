"""`ai.provenance`: from the rows and the text to measures and receipts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from ai import provenance
from ai.measures import Standing
from ai.receipt import Fate
from collab.statement import Block, Span
from store import inputs, runs, suggestions
from store.ids import now
from store.inputs import Quote
from store.models import Input
from store.runs import RunStatus, Trigger
from tests.ai.places import Place, place, set_person

TEXTS = {
    "Ana": ("Buses must run on Sundays.", Quote.NAMED),
    "Ben": ("No cars in the old town, never.", Quote.NEVER),
    "Cleo": ("Keep the market.", Quote.ANONYMOUS),
}


def block(text: str, kind: str = "paragraph") -> Block:
    return Block(kind, 0, (Span(text),))


def _fill(session: Session, here: Place) -> dict[str, str]:
    given = {
        name: inputs.add(
            session,
            session_id=here.session,
            participant_id=here.people[name],
            text=text,
            quote=quote,
        ).id
        for name, (text, quote) in TEXTS.items()
    }
    run = runs.add(
        session,
        session_id=here.session,
        mode="extractive",
        model=None,
        trigger=Trigger.FACILITATOR,
    )
    runs.advance(session, run.id, status=RunStatus.DONE.value, message="2 suggestions.")
    for ordinal, (name, text) in enumerate(
        (("Ana", "Buses run on Sundays."), ("Ben", "The old town is quiet.")), 1
    ):
        words, quote = TEXTS[name]
        suggestions.add(
            session,
            id=name,
            session_id=here.session,
            run_id=run.id,
            ordinal=ordinal,
            kind="paragraph",
            status="open",
            author="A",
            base="",
            text=text,
            start={},
            end={},
            place="start",
            sources=[
                {
                    "citation": f"c-{name}",
                    "input": given[name],
                    "start": 0,
                    "end": len(words) - 1,
                    "quote": None if quote is Quote.NEVER else words[:-1],
                    "author": None,
                }
            ],
            reason="",
        )
        suggestions.decide(session, name, participant_id=here.people["Cleo"], verdict="accepted")
    return given


async def _standings(here: Place, blocks: Sequence[Block]) -> list[Standing]:
    found = await here.database.read(provenance.load, here.session, blocks)
    return [one.standing for one in found.traced]


async def test_a_statement_is_traced_through_the_rows(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        given = await here.database.write(_fill, here)
        blocks = [
            block("Our town", "heading"),
            block("Buses run on Sundays. The old town is quiet. We wrote this."),
        ]
        assert await _standings(here, blocks) == [
            Standing.SOURCED,
            Standing.SOURCED,  # of an author who allows no quotes: compared, never shown
            Standing.UNSOURCED,
        ]
        found = await here.database.read(provenance.load, here.session, blocks)
        assert found.measures.uncited == (given["Cleo"],)


async def test_what_cannot_be_checked_any_more_is_not_sourced(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        given = await here.database.write(_fill, here)
        blocks = [block("Buses run on Sundays. The old town is quiet.")]

        def change(session: Session) -> None:
            for ident in given.values():
                row = session.get_one(Input, ident)
                row.updated_at = now()
                row.text = "And " + row.text

        await here.database.write(change)
        # Ana's words are in what she says now; of Ben's nobody kept a copy to compare
        assert await _standings(here, blocks) == [Standing.SOURCED, Standing.BROKEN]


async def test_delegations_are_the_groups(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        await here.database.write(_fill, here)
        for name in ("Ben", "Cleo"):
            await here.database.write(set_person, here.people[name], delegation="South")
        found = await here.database.read(
            provenance.load, here.session, [block("The old town is quiet.")]
        )
        assert found.measures.weakest == 0.0  # Ana
        found = await here.database.read(
            provenance.load, here.session, [block("Buses run on Sundays. The old town is quiet.")]
        )
        assert found.measures.weakest == 0.5  # Cleo, of two


async def test_a_receipt_is_about_ones_own_points_only(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben", "Cleo") as here:
        await here.database.write(_fill, here)
        blocks = [block("Buses run on Sundays.")]
        for name, fate in (("Ana", Fate.IN_TEXT), ("Ben", Fate.NOT_USED), ("Cleo", Fate.NOT_USED)):
            (point,) = await here.database.read(
                provenance.heard, here.session, here.people[name], blocks
            )
            assert (point.text, point.fate) == (TEXTS[name][0], fate)
        assert point.reason == "The last run proposed nothing from it. 2 suggestions."


async def test_before_any_run_a_receipt_says_so(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana") as here:
        await here.database.write(
            inputs.add,
            session_id=here.session,
            participant_id=here.people["Ana"],
            text="Buses.",
            quote=Quote.NEVER,
        )
        (point,) = await here.database.read(provenance.heard, here.session, here.people["Ana"], [])
        assert point.reason == "The bot has not read the inputs yet."
