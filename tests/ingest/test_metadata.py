from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UploadRefused
from ingest.metadata import Wishes, parse, wishes, written
from store.documents import Visibility
from store.inputs import Quote


def _header(**values: str) -> str:
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items()
    )


def test_without_a_wish_a_file_is_private_and_anonymous() -> None:
    assert wishes("") == Wishes("document", Quote.ANONYMOUS, Visibility.PRIVATE)


def test_wishes_come_through() -> None:
    header = _header(filename="../Größe 港.pdf", quote="never", visibility="session", other="x")
    assert wishes(header) == Wishes("Größe 港.pdf", Quote.NEVER, Visibility.SESSION)


@pytest.mark.parametrize(
    "header",
    [
        "filename !!!",
        "filename YQ==,filename YQ==",
        f"quote {base64.b64encode(b'always').decode()}",
        f"visibility {base64.b64encode(b'world').decode()}",
        f"filename {base64.b64encode(bytes([255])).decode()}",
        "ключ YQ==",
        "filename \x80",
        "a" * 9000,
    ],
)
def test_what_cannot_be_read_is_refused(header: str) -> None:
    with pytest.raises(UploadRefused) as caught:
        wishes(header)
    assert caught.value.status == 400


def test_a_key_may_stand_without_a_value() -> None:
    assert parse("is_confidential, filename YQ==") == {"is_confidential": "", "filename": "a"}


@given(st.text(max_size=200))
def test_no_header_is_anything_but_read_or_refused(header: str) -> None:
    with suppress(UploadRefused):
        parse(header)


def test_what_is_written_is_read() -> None:
    pairs = {"filename": "Größe, 港.pdf", "empty": ""}
    assert parse(written(pairs)) == pairs
