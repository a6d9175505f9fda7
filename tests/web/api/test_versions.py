"""`web.api.versions`: what the statement was, who wrote it, and going back without losing anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from collab import positions
from collab.messages import UPDATE, sync_message
from collab.origins import Origin, Via
from tests.harness import RunningApp
from tests.web.people import Cast, Client, cast, open_poll
from tests.web.wire import peer, room_token


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody, at an empty statement."""
    async with cast(app) as found:
        yield found


BOT = Origin("bot", Via.BOT)


async def write(app: RunningApp, people: Cast, text: str) -> None:
    """Put text at the start of the statement."""
    room = await app.services.registry.of_session(people.session["id"])
    await room.edit(lambda it: positions.insert(it.statement, 0, text), BOT)


async def type_as(
    app: RunningApp, people: Cast, client: Client, text: str, at: int = 0, **token: str
) -> None:
    """Somebody types."""
    secret = await room_token(client, people.session["id"], **token)
    async with peer(f"{app.ws_url}/{people.session['room']}?token={secret}") as someone:
        await someone.socket.send(sync_message(UPDATE, someone.edit(text, at)))
        await someone.ask_saved(1)
        await someone.until(lambda: 1 in someone.saved)


async def me(people: Cast, role: str) -> str:
    found: str = (await people.as_(role).get(people.path)).json()["me"]["participant"]
    return found


async def versions(people: Cast, role: str = "observer") -> list[dict[str, Any]]:
    answer = await people.as_(role).get(f"{people.path}/versions")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["versions"]
    return found


async def text(app: RunningApp, people: Cast) -> str:
    room = await app.services.registry.of_session(people.session["id"])
    return positions.measure(room.document.statement).text


async def test_everybody_reads_who_wrote_what_and_the_facilitator_goes_back(
    app: RunningApp, people: Cast
) -> None:
    assert await versions(people) == []
    ana, ben = await me(people, "participant"), await me(people, "facilitator")
    await type_as(app, people, people.participant, "The harbour grows.")
    await type_as(app, people, people.facilitator, "slowly ", 12)
    (one,) = await versions(people)
    assert [(by["id"], by["name"], by["how"], by["added"]) for by in one["by"]] == [
        (ana, "Participant", "typed", 18),
        (ben, "Facilitator", "typed", 7),
    ]
    shown = (await people.observer.get(f"{people.path}/versions/{one['version']}")).json()
    (block,) = shown["blocks"]
    authors = [shown["authors"][part["author"]]["id"] for part in block["parts"]]
    assert [part["text"] for part in block["parts"]] == ["The harbour ", "slowly ", "grows."]
    assert authors == [ana, ben, ana]
    assert {change["kind"] for change in shown["changes"]} == {"same"}

    await type_as(app, people, people.script, "Not ", subject="translator")
    shown = (await people.observer.get(f"{people.path}/versions/{one['version']}")).json()
    assert shown["changes"][0] == {"kind": "added", "text": "Not "}
    restored = await people.script.post(f"{people.path}/versions/{one['version']}/restore")
    assert restored.json() == {"version": one["version"], "changed": True}
    assert await text(app, people) == "The harbour slowly grows.\n"
    again = await people.script.post(f"{people.path}/versions/{one['version']}/restore")
    assert again.json()["changed"] is False
    newest, before = await versions(people)
    assert (newest["cause"], newest["by"][0]["how"]) == ("restored", "restored")
    # What was undone is a version like any other, so restoring is undone by restoring.
    guest = before["by"][-1]
    assert (guest["id"], guest["how"], guest["added"]) == ("guest:translator", "typed", 4)
    await people.facilitator.post(f"{people.path}/versions/{before['version']}/restore")
    assert await text(app, people) == "Not The harbour slowly grows.\n"


@pytest.mark.parametrize(
    ("role", "read", "restore"),
    [
        ("nobody", 401, 401),
        ("stranger", 404, 404),
        ("another", 404, 404),
        ("observer", 200, 403),
        ("participant", 200, 403),
        ("facilitator", 200, 200),
    ],
)
async def test_who_may(app: RunningApp, people: Cast, role: str, read: int, restore: int) -> None:
    await write(app, people, "We agree.")
    (one,) = await versions(people)
    client = people.as_(role)
    path = f"{people.path}/versions/{one['version']}"
    assert (await client.get(f"{people.path}/versions")).status_code == read
    assert (await client.get(path)).status_code == read
    assert (await client.post(f"{path}/restore")).status_code == restore


@pytest.mark.parametrize(
    ("version", "status"),
    [("0", 404), ("999", 404), ("-1", 422), ("99999999999999999999", 422), ("x", 422)],
)
async def test_what_is_no_version(people: Cast, version: str, status: int) -> None:
    path = f"{people.path}/versions/{version}"
    assert (await people.facilitator.get(path)).status_code == status
    assert (await people.facilitator.post(f"{path}/restore")).status_code == status


async def test_a_frozen_text_is_not_restored_and_what_was_asked_about_is_a_version(
    app: RunningApp, people: Cast
) -> None:
    await write(app, people, "One. ")
    (one,) = await versions(people)
    await open_poll(app, people, "Two. ")
    refused = await people.script.post(f"{people.path}/versions/{one['version']}/restore")
    assert (refused.status_code, refused.json()["type"].split("/")[-1]) == (409, "frozen")
    assert await text(app, people) == "Two. One. \n"
    body = {"phase": "refining", "seen": "deciding"}
    assert (await people.script.post(f"{people.path}/phase", json=body)).status_code == 200
    await write(app, people, "Three. ")
    three, two = await versions(people)
    assert (three["poll"], two["poll"]) == (None, 1)
    assert (
        await people.script.post(f"{people.path}/versions/{two['version']}/restore")
    ).status_code == 200
    assert await text(app, people) == "Two. One. \n"


async def test_who_types_while_it_is_restored_loses_no_word_and_gets_none_twice(
    app: RunningApp, people: Cast
) -> None:
    await write(app, people, "Ships enter the harbour.")
    (one,) = await versions(people)
    restore = f"{people.path}/versions/{one['version']}/restore"
    room = await app.services.registry.of_session(people.session["id"])
    token = await room_token(people.script, people.session["id"], subject="translator")
    async with peer(f"{app.ws_url}/{people.session['room']}?token={token}") as ana:
        await room.edit(lambda it: positions.delete(it.statement, 0, 6), BOT)
        await ana.until(lambda: ana.text == "enter the harbour.\n")
        # Ana writes without having seen that it is restored; then it is; then hers arrives.
        update = ana.edit("slowly ", 6)
        assert (await people.script.post(restore)).json()["changed"] is True
        await ana.socket.send(sync_message(UPDATE, update))
        await ana.ask_saved(3)
        await ana.until(lambda: 3 in ana.saved)
        assert ana.text == "Ships enter slowly the harbour.\n"
        assert await text(app, people) == "Ships enter slowly the harbour.\n"

        async def type_on() -> None:
            for number in range(60):
                await ana.write(f"{number} ")
                await asyncio.sleep(0)

        typing = asyncio.create_task(type_on())
        for _ in range(5):
            assert (await people.script.post(restore)).status_code == 200
        await typing
        await ana.ask_saved(7)
        await ana.until(lambda: 7 in ana.saved)
        whole = await text(app, people)
        assert ana.text == whole
        assert whole.endswith("Ships enter the harbour.\n")
        numbers = [int(word) for word in whole.removesuffix("Ships enter the harbour.\n").split()]
        assert numbers == sorted(set(numbers), reverse=True)  # each was typed before the others
    assert [found["by"][0]["how"] for found in await versions(people)].count("restored") >= 1


async def test_long_lists_come_in_pages(app: RunningApp, people: Cast) -> None:
    room = await app.services.registry.of_session(people.session["id"])
    for number in range(6):  # a restore and typing take turns: each is a version
        via = Via.RESTORE if number % 2 else Via.BOT
        await room.edit(lambda it: positions.insert(it.statement, 0, "word "), Origin("ana", via))
    path = f"{people.path}/versions"
    first = (await people.observer.get(path, params={"limit": 4})).json()
    assert (len(first["versions"]), first["more"]) == (4, True)
    last = first["versions"][-1]["version"]
    rest = (await people.observer.get(path, params={"limit": 4, "before": last})).json()
    assert (len(rest["versions"]), rest["more"]) == (2, False)
    assert (await people.observer.get(path, params={"limit": 0})).status_code == 422
