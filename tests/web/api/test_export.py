"""`GET /api/sessions/{id}/export.md`: what people take away, whatever somebody wrote into it."""

from __future__ import annotations

from typing import Any

import pytest
from markdown_it import MarkdownIt

from collab import positions
from collab.document import Document
from collab.messages import UPDATE, sync_message
from tests.harness import RunningApp, api, participant
from tests.web.people import new_session, refine
from tests.web.wire import peer, room_token

HOSTILE = "1. <img src=x onerror=alert(1)>\n\n# Heading\n\n[click](javascript:alert(1)) **b** http://evil.example &lt;"


def tags(source: str, *, html: bool) -> list[Any]:
    """Return every token that is not plain text, as type and tag."""
    reader = MarkdownIt("gfm-like", {"html": html})
    found = []
    for token in reader.parse(source):
        found.append((token.type, token.tag))
        found += [(one.type, one.tag) for one in token.children or [] if one.type != "text"]
    return found


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    """The bot sets to work only when it is told to."""
    return {"refine_debounce_seconds": 3600, "refine_max_wait_seconds": 3600}


async def exported(app: RunningApp, text: str) -> str:
    """Let everybody write `text` wherever they can; return the export."""
    async with api(app.url) as script:
        session = await new_session(
            script, title=text[:200], question=text, facilitator_name=text[:80]
        )
        path = f"/api/sessions/{session['id']}"
        link = session["invitations"][0]["link"]
        async with participant(app.url, link, text[:80]) as (browser, _):
            for quote in ("named", "anonymous", "never"):
                gave = await browser.post(
                    f"{path}/inputs",
                    json={"text": f"The harbour must be {quote}. {text}", "quote": quote},
                )
                assert gave.status_code == 201
            for start in ("{}", "x{}", "- {}"):
                await browser.post(
                    f"{path}/critiques", json={"text": start.format(text), "visibility": "open"}
                )
            await refine(app, script, session["id"])
            suggestions = (await browser.get(f"{path}/suggestions")).json()["suggestions"]
            assert suggestions
            for number, one in enumerate(suggestions):
                body = {"text": f"{one['text']} {text}"} if number == 0 else None
                accepted = await browser.post(f"{path}/suggestions/{one['id']}/accept", json=body)
                assert accepted.status_code == 200, accepted.text
        token = await room_token(script, session["id"])
        async with peer(f"{app.ws_url}/{session['room']}?token={token}") as writer:

            def write(document: Document) -> None:
                for look in (
                    {},
                    {"bold": True},
                    {"link": f"https://a.example/{text}"},
                    {"link": text},
                ):
                    positions.insert(document.statement, 0, text, look)

            await writer.socket.send(sync_message(UPDATE, writer.document.edit(write)))
            await writer.step()
        answer = await script.get(f"{path}/export.md")
        assert answer.status_code == 200
        return answer.text


async def test_nothing_anybody_wrote_anywhere_becomes_markup(app: RunningApp) -> None:
    hostile, honest = await exported(app, HOSTILE), await exported(app, "words")
    for html in (False, True):
        found = tags(hostile, html=html)
        kinds = {kind for kind, _ in found}
        assert not kinds & {
            "html_block",
            "html_inline",
            "image",
            "code_block",
            "fence",
            "table_open",
        }
        headings = [one for one in found if one[0] == "heading_open"]
        assert headings == [one for one in tags(honest, html=html) if one[0] == "heading_open"]
        assert found.count(("hr", "hr")) == 1
    reader = MarkdownIt("gfm-like", {"html": True})
    links = [
        str(one.attrs["href"])
        for token in reader.parse(hostile)
        for one in token.children or []
        if one.type == "link_open"
    ]
    assert links
    assert all(link.startswith("https://a.example/") for link in links)


async def test_it_says_what_it_is_and_what_it_is_not(app: RunningApp) -> None:
    async with api(app.url) as script:
        session = await new_session(script, title="Häfen & Co.")
        answer = await script.get(f"/api/sessions/{session['id']}/export.md")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="h-fen-co.md"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.startswith("# Häfen \\& Co.\n\n**How should the harbour grow?**\n\n")
    assert "*The statement is still empty.*" in answer.text
    assert "not agreed: nobody has voted on this text" in answer.text
    assert "agreed by the participants' votes" not in answer.text


async def test_private_critiques_and_unquotable_inputs_are_not_in_it(app: RunningApp) -> None:
    async with api(app.url) as script:
        session = await new_session(script)
        path = f"/api/sessions/{session['id']}"
        async with participant(app.url, session["invitations"][0]["link"], "Ana") as (ana, _):
            await ana.post(
                f"{path}/inputs",
                json={"text": "The basin stays with the fishers.", "quote": "never"},
            )
            for visibility in ("open", "private"):
                await ana.post(
                    f"{path}/critiques",
                    json={"text": f"A {visibility} word.", "visibility": visibility},
                )
            gave = await ana.post(
                f"{path}/critiques", json={"text": "A settled word.", "visibility": "open"}
            )
            await ana.post(f"{path}/critiques/{gave.json()['id']}/resolve")
        text = (await script.get(f"{path}/export.md")).text
    assert "A open word. (Ana)" in text
    assert "private word" not in text
    assert "settled word" not in text
    assert "fishers" not in text


async def test_a_title_without_a_letter_of_ours_still_has_a_file_name(app: RunningApp) -> None:
    async with api(app.url) as script:
        session = await new_session(script, title="港の開発計画")
        answer = await script.get(f"/api/sessions/{session['id']}/export.md")
    assert answer.headers["content-disposition"] == 'attachment; filename="statement.md"'


async def test_dissent_notes_are_in_it_named_only_by_their_authors(app: RunningApp) -> None:
    async with api(app.url) as script:
        session = await new_session(script)
        path = f"/api/sessions/{session['id']}"
        link = session["invitations"][0]["link"]
        async with participant(app.url, link, "Ana") as (browser, _):
            for text, named in (("Not by night.", True), ("Not *ever*.\n# Heading", False)):
                wrote = await browser.post(f"{path}/dissents", json={"text": text, "named": named})
                assert wrote.status_code == 201, wrote.text
            gone = await browser.post(f"{path}/dissents", json={"text": "Taken back."})
            await browser.delete(f"{path}/dissents/{gone.json()['id']}")
        whole = (await script.get(f"{path}/export.md")).text
    section = whole.split("## Dissent notes")[1]
    assert "- Not by night. (Ana)\n" in section
    assert section.count("Ana") == 1
    assert "Taken back" not in whole
    assert ("em_open", "em") not in tags(section, html=False)
    assert not [one for one in tags(section, html=False) if one[0] == "heading_open"]
