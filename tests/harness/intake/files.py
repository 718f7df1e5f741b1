"""Small files of every kind a hospital may attach, made here; and what is wrong with some."""

import zlib
from base64 import b64encode
from hashlib import sha1, sha256
from typing import Any

from backend.records.filing.files import PIECE_BYTES


def a_pdf(*objects: bytes, tail: bytes = b"%%EOF\n") -> bytes:
    return b"%PDF-1.7\n" + b"\n".join(objects) + b"\ntrailer\n<< /Root 1 0 R >>\n" + tail


def an_object(text: bytes, n: int = 1) -> bytes:
    return b"%d 0 obj\n%s\nendobj" % (n, text)


def hidden_objects(text: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    """Give an object stream: further objects, compressed."""
    packed = zlib.compress(b"7 0 " + text)
    said = b"<< /Type /ObjStm /N 1 /First 4 /Filter %s /Length %d >>" % (filters, len(packed))
    return an_object(said + b"\nstream\n" + packed + b"\nendstream", 5)


PLAIN_PDF = a_pdf(an_object(b"<< /Type /Catalog /Pages 2 0 R >>"))


def a_chunk(name: bytes, data: bytes = b"") -> bytes:
    check = zlib.crc32(name + data).to_bytes(4)
    return len(data).to_bytes(4) + name + data + check


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + a_chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0")
    + a_chunk(b"IDAT", zlib.compress(b"\0\0"))
    + a_chunk(b"IEND")
)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\0" * 40 + b"\xff\xd9"
TEXT = "Kết luận: bình thường\n".encode()


def attached(body: bytes, kind: str = "application/pdf", **more: Any) -> dict[str, Any]:
    return {"contentType": kind, "data": b64encode(body).decode(), **more}


def sha1_of(body: bytes) -> str:
    return b64encode(sha1(body).digest()).decode()  # noqa: S324  # what FHIR R4 asks for


def sha256_of(body: bytes) -> str:
    return b64encode(sha256(body).digest()).decode()


SECRET = b"LAN 079185000011 "


def a_large_pdf(pieces: float, tail: bytes = SECRET) -> bytes:
    """Make a file of so many pieces (`PIECE_BYTES`)."""
    body = a_pdf(an_object(b"<<>>"), tail=b"%")
    filler = tail * (int(pieces * PIECE_BYTES) // len(tail))
    return body + filler[: int(pieces * PIECE_BYTES) - len(body) - 7] + b"\n%%EOF\n"
