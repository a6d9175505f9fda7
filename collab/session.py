"""The `session` map of the shared document: what every client may know of the session. Server only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collab.document import SESSION, Document


def show(document: Document, facts: Mapping[str, Any]) -> None:
    """Set the facts that changed (`title`, `question`, `phase`, `run`)."""
    root = document.root_map(SESSION)
    for name, value in facts.items():
        if root.get(name) != value:
            root[name] = value
