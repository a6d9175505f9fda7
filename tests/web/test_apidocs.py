"""`web.apidocs`: the page about the API, made from its description."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from tests.harness import RunningApp, api
from web.apidocs import render


async def test_every_call_is_on_the_page(app: RunningApp) -> None:
    async with api(app.url, None) as client:
        page = (await client.get("/api/docs")).text
        described = (await client.get("/api/openapi.json")).json()
    shown = set(re.findall(r'<span class="method">(\w+)</span> ([^<]+)<', page))
    wanted = {
        (method.upper(), path) for path, found in described["paths"].items() for method in found
    }
    assert shown == wanted
    assert len(wanted) > 30


async def test_it_needs_no_script_and_nothing_from_elsewhere(app: RunningApp) -> None:
    async with api(app.url, None) as client:
        page = await client.get("/api/docs")
        style = await client.get("/api/docs.css")
    assert page.headers["content-type"].startswith("text/html")
    assert style.headers["content-type"].startswith("text/css")
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "http:" not in page.text + style.text
    assert "https:" not in page.text + style.text


async def test_fields_are_told_with_type_limits_and_whether_they_are_needed(
    app: RunningApp,
) -> None:
    async with api(app.url, None) as client:
        page = (await client.get("/api/docs")).text
    row = "<td><code>{}</code></td><td>{}</td><td>{}</td>"
    assert row.format("title", "string at least 3 at most 200", "yes") in page
    assert (
        row.format("type", "climate | strategic_planning | procurement | merger | other", "yes")
        in page
    )
    assert row.format("stakeholders", "list of string at most 254", "no") in page
    assert row.format("quote", "named | anonymous | never", "no") in page


def test_what_stands_in_a_description_stays_text() -> None:
    hostile = "<script>alert(1)</script>"
    described = {
        "info": {"title": hostile, "version": hostile},
        "paths": {
            f"/{hostile}": {
                "get": {
                    "tags": [hostile],
                    "description": hostile,
                    "parameters": [{"name": hostile, "in": "query", "schema": {"enum": [hostile]}}],
                    "responses": {hostile: {}},
                }
            }
        },
    }
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(tag)

    Reader().feed(render(described))
    assert "script" not in found
    assert "article" in found
