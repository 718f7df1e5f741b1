"""Reads FHIR Encounter, Procedure, ImagingStudy and ServiceRequest."""

from typing import Final

from backend.intake.fhir.model.datatypes import (
    Resource,
    all_words,
    first_of,
    instant,
    notes_of,
    one_of,
    words_of,
)
from backend.intake.fhir.resources.participants import references_in
from backend.intake.fhir.resources.shared_content import ReadContent, Reader, date_of, moment
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
    period = resource.get("period", {})
    visit_class = str(resource["class"].get("code", ""))[:_LONGEST_CLASS]
    view = VisitView(
        **UNFILED,
        status=one_of(resource, "status", _ENCOUNTER, path),
        note=None,
        visit_class=visit_class,
        kind=next(iter(all_words(resource.get("type", []))), None),
        reasons=all_words(resource.get("reasonCode", [])),
        starts_at=period.get("start"),
        ends_at=period.get("end"),
    )
    return ReadContent(
        view=view,
        happened=period.get("start"),
        people=[
            *references_in(resource, "participant", "individual"),
            *references_in(resource, "serviceProvider"),
        ],
        columns={
            "visit_class": visit_class,
            "starts_at": instant(period.get("start")),
            "ends_at": instant(period.get("end")),
        },
    )


def procedure(resource: Resource, path: str) -> ReadContent:
    performed = moment(resource, "performed")
    view = ProcedureView(
        **UNFILED,
        status=one_of(resource, "status", _EVENT, path),
        note=notes_of(resource),
        name=words_of(resource.get("code")) or "",
        performed=performed,
        ended=resource.get("performedPeriod", {}).get("end"),
        reasons=all_words(resource.get("reasonCode", [])),
        body_sites=all_words(resource.get("bodySite", [])),
        outcome=words_of(resource.get("outcome")),
    )
    people = references_in(resource, "performer", "actor")
    return ReadContent(view=view, happened=date_of(performed), people=people)


def imaging_study(resource: Resource, path: str) -> ReadContent:
    series = resource.get("series", [])
    modalities = [*resource.get("modality", []), *(one_series["modality"] for one_series in series)]
    sites = [one_series["bodySite"] for one_series in series if "bodySite" in one_series]
    view = ImagingView(
        **UNFILED,
        status=one_of(resource, "status", _STUDY, path),
        note=notes_of(resource),
        name=first_of(resource.get("description"), *all_words(resource.get("procedureCode", []))),
        started=resource.get("started"),
        modalities=_displayed(modalities),
        body_sites=_displayed(sites),
        series=resource.get("numberOfSeries"),
        images=resource.get("numberOfInstances"),
    )
    people = [
        *references_in(resource, "interpreter"),
        *references_in(resource, "series", "performer", "actor"),
    ]
    return ReadContent(view=view, happened=resource.get("started"), people=people)


def service_request(resource: Resource, path: str) -> ReadContent:
    ordered, planned = resource.get("authoredOn"), moment(resource, "occurrence")
    intent, forbidden = str(resource.get("intent", "")), bool(resource.get("doNotPerform"))
    force = force_of(intent, do_not_perform=forbidden)
    view = OrderView(
        **UNFILED,
        status=one_of(resource, "status", _REQUEST, path),
        note=notes_of(resource),
        name=words_of(resource.get("code")) or "",
        intent=intent,
        do_not_perform=forbidden,
        caution=order_caution(force),
        ordered_at=ordered,
        planned_for=planned,
        reasons=all_words(resource.get("reasonCode", [])),
    )
    people = [*references_in(resource, "requester"), *references_in(resource, "performer")]
    happened = first_of(ordered, date_of(planned))
    return ReadContent(view=view, happened=happened, people=people, columns={"force": force.value})


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
