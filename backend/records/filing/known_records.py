"""Finds the stored records that a message means, by what their sender calls them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from backend.core.crypto.name_hashes import hash_name
from backend.core.database import Row, fetch, new_id
from backend.core.errors import HubError, Issue
from backend.core.postgres.steps import step
from backend.core.preconditions import check, tag_of
from backend.records.filing.contents import Content, PartyContent, RecordHandle
from backend.records.filing.filing import Filing
from backend.records.kinds import TABLES
from backend.records.record_names import (
    DESCRIBED,
    NUMBER,
    AnotherId,
    RecordNames,
    Several,
    StoredNames,
    meant,
    names_after,
)
from backend.records.row_writes import RowToStore, update_rows


class SeveralRecords(HubError):
    """Two of your stored records have these identifiers. Nothing was changed."""

    code = "several_records"
    status = 412


class OtherRecordId(HubError):
    """The record that this names by its identifier has another id than the resource."""

    code = "other_record_id"
    status = 400


class RecordTwice(HubError):
    """Two entries of this message are one record of yours."""

    code = "record_twice"
    status = 422


def given_id(facility: UUID, row: UUID) -> str:
    """Give the id that a facility hears for a record that it did not name itself."""
    return str(uuid5(facility, str(row)))


async def find_records(
    kind: str, filing: Filing, contents: Sequence[Content]
) -> dict[str, RecordHandle]:
    """Find which rows the records of one kind are, by their names in the message.

    The rows are read with that. The lock on the patient keeps them as they are.

    Raises:
        SeveralRecords: the identifiers of one lead to two.
        OtherRecordId: one is sought by an identifier, and named by another's id.
        RecordTwice: two of the message are one.
        PreconditionFailed: a stored state is not as one of them wants it.
    """
    words = {content.key: _described(kind, filing, content.names) for content in contents}
    searched = {name for content in contents for name in _searched(content.names)}
    searched |= {word for said in words.values() for word in said}
    own = {i.name for content in contents for i in content.names.identifiers}
    asked = _Asked(TABLES[kind], filing.facility, frozenset(searched), frozenset(own))
    stored, numbers = await _stored_under(asked)
    by_name = _by_name(stored.values())
    found: dict[str, RecordHandle] = {}
    hashes: dict[str, bytes] = {}
    keys: set[str] = set()
    for content in contents:
        described = words[content.key]
        names = [*_searched(content.names), *described]
        like = [row for name in names for row in by_name.get(name, ())]
        before = _meant(content, like, numbers, described)
        tag = tag_of(before["content_hash"]) if before else None
        same = before is not None and before["content_hash"] == content.content_hash
        check(content.preconditions, tag, content.path, same=same)
        if hashes.setdefault(content.key, content.content_hash) != content.content_hash:
            raise RecordTwice(faults=[Issue(content.path, "is a record of this message again")])
        if content.key not in found:
            handle = _handle(kind, filing.facility, content.names, before, numbers, described[0])
            if handle.key in keys:
                raise RecordTwice(faults=[Issue(content.path, "is a record of this message again")])
            keys.add(handle.key)
            found[content.key] = handle
            if same and not content.create_only:
                await _note_names(TABLES[kind], handle, before)
            filing.read[kind, handle.key] = before
    return found


async def _note_names(table: str, handle: RecordHandle, before: Row | None) -> None:
    """Keep what a record is called now, although it says the same: it was PUT, or has numbers."""
    if before is None or (handle.names, handle.has_id) == (before["names"], before["has_id"]):
        return
    await update_rows(RowToStore(table, {"id": handle.row, **handle.columns}))


def _described(kind: str, filing: Filing, names: RecordNames) -> list[str]:
    """Give the words of what it says of itself, its own chart first, then those merged with it."""
    return [
        DESCRIBED + hash_name(filing.facility, kind, f"{chart}\0{names.described}")
        for chart in filing.homes or (filing.patient,)
    ]


def _searched(names: RecordNames) -> list[str]:
    own = [identifier.name for identifier in names.identifiers]
    sought = [names.sought, f"{NUMBER}{names.sought}"] if names.sought else []
    return [*own, *sought, *([names.id] if names.id else [])]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose rows of a table are asked for, by which names; and what may be a number of several."""

    table: str
    facility: UUID
    names: frozenset[str]
    own: frozenset[str]


@step()
async def _stored_under(
    asked: Sequence[_Asked],
) -> Sequence[tuple[dict[str, Row], frozenset[str]]]:
    """Read the rows by their keys, and the identifiers that several records had in common."""
    together: dict[tuple[str, UUID], list[_Asked]] = {}
    for one in asked:
        together.setdefault((one.table, one.facility), []).append(one)
    found = {
        place: await _read_stored(
            *place, _all(one.names for one in some), _all(one.own for one in some)
        )
        for place, some in together.items()
    }
    return [_its_own(one, *found[one.table, one.facility]) for one in asked]


def _by_name(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        for name in row["names"]:
            found.setdefault(name, []).append(row)
    return found


def _all(names: Iterable[frozenset[str]]) -> list[str]:
    return sorted(frozenset().union(*names))


async def _read_stored(
    table: str, facility: UUID, names: Sequence[str], own: Sequence[str]
) -> tuple[Sequence[Row], frozenset[str]]:
    rows = await fetch(
        "SELECT w.numbers AS numbers_known, t.* FROM (SELECT ARRAY(SELECT n FROM"
        f" unnest($3::text[]) n WHERE EXISTS (SELECT FROM {table} WHERE facility = $1"
        f" AND names @> ARRAY['{NUMBER}' || n])) AS numbers) w"
        f" LEFT JOIN {table} t ON t.facility = $1 AND t.names && $2",
        facility, names, own,
    )  # fmt: skip
    return [row for row in rows if row["id"] is not None], frozenset(rows[0]["numbers_known"])


def _its_own(
    asked: _Asked, rows: Sequence[Row], numbers: frozenset[str]
) -> tuple[dict[str, Row], frozenset[str]]:
    mine = [row for row in rows if not asked.names.isdisjoint(row["names"])]
    return {row["key"]: row for row in mine}, numbers & asked.own


def _meant(
    content: Content | PartyContent,
    rows: Collection[Row],
    numbers: Collection[str],
    described: Sequence[str],
) -> Row | None:
    by_key = {row["key"]: row for row in rows}
    try:
        found = meant(content.names, [_stored(row) for row in by_key.values()], numbers, described)
    except Several:
        raise SeveralRecords(
            faults=[Issue(content.path, "two of your records have these identifiers")]
        ) from None
    except AnotherId:
        raise OtherRecordId(
            faults=[Issue(f"{content.path}.id", "is not the id of the record that is sought")]
        ) from None
    return None if found is None else by_key[found.key]


def _stored(row: Row) -> StoredNames:
    return StoredNames(
        key=row["key"],
        names=frozenset(row["names"]),
        pairs=frozenset(row["identifiers"]),
        has_id=row["has_id"],
    )


def _handle(
    kind: str,
    facility: UUID,
    said: RecordNames,
    before: Row | None,
    numbers: Collection[str],
    described: str,
    row: UUID | None = None,
) -> RecordHandle:
    row = row or (new_id() if before is None else UUID(str(before["id"])))
    given = [] if said.id else [hash_name(facility, kind, given_id(facility, row))]
    stored = None if before is None else _stored(before)
    names, pairs = names_after(said, stored, numbers, given, described)
    first = said.id or given[0]
    had_id = before is not None and before["has_id"]
    return RecordHandle(
        row=row,
        key=first if before is None else before["key"],
        local_id=before["local_id"] if before and (had_id or not said.id) else first,
        names=names,
        identifiers=pairs,
        has_id=bool(said.id) or had_id,
    )


def described_word(facility: UUID, party: PartyContent) -> str:
    """Give the word by which a party without an identifier of its own is known."""
    return DESCRIBED + hash_name(facility, party.kind, party.names.described)


def party_among(facility: UUID, party: PartyContent, rows: Sequence[Row]) -> Row | None:
    """Find which of the parties of its kind, the oldest first, one is.

    Of two that are meant it is the newer one: it is a name that is shown, and nothing hangs on it.
    """
    try:
        return _meant(party, rows, _numbers_in(party, rows), [described_word(facility, party)])
    except SeveralRecords:
        own = {identifier.name for identifier in party.names.identifiers}
        return next(row for row in reversed(rows) if not own.isdisjoint(row["names"]))


def party_handle(
    facility: UUID, party: PartyContent, row: UUID, before: Row | None
) -> RecordHandle:
    """Give what a party is called from now on; also what its message calls it."""
    numbers = _numbers_in(party, [] if before is None else [before])
    described = described_word(facility, party)
    handle = _handle(party.kind, facility, party.names, before, numbers, described, row)
    key = party.key if before is None else handle.key
    names = sorted({*handle.names, party.key})
    return replace(handle, key=key, names=names)


def _numbers_in(party: PartyContent, rows: Sequence[Row]) -> frozenset[str]:
    known = {name for row in rows for name in row["names"]}
    return frozenset(i.name for i in party.names.identifiers if f"{NUMBER}{i.name}" in known)
