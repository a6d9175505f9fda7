"""`accord audit`: anybody can compute the outcome again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import RunningApp
from tests.web.people import Cast, cast, open_poll
from web.signing import open_signer


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody."""
    async with cast(app) as found:
        yield found


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def audit(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "web.cli", "audit", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_from_an_agreed_session_to_verified_offline(
    app: RunningApp, people: Cast, tmp_path: Path
) -> None:
    poll = await open_poll(app, people)
    await people.participant.post(
        f"{people.path}/polls/{poll['id']}/ballots",
        json={"choice": "approve", "text_hash": poll["text_hash"]},
    )
    answer = await people.observer.get(f"{people.path}/report.json")
    assert answer.status_code == 200, answer.text
    path = tmp_path / "bundle.json"
    path.write_bytes(answer.content)
    key = (await people.nobody.get("/api/audit-key")).json()["public_key"]
    done = audit("verify", str(path), "--key", key)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VERIFIED: 'Harbour development', phase agreed" in done.stdout
    assert "poll 1: agreed, 1 ballots" in done.stdout
    assert "Compare this key" in audit("verify", str(path)).stdout

    value = json.loads(answer.content)
    value["bundle"]["polls"][0]["ballots"][0]["choice"] = "object"
    path.write_text(json.dumps(value))
    done = audit("verify", str(path))
    assert (done.returncode, done.stdout) == (
        1,
        "NOT VERIFIED: it was changed after it was signed\n",
    )

    forged = open_signer(tmp_path / "forger.key").sign(value["bundle"])
    path.write_text(json.dumps(forged))
    assert "another key" in audit("verify", str(path), "--key", key).stdout
    done = audit("verify", str(path))  # signed anew by who changed it: the ballots still tell
    assert done.returncode == 1
    assert "do not add up" in done.stdout


def test_what_is_no_bundle_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    assert audit("verify", str(path)).returncode == 2
    path.write_text("[]")
    assert "no signed audit bundle" in audit("verify", str(path)).stdout
    assert audit("verify", str(path), "--key", "abc").returncode == 2
    path.write_text(json.dumps(open_signer(tmp_path / "k").sign({"format": "accord-audit-1"})))
    done = audit("verify", str(path))
    assert (done.returncode, done.stdout.split(":")[0]) == (1, "WRONG")


def test_the_key_is_shown(tmp_path: Path) -> None:
    done = audit("key", "--data", str(tmp_path))
    assert done.stdout.strip() == open_signer(tmp_path / "audit.key").public_key
    (tmp_path / "audit.key").write_bytes(b"x")
    assert audit("key", "--data", str(tmp_path)).returncode == 1
