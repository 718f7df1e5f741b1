"""Reads the times that a doctor's free text names, so that no alarm contradicts them.

It makes no schedule of words. It finds the parts of the day, the count and the hours that they
name, and whatever makes a dose depend on something; a timing that says another thing is not
certain.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

from backend.core.i18n import in_plain_letters
from backend.records.dosage.dosing import DayPart


@dataclass(frozen=True, slots=True)
class ReadWords:
    """The facts that a text names; empty if it names none."""

    parts: frozenset[DayPart] = frozenset()
    times: int | None = None
    """How often a day."""
    hours: bool = False
    """Hours of the clock, or so many hours apart."""
    depends: bool = False
    """Whether, when or how much depends on something that no clock knows."""


_PARTS: Final = {
    DayPart.MORNING: r"sáng|morning|breakfast",
    DayPart.NOON: r"trưa|noon|midday|lunch(?:time)?",
    DayPart.AFTERNOON: r"chiều|afternoon",
    DayPart.EVENING: r"tối(?! đa| thiểu| ưu)|đêm|khi (?:đi )?ngủ|evening|night(?:ly)?|dinner|supper"
    r"|bed ?time",
}
_UNACCENTED: Final = {
    DayPart.MORNING: r"sang",
    DayPart.NOON: r"trua",
    DayPart.AFTERNOON: r"chieu",
    DayPart.EVENING: r"toi(?! da| thieu| uu)|dem|khi (?:di )?ngu",
}
"""How it is typed without marks; with marks about, `tới` would be read as `tối`."""

_NUMBERS: Final = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6,
                   "once": 1, "one time": 1, "twice": 2, "two times": 2, "three times": 3,
                   "four times": 4, "five times": 5, "six times": 6}  # fmt: skip
_SPELLED: Final = "mot|hai|ba|bon|nam|sau"
_COUNTS: Final = (
    re.compile(rf"\bngay (?:\w+ )?(\d+|{_SPELLED}) lan\b"),
    re.compile(rf"\b(\d+|{_SPELLED}) lan ?(?:/|mot|moi|trong|1)? ?(?:mot )?ngay\b"),
    re.compile(
        r"\b(once|twice|(?:one|two|three|four|five|six|\d+) times?)"
        r" (?:a day|per day|/ ?day|every day|each day|daily)\b"
    ),
)
_DAILY: Final = re.compile(r"\bdaily\b")
_HOURS: Final = re.compile(
    r"\b(?:moi|cach|cach moi|luc|every|each|q) ?\d{1,2}(?:[-–]\d{1,2})? ?(?:h|gio|hours?|hr)\b"
    r"|\bq\d{1,2}h\b|\b\d{1,2} ?(?:am|pm)\b|\b\d{1,2}[:h]\d{2}\b|\bluc \d"
)
_DEPENDS: Final = re.compile(
    r"\bkhi (?!an\b|di ngu\b|ngu\b|no\b|doi\b|bung doi\b)|\b(?:neu|tuy|tuy theo|toi da|cach ngay"
    r"|cach nhat|giam dan|tang dan|giam lieu|tang lieu|ngung)\b|\b(?:moi|hang) tuan\b|lan ?/ ?tuan"
    r"|\d ?(?:-|–|den|hoac|to|or) ?\d"
    r"|\b(?:as needed|prn|if|when|unless|adjust\w*|titrat\w*|taper\w*|max(?:imum)?|up to"
    r"|every other|alternate|cycle)\b"
)
_SAID_EACH: Final = re.compile(r"\b(?:sang|trua|chieu|toi)(?: uong)?[ :]*\d")


def read_words(instructions: Iterable[str], remarks: Iterable[str] = ()) -> ReadWords:
    """Read the free text beside a timing.

    Args:
        instructions: how it is taken, in the doctor's words.
        remarks: codes in words and warnings; these name meals, and often say `if`.
    """
    orders = "\n".join(instructions)
    everything = f"{orders}\n" + "\n".join(remarks)
    plain = "\n".join(map(in_plain_letters, everything.splitlines()))
    parts, counts = _parts_in(everything), _counts_in(plain)
    if not counts and not parts and _DAILY.search(plain):
        counts = {1}
    to_do = in_plain_letters(orders)
    return ReadWords(
        parts=parts,
        times=min(counts, default=None),
        hours=bool(_HOURS.search(plain)),
        depends=len(counts) > 1 or bool(_DEPENDS.search(to_do) or _SAID_EACH.search(to_do)),
    )


def _parts_in(text: str) -> frozenset[DayPart]:
    found = normalize("NFC", text).casefold()
    patterns = [_PARTS, _UNACCENTED] if found.isascii() else [_PARTS]
    return frozenset(
        part
        for expression in patterns
        for part, pattern in expression.items()
        if re.search(rf"\b(?:{pattern})\b", found)
    )


def _counts_in(plain: str) -> set[int]:
    said = [count for pattern in _COUNTS for count in pattern.findall(plain)]
    return {_number(count) for count in said}


def _number(said: str) -> int:
    digits = re.match(r"\d+", said)
    return int(digits[0]) if digits else _NUMBERS[said.replace(" time ", " times ")]
