"""Reads mobile numbers out of what clerks write into a field for a phone number."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

from backend.auth.phones.e164 import NotAPhone, normalise

_BETWEEN: Final = re.compile(
    r"[/;,|&\n\r\t]+|\s[-–—]+\s|\b(?:hoặc|hay|và|or|and)\b"
    r"|(?<=[\d)])[\s-]+(?=(?:\+84|0084|0)(?:[ .-]?\d){8,10}(?!\d))",
    re.IGNORECASE,
)
"""Stands between two numbers: a sign, a word, or a blank before a whole number."""
_ZERO_AS_LETTER: Final = re.compile(r"(?<![^\W\d_])[oO](?=[\d .-]*\d{2})|(?<=\d)[oO](?=\d)")
_EXTENSION: Final = re.compile(
    r"(?:(?<![\s/;,.(-])[\s/;,.(-]*+(?:\b(?:ext|extension|máy lẻ|máy nhánh|nhánh|số lẻ|lẻ)\b|#)"
    r"|(?<=\d)\s?x(?=\s?\d))[.:=\s]*+\d+",
    re.IGNORECASE,
)
LONGEST: Final = 300
"""Letters in which numbers are sought: no clerk writes more into such a field. What is longer is
no list of numbers, and a part of it might end within one."""
_EXTENDED: Final = " ext "
"""Takes the place of an extension: a word that is no label."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_LABELS: Final = frozenset(
    word
    for label in (
        "đt đtdđ sđt sdt dt dd dđ đd", "di động", "điện thoại", "dien thoai", "số so", "liên hệ lh",
        "gọi", "bn", "của bệnh nhân", "mobile mob cell tel phone ph call sms zalo viber hotline",
    )
    for word in label.split()
)  # fmt: skip
"""Words beside a number that say nothing about the person who answers there."""


@dataclass(frozen=True, slots=True)
class WrittenPhones:
    """The mobile numbers in some text, as E.164, each once."""

    own: tuple[str, ...]
    """Nothing beside them says that somebody else answers."""
    others: tuple[str, ...]
    """An extension, or a word that may name a relative, stands beside each of them."""


@dataclass(frozen=True, slots=True)
class _Part:
    number: str
    words: str
    leads: bool
    """Whether the words stand before the number, as in «vợ: 0912 ...»."""


def read_written(text: str) -> WrittenPhones:
    """Read every mobile number of Vietnam in the text, in its order.

    A word that is no label makes the number another person's: the hub knows no list of relatives,
    and a name may stand there, too. What cannot be read is left out.
    """
    own: dict[str, None] = {}
    others: dict[str, None] = {}
    relative = False
    for part in _parts(text):
        relative = bool(_unknown_words(part.words)) if part.words else relative
        number = _number(part.number)
        if number is not None:
            (others if relative else own)[number] = None
        if not part.leads:
            relative = False  # the word belongs to the number before it only
    return WrittenPhones(tuple(own), tuple(number for number in others if number not in own))


def _parts(text: str) -> Iterator[_Part]:
    """Give each number with the words beside it; words between two belong to the one before."""
    written = normalize("NFKC", text) if len(text) <= LONGEST else ""
    if len(written) > LONGEST:  # some letters stand for eighteen
        return
    written = _EXTENSION.sub(_EXTENDED, written)
    written = _ZERO_AS_LETTER.sub("0", written)
    waiting = ""
    last: _Part | None = None
    for piece in _BETWEEN.split(written):
        words, number = _words(piece), piece
        if not any(sign.isdigit() for sign in piece):
            if last is None:
                waiting = f"{waiting} {words}".strip()
            else:
                last = _Part(last.number, f"{last.words} {words}".strip(), last.leads)
            continue
        if last is not None:
            yield last
        first_digit = next(place for place, sign in enumerate(piece) if sign.isdigit())
        leads = bool(waiting or _words(piece[:first_digit]))
        last = _Part(number, f"{waiting} {words}".strip(), leads)
        waiting = ""
    if last is not None:
        yield last


def _words(piece: str) -> str:
    return " ".join(_WORD.findall(piece))


def _unknown_words(words: str) -> list[str]:
    return [word for word in words.casefold().split() if word not in _LABELS]


def _number(piece: str) -> str | None:
    digits = _WORD.sub(" ", piece).replace(":", " ").strip(" '\"“”‘’.-_*")
    try:
        return normalise(digits)
    except NotAPhone:
        return None


def numbers_in(text: str) -> tuple[str, ...]:
    """Give every mobile number in the text, whoever answers there."""
    written = read_written(text)
    return (*written.own, *written.others)


def read_own(texts: Iterable[str]) -> tuple[str | None, tuple[str, ...]]:
    """Read several fields: give the patient's own number, the first one, and all the others."""
    read = [read_written(text) for text in texts]
    own = next((number for written in read for number in written.own), None)
    numbers = dict.fromkeys(
        number for written in read for number in (*written.own, *written.others)
    )
    return own, tuple(number for number in numbers if number != own)
