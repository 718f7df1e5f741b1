"""Stores medicines, each with a dose plan if its timing has one meaning."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.core.database import Row, execute, fetch_one
from backend.records.coded import with_codes
from backend.records.dosage.dosing import begins, last_day_of, plan_json, read_plan
from backend.records.filing import rendering, replaced_prescriptions
from backend.records.filing.contents import MedicineContent
from backend.records.filing.filing import (
    FiledRecord,
    Filing,
    RowChange,
    as_of,
    current,
    file,
    is_hidden,
    is_stale,
    refuse_too_large,
    row_for,
    unchanged,
)
from backend.records.kinds import TABLES
from backend.records.visibility.restriction_config import strictest

_KIND = "MedicationRequest"


async def store_medicine(filing: Filing, content: MedicineContent) -> FiledRecord:
    """Store one medicine, without a notice: the patient has just received it."""
    before = await current(_KIND, filing, content)
    if before is not None and is_stale(content, before):
        return await unchanged(_KIND, filing, content, before)
    row, named = row_for(before, content), content.replaces
    filled_in = filing.fill_in(content, TABLES[_KIND], row, is_new=before is None)
    provenance = rendering.Provenance(
        id=row, facility=filing.facility_name, as_of=as_of(filing, content)
    )
    by = await replaced_prescriptions.replaced(filing, row, content.called)
    own = {
        "id": row,
        "restriction": strictest(content.restriction, filled_in.restriction),
        "coded": with_codes(content.coded, filled_in.codes),
        "hidden": content.status == "entered-in-error" or is_hidden(content),
        "starts_at": content.starts_at,
        "force": content.force.value,
        "replaces_key": named.key if named else "",
        "replaces_local_id": named.local_id if named else "",
        "replaced_by": by.by,
        "replaced_from": by.since,
        "body": rendering.filled(
            rendering.medicine(
                content,
                provenance,
                replaced_by=by.named,
                replaced_from=by.since,
                scheduled=content.plan is not None
                and not replaced_prescriptions.is_over(by, filing.accepted_at),
            ),
            filled_in.fields,
        ),
    }
    filed = await file(_KIND, filing, content, before, own)
    await _keep_plan(filing, row, content, new=filed.change is RowChange.CREATED)
    await replaced_prescriptions.link_replacements(filing, row, content, before)
    return filed


async def _keep_plan(
    filing: Filing, medicine: UUID, content: MedicineContent, *, new: bool
) -> None:
    """Let a plan that is new hold from now on, and keep the one before for the days before.

    A note on a dose that was taken then stays with it, and no slot of today has two doses.
    """
    said = None if new else await _said_now(medicine)
    if said is not None and content.plan == read_plan(said["plan"]):
        return
    changed = _changed_at(filing, content)
    if said is not None:
        await execute(
            "UPDATE dose_rule SET until = greatest($2, since) WHERE id = $1", said["id"], changed
        )
    if content.plan is None:
        return
    refuse_too_large(_KIND, content.path, plan_json(content.plan))
    since = (content.starts_at if content.replaces else None) if new else changed
    first = begins(content.plan)
    await execute(
        "INSERT INTO dose_rule (id, medicine, facility, patient, plan, first_day, last_day, since)"
        " VALUES (uuidv7(), $1, $2, $3, $4, $5, $6, $7)",
        medicine, filing.facility, filing.patient, plan_json(content.plan),
        first.astimezone(ZoneInfo(content.plan[0].zone)).date(), last_day_of(content.plan), since,
    )  # fmt: skip


async def _said_now(medicine: UUID) -> Row | None:
    return await fetch_one(
        "SELECT id, plan FROM dose_rule WHERE medicine = $1 AND until IS NULL", medicine
    )


def _changed_at(filing: Filing, content: MedicineContent) -> datetime:
    """Say since when it is otherwise: when the sender changed it, which is never yet to come."""
    return min(content.updated or filing.accepted_at, filing.accepted_at)
