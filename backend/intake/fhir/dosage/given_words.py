"""Writes how a medicine was given once, and when something planned is done, in words.

As in a prescription, no amount is said where a part of it is not understood: then the words say
that more was sent.
"""

from collections.abc import Callable, Iterator
from typing import Final

from backend.core.i18n import LocalText
from backend.intake.fhir.dosage.dosage_words import concept_words, joined_words
from backend.intake.fhir.dosage.pieces import UNKNOWN, DosagePart
from backend.intake.fhir.dosage.quantity_words import both, quantity_words, ratio_words
from backend.intake.fhir.dosage.terms import MORE
from backend.intake.fhir.dosage.timing_words import timing_pieces
from backend.intake.fhir.model.datatypes import Resource

_LABELS: Final = {
    "method": both("cách dùng", "method"),
    "route": both("đường dùng", "route"),
    "site": both("vị trí", "site"),
}
_RATES: Final[dict[str, Callable[[Resource], LocalText | None]]] = {
    "rateQuantity": quantity_words,
    "rateRatio": ratio_words,
}
_KNOWN: Final = frozenset({"id", "text", "dose", *_LABELS, *_RATES})

_MORE_ABOUT_WHEN: Final = LocalText(
    "còn có thông tin khác về thời gian: hãy hỏi bác sĩ",
    "more was sent about when: ask your doctor",
)


def given_dose(dosage: Resource) -> tuple[str | None, LocalText | None]:
    """Give how a medicine was given, and the same in both languages where the hub adds words.

    Args:
        dosage: of a MedicationAdministration: it was given once, so nothing asks how often.
    """
    text, words = dosage.get("text") or "", _certain(list(_pieces(dosage)), MORE)
    if words is None:
        return text or None, None
    whole = both(
        "\n".join(filter(None, [text, words.vi])), "\n".join(filter(None, [text, words.en]))
    )
    return whole.vi, whole


def timing_words(timing: Resource) -> LocalText | None:
    """Say when something is done, or that more was sent."""
    return _certain(list(timing_pieces(timing)), _MORE_ABOUT_WHEN)


def _certain(pieces: list[DosagePart], more: LocalText) -> LocalText | None:
    known = [piece for piece in pieces if piece.words is not None]
    if len(known) < len(pieces):
        known = [piece for piece in known if not piece.is_amount and not piece.is_timing]
        known.append(DosagePart(words=more))
    return joined_words(known)


def _pieces(dosage: Resource) -> Iterator[DosagePart]:
    if dosage.keys() - _KNOWN:
        yield UNKNOWN
    for element, label in _LABELS.items():
        if element in dosage:
            words = concept_words(dosage[element])
            yield DosagePart(
                words=words and both(f"{label.vi}: {words.vi}", f"{label.en}: {words.en}")
            )
    if "dose" in dosage:
        yield DosagePart(words=quantity_words(dosage["dose"]), is_amount=True)
    for element, write in _RATES.items():
        if element in dosage:
            rate = write(dosage[element])
            yield DosagePart(
                words=rate and both(f"tốc độ {rate.vi}", f"rate {rate.en}"), is_amount=True
            )
