"""Finds a file's type from its bytes, and decides whether patients may get it: pure rules.

The sender's type counts only if the bytes agree. A file with active content, or of two types at
once, is stored but not shown.
"""

from enum import StrEnum
from typing import Final

from backend.intake.files.pdf_scan import has_active_content

LARGEST_FILE: Final = 20 * 1024 * 1024
"""Bytes of one file, decoded."""

PDF, PNG, JPEG, TEXT = "application/pdf", "image/png", "image/jpeg", "text/plain"
_BEGINS: Final = {b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG}
_JUST_BYTES: Final = frozenset({"application/octet-stream", "binary/octet-stream"})
"""What a system says that does not look into its files; much that is no text reads as one."""
_OTHER_WORDS: Final = {"image/jpg": JPEG, "application/x-pdf": PDF}
_ARCHIVE: Final = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
_PAGE: Final = (b"<script", b"<html", b"<!doctype", b"<?php", b"<svg")
_LOOKED_FOR_WITHIN: Final = 1024
"""How far into a file readers of PDF and browsers look for a beginning, and behind it for an end
(PDF Reference 1.7, appendix H, notes 13 and 18)."""
_PDF_BEGINS: Final = b"%PDF-"
_PDF_ENDS: Final = (b"%%EOF", b"startxref")
"""Readers find their way by either."""
_BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")
_OTHER_BEGINNINGS: Final = (b"MZ", b"#!", b"GIF8", b"BM", b"{\\rtf", b"%!PS", b"\x7fELF")
"""Of programs, scripts, pictures and papers: a PDF behind one of these is two files."""
_PADDING: Final = b"\r\n\t\f \0\x1a\x04"
_ARCHIVE_ENDS_WITHIN: Final = 64 * 1024 + 22
_PLAIN: Final = frozenset("\t\n\r\f")


class NotShownBecause(StrEnum):
    """The reason why a file is stored but not shown."""

    ELSEWHERE = "elsewhere"
    UNKNOWN_TYPE = "unknown_type"
    OTHER_TYPE = "other_type"
    TWO_KINDS = "two_kinds"
    ACTIVE = "active"
    WITHHELD = "withheld"
    ALTERED = "altered"


SAID: Final[dict[NotShownBecause, str]] = {
    NotShownBecause.ELSEWHERE: "it is only named by its address, and nothing is fetched",
    NotShownBecause.UNKNOWN_TYPE: "it is none of PDF, PNG, JPEG and plain text",
    NotShownBecause.OTHER_TYPE: "its bytes are not what its contentType says",
    NotShownBecause.TWO_KINDS: "it is more than one kind of file, or goes on behind its end",
    NotShownBecause.ACTIVE: "it has active content, or is encrypted",
    NotShownBecause.WITHHELD: "what no output may say cannot be taken out of it",
    NotShownBecause.ALTERED: "its size or hash is not what its record says",
}
"""What the sender is told of it."""


def type_of(body: bytes) -> str | None:
    """Find the media type from the bytes alone; None for a type that is not shown."""
    for start, media_type in _BEGINS.items():
        if body.startswith(start):
            return media_type
    if _is_pdf(body):
        return PDF
    return TEXT if _is_text(body) else None


def not_shown_because(body: bytes, declared: str) -> NotShownBecause | None:
    """Give the reason not to show the file; None if there is none."""
    found = type_of(body)
    if found is None:
        return NotShownBecause.UNKNOWN_TYPE
    said = declared.partition(";")[0].strip().lower()
    says_nothing = said in _JUST_BYTES and found != TEXT
    if said and not says_nothing and _OTHER_WORDS.get(said, said) != found:
        return NotShownBecause.OTHER_TYPE
    if found != TEXT and _is_two_kinds(body, found):
        return NotShownBecause.TWO_KINDS
    if found == PDF and has_active_content(body):
        return NotShownBecause.ACTIVE
    return None


def _is_pdf(body: bytes) -> bool:
    """Say whether readers take it for a PDF: what precedes it is a mark, or words of a printer."""
    begin = body.find(_PDF_BEGINS, 0, _LOOKED_FOR_WITHIN + len(_PDF_BEGINS) - 1)
    if begin <= 0:
        return begin == 0
    before = body[:begin]
    for mark in _BYTE_ORDER_MARKS:
        before = before.removeprefix(mark)
    before = before.lstrip(_PADDING)
    is_harmless = before.isascii() and not before.startswith(_OTHER_BEGINNINGS)
    return is_harmless and any(body.find(mark, begin) >= 0 for mark in _PDF_ENDS)


def _is_text(body: bytes) -> bool:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    head = text[:_LOOKED_FOR_WITHIN].lower()
    return (
        bool(text)
        and all(letter >= " " or letter in _PLAIN for letter in text)
        and not any(mark.decode() in head for mark in _PAGE)
        and "%pdf-" not in head
    )


def _is_two_kinds(body: bytes, kind: str) -> bool:
    head, tail = body[:_LOOKED_FOR_WITHIN], body[-_ARCHIVE_ENDS_WITHIN:]
    if any(mark in head.lower() for mark in _PAGE) or _ARCHIVE[1] in tail:
        return True
    if any(mark in head for mark in _ARCHIVE):
        return True
    if kind == PDF:
        return _goes_on(body)
    return _PDF_BEGINS in head or not _ends_as(kind, body)


def _goes_on(body: bytes) -> bool:
    """Say whether more stands behind the end of a PDF than a printer or a signer adds."""
    end = max(body.rfind(mark) for mark in _PDF_ENDS)
    behind = body[end:].rstrip(_PADDING)
    others = (*_ARCHIVE, *_BEGINS, *_PAGE)
    return (
        end < 0
        or len(behind) > _LOOKED_FOR_WITHIN + len(_PDF_ENDS[0])
        or any(mark.lower() in behind.lower() for mark in others)
    )


def _ends_as(kind: str, body: bytes) -> bool:
    return body.endswith(b"\xff\xd9") if kind == JPEG else _length_of_png(body) == len(body)


def _length_of_png(body: bytes) -> int:
    """Go from chunk to chunk to the last one."""
    at = 8
    while at + 12 <= len(body):
        size, name = int.from_bytes(body[at : at + 4]), body[at + 4 : at + 8]
        at += size + 12
        if name == b"IEND":
            return at
    return -1
