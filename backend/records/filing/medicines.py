"""Stores medicines, each with a dose plan if its timing has one meaning."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.core.database import Row, execute, fetch
from backend.core.postgres.steps import step
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
    filing.prescribed.append((content, row, before))
    return filed


async def link_prescribed(filing: Filing) -> None:
    """Mark what the prescriptions of this act replace, when all of them are stored."""
    for content, row, before in filing.prescribed:
        await replaced_prescriptions.link_replacements(filing, row, content, before)


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
        await _end((said["id"], changed))
    if content.plan is None:
        return
    refuse_too_large(_KIND, content.path, plan_json(content.plan))
    since = (content.starts_at if content.replaces else None) if new else changed
    first = begins(content.plan)
    first_day = first.astimezone(ZoneInfo(content.plan[0].zone)).date()
    await _begin((
        medicine, filing.facility, filing.patient, plan_json(content.plan), first_day,
        last_day_of(content.plan), since,
    ))  # fmt: skip


@step()
async def _begin(rules: Sequence[tuple[object, ...]]) -> Sequence[None]:
    await execute(
        "INSERT INTO dose_rule (id, medicine, facility, patient, plan, first_day, last_day, since)"
        " SELECT uuidv7(), * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[],"
        " $5::date[], $6::date[], $7::timestamptz[])",
        *(list(column) for column in zip(*rules, strict=True)),
    )
    return [None] * len(rules)


@step()
async def _said_now(medicines: Sequence[UUID]) -> Sequence[Row | None]:
    rows = await fetch(
        "SELECT id, medicine, plan FROM dose_rule WHERE medicine = ANY($1) AND until IS NULL",
        medicines,
    )
    said = {row["medicine"]: row for row in rows}
    return [said.get(medicine) for medicine in medicines]


@step()
async def _end(rules: Sequence[tuple[UUID, datetime]]) -> Sequence[None]:
    await execute(
        "UPDATE dose_rule r SET until = greatest(e.at, r.since)"
        " FROM unnest($1::uuid[], $2::timestamptz[]) AS e (id, at) WHERE r.id = e.id",
        *(list(column) for column in zip(*rules, strict=True)),
    )
    return [None] * len(rules)


def _changed_at(filing: Filing, content: MedicineContent) -> datetime:
    """Say since when it is otherwise: when the sender changed it, which is never yet to come."""
    return min(content.updated or filing.accepted_at, filing.accepted_at)
