"""Keeps what is to be taken, and the hours of it where its timing has one meaning."""

from uuid import UUID

from backend.database import execute
from backend.records import documents
from backend.records.contents import MedicineContent
from backend.records.filing import (
    Change,
    Filed,
    Filing,
    as_of,
    current,
    file,
    is_hidden,
    is_old_news,
    row_for,
    unchanged,
)
from backend.records.rules import DoseRule

_KIND = "MedicationRequest"


async def store(filing: Filing, content: MedicineContent) -> Filed:
    """Store one medicine. Nobody is told: the patient has just been given it."""
    before = await current(_KIND, filing, content)
    if before is not None and is_old_news(content, before):
        return await unchanged(_KIND, content, before)
    row = row_for(before)
    imprint = documents.Imprint(id=row, facility=filing.facility_name, as_of=as_of(filing, content))
    own = {
        "id": row,
        "hidden": content.status == "entered-in-error" or is_hidden(content),
        "document": documents.medicine(content, imprint),
    }
    filed = await file(_KIND, filing, content, before, own)
    if filed.change is Change.CHANGED:
        await execute("DELETE FROM dose_rule WHERE medicine = $1", row)
    if content.dose_rule is not None:
        await _store_rule(filing, row, content.dose_rule)
    return filed


async def _store_rule(filing: Filing, medicine: UUID, rule: DoseRule) -> None:
    await execute(
        "INSERT INTO dose_rule (id, medicine, facility, patient, times_a_day, every_days, amount,"
        " first_day, last_day) VALUES (uuidv7(), $1, $2, $3, $4, $5, $6, $7, $8)",
        medicine, filing.facility, filing.patient, rule.times_a_day, rule.every_days, rule.amount,
        rule.first_day, rule.last_day,
    )  # fmt: skip
