from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import split


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four… Five", ["One.", "Two!", "Three?", "Four…", "Five"]),
        ("Buses cost 3.50 a day.", ["Buses cost 3.50 a day."]),
        ("Dr. Ada Lovelace said so. So be it.", ["Dr. Ada Lovelace said so.", "So be it."]),
        ("We need trams, e.g. line 5. Now.", ["We need trams, e.g. line 5.", "Now."]),
        ("J. R. R. Tolkien wrote it.", ["J. R. R. Tolkien wrote it."]),
        ("3. The third point. Next.", ["3. The third point.", "Next."]),
        ("“Stop!” she said. Then silence.", ["“Stop!”", "she said.", "Then silence."]),
        ("Häfen z. B. in Kiel. Ja.", ["Häfen z. B. in Kiel.", "Ja."]),
        ("港は広い。船が来る！本当？", ["港は広い。", "船が来る！", "本当？"]),
        ("पहला वाक्य। दूसरा वाक्य।", ["पहला वाक्य।", "दूसरा वाक्य।"]),
        ("هل هذا صحيح؟ نعم.", ["هل هذا صحيح؟", "نعم."]),
        ("A heading\nand a line\n\nmore", ["A heading", "and a line", "more"]),
        ("... --- !!!", []),
        ("", []),
    ],
)
def test_a_text_is_cut_where_its_sentences_end(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@given(st.text(alphabet=st.sampled_from("ab.!? \n。”)é😀1z"), max_size=80))
def test_offsets_are_exact_in_order_and_leave_out_nothing_that_can_be_read(text: str) -> None:
    end = 0
    for sentence in split(text):
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip()
        assert sentence.start >= end
        assert not any(character.isalnum() for character in text[end : sentence.start])
        end = sentence.end
    assert not any(character.isalnum() for character in text[end:])
