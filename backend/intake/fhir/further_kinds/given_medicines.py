"""Reads FHIR MedicationDispense and MedicationAdministration. Neither plans a dose."""

from typing import Final

from backend.core.i18n import LocalText
from backend.intake.fhir.dosage.dosage_words import dosage_of
from backend.intake.fhir.dosage.given_words import given_dose
from backend.intake.fhir.model.datatypes import (
    Resource,
    all_words,
    amount_of,
    first_of,
    notes_of,
    one_of,
    words_of,
)
from backend.intake.fhir.resources.participants import (
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
from backend.records.views.further_views import DispensedMedicineView, GivenMedicineView
from backend.records.views.kind_views import UNFILED
from backend.records.wording.care_states import dispense_caution, giving_caution
from backend.records.wording.order_force import led_by

_DISPENSE: Final = frozenset(
    {"preparation", "in-progress", "cancelled", "on-hold", "completed", "entered-in-error",
     "stopped", "declined", "unknown"}
)  # fmt: skip
_GIVING: Final = frozenset(
    {"in-progress", "not-done", "on-hold", "completed", "entered-in-error", "stopped", "unknown"}
)
_DONE: Final = "completed"


def dispense(resource: Resource, path: str) -> ReadContent:
    status = one_of(resource, "status", _DISPENSE, path)
    caution = dispense_caution(status)
    handed_out = resource.get("whenHandedOver")
    dosage, in_words = _led_by(
        caution, *dosage_of(resource.get("dosageInstruction", []), instructions=True)
    )
    instead: Resource = resource.get("substitution", {})
    view = DispensedMedicineView(
        **UNFILED,
        status=status,
        note=notes_of(resource),
        name=named_medicine(resource),
        handed_out=status == _DONE,
        caution=caution,
        quantity=amount_of(resource.get("quantity")),
        days_supply=amount_of(resource.get("daysSupply")),
        kind=words_of(resource.get("type")),
        category=words_of(resource.get("category")),
        prepared_at=resource.get("whenPrepared"),
        handed_out_at=handed_out,
        dosage=dosage,
        dosage_in_words=in_words,
        status_reason=None,
        where=None,
        destination=None,
        substituted=instead.get("wasSubstituted"),
        substitution=words_of(instead.get("type")),
        substitution_reasons=all_words(instead.get("reason", [])),
    )
    return ReadContent(
        view=view,
        happened=first_of(handed_out, resource.get("whenPrepared")),
        named=[
            all_names("people", *references_in(resource, "performer", "actor")),
            first_name(
                "statusReason",
                *spelled_out(resource.get("statusReasonCodeableConcept")),
                *references_in(resource, "statusReasonReference"),
            ),
            first_name("where", *references_in(resource, "location")),
            first_name("destination", *references_in(resource, "destination")),
        ],
    )


def administration(resource: Resource, path: str) -> ReadContent:
    status, begins = one_of(resource, "status", _GIVING, path), moment(resource, "effective")
    caution = giving_caution(status)
    dosage, in_words = _led_by(caution, *given_dose(resource.get("dosage", {})))
    view = GivenMedicineView(
        **UNFILED,
        status=status,
        note=notes_of(resource),
        name=named_medicine(resource),
        given=status == _DONE,
        caution=caution,
        begins=begins,
        ends=resource.get("effectivePeriod", {}).get("end"),
        dosage=dosage,
        dosage_in_words=in_words,
        category=words_of(resource.get("category")),
        status_reasons=all_words(resource.get("statusReason", [])),
        reasons=[],
        devices=[],
    )
    return ReadContent(
        view=view,
        happened=date_of(begins),
        named=[
            all_names("people", *references_in(resource, "performer", "actor")),
            reasons_of(resource),
            all_names("devices", *references_in(resource, "device")),
        ],
    )


def _led_by(
    caution: LocalText | None, dosage: str | None, words: LocalText | None
) -> tuple[str | None, LocalText | None]:
    """Let no dosage stand alone that was not given out or not taken."""
    if caution is None or dosage is None:
        return dosage, words
    return led_by(caution, dosage, words)


READERS: Final[dict[str, Reader]] = {
    "MedicationDispense": dispense,
    "MedicationAdministration": administration,
}
