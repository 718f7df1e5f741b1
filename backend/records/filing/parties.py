"""Stores the names of a facility's doctors, departments and partners."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.core.database import fetch, fetch_one
from backend.core.preconditions import tag_of
from backend.records.filing.contents import NameOf, PartyContent
from backend.records.filing.filing import RowChange
from backend.records.filing.known_records import find_party
from backend.records.filing.references import is_meant, searched


@dataclass(frozen=True, slots=True)
class StoredParty:
    """What became of a party, which row it is, and the tag of its state."""

    change: RowChange
    row: UUID
    tag: str


async def store_party(facility: UUID, content: PartyContent) -> StoredParty:
    """Store the name of a party. Earlier records keep the name that they had.

    Raises:
        PreconditionFailed: the stored state is not as its sender wants it.
    """
    handle, before = await find_party(facility, content)
    if before is not None and content.create_only:
        return StoredParty(RowChange.UNCHANGED, handle.row, tag_of(before))
    row = await fetch_one(
        "INSERT INTO party (id, facility, kind, key, local_id, names, identifiers, has_id, name,"
        " content_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (facility, kind, key) DO UPDATE SET local_id = excluded.local_id,"
        " names = excluded.names, identifiers = excluded.identifiers, has_id = excluded.has_id,"
        " name = excluded.name, content_hash = excluded.content_hash"
        " WHERE (party.content_hash, party.names) <> (excluded.content_hash, excluded.names)"
        " RETURNING xmax = 0 AS created",
        handle.row, facility, content.kind, handle.key, handle.local_id, handle.names,
        handle.identifiers, handle.has_id, content.name, content.content_hash,
    )  # fmt: skip
    change = RowChange.UNCHANGED if before == content.content_hash else RowChange.CHANGED
    if row is not None and row["created"]:
        change = RowChange.CREATED
    return StoredParty(change, handle.row, tag_of(content.content_hash))


async def names_of(facility: UUID, people: Sequence[NameOf]) -> list[str]:
    """Give each known name once, in the sender's order."""
    unnamed = [person.reference for person in people if not person.name and person.reference]
    rows = (
        await fetch(
            "SELECT kind, names, name FROM party WHERE facility = $1 AND names && $2"
            " ORDER BY id DESC",
            facility, searched(unnamed),
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
            and is_meant(person.reference, row["names"])
        )
        name = person.name or next(kept, "")
        if name:
            found[name] = None
    return list(found)
