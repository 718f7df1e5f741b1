"""The views of changes: records as lists show them, and removed records."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, defstruct

from backend.records.kinds import KINDS, Kind


class Change(Struct, frozen=True, rename="camel", kw_only=True, tag_field="kind"):
    """A changed record, or a mark that it is gone: one of `record` and `gone` is present.

    A record takes the place of what is kept under its id, whether there was something or not.
    """

    id: UUID
    gone: bool | UnsetType = UNSET
    """Forget what is kept under this id, if anything is."""


def _change_of(kind: Kind) -> Any:
    return defstruct(
        f"{kind.name}Change",
        [("record", kind.view | UnsetType, UNSET)],
        bases=(Change,),
        module=__name__,
        frozen=True,
        kw_only=True,
        tag=kind.table,
    )


if TYPE_CHECKING:
    AnyChange = Change
else:
    AnyChange = reduce(or_, map(_change_of, KINDS))


class ChangePage(Struct, frozen=True, rename="camel", kw_only=True):
    items: list[AnyChange]
    next_cursor: str
    """Show it as `since` the next time, also when nothing was new."""
    more: bool
    """Whether to go on at once."""
    left_out: int = 0
    """How many of this page are gone only because they cannot be read."""
    stronger_sign_in_needed: list[str] = []
    """Facilities whose part needs a stronger sign-in; left out where there is none."""
