"""Reads FHIR CarePlan."""

from typing import Final

from backend.core.i18n import LocalText
from backend.intake.fhir.dosage.given_words import timing_words
from backend.intake.fhir.model.datatypes import (
    Resource,
    all_words,
    amount_of,
    codes_of,
    first_of,
    in_a_row,
    notes_of,
    words_of,
)
from backend.intake.fhir.model.names import narrative_instead
from backend.intake.fhir.resources.participants import (
    all_names,
    references_in,
    spelled_out,
)
from backend.intake.fhir.resources.security_labels import is_never_shown
from backend.intake.fhir.resources.shared_content import ReadContent, Reader, moment
from backend.records.views.further_views import CarePlanView, PlannedActivityView
from backend.records.views.kind_views import UNFILED
from backend.records.wording.care_states import activity_caution, plan_caution

_STATUS: Final = frozenset(
    {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
)
_INTENT: Final = frozenset({"proposal", "plan", "order", "option"})


def care_plan(resource: Resource, path: str) -> ReadContent:
    status, intent = codes_of(resource, {"status": _STATUS, "intent": _INTENT}, path)
    period, activities = resource.get("period", {}), resource.get("activity", [])
    details = [part["detail"] for part in activities if "detail" in part]
    written_out = [_activity(part) for part in activities if _is_shown(part)]
    name = first_of(resource.get("title"), _named_after(resource, written_out))
    narrative = "" if name else narrative_instead(resource)
    view = CarePlanView(
        **UNFILED,
        status=status,
        note=first_of("\n".join(filter(None, [notes_of(resource), narrative]))),
        title=name or _line(narrative),
        description=resource.get("description"),
        intent=intent,
        categories=all_words(resource.get("category", [])),
        begins=period.get("start"),
        ends=period.get("end"),
        created_at=resource.get("created"),
        addresses=[],
        goals=[],
        activities=written_out,
        others=[],
        products=[],
        locations=[],
        outcomes=[],
        caution=plan_caution(status, intent),
    )
    return ReadContent(
        view=view,
        happened=first_of(period.get("start"), resource.get("created")),
        named=[
            all_names(
                "people",
                *references_in(resource, "author"),
                *references_in(resource, "contributor"),
                *references_in(resource, "careTeam"),
                *references_in(resource, "activity", "detail", "performer"),
            ),
            all_names("addresses", *references_in(resource, "addresses")),
            all_names(
                "goals",
                *references_in(resource, "goal"),
                *references_in(resource, "activity", "detail", "goal"),
            ),
            all_names("others", *references_in(resource, "activity", "reference")),
            all_names(
                "products",
                *spelled_out(
                    [
                        part["productCodeableConcept"]
                        for part in details
                        if "productCodeableConcept" in part
                    ]
                ),
                *references_in(resource, "activity", "detail", "productReference"),
            ),
            all_names("locations", *references_in(resource, "activity", "detail", "location")),
            all_names("outcomes", *references_in(resource, "activity", "outcomeReference")),
        ],
    )


_WRITTEN_OUT: Final = frozenset({"detail", "outcomeCodeableConcept", "progress"})
"""What a plan says of an activity itself; the rest stands in another record."""


def _is_shown(part: Resource) -> bool:
    """Tell whether a plan says something of an activity that its patient may be told."""
    return bool(part.keys() & _WRITTEN_OUT) and not is_never_shown(part.get("detail", {}))


_LONGEST_TITLE: Final = 300


def _named_after(resource: Resource, activities: list[PlannedActivityView]) -> str | None:
    """Call a plan without title by its sort, else by what is said of it or done."""
    return first_of(
        in_a_row(all_words(resource.get("category", []))),
        _line(resource.get("description", "")),
        _line(in_a_row([one.name for one in activities if one.name]) or ""),
    )


def _line(text: str) -> str:
    """Give the beginning of a text as a line of a list."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TITLE else f"{line[:_LONGEST_TITLE]} […]"


def _activity(part: Resource) -> PlannedActivityView:
    detail: Resource = part.get("detail", {})
    forbidden, status = bool(detail.get("doNotPerform")), detail.get("status")
    return PlannedActivityView(
        name=first_of(
            words_of(detail.get("code")),
            part.get("reference", {}).get("display"),
            detail.get("description"),
        ),
        status=status,
        status_reason=words_of(detail.get("statusReason")),
        description=detail.get("description"),
        scheduled=moment(detail, "scheduled"),
        scheduled_until=detail.get("scheduledPeriod", {}).get("end"),
        how_often=_how_often(detail),
        quantity=amount_of(detail.get("quantity")),
        daily_amount=amount_of(detail.get("dailyAmount")),
        reasons=all_words(detail.get("reasonCode", [])),
        outcomes=all_words(part.get("outcomeCodeableConcept", [])),
        progress=notes_of({"note": part.get("progress", [])}),
        do_not_perform=forbidden,
        caution=activity_caution(status or "", forbidden=forbidden),
    )


def _how_often(detail: Resource) -> LocalText | None:
    return timing_words(detail["scheduledTiming"]) if "scheduledTiming" in detail else None


READERS: Final[dict[str, Reader]] = {"CarePlan": care_plan}
