"""Writes the XHTML of a narrative as plain text: no mark of it is ever stored or shown."""

import re
from html import unescape
from typing import Final

import nh3

_BLOCKS: Final = frozenset(
    {"p", "div", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre",
     "blockquote", "caption", "dl", "dt", "dd", "hr"}
)  # fmt: skip
_KEPT: Final = {*_BLOCKS, "br", "td", "th"}
_BETWEEN_CELLS: Final = re.compile(r"</t[dh]>\s*(?=<t[dh]>)")
_LINE: Final = re.compile(rf"</?(?:{'|'.join(sorted({*_BLOCKS, 'br'}))})>")
_TAG: Final = re.compile(r"<[^>]*>")
_BLANKS: Final = re.compile(r"[ \t\r\f\v\u00a0]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain(xhtml: str) -> str:
    """Write XHTML as plain text: a line for each block, cells of a row side by side."""
    clean = nh3.clean(xhtml, tags=_KEPT, attributes={})
    lines = _LINE.sub("\n", _BETWEEN_CELLS.sub(" | ", clean.replace("\n", " ")))
    text = _CONTROL.sub("", unescape(_TAG.sub("", lines)))
    said = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in said if line)
