"""What axe-core finds on a page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

#: The rules about colours, which alone can be broken in the dark and not in the light.
COLOURS = ["color-contrast", "link-in-text-block"]


def violations(page: Page, axe_script: str, only: dict[str, Any]) -> list[Any]:
    """Return the rules that are broken, and where; `only` says which are looked at, as axe's `runOnly`."""
    page.wait_for_timeout(150)
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_script)
    found: list[Any] = page.evaluate(
        """async (only) => {
          const { violations } = await axe.run(document, {runOnly: only})
          return violations.map(({id, nodes}) => [id, nodes.map(({target}) => target)])
        }""",
        only,
    )
    return found


def check(page: Page, axe_script: str) -> None:
    """Check that it finds nothing, in the light and in the dark."""
    looks = {
        "light": {"type": "tag", "values": RULES},
        "dark": {"type": "rule", "values": COLOURS},
    }
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = violations(page, axe_script, looks[scheme])
        assert found == [], f"{page.url} in the {scheme}: {found}"
