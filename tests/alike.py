"""Documents read by JavaScript and by Python, in a form that both write alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def in_one_form(delta: Sequence[tuple[Any, Any]], maps: Any) -> str:
    """
    Return a text's pieces and some maps as one line of JSON.

    Args:
        delta: Pieces and how each looks. Neighbours that look alike are joined: engines cut in different places.
    """
    pieces: list[list[Any]] = []
    for piece, look in delta:
        clean = _tidy(look or {})
        if pieces and pieces[-1][1] == clean and isinstance(piece, str):
            pieces[-1][0] += piece
        else:
            pieces.append([piece, clean])
    return json.dumps([pieces, _tidy(maps)], sort_keys=True, ensure_ascii=False)


def _tidy(value: Any) -> Any:
    """Return a value with whole numbers whole: JavaScript has one kind of number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _tidy(one) for name, one in sorted(value.items())}
    if isinstance(value, list):
        return [_tidy(one) for one in value]
    return value
