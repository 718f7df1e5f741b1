"""Writes how a medicine is taken: as its doctor wrote it, and what only codes say, in words.

No amount is said where a part of the dosage is not understood: then the words say that more was
sent. What a doctor wrote is shown as it is; what the codes add to it stands below it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from backend.core.i18n import LocalText
from backend.intake.fhir.dosage.pieces import (
    UNKNOWN,
    DosagePart,
    is_said,
    names_a_time,
    number_said,
    says_otherwise,
    words_said,
)
from backend.intake.fhir.dosage.quantity_words import (
    both,
    quantity_words,
    range_words,
    ratio_words,
    unit_words,
)
from backend.intake.fhir.dosage.terms import CONTRADICTS, HOW_OFTEN, MORE, ROUTES
from backend.intake.fhir.dosage.timing_words import timing_pieces
from backend.intake.fhir.model.datatypes import Resource
from backend.records.wording.numbers import number_text

LONGEST_TWICE: Final = 2000
"""Letters of a text that is stored in both languages; a longer one stands once."""
_DOSES: Final = ("doseQuantity", "doseRange")
_RATES: Final[dict[str, Callable[[Resource], LocalText | None]]] = {
    "rateQuantity": quantity_words,
    "rateRange": range_words,
    "rateRatio": ratio_words,
}


def dosage_of(
    dosages: Sequence[Resource], *, instructions: bool = False
) -> tuple[str | None, LocalText | None]:
    """Give how a medicine is taken, and the same in both languages where the hub adds words.

    Args:
        dosages: FHIR's Dosages.
        instructions: also what is told to the patient, where no field of its own shows that.
    """
    lines = [_line(dosage, instructions=instructions) for dosage in _in_order(dosages)]
    said = [(text, words) for text, words in lines if text or words]
    if not said:
        return None, None
    whole = _steps(said, dosages)
    added = any(words is not None for _, words in said) or whole.vi != whole.en
    is_short = max(len(whole.vi), len(whole.en)) <= LONGEST_TWICE
    return whole.vi, whole if added and is_short else None


def instructions_of(request: Resource) -> str | None:
    said = [
        text
        for dosage in request.get("dosageInstruction", [])
        for text in (
            dosage.get("patientInstruction"),
            *_advice(dosage),
        )
        if text
    ]
    said += [note["text"] for note in request.get("note", []) if "text" in note]
    return "\n".join(dict.fromkeys(said)) or None


def _in_order(dosages: Sequence[Resource]) -> Sequence[Resource]:
    if all("sequence" in dosage for dosage in dosages):
        return sorted(dosages, key=lambda dosage: dosage["sequence"])
    return dosages


def _steps(
    said: Sequence[tuple[str | None, LocalText | None]], dosages: Sequence[Resource]
) -> LocalText:
    """Put one dosage below the other, and number those that follow one another."""
    places = [dosage.get("sequence") for dosage in dosages]
    numbered = len(said) == len(places) and None not in places and len(set(places)) == len(places)
    vi, en = [], []
    for n, (text, words) in enumerate(said, start=1):
        step = (f"{n}) ", f"{n}) ") if numbered and len(said) > 1 else ("", "")
        vi.append(step[0] + _below(text, words.vi if words else ""))
        en.append(step[1] + _below(text, words.en if words else ""))
    return both("\n".join(vi), "\n".join(en))


def _below(text: str | None, words: str) -> str:
    return "\n".join(part for part in (text, words) if part)


def _line(dosage: Resource, *, instructions: bool) -> tuple[str | None, LocalText | None]:
    text = dosage.get("text") or dosage.get("patientInstruction")
    pieces = list(_pieces(dosage))
    told = _told(dosage) if instructions else []
    if not text:
        return None, joined_words([*_certain(pieces, _all_told(dosage)), *told])
    if says_otherwise(pieces, dosage, text):
        return text, joined_words([DosagePart(words=CONTRADICTS), *told])
    left = [piece for piece in pieces if piece.words is None or piece.words.vi]
    if not left or is_said(left, f"{text}\n{_all_told(dosage)}"):
        return text, joined_words([piece for piece in told if not is_said([piece], text)])
    return text, joined_words([*_certain(pieces, f"{text}\n{_all_told(dosage)}"), *told])


def _certain(pieces: Sequence[DosagePart], text: str) -> Iterator[DosagePart]:
    """Leave amounts out where a part that decides is not understood, and say that more was sent."""
    unsure = any(piece.words is None and piece.decides for piece in pieces)
    known = [
        piece for piece in pieces if piece.words is not None and not (unsure and piece.is_amount)
    ]
    yield from known
    if len(known) < len(pieces):
        yield DosagePart(words=MORE)
    elif (
        any(piece.is_amount for piece in pieces)
        and not any(piece.is_timing for piece in pieces)
        and not names_a_time(text)
    ):
        yield DosagePart(words=HOW_OFTEN)


def joined_words(pieces: Iterable[DosagePart]) -> LocalText | None:
    """Put the words of parts one after the other; None where there are none."""
    said = [piece.words for piece in pieces if piece.words is not None and piece.words.vi]
    if not said:
        return None
    return both(
        _capital(", ".join(words.vi for words in said)),
        _capital(", ".join(words.en for words in said)),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _told(dosage: Resource) -> list[DosagePart]:
    """Give what is told to the patient in words."""
    said = [dosage.get("patientInstruction"), *_advice(dosage)]
    return [DosagePart(words=both(text)) for text in dict.fromkeys(said) if text]


def _advice(dosage: Resource) -> list[str]:
    """Give further advice as it was written; a code alone tells nobody anything."""
    said = dosage.get("additionalInstruction", [])
    return [words.vi for concept in said if (words := concept_words(concept))]


def _all_told(dosage: Resource) -> str:
    return "\n".join(piece.words.vi for piece in _told(dosage) if piece.words)


def is_certain(dosage: Resource) -> bool:
    """Tell whether what decides is understood and no text disagrees: else nobody is reminded."""
    text = dosage.get("text") or dosage.get("patientInstruction")
    pieces = list(_pieces(dosage))
    known = all(piece.words is not None or not piece.decides for piece in pieces)
    return known and not (text is not None and says_otherwise(pieces, dosage, text))


def _pieces(dosage: Resource) -> Iterator[DosagePart]:
    if dosage.keys() - _KNOWN:
        yield DosagePart(words=None, decides="modifierExtension" in dosage or _is_new(dosage))
    yield from _as_concept(dosage, "method", both("cách dùng", "method"))
    yield from _as_concept(dosage, "route", both("đường dùng", "route"))
    yield from _as_concept(dosage, "site", both("vị trí", "site"))
    yield from _amounts(dosage.get("doseAndRate", []))
    if "timing" in dosage:
        yield from timing_pieces(dosage["timing"])
    yield from _as_needed(dosage)
    if len(_advice(dosage)) < len(dosage.get("additionalInstruction", [])):
        yield DosagePart(words=None, decides=False)
    for element, write in _MOST.items():
        if element in dosage:
            yield DosagePart(words=write(dosage[element]), is_amount=True)


def _is_new(dosage: Resource) -> bool:
    """Tell an element that is neither known nor an extension, which may not change the meaning."""
    return bool(dosage.keys() - _KNOWN - {"extension"})


_KNOWN: Final = frozenset(
    {"id", "sequence", "text", "additionalInstruction", "patientInstruction", "timing",
     "asNeededBoolean", "asNeededCodeableConcept", "site", "route", "method", "doseAndRate",
     "maxDosePerPeriod", "maxDosePerAdministration", "maxDosePerLifetime"}
)  # fmt: skip


def _as_concept(dosage: Resource, element: str, label: LocalText) -> Iterator[DosagePart]:
    """Say a way, a place or a method; a code without words is not guessed."""
    if element not in dosage:
        return
    words = concept_words(dosage[element])
    if words is None:
        yield DosagePart(words=None, decides=False)
    else:
        yield DosagePart(
            words=both(f"{label.vi}: {words.vi}", f"{label.en}: {words.en}"),
            facts=words_said(words.vi, words.en),
        )


def concept_words(concept: Resource) -> LocalText | None:
    """Give the words of a concept: its text, of known ways ours, its display; never a code."""
    codings = concept.get("coding", [])
    if concept.get("text"):
        return both(concept["text"])
    known = [ROUTES[coding["code"]] for coding in codings if coding.get("code") in ROUTES]
    shown = [both(coding["display"]) for coding in codings if coding.get("display")]
    return next(iter([*known, *shown]), None)


def _amounts(said: Sequence[Resource]) -> Iterator[DosagePart]:
    """Say a dose and a rate; of several, nobody knows which one counts."""
    if len(said) > 1:
        yield UNKNOWN
        return
    for dose_and_rate in said:
        if dose_and_rate.keys() - {"id", "type", *_DOSES, *_RATES}:
            yield UNKNOWN
        yield from _dose_pieces(dose_and_rate)
        yield from _rate_pieces(dose_and_rate)
        if _is_calculated(dose_and_rate.get("type")):
            yield DosagePart(words=both("liều được tính toán", "a calculated dose"))


def _is_calculated(kind: Resource | None) -> bool:
    return any(coding.get("code") == "calculated" for coding in (kind or {}).get("coding", []))


def _dose_pieces(dose_and_rate: Resource) -> Iterator[DosagePart]:
    if dose_and_rate.keys() >= {"doseQuantity", "doseRange"}:
        yield UNKNOWN
        return
    if "doseQuantity" in dose_and_rate:
        dose = dose_and_rate["doseQuantity"]
        is_some = dose.get("value", 0) > 0
        words, facts = quantity_words(dose) if is_some else None, _facts_of(dose)
    elif "doseRange" in dose_and_rate:
        words, facts = range_words(dose_and_rate["doseRange"]), ()
    else:
        return
    each_time = words and both(f"mỗi lần {words.vi}", f"{words.en} each time")
    yield DosagePart(words=each_time, is_amount=True, facts=facts)


def _facts_of(dose: Resource) -> tuple[frozenset[str], ...]:
    unit = unit_words(dose)
    number = [number_said(number_text(dose["value"]))] if "value" in dose else []
    return (*number, *(words_said(unit.vi, unit.en) if unit else ()))


def _rate_pieces(dose_and_rate: Resource) -> Iterator[DosagePart]:
    for element, write in _RATES.items():
        if element in dose_and_rate:
            words = write(dose_and_rate[element])
            rate = words and both(f"tốc độ {words.vi}", f"rate {words.en}")
            yield DosagePart(words=rate, is_amount=True, is_timing=True)


def _as_needed(dosage: Resource) -> Iterator[DosagePart]:
    if dosage.get("asNeededBoolean"):
        yield DosagePart(
            words=both("khi cần", "as needed"),
            is_timing=True,
            facts=words_said("khi cần", "nếu cần", "as needed", "if needed", "prn"),
        )
    if "asNeededCodeableConcept" in dosage:
        why = concept_words(dosage["asNeededCodeableConcept"])
        yield DosagePart(
            words=why and both(f"chỉ khi cần: {why.vi}", f"only as needed: {why.en}"),
            is_timing=True,
            facts=words_said(why.vi, why.en) if why else (),
        )


def _most_of(
    write: Callable[[Resource], LocalText | None], vi: str, en: str
) -> Callable[[Resource], LocalText | None]:
    def said(part: Resource) -> LocalText | None:
        words = write(part)
        return words and both(f"nhiều nhất {words.vi}{vi}", f"at most {words.en}{en}")

    return said


_MOST: Final[dict[str, Callable[[Resource], LocalText | None]]] = {
    "maxDosePerPeriod": _most_of(ratio_words, "", ""),
    "maxDosePerAdministration": _most_of(quantity_words, " mỗi lần", " each time"),
    "maxDosePerLifetime": _most_of(quantity_words, " trong cả đời", " in a lifetime"),
}
