"""`accord models`: the real command against a hub on this machine, and the server that uses what it brought."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.embedders.profiles import Profile, read_profile, write_profile
from tests.harness import NEW_SESSION, PATIENCE, api, server_process
from tests.ingest.hubs import COMMIT, REPOSITORY, Shelf, hub, tiny
from tests.web.api.test_documents import ended, give
from tests.web.commands.terminal import Said, accord
from web.commands.models import Meter, megabytes

MODEL_PATH = f"{REPOSITORY}/onnx/model.onnx"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with hub(Shelf(tiny(tmp_path / "there"))) as served:
        yield served


def models(shelf: Shelf, data: Path, *arguments: str, **environment: str) -> Said:
    return accord(
        "models", *arguments, "--data", data, ACCORD_EMBEDDING_HUB=shelf.url, **environment
    )


def test_what_can_be_had_is_listed_without_asking_anybody(shelf: Shelf, tmp_path: Path) -> None:
    said = models(shelf, tmp_path / "data")
    assert said.code == 0
    first, second = said.out.splitlines()[1:3]
    assert first.split() == [
        "multilingual-e5-small", "487", "MB", "about", "100", "MIT", "614241f622f5", "default",
    ]  # fmt: skip
    assert second.split() == [
        "all-MiniLM-L6-v2", "91", "MB", "English", "Apache-2.0", "1110a243fdf4",
    ]  # fmt: skip
    assert f"from {shelf.url} to {tmp_path / 'data' / 'models'}" in said.out
    assert shelf.asked == []
    assert not (tmp_path / "data").exists()


async def test_what_was_downloaded_over_a_bad_line_finds_by_meaning(
    shelf: Shelf, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shelf.sends = [100]
    with hub(Shelf(shelf.files, tells=False)) as store:
        shelf.moved = store.url
        shelf.sends, store.sends = [], [100]
        said = models(shelf, data, "download", REPOSITORY)
    assert said.code == 0, said.err
    assert "  model.onnx  100 %  of " in said.err
    assert said.out.splitlines() == [
        f"tiny is in {data / 'models' / 'tiny'}, every file checked",
        "ACCORD_EMBEDDINGS=local accord serve searches by meaning with it",
    ]
    assert (data / "models" / "tiny" / "model.onnx").stat().st_mode & 0o077 == 0
    listed = models(shelf, data, ACCORD_EMBEDDINGS="local").out.splitlines()[3].split()
    assert listed[0] == "tiny"
    assert listed[-4:] == [COMMIT[:12], "here,", "in", "use"]
    with server_process(data, ACCORD_EMBEDDINGS="local") as server:
        async with api(server.url) as client:
            session = (await client.post("/api/sessions", json=NEW_SESSION)).json()
            path = f"/api/sessions/{session['id']}"
            ident = await give(client, path, "The harbour is deep.\n", visibility="session")
            document = await ended(client, path, ident)
            assert document["status"] == "ready"
            found = (await client.get(f"{path}/search", params={"q": "port"})).json()
    assert found["by"] == "words and meaning"
    assert found["model"].startswith("local/tiny@")
    assert [hit["text"] for hit in found["hits"]] == ["The harbour is deep."]


def test_a_second_time_nobody_is_asked(shelf: Shelf, tmp_path: Path) -> None:
    assert models(shelf, tmp_path, "download", REPOSITORY).code == 0
    before = len(shelf.asked)
    said = models(shelf, tmp_path, "download", REPOSITORY)
    assert (said.code, "is here already; remove" in said.out) == (0, True)
    assert len(shelf.asked) == before


def test_with_several_it_says_how_to_name_one(shelf: Shelf, tmp_path: Path) -> None:
    models(shelf, tmp_path, "download", REPOSITORY)
    shutil.copytree(tmp_path / "models" / "tiny", tmp_path / "models" / "other")
    shutil.rmtree(tmp_path / "models" / "tiny")
    said = models(shelf, tmp_path, "download", REPOSITORY)
    assert "ACCORD_EMBEDDINGS=local ACCORD_EMBEDDING_MODEL=tiny accord serve" in said.out


def test_a_revision_can_be_named(shelf: Shelf, tmp_path: Path) -> None:
    models(shelf, tmp_path, "download", REPOSITORY, "--revision", "v2")
    assert shelf.paths[0] == f"/{REPOSITORY}/resolve/v2/tokenizer.json"
    source = read_profile(tmp_path / "models" / "tiny").source
    assert source is not None
    assert source.revision == COMMIT


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("download", "e5"), 2, "e5 is no model we know (multilingual-e5-small, all-MiniLM-L6-v2)"),
        (("download", "../../etc"), 2, "is no model we know"),
        (("download", "a/b", "--revision", ".."), 2, "is no model we know"),
        (("download", "tests/none"), 1, "has no tokenizer.json of tests/none at revision main"),
        (("download",), 1, "has no onnx/tokenizer.json of intfloat/multilingual-e5-small"),
        (("remove", "tiny"), 2, "invalid choice: 'remove'"),
    ],
)
def test_what_cannot_be_had_is_told(
    shelf: Shelf, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    said = models(shelf, tmp_path, *arguments)
    assert (said.code, words in said.err) == (code, True), said.err
    assert "Traceback" not in said.err
    assert [one for one in tmp_path.glob("models/*") if one.name[0] != "."] == []


def test_no_network_a_page_to_sign_in_and_a_hub_without_https_are_told(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.answer = (200, "text/html", b"<html>Welcome to the hotel")
    page = models(shelf, tmp_path, "download")
    assert (page.code, "does this network ask people to sign in?" in page.err) == (1, True)
    gone = accord("models", "download", "--data", tmp_path, ACCORD_EMBEDDING_HUB="http://127.0.0.1:1")  # fmt: skip
    assert (gone.code, "127.0.0.1:1 cannot be reached" in gone.err) == (1, True)
    plain = accord("models", ACCORD_EMBEDDING_HUB="http://hub.example.org")
    assert (plain.code, "ACCORD_EMBEDDING_HUB: must begin with https://" in plain.err) == (2, True)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_download_that_is_stopped_goes_on_where_it_was(
    shelf: Shelf, tmp_path: Path, stop: signal.Signals
) -> None:
    body = os.urandom(200_000)
    shelf.files[MODEL_PATH] = body
    shelf.sends, shelf.hold = [150_000], threading.Event()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")}
    process = subprocess.Popen(
        [Path(sys.executable).parent / "accord", "models", "download", REPOSITORY, "--data", tmp_path],
        env=clean | {"ACCORD_EMBEDDING_HUB": shelf.url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "model.onnx   70 %" in line:
            break
    process.send_signal(stop)
    rest = process.stderr.read()
    code = process.wait(PATIENCE)
    process.stderr.close()
    shelf.hold.set()
    if stop == signal.SIGINT:
        assert (code, "stopped; the same command goes on from here" in rest) == (130, True)
    assert "Traceback" not in rest
    here = (tmp_path / "models" / ".tiny.part" / "model.onnx").stat().st_size
    assert 0 < here <= 150_000
    assert models(shelf, tmp_path, "download", REPOSITORY).code == 0
    assert shelf.asked[-1] == (f"/{REPOSITORY}/resolve/{COMMIT}/onnx/model.onnx", f"bytes={here}-")
    assert (tmp_path / "models" / "tiny" / "model.onnx").read_bytes() == body


def test_a_damaged_profile_is_shown_in_the_list(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "mine"
    folder.mkdir(parents=True)
    write_profile(folder, Profile())
    assert models(shelf, tmp_path).out.splitlines()[3].split() == ["mine", "0", "kB", "here"]
    (folder / "accord-model.json").write_text("{")
    assert "damaged: " in models(shelf, tmp_path).out.splitlines()[3]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_where_somebody_watches_and_few_elsewhere() -> None:
    watched, log = Terminal(), io.StringIO()
    for out in (watched, log):
        meter = Meter(out)
        for name in ("a", "b"):
            for here in range(1, 1001):
                meter.show(name, here * 2000, 2_000_000)
        meter.end()
    assert watched.getvalue().count("\n") == 2
    assert watched.getvalue().split("\r")[-1] == "  b  100 %  of 2 MB\n"
    assert len(log.getvalue().splitlines()) == 2 * 11
    assert "\r" not in log.getvalue()


def test_sizes_are_for_people() -> None:
    assert (megabytes(487_351_240), megabytes(466_247)) == ("487 MB", "466 kB")
