"""Sets and shows a facility's release policies, and applies them to unreleased records."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final
from uuid import UUID

import msgspec

from backend.core.audit import Act, write_down
from backend.core.clock import now
from backend.core.database import execute, fetch, fetch_value, new_id, transaction
from backend.core.errors import HubError
from backend.records.kinds import CAN_WAIT
from backend.records.lifecycle.report_measurements import is_other, out_of_step, set_due
from backend.records.patient_lock import lock_patient
from backend.records.visibility.release_decision import decide, restrictions_of
from backend.records.visibility.release_rules import (
    AT_ONCE,
    WITH_ITS_REPORT,
    Policies,
    Policy,
    parse_policy,
)
from backend.records.visibility.restriction_config import rules

POLICIES: Final = (
    "(SELECT json_object_agg(p.record_class, p.release)::text"
    " FROM release_policy p WHERE p.facility = facility.id)"
)
"""Of a row of `facility`: its policies, for `read_policies`."""
_UNSEEN: Final = "facility = $1 AND visible_from IS NULL AND NOT hidden"
_CLASS: Final = re.compile(r"[a-z_]{1,30}(:[^\s:]{1,40})?")
"""A table, and perhaps a code of a category."""


class UnknownClass(HubError):
    """There is no class of this name whose records can wait. `docs/commands.md` lists all."""

    code = "unknown_class"
    status = 422


def read_policies(text: str | None) -> Policies:
    """Read what `POLICIES` gave; empty for a facility that shows everything at once."""
    said = msgspec.json.decode(text, type=dict[str, str]) if text else {}
    return {name: parse_policy(policy) for name, policy in said.items()}


async def policies_of(facility: UUID) -> Policies:
    return read_policies(
        await fetch_value(f"SELECT {POLICIES} FROM facility WHERE id = $1", facility)
    )


async def set_policy(facility: UUID, record_class: str, policy: Policy) -> None:
    """Set a policy for records that arrive from now on.

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
    """Remove the policy of a class.

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
    kind, _, restriction = record_class.partition(":")
    known = {restricted.name for restricted in rules().classes}
    if kind == "restricted" and restriction in known:
        return
    if kind not in CAN_WAIT or _CLASS.fullmatch(record_class) is None:
        raise UnknownClass


async def _write_down(facility: UUID, why: str) -> None:
    await write_down(Act(actor_kind="system", action="facility.release", subject=facility, why=why))


async def unseen(facility: UUID) -> Mapping[str, int]:
    """Count a facility's unreleased records by table."""
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        return {
            table: n
            for table in CAN_WAIT
            if (n := await fetch_value(f"SELECT count(*) FROM {table} WHERE {_UNSEEN}", facility))
        }


async def apply_to_unseen(facility: UUID) -> AsyncIterator[int]:
    """Apply the present policies to unreleased records; give the patients left after each one.

    It goes round until nothing changes any more: a merge may move records to a patient who is done.

    What a clinician keeps back stays so. What is due by today's policies is shown, and told, by the
    worker within seconds.
    """
    policies, changed = await policies_of(facility), True
    while changed:
        patients, changed = await _with_unseen(facility), False
        for left, patient in zip(reversed(range(len(patients))), patients, strict=True):
            async with transaction():
                await execute("SELECT open_intake($1)", facility)
                await lock_patient(patient)
                for table in CAN_WAIT:
                    changed |= await _apply(facility, patient, table, policies)
            yield left


async def _with_unseen(facility: UUID) -> list[UUID]:
    tables = " UNION ".join(f"SELECT patient FROM {table} WHERE {_UNSEEN}" for table in CAN_WAIT)
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        return [row["patient"] for row in await fetch(f"{tables} ORDER BY patient", facility)]


async def _apply(facility: UUID, patient: UUID, table: str, policies: Policies) -> bool:
    at = now()
    if table == WITH_ITS_REPORT:
        news = await out_of_step(facility, patient, policies, at)
    else:
        rows = await fetch(
            "SELECT t.id, t.status, t.coded, t.finished_at, t.release_at,"
            f" {restrictions_of(table)} AS restrictions FROM {table} t"
            f" WHERE {_UNSEEN} AND patient = $2 AND NOT kept_back",
            facility, patient,
        )  # fmt: skip
        found = [(row, decide(policies, table, row, row["restrictions"], at)) for row in rows]
        news = {row["id"]: decision for row, decision in found if is_other(decision, row, at)}
    due = [(row, at if decision.visible else decision.release_at) for row, decision in news.items()]
    if due:
        await set_due(table, due)
    return bool(due)
