"""Decides what each section of a summary contains: pure rules.

The sections and their codes are those of HL7's International Patient Summary.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from backend.auth.rules import Scope
from backend.records.coded import Coded, Concept


class Section(StrEnum):
    """The sections, in the order of the document."""

    ALLERGIES = "allergies"
    MEDICINES = "medicines"
    PROBLEMS = "problems"
    IMMUNISATIONS = "immunisations"
    RESULTS = "results"
    VITAL_SIGNS = "vital-signs"
    PROCEDURES = "procedures"


@dataclass(frozen=True, slots=True)
class SectionTerms:
    """The code, the titles and the limits of a section."""

    loinc: str
    display: str
    most: int
    always: bool = False
    """It stands there also when it is empty, with the reason."""


SECTIONS: Final[dict[Section, SectionTerms]] = {
    Section.ALLERGIES: SectionTerms(
        "48765-2", "Allergies and adverse reactions Document", 100, always=True
    ),
    Section.MEDICINES: SectionTerms(
        "10160-0", "History of Medication use Narrative", 100, always=True
    ),
    Section.PROBLEMS: SectionTerms("11450-4", "Problem list - Reported", 100, always=True),
    Section.IMMUNISATIONS: SectionTerms("11369-6", "History of Immunization note", 100),
    Section.RESULTS: SectionTerms("30954-2", "Relevant diagnostic tests/laboratory data note", 50),
    Section.VITAL_SIGNS: SectionTerms("8716-3", "Vital signs note", 20),
    Section.PROCEDURES: SectionTerms("47519-4", "History of Procedures Document", 50),
}

CLOSED: Final[dict[Scope, frozenset[Section]]] = {
    Scope.OWN: frozenset(),
    Scope.FULL: frozenset(),
    Scope.SUMMARY: frozenset(
        {Section.PROBLEMS, Section.RESULTS, Section.VITAL_SIGNS, Section.PROCEDURES}
    ),
}
"""Scopes x sections: what the policies of the database show to nobody with such a grant."""


class Empty(StrEnum):
    """The reason of an empty section: HL7's list-empty-reason."""

    UNAVAILABLE = "unavailable"
    """Nobody sent anything: that is neither «none» nor «not asked»."""
    NOT_ASKED = "notasked"
    """A sender said that nobody had asked."""
    WITHHELD = "withheld"
    """Not for whoever reads this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryItem:
    """One stored record."""

    kind: str
    """Its table."""
    id: UUID
    facility: UUID
    happened_at: datetime
    view: dict[str, Any]
    """What the patient's app gets of it; numbers are as they were written."""
    coded: Coded


@dataclass(frozen=True, slots=True)
class SectionContent:
    """One section of a summary."""

    section: Section
    items: Sequence[SummaryItem]
    empty: Empty | None = None
    more: bool = False
    """There are older ones that are left out."""
    left_out: int = 0
    """How many belong here and are too long or cannot be read: whoever reads it must know."""


_SECTION_OF: Final = {
    "allergy": Section.ALLERGIES,
    "medicine": Section.MEDICINES,
    "medication_statement": Section.MEDICINES,
    "condition": Section.PROBLEMS,
    "immunisation": Section.IMMUNISATIONS,
    "procedure": Section.PROCEDURES,
}
_NO_RESULT: Final = frozenset({"survey", "social-history", "activity", "therapy"})
_NOT_ORDERED: Final = frozenset({"proposal", "plan", "option"})

NOT_ASKED: Final = frozenset(
    {"no-allergy-info", "no-medication-info", "no-problem-info", "no-immunization-info",
     "no-procedure-info", "1631000175102"}
)  # fmt: skip
"""The summary's own codes and SNOMED CT's for «nobody asked»."""
NONE_AT_ALL: Final = frozenset(
    {"716186003", "no-known-allergies", "no-known-medications", "no-known-problems",
     "no-known-immunizations", "no-known-procedures", "160245001"}
)  # fmt: skip
"""«Asked, and there is none»: not true any more once there is one."""


def parts_of(
    items: Sequence[SummaryItem], scope: Scope, unreadable: Sequence[str] = ()
) -> list[SectionContent]:
    """Sort records into sections, the newest first.

    Args:
        items: what could be read.
        scope: how much of it is open.
        unreadable: the kind of each record that could not be read.
    """
    missing = Counter(_SECTION_OF.get(kind, Section.RESULTS) for kind in unreadable)
    return [
        part
        for section in Section
        for part in [_part(section, items, scope, missing[section])]
        if part.items or part.left_out or SECTIONS[section].always or part.empty is Empty.WITHHELD
    ]


def _part(
    section: Section, items: Sequence[SummaryItem], scope: Scope, left_out: int
) -> SectionContent:
    """Fill one section. «None known» is not said where something cannot be read."""
    if section in CLOSED[scope]:
        return SectionContent(section, (), Empty.WITHHELD)
    own = [record for record in items if _section_of(record) is section and _counts(record)]
    said = [record for record in own if not _codes(record.coded.code) & NOT_ASKED]
    there_is = [record for record in said if not says_none_at_all(record)]
    shown = there_is or ([] if left_out else said)
    if not shown:
        not_asked = own and not said and not left_out
        empty = Empty.NOT_ASKED if not_asked else Empty.UNAVAILABLE
        return SectionContent(section, (), empty, left_out=left_out)
    most = SECTIONS[section].most
    return SectionContent(section, shown[:most], more=len(shown) > most, left_out=left_out)


def says_none_at_all(item: SummaryItem) -> bool:
    """Tell «no known allergies» from «no known food allergies», which other allergies may join.

    A row from before codes were kept has only its words: then it counts as the first.
    """
    codes = _codes(item.coded.code)
    return bool(codes & NONE_AT_ALL) or (not codes and bool(item.view.get("noneKnown")))


def _section_of(item: SummaryItem) -> Section | None:
    if item.kind != "observation":
        return _SECTION_OF[item.kind]
    codes = {code for category in item.coded.categories for code in _codes(category)}
    if "vital-signs" in codes:
        return Section.VITAL_SIGNS
    return None if codes & _NO_RESULT and "laboratory" not in codes else Section.RESULTS


def _counts(item: SummaryItem) -> bool:
    """Leave out what was only thought of, and what turned out not to be so."""
    return (
        item.view.get("verification") != "refuted"
        and item.coded.intent not in _NOT_ORDERED
        and not item.coded.forbidden
    )


def _codes(concept: Concept) -> set[str]:
    return {coding.code for coding in concept}
