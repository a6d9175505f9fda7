from __future__ import annotations

import base64
import json
from dataclasses import asdict
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from store.errors import LinkRefused
from store.links import Grant, Links, open_links


class Clock:
    """A clock the test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def links(clock: Clock) -> Links:
    return Links(b"k" * 32, clock=clock)


def grant_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["grant"][0]


def test_an_address_says_what_it_is_good_for(links: Links) -> None:
    url = links.url("a/b", "PUT", seconds=900, size=5, sha256="ff", name="Größe 🦊.pdf")
    assert urlsplit(url).path == "/api/files/a/b"
    found = links.check(grant_of(url), "a/b", "PUT")
    assert found == Grant("a/b", "PUT", 1900.0, 5, "ff", "Größe 🦊.pdf")


def test_an_address_ends(links: Links, clock: Clock) -> None:
    grant = grant_of(links.url("a", "GET", seconds=900))
    clock.now = 1900.0
    links.check(grant, "a", "GET")
    clock.now = 1900.1
    with pytest.raises(LinkRefused):
        links.check(grant, "a", "GET")


def test_an_address_is_for_one_file_and_one_method(links: Links) -> None:
    grant = grant_of(links.url("a", "GET", seconds=900))
    for key, method in (("b", "GET"), ("a", "PUT"), ("a", "DELETE"), ("a/", "GET")):
        with pytest.raises(LinkRefused):
            links.check(grant, key, method)


def test_nothing_in_an_address_can_be_changed(links: Links) -> None:
    grant = grant_of(links.url("a", "PUT", seconds=900, size=5))
    body, _, signature = grant.partition(".")
    more = Grant("a", "PUT", 9e9, 10**9)
    forged = base64.urlsafe_b64encode(json.dumps(asdict(more)).encode()).decode().rstrip("=")
    for one in (
        f"{forged}.{signature}",
        f"{body}.{signature[:-2]}AA",
        f"{body}.",
        f".{signature}",
        body,
        f"{body}.{signature[:20]}",
    ):
        with pytest.raises(LinkRefused):
            links.check(one, "a", "PUT")
    other = Links(b"j" * 32, clock=lambda: 1000.0)
    with pytest.raises(LinkRefused):
        other.check(grant, "a", "PUT")


@pytest.mark.parametrize("grant", ["", ".", "é.é", "!!.!!", "a" * 9000, "\x00.\x00", "e30.e30"])
def test_what_is_no_address_is_refused_like_a_bad_one(links: Links, grant: str) -> None:
    with pytest.raises(LinkRefused):
        links.check(grant, "a", "GET")


def test_the_key_is_made_once_for_its_owner_alone_and_a_broken_one_is_replaced(
    tmp_path: Path,
) -> None:
    path = tmp_path / "links.key"
    grant = grant_of(open_links(path).url("a", "GET", seconds=900))
    assert path.stat().st_mode & 0o777 == 0o600
    open_links(path).check(grant, "a", "GET")
    path.write_bytes(b"short")
    with pytest.raises(LinkRefused):
        open_links(path).check(grant, "a", "GET")
    assert len(path.read_bytes()) == 32
