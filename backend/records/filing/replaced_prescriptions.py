"""Ends a prescription that another one replaces, in whichever order they arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.core.database import Row, execute, fetch, fetch_one
from backend.core.postgres.steps import step
from backend.records.filing import rendering
from backend.records.filing.contents import MedicineContent
from backend.records.filing.filing import Filing
from backend.records.filing.references import searched
from backend.records.record_names import plain
from backend.records.row_writes import RowToStore, update_rows

_REPLACES_NOTHING: Final = ("draft", "cancelled", "entered-in-error")
"""A prescription in one of these was never in force, so the one before goes on. So is one that was
only proposed; an order not to take something does take the place of the one before."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """The replacing prescription, and its begin; empty if there is none."""

    by: UUID | None = None
    since: datetime | None = None
    may_be_named: bool = False
    """Every reader of this prescription may see the other one too."""

    @property
    def named(self) -> UUID | None:
        return self.by if self.may_be_named else None


async def replaced(filing: Filing, row: UUID, names: Sequence[str]) -> Replacement:
    """Find the prescription that replaces this one, by the facility's word."""
    return await _replaced(
        _AskedReplacement(filing.facility, filing.patient, row, frozenset(plain(names)))
    )


@dataclass(frozen=True, slots=True)
class _AskedReplacement:
    """A prescription of which it is asked whether another one replaces it."""

    facility: UUID
    patient: UUID
    row: UUID
    names: frozenset[str]


@step()
async def _replaced(asked: Sequence[_AskedReplacement]) -> Sequence[Replacement]:
    rows = await fetch(
        "SELECT id, facility, patient, replaces_key, replaces_local_id,"
        " coalesce(starts_at, happened_at) AS since, restriction = '' AS shown FROM medicine"
        " WHERE patient = ANY($1) AND facility = ANY($2)"
        " AND NOT hidden AND status <> ALL ($4) AND force <> 'proposed'"
        " AND (replaces_key <> '' OR replaces_local_id <> '')"
        " AND (replaces_key = ANY($3) OR replaces_local_id = ANY($3)) ORDER BY since, id",
        list({one.patient for one in asked}), list({one.facility for one in asked}),
        sorted(frozenset().union(*(one.names for one in asked))), _REPLACES_NOTHING,
    )  # fmt: skip
    return [next((_by(row) for row in rows if _is_by(row, one)), Replacement()) for one in asked]


def _is_by(row: Row, asked: _AskedReplacement) -> bool:
    """Tell whether a prescription says that it replaces the one that is asked for."""
    is_own = (asked.facility, asked.patient) == (row["facility"], row["patient"])
    said = {row["replaces_key"], row["replaces_local_id"]} - {""}
    return is_own and row["id"] != asked.row and not asked.names.isdisjoint(said)


def _by(row: Row) -> Replacement:
    return Replacement(row["id"], row["since"], row["shown"])


async def link_replacements(
    filing: Filing, row: UUID, content: MedicineContent, before: Row | None
) -> None:
    """Mark the prescriptions that this one replaces; unmark those that it no longer replaces."""
    named = content.replaces
    if named is None and (before is None or not _named_one(before)):
        return
    concerned = await fetch(
        "SELECT id, names, body, status, replaced_by, replaced_from FROM medicine"
        " WHERE patient = $1 AND facility = $2 AND id <> $3 AND (replaced_by = $3"
        " OR names && $4)",
        filing.patient, filing.facility, row, searched([named] if named else []),
    )  # fmt: skip
    for old in concerned:
        await _mark(filing, old, await replaced(filing, old["id"], old["names"]))


def _named_one(row: Row) -> bool:
    return bool(row["replaces_key"] or row["replaces_local_id"])


async def _mark(filing: Filing, old: Row, by: Replacement) -> None:
    if (old["replaced_by"], old["replaced_from"]) == (by.by, by.since):
        return
    has_plan = await fetch_one(
        "SELECT 1 FROM dose_rule WHERE medicine = $1 AND until IS NULL", old["id"]
    )
    scheduled = has_plan is not None and not is_over(by, filing.accepted_at)
    columns = {
        "id": old["id"],
        "replaced_by": by.by,
        "replaced_from": by.since,
        "body": rendering.replaced_medicine(old["body"], by.named, by.since, scheduled=scheduled),
        "change_n": filing.change_n,
        "received_event": filing.received_event,
    }
    await update_rows(RowToStore("medicine", columns))


async def name_no_secret(secret: Sequence[UUID]) -> None:
    """Let no other prescription name these, which have become restricted."""
    rows = await fetch("SELECT id, body FROM medicine WHERE replaced_by = ANY($1)", list(secret))
    if not rows:
        return
    await execute(
        "UPDATE medicine m SET body = n.body, change_n = c.n + 1"
        " FROM unnest($1::uuid[], $2::text[]) AS n (id, body), patient_change c"
        " WHERE m.id = n.id AND c.patient = m.patient",
        [row["id"] for row in rows],
        [rendering.without_replacement(row["body"]) for row in rows],
    )


def is_over(by: Replacement, now: datetime) -> bool:
    return by.since is not None and by.since <= now
