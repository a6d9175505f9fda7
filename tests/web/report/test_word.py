"""`web.report.word`: a Word file that opens, with people's words as text."""

from __future__ import annotations

import io
import zipfile

import docx

from tests.web.report.samples import HOSTILE, bundle
from web.report import word


def opened(value: dict[str, object]) -> docx.document.Document:
    return docx.Document(io.BytesIO(word.render(value)))


def test_the_statement_and_everything_about_it_is_in_the_file() -> None:
    found = opened(bundle())
    lines = [one.text for one in found.paragraphs]
    shown = HOSTILE.replace("\x07", "�").replace("\u202e", "")
    assert f"Harbour {shown}" in lines
    assert shown in lines
    assert "We build quietly" in lines
    assert any(one.startswith("Agreed by vote") for one in lines)
    assert "Dissent notes" in lines
    (paragraph,) = [one for one in found.paragraphs if one.text == "We build quietly"]
    assert [run.bold for run in paragraph.runs] == [None, True]


def test_words_become_no_xml() -> None:
    with zipfile.ZipFile(io.BytesIO(word.render(bundle()))) as file:
        xml = file.read("word/document.xml").decode()
    assert "&lt;w:p/&gt;" in xml
    assert "javascript:" not in xml
    assert "fldSimple" not in xml


def test_what_xml_cannot_hold_is_shown_as_missing() -> None:
    value = bundle()
    value["statement"]["blocks"][1]["spans"][0]["text"] = "\x00\ud83c\uffff"
    assert any("���quietly" in one.text for one in opened(value).paragraphs)
