"""Says in words when a medicine is taken: each part of FHIR's Timing, or that it is not known."""

from collections.abc import Callable, Iterator
from typing import Final

from backend.core.i18n import LocalText, in_plain_letters
from backend.intake.fhir.dosage.pieces import UNKNOWN, DosagePart, number_said
from backend.intake.fhir.dosage.quantity_words import both, quantity_words, range_words, time_words
from backend.intake.fhir.dosage.terms import CODES, PER, WEEKDAYS, WHEN
from backend.intake.fhir.model.datatypes import Resource, home
from backend.records.dosage.free_text import read_words
from backend.records.wording.numbers import moment_text, number_text, time_text

MOST: Final = 30
"""Moments, days or events that are listed; of more it is said that more was sent."""
_HOW_OFTEN: Final = frozenset({"frequency", "frequencyMax", "period", "periodMax", "periodUnit"})
_DAY_WORDS: Final = frozenset({"ngay", "day", "daily", "hang ngay"})
_PER_WORDS: Final = {"d": _DAY_WORDS, "wk": frozenset({"tuan", "week", "weekly"}),
                     "mo": frozenset({"thang", "month", "monthly"}),
                     "h": frozenset({"gio", "h", "hour", "hours", "tieng"})}  # fmt: skip


def timing_pieces(timing: Resource) -> Iterator[DosagePart]:
    """Give each part of a Timing in words."""
    repeat: Resource = timing.get("repeat", {})
    if timing.keys() - {"id", "event", "repeat", "code"}:
        yield UNKNOWN
    yield from _code(timing.get("code"), repeat)
    if _HOW_OFTEN & repeat.keys():
        yield _frequency(repeat)
    for element in repeat.keys() - _HOW_OFTEN - {"id"}:
        if element not in _PARTS:
            yield UNKNOWN
    for element, said in _PARTS.items():
        if element in repeat:
            words = said(repeat)
            yield DosagePart(words=words, is_timing=True)
    if timing.get("event"):
        yield DosagePart(words=_moments(timing["event"]), is_timing=True)


def _code(code: Resource | None, repeat: Resource) -> Iterator[DosagePart]:
    """Say what a code says, unless the timing beside it says the same."""
    if code is None:
        return
    codings = code.get("coding", [])
    known = {coding["code"] for coding in codings if coding.get("code") in CODES}
    if known:
        name, own = min(known), _HOW_OFTEN & repeat.keys()
        if len(known) > 1 or (own and not _agrees(name, repeat)):
            yield UNKNOWN
            return
        if code.get("text") and _says_otherwise(code["text"], name):
            yield UNKNOWN
        if not own or name in _PARTS_OF_DAY:
            yield DosagePart(
                words=CODES[name], is_timing=True, per_day=_A_DAY.get(name), rhythm=_rhythm(name)
            )
        yield from _beside(code.get("text"), name)
        return
    text = code.get("text") or next(
        (c["display"] for c in codings if c.get("display") and c["display"] != c.get("code")), None
    )
    yield DosagePart(words=both(text) if text else None, is_timing=True)


def _says_otherwise(text: str, name: str) -> bool:
    """Tell whether the words of a code count otherwise than the code."""
    times = read_words([text]).times
    return times is not None and name in _A_DAY and times != _A_DAY[name]


def _beside(text: str | None, name: str) -> Iterator[DosagePart]:
    """Say what a doctor wrote beside a code, unless it is the code again."""
    if text and not repeats_code(text, name):
        yield DosagePart(words=both(text), is_timing=True)


def repeats_code(text: str, name: str) -> bool:
    """Tell whether a text is the name of a code of HL7, or its words."""
    words = CODES[name]
    return in_plain_letters(text) in map(in_plain_letters, (name, words.vi, words.en))


def _rhythm(name: str) -> str:
    _, period, unit = _MEANS[name]
    return unit if period == 1 and unit in _RHYTHMS else ""


_RHYTHMS: Final = frozenset({"d", "wk", "mo"})
_A_DAY: Final = {"QD": 1, "BID": 2, "TID": 3, "QID": 4}
_PARTS_OF_DAY: Final = frozenset({"AM", "PM", "BED"})
_MEANS: Final = {
    **{code: (times, 1, "d") for code, times in _A_DAY.items()},
    **dict.fromkeys(_PARTS_OF_DAY, (1, 1, "d")),
    "QOD": (1, 2, "d"), "WK": (1, 1, "wk"), "MO": (1, 1, "mo"),
    **{f"Q{n}H": (1, n, "h") for n in (1, 2, 3, 4, 6, 8)},
}  # fmt: skip
"""How often in how long each code says."""


def _agrees(code: str, repeat: Resource) -> bool:
    """Tell whether a timing says what its code says: if not, nobody knows which one counts."""
    said = (repeat.get("frequency", 1), repeat.get("period"), repeat.get("periodUnit"))
    return said == _MEANS[code] and not {"frequencyMax", "periodMax"} & repeat.keys()


def _frequency(repeat: Resource) -> DosagePart:
    """Say how often in how long; what says no period says nothing certain."""
    unit, period = repeat.get("periodUnit"), repeat.get("period")
    if unit not in PER or period is None or not period > 0:
        return UNKNOWN
    often, most_often = repeat.get("frequency"), repeat.get("frequencyMax")
    count = number_text(often or 1)
    if most_often is not None:
        count = f"{count}–{number_text(most_often)}" if often else f"≤ {number_text(most_often)}"
    longest, once = repeat.get("periodMax"), count == "1"
    span = time_words(period, longest, unit)
    assert span is not None, "the unit was looked at"
    per = _PER_WORDS.get(unit, frozenset({PER[unit].en}))
    if number_text(period) == "1" and longest is None:
        times = "once" if once else f"{count} times"
        return DosagePart(
            words=both(f"mỗi {PER[unit].vi} {count} lần", f"{times} {_a(PER[unit].en)}"),
            is_timing=True,
            per_day=often or 1 if unit == "d" and most_often is None else None,
            rhythm=unit if unit in _RHYTHMS and "dayOfWeek" not in repeat else "",
            facts=(per,) if once else (number_said(count), per),
        )
    vi = f"{span.vi} một lần" if once else f"{count} lần mỗi {span.vi}"
    en = f"every {span.en}" if once else f"{count} times every {span.en}"
    facts = () if longest or not once else (number_said(number_text(period)), per)
    return DosagePart(words=both(vi, en), is_timing=True, facts=facts)


def _a(unit: str) -> str:
    return f"an {unit}" if unit == "hour" else f"a {unit}"


def _days(repeat: Resource) -> LocalText | None:
    return _listed(repeat["dayOfWeek"], WEEKDAYS.get)


def _when(repeat: Resource) -> LocalText | None:
    """Say the events, and how far from them: before a meal is before it, all else after it."""
    said = _listed(repeat["when"], WHEN.get)
    offset = repeat.get("offset")
    if said is None or not offset:
        return said
    before = {code.startswith("AC") for code in repeat["when"]}
    if len(before) > 1:
        return None
    vi, en = ("trước", "before") if before.pop() else ("sau", "after")
    return both(
        f"{said.vi} (cách {offset} phút, {vi} mốc đó)", f"{said.en} ({offset} minutes {en} that)"
    )


def _hours(repeat: Resource) -> LocalText | None:
    said = _listed(repeat["timeOfDay"], lambda text: both(time_text(text)))
    return said and both(f"lúc {said.vi}", f"at {said.en}")


def _offset(repeat: Resource) -> LocalText | None:
    """It is said with its events; alone it says nothing that anybody understands."""
    return both("") if repeat.get("when") else None


def _lasting(repeat: Resource) -> LocalText | None:
    bounds = repeat["boundsDuration"]
    said = quantity_words(bounds, limits=True)
    return said and both(f"trong {said.vi}", f"for {said.en}")


def _lasting_between(repeat: Resource) -> LocalText | None:
    said = range_words(repeat["boundsRange"])
    return said and both(f"trong {said.vi}", f"for {said.en}")


def _from_to(repeat: Resource) -> LocalText | None:
    bounds = repeat["boundsPeriod"]
    if bounds.keys() - {"id", "start", "end"}:
        return None
    start, end = bounds.get("start"), bounds.get("end")
    first = _moments([start]) if start else None
    last = _moments([end]) if end else None
    said = [
        both(f"{vi} {moment.vi}", f"{en} {moment.en}")
        for vi, en, moment in (("từ", "from", first), ("đến hết", "until", last))
        if moment is not None
    ]
    return _joined(said, " ") if said else None


def _moments(texts: list[str]) -> LocalText | None:
    return _listed(texts, lambda text: both(moment_text(text, home())))


def _count(repeat: Resource) -> LocalText | None:
    count, most = repeat.get("count"), repeat.get("countMax")
    if count is None:
        return both(f"tất cả nhiều nhất {most} lần", f"{most} times in all at most")
    number = f"{count}–{most}" if most is not None else f"{count}"
    return both(f"tất cả {number} lần", f"{number} times in all")


def _length(repeat: Resource) -> LocalText | None:
    shortest, longest = repeat.get("duration"), repeat.get("durationMax")
    unit = repeat.get("durationUnit", "")
    if shortest is not None:
        said = time_words(shortest, longest, unit)
        return said and both(f"mỗi lần kéo dài {said.vi}", f"for {said.en} each time")
    if longest is None:
        return None
    said = time_words(longest, None, unit)
    return said and both(f"mỗi lần nhiều nhất {said.vi}", f"for at most {said.en} each time")


_NOTHING: Final = both("")
_PARTS: Final[dict[str, Callable[[Resource], LocalText | None]]] = {
    "dayOfWeek": _days,
    "when": _when,
    "offset": _offset,
    "timeOfDay": _hours,
    "duration": _length,
    "durationMax": lambda repeat: _NOTHING if "duration" in repeat else _length(repeat),
    "durationUnit": lambda repeat: (
        _NOTHING if {"duration", "durationMax"} & repeat.keys() else None
    ),
    "boundsDuration": _lasting,
    "boundsRange": _lasting_between,
    "boundsPeriod": _from_to,
    "count": _count,
    "countMax": lambda repeat: _NOTHING if "count" in repeat else _count(repeat),
}


def _listed(codes: list[str], words: Callable[[str], LocalText | None]) -> LocalText | None:
    """Write a list in words; None where one of it is not understood, or where it is too long."""
    said = [words(code) for code in codes[: MOST + 1]]
    known = [entry for entry in said if entry is not None]
    if not said or len(known) < len(said) or len(said) > MOST:
        return None
    return _joined(known, ", ")


def _joined(said: list[LocalText], between: str) -> LocalText:
    return both(between.join(s.vi for s in said), between.join(s.en for s in said))
