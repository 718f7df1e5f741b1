"""Reads FHIR FamilyMemberHistory: what a relative has, and never who that is by name."""

from typing import Final

from backend.intake.fhir.model.datatypes import (
    Resource,
    notes_of,
    one_of,
    words_of,
)
from backend.intake.fhir.resources.participants import reasons_of
from backend.intake.fhir.resources.security_labels import is_never_shown
from backend.intake.fhir.resources.shared_content import ReadContent, Reader, moment
from backend.records.views.further_views import FamilyHistoryView, RelativeConditionView
from backend.records.views.kind_views import UNFILED

_STATUS: Final = frozenset({"partial", "completed", "entered-in-error", "health-unknown"})


def family_history(resource: Resource, path: str) -> ReadContent:
    """Read it without its narrative, which may name the relative."""
    view = FamilyHistoryView(
        **UNFILED,
        status=one_of(resource, "status", _STATUS, path),
        note=notes_of(resource),
        relation=words_of(resource.get("relationship")) or "",
        conditions=[
            _condition(part) for part in resource.get("condition", []) if not is_never_shown(part)
        ],
        recorded_at=resource.get("date"),
        why_unknown=words_of(resource.get("dataAbsentReason")),
        reasons=[],
    )
    return ReadContent(view=view, happened=resource.get("date"), named=[reasons_of(resource)])


def _condition(part: Resource) -> RelativeConditionView:
    return RelativeConditionView(
        name=words_of(part.get("code")) or "",
        onset=moment(part, "onset"),
        outcome=words_of(part.get("outcome")),
        contributed_to_death=part.get("contributedToDeath"),
        note=notes_of(part),
    )


READERS: Final[dict[str, Reader]] = {"FamilyMemberHistory": family_history}
