"""Stores the named resources of a facility: its doctors, places and medicines, and its files.

They are about no patient. A record shows what they are called, and says so in `filing.blanks`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from backend.core.database import Row, execute, fetch, new_id
from backend.core.preconditions import check, tag_of
from backend.records.filing.blanks import FilledIn, Known, Named, WaitingRow, fill_in, wanting_of
from backend.records.filing.contents import Content, PartyContent, RecordHandle
from backend.records.filing.files import store_binary
from backend.records.filing.filing import RowChange
from backend.records.filing.known_records import described_word, party_among, party_handle
from backend.records.named.name_locks import lock_names
from backend.records.named.waiting_rows import PARTY, note_waiting
from backend.records.record_names import plain, with_numbers
from backend.records.visibility.restriction_config import strictest

_DEEPEST: Final = 4
"""A PractitionerRole is called as its Practitioner; longer chains than that mean nothing."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A row that was there before the message."""

    content_hash: bytes
    named: Named
    row: Row


@dataclass(slots=True, kw_only=True)
class Names:
    """The names of one message: what it brings, what it mentions, and what is known of both."""

    facility: UUID
    brought: Sequence[PartyContent]
    known: dict[str, Named] = field(default_factory=dict)
    stored: dict[str, "Stored"] = field(default_factory=dict)
    """What there was before, by its key."""
    rows: dict[str, UUID] = field(default_factory=dict)
    """Which row each that it brings is, by its path."""
    tags: dict[str, str] = field(default_factory=dict)
    """The tag of its state, by its path."""

    def before(self, party: PartyContent) -> "Stored | None":
        """Give what there was of one that it brings."""
        same = [one.row for one in self.stored.values() if one.named.kind == party.kind]
        row = party_among(self.facility, party, same)
        return None if row is None else self.stored[row["key"]]

    changed: list[PartyContent] = field(default_factory=list)
    """Of what it brings: what is new, or otherwise than before."""
    fresh: set[str] = field(default_factory=set)
    """Names that records may have waited for, and that have come."""


async def names_of(
    facility: UUID, brought: Sequence[PartyContent], contents: Iterable[Content]
) -> Names:
    """Read what is known of a message's names, and lock those that are not (`name_locks`)."""
    names = Names(facility=facility, brought=brought)
    own = {name for party in brought for name in _own_names(party)}
    own |= {described_word(facility, party) for party in brought}
    said: list[Content | PartyContent] = [*contents, *brought]
    mentioned = {name for content in said for name in wanting_of(content).names}
    if not own and not mentioned:
        return names
    await _read(names, own | mentioned)
    names.changed = _changed(names, brought)
    alone = {name for party in names.changed for name in _own_names(party)}
    missing = {name for name in mentioned if not _is_here(names.known, name)}
    if alone or missing:
        await lock_names(facility, alone | missing, alone)
        if roles := await _called_as(names, alone):
            await lock_names(facility, roles, roles)
        await _read(names, alone | missing)
        names.changed = _changed(names, names.changed)
    return names


async def _called_as(names: Names, alone: set[str]) -> set[str]:
    """Give the names of what waits to be called as these are: it is named in the same act."""
    found, wanted = set[str](), alone
    for _ in range(_DEEPEST):
        rows = await fetch(
            "SELECT p.names FROM awaiting a JOIN party p ON p.id = a.record"
            " WHERE a.facility = $1 AND a.kind = $2 AND a.names && $3",
            names.facility, PARTY, list(wanted),
        ) if wanted else []  # fmt: skip
        wanted = {name for row in rows for name in plain(row["names"])} - found - alone
        found |= wanted
    return found


def _changed(names: Names, brought: Sequence[PartyContent]) -> list[PartyContent]:
    """Give what is new, or otherwise than before; let the others be found by their names here."""
    changed = []
    for party in brought:
        stored = names.before(party)
        if stored is None or stored.content_hash != party.content_hash:
            changed.append(party)
        else:
            names.known[party.key] = stored.named
    return changed


def _own_names(party: PartyContent) -> list[str]:
    said = party.names
    own = [identifier.name for identifier in said.identifiers]
    return [name for name in dict.fromkeys((party.key, said.id, *own, *said.numbers)) if name]


def _is_here(known: Known, name: str) -> bool:
    return name in known and known[name].is_whole


async def _read(names: Names, wanted: Iterable[str]) -> None:
    """Read what is known of these names."""
    rows = await fetch(
        f"SELECT {COLUMNS}, identifiers, has_id, content_hash FROM party p"
        " WHERE facility = $1 AND names && $2 ORDER BY id",
        names.facility, with_numbers(wanted),
    )  # fmt: skip
    for row in rows:
        names.known |= dict.fromkeys(plain(row["names"]), named(row))
        names.stored[row["key"]] = Stored(row["content_hash"], named(row), row)


COLUMNS: Final = (
    "id, kind, key, local_id, names, name, coded, restriction, withholds, is_whole,"
    " (SELECT i.patient FROM patient_identifier i WHERE i.id = p.filed_under) AS patient"
)


def named(row: Row) -> Named:
    """Read a row of `COLUMNS` of a `party p`."""
    return Named(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        coded=row["coded"],
        restriction=row["restriction"],
        withholds=row["withholds"],
        is_whole=row["is_whole"],
        patient=row["patient"],
    )


@dataclass(frozen=True, slots=True)
class About:
    """Whom a message is about, and by which number."""

    patient: UUID
    number: UUID


async def store_names(names: Names, about: About | None) -> list[RowChange]:
    """Store what a message brings; give what became of each.

    Args:
        names: of the message.
        about: whom the message is about, if it is about anybody.
    """
    changes: dict[str, RowChange] = {}
    rows: dict[str, _Stated] = {}
    _check(names)
    for party in _in_their_order(names):
        stored = names.before(party)
        if stored is not None and party.create_only:
            continue
        before = None if stored is None else stored.named
        changes[party.key] = RowChange.CHANGED if before else RowChange.CREATED
        if before is None or not before.is_whole:
            names.fresh.update(_own_names(party))
        filled_in = fill_in(wanting_of(party), names.known)
        now = _now(party, before, filled_in, about)
        names.known |= dict.fromkeys(_own_names(party), now)
        handle = party_handle(names.facility, party, now.id, stored and stored.row)
        rows[party.key] = _Stated(party, now, filled_in, handle, is_new=before is None)
        names.rows[party.path] = now.id
        names.tags[party.path] = tag_of(party.content_hash)
    if rows:
        await _write(names.facility, list(rows.values()), about)
    return [changes.get(party.key, RowChange.UNCHANGED) for party in names.brought]


def _check(names: Names) -> None:
    """See that what is stored is as the sender wants it; note which rows and states these are.

    Raises:
        PreconditionFailed: it is not.
    """
    for party in names.brought:
        stored = names.before(party)
        tag = None if stored is None else tag_of(stored.content_hash)
        same = stored is not None and stored.content_hash == party.content_hash
        check(party.preconditions, tag, party.path, same=same)
        if stored is not None and tag is not None:
            names.rows[party.path] = stored.named.id
            names.tags[party.path] = tag


def _in_their_order(names: Names) -> list[PartyContent]:
    """Put what is called as another one behind that one."""
    waiting, done = list(names.changed), list[PartyContent]()
    for _ in range(_DEEPEST):
        ahead = {name for party in waiting for name in _own_names(party)}
        done += [party for party in waiting if ahead.isdisjoint(wanting_of(party).names)]
        waiting = [party for party in waiting if not ahead.isdisjoint(wanting_of(party).names)]
    return [*done, *waiting]


def _now(
    party: PartyContent, before: Named | None, filled_in: FilledIn, about: About | None
) -> Named:
    """Say what a resource is called, as far as what it mentions has come."""
    name = filled_in.fields.get("name", party.name)
    assert isinstance(name, str), "a resource has one name"
    return Named(
        id=new_id() if before is None else before.id,
        kind=party.kind,
        name=name,
        coded=party.coded,
        restriction=strictest(party.restriction, filled_in.restriction),
        withholds=party.withholds or filled_in.withheld,
        is_whole=filled_in.awaits is None,
        patient=about.patient if about is not None and party.file is not None else None,
    )


@dataclass(frozen=True, slots=True)
class _Stated:
    """A resource that a message brings, and what it is called now."""

    party: PartyContent
    now: Named
    filled_in: FilledIn
    handle: RecordHandle
    is_new: bool


async def _write(facility: UUID, rows: Sequence[_Stated], about: About | None) -> None:
    await _write_rows(facility, rows, about)
    await note_waiting(
        facility,
        [WaitingRow(PARTY, row.now.id, row.filled_in.awaits, is_new=row.is_new) for row in rows],
    )
    for row in rows:
        if row.party.file is not None:
            await store_binary(facility, row.now.id, row.party.file, is_new=row.is_new)


async def _write_rows(facility: UUID, rows: Sequence[_Stated], about: About | None) -> None:
    numbers = [about.number if about and row.party.file else None for row in rows]
    await execute(
        "INSERT INTO party (id, facility, kind, key, local_id, name, content_hash, coded,"
        " restriction, withholds, is_whole, filed_under, names, identifiers, has_id)"
        " SELECT n.id, $1, n.kind, n.key, n.local_id, n.name, n.content_hash, n.coded,"
        " n.restriction, n.withholds, n.is_whole, n.filed_under, string_to_array(n.names, ' '),"
        " string_to_array(n.identifiers, ' '), n.has_id"
        " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[],"
        "  $8::text[], $9::text[], $10::boolean[], $11::boolean[], $12::uuid[], $13::text[],"
        "  $14::text[], $15::boolean[])"
        " AS n (id, kind, key, local_id, name, content_hash, coded, restriction, withholds,"
        "  is_whole, filed_under, names, identifiers, has_id)"
        " ON CONFLICT (facility, kind, key) DO UPDATE SET local_id = excluded.local_id,"
        " names = excluded.names, identifiers = excluded.identifiers, has_id = excluded.has_id,"
        " name = excluded.name, content_hash = excluded.content_hash, coded = excluded.coded,"
        " restriction = excluded.restriction, withholds = excluded.withholds,"
        " is_whole = excluded.is_whole, filed_under = excluded.filed_under",
        facility,
        [row.now.id for row in rows], [row.now.kind for row in rows],
        [row.handle.key for row in rows], [row.handle.local_id for row in rows],
        [row.now.name for row in rows], [row.party.content_hash for row in rows],
        [row.now.coded for row in rows], [row.now.restriction for row in rows],
        [row.now.withholds for row in rows], [row.now.is_whole for row in rows], numbers,
        [" ".join(row.handle.names) for row in rows],
        [" ".join(row.handle.identifiers) for row in rows], [row.handle.has_id for row in rows],
    )  # fmt: skip
