"""
What comes with an upload: its name and its owner's wishes.

Source: tus.io/protocols/resumable-upload, 1.0.0, Upload-Metadata.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.errors import UploadRefused
from ingest.names import clean_name
from store.documents import Visibility
from store.inputs import Quote

_KEY = re.compile(r"[!-+\--~]{1,100}")
_MAX = 8192


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a file is called, how it may be quoted and who may read it."""

    name: str
    quote: Quote
    visibility: Visibility


def parse(header: str) -> dict[str, str]:
    """
    Read ``key base64, key base64``.

    Raises:
        UploadRefused: If it is not of this form.
    """
    if len(header) > _MAX:
        raise _bad("is too long")
    found: dict[str, str] = {}
    for pair in filter(None, (one.strip() for one in header.split(","))):
        key, _, value = pair.partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise _bad(f"has a key that cannot be: {key[:20]!r}")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode("utf-8")
        except ValueError as exc:  # of base64, of UTF-8, of letters beyond ASCII
            raise _bad(f"has a value that is no base64 of UTF-8: {key[:20]!r}") from exc
    return found


def written(pairs: Mapping[str, str]) -> str:
    """Return what `parse` reads."""
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items()
    )


def wishes(header: str) -> Wishes:
    """
    Return what an upload's owner wants; `filename` (or `name`), `quote` and `visibility` count.

    Raises:
        UploadRefused: If a wish is none of ours.
    """
    found = parse(header)
    try:
        return Wishes(
            clean_name(found.get("filename") or found.get("name") or ""),
            Quote(found.get("quote", Quote.ANONYMOUS)),
            Visibility(found.get("visibility", Visibility.PRIVATE)),
        )
    except ValueError as exc:
        raise _bad(f"says something unknown: {exc}") from exc


def _bad(why: str) -> UploadRefused:
    return UploadRefused(400, "bad-metadata", f"Upload-Metadata {why}.")
