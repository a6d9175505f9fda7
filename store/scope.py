"""What a search is done in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select


@dataclass(frozen=True, slots=True)
class Scope:
    """
    Documents of a session that may be searched.

    Attributes:
        documents: The query for their ids. It names the values that it asks with, so it is the same object for every
            search of its kind, and what is built on it is built once: that takes longer than to ask.
        values: Those values.
    """

    session_id: str
    documents: Select[str]
    values: Mapping[str, Any]
