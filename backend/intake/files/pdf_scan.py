"""Looks for active content in a PDF, in time linear in its length.

It is read as bytes and never opened as a PDF: a reader of PDFs is a bigger danger than what it
would find. What hides the names that are looked for (encryption, filters but the usual one) counts
as active content itself.
"""

import re
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Final

_ACTIVE: Final = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|Rendition|SubmitForm|ImportData|GoToE"
    rb"|Encrypt)(?![A-Za-z0-9])|/XFA[\s\[]"
)
_HEX: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_SPELLED: Final = re.compile(
    rb"/[^\x00\s()<>\[\]{}/%]{0,40}#[0-9A-Fa-f]{2}[^\x00\s()<>\[\]{}/%]{0,80}"
)
_STREAM: Final = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
_OF_OBJECTS: Final = re.compile(rb"/ObjStm(?![A-Za-z0-9])|/First(?![A-Za-z0-9])")
_FILTER: Final = re.compile(rb"/Filter\s*\[?\s*/(?:FlateDecode|Fl)\s*\]?\s*(?=[/>%]|\Z)")
_ANY_FILTER: Final = re.compile(rb"/(?:Filter|F|Crypt)(?![A-Za-z0-9])")
_LONGEST_DICTIONARY: Final = 8 * 1024
_MOST_SPELLED: Final = 5000
"""Names with a letter written as a number: no honest file is full of them."""
_MOST_STREAMS: Final = 50_000
_MOST_INFLATED: Final = 32 * 1024 * 1024
"""Bytes that all hidden objects together may come to. More than this is not looked into."""
_MOST_TIMES: Final = 16
"""The same, in lengths of the file: a small file may not cost the time of a large one."""


def has_active_content(body: bytes) -> bool:
    """Tell whether the PDF has scripts, starts programs, embeds files or hides content."""
    if body.count(b"stream") > 2 * _MOST_STREAMS or _is_active(body):
        return True
    left = min(_MOST_INFLATED, _MOST_TIMES * len(body))
    for dictionary, begin in _hidden_objects(body):
        objects = _inflated(dictionary, body, begin, left)
        if objects is None or _is_active(objects):
            return True
        left -= len(objects)
    return False


def _is_active(text: bytes) -> bool:
    if _ACTIVE.search(text):
        return True
    names = list(islice(_SPELLED.finditer(text), _MOST_SPELLED + 1)) if b"#" in text else []
    return len(names) > _MOST_SPELLED or any(_ACTIVE.search(_plain(name[0])) for name in names)


def _plain(text: bytes) -> bytes:
    """Write names as their letters: `/#4aavaScript` is `/JavaScript`."""
    return _HEX.sub(lambda found: bytes([int(found[1], 16)]), text)


def _hidden_objects(body: bytes) -> Iterator[tuple[bytes, int]]:
    """Give the streams that hold further objects: their dictionary and where they begin.

    No byte is looked at for two streams.
    """
    seen = 0
    for found in _STREAM.finditer(body):
        before = body[max(seen, found.start() - _LONGEST_DICTIONARY) : found.start()]
        seen = found.end()
        dictionary = before[before.rfind(b"obj") + 3 :]
        if b"#" in dictionary:
            dictionary = _plain(dictionary)
        if _OF_OBJECTS.search(dictionary):
            yield dictionary, found.end()


def _inflated(dictionary: bytes, body: bytes, begin: int, most: int) -> bytes | None:
    """Give the objects, or None when they cannot be seen."""
    if not _ANY_FILTER.search(dictionary):
        return b""  # they stand in the file as they are, and were looked at
    end = body.find(b"endstream", begin)
    if end < 0 or not _FILTER.search(dictionary):
        return None
    unpacking = zlib.decompressobj()
    try:
        objects = unpacking.decompress(memoryview(body)[begin:end], most + 1)
    except zlib.error:
        return None
    return objects if unpacking.eof and len(objects) <= most else None
