"""Writes each record of a summary as a row of texts, for screen and paper."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.core.i18n import Language
from backend.core.settings import load_settings
from backend.records.summary import labels
from backend.records.summary.collect import Source
from backend.records.summary.rules import Section, SummaryItem
from backend.records.wording.absent import ABSENT
from backend.records.wording.dates import as_date, exact_instant, parts_of_date, stands_for_none
from backend.records.wording.numbers import number_text
from backend.records.wording.units import TIMES

COLUMNS: Final[dict[Section, tuple[str, ...]]] = {
    Section.ALLERGIES: ("substance", "reaction", "risk", "source"),
    Section.MEDICINES: ("medicine", "dosage", "since", "source"),
    Section.PROBLEMS: ("problem", "since", "source"),
    Section.IMMUNISATIONS: ("vaccine", "dose", "date", "source"),
    Section.RESULTS: ("test", "value", "flag", "reference", "date", "source"),
    Section.VITAL_SIGNS: ("test", "value", "flag", "reference", "date", "source"),
    Section.PROCEDURES: ("procedure", "date", "source"),
}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What no reader sees and what turns the direction of writing: a name must not rearrange a page."""


def writer_for(sources: Mapping[UUID, Source], language: Language) -> "Writer":
    names = {source.id: source.name for source in sources.values()}
    return Writer(language, names, ZoneInfo(load_settings().timezone))


class Writer:
    """Writes the rows of one summary."""

    def __init__(self, language: Language, sources: Mapping[UUID, str], zone: ZoneInfo) -> None:
        self._language = language
        self._sources = sources
        self._zone = zone

    def head(self, section: Section) -> list[str]:
        return [labels.COLUMNS[column].said_in(self._language) for column in COLUMNS[section]]

    def row(self, item: SummaryItem, section: Section) -> list[str]:
        cells = {"source": self._sources[item.facility], **self._cells(item)}
        return [_CONTROL.sub("", cells[column]) for column in COLUMNS[section]]

    def _cells(self, item: SummaryItem) -> dict[str, str]:
        view = item.view
        match item.kind:
            case "allergy":
                return {
                    "substance": self._named(view["name"], view["verification"]),
                    "reaction": _joined("\n", *map(_reaction, view["reactions"]), view["note"]),
                    "risk": self._said(view["criticality"]),
                }
            case "medicine" | "medication_statement":
                return {
                    "medicine": self._named(view["name"], view["status"]),
                    "dosage": _joined("\n", self.dosage(view), view.get("instructions")),
                    "since": self.date(view.get("prescribedAt") or view.get("begins")),
                }
            case "condition":
                return {
                    "problem": self._named(view["name"], view["verification"]),
                    "since": self.date(view["onset"] or view["recordedAt"]),
                }
            case "immunisation":
                return {
                    "vaccine": view["vaccine"],
                    "dose": view["doseNumber"] or "",
                    "date": self.date(view["occurred"]),
                }
            case "procedure":
                return {"procedure": view["name"], "date": self.date(view["performed"])}
            case _:
                return self._measured(view)

    def _measured(self, view: dict[str, Any]) -> dict[str, str]:
        parts = [
            f"{component['name']}: {self._value(component)}" for component in view["components"]
        ]
        flags = [self._flag(interpretation) for interpretation in view["interpretations"]]
        return {
            "test": self._named(view["name"], view["status"]),
            "value": _joined("\n", self._value(view), *parts),
            "flag": _joined(", ", *flags),
            "reference": _joined("\n", *map(_range, view["referenceRanges"])),
            "date": self.date(view["measuredAt"]),
        }

    def _value(self, part: dict[str, Any]) -> str:
        value = part["value"]
        if value is None:
            return self._said("series") if part["series"] else self._absent(part)
        if isinstance(value, bool):
            return self._said("yes" if value else "no")
        if isinstance(value, str):
            return self._text(value, part.get("valueAsSent"))
        return _joined(" ", f"{part['comparator'] or ''}{number_text(value)}", self._unit(part))

    def _absent(self, part: dict[str, Any]) -> str:
        """Say why there is no value: in the reader's language, where the hub wrote the words."""
        known, reason = ABSENT.get(part.get("absentCode") or ""), part["absentReason"] or ""
        return known.said_in(self._language) if known and reason == known.vi else reason

    def _unit(self, part: dict[str, Any]) -> str | None:
        """Give the unit; one of time is a word, which another language has otherwise."""
        known = TIMES.get(part.get("unitAsSent") or "")
        return known.said_in(self._language) if known else part["unit"]

    def _text(self, value: str, sent: str | None) -> str:
        """Write a text; a moment as this language writes it."""
        return self.date(sent) if self._language is Language.EN and as_date(sent) else value

    def dosage(self, view: dict[str, Any]) -> str | None:
        """Give how a medicine is taken, with the hub's own words in the reader's language."""
        words = view.get("dosageInWords")
        said: str | None = words[self._language.value] if words else view["dosage"]
        return said

    def _flag(self, said: dict[str, Any]) -> str:
        """Give the sender's letter, and what it means where that is known."""
        code, text = said["code"], said["text"]
        known = labels.SAID.get(code or "")
        if known and text in {None, code}:
            return f"{code} ({known.said_in(self._language)})"
        return code if text in {None, code} else _joined(" – ", code, text)

    def _named(self, name: str, state: str | None) -> str:
        known = labels.SAID.get(state or "")
        return f"{name} ({known.said_in(self._language)})" if known else name

    def _said(self, code: str | None) -> str:
        known = labels.SAID.get(code or "")
        return known.said_in(self._language) if known else code or ""

    def date(self, text: str | None) -> str:
        """Write a partial date for readers; other text stays as sent, one for «none» goes."""
        if not text or stands_for_none(text):
            return ""
        if as_date(text) is None:
            return text
        exact = exact_instant(text)
        if exact is not None:
            return self.day(exact)
        parts = parts_of_date(text)
        return "-".join(parts) if self._language is Language.EN else "/".join(parts[::-1])

    def day(self, moment: datetime) -> str:
        form = "%Y-%m-%d" if self._language is Language.EN else "%d/%m/%Y"
        return moment.astimezone(self._zone).strftime(form)


def _reaction(said: dict[str, Any]) -> str:
    return _joined(": ", said["substance"], ", ".join(said["manifestations"]))


def _range(said: dict[str, Any]) -> str:
    low, high = said["low"], said["high"]
    ends = (
        f"{number_text(low)} – {number_text(high)}" if low is not None and high is not None
        else f"≥ {number_text(low)}" if low is not None
        else f"≤ {number_text(high)}" if high is not None
        else None
    )  # fmt: skip
    whom = _joined(", ", *said["appliesTo"], said["age"])
    return _joined(" ", said["text"] or _joined(" ", ends, said["unit"]), whom and f"({whom})")


def _joined(between: str, *texts: str | Decimal | None) -> str:
    return between.join(str(text) for text in texts if text)
