from __future__ import annotations

from pathlib import Path

import pytest

from ingest.blocks import Under
from ingest.errors import Damaged
from tests.ingest.files import keep, read, texts, zipped

_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table")
)


def _odt(body: str) -> bytes:
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {_NAMES}><office:body><office:text>{body}"
            "</office:text></office:body></office:document-content>",
        }
    )


def test_headings_items_rows_and_paragraphs_are_told_apart(tmp_path: Path) -> None:
    body = (
        '<text:h text:outline-level="1">The harbour</text:h>'
        "<text:p>It<text:s text:c='2'/>grows<text:tab/>and<text:line-break/>grows.</text:p>"
        "<text:list><text:list-item><text:p>One</text:p><text:list><text:list-item><text:p>Deeper"
        "</text:p></text:list-item></text:list></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>Region</text:p></table:table-cell>"
        "<table:table-cell><text:p>2025</text:p></table:table-cell></table:table-row></table:table>"
    )
    found = read(keep(tmp_path, "a.odt", _odt(body)))
    assert [(one.kind.value, one.level) for one in found.blocks] == [
        ("heading", 1), ("paragraph", 0), ("item", 1), ("item", 2), ("row", 0),
    ]  # fmt: skip
    assert texts(found)[1] == ("paragraph", "It  grows\tand\ngrows.")
    assert texts(found)[4] == ("row", "Region | 2025")
    assert found.blocks[1].anchor == Under(("The harbour",))


def test_what_was_deleted_remarked_or_hidden_is_not_read(tmp_path: Path) -> None:
    body = (
        "<text:tracked-changes><text:p>Deleted.</text:p></text:tracked-changes>"
        "<text:p>Seen<office:annotation><text:p>A remark.</text:p></office:annotation>"
        '<text:hidden-text text:string-value="x">Ignore.</text:hidden-text> text'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>A note</text:p>"
        "</text:note-body></text:note>.</text:p>"
    )
    found = read(keep(tmp_path, "a.odt", _odt(body)))
    assert [" ".join(text.split()) for _, text in texts(found)] == ["Seen text (A note)."]
    assert [note.what for note in found.notes] == ["hidden-text"]


def test_a_broken_one_is_damaged(tmp_path: Path) -> None:
    mime = "application/vnd.oasis.opendocument.text"
    for members in ({"mimetype": mime}, {"mimetype": mime, "content.xml": "<a/>"}):
        with pytest.raises(Damaged):
            read(keep(tmp_path, "a.odt", zipped(members)))
