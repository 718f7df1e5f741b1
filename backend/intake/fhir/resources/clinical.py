"""Reads FHIR Condition, AllergyIntolerance, Immunization and MedicationStatement."""

from collections.abc import Sequence
from typing import Final

from backend.intake.fhir.dosage.dosage_words import dosage_of
from backend.intake.fhir.model.datatypes import (
    Resource,
    all_words,
    amount_of,
    code_of,
    first_of,
    in_a_row,
    notes_of,
    one_of,
    words_of,
)
from backend.intake.fhir.model.names import name_and_note
from backend.intake.fhir.resources.participants import (
    NamedField,
    all_names,
    first_name,
    reasons_of,
    references_in,
    spelled_out,
)
from backend.intake.fhir.resources.shared_content import (
    ReadContent,
    Reader,
    date_of,
    moment,
    named_medicine,
)
from backend.records.views.kind_views import (
    UNFILED,
    AllergyView,
    ConditionView,
    ImmunisationView,
    NoneKnownOf,
    ReactionView,
    StatementView,
)
from backend.records.views.part_views import ProtocolView, StageView
from backend.records.wording.order_force import OrderForce, led_by, medicine_caution

ENTERED_IN_ERROR = "entered-in-error"
NONE_KNOWN = {
    "716186003": NoneKnownOf.ANYTHING,
    "no-known-allergies": NoneKnownOf.ANYTHING,
    "409137002": NoneKnownOf.MEDICATION,
    "no-known-medication-allergies": NoneKnownOf.MEDICATION,
    "429625007": NoneKnownOf.FOOD,
    "no-known-food-allergies": NoneKnownOf.FOOD,
    "428607008": NoneKnownOf.ENVIRONMENT,
    "no-known-environmental-allergies": NoneKnownOf.ENVIRONMENT,
    "428197003": NoneKnownOf.INSECT,
}
"""SNOMED CT's and the International Patient Summary's codes for «asked, and there is none». The
latter's `no-allergy-info` is not one: nobody asked."""
_LONGEST_STATUS: Final = 20
"""Letters of a status that the table keeps; those of FHIR have twelve at most."""
_IMMUNIZATION = frozenset({"completed", "entered-in-error", "not-done"})
_STATEMENT = frozenset(
    {"active", "completed", "entered-in-error", "intended", "stopped", "on-hold", "unknown",
     "not-taken"}
)  # fmt: skip


def condition(resource: Resource, _: str) -> ReadContent:
    onset, verification = moment(resource, "onset"), _verification(resource)
    name = name_and_note(resource)
    view = ConditionView(
        **UNFILED,
        status=_clinical_status(resource),
        note=name.note,
        name=name.name,
        verification=verification,
        categories=all_words(resource.get("category", [])),
        severity=words_of(resource.get("severity")),
        onset=onset,
        abated=moment(resource, "abatement"),
        recorded_at=resource.get("recordedDate"),
        body_sites=all_words(resource.get("bodySite", [])),
        stages=[
            StageView(stage=stage, kind=words_of(part.get("type")))
            for part in resource.get("stage", [])
            if (stage := words_of(part.get("summary")))
        ],
    )
    return ReadContent(
        view=view,
        happened=first_of(date_of(onset), resource.get("recordedDate")),
        named=[
            *_whose_word(resource),
            all_names(
                "evidence",
                *(
                    sign
                    for part in resource.get("evidence", [])
                    for sign in spelled_out(part.get("code", []))
                ),
                *references_in(resource, "evidence", "detail"),
            ),
        ],
        status=_in_error(verification),
    )


def allergy(resource: Resource, _: str) -> ReadContent:
    onset, verification = moment(resource, "onset"), _verification(resource)
    codes = (coding.get("code") for coding in resource.get("code", {}).get("coding", []))
    none_known_of = next((NONE_KNOWN[code] for code in codes if code in NONE_KNOWN), None)
    name = name_and_note(resource)
    view = AllergyView(
        **UNFILED,
        status=_clinical_status(resource),
        note=name.note,
        name=name.name,
        none_known=none_known_of is not None,
        none_known_of=none_known_of,
        verification=verification,
        type=resource.get("type"),
        categories=list(resource.get("category", [])),
        criticality=resource.get("criticality"),
        onset=onset,
        recorded_at=resource.get("recordedDate"),
        reactions=[_reaction(reaction) for reaction in resource.get("reaction", [])],
        last_occurrence=resource.get("lastOccurrence"),
    )
    return ReadContent(
        view=view,
        happened=first_of(date_of(onset), resource.get("recordedDate")),
        named=_whose_word(resource),
        status=_in_error(verification),
    )


def _whose_word(resource: Resource) -> list[NamedField]:
    recorder, asserter = (references_in(resource, role) for role in ("recorder", "asserter"))
    return [
        all_names("people", *recorder, *asserter),
        first_name("recorder", *recorder),
        first_name("asserter", *asserter),
    ]


def immunization(resource: Resource, path: str) -> ReadContent:
    protocols: list[Resource] = resource.get("protocolApplied", [])
    occurred = first_of(resource.get("occurrenceDateTime"), resource.get("occurrenceString"))
    name = name_and_note(resource, "vaccineCode")
    read = [_protocol(protocol) for protocol in protocols]
    view = ImmunisationView(
        **UNFILED,
        status=one_of(resource, "status", _IMMUNIZATION, path),
        note=name.note,
        vaccine=name.name,
        occurred=occurred,
        lot=resource.get("lotNumber"),
        dose_number=in_a_row([part.dose_number for part in read if part.dose_number]),
        targets=list(dict.fromkeys(target for part in read for target in part.targets)),
        site=words_of(resource.get("site")),
        route=words_of(resource.get("route")),
        status_reason=words_of(resource.get("statusReason")),
        protocols=read,
        expires=resource.get("expirationDate"),
        dose=amount_of(resource.get("doseQuantity")),
        subpotent=resource.get("isSubpotent"),
    )
    return ReadContent(
        view=view,
        happened=date_of(occurred),
        named=[
            all_names("people", *references_in(resource, "performer", "actor")),
            first_name("maker", *references_in(resource, "manufacturer")),
            first_name("where", *references_in(resource, "location")),
            reasons_of(resource),
            all_names("reactions", *references_in(resource, "reaction", "detail")),
        ],
    )


def _protocol(protocol: Resource) -> ProtocolView:
    return ProtocolView(
        series=protocol.get("series"),
        dose_number=_count(protocol, "doseNumber"),
        series_doses=_count(protocol, "seriesDoses"),
        targets=all_words(protocol.get("targetDisease", [])),
    )


def _count(protocol: Resource, element: str) -> str | None:
    number = protocol.get(f"{element}PositiveInt")
    return first_of(number and str(number), protocol.get(f"{element}String"))


def statement(resource: Resource, path: str) -> ReadContent:
    begins, status = moment(resource, "effective"), one_of(resource, "status", _STATEMENT, path)
    dosage, in_words = dosage_of(resource.get("dosage", []), instructions=True)
    caution = medicine_caution(status, OrderForce.ORDER)
    if status == "not-taken" and caution is not None:
        dosage, in_words = led_by(caution, dosage, in_words)
    view = StatementView(
        **UNFILED,
        status=status,
        note=notes_of(resource),
        name=named_medicine(resource),
        dosage=dosage,
        dosage_in_words=in_words,
        caution=caution,
        begins=begins,
        ends=resource.get("effectivePeriod", {}).get("end"),
        reasons=[],
        status_reasons=all_words(resource.get("statusReason", [])),
        category=words_of(resource.get("category")),
        stated_at=resource.get("dateAsserted"),
    )
    happened = first_of(date_of(begins), resource.get("dateAsserted"))
    return ReadContent(
        view=view,
        happened=happened,
        named=[
            all_names("people", *references_in(resource, "informationSource")),
            reasons_of(resource),
        ],
    )


def _reaction(part: Resource) -> ReactionView:
    return ReactionView(
        substance=words_of(part.get("substance")),
        manifestations=all_words(part.get("manifestation", [])),
        severity=part.get("severity"),
        onset=part.get("onset"),
        description=part.get("description"),
        exposure_route=words_of(part.get("exposureRoute")),
        note=notes_of(part),
    )


def _clinical_status(resource: Resource) -> str:
    """Read a status of FHIR's short list; of what is none, as much as is kept."""
    said = _word_of(resource.get("clinicalStatus"), _CLINICAL)
    return (said or "unknown")[:_LONGEST_STATUS]


def _verification(resource: Resource) -> str | None:
    return _word_of(resource.get("verificationStatus"), _VERIFICATION)


def _word_of(concept: Resource | None, words: Sequence[str]) -> str | None:
    """Find FHIR's own word: another system's code may stand before it, or only its text be there.

    Args:
        concept: a status.
        words: of FHIR; of several that are said the first of them counts.
    """
    codings = (concept or {}).get("coding", [])
    said = [(concept or {}).get("text"), *(coding.get("code") for coding in codings)]
    known = {word.strip().casefold() for word in said if word}
    return next((word for word in words if word in known), code_of(concept))


_CLINICAL: Final = ("active", "recurrence", "relapse", "inactive", "remission", "resolved")
_VERIFICATION: Final = (
    ENTERED_IN_ERROR, "refuted", "unconfirmed", "provisional", "differential", "confirmed",
)  # fmt: skip
"""The one with which nothing is shown stands first."""


def _in_error(verification: str | None) -> str | None:
    return ENTERED_IN_ERROR if verification == ENTERED_IN_ERROR else None


READERS: Final[dict[str, Reader]] = {
    "Condition": condition,
    "AllergyIntolerance": allergy,
    "Immunization": immunization,
    "MedicationStatement": statement,
}
