from __future__ import annotations

from unittest.mock import patch

import pytest
from pycrdt import Doc, Text

from collab import positions
from collab.document import SEED, STATEMENT, Document
from collab.errors import DocumentBroken
from collab.updates import AcceptedUpdate
from rooms.edits import Edit
from rooms.workbench import Workbench


def typed(client: int, text: str) -> Edit:
    """Return an edit that is on its way: `text` written by a client."""
    doc: Doc[Text] = Doc(client_id=client)
    doc.get(STATEMENT, type=Text).insert(0, text)
    return Edit(AcceptedUpdate(doc.get_update(), (), {}), [], None, 0.0)


def test_it_holds_what_is_shown_and_what_is_on_its_way() -> None:
    shown, workbench = Document(state=SEED), Workbench()
    copy = workbench.open(shown, [typed(1000, "Quay. ")])
    workbench.keep_up(typed(1001, "Pier. "))
    assert sorted(str(copy.statement).split()) == ["Pier.", "Quay."]
    assert str(shown.statement) == "\n"


def test_it_is_made_once_and_stays_while_the_server_edits() -> None:
    shown, workbench = Document(state=SEED), Workbench()
    copy = workbench.open(shown, [])
    copy.edit(lambda it: positions.insert(it.statement, 0, "Ferry."))
    assert str(workbench.open(shown, []).statement) == "Ferry.\n"
    workbench.put_away()
    assert str(workbench.open(shown, []).statement) == "\n"


def test_a_copy_that_cannot_keep_up_is_put_away() -> None:
    shown, workbench = Document(state=SEED), Workbench()
    copy = workbench.open(shown, [])
    with patch.object(Document, "apply", side_effect=DocumentBroken("no")):
        workbench.keep_up(typed(1000, "Quay. "))
    assert workbench.open(shown, []) is not copy


def test_nothing_is_kept_of_a_copy_that_cannot_be_made() -> None:
    shown, workbench = Document(state=SEED), Workbench()
    with (
        patch.object(Document, "apply", side_effect=DocumentBroken("no")),
        pytest.raises(DocumentBroken),
    ):
        workbench.open(shown, [typed(1000, "Quay. ")])
    assert str(workbench.open(shown, []).statement) == "\n"
