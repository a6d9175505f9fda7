from __future__ import annotations

import pytest

from ingest.errors import Damaged
from ingest.extract.parts import attribute, child, local, parse


def test_names_are_told_without_their_namespaces() -> None:
    root = parse(b'<a xmlns:x="urn:x"><x:b x:c="1"/><!-- no --><b/></a>')
    assert [local(one) for one in root] == ["b", "b"]
    found = child(root, "b")
    assert found is not None
    assert attribute(found, "c") == "1"
    assert attribute(found, "d") is None
    assert child(root, "z") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]><a>&f;</a>',
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>',
        b"<a>" * 100_000,
    ],
    ids=["empty", "open", "a file of ours", "entities", "a foreign DTD", "deep"],
)
def test_hostile_xml_is_damage(data: bytes) -> None:
    with pytest.raises(Damaged):
        parse(data)
