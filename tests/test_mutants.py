"""`tests.mutants`: each bug it puts back still has its place, or running it would prove nothing."""

from __future__ import annotations

import pytest

from tests.mutants import MUTANTS, ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_what_a_mutant_changes_stands_there_once(mutant: Mutant) -> None:
    for change in mutant.changes:
        text = (ROOT / change.file).read_text(encoding="utf-8")
        assert text.count(change.before) == 1, change.file
