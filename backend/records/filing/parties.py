"""Stores the names of a facility's doctors, departments and partners."""

from collections.abc import Sequence
from uuid import UUID

from backend.core.database import fetch, fetch_value, new_id
from backend.records.filing.contents import NameOf, PartyContent
from backend.records.filing.filing import RowChange
from backend.records.filing.references import is_meant


async def store_party(facility: UUID, content: PartyContent) -> RowChange:
    """Store the name of a party. Earlier records keep the name that they had."""
    inserted = await fetch_value(
        "INSERT INTO party (id, facility, kind, key, local_id, name, content_hash)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (facility, kind, key) DO UPDATE SET local_id = excluded.local_id,"
        " name = excluded.name, content_hash = excluded.content_hash"
        " WHERE party.content_hash <> excluded.content_hash RETURNING xmax = 0",
        new_id(), facility, content.kind, content.key, content.local_id, content.name,
        content.content_hash,
    )  # fmt: skip
    if inserted is None:
        return RowChange.UNCHANGED
    return RowChange.CREATED if inserted else RowChange.CHANGED


async def names_of(facility: UUID, people: Sequence[NameOf]) -> list[str]:
    """Give each known name once, in the sender's order."""
    unnamed = [person.reference for person in people if not person.name and person.reference]
    rows = (
        await fetch(
            "SELECT kind, key, local_id, name FROM party WHERE facility = $1"
            " AND (key = ANY($2) OR local_id = ANY($3)) ORDER BY id DESC",
            facility, [person.key for person in unnamed if person.key],
            [person.local_id for person in unnamed if person.local_id],
        )
        if unnamed
        else []
    )  # fmt: skip
    found: dict[str, None] = {}
    for person in people:
        kept = (
            row["name"]
            for row in rows
            if person.reference
            and row["kind"] == person.reference.kind
            and is_meant(person.reference, row["key"], row["local_id"])
        )
        name = person.name or next(kept, "")
        if name:
            found[name] = None
    return list(found)
