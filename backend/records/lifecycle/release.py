"""Shows records when their hour has come or a clinician says so, and plans what is told of them."""

from typing import Final
from uuid import UUID

from backend.core.audit import Act, write_down
from backend.core.change_signals import publish
from backend.core.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from backend.core.errors import HubError, Issue
from backend.core.log import log
from backend.core.odd_rows.row_isolation import PutAside
from backend.notifications.planning.deferred import due_on_release, retract
from backend.notifications.planning.planning import Notice, plan
from backend.records.filing.contents import RecordReference
from backend.records.filing.filing import FiledRecord, Filing, RowChange
from backend.records.filing.references import UnknownRecord, searched
from backend.records.filing.reports import seen_again
from backend.records.kinds import TABLES
from backend.records.lifecycle.report_measurements import IN_A_REPORT
from backend.records.visibility.release_decision import policy_for, restrictions_of
from backend.records.visibility.release_rules import NEVER_WAIT, WITH_ITS_REPORT, ReleaseMode

RELEASED: Final = "record.released"
KEPT_BACK: Final = "record.kept_back"
_PATIENTS_IN_A_TURN: Final = 50
"""The worker calls `release_due` again a second later: the others come then."""
_ASIDE: Final = PutAside("release_due")


class NeverShown(HubError):
    """Your hospital never shows records of this class. Change its release policy first."""

    code = "never_shown"
    status = 422


class AlwaysShown(HubError):
    """Appointments, medicines and allergies are always shown: patients act by them."""

    code = "always_shown"
    status = 422


class WithItsReport(HubError):
    """A measurement is released and kept back together with its report."""

    code = "with_its_report"
    status = 422


async def release_due() -> None:
    """Show what is due, one patient a transaction; a patient who fails holds up no other."""
    shown = 0
    while shown < _PATIENTS_IN_A_TURN:
        released = await _release_next()
        if released is None:
            return
        shown += released


async def _release_next() -> bool | None:
    """Release what is due of one patient; False where that failed, None where there is nobody."""
    patient: UUID | None = None
    try:
        async with transaction():
            due = await next_due(_ASIDE.rows())
            if due is None:
                return None
            patient, change_n = due
            await plan(await publish_due(patient, change_n))
    except Exception as surprise:  # one patient's bug must not keep others' records
        if patient is None:
            raise
        log.error("release_failed", error=type(surprise).__name__)
        await _ASIDE.put(patient, surprise)
        return False
    return True


async def next_due(failed: list[UUID]) -> tuple[UUID, int] | None:
    """Lock the record of a patient with something due; give patient and number of the change.

    Passes over those who failed before, and those whose record is locked. None: no other.
    """
    row = await fetch_one("SELECT patient, change_n FROM hub_due_for_release($1)", failed)
    return row and (row["patient"], row["change_n"] + 1)


async def publish_due(patient: UUID, change_n: int) -> list[Notice]:
    """Show what is due of a patient whose lock is held; give what is to be told of it.

    It also publishes a change signal, so that open streams look at once.
    """
    shown = await fetch("SELECT id FROM hub_release_due($1, $2) AS id", patient, change_n)
    if not shown:  # another worker was here just before
        return []
    publish(patient)
    return await due_on_release([row["id"] for row in shown])


async def apply_decision(
    filing: Filing, record: RecordReference, *, keep_back: bool
) -> tuple[FiledRecord, list[Notice]]:
    """Release a record now, or keep it back until a clinician releases it.

    A record that stands so already is left as it is. Gives the record, and what is to be told.

    Raises:
        UnknownRecord: the facility has sent no such record of this patient.
        NeverShown, AlwaysShown, WithItsReport: this cannot be said of it.
    """
    row = await _row(filing, record)
    await _check(filing, record, row, keep_back=keep_back)
    stands_so = row["kept_back"] if keep_back else row["visible_from"] is not None
    if stands_so:
        return _filed(row, RowChange.UNCHANGED), []
    notices = await (_keep_back if keep_back else _release)(filing, TABLES[record.kind], row)
    await write_down(
        Act(actor_kind="facility", actor=filing.facility, patient=filing.patient,
            action=KEPT_BACK if keep_back else RELEASED, subject=row["id"])
    )  # fmt: skip
    return _filed(row, RowChange.CHANGED), notices


async def _row(filing: Filing, record: RecordReference) -> Row:
    table = TABLES[record.kind]
    row = await fetch_one(
        f"SELECT t.*, {restrictions_of(table)} AS restrictions FROM {table} t"
        " WHERE facility = $1 AND patient = $2"
        " AND names && $3 ORDER BY id DESC LIMIT 1",
        filing.facility, filing.patient, searched([record]),
    )  # fmt: skip
    if row is None:
        raise UnknownRecord(faults=[Issue(record.path, "refers to nothing you sent")])
    return row


async def _check(filing: Filing, record: RecordReference, row: Row, *, keep_back: bool) -> None:
    table = TABLES[record.kind]
    if keep_back and table in NEVER_WAIT:
        raise AlwaysShown(faults=[Issue(record.path, "cannot be kept back")])
    if table == WITH_ITS_REPORT and (keep_back or await _is_in_a_report(row["id"])):
        raise WithItsReport(faults=[Issue(record.path, "is a measurement")])
    policy = policy_for(filing.policies, table, row, row["restrictions"])
    if policy.mode is ReleaseMode.NEVER and not keep_back:
        raise NeverShown(faults=[Issue(record.path, "is of a class that is never shown")])


def _filed(row: Row, change: RowChange) -> FiledRecord:
    return FiledRecord(id=row["id"], change=change, change_n=row["change_n"])


async def _release(filing: Filing, table: str, row: Row) -> list[Notice]:
    """Make it due now, and show what is due: as the worker shows it when its hour has come."""
    await execute(
        f"UPDATE {table} SET kept_back = false, release_at = hub_clock() WHERE id = $1", row["id"]
    )
    return await publish_due(filing.patient, filing.change_n)


async def _keep_back(filing: Filing, table: str, row: Row) -> list[Notice]:
    """Show it no more, nor the measurements that no other visible report shows.

    Only a report was told of by itself: what has not left of that does not leave.
    """
    gone = "visible_from = NULL, release_at = NULL, change_n = $2"
    await execute(
        f"UPDATE {table} SET kept_back = true, {gone} WHERE id = $1", row["id"], filing.change_n
    )
    if table != "result":
        return []
    await execute(
        f"UPDATE observation o SET {gone} WHERE o.facility = $1 AND o.patient = $3"
        f" AND o.key = ANY ($4) AND NOT EXISTS (SELECT {IN_A_REPORT}"
        " AND r.visible_from IS NOT NULL)",
        filing.facility, filing.change_n, filing.patient, row["observation_keys"],
    )  # fmt: skip
    if row["visible_from"] is not None:
        await retract(filing.facility, row["id"], seen_again(filing, row))
    return []


async def _is_in_a_report(measurement: UUID) -> bool:
    return bool(
        await fetch_value(
            f"SELECT EXISTS (SELECT {IN_A_REPORT}) FROM observation o WHERE o.id = $1",
            measurement,
        )
    )
