"""Stores rows of records: all rows of one table that are stored at once are one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from msgspec.json import Encoder

from backend.core.database import execute, fetch
from backend.core.postgres.steps import step

AT_ONCE: Final = 500
"""Rows of one statement; more are several. Each is held once more while it is sent."""
_ENCODER: Final = Encoder()
_SEEN: Final = "epoch"
"""Stands for the moment of the statement, which only the database knows."""
_UNLESS_A_REPORT_WAITS: Final = (
    " AND NOT (n.reported AND EXISTS (SELECT FROM result r WHERE r.facility = n.facility"
    " AND r.patient = n.patient AND r.visible_from IS NULL))"
)
"""A measurement comes in before its report does, which may be one that cannot be seen."""


@dataclass(frozen=True, slots=True)
class RowToStore:
    """A row to be stored."""

    table: str
    columns: Mapping[str, Any]
    """By name, its id among them."""
    visible: bool | None = None
    """Whether a patient may see it from now on; None leaves that as it is."""


@step()
async def insert_rows(rows: Sequence[RowToStore]) -> Sequence[bool]:
    """Insert rows; tell of each whether it is new: its facility may have one of this key."""
    inserted: set[UUID] = set()
    for like, some in _grouped(rows):
        table, names = like.table, ", ".join(like.columns)
        waits = _UNLESS_A_REPORT_WAITS if "reported" in like.columns else ""
        done = await fetch(
            f"INSERT INTO {table} ({names}, visible_from)"
            f" SELECT {names}, CASE WHEN n.visible_from IS NOT NULL{waits} THEN hub_clock() END"
            f" FROM json_populate_recordset(NULL::{table}, $1::json) n"
            " ON CONFLICT (facility, key) DO NOTHING RETURNING id",
            _in_json(some),
        )
        inserted |= {row["id"] for row in done}
    return [row.columns["id"] in inserted for row in rows]


@step()
async def update_rows(rows: Sequence[RowToStore]) -> Sequence[None]:
    """Write these columns of rows anew. What was seen stays so."""
    for like, some in _grouped(rows):
        changes = [f"{name} = n.{name}" for name in like.columns if name != "id"]
        if like.visible is not None:
            changes.append(
                "visible_from = coalesce(t.visible_from,"
                " CASE WHEN n.visible_from IS NOT NULL THEN hub_clock() END)"
            )
        await execute(
            f"UPDATE {like.table} t SET {', '.join(changes)}"
            f" FROM json_populate_recordset(NULL::{like.table}, $1::json) n WHERE t.id = n.id",
            _in_json(some),
        )
    return [None] * len(rows)


def _grouped(rows: Sequence[RowToStore]) -> list[tuple[RowToStore, Sequence[RowToStore]]]:
    """Give the rows that one statement stores, with one of them to make it from."""
    alike: dict[tuple[object, ...], list[RowToStore]] = {}
    for row in rows:
        alike.setdefault((row.table, row.visible is None, *row.columns), []).append(row)
    return [
        (some[0], some[start : start + AT_ONCE])
        for some in alike.values()
        for start in range(0, len(some), AT_ONCE)
    ]


def _in_json(rows: Sequence[RowToStore]) -> str:
    return _ENCODER.encode(
        [
            {name: _stored(value) for name, value in row.columns.items()}
            | {"visible_from": _SEEN if row.visible else None}
            for row in rows
        ]
    ).decode()


def _stored(value: Any) -> Any:
    """Write bytes as PostgreSQL reads them; all else is read as JSON says it."""
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value
