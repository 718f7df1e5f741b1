"""Reads FHIR Condition, AllergyIntolerance, Immunization and MedicationStatement."""

from typing import Final

from backend.intake.fhir.dosage.dosage_words import dosage_of
from backend.intake.fhir.model.datatypes import (
    Resource,
    all_words,
    code_of,
    first_of,
    notes_of,
    one_of,
    words_of,
)
from backend.intake.fhir.resources.participants import references_in
from backend.intake.fhir.resources.shared_content import ReadContent, Reader, date_of, moment
from backend.records.views.kind_views import (
    UNFILED,
    AllergyView,
    ConditionView,
    ImmunisationView,
    NoneKnownOf,
    ReactionView,
    StatementView,
)
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
    onset, verification = moment(resource, "onset"), code_of(resource.get("verificationStatus"))
    view = ConditionView(
        **UNFILED,
        status=_clinical_status(resource),
        note=notes_of(resource),
        name=words_of(resource.get("code")) or "",
        verification=verification,
        categories=all_words(resource.get("category", [])),
        severity=words_of(resource.get("severity")),
        onset=onset,
        abated=moment(resource, "abatement"),
        recorded_at=resource.get("recordedDate"),
    )
    return ReadContent(
        view=view,
        happened=first_of(date_of(onset), resource.get("recordedDate")),
        people=[*references_in(resource, "recorder"), *references_in(resource, "asserter")],
        status=_in_error(verification),
    )


def allergy(resource: Resource, _: str) -> ReadContent:
    onset, verification = moment(resource, "onset"), code_of(resource.get("verificationStatus"))
    codes = (coding.get("code") for coding in resource.get("code", {}).get("coding", []))
    none_known_of = next((NONE_KNOWN[code] for code in codes if code in NONE_KNOWN), None)
    view = AllergyView(
        **UNFILED,
        status=_clinical_status(resource),
        note=notes_of(resource),
        name=words_of(resource.get("code")) or "",
        none_known=none_known_of is not None,
        none_known_of=none_known_of,
        verification=verification,
        type=resource.get("type"),
        categories=list(resource.get("category", [])),
        criticality=resource.get("criticality"),
        onset=onset,
        recorded_at=resource.get("recordedDate"),
        reactions=[_reaction(reaction) for reaction in resource.get("reaction", [])],
    )
    return ReadContent(
        view=view,
        happened=first_of(date_of(onset), resource.get("recordedDate")),
        people=[*references_in(resource, "recorder"), *references_in(resource, "asserter")],
        status=_in_error(verification),
    )


def immunization(resource: Resource, path: str) -> ReadContent:
    protocol: Resource = next(iter(resource.get("protocolApplied", [])), {})
    occurred = first_of(resource.get("occurrenceDateTime"), resource.get("occurrenceString"))
    number = first_of(
        str(protocol.get("doseNumberPositiveInt", "")), protocol.get("doseNumberString")
    )
    view = ImmunisationView(
        **UNFILED,
        status=one_of(resource, "status", _IMMUNIZATION, path),
        note=notes_of(resource),
        vaccine=words_of(resource["vaccineCode"]) or "",
        occurred=occurred,
        lot=resource.get("lotNumber"),
        dose_number=number,
        targets=all_words(protocol.get("targetDisease", [])),
        site=words_of(resource.get("site")),
        route=words_of(resource.get("route")),
    )
    people = references_in(resource, "performer", "actor")
    return ReadContent(view=view, happened=date_of(occurred), people=people)


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
        name=first_of(
            words_of(resource.get("medicationCodeableConcept")),
            resource.get("medicationReference", {}).get("display"),
            _contained_name(resource),
        )
        or "",
        dosage=dosage,
        dosage_in_words=in_words,
        caution=caution,
        begins=begins,
        ends=resource.get("effectivePeriod", {}).get("end"),
        reasons=all_words(resource.get("reasonCode", [])),
    )
    happened = first_of(date_of(begins), resource.get("dateAsserted"))
    return ReadContent(
        view=view, happened=happened, people=references_in(resource, "informationSource")
    )


def _contained_name(resource: Resource) -> str | None:
    wanted = resource.get("medicationReference", {}).get("reference", "")
    for contained in resource.get("contained", []):
        if wanted == f"#{contained.get('id')}" and contained["resourceType"] == "Medication":
            return words_of(contained.get("code"))
    return None


def _reaction(part: Resource) -> ReactionView:
    return ReactionView(
        substance=words_of(part.get("substance")),
        manifestations=all_words(part.get("manifestation", [])),
        severity=part.get("severity"),
        onset=part.get("onset"),
    )


def _clinical_status(resource: Resource) -> str:
    """Read a status of FHIR's short list; of what is none, as much as is kept."""
    return (code_of(resource.get("clinicalStatus")) or "unknown")[:_LONGEST_STATUS]


def _in_error(verification: str | None) -> str | None:
    return ENTERED_IN_ERROR if verification == ENTERED_IN_ERROR else None


READERS: Final[dict[str, Reader]] = {
    "Condition": condition,
    "AllergyIntolerance": allergy,
    "Immunization": immunization,
    "MedicationStatement": statement,
}
