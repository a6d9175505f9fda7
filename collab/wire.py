"""
lib0 variable-length encoding, strict: a short, oversized or overlong buffer is an error.

Source: lib0 encoding.js / decoding.js, "varUint", "varUint8Array", "varString". pycrdt's own codec
is not used: it counts characters instead of bytes and reads past the end without a word.
"""

from __future__ import annotations

from collab.errors import ProtocolError

MAX_SAFE_INTEGER = 2**53 - 1


def write_var_uint(number: int) -> bytes:
    """Encode a number, least significant seven bits first."""
    if number < 0x80:
        return bytes((number,))
    out = bytearray()
    while number > 0x7F:
        out.append(0x80 | (number & 0x7F))
        number >>= 7
    out.append(number)
    return bytes(out)


def write_var_bytes(data: bytes) -> bytes:
    """Encode ``varUint(length in bytes) . data``."""
    return write_var_uint(len(data)) + data


def write_var_string(text: str) -> bytes:
    """Encode text as UTF-8 with its length in bytes."""
    return write_var_bytes(text.encode())


def read_var_uint(data: bytes, at: int = 0) -> tuple[int, int]:
    """
    Return ``(number, next offset)``.

    Raises:
        ProtocolError: If the bytes end too early or say more than 2**53 - 1.
    """
    number = shift = 0
    end = len(data)
    while at < end:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            if number > MAX_SAFE_INTEGER:
                raise ProtocolError("number over 2**53 - 1")
            return number, at
        shift += 7
        if shift > 49:  # eight bytes hold 56 bits; a longer run only burns time
            raise ProtocolError("number longer than 8 bytes")
    raise ProtocolError("truncated number")


def read_var_bytes(data: bytes, at: int = 0) -> tuple[bytes, int]:
    """
    Return ``(payload, next offset)``.

    Raises:
        ProtocolError: If fewer bytes are left than announced.
    """
    size, at = read_var_uint(data, at)
    end = at + size
    if end > len(data):
        raise ProtocolError(f"truncated buffer: {size} bytes announced, {len(data) - at} left")
    return data[at:end], end


def read_var_string(data: bytes, at: int = 0) -> tuple[str, int]:
    """
    Return ``(text, next offset)``.

    Raises:
        ProtocolError: If the bytes are short or not UTF-8.
    """
    raw, at = read_var_bytes(data, at)
    try:
        return raw.decode(), at
    except UnicodeDecodeError as exc:
        raise ProtocolError("string is not UTF-8") from exc
