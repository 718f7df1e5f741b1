"""Decides which records are restricted by law, and which words no output may contain.

The rules are data (`restrictions.json`, or a facility's own file). A record belongs to the first
class that knows one of its codes, labels, departments or names.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from backend.records.visibility.decided import DecidedFacts
from backend.records.visibility.phrase_rules import PhraseLists, Phrases
from backend.records.visibility.spelling_rules import without

_CODE: Final = re.compile(r"(?P<three>[A-Z]\d[0-9A-Z])(?:\.?(?P<more>[0-9A-Z]{1,4}))?[*†+]?\Z")
"""Of ICD-10, with or without its full stop, dagger or asterisk."""
MASK: Final = "[…]"
LOINC: Final = "http://loinc.org"
_OTHER_NAMES: Final = {
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "urn:oid:2.16.840.1.113883.6.73": "http://www.whocc.no/atc",
}
"""HL7's object identifiers of code systems that FHIR calls by an address."""
ICD10: Final = (
    "http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm",
    "http://terminology.hl7.org/codesystem/icd10", "http://terminology.hl7.org/codesystem/icd10-cm",
    "urn:oid:2.16.840.1.113883.6.3", "urn:oid:2.16.840.1.113883.6.90",
    "icd10", "icd-10", "icd-10-vn", "",
)  # fmt: skip
"""Names of ICD-10 as a code system, in small letters. A code of no system is read as one of it."""

_Category = Annotated[str, Meta(pattern=r"^[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4}|-[A-Z]\d[0-9A-Z])?$")]
_Token = Annotated[str, Meta(pattern=r"^[^|]*\|[^|]+$")]


class RestrictionClass(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, dict=True):
    """One class of records that the law restricts. For the lists of phrases see `PhraseLists`."""

    name: Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[a-z-]+$")]
    hidden: bool = False
    """Never shown to anybody: it is kept for the hospital's own record. Such a class is known by
    what a record is, not by what else it mentions: of that the masks take care."""
    told: bool = True
    """Whether the patient is told that there is something new, without saying of what kind."""
    icd10: list[_Category] = []
    """Categories (`B20`), codes (`Z71.7`, with all below them), or ranges (`B20-B24`)."""
    except_icd10: list[_Category] = []
    codes: list[_Token] = []
    """`system|code`, or `|code` in any system; a `*` at the end stands for any ending."""
    except_codes: list[_Token] = []
    labels: list[str] = []
    """Codes of FHIR security labels."""
    departments: list[str] = []
    """Phrases that say it of a department or a place; what is in `names` does so too."""
    names: list[str] = []
    accented: list[str] = []
    capitals: list[str] = []
    alone: list[str] = []
    unless: list[str] = []
    together: list[Annotated[list[str], Meta(min_length=2)]] = []

    def has(self, facts: "SecurityLabels") -> bool:
        return self.reason(facts) is not None

    def reason(self, facts: "SecurityLabels") -> str | None:
        """Say which rule of this class knows the record; None where none does."""
        return next(self._reasons(facts), None)

    def _reasons(self, facts: "SecurityLabels") -> Iterator[str]:
        yield from (f"label {label}" for label in facts.labels if label in self.labels)
        yield from (f"ICD-10 {code}" for code in facts.icd10 if self._has_icd10(code))
        yield from (f"code {token}" for token in facts.tokens if self._has_token(token))
        if words := self.phrases.found(facts.names):
            yield f"words «{words}»"
        if words := self.of_departments.found(facts.departments):
            yield f"department «{words}»"

    def _has_icd10(self, code: str) -> bool:
        return _is_in(code, self.icd10) and not _is_in(code, self.except_icd10)

    def _has_token(self, token: str) -> bool:
        return _fits(token, self.codes) and not _fits(token, self.except_codes)

    @cached_property
    def phrases(self) -> Phrases:
        return self._phrases(self.names)

    @cached_property
    def of_departments(self) -> Phrases:
        return self._phrases([*self.names, *self.departments])

    def _phrases(self, names: Sequence[str]) -> Phrases:
        return Phrases(
            PhraseLists(
                names=names, accented=self.accented, capitals=self.capitals, alone=self.alone,
                unless=self.unless, together=self.together,
            )
        )  # fmt: skip


class Rules(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, dict=True):
    classes: list[RestrictionClass]
    withheld_files: RestrictionClass | None = None
    """Of what records only files of text are shown, because nobody can mask a picture."""
    masks: list[str] = []
    """Regular expressions over whole texts; what their group `said` finds is masked."""

    @cached_property
    def _decided(self) -> DecidedFacts["RestrictionClass | None"]:
        return DecidedFacts()

    @cached_property
    def patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(mask, re.IGNORECASE) for mask in self.masks]

    def class_of(
        self, facts: "SecurityLabels", itself: "SecurityLabels | None" = None
    ) -> RestrictionClass | None:
        """Find the class of a record; `itself` are the labels of its own code alone."""
        return self._decided.get(
            ("class", facts, itself),
            lambda: next((found for found, _ in self.reasons(facts, itself)), None),
        )

    def withholds(self, facts: "SecurityLabels") -> bool:
        """Tell whether only the files of text are shown of a record with these facts."""
        withheld = self.withheld_files
        return withheld is not None and withheld is self._decided.get(
            ("files", facts), lambda: withheld if withheld.has(facts) else None
        )

    def reasons(
        self, facts: "SecurityLabels", itself: "SecurityLabels | None" = None
    ) -> Iterator[tuple[RestrictionClass, str]]:
        """Give every class that knows a record, and the rule by which; the first one counts."""
        for record_class in self.classes:
            said = record_class.reason((itself or facts) if record_class.hidden else facts)
            if said is not None:
                yield record_class, said

    def named(self, name: str) -> RestrictionClass | None:
        return next(
            (record_class for record_class in self.classes if record_class.name == name), None
        )

    def masked(self, text: str) -> str:
        """Remove from a text, or from the JSON of one, the words that no output may contain.

        Args:
            text: in composed letters (NFC); its blanks and unseen letters may be any.
        """
        return without(text, self.patterns, "said", MASK)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityLabels:
    """The facts of a record that decide its class."""

    tokens: tuple[str, ...]
    """Each coding as `system|code`."""
    icd10: tuple[str, ...]
    """Codes of ICD-10, in capitals and without their full stop."""
    labels: frozenset[str]
    departments: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class UnreadableRules(ValueError):
    """The file of restrictions is not one."""


def parse_rules(text: bytes) -> Rules:
    """Read the rules, and compile every expression.

    Raises:
        UnreadableRules: with the place of the mistake.
    """
    try:
        rules = msgspec.json.decode(text, type=Rules)
        for pattern in rules.patterns:
            if "said" not in pattern.groupindex:
                raise UnreadableRules("a mask has no group `said`")
        for record_class in (*rules.classes, rules.withheld_files):
            if record_class is not None:
                _ = record_class.phrases, record_class.of_departments
    except (msgspec.MsgspecError, re.error, ValueError) as mistake:
        raise UnreadableRules(str(mistake)) from mistake
    return rules


def security_labels(
    *,
    codings: Iterable[tuple[str, str]],
    labels: Iterable[str],
    departments: Iterable[str],
    names: Iterable[str],
) -> SecurityLabels:
    said = [(system.strip().rstrip("/"), code.strip()) for system, code in codings]
    found = [_CODE.match(code.upper()) for system, code in said if system.lower() in ICD10]
    return SecurityLabels(
        tokens=tuple(f"{_OTHER_NAMES.get(system, system)}|{code}" for system, code in said),
        icd10=tuple(match["three"] + (match["more"] or "") for match in found if match),
        labels=frozenset(labels),
        departments=tuple(departments),
        names=tuple(names),
    )


def _is_in(code: str, listed: Iterable[str]) -> bool:
    return any(
        first <= code[:3] <= last if last else code.startswith(first)
        for first, _, last in (rule.replace(".", "").partition("-") for rule in listed)
    )


def _fits(token: str, listed: Iterable[str]) -> bool:
    code = token[token.index("|") :]
    return any(
        (token if rule[0] != "|" else code).startswith(rule[:-1])
        if rule.endswith("*")
        else rule in {token, code}
        for rule in listed
    )
