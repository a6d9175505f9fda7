"""`accord facilitator`: also while the server runs."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2

from tests.harness import ServerProcess, api, server_process
from tests.web.commands.terminal import Said, accord


async def sign_in(server: ServerProcess, said: Said) -> httpx2.Response:
    found = re.search(r"/sign-in#(\S+)", said.out)
    assert found is not None, said
    async with api(server.url, None) as browser:
        return await browser.post("/api/sign-in", json={"token": found.group(1)})


async def test_one_is_added_gets_a_new_link_and_is_revoked(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with server_process(folder) as server:
        added = accord("facilitator", "add", "Grace Hopper", "--data", folder)
        assert added.code == 0
        ident = added.out.split()[0]
        assert (await sign_in(server, added)).status_code == 200
        renewed = accord("facilitator", "link", ident, "--data", folder)
        assert (await sign_in(server, added)).status_code == 401
        assert (await sign_in(server, renewed)).status_code == 200
        assert (
            f"{ident}  active  Grace Hopper" in accord("facilitator", "list", "--data", folder).out
        )
        assert accord("facilitator", "revoke", ident, "--data", folder).code == 0
        assert (await sign_in(server, renewed)).status_code == 401
        assert f"{ident}  revoked" in accord("facilitator", "list", "--data", folder).out


def test_what_is_missing_or_unknown_is_said(tmp_path: Path) -> None:
    said = accord("facilitator", "add", "--data", tmp_path)
    assert (said.code, "needs a name" in said.err) == (2, True)
    said = accord("facilitator", "revoke", "nobody", "--data", tmp_path)
    assert (said.code, "there is no facilitator nobody" in said.err) == (1, True)
