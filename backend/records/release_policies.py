"""What a facility wants to be seen when: set, shown, and applied to what cannot be seen yet."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.audit import Act, write_down
from backend.clock import now
from backend.database import Row, execute, fetch, fetch_value, new_id, transaction
from backend.errors import HubError
from backend.records.coded import categories_in
from backend.records.filing import TABLES, lock_patient
from backend.records.release_rules import (
    AT_ONCE,
    NEVER_WAIT,
    Policies,
    Policy,
    Standing,
    parse_policy,
    policy_of,
    stands,
)
from backend.records.restricting import rules
from backend.records.rules import is_finished

POLICIES: Final = (
    "(SELECT json_object_agg(p.record_class, p.release)::text"
    " FROM release_policy p WHERE p.facility = facility.id)"
)
"""Of a row of `facility`: its policies, for `read_policies`."""
CAN_WAIT: Final = {kind: table for kind, table in TABLES.items() if table not in NEVER_WAIT}


_CLASS: Final = re.compile(r"[a-z_]{1,30}(:[^\s:]{1,40})?")
"""A table, and perhaps a code of a category."""


class UnknownClass(HubError):
    """There is no such class of records that could wait. The command's help lists them."""

    code = "unknown_class"
    status = 422


def read_policies(text: str | None) -> Policies:
    """Read what `POLICIES` gave; nothing of a facility that shows everything at once."""
    said = msgspec.json.decode(text, type=dict[str, str]) if text else {}
    return {name: parse_policy(each) for name, each in said.items()}


async def policies_of(facility: UUID) -> Policies:
    return read_policies(
        await fetch_value(f"SELECT {POLICIES} FROM facility WHERE id = $1", facility)
    )


async def set_policy(facility: UUID, record_class: str, policy: Policy) -> None:
    """Let this hold for what comes in from now on.

    Raises:
        UnknownClass: no record could be of this class, or it never waits.
    """
    _check(record_class)
    async with transaction():
        before = (await policies_of(facility)).get(record_class, AT_ONCE)
        await execute(
            "INSERT INTO release_policy (id, facility, record_class, release)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT ON CONSTRAINT release_policy_once"
            " DO UPDATE SET release = excluded.release",
            new_id(), facility, record_class, str(policy),
        )  # fmt: skip
        await _write_down(facility, f"{record_class}: {before} -> {policy}")


async def forget_policy(facility: UUID, record_class: str) -> None:
    """Say nothing of a class any more.

    Raises:
        UnknownClass: see `set_policy`.
    """
    _check(record_class)
    async with transaction():
        before = (await policies_of(facility)).get(record_class)
        if before is None:
            return
        await execute(
            "DELETE FROM release_policy WHERE facility = $1 AND record_class = $2",
            facility, record_class,
        )  # fmt: skip
        await _write_down(facility, f"{record_class}: {before} -> nothing")


def _check(record_class: str) -> None:
    kind, _, what = record_class.partition(":")
    known = {each.name for each in rules().classes}
    if kind == "restricted" and what in known:
        return
    if kind not in CAN_WAIT.values() or _CLASS.fullmatch(record_class) is None:
        raise UnknownClass


async def _write_down(facility: UUID, why: str) -> None:
    await write_down(Act(actor_kind="system", what="facility.release", subject=facility, why=why))


async def unseen(facility: UUID) -> Mapping[str, int]:
    """Count by table the records of a facility that wait to be seen."""
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        return {
            table: n
            for table in CAN_WAIT.values()
            if (n := await fetch_value(f"SELECT count(*) FROM {table} WHERE {_UNSEEN}", facility))
        }


_UNSEEN: Final = "facility = $1 AND visible_from IS NULL AND NOT hidden"


@dataclass(frozen=True, slots=True)
class _Due:
    """When one record is to be seen by today's policies; nothing where that is for a human."""

    row: Row
    at: datetime | None


async def apply_to_unseen(facility: UUID) -> AsyncIterator[int]:
    """Let today's policies hold for what waits already; give after each patient how many are left.

    What a clinician keeps back stays so. What is due by today's policies is shown, and told, by the
    worker within seconds.
    """
    policies = await policies_of(facility)
    patients = await _with_unseen(facility)
    for left, patient in zip(reversed(range(len(patients))), patients, strict=True):
        async with transaction():
            await execute("SELECT open_intake($1)", facility)
            await lock_patient(patient)
            for kind, table in CAN_WAIT.items():
                await _apply(facility, patient, kind, table, policies)
        yield left


async def _with_unseen(facility: UUID) -> list[UUID]:
    tables = " UNION ".join(
        f"SELECT patient FROM {table} WHERE {_UNSEEN}" for table in CAN_WAIT.values()
    )
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        return [row["patient"] for row in await fetch(f"{tables} ORDER BY patient", facility)]


async def _apply(facility: UUID, patient: UUID, kind: str, table: str, policies: Policies) -> None:
    extra = {"result": ", observation_keys", "observation": ", reported"}.get(table, "")
    rows = await fetch(
        "SELECT id, status, restriction, coded,"
        f" least(updated, uuid_extract_timestamp(received_event)) AS said_at{extra}"
        f" FROM {table} WHERE {_UNSEEN} AND patient = $2 AND NOT kept_back",
        facility, patient,
    )  # fmt: skip
    due = [
        _Due(row, _due_at(kind, row, policies))
        for row in rows
        if table != "observation" or not row["reported"]
    ]
    await _set_due(table, due)
    if table == "result":
        for each in due:
            await execute(
                "UPDATE observation SET release_at = $4 WHERE facility = $1 AND patient = $2"
                " AND key = ANY($3) AND visible_from IS NULL",
                facility, patient, each.row["observation_keys"], each.at,
            )  # fmt: skip


def _due_at(kind: str, row: Row, policies: Policies) -> datetime | None:
    policy = policy_of(policies, TABLES[kind], categories_in(row["coded"]), row["restriction"])
    at = now()
    standing: Standing = stands(
        policy, complete=is_finished(kind, row["status"]), said_at=row["said_at"], now=at
    )
    return at if standing.visible else standing.release_at


async def _set_due(table: str, due: Iterable[_Due]) -> None:
    rows = [(each.row["id"], each.at) for each in due]
    if rows:
        await execute(
            f"UPDATE {table} t SET release_at = d.at"
            " FROM unnest($1::uuid[], $2::timestamptz[]) AS d (id, at) WHERE t.id = d.id",
            [row for row, _ in rows], [at for _, at in rows],
        )  # fmt: skip
