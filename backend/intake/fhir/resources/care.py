"""Reads FHIR Encounter, Procedure, ImagingStudy and ServiceRequest."""

from typing import Final

from backend.intake.fhir.model.datatypes import (
    Resource,
    all_words,
    first_of,
    in_a_row,
    instant,
    one_of,
    words_of,
)
from backend.intake.fhir.model.names import name_and_note, narrative_instead
from backend.intake.fhir.resources.participants import (
    all_names,
    first_name,
    names_with_roles,
    reasons_of,
    references_in,
    spelled_out,
)
from backend.intake.fhir.resources.shared_content import (
    ReadContent,
    Reader,
    date_of,
    moment,
)
from backend.records.views.kind_views import (
    UNFILED,
    ImagingView,
    OrderView,
    ProcedureView,
    VisitView,
)
from backend.records.wording.order_force import force_of, order_caution

_ENCOUNTER = frozenset(
    {"planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled",
     "entered-in-error", "unknown"}
)  # fmt: skip
_EVENT = frozenset(
    {"preparation", "in-progress", "not-done", "on-hold", "stopped", "completed",
     "entered-in-error", "unknown"}
)  # fmt: skip
_STUDY = frozenset({"registered", "available", "cancelled", "entered-in-error", "unknown"})
_REQUEST = frozenset(
    {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
)
_LONGEST_CLASS = 20


def encounter(resource: Resource, path: str) -> ReadContent:
    period, stay = resource.get("period", {}), resource.get("hospitalization", {})
    visit_class = str(resource["class"].get("code", ""))[:_LONGEST_CLASS]
    view = VisitView(
        **UNFILED,
        status=one_of(resource, "status", _ENCOUNTER, path),
        note=narrative_instead(resource) or None,
        visit_class=visit_class,
        kind=in_a_row(all_words(resource.get("type", []))),
        reasons=[],
        starts_at=period.get("start"),
        ends_at=period.get("end"),
        service_type=words_of(resource.get("serviceType")),
        discharge=words_of(stay.get("dischargeDisposition")),
        priority=words_of(resource.get("priority")),
    )
    taking_part = references_in(resource, "participant", "individual", role="type")
    locations = references_in(resource, "location", "location", role="physicalType")
    diagnoses = references_in(resource, "diagnosis", "condition", role="use")
    return ReadContent(
        view=view,
        happened=period.get("start"),
        named=[
            all_names("people", *taking_part, *references_in(resource, "serviceProvider")),
            names_with_roles("participants", *taking_part),
            names_with_roles("locations", *locations),
            names_with_roles("diagnoses", *diagnoses),
            first_name(
                "admittedFrom",
                *spelled_out(stay.get("admitSource", [])),
                *references_in(resource, "hospitalization", "origin"),
            ),
            first_name("dischargedTo", *references_in(resource, "hospitalization", "destination")),
            reasons_of(resource),
        ],
        columns={
            "visit_class": visit_class,
            "starts_at": instant(period.get("start")),
            "ends_at": instant(period.get("end")),
        },
    )


def procedure(resource: Resource, path: str) -> ReadContent:
    performed, name = moment(resource, "performed"), name_and_note(resource)
    view = ProcedureView(
        **UNFILED,
        status=one_of(resource, "status", _EVENT, path),
        note=name.note,
        name=name.name,
        performed=performed,
        ended=resource.get("performedPeriod", {}).get("end"),
        reasons=[],
        body_sites=all_words(resource.get("bodySite", [])),
        outcome=words_of(resource.get("outcome")),
        category=words_of(resource.get("category")),
        status_reason=words_of(resource.get("statusReason")),
        follow_up=all_words(resource.get("followUp", [])),
    )
    return ReadContent(
        view=view,
        happened=date_of(performed),
        named=[
            all_names(
                "people",
                *references_in(resource, "performer", "actor"),
                *references_in(resource, "recorder"),
                *references_in(resource, "asserter"),
            ),
            reasons_of(resource),
            first_name("where", *references_in(resource, "location")),
            all_names(
                "complications",
                *spelled_out(resource.get("complication", [])),
                *references_in(resource, "complicationDetail"),
            ),
            all_names(
                "devices",
                *references_in(resource, "focalDevice", "manipulated"),
                *spelled_out(resource.get("usedCode", [])),
                *references_in(resource, "usedReference"),
            ),
        ],
    )


def imaging_study(resource: Resource, path: str) -> ReadContent:
    series = resource.get("series", [])
    modalities = [*resource.get("modality", []), *(one_series["modality"] for one_series in series)]
    sites = [one_series["bodySite"] for one_series in series if "bodySite" in one_series]
    codes, named = all_words(resource.get("procedureCode", [])), name_and_note(resource)
    view = ImagingView(
        **UNFILED,
        status=one_of(resource, "status", _STUDY, path),
        note=named.note,
        name=first_of(resource.get("description"), in_a_row(codes), named.name),
        started=resource.get("started"),
        modalities=_displayed(modalities),
        body_sites=_displayed(sites),
        series=resource.get("numberOfSeries"),
        images=resource.get("numberOfInstances"),
        reasons=[],
        descriptions=[
            one_series["description"] for one_series in series if one_series.get("description")
        ],
    )
    return ReadContent(
        view=view,
        happened=resource.get("started"),
        named=[
            all_names(
                "people",
                *references_in(resource, "interpreter"),
                *references_in(resource, "referrer"),
                *references_in(resource, "series", "performer", "actor"),
            ),
            reasons_of(resource),
            first_name("where", *references_in(resource, "location")),
        ],
    )


def service_request(resource: Resource, path: str) -> ReadContent:
    ordered, planned = resource.get("authoredOn"), moment(resource, "occurrence")
    name = name_and_note(resource)
    intent, forbidden = str(resource.get("intent", "")), bool(resource.get("doNotPerform"))
    force = force_of(intent, do_not_perform=forbidden)
    view = OrderView(
        **UNFILED,
        status=one_of(resource, "status", _REQUEST, path),
        note=name.note,
        name=name.name,
        intent=intent,
        do_not_perform=forbidden,
        caution=order_caution(force),
        ordered_at=ordered,
        planned_for=planned,
        reasons=[],
        categories=all_words(resource.get("category", [])),
        priority=resource.get("priority"),
        order_details=all_words(resource.get("orderDetail", [])),
        body_sites=all_words(resource.get("bodySite", [])),
        instructions=resource.get("patientInstruction"),
    )
    return ReadContent(
        view=view,
        happened=first_of(ordered, date_of(planned)),
        named=[
            all_names(
                "people",
                *references_in(resource, "requester"),
                *references_in(resource, "performer"),
            ),
            reasons_of(resource),
            all_names("specimens", *references_in(resource, "specimen")),
            all_names(
                "locations",
                *spelled_out(resource.get("locationCode", [])),
                *references_in(resource, "locationReference"),
            ),
        ],
        columns={"force": force.value},
    )


def _displayed(codings: list[Resource]) -> list[str]:
    """Give each coding's word once; a Coding is not a CodeableConcept."""
    words = [coding.get("display") or coding.get("code") for coding in codings]
    return list(dict.fromkeys(word for word in words if word))


READERS: Final[dict[str, Reader]] = {
    "Encounter": encounter,
    "Procedure": procedure,
    "ImagingStudy": imaging_study,
    "ServiceRequest": service_request,
}
