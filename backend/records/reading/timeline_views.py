"""The view of a timeline: each record as the list of its kind shows it."""

from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct, defstruct

from backend.records.kinds import KINDS, Kind


class TimelineKind(StrEnum):
    """A kind of record in the timeline."""

    _ignore_ = ["kind"]
    for kind in KINDS:
        vars()[kind.table.upper()] = kind.table


class Item(Struct, frozen=True, rename="camel", kw_only=True, tag_field="kind"):
    """The fields of every item, beside its `record`."""

    id: UUID
    at: datetime
    """When it happened; where its sender does not say, when it came in."""


def _item_of(kind: Kind) -> Any:
    return defstruct(
        f"{kind.name}Item",
        [("record", kind.in_list)],
        bases=(Item,),
        module=__name__,
        frozen=True,
        kw_only=True,
        tag=kind.table,
    )


if TYPE_CHECKING:
    TimelineItem = Item
else:
    TimelineItem = reduce(or_, map(_item_of, KINDS))


class TimelinePage(Struct, frozen=True, rename="camel", kw_only=True):
    items: list[TimelineItem]
    next_cursor: str | None
    left_out: int = 0
    """How many of this page are kept but cannot be read. The hub's operators know of them."""
    stronger_sign_in_needed: list[str] = []
    """Facilities whose part needs a stronger sign-in; left out where there is none."""
