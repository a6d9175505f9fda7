"""What is written without a connection stays in this browser, also where the browser has no time or no room for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.client.people import Host, Visitor, until
from tests.harness import PATIENCE, server_process

pytestmark = pytest.mark.usefixtures("everybody_goes_home")


@pytest.fixture
def ana(host: Host) -> Visitor:
    ana = host.new_room().join("Ana")
    ana.write("Together. ")
    ana.wait_saved()
    ana.go_offline()
    return ana


#: Keeps every other transaction on the page's database waiting, until `go()` or the page's end.
_KEEP_BUSY = """async () => {
  const about = (await indexedDB.databases()).find(({ name }) => name !== 'accord:probe')
  const opened = indexedDB.open(about.name)
  await new Promise((resolve) => { opened.onsuccess = resolve })
  let busy = true
  window.go = () => { busy = false }
  const store = opened.result.transaction(['updates'], 'readwrite').objectStore('updates')
  await new Promise((resolve) => {
    const ask = () => {
      if (busy) store.count().onsuccess = ask
      resolve()
    }
    ask()
  })
}"""


def test_what_the_browser_had_no_time_to_store_outlives_a_reload(ana: Visitor) -> None:
    ana.page.evaluate(_KEEP_BUSY)
    ana.write("Alone.")
    ana.page.reload()
    ana.page.wait_for_selector(".statement")
    assert ana.text() == "Together. Alone."
    # Nothing of it is left over once it is stored like everything else.
    until(lambda: "accord:rest" not in _names(ana), "the rest is stored")
    ana.page.reload()
    ana.page.wait_for_selector(".statement")
    assert ana.text() == "Together. Alone."
    ana.go_online()
    assert ana.text() == "Together. Alone."


def test_two_tabs_of_one_person_both_leave_what_was_not_stored(ana: Visitor) -> None:
    second = ana.context.new_page()
    second.goto(ana.page.url)
    second.wait_for_selector(".statement")
    ana.page.evaluate(_KEEP_BUSY)
    ana.write("One.")
    second.focus(".statement")
    second.keyboard.press("Control+Home")
    second.keyboard.type("Two. ")
    with second.expect_event("close"):
        second.close(run_before_unload=True)
    # The first tab goes into the background and comes back; then its own is stored, and no more than that.
    ana.page.evaluate("dispatchEvent(new Event('pagehide'))")
    ana.page.evaluate("go()")
    ana.page.wait_for_timeout(500)
    ana.page.reload()
    ana.page.wait_for_selector(".statement")
    assert ana.text() == "Two. Together. One."


def test_a_browser_without_room_says_so_and_loses_nothing(host: Host) -> None:
    room = host.new_room()
    ana = host.visitor()
    quota = {"origin": host.url, "quotaSize": 1}
    ana.context.new_cdp_session(ana.page).send("Storage.overrideQuotaForOrigin", quota)
    room.enter(ana, "Ana")
    ana.go_offline()
    ana.write("Alone.")
    ana.page.wait_for_selector(".bar-offline >> text=keeps no copy")
    ana.page.reload()
    ana.page.wait_for_selector(".statement")
    assert ana.text() == "Alone."
    ana.go_online()
    assert ana.complaints == []


def test_a_browser_that_loses_its_database_makes_a_new_one(host: Host, ana: Visitor) -> None:
    gone = {"origin": host.url, "storageTypes": "indexeddb"}
    ana.context.new_cdp_session(ana.page).send("Storage.clearDataForOrigin", gone)
    ana.page.wait_for_selector(".bar-offline >> text=keeps no copy")
    ana.write("Alone.")
    ana.page.wait_for_selector(".bar-offline >> text=kept in this browser")
    ana.write(" Again.")
    ana.page.reload()
    ana.page.wait_for_selector(".statement")
    assert ana.text() == "Together. Alone. Again."
    ana.go_online()
    assert ana.complaints == []


def test_a_browser_whose_copy_is_deleted_says_so_and_goes_on(ana: Visitor) -> None:
    ana.page.evaluate(
        """async () => {
          for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name)
        }"""
    )
    ana.page.wait_for_selector(".bar-offline >> text=keeps no copy")
    ana.write("Alone.")
    assert ana.text() == "Together. Alone."
    ana.go_online()
    assert ana.complaints == []


def _names(visitor: Visitor) -> str:
    names: str = visitor.page.evaluate("Object.keys(localStorage).join(' ')")
    return names


def test_unsent_words_of_a_document_restored_meanwhile_are_offered_as_a_file(
    browser: Browser, tmp_path: Path
) -> None:
    data, copy, restored = (tmp_path / name for name in ("data", "copy", "restored"))
    with server_process(data) as server, Host(server.url, browser) as host:
        room = host.new_room()
        ana = room.join("Ana")
        ana.write("Together. ")
        ana.wait_saved()
        _accord("backup", copy, "--data", data)
        slow = ana.context.new_page()
        slow.goto(ana.page.url)
        slow.wait_for_selector(".statement")
        slow.evaluate(_KEEP_BUSY)
        ana.go_offline()
        ana.write("Alone.")
        server.stop()
        _accord("restore", copy, "--data", restored)
        ana.line.cut = False
        with server_process(restored, port=int(host.url.rpartition(":")[2])):
            ana.page.reload()
            ana.wait_saved()
            until(lambda: ana.text() == "Together. ", "the restored text is there")
            # However long the disk takes.
            ana.page.wait_for_timeout(4000)
            slow.evaluate("go()")
            slow.close()
            ana.page.wait_for_selector(".bar >> text=restored to an earlier version")
            with ana.page.expect_download() as download:
                ana.page.click("button >> text=Save a copy")
            assert Path(download.value.path()).read_text() == "Together. Alone."
            ana.page.click("button >> text=Delete it from this browser")
            ana.page.wait_for_selector(".bar >> text=restored", state="detached")
            ana.page.reload()
            ana.wait_saved()
            assert ana.page.locator(".bar >> text=restored").count() == 0
            assert "accord:rest" not in _names(ana)


def _accord(*arguments: str | Path) -> None:
    subprocess.run(
        [Path(sys.executable).parent / "accord", *arguments], timeout=PATIENCE, check=True
    )
