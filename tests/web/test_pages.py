"""`web.pages`: the page and its assets."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from tests.harness import RunningApp, api
from web import pages
from web.pages import STATIC, read_assets


def a_folder(folder: Path) -> Path:
    """Make a small built client."""
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html>" + "<p>hello</p>" * 100)
    (folder / "assets" / "page-AB12.js").write_text("export {};" * 100)
    (folder / "assets" / "tiny-AB12.css").write_text("p{}")
    (folder / "assets" / "font-AB12.woff2").write_bytes(bytes(range(256)) * 4)
    return folder


def test_files_with_a_hash_in_their_name_are_kept_for_ever_and_the_page_is_not(
    tmp_path: Path,
) -> None:
    found = read_assets(a_folder(tmp_path))
    assert set(found) == {
        "index.html",
        "assets/page-AB12.js",
        "assets/tiny-AB12.css",
        "assets/font-AB12.woff2",
    }
    assert {name for name, asset in found.items() if asset.immutable} == set(found) - {"index.html"}


def test_what_gets_smaller_is_compressed_once(tmp_path: Path) -> None:
    found = read_assets(a_folder(tmp_path))
    page = found["index.html"]
    assert page.compressed is not None
    assert gzip.decompress(page.compressed) == page.body
    assert found["assets/tiny-AB12.css"].compressed is None
    assert found["assets/font-AB12.woff2"].compressed is None


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("assets/page-AB12.js", "text/javascript; charset=utf-8"),
        ("assets/tiny-AB12.css", "text/css; charset=utf-8"),
        ("assets/font-AB12.woff2", "font/woff2"),
    ],
)
def test_media_types_are_those_browsers_insist_on_whatever_this_machine_believes(
    tmp_path: Path, name: str, media_type: str
) -> None:
    assert read_assets(a_folder(tmp_path))[name].media_type == media_type


@pytest.mark.parametrize("path", ["/", "/join", "/sign-in", "/s/anything"])
async def test_one_page_answers_every_address_a_person_can_open(app: RunningApp, path: str) -> None:
    async with api(app.url, None) as client:
        answer = await client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.content == (STATIC / "index.html").read_bytes()
        head = await client.head(path)
        assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("gzip", "gzip"),
        ("br, gzip;q=0.8", "gzip"),
        ("gzip;q=0", None),
        ("identity", None),
        ("br", None),
    ],
)
async def test_it_is_compressed_for_who_can_read_that(
    app: RunningApp, accepts: str, encoding: str | None
) -> None:
    async with api(app.url, None) as client:
        answer = await client.get("/", headers={"accept-encoding": accepts})
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.content == (STATIC / "index.html").read_bytes()


async def test_everything_the_page_asks_for_is_there_and_kept(app: RunningApp) -> None:
    page = (STATIC / "index.html").read_text()
    names = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    assert names
    async with api(app.url, None) as client:
        for name in names:
            answer = await client.get(name)
            assert answer.status_code == 200, name
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_the_page_holds_to_its_own_policy(app: RunningApp) -> None:
    page = (STATIC / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize(
    "path", ["x", "../app.py", "..%2fapp.py", "%2e%2e/app.py", "assets/", "", "assets/%00", "%ff"]
)
async def test_nothing_else_is_there(app: RunningApp, path: str) -> None:
    async with api(app.url, None) as client:
        answer = await client.get(f"/static/{path}")
        assert answer.status_code == 404
        assert b"import" not in answer.content


async def test_a_checkout_whose_page_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:

    bare = Starlette(routes=pages.routes(read_assets(tmp_path)))
    transport = httpx2.ASGITransport(bare)
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert "scripts/build-client" in answer.text
