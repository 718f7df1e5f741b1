"""Reads FHIR Observations and the DiagnosticReports that hold them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from msgspec import structs

from backend.core.preconditions import NONE
from backend.intake.fhir.model.bundle import Entry, identifiers_of
from backend.intake.fhir.model.business_keys import Keys, record_reference
from backend.intake.fhir.model.datatypes import (
    Issues,
    Resource,
    all_words,
    end_of_partial,
    first_of,
    instant,
    one_of,
    refuse,
    system_and_code,
    words_of,
)
from backend.intake.fhir.model.names import name_and_note
from backend.intake.fhir.model.references import References, Target
from backend.intake.fhir.resources.attachment import files_of
from backend.intake.fhir.resources.codings import coded_of
from backend.intake.fhir.resources.observation_value import measured
from backend.intake.fhir.resources.order_references import orders_of
from backend.intake.fhir.resources.participants import (
    all_names,
    blanks_of,
    first_name,
    references_in,
)
from backend.intake.fhir.resources.security_labels import (
    is_never_shown,
    may_not_be_pictured,
    restriction_of,
)
from backend.records.filing.contents import (
    ObservationContent,
    RecordReference,
    ReportContent,
)

_OBSERVATION = frozenset(
    {"registered", "preliminary", "final", "amended", "corrected", "cancelled",
     "entered-in-error", "unknown"}
)  # fmt: skip
_REPORT = _OBSERVATION | {"partial", "appended"}

_LABORATORY: Final = frozenset(
    {"LAB", "laboratory", "AU", "BG", "BLB", "CG", "CH", "CP", "CTH", "GE", "HM", "ICU",
     "IMM", "MB", "MCB", "MYC", "OSL", "PAR", "PHR", "SP", "SR", "TX", "URN", "VR"}
)  # fmt: skip
_IMAGING: Final = frozenset(
    {"imaging", "CT", "CUS", "IMG", "MRI", "NMR", "NMS", "OUS", "RAD", "RUS", "RX", "US", "VUS",
     "XRC"}
)  # fmt: skip
"""HL7's diagnostic service sections (v2-0074) and its categories of observations."""


def filed(entry: Entry, keys: Keys) -> dict[str, Any]:
    """Read the elements that every kind of record has."""
    meta = entry.resource.get("meta", {})
    return {
        "path": entry.path,
        "key": keys.key(entry),
        "names": keys.names(entry),
        "preconditions": entry.preconditions,
        "version": str(meta.get("versionId", "")),
        "updated": instant(meta.get("lastUpdated")),
        "content_hash": keys.content_hash(entry),
        "restriction": restriction_of(entry.resource),
        "coded": coded_of(entry.resource),
        "create_only": entry.create_only,
        "mentions": keys.mentions(entry),
    }


def panel(
    entry: Entry, keys: Keys, references: References, opened: Collection[str] = ()
) -> tuple[ObservationContent, list[ObservationContent]]:
    """Read an observation, with those of its members that it contains, or that stand beside it.

    Args:
        entry: the observation.
        keys: of the message.
        references: of the message.
        opened: names of the contained ones that lead to this one, so that none leads to itself.
    """
    own = filed(entry, keys)
    members, contained = list[RecordReference](), list[ObservationContent]()
    for n, reference in enumerate(entry.resource.get("hasMember", [])):
        target = references.target(reference, entry, f"{entry.path}.hasMember[{n}]", "result")
        if target.kind != "Observation":
            continue
        if target.contained is None:
            members.append(record_reference(target, keys))
        elif (name := str(target.contained["id"])) not in opened:
            part = _contained(entry, target.contained)
            said, inner = panel(part, keys, references, {*opened, name})
            contained += [*inner, said]
            members.append(RecordReference(path=target.path, kind="Observation", key=said.key))
    return _observation(entry, keys, references, own, members), contained


def _observation(
    entry: Entry, keys: Keys, references: References, own: dict[str, Any],
    members: Sequence[RecordReference],
) -> ObservationContent:  # fmt: skip
    resource = entry.resource
    measured_at, name = _measured_at(resource), name_and_note(resource)
    return ObservationContent(
        **own,
        members=tuple(dict.fromkeys(members)),
        blanks=blanks_of(
            entry,
            keys,
            references,
            all_names("people", *references_in(resource, "performer")),
            first_name("specimen", *references_in(resource, "specimen")),
            first_name("device", *references_in(resource, "device")),
        ),
        status=one_of(resource, "status", _OBSERVATION, entry.path),
        happened_at=instant(first_of(resource.get("issued"), measured_at)),
        happened_until=end_of_partial(first_of(resource.get("issued"), measured_at)),
        code=system_and_code(resource["code"]),
        measured=structs.replace(measured(resource), name=name.name),
        measured_at=measured_at,
        note=name.note,
        method=words_of(resource.get("method")),
        body_site=words_of(resource.get("bodySite")),
        components=tuple(
            measured(component)
            for component in resource.get("component", [])
            if not is_never_shown(component)
        ),
        orders=orders_of(entry, keys, references),
    )


def report(
    entry: Entry, keys: Keys, references: References
) -> tuple[ReportContent, list[ObservationContent]]:
    """Read a report, with the observations that it contains."""
    resource = entry.resource
    _check(entry, references)
    own = filed(entry, keys)
    mentions: list[RecordReference] = []
    contained: list[ObservationContent] = []
    for target in _results(entry, references):
        if target.contained is not None:
            part = _contained(entry, target.contained)
            said, inner = panel(part, keys, references, {str(target.contained["id"])})
            contained += [*inner, said]
            mentions.append(RecordReference(path=target.path, kind="Observation", key=said.key))
        else:
            mentions.append(record_reference(target, keys))
    issued = first_of(resource.get("issued"), _measured_at(resource))
    withheld = may_not_be_pictured(resource)
    conclusion_codes, name = all_words(resource.get("conclusionCode", [])), name_and_note(resource)
    people = [*references_in(resource, "performer"), *references_in(resource, "resultsInterpreter")]
    content = ReportContent(
        **own,
        status=one_of(resource, "status", _REPORT, entry.path),
        happened_at=instant(issued),
        happened_until=end_of_partial(issued),
        test_name=name.name,
        issued_at=issued,
        conclusion=first_of(resource.get("conclusion"), "\n".join(conclusion_codes), name.note),
        conclusion_codes=tuple(conclusion_codes),
        measured_at=_measured_at(resource),
        category=category_of(resource),
        blanks=blanks_of(
            entry,
            keys,
            references,
            all_names("people", *people),
            all_names("specimens", *references_in(resource, "specimen")),
        ),
        observations=tuple(dict.fromkeys(mentions)),
        orders=orders_of(entry, keys, references),
        files=files_of(entry, forms_of(entry), keys, references, withheld=withheld),
    )
    return content, list({said.key: said for said in contained}.values())


def _check(entry: Entry, references: References) -> None:
    """Name everything at once that is wrong with a report's status and what it refers to."""
    problems = Issues()
    with problems.noted():
        one_of(entry.resource, "status", _REPORT, entry.path)
    for n, reference in enumerate(entry.resource.get("result", [])):
        with problems.noted():
            target = references.target(reference, entry, f"{entry.path}.result[{n}]", "result")
            if target.kind != "Observation":
                raise refuse(target.path, "does not refer to an Observation")
    problems.refuse_if_any()


def _results(entry: Entry, references: References) -> Iterator[Target]:
    for n, reference in enumerate(entry.resource.get("result", [])):
        yield references.target(reference, entry, f"{entry.path}.result[{n}]", "result")


def _contained(entry: Entry, part: Resource) -> Entry:
    """Open an observation that its report or panel contains; without a number, that names it."""
    return replace(
        entry,
        kind="Observation",
        said_id="",
        holds_id=False,
        sought=None,
        preconditions=NONE,
        identifiers=identifiers_of(part),
        resource=part,
        inside=(entry, str(part["id"])),
        container=entry.container or entry.resource,
    )


def _measured_at(resource: Resource) -> str | None:
    period = resource.get("effectivePeriod", {})
    return first_of(
        resource.get("effectiveDateTime"),
        resource.get("effectiveInstant"),
        period.get("end"),
        period.get("start"),
    )


def category_of(report: Resource) -> str | None:
    """Give the category of a report, if apps show that category apart."""
    codes = {
        coding.get("code")
        for category in report.get("category", [])
        for coding in category.get("coding", [])
    }
    if codes & _IMAGING:
        return "imaging"
    return "laboratory" if codes & _LABORATORY else None


def forms_of(entry: Entry) -> list[tuple[str, Resource]]:
    """Give the printed forms of the report, each with its path."""
    forms = entry.resource.get("presentedForm", [])
    return [(f"{entry.path}.presentedForm[{n}]", form) for n, form in enumerate(forms)]
