"""The parts of a dosage in words: what each says, and what hangs on it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from unicodedata import normalize

from backend.core.i18n import LocalText, in_plain_letters
from backend.intake.fhir.dosage.plans import WHEN
from backend.intake.fhir.model.datatypes import Resource
from backend.records.dosage.free_text import ReadWords, read_words


@dataclass(frozen=True, slots=True, kw_only=True)
class DosagePart:
    """One element of a dosage."""

    words: LocalText | None
    """None: it is not understood."""
    is_amount: bool = False
    """It says how much is taken: never said where another part is not understood."""
    decides: bool = True
    """Whoever does not understand it does not know how much is taken when."""
    facts: tuple[frozenset[str], ...] = ()
    """A text says the same that has one word of each, in plain letters."""
    is_timing: bool = False
    per_day: int | None = None
    """How often a day, where it says just that."""
    rhythm: str = ""
    """`d`, `wk` or `mo`, where it says how often in one of these."""


UNKNOWN: Final = DosagePart(words=None)
_NUMBERS: Final = {1: ("mot", "once", "one"), 2: ("hai", "doi", "twice", "two"),
                   3: ("ba", "three"), 4: ("bon", "four"), 5: ("nam", "five"),
                   6: ("sau", "six")}  # fmt: skip
_WORD: Final = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")


def number_said(number: str) -> frozenset[str]:
    """Give the ways in which a text may write a number."""
    spelled = _NUMBERS.get(int(number), ()) if number.isdecimal() and len(number) == 1 else ()
    half = ("nua", "half") if number == "0.5" else ()
    return frozenset({number, number.replace(".", ","), *spelled, *half})


def words_said(*texts: str) -> tuple[frozenset[str], ...]:
    """Ask a text for each word of one of these, all of which mean the same."""
    return (frozenset(in_plain_letters(text) for text in texts),)


def is_said(pieces: Iterable[DosagePart], text: str) -> bool:
    """Tell whether a doctor's text says each of these parts."""
    plain = in_plain_letters(text)
    tokens = set(_WORD.findall(plain))
    parts = len(read_words([text]).parts)
    return all(_is_said(piece, plain, tokens, parts) for piece in pieces)


def _is_said(piece: DosagePart, plain: str, tokens: set[str], parts: int) -> bool:
    if piece.words is None:
        return False
    if piece.per_day is not None and piece.per_day == parts:
        return True
    if piece.facts:
        return all(
            any(fact in tokens or (" " in fact and fact in plain) for fact in alternatives)
            for alternatives in piece.facts
        )
    return any(in_plain_letters(said) in plain for said in (piece.words.vi, piece.words.en))


def says_otherwise(pieces: Sequence[DosagePart], dosage: Resource, text: str) -> bool:
    """Tell whether a text says another amount, another number of times or another part of the day.

    A text also says otherwise where it counts by the week and the codes by the day. An amount
    that a text gives for a day is the same as the doses of a day together.
    """
    said = read_words([text])
    per_day = {piece.per_day for piece in pieces if piece.per_day is not None}
    if per_day and said.times is not None and said.times not in per_day:
        return True
    whens = dosage.get("timing", {}).get("repeat", {}).get("when", [])
    parts = {WHEN[code][0] for code in whens if code in WHEN}
    if len(whens) == len(parts) and parts and said.parts - parts:
        return True
    if _has_another_rhythm(pieces, said, text):
        return True
    dose = dose_of(dosage)
    if "value" not in dose or not dose.get("unit"):
        return False
    meant = [dose["value"], *(dose["value"] * times for times in per_day)]
    amounts = list(_amounts_of(str(dose["unit"]), text))
    return bool(amounts) and not any(
        amount in (meant if is_of_a_day else meant[:1]) for amount, is_of_a_day in amounts
    )


def _has_another_rhythm(pieces: Sequence[DosagePart], said: ReadWords, text: str) -> bool:
    """Tell whether one says a day and the other a week or a month, or fewer parts of a day."""
    plain = in_plain_letters(text)
    coded = {piece.rhythm for piece in pieces if piece.rhythm}
    named = {rhythm for rhythm, form in _RHYTHMS.items() if form.search(plain)}
    named |= {"d"} if said.times is not None else set()
    if coded and named and not coded & named:
        return True
    if "d" in coded and _WEEKDAY.search(plain) and "tai kham" not in plain:
        return True
    per_day = [piece.per_day for piece in pieces if piece.per_day is not None]
    counted = said.times is not None or _COUNTED.search(plain)
    return not counted and any(0 < len(said.parts) < times for times in per_day)


def _amounts_of(unit: str, text: str) -> Iterator[tuple[Decimal, bool]]:
    """Read the amounts of this unit in a text, and whether each is one of a whole day.

    A fraction that no decimal number equals is left out: nobody can say that it differs.
    """
    form = (
        rf"(?:{_AMOUNT}) ?{re.escape(in_plain_letters(unit))}\b(?P<more> ruoi\b)?(?P<day>{_A_DAY})?"
    )
    for found in re.finditer(form, in_plain_letters(_IN_FRACTIONS.sub(_as_digits, text))):
        amount = _amount_in(found)
        if amount is not None:
            yield amount, bool(found["day"])


def _amount_in(found: re.Match[str]) -> Decimal | None:
    half = Decimal("0.5")
    if found["half"]:
        return half
    if not found["under"]:
        return Decimal(found["number"].replace(",", ".")) + (half if found["more"] else 0)
    over, under = Decimal(found["over"]), Decimal(found["under"])
    whole = Decimal(found["whole"] or 0)
    return whole + over / under if under in _EXACT else None


def _as_digits(found: re.Match[str]) -> str:
    return f" {normalize('NFKC', found[0]).replace(_SLASH, '/')}"


def dose_of(dosage: Resource) -> Resource:
    """Give the amount of a dosage that has one."""
    parts = dosage.get("doseAndRate", [])
    dose: Resource = parts[0].get("doseQuantity", {}) if len(parts) == 1 else {}
    return dose


_AMOUNT: Final = (
    r"(?:(?P<whole>\d+) (?:va )?)?(?P<over>\d+) ?/ ?(?P<under>\d+)"
    r"|(?P<half>\bnua|\bhalf an?)|(?P<number>\d+(?:[.,]\d+)?)"
)
_EXACT: Final = frozenset(map(Decimal, (1, 2, 4, 5, 8, 10)))
_IN_FRACTIONS: Final = re.compile("[\u00bc-\u00be\u2150-\u215e]")
_SLASH: Final = "\u2044"
_RHYTHMS: Final = {
    "d": re.compile(
        r"\b(?:moi|hang|mot|1) ngay\b|/ ?ngay\b|\bngay (?:uong )?\d|\bdaily\b"
        r"|\b(?:a|per|each|every) day\b"
    ),
    "wk": re.compile(
        r"\b(?:moi|hang) (?:\d+ )?tuan\b|/ ?tuan\b|\btuan (?:uong )?\d+ (?:lan|vien)\b|\bweekly\b"
        r"|\b(?:a|per|each|every) week\b"
    ),
    "mo": re.compile(
        r"\b(?:moi|hang) (?:\d+ )?thang\b|/ ?thang\b|\bmonthly\b|\b(?:a|per|each|every) month\b"
    ),
}
_WEEKDAY: Final = re.compile(
    r"(?<!lan )(?<!mui )(?<!tiem )(?<!lieu )(?<!tuan )(?<!ngay )"
    r"\bthu (?:[2-7]|hai|ba|tu|nam|sau|bay)\b"
    r"|\bchu nhat\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"
)
_COUNTED: Final = re.compile(r"\blan\b|\btimes\b|\btwice\b")
_A_DAY: Final = r" ?(?:/|moi|mot|trong|a|per|each) ?(?:mot )?(?:ngay|day)\b"
_TIMED: Final = re.compile(
    r"\b(?:ngay|tuan|thang|gio|sang|trua|chieu|toi|dem|lan|khi|day|daily|week\w*|month\w*|hours?"
    r"|morning|noon|evening|night|once|twice|times|prn|needed)\b"
)


def names_a_time(text: str) -> bool:
    """Tell whether a text may say when or how often."""
    return bool(_TIMED.search(in_plain_letters(text)))
