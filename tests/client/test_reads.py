"""What the page asks the server for: once, nothing missed, and again if it does not come."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Request, Route

from tests.client.people import Host, Room, until

PATHS = ("config", "deliberation", "rounds", "interview", "inputs")


pytestmark = pytest.mark.usefixtures("everybody_goes_home")


@pytest.fixture
def room(host: Host) -> Room:
    return host.new_room()


def test_who_comes_in_reads_everything_once(room: Room) -> None:
    ana = room.host.visitor()
    # The first sign of life changes something on the server, and is answered while the rest is being read.
    asked: list[str] = []
    held: list[Route] = []
    signed = False

    def hold(route: Route) -> None:
        asked.append(route.request.url)
        if signed:
            route.continue_()
        else:
            held.append(route)

    for path in PATHS:
        ana.page.route(f"**/{path}", hold)
    signs: list[Request] = []
    ana.page.on("request", lambda one: signs.append(one) if one.url.endswith("/visits") else None)
    with ana.page.expect_response("**/visits"):
        room.enter(ana, "Ana")
    until(lambda: len(held) >= len(PATHS), "the page reads", by=ana.page)
    signed = True
    for route in held:
        route.continue_()
    ana.page.wait_for_timeout(1000)
    # Once for each sign: a busy machine may be so late that the page asks before it hears, and then again.
    until(
        lambda: (
            Counter(url.rpartition("/")[2] for url in asked) == {path: len(signs) for path in PATHS}
        ),
        "each is asked for once",
        by=ana.page,
    )


def test_what_happens_before_the_page_hears_of_it_is_not_missed(room: Room) -> None:
    host = room.host
    ana = host.visitor()
    streams: list[Route] = []
    read: list[str] = []
    ana.page.on("requestfinished", lambda request: read.append(request.url))
    ana.page.route("**/events*", lambda route: streams.append(route))
    room.enter(ana, "Ana")
    # It does not wait for the stream for long.
    ana.page.wait_for_selector(".step.now >> text=Gathering")
    until(lambda: any(url.endswith("/deliberation") for url in read), "the page asks", by=ana.page)
    ana.page.wait_for_timeout(300)
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "refining"})
    streams[0].continue_()
    ana.page.wait_for_selector(".step.now >> text=Refining")
    assert ana.complaints == []


def test_what_does_not_come_is_asked_for_again(room: Room) -> None:
    host = room.host
    ana = host.visitor()
    failed: Counter[str] = Counter()

    def fail(route: Route) -> None:
        failed[route.request.url] += 1
        if failed[route.request.url] > 2:
            route.continue_()
        elif failed[route.request.url] == 1:
            route.fulfill(status=503, body="<h1>Bad gateway</h1>")
        else:
            route.abort()

    room.guest("Bo", 1)
    room.enter(ana, "Ana")
    ana.write("Two towns share the Senne.")
    ana.wait_saved()
    ana.open_tab("voting")
    for path in ("polls/*", "deliberation"):
        ana.page.route(f"**/{path}", fail)
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "refining"})
    host.call("PUT", f"/sessions/{room.id}/rule", {"kind": "k_of_n", "approvals": 2})
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "deciding", "seen": "refining"})
    ana.page.click(".vote >> text=Approve")
    ana.page.click("text=Cast my vote")
    ana.page.wait_for_selector(".vote .done >> text=You approve.")
    assert len(failed) == 2
