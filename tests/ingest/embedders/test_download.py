"""`ingest.embedders.download`: a real small model from a real HTTP server, whatever happens on the way."""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ingest.embedders import download as module
from ingest.embedders.catalogue import DEFAULT, Model, Wanted, find
from ingest.embedders.download import Download, downloaded
from ingest.embedders.hub import Hub
from ingest.embedders.local import open_folder
from ingest.embedders.profiles import Profile, Source, read_profile
from ingest.embedding import Purpose
from ingest.errors import DownloadFailed
from tests.ingest.hubs import COMMIT, REPOSITORY, Shelf, hub, kept, tiny

MODEL_PATH = f"{REPOSITORY}/onnx/model.onnx"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with hub(Shelf(tiny(tmp_path / "there"))) as served:
        yield served


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "data" / "models"


def any_model() -> Model:
    model = find(REPOSITORY)
    assert model is not None
    return model


def known(shelf: Shelf, **changes: object) -> Model:
    """Return the tiny model as one that is known to the byte."""
    files = tuple(
        Wanted(name, (path,), len(body), hashlib.sha256(body).hexdigest())
        for name, path in (("tokenizer.json", "tokenizer.json"), ("model.onnx", "onnx/model.onnx"))
        if (body := shelf.files[f"{REPOSITORY}/{path}"])
    )
    made = Model(
        "tiny", REPOSITORY, COMMIT, files, licence="MIT", profile=Profile("ship ", "", "mean", 64)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def bring(shelf: Shelf, models: Path, model: Model | None = None) -> list[tuple[str, int, int]]:
    """Download; return the progress that was shown."""
    shown: list[tuple[str, int, int]] = []
    one = Hub(shelf.url)
    try:
        Download(
            one,
            model or any_model(),
            models,
            lambda name, here, size: shown.append((name, here, size)),
            pause_seconds=0,
        ).run()
    finally:
        one.close()
    return shown


@contextmanager
def failing(words: str, models: Path, *, again: bool) -> Iterator[None]:
    """Expect a download to fail, and nothing to be where models are looked for."""
    with pytest.raises(DownloadFailed, match=words) as caught:
        yield
    assert caught.value.again is again
    assert downloaded(models) == []


async def test_a_model_nobody_knows_comes_with_what_it_says_of_itself(
    shelf: Shelf, models: Path, tmp_path: Path
) -> None:
    shelf.files = tiny(
        tmp_path / "more",
        sentence_bert_config={"max_seq_length": 99},
        config_sentence_transformers={"prompts": {"query": "ship "}},
        **{"1_Pooling__config": {"pooling_mode_cls_token": True}},
    )
    shelf.files[f"{REPOSITORY}/pytorch_model.bin"] = shelf.files[f"{REPOSITORY}/run.py"] = b"x"
    shown = bring(shelf, models)
    (folder,) = downloaded(models)
    assert sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()) == [
        "1_Pooling/config.json",
        "accord-model.json",
        "config_sentence_transformers.json",
        "model.onnx",
        "sentence_bert_config.json",
        "tokenizer.json",
    ]
    body = shelf.files[MODEL_PATH]
    assert (folder / "model.onnx").read_bytes() == body
    assert shown[-1] == ("model.onnx", len(body), len(body))
    profile = read_profile(folder)
    assert profile.source == Source(REPOSITORY, COMMIT)
    assert profile.files["model.onnx"].sha256 == hashlib.sha256(body).hexdigest()
    model = open_folder(folder)
    assert model.max_tokens == 99
    (query,) = await model.embed(["harbour"], Purpose.QUERY)
    (ship,) = await model.embed(["ship"], Purpose.PASSAGE)
    assert np.allclose(query, ship)  # the first token of "ship harbour"
    assert [one for one in shelf.paths if ".bin" in one or ".py" in one] == []


def test_all_files_are_of_the_commit_that_the_branch_stood_for(shelf: Shelf, models: Path) -> None:
    bring(shelf, models)
    assert shelf.paths[0] == f"/{REPOSITORY}/resolve/main/tokenizer.json"
    assert {one.split("/")[4] for one in shelf.paths[1:]} == {COMMIT}


def test_a_model_we_know_comes_with_how_it_is_used(shelf: Shelf, models: Path) -> None:
    model = known(shelf)
    bring(shelf, models, model)
    assert len(shelf.asked) == 2  # one request for each file, and no more
    profile = read_profile(models / "tiny")
    assert replace(profile, source=None, files={}) == model.profile
    assert profile.source == Source(REPOSITORY, COMMIT, "MIT")


def test_what_is_here_is_not_asked_for_again(shelf: Shelf, models: Path) -> None:
    bring(shelf, models)
    before = len(shelf.asked)
    assert bring(shelf, models) == []
    assert len(shelf.asked) == before


def test_a_model_whose_export_lies_at_the_top_is_found(shelf: Shelf, models: Path) -> None:
    shelf.files[f"{REPOSITORY}/model.onnx"] = shelf.files.pop(MODEL_PATH)
    bring(shelf, models)
    assert downloaded(models)


def test_a_connection_that_breaks_is_taken_up_where_it_broke(shelf: Shelf, models: Path) -> None:
    shelf.sends = [100, 0, 50]
    bring(shelf, models)
    body = shelf.files[MODEL_PATH]
    assert (models / "tiny" / "model.onnx").read_bytes() == body
    assert [begin for path, begin in shelf.asked if path.endswith("model.onnx")] == [
        None, "bytes=100-", "bytes=100-", "bytes=150-",
    ]  # fmt: skip


def test_the_same_command_goes_on_later(shelf: Shelf, models: Path) -> None:
    shelf.sends = [100, 0, 0, 0]
    with failing("after 100 bytes of model.onnx; the same command goes on", models, again=True):
        bring(shelf, models)
    before = len(shelf.asked)
    bring(shelf, models)
    assert shelf.asked[before:] == [
        (f"/{REPOSITORY}/resolve/main/tokenizer.json", None),  # which commit it is now
        (f"/{REPOSITORY}/resolve/{COMMIT}/sentence_bert_config.json", None),
        (f"/{REPOSITORY}/resolve/{COMMIT}/1_Pooling/config.json", None),
        (f"/{REPOSITORY}/resolve/{COMMIT}/config_sentence_transformers.json", None),
        (f"/{REPOSITORY}/resolve/{COMMIT}/onnx/model.onnx", "bytes=100-"),
    ]
    assert (models / "tiny" / "model.onnx").read_bytes() == shelf.files[MODEL_PATH]
    assert list(models.glob(".*.part")) == []


def test_a_line_that_never_holds_is_given_up(shelf: Shelf, models: Path) -> None:
    shelf.sends = [1] * 100
    with failing("after 20 bytes", models, again=True):
        bring(shelf, models)


def test_an_end_that_nobody_announced_is_known_by_what_the_hub_told(
    shelf: Shelf, models: Path
) -> None:
    shelf.lengths, shelf.sends = False, [100]
    bring(shelf, models, known(shelf))
    assert shelf.asked[-1][1] == "bytes=100-"
    assert (models / "tiny" / "model.onnx").read_bytes() == shelf.files[MODEL_PATH]
    shutil.rmtree(models)
    shelf.tells = False
    with failing("does not say how long the file is", models, again=False):
        bring(shelf, models)


def test_a_hub_that_sends_no_parts_is_asked_for_the_whole(shelf: Shelf, models: Path) -> None:
    shelf.ranges, shelf.sends = False, [100]
    bring(shelf, models)
    assert (models / "tiny" / "model.onnx").read_bytes() == shelf.files[MODEL_PATH]


def test_what_came_of_another_commit_is_not_gone_on_with(shelf: Shelf, models: Path) -> None:
    shelf.sends = [100, 0, 0, 0]
    with failing("same command", models, again=True):
        bring(shelf, models)
    shelf.changes = {"x-repo-commit": "f" * 40}
    shelf.tells = False
    before = len(shelf.asked)
    bring(shelf, models)
    assert {begin for _, begin in shelf.asked[before:]} == {None}
    assert kept(models / "tiny")["source"]["revision"] == "f" * 40


def test_what_came_of_a_branch_is_not_gone_on_with(shelf: Shelf, models: Path) -> None:
    shelf.tells, shelf.sends = False, [100, 0, 0, 0]
    with failing("same command", models, again=True):
        bring(shelf, models)
    before = len(shelf.asked)
    bring(shelf, models)
    assert {begin for _, begin in shelf.asked[before:]} == {None}


def test_more_here_than_there_begins_anew(shelf: Shelf, models: Path) -> None:
    shelf.sends = [100, 0, 0, 0]
    with failing("same command", models, again=True):
        bring(shelf, models)
    (models / ".tiny.part" / "model.onnx").write_bytes(b"x" * 1_000_000)
    bring(shelf, models)
    assert (models / "tiny" / "model.onnx").read_bytes() == shelf.files[MODEL_PATH]


def test_a_damaged_file_is_removed_and_never_a_model(shelf: Shelf, models: Path) -> None:
    shelf.sends = [100, 0, 0, 0]
    with failing("same command", models, again=True):
        bring(shelf, models)
    path = models / ".tiny.part" / "model.onnx"
    path.write_bytes(b"x" * 100)
    with failing("model.onnx arrived damaged: its SHA-256 is .* and not", models, again=True):
        bring(shelf, models)
    assert not path.exists()
    bring(shelf, models)
    assert downloaded(models)


def test_a_hub_that_has_another_file_is_not_even_asked_for_its_bytes(
    shelf: Shelf, models: Path
) -> None:
    """Of the same length, its SHA-256 told; then untold; then of another length."""
    model = known(shelf)
    body = bytearray(shelf.files[MODEL_PATH])
    body[-1] ^= 1
    shelf.files[MODEL_PATH] = bytes(body)
    with failing("has another model.onnx than this version of Accord knows", models, again=False):
        bring(shelf, models, model)
    assert not (models / ".tiny.part" / "model.onnx").exists()
    shelf.tells = False
    with failing("arrived damaged", models, again=True):
        bring(shelf, models, model)
    shelf.files[MODEL_PATH] += b"x"
    with failing("has another model.onnx", models, again=False):
        bring(shelf, models, model)


def test_the_default_is_asked_for_at_its_commit_and_only_its_own_bytes_will_do(
    shelf: Shelf, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**12))
    path = f"{DEFAULT.repository}/onnx/tokenizer.json"
    shelf.files[path] = shelf.files[f"{REPOSITORY}/tokenizer.json"]
    with failing("has another tokenizer.json", models, again=False):
        bring(shelf, models, DEFAULT)
    assert shelf.paths == [f"/{DEFAULT.repository}/resolve/{DEFAULT.revision}/onnx/tokenizer.json"]


def test_another_host_is_believed_where_the_hub_tells_the_sha256(
    shelf: Shelf, models: Path
) -> None:
    with hub(Shelf(shelf.files, tells=False, sends=[100])) as store:
        shelf.moved = store.url
        bring(shelf, models)
    assert [begin for path, begin in store.asked if path.endswith("model.onnx")] == [None, "bytes=100-"]  # fmt: skip
    assert downloaded(models)


def test_another_host_is_not_believed_where_nobody_tells_it(shelf: Shelf, models: Path) -> None:
    shelf.tells = False
    with hub(Shelf(shelf.files)) as store:
        shelf.moved = store.url
        with failing("does not say which SHA-256", models, again=False):
            bring(shelf, models)
        shelf.tells = True
        store.files = store.files | {MODEL_PATH: bytes(len(shelf.files[MODEL_PATH]))}
        with failing("arrived damaged", models, again=True):
            bring(shelf, models)


def test_a_full_disk_is_told_before_and_while_it_fills(
    shelf: Shelf, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
        with failing("more bytes are needed and 100 are free", models, again=True):
            bring(shelf, models, known(shelf))
        assert shelf.asked == []
        with failing("more bytes are needed and 100 are free", models, again=True):
            bring(shelf, models)
    (models / ".tiny.part" / "model.onnx").symlink_to("/dev/full")  # the kernel's own full disk
    with failing("cannot be written: No space left on device; what has", models, again=True):
        bring(shelf, models)
    (models / ".tiny.part" / "model.onnx").unlink()
    bring(shelf, models)
    assert downloaded(models)


def test_a_folder_that_cannot_be_made_is_told(
    shelf: Shelf, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.parent.write_text("a file")
    with pytest.raises(DownloadFailed, match="cannot be written"):
        bring(shelf, models)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("onnx/model.onnx", f"has no onnx/model.onnx of {REPOSITORY} at revision {COMMIT}"),
        ("tokenizer.json", f"has no tokenizer.json of {REPOSITORY} at revision main"),
    ],
)
def test_what_the_hub_has_not_is_named(
    shelf: Shelf, models: Path, missing: str, words: str
) -> None:
    del shelf.files[f"{REPOSITORY}/{missing}"]
    with failing(words, models, again=False):
        bring(shelf, models)


def test_a_hub_that_is_not_there_is_told_at_once(tmp_path: Path, models: Path) -> None:
    with hub(Shelf(tiny(tmp_path / "there"))) as shelf:
        model = known(shelf)
    for one in (any_model(), model):
        with failing("cannot be reached", models, again=True):
            bring(shelf, models, one)


def test_a_page_to_sign_in_is_no_model(shelf: Shelf, models: Path) -> None:
    shelf.answer = (200, "text/html", b"<html>Welcome to the hotel")
    with failing("web page instead of the file", models, again=False):
        bring(shelf, models)
    with failing("web page instead of the file", models, again=False):
        bring(shelf, models, known(shelf))


def test_two_at_once_do_not_write_into_each_other(shelf: Shelf, models: Path) -> None:
    models.mkdir(parents=True)
    with module._alone(models), failing("another download", models, again=False):
        bring(shelf, models)
    bring(shelf, models)


def test_a_stop_at_the_last_step_leaves_all_or_nothing(
    shelf: Shelf, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(self: Path, target: Path) -> None:
        raise OSError(errno.EIO, "stopped")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", stop)
        with failing("stopped", models, again=True):
            bring(shelf, models)
    before = len(shelf.asked)
    bring(shelf, models)
    assert [one for one in shelf.paths[before:] if one.endswith("onnx")] == []
    assert downloaded(models)


def test_what_is_unreadable_of_an_earlier_time_is_begun_anew(shelf: Shelf, models: Path) -> None:
    part = models / ".tiny.part"
    part.mkdir(parents=True)
    (part / ".arriving.json").write_text('{"of": 5, "files": []}')
    (part / "model.onnx").write_bytes(b"x" * 10)
    bring(shelf, models)
    assert (models / "tiny" / "model.onnx").read_bytes() == shelf.files[MODEL_PATH]
