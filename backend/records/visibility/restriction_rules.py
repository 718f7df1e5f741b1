"""Decides which records are restricted by law, and which words no output may contain.

The rules are data (`restrictions.json`, or a facility's own file). A record belongs to the first
class that knows one of its codes, labels, departments or names.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from backend.core.i18n import in_plain_letters

_ICD10: Final = re.compile(r"(?P<three>[A-Z]\d{2})(\.?[0-9A-Z]{1,4})?[*†+]?\Z")
MASK: Final = "[…]"

Three = Annotated[str, Meta(pattern=r"^[A-Z]\d{2}$")]


class RestrictionClass(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One class of records that the law restricts."""

    name: Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[a-z-]+$")]
    hidden: bool = False
    """Never shown to anybody: it is kept for the hospital's own record. Such a class is known by
    what a record is, not by what else it mentions: of that the masks take care."""
    told: bool = True
    """Whether the patient is told that there is something new, without saying of what kind."""
    icd10: list[tuple[Three, Three]] = []
    """Ranges of three-character categories, both ends included."""
    codes: list[str] = []
    """`system|code`, or `|code` in any system."""
    labels: list[str] = []
    """Codes of FHIR security labels."""
    departments: list[str] = []
    """Parts of names of departments, in any spelling of accents and capitals."""
    names: list[str] = []
    """Parts of names of tests, drugs and services, the same way."""

    def has(self, facts: "SecurityLabels") -> bool:
        return (
            not facts.labels.isdisjoint(self.labels)
            or any(first <= icd10 <= last for first, last in self.icd10 for icd10 in facts.icd10)
            or not facts.codes.isdisjoint(self.codes)
            or any(
                part in department for part in self.departments for department in facts.departments
            )
            or any(part in name for part in self.names for name in facts.names)
        )


class Rules(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, dict=True):
    classes: list[RestrictionClass]
    withheld_files: RestrictionClass | None = None
    """Of what records only files of text are shown, because nobody can mask a picture."""
    masks: list[str] = []
    """Regular expressions over whole texts; what their group `said` finds is masked."""

    @cached_property
    def patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(mask, re.IGNORECASE) for mask in self.masks]

    def class_of(
        self, facts: "SecurityLabels", itself: "SecurityLabels | None" = None
    ) -> RestrictionClass | None:
        """Find the class of a record; `itself` are the labels of its own code alone."""
        return next(
            (
                record_class
                for record_class in self.classes
                if record_class.has((itself or facts) if record_class.hidden else facts)
            ),
            None,
        )

    def named(self, name: str) -> RestrictionClass | None:
        return next(
            (record_class for record_class in self.classes if record_class.name == name), None
        )

    def masked(self, text: str) -> str:
        """Remove from a document the words that no output may contain."""
        for pattern in self.patterns:
            text = pattern.sub(_without_what_was_said, text)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityLabels:
    """The facts of a record that decide its class."""

    codes: frozenset[str]
    """Each as `system|code` and as `|code`."""
    icd10: frozenset[str]
    labels: frozenset[str]
    departments: tuple[str, ...] = ()
    """Folded."""
    names: tuple[str, ...] = ()
    """Folded."""


class UnreadableRules(ValueError):
    """The file of restrictions is not one."""


def parse_rules(text: bytes) -> Rules:
    """Read the rules, and compile every expression.

    Raises:
        UnreadableRules: with the place of the mistake.
    """
    try:
        read = msgspec.json.decode(text, type=Rules)
        rules = replace(
            read,
            classes=[_comparable(record_class) for record_class in read.classes],
            withheld_files=read.withheld_files and _comparable(read.withheld_files),
        )
        for pattern in rules.patterns:
            if "said" not in pattern.groupindex:
                raise UnreadableRules("a mask has no group `said`")
    except (msgspec.MsgspecError, re.error) as mistake:
        raise UnreadableRules(str(mistake)) from mistake
    return rules


def _comparable(rule: RestrictionClass) -> RestrictionClass:
    return replace(
        rule,
        departments=list(map(in_plain_letters, rule.departments)),
        names=list(map(in_plain_letters, rule.names)),
    )


def security_labels(
    *,
    codings: Iterable[tuple[str, str]],
    labels: Iterable[str],
    departments: Iterable[str],
    names: Iterable[str],
) -> SecurityLabels:
    said = list(codings)
    found = [_ICD10.match(code.upper()) for _, code in said]
    return SecurityLabels(
        codes=frozenset(
            token for system, code in said for token in (f"{system}|{code}", f"|{code}")
        ),
        icd10=frozenset(match["three"] for match in found if match),
        labels=frozenset(labels),
        departments=tuple(map(in_plain_letters, departments)),
        names=tuple(map(in_plain_letters, names)),
    )


def _without_what_was_said(found: re.Match[str]) -> str:
    start, end = (place - found.start() for place in found.span("said"))
    return found[0][:start] + MASK + found[0][end:]
