"""`accord erase`: beside a running server, and without one."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from store import audit, documents, erasures, inputs
from store.database import session_beside
from store.inputs import Quote
from store.testing import Place, a_place
from tests.migrated import migrated
from tests.web.commands.terminal import accord


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    migrated(tmp_path / "accord.db")
    return tmp_path


def furnish(session: Session) -> tuple[Place, list[str]]:
    """Give an input and a document as Ana, and an input as Ben."""
    place, other = a_place(session), a_place(session, "Ben")
    given = [
        inputs.add(
            session,
            session_id=one.session,
            participant_id=one.person,
            text="Words.",
            quote=Quote.NAMED,
        ).id
        for one in (place, other)
    ]
    file = documents.add(
        session,
        ident="file",
        session_id=place.session,
        participant_id=place.person,
        name="plan.pdf",
        size=1,
        sha256="0" * 64,
    )
    return place, [given[0], file.id, given[1]]


@pytest.mark.parametrize("which", ["input", "file", "participant"])
def test_what_has_the_id_is_asked_for_and_waits_for_the_server(folder: Path, which: str) -> None:
    with session_beside(folder / "accord.db") as session:
        place, (own, file, others) = furnish(session)
    ident, wanted = {
        "input": (own, {own}),
        "file": (file, {file}),
        "participant": (place.person, {own, file}),
    }[which]
    said = accord("erase", ident, "--data", folder)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{len(wanted)} to be erased")
    with session_beside(folder / "accord.db") as session:
        assert set(erasures.pending(session)) == wanted
        left = inputs.of_session(session, place.session)
        assert [one.id for one in left] == ([] if own in wanted else [own])
        actions = audit.entries(session, place.session)
        assert {(one.actor, one.subject) for one in actions} == {("server", one) for one in wanted}
        assert others not in wanted
    again = accord("erase", ident, "--data", folder)
    assert again.code == 0
    assert again.out.startswith("0 to be erased")


def test_an_id_that_nobody_has_is_said_to_be_unknown(folder: Path) -> None:
    said = accord("erase", "nobody", "--data", folder)
    assert (said.code, "nobody and nothing" in said.err) == (1, True)


def test_a_folder_without_a_database_is_said_to_be_one(tmp_path: Path) -> None:
    said = accord("erase", "x", "--data", tmp_path / "nowhere")
    assert (said.code, "no database" in said.err) == (2, True)
