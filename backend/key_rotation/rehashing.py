"""Makes the keyed hashes under a new key, so that no person is lost or doubled."""

from collections.abc import Sequence
from typing import Final

from backend.auth.credentials.rules import WRONG_IN_A_MONTH
from backend.core.crypto.keys import Key
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import execute
from backend.key_rotation.sealed_columns import SealedColumn, UnsealedRow
from backend.notifications.brakes.counting import PREFIX
from backend.notifications.brakes.numbers import prefix_of


async def add_lookups(opened: Sequence[UnsealedRow], old: Key, new: Key) -> None:
    """Add look-ups under the new key for those of the old one, but not for cancelled numbers."""
    rows = [
        (row.patient, kind, lookup_hash(kind, value, old), lookup_hash(kind, value, new))
        for row in opened
        for kind, value in row.sought
    ]
    await execute(
        "INSERT INTO patient_lookup (kind, key_id, hash, patient)"
        " SELECT s.kind, $1, s.new, s.patient"
        " FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[])"
        "   AS s (patient, kind, old, new)"
        " WHERE EXISTS (SELECT FROM patient_lookup l"
        "   WHERE l.kind = s.kind AND l.hash = s.old AND l.patient = s.patient)"
        " ON CONFLICT (kind, hash, patient) DO NOTHING",
        new.name, *_columns(rows, 4),
    )  # fmt: skip


def _move_and_add(column: str, other: str) -> tuple[str, str]:
    """Give what moves the counts of one column, and what then adds up those that met another."""
    moved = "unnest($1::bytea[], $2::bytea[]) AS s (old, new)"
    same = f"b.{column} = s.new AND b.{other} = a.{other} AND b.counted_for = a.counted_for"
    move = (
        f"UPDATE sign_in_pair a SET {column} = s.new FROM {moved} WHERE a.{column} = s.old"
        f" AND NOT EXISTS (SELECT FROM sign_in_pair b WHERE {same})"
    )
    add = (
        f"WITH gone AS (DELETE FROM sign_in_pair a USING {moved} WHERE a.{column} = s.old"
        f"  RETURNING a.{column} AS old, s.new, a.{other} AS other, a.counted_for, a.wrong_at,"
        "   a.closed_until)"
        " UPDATE sign_in_pair b SET wrong_at ="
        "   ARRAY(SELECT t FROM unnest(b.wrong_at || gone.wrong_at) t ORDER BY t),"
        "   closed_until = greatest(b.closed_until, gone.closed_until,"
        f"   CASE WHEN cardinality(b.wrong_at || gone.wrong_at) >= {WRONG_IN_A_MONTH}"
        "    THEN hub_clock() END)"
        f" FROM gone WHERE b.{column} = gone.new AND b.{other} = gone.other"
        " AND b.counted_for = gone.counted_for"
    )
    return move, add


_MOVE_SUBJECTS, _ADD_SUBJECTS = _move_and_add("subject_hash", "number_hash")
_MOVE_NUMBERS, _ADD_NUMBERS = _move_and_add("number_hash", "subject_hash")


async def move_wrong_codes(opened: Sequence[UnsealedRow], old: Key, new: Key) -> None:
    """Move the wrong codes of ids and of numbers; if both keys have a count, both are added up."""
    subjects = _pairs(opened, frozenset({"citizen-id", "hospital-number"}), old, new)
    await execute(_MOVE_SUBJECTS, *subjects)
    await execute(_ADD_SUBJECTS, *subjects)
    numbers = _pairs(opened, frozenset({"phone"}), old, new)
    await execute(_MOVE_NUMBERS, *numbers)
    await execute(_ADD_NUMBERS, *numbers)


def _pairs(
    opened: Sequence[UnsealedRow], kinds: frozenset[str], old: Key, new: Key
) -> list[list[object]]:
    """Give the hashes of these kinds under the old key, and those under the new one."""
    rows = [
        (lookup_hash(kind, value, old), lookup_hash(kind, value, new))
        for row in opened
        for kind, value in row.sought
        if kind in kinds
    ]
    return _columns(list(dict.fromkeys(rows)), 2)


_MOVED: Final = "FROM unnest($1::bytea[], $2::bytea[], $3::bytea[]) AS s (old, new, prefix)"


async def move_texts(opened: Sequence[UnsealedRow], old: Key, new: Key) -> None:
    """Move what is counted of a phone number: a new key makes no number a new one."""
    rows = [
        (
            *(lookup_hash("phone", row.plain.decode(), key) for key in (old, new)),
            lookup_hash(PREFIX, prefix_of(row.plain.decode()), new),
        )
        for row in opened
    ]
    columns = _columns(list(dict.fromkeys(rows)), 3)
    await execute(
        f"UPDATE reached_number r SET number_hash = s.new, prefix_hash = s.prefix {_MOVED}"
        " WHERE r.number_hash = s.old AND NOT EXISTS (SELECT FROM reached_number o"
        "  WHERE o.facility = r.facility AND o.number_hash = s.new)",
        *columns,
    )
    await execute(
        f"UPDATE waiting_text w SET number_hash = s.new, prefix_hash = s.prefix {_MOVED}"
        " WHERE w.number_hash = s.old",
        *columns,
    )
    await execute(
        "UPDATE booked_text b SET number_hash = s.new"
        " FROM unnest($1::bytea[], $2::bytea[]) AS s (old, new) WHERE b.number_hash = s.old",
        *columns[:2],
    )


async def rehash(place: SealedColumn, opened: Sequence[UnsealedRow], new: Key) -> None:
    """Hash the sealed value again for the hash column beside it."""
    rows = [(row.id, lookup_hash(kind, value, new)) for row in opened for kind, value in row.hashed]
    await execute(
        f"UPDATE {place.table} t SET {place.hash_column} = s.hash"
        " FROM unnest($1::uuid[], $2::bytea[]) AS s (id, hash)"
        f" WHERE t.id = s.id AND t.{place.hash_column} IS NOT NULL",
        *_columns(rows, 2),
    )


async def extend(place: SealedColumn, opened: Sequence[UnsealedRow], new: Key) -> None:
    """Add the new key's hashes to a list of hashes."""
    for row in opened:
        await execute(
            f"UPDATE {place.table} SET {place.hash_list} = {place.hash_list} || $2::bytea[]"
            " WHERE id = $1",
            row.id, [lookup_hash(kind, value, new) for kind, value in row.hashed],
        )  # fmt: skip


def _columns(rows: Sequence[tuple[object, ...]], how_many: int) -> list[list[object]]:
    return [[row[n] for row in rows] for n in range(how_many)]
