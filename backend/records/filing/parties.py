"""Stores the names of a facility's doctors, departments and partners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from uuid import UUID

from msgspec import Struct
from msgspec.structs import fields

from backend.core.database import Row, fetch, fetch_value, new_id
from backend.records.filing.contents import Blank, Content, NameOf, PartyContent, RecordReference
from backend.records.filing.filing import Filing, RowChange
from backend.records.filing.references import is_meant
from backend.records.kinds import KINDS, TABLES
from backend.records.views.part_views import NamedView
from backend.records.visibility.restriction_config import of_names

LONGEST_NAME: Final = 2000
"""Letters of a name or a reason that a record shows."""
_NAMES: Final = ("name", "test_name", "vaccine", "title", "what")
_CALLED: Final = {
    kind.fhir: next(field.encode_name for field in fields(kind.in_list) if field.name in _NAMES)
    for kind in KINDS
    if {field.name for field in fields(kind.in_list)} & set(_NAMES)
}
"""Kinds of records that others show by name, and the field that has it."""
_Found: TypeAlias = Mapping[tuple[str, str, str], tuple[str, str]]
"""The name and the restricted class of what is kept, by kind, key and local id."""


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


@dataclass(frozen=True, slots=True)
class ResolvedNames:
    """The names in the fields of one record, as its view has them."""

    fields: Mapping[str, Any]
    """Ready for the view; a field without any name is left as it was."""
    restriction: str
    """The restricted class that the names, or the records they are of, bring along."""


async def resolve_names(filing: Filing, content: Content, view: type[Struct]) -> ResolvedNames:
    """Find the names of what a record refers to, each once and in the sender's order.

    The name of another record is shown only where that one can be seen; if it is restricted, so is
    this one. Where the facility keeps records back for a while, a name from the same message is
    left out too: whether that record waits is not known yet.
    """
    found = await _found(filing, [name for blank in content.blanks for name in blank.names])
    attributes = {field.encode_name: field.name for field in fields(view)}
    shown, classes, said = dict[str, Any](), list[str](), list[str]()
    for blank in content.blanks:
        spoken = [
            replace(name, name=fitting(words))
            for name in blank.names
            if (words := _spoken(filing, name, found, classes))
        ]
        said += [name.name for name in spoken]
        shown[attributes[blank.field]] = _as_field(blank, spoken)
    return ResolvedNames(shown, next(filter(None, [*classes, of_names(said)]), ""))


def fitting(name: str) -> str:
    """Cut a name where all can see it: what is longer than any name stands in the message."""
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]} […]"


def _spoken(filing: Filing, name: NameOf, found: _Found, classes: list[str]) -> str:
    """Give the words of a name, and note the class of the record that it is of."""
    if name.name:
        return "" if name.of_record and filing.policies else name.name
    if name.reference is None:
        return ""
    words, restriction = found.get(_asked(name.reference), ("", ""))
    classes.append(restriction)
    return words


def _as_field(blank: Blank, names: Sequence[NameOf]) -> Any:
    """Write names as the field has them: the first, all, or all with what each is for."""
    if blank.with_roles:
        return list(dict.fromkeys(NamedView(name=name.name, role=name.role) for name in names))
    words = list(dict.fromkeys(name.name for name in names))
    return words if blank.takes_all else next(iter(words), None)


def _asked(reference: RecordReference) -> tuple[str, str, str]:
    return (reference.kind, reference.key, reference.local_id)


async def _found(filing: Filing, wanted: Sequence[NameOf]) -> _Found:
    """Read the names that are kept, those of one kind together; of one act each once."""
    unnamed = [
        name.reference
        for name in wanted
        if not name.name and name.reference and _asked(name.reference) not in filing.names
    ]
    for kind in {reference.kind for reference in unnamed}:
        asked = [reference for reference in unnamed if reference.kind == kind]
        rows = await _rows(filing, kind, asked)
        for reference in asked:
            filing.names[_asked(reference)] = next(
                (
                    (row["name"] or "", row["restriction"])
                    for row in rows
                    if is_meant(reference, row["key"], row["local_id"])
                ),
                ("", ""),
            )
    return filing.names


async def _rows(filing: Filing, kind: str, asked: Sequence[RecordReference]) -> Sequence[Row]:
    """Read parties by their names, and records of the patient by what they are called."""
    meant = (
        [reference.key for reference in asked if reference.key],
        [reference.local_id for reference in asked if reference.local_id],
    )
    if kind not in _CALLED:
        return await fetch(
            "SELECT key, local_id, name, '' AS restriction FROM party WHERE facility = $1"
            " AND kind = $2 AND (key = ANY($3) OR local_id = ANY($4)) ORDER BY id DESC",
            filing.facility, kind, *meant,
        )  # fmt: skip
    return await fetch(
        f"SELECT key, local_id, body::json->>'{_CALLED[kind]}' AS name, restriction"
        f" FROM {TABLES[kind]} WHERE facility = $1 AND patient = $2"
        " AND (key = ANY($3) OR local_id = ANY($4))"
        " AND readable AND NOT hidden AND visible_from IS NOT NULL ORDER BY id DESC",
        filing.facility, filing.patient, *meant,
    )  # fmt: skip
