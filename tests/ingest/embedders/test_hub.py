"""`ingest.embedders.hub` against real HTTP servers on this machine."""

from __future__ import annotations

import hashlib

import pytest

from ingest.embedders.hub import Arriving, Broken, Hub, Overrun
from ingest.errors import DownloadFailed
from tests.ingest.hubs import COMMIT, REPOSITORY, Shelf, hub

BODY = b"0123456789" * 1000
FILES = {f"{REPOSITORY}/onnx/model.onnx": BODY}


def _open(
    shelf: Shelf, *, start: int = 0, path: str = "onnx/model.onnx"
) -> tuple[Arriving, bytes] | None:
    one = Hub(shelf.url)
    try:
        with one.open(REPOSITORY, "main", path, start=start) as arriving:
            return (arriving, b"".join(arriving.pieces)) if arriving is not None else None
    finally:
        one.close()


def test_a_file_comes_with_what_the_hub_tells_of_it() -> None:
    with hub(Shelf(FILES)) as shelf:
        found = _open(shelf)
        assert _open(shelf, path="model.onnx") is None
    assert found is not None
    arriving, body = found
    assert body == BODY
    assert (arriving.start, arriving.size, arriving.elsewhere) == (0, 10_000, False)
    assert arriving.told.sha256 == hashlib.sha256(BODY).hexdigest()
    assert arriving.told.commit == COMMIT
    assert shelf.paths[0] == f"/{REPOSITORY}/resolve/main/onnx/model.onnx"


def test_it_comes_from_any_byte_on_and_past_its_end_not_at_all() -> None:
    with hub(Shelf(FILES)) as shelf:
        found = _open(shelf, start=9_990)
        assert found is not None
        assert (found[0].start, found[0].size, found[1]) == (9_990, 10_000, b"0123456789")
        with pytest.raises(Overrun):
            _open(shelf, start=20_000)
        shelf.ranges = False
        found = _open(shelf, start=9_990)
    assert found is not None
    assert (found[0].start, found[1]) == (0, BODY)


def test_what_another_host_says_of_itself_is_not_what_the_hub_tells() -> None:
    """The other one has the file under another address, and says another commit and SHA-256."""
    lies = {"x-repo-commit": "f" * 40, "etag": "f" * 64, "x-linked-etag": "f" * 64}
    with hub(Shelf(FILES, changes=lies)) as store, hub(Shelf(FILES, moved=store.url)) as shelf:
        found = _open(shelf, start=10)
    assert found is not None
    assert found[0].elsewhere
    assert found[0].told.sha256 == hashlib.sha256(BODY).hexdigest()
    assert found[0].told.commit == COMMIT
    assert store.asked == [(f"/stored/{REPOSITORY}/onnx/model.onnx", "bytes=10-")]


@pytest.mark.parametrize(
    ("answer", "words", "again"),
    [
        ((200, "text/html; charset=utf-8", b"<html>Sign in"), "web page instead", False),
        ((401, "text/plain", b""), "no such model, or only for people who are signed in", False),
        ((403, "text/html", b""), "no such model", False),
        ((429, "text/plain", b""), "answered 429; try again later", True),
        ((503, "text/html", b""), "answered 503; try again later", True),
        ((400, "text/plain", b""), "answered 400$", False),
        ((206, "text/plain", b"x"), "another part", False),
    ],
)
def test_what_is_no_file_is_told(answer: tuple[int, str, bytes], words: str, again: bool) -> None:
    with (
        hub(Shelf({}, answer=answer)) as shelf,
        pytest.raises(DownloadFailed, match=words) as caught,
    ):
        _open(shelf)
    assert caught.value.again is again


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"x-linked-size": "9999"}, "another than was told"),
        ({"content-encoding": "gzip"}, "packed"),
    ],
)
def test_headers_that_do_not_fit_are_refused(changes: dict[str, str], words: str) -> None:
    odd = Shelf(FILES, changes=changes, tells=False)
    with hub(odd) as shelf, pytest.raises(DownloadFailed, match=words):
        _open(shelf)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("http://hub.example.org", "redirects to http://hub.example.org, which is not HTTPS"),
        ("file:///etc", "file://, which is not HTTPS"),
        ("http://127.0.0.1.example.org", "which is not HTTPS"),
    ],
)
def test_a_redirect_to_what_can_be_changed_on_the_way_is_refused(target: str, words: str) -> None:
    with hub(Shelf(FILES, moved=target)) as shelf, pytest.raises(DownloadFailed, match=words):
        _open(shelf)


def test_a_redirect_from_elsewhere_to_this_machine_is_refused() -> None:
    far = Hub("https://hub.example.org")
    with pytest.raises(DownloadFailed, match="not HTTPS"):
        far._check("http://127.0.0.1:8000/admin")
    far._check("https://store.example.org/x")
    far.close()


def test_redirects_without_an_end_are_left() -> None:
    again = Shelf({}, answer=(302, "text/plain", b""), changes={"location": "/again"})
    with hub(again) as shelf, pytest.raises(DownloadFailed, match="without an end"):
        _open(shelf)
    assert len(shelf.asked) == 6


def test_a_cut_connection_and_none_are_told_apart() -> None:
    with hub(Shelf(FILES, sends=[5_000])) as shelf:
        with pytest.raises(Broken, match="broke") as caught:
            _open(shelf)
        assert caught.value.reached
    with pytest.raises(Broken, match="cannot be reached") as caught:
        _open(shelf)
    assert not caught.value.reached
