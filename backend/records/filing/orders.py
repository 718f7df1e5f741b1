"""Finds the orders that are answered in full, and marks the results that answer them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.core.database import Row, fetch
from backend.core.postgres.steps import step
from backend.records.filing import rendering
from backend.records.filing.filing import Filing
from backend.records.record_names import plain, with_numbers
from backend.records.row_writes import RowToStore, update_rows
from backend.records.rules import COMPLETE, Ordered, is_complete
from backend.records.visibility.restriction_config import rules
from backend.records.wording.order_force import OrderForce


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProgress:
    """The results that this act touched."""

    open: frozenset[UUID]
    """Complete, but not all that was ordered with them is there, or not all that they show."""
    ready: frozenset[UUID]
    """Complete, and nothing is waited for."""
    silent: frozenset[UUID]
    """Of these nobody is told: not complete, hidden, or of a class that is not told."""
    discreet: frozenset[UUID]
    """Of these it is only told that the record has news."""
    unseen: frozenset[UUID]
    """Of these it is told when they are let be seen."""


_BY_REFERENCE: Final = "ServiceRequest/"


def name_of_order(local_id: str) -> str:
    """Give the name that results use for an order whose key they do not know."""
    return f"{_BY_REFERENCE}{local_id}"


def local_id_in(name: str) -> str:
    """Give the local id in such a name; none in a key, which is `system|value`, an id or a hash."""
    is_one = name.startswith(_BY_REFERENCE) and "|" not in name
    return name.removeprefix(_BY_REFERENCE) if is_one else ""


async def update_orders(filing: Filing, touched: Collection[str]) -> OrderProgress:
    """Check the results of this act, and all results of the orders that it touched.

    Args:
        filing: the act; its patient's lock is held.
        touched: names of orders, as results call them.
    """
    orders = await _with_their_group(filing, touched)
    names = {name for order in orders for name in _names(order)}
    asked = _AskedAnswers(filing.facility, filing.patient, frozenset(names), filing.change_n)
    results = await _results_answering(asked)
    measured = await _measurements_answering(asked) if names else []
    groups = _groups(orders, [*results, *measured])
    complete = {row["id"]: _all_complete(row, groups) for row in results}
    written = [_written(filing, row, complete[row["id"]]) for row in results]
    await update_rows.all([row for row in written if row is not None])
    silent = {row["id"] for row in results if _is_silent(row)}
    waits = {row["id"] for row in results if complete[row["id"]] is False or row["missing"]}
    return OrderProgress(
        open=frozenset(waits - silent),
        ready=frozenset({row["id"] for row in results} - waits - silent),
        silent=frozenset(silent),
        discreet=frozenset(row["id"] for row in results if row["restriction"]) - silent,
        unseen=frozenset(row["id"] for row in results if row["visible_from"] is None),
    )


async def _with_their_group(filing: Filing, touched: Collection[str]) -> Sequence[Row]:
    if not touched:
        return []
    return await fetch(
        "WITH met AS (SELECT key, order_group FROM service_request WHERE facility = $1"
        " AND patient = $2 AND names && $3)"
        " SELECT key, names, order_group, status, force FROM service_request"
        " WHERE facility = $1 AND patient = $2 AND (key IN (SELECT key FROM met)"
        " OR (order_group <> '' AND order_group IN (SELECT order_group FROM met)))",
        filing.facility, filing.patient, _searched(touched),
    )  # fmt: skip


def _searched(touched: Collection[str]) -> list[str]:
    return with_numbers(local_id_in(name) or name for name in touched)


@dataclass(frozen=True, slots=True)
class _AskedAnswers:
    """Whose answers to which orders are asked for, and what an act has stored."""

    facility: UUID
    patient: UUID
    names: frozenset[str]
    change_n: int


@step()
async def _results_answering(asked: Sequence[_AskedAnswers]) -> Sequence[Sequence[Row]]:
    return await _answering(asked, "result", "header, body, missing")


@step()
async def _measurements_answering(asked: Sequence[_AskedAnswers]) -> Sequence[Sequence[Row]]:
    return await _answering(asked, "observation", "'' AS header, '' AS body")


async def _answering(
    asked: Sequence[_AskedAnswers], table: str, text: str
) -> Sequence[Sequence[Row]]:
    """Give what answers these orders, and what was stored in the same act."""
    rows = await fetch(
        "SELECT id, facility, patient, change_n, status, hidden, restriction, orders,"
        f" visible_from, {text} FROM {table} WHERE facility = ANY($1) AND patient = ANY($2)"
        " AND (orders && $3::text[] OR change_n = ANY($4::bigint[])) ORDER BY id",
        list({one.facility for one in asked}), list({one.patient for one in asked}),
        sorted(frozenset().union(*(one.names for one in asked))),
        list({one.change_n for one in asked}),
    )  # fmt: skip
    return [[row for row in rows if _answers(row, one)] for one in asked]


def _answers(row: Row, asked: _AskedAnswers) -> bool:
    is_own = (asked.facility, asked.patient) == (row["facility"], row["patient"])
    return is_own and (
        row["change_n"] == asked.change_n or not asked.names.isdisjoint(row["orders"])
    )


def _groups(orders: Sequence[Row], answers: Sequence[Row]) -> dict[str, bool | None]:
    """Say of each name of an order whether the group it is in is complete."""
    members: dict[str, list[Row]] = {}
    for order in orders:
        members.setdefault(order["order_group"] or order["key"], []).append(order)
    found: dict[str, bool | None] = {}
    for group in members.values():
        complete = is_complete([_ordered(member, answers) for member in group])
        found |= dict.fromkeys((name for member in group for name in _names(member)), complete)
    return found


def _ordered(order: Row, answers: Sequence[Row]) -> Ordered:
    names = _names(order)
    said = tuple(answer["status"] for answer in answers if not names.isdisjoint(answer["orders"]))
    called_off = order["force"] != OrderForce.ORDER
    return Ordered("revoked" if called_off else order["status"], said)


def _names(order: Row) -> set[str]:
    said = plain(order["names"])
    return said | {name_of_order(name) for name in said}


def _all_complete(result: Row, groups: dict[str, bool | None]) -> bool | None:
    known = [groups[name] for name in result["orders"] if groups.get(name) is not None]
    return all(known) if known else None


def _is_silent(result: Row) -> bool:
    known = rules().named(result["restriction"])
    return (
        result["hidden"]
        or result["status"] not in COMPLETE
        or (known is not None and not known.told)
    )


def _written(filing: Filing, row: Row, complete: bool | None) -> RowToStore | None:  # noqa: FBT001  # what is written, not a switch
    """Give what a result says of its order, where it says something else until now."""
    header, body = rendering.with_order(row["header"], row["body"], complete=complete)
    if header == row["header"]:
        return None
    columns = {
        "id": row["id"],
        "header": header,
        "body": body,
        "change_n": filing.change_n,
        "received_event": filing.received_event,
    }
    return RowToStore("result", columns)
