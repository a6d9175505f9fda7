"""`accord bench`: a whole measurement, short and without peers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from web.cli import main
from web.commands import bench


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: the load did NOT RUN")
@pytest.mark.timeout(120)
def test_edits_of_a_short_measurement_arrive_in_order_once(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The exit code is 1 when an edit is missing, for those who were there or for a newcomer."""
    code = main(["bench", "rooms", "W1", "--servers", "accord", "--runs", "1", "--seconds", "1"])
    said = capfd.readouterr()
    assert code == 0, said.out + said.err
    assert "| W1: 50 clients" in said.out


def test_a_work_that_does_not_exist_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "rooms", "W99"]) == 2
    assert "no such work: W99" in capfd.readouterr().err


def test_an_installed_package_says_that_it_has_no_benchmarks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    assert main(["bench", "rooms"]) == 2
    assert "checkout" in capfd.readouterr().err
