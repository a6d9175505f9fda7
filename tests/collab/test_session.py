from __future__ import annotations

from collab import session
from collab.document import SESSION, Document


def test_only_facts_that_changed_are_written() -> None:
    document = Document()
    facts = {"title": "Harbour", "phase": "gathering"}
    document.edit(lambda d: session.show(d, facts))
    before = document.encode()
    document.edit(lambda d: session.show(d, facts))
    assert document.encode() == before
    document.edit(lambda d: session.show(d, {**facts, "phase": "drafting"}))
    assert document.root_map(SESSION).to_py() == {"title": "Harbour", "phase": "drafting"}
