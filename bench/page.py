"""
How long a slow phone takes from a tap on a link until the statement can be written on.

    .venv/bin/python bench/page.py [--runs 3]

A real Chromium as a phone: 1.6 Mbit/s down, 0.75 Mbit/s up, 150 ms there and back, a quarter of this machine's
processor. Nothing is in its cache; the statement has ten lines and three suggestions. Needs the environment of the
tests (`scripts/setup dev`) and a Chromium.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from tests.client.model import scripted_model, server_with  # noqa: E402
from tests.client.people import BROWSER_FLAGS, PHONE, Host, find_chromium  # noqa: E402
from tests.client.pictures import STATEMENT, prepared, proposals  # noqa: E402

GOAL_SECONDS = 2.5

NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
SLOWER = 4

#: Set before any script of the page runs; read when it is done. A phone opens on the overview: it goes to the text as
#: soon as there is something to tap.
_WATCH = """() => {
  new MutationObserver(() => {
    if (!window.nameAsked && document.querySelector('#name')) window.nameAsked = performance.now()
    const tab = document.querySelector('#tab-statement')
    if (!window.shown && tab) {
      window.shown = performance.now()
      tab.click()
    }
    const sheet = document.querySelector('.statement[contenteditable=true]')
    if (!window.writable && sheet && sheet.checkVisibility()) window.writable = performance.now()
  }).observe(document, {subtree: true, childList: true, attributes: true})
}"""


def main() -> int:
    """Measure, print a table; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs to take the median of (3)")
    runs = parser.parse_args().runs
    path = find_chromium()
    if path is None:
        print("accord: no Chromium found (CHROMIUM=/path names one)", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory(prefix="accord-page-") as folder,
        scripted_model(proposals) as model,
        server_with(model, Path(folder) / "data") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        with Host(server.url, browser) as host:
            found = [measure(host, browser) for _ in range(runs)]
        browser.close()
    load = f"load {os.getloadavg()[0]:.1f}"
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {load}, median of {runs} (all)\n")
    print("| on a slow phone, from the tap on the link | measured | goal |\n|---|---|---|")
    names = (
        "the join page asks for the name",
        "the session's page is there",
        "the statement can be written on",
    )
    for name, goal, seconds in zip(
        names, ("", "", GOAL_SECONDS), zip(*found, strict=True), strict=True
    ):
        every = ", ".join(f"{one:.2f}" for one in seconds)
        print(f"| {name} | {statistics.median(seconds):.2f} s ({every}) | {goal and f'{goal} s'} |")
    return int(statistics.median(editable for *_, editable in found) > GOAL_SECONDS)


def measure(host: Host, browser: Browser) -> tuple[float, float, float]:
    """Return the seconds until a guest is asked for their name, until a participant sees the page, and may write."""
    room = prepared(host)
    writer = room.join("Marta", 0)
    for line in STATEMENT:
        writer.page.keyboard.type(line) if line is not STATEMENT[0] else writer.write(line)
        writer.page.keyboard.press("Enter")
    writer.wait_saved()
    room.refine()
    with_name = asked(browser, room.links[1])
    shown, seconds = writable(browser, room.links[1])
    host.send_home()
    return with_name, shown, seconds


def slow_phone(browser: Browser) -> Page:
    """Open a browser that is slow from now on."""
    page = browser.new_context(viewport={**PHONE}, is_mobile=True, has_touch=True).new_page()
    page.add_init_script(f"({_WATCH})()")
    return page


def slow_down(page: Page) -> None:
    """Make network and processor those of the phone."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def asked(browser: Browser, link: str) -> float:
    """Return the seconds until the join page is there."""
    page = slow_phone(browser)
    slow_down(page)
    page.goto(link)
    page.wait_for_function("() => window.nameAsked")
    milliseconds: float = page.evaluate("() => window.nameAsked")
    page.context.close()
    return milliseconds / 1000


def writable(browser: Browser, link: str) -> tuple[float, float]:
    """
    Return the seconds until somebody who has joined before sees the session, and can write.

    They open the room's address; nothing is cached.
    """
    page = slow_phone(browser)
    page.goto(link)
    page.fill("#name", "Ines")
    page.click("button[type=submit]")
    page.wait_for_selector(".statement[contenteditable=true]", state="attached")
    address = page.url
    page.goto("about:blank")
    slow_down(page)
    page.goto(address)
    page.wait_for_function("() => window.writable", timeout=60_000)
    shown, milliseconds = page.evaluate("() => [window.shown, window.writable]")
    page.context.close()
    return shown / 1000, milliseconds / 1000


if __name__ == "__main__":
    sys.exit(main())
