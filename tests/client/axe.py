"""What axe-core finds on a page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, axe_script: str) -> list[Any]:
    """Return the rules that are broken, and where."""
    page.wait_for_timeout(150)
    page.evaluate(axe_script)
    found: list[Any] = page.evaluate(
        """async (rules) => {
          const { violations } = await axe.run(document, {runOnly: {type: 'tag', values: rules}})
          return violations.map(({id, nodes}) => [id, nodes.map(({target}) => target)])
        }""",
        RULES,
    )
    return found


def check(page: Page, axe_script: str) -> None:
    """Check that it finds nothing, in the light and in the dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = violations(page, axe_script)
        assert found == [], f"{page.url} in the {scheme}: {found}"
