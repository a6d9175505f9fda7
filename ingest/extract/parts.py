"""Parsing XML that other people made: nothing is fetched, no entity is expanded, depth and size are limited."""

from __future__ import annotations

from typing import Any

from lxml import etree

from ingest.errors import Damaged

Element = etree._Element

#: libxml2, xmlerror.h: XML_ERR_NO_MEMORY.
_NO_MEMORY = 2


def parse(data: bytes) -> Element:
    """
    Return the root of a document.

    Raises:
        Damaged: If it is not well-formed, or declares entities.
        MemoryError: If it is too large for this process.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as exc:
        if getattr(exc, "code", None) == _NO_MEMORY:
            raise MemoryError from exc
        raise Damaged from exc
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise Damaged
    return root


def local(element: Element) -> str:
    """Return an element's name without its namespace: strict and transitional documents differ only there."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    """Return an attribute by its name without namespace."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def child(element: Element, name: str) -> Element | None:
    """Return the first child of a name."""
    return next((one for one in element if local(one) == name), None)
