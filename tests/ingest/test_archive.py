from __future__ import annotations

import io
import random
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.archive import check, open_archive
from ingest.errors import Damaged, Disguised, Excessive, IngestError, PasswordProtected
from tests.ingest.files import LIMITS, keep, zipped

SMALL = replace(LIMITS, unpacked_bytes=1024**2, archive_members=3)


def _lying(real: int, said: int) -> bytes:
    """Return an archive whose directory says that a member is smaller than it is."""
    data = zipped({"a": bytes(real)})
    told = real.to_bytes(4, "little")
    assert data.count(told) == 2
    return data.replace(told, said.to_bytes(4, "little"))


def _encrypted() -> bytes:
    made = bytearray(zipped({"a": b"secret"}))
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"PK\x03\x04 and nothing more", Damaged),
        (zipped({"a": b"x" * 1000})[:-30], Damaged),
        (b"MZ program " + zipped({"a": b"x"}), Disguised),
        (zipped({str(number): b"" for number in range(4)}), Excessive),
        (zipped({"a": bytes(2 * 1024**2)}), Excessive),
        (zipped({"a": bytes(600_000), "b": bytes(600_000)}), Excessive),
        (_lying(50 * 1024**2, 1000), Damaged),
        (_encrypted(), PasswordProtected),
        (zipped({"a.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), Damaged),
    ],
    ids=[
        "garbage",
        "cut off",
        "a program before it",
        "too many members",
        "bomb that says so",
        "bomb in parts",
        "bomb that lies",
        "encrypted",
        "entities",
    ],
)
def test_a_hostile_archive_is_refused_for_what_it_is(
    tmp_path: Path, data: bytes, error: type[IngestError]
) -> None:
    with pytest.raises(error):
        check(keep(tmp_path, "a.zip", data), SMALL)


def test_what_comes_out_is_counted_whatever_the_directory_says(tmp_path: Path) -> None:
    path = keep(tmp_path, "a.zip", zipped({"a": bytes(400_000), "b": bytes(400_000)}))
    with open_archive(path, SMALL) as archive:
        for _ in range(2):
            archive.read("a")
        with pytest.raises(Excessive, match="1 MiB unpacked"):
            archive.read("b")


def test_a_member_that_is_not_there_or_broken_is_damage(tmp_path: Path) -> None:
    made = bytearray(zipped({"a": random.Random(1).randbytes(1000)}))
    made[200:220] = bytes(20)
    with open_archive(keep(tmp_path, "a.zip", bytes(made)), LIMITS) as archive:
        for name in ("a", "b"):
            with pytest.raises(Damaged):
                archive.read(name)


def test_a_good_archive_reads(tmp_path: Path) -> None:
    path = keep(tmp_path, "a.zip", zipped({"a": b"abc", "dir/b": b"def"}))
    check(path, LIMITS)
    with open_archive(path, LIMITS) as archive:
        assert archive.names == {"a", "dir/b"}
        assert archive.stream("dir/b").read() == b"def"


def test_names_in_an_archive_go_nowhere(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("../../etc/evil", b"x")
    folder = tmp_path / "deep" / "deeper"
    folder.mkdir(parents=True)
    with open_archive(keep(folder, "a.zip", made.getvalue()), LIMITS) as archive:
        assert archive.read("../../etc/evil") == b"x"
    assert [one.name for one in tmp_path.rglob("*") if one.is_file()] == ["a.zip"]
