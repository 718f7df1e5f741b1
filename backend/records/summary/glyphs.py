"""Puts a visible sign where paper has no letter: an empty box tells nobody that something is gone.

Typst itself is asked which letters its fonts have, once for each: so the answer fits the fonts of
its very version.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any, Final
from unicodedata import normalize

import msgspec
import typst

SIGN: Final = "[?]"
"""Stands for one or more letters, and is explained on the page."""
REMEMBERED: Final = 20_000
"""Letters with their marks; then all are asked for again."""
_NOBODYS: Final = "\U0010fffd"
"""A letter that no font has."""
_CLUSTER: Final = re.compile(
    r"[^\s\u200b][\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    r"\u17b4-\u17d3\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f\uaa29-\uaa36\uaa43\uaa4c\uaa4d]*"
)
"""A letter and the marks that belong to it."""
_RUN: Final = re.compile(rf"{_NOBODYS}(?:[\s\u200b]*{_NOBODYS})*")
_PLAIN: Final = re.compile(r"[\x20-\x7e\n]*")
_ASKED: Final = b"""
#set page(width: 99pt, height: 99pt, margin: 0pt)
#set text(font: "Libertinus Serif", size: 10pt)
#let asked = json(bytes(sys.inputs.asked))
#asked.map(((weight, letter)) => text(weight: weight, letter)).join(pagebreak())
"""
_WEIGHTS: Final = ("regular", "bold")
_GLYPH: Final = re.compile(rb'<symbol id="([^"]+)"')
_known: Final[dict[str, bool]] = {}


def printable(data: Any) -> tuple[Any, bool]:
    """Give the texts of a page with a sign in the place of what has no letter, and if there is one.

    Args:
        data: lists, mappings and texts, one within the other.
    """
    texts = {text for text in _texts_in(data) if not _PLAIN.fullmatch(text)}
    clusters = {cluster for text in texts for cluster in _CLUSTER.findall(text)}
    missing = {cluster for cluster, known in _looked_up(clusters).items() if not known}
    if not missing:
        return data, False
    return _with(data, {text: _signed(text, missing) for text in texts}), True


def _signed(text: str, missing: Collection[str]) -> str:
    """Put one sign in the place of each run of letters that are not there."""
    whole = _CLUSTER.sub(lambda found: _NOBODYS if found[0] in missing else found[0], text)
    return _RUN.sub(SIGN, whole)


def _looked_up(clusters: Iterable[str]) -> dict[str, bool]:
    """Say of each cluster whether the fonts have it."""
    composed = {
        cluster: normalize("NFC", cluster) for cluster in clusters if not _PLAIN.fullmatch(cluster)
    }
    known = dict(_known)
    new = sorted(set(composed.values()).difference(known))
    if new:
        known |= _asked_for(new)
        if len(known) > REMEMBERED:
            _known.clear()
        _known.update(known if len(known) <= REMEMBERED else {})
    return {cluster: known[text] for cluster, text in composed.items()}


def _asked_for(new: Sequence[str]) -> dict[str, bool]:
    """Have all drawn in both weights of the page, and look for the shape that no letter has."""
    asked = [_NOBODYS, *new]
    pages = _drawn([(weight, text) for weight in _WEIGHTS for text in asked])
    nothing = set[bytes]().union(*pages[:: len(asked)])
    return {
        text: all(nothing.isdisjoint(drawn) for drawn in pages[n :: len(asked)])
        for n, text in enumerate(new, start=1)
    }


def _drawn(asked: Sequence[tuple[str, str]]) -> list[set[bytes]]:
    """Draw each alone, and give the shapes that it is made of."""
    nowhere = _empty_folder().name
    made = typst.Compiler(
        _ASKED,
        root=nowhere,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"asked": msgspec.json.encode(asked).decode()},
        package_path=nowhere,
        package_cache_path=nowhere,
    ).compile(format="svg")
    assert isinstance(made, list), "there are two at least"
    return [set(_GLYPH.findall(page)) for page in made]


@cache
def fonts() -> typst.Fonts:
    """Give the letters that every machine has: those that come with typst."""
    return typst.Fonts(include_system_fonts=False)


@cache
def _empty_folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="hub-letters-")


def _texts_in(data: Any) -> Iterable[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _texts_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts_in(value)


def _with(data: Any, signed: dict[str, str]) -> Any:
    if isinstance(data, str):
        return signed.get(data, data)
    if isinstance(data, Mapping):
        return {name: _with(value, signed) for name, value in data.items()}
    if isinstance(data, list):
        return [_with(value, signed) for value in data]
    return data
