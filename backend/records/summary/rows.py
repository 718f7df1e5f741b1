"""Writes each record of a summary as a row of texts, for screen and paper."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias
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
Part: TypeAlias = str | int | Sequence[str | None] | None
"""What is said of one part of a record: one text, several, a number, or nothing."""
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
                    "substance": self._titled(
                        self._named(view["name"], view["verification"]),
                        last=self.date(view.get("lastOccurrence")),
                        asserter=view.get("asserter"),
                        recorder=view.get("recorder"),
                    ),
                    "reaction": _joined(
                        "\n", *map(self._reaction, view["reactions"]), view["note"]
                    ),
                    "risk": self._said(view["criticality"]),
                }
            case "medicine" | "medication_statement":
                return self._medicine(view)
            case "condition":
                return self._condition(view)
            case "immunisation":
                return self._immunisation(view)
            case "procedure":
                return self._procedure(view)
            case _:
                return self._measured(view)

    def _medicine(self, view: dict[str, Any]) -> dict[str, str]:
        """Keep the dosage by itself: nothing may push a part of it off the paper."""
        return {
            "medicine": self._titled(
                self._named(view["name"], view["status"]),
                reason=view.get("reasons"),
                status_reason=[view.get("statusReason"), *view.get("statusReasons", [])],
                quantity=view.get("quantity"),
                repeats=view.get("repeats"),
                requester=view.get("requester"),
                category=view.get("category"),
                note=view.get("note"),
            ),
            "dosage": _joined("\n", self.dosage(view), view.get("instructions")),
            "since": self.date(view.get("prescribedAt") or view.get("begins")),
        }

    def _condition(self, view: dict[str, Any]) -> dict[str, str]:
        stages = [_joined(" – ", part["stage"], part["kind"]) for part in view.get("stages", [])]
        return {
            "problem": self._titled(
                self._named(view["name"], view["verification"]),
                severity=view.get("severity"),
                site=view.get("bodySites"),
                stage=stages,
                evidence=view.get("evidence"),
                ended=self.date(view.get("abated")),
                asserter=view.get("asserter"),
                recorder=view.get("recorder"),
                note=view.get("note"),
            ),
            "since": self.date(view["onset"] or view["recordedAt"]),
        }

    def _immunisation(self, view: dict[str, Any]) -> dict[str, str]:
        plans = view.get("protocols", [])
        subpotent = "yes" if view.get("subpotent") else None
        doses = dict.fromkeys(
            _joined("/", plan["doseNumber"], plan["seriesDoses"])
            for plan in plans
            if plan["doseNumber"]
        )
        return {
            "vaccine": self._titled(
                self._named(view["vaccine"], None),
                targets=view.get("targets"),
                series=list(dict.fromkeys(plan["series"] for plan in plans)),
                dose=view.get("dose"),
                maker=view.get("maker"),
                lot=view.get("lot"),
                expires=self.date(view.get("expires")),
                site=view.get("site"),
                route=view.get("route"),
                place=view.get("where"),
                performer=view.get("people"),
                reason=view.get("reasons"),
                status_reason=view.get("statusReason"),
                subpotent=self._said(subpotent),
                reaction=view.get("reactions"),
                note=view.get("note"),
            ),
            "dose": _joined(", ", *doses) or view["doseNumber"] or "",
            "date": self.date(view["occurred"]),
        }

    def _procedure(self, view: dict[str, Any]) -> dict[str, str]:
        return {
            "procedure": self._titled(
                self._named(view["name"], None),
                category=view.get("category"),
                site=view.get("bodySites"),
                reason=view.get("reasons"),
                status_reason=view.get("statusReason"),
                outcome=view.get("outcome"),
                complications=view.get("complications"),
                follow_up=view.get("followUp"),
                devices=view.get("devices"),
                performer=view.get("people"),
                place=view.get("where"),
                note=view.get("note"),
            ),
            "date": self.date(view["performed"]),
        }

    def _measured(self, view: dict[str, Any]) -> dict[str, str]:
        parts = [
            f"{component['name']}: {self._value(component)}" for component in view["components"]
        ]
        flags = [self._flag(interpretation) for interpretation in view["interpretations"]]
        return {
            "test": self._titled(
                self._named(view["name"], view["status"]),
                specimen=view.get("specimen"),
                site=view.get("bodySite"),
                method=view.get("method"),
                device=view.get("device"),
                performer=view.get("people"),
                note=view.get("note"),
            ),
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
        name = name or labels.NAMELESS.said_in(self._language)
        return f"{name} ({known.said_in(self._language)})" if known else name

    def _titled(self, title: str, **parts: Part) -> str:
        """Write a name, and below it a line for each part that something is said of."""
        lines = [title]
        for name, said in parts.items():
            texts = [said] if said is None or isinstance(said, str | int) else said
            words = _joined(", ", *texts)
            if words:
                label = labels.PARTS[name.replace("_", "-")].said_in(self._language)
                lines.append(f"{label}: {words}")
        return "\n".join(lines)

    def _reaction(self, said: dict[str, Any]) -> str:
        seen = _joined(": ", said["substance"], ", ".join(said["manifestations"]))
        severity = self._said(said.get("severity"))
        return _joined(
            " – ",
            _joined(" ", seen, severity and f"({severity})"),
            said.get("description"),
            said.get("exposureRoute"),
            self.date(said.get("onset")),
            said.get("note"),
        )

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


def _joined(between: str, *texts: str | Decimal | int | None) -> str:
    return between.join(str(text) for text in texts if text)
