from __future__ import annotations

import pytest

from collab.document import SEED, Document
from collab.errors import ProtocolError
from collab.messages import STEP1, STEP2, UPDATE, sync_message
from collab.sync import (
    PresenceReceived,
    PresenceWanted,
    SavedWanted,
    SyncProtocol,
    UpdateReceived,
)
from tests.collab.peers import Peer


@pytest.fixture
def document() -> Document:
    return Document(state=SEED)


def test_it_begins_by_saying_what_it_has(document: Document) -> None:
    protocol = SyncProtocol(document)
    assert protocol.messages_to_send() == [sync_message(STEP1, b"\x01\x01\x01")]
    assert protocol.messages_to_send() == []
    assert not protocol.synced


def test_a_question_is_answered_with_what_is_missing(document: Document) -> None:
    protocol = SyncProtocol(document)
    protocol.messages_to_send()
    assert protocol.receive(sync_message(STEP1, b"\x00")) is None
    assert protocol.messages_to_send() == [sync_message(STEP2, SEED)]
    assert protocol.synced


def test_changes_are_reported_and_not_applied(document: Document) -> None:
    protocol = SyncProtocol(document)
    update = Peer(20).type("hello")
    assert protocol.receive(sync_message(UPDATE, update)) == UpdateReceived(update, answer=False)
    assert protocol.receive(sync_message(STEP2, update)) == UpdateReceived(update, answer=True)
    assert str(document.statement) == "\n"


def test_other_messages_are_reported(document: Document) -> None:
    protocol = SyncProtocol(document)
    assert protocol.receive(b"\x01\x01\x00") == PresenceReceived(b"\x00")
    assert protocol.receive(b"\x03") == PresenceWanted()
    assert protocol.receive(b"\x66\x01\x05") == SavedWanted(b"\x66\x01\x05")


def test_a_state_vector_made_to_hurt_is_refused(document: Document) -> None:
    with pytest.raises(ProtocolError):
        SyncProtocol(document).receive(sync_message(STEP1, b"\x80\x80\x80\x80\x01"))
