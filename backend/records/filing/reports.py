"""Stores reports with their measurements, and decides when a notice is due."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from backend.core.database import Row
from backend.core.postgres.steps import together
from backend.notifications.kinds import Kind
from backend.notifications.planning.planning import Notice
from backend.records.filing import rendering
from backend.records.filing.blanks import name_in
from backend.records.filing.contents import ReportContent
from backend.records.filing.files import store_files, with_binaries
from backend.records.filing.filing import (
    FiledRecord,
    Filing,
    as_of,
    current,
    event_time,
    file,
    is_hidden,
    is_stale,
    refuse_too_large,
    row_for,
    unchanged,
)
from backend.records.filing.observations import Remeasured
from backend.records.filing.report_parts import shown_parts, shows_or_awaits
from backend.records.kinds import TABLES
from backend.records.row_writes import RowToStore, update_rows
from backend.records.rules import (
    COMPLETE,
    TAKEN_BACK,
    is_correction,
    told_of_report,
)
from backend.records.visibility.release_decision import decide
from backend.records.visibility.restriction_config import rules, strictest

_KIND = "DiagnosticReport"


async def store_report(
    filing: Filing, content: ReportContent, fresh: Sequence[Remeasured]
) -> tuple[FiledRecord, Notice | None]:
    """Store one report; `fresh` are the measurements stored before it in the same act."""
    before = await current(_KIND, filing, content)
    if before is not None and is_stale(content, before):
        return await unchanged(_KIND, filing, content, before), None
    row = row_for(before, content)
    filled_in = filing.fill_in(content, TABLES[_KIND], row, is_new=before is None)
    provenance = rendering.Provenance(
        id=row,
        facility=filing.facility_name,
        as_of=as_of(filing, content),
        corrected_at=before and rendering.corrected_at(before["header"]),
    )
    parts = list(dict.fromkeys(map(name_in, content.observations)))
    shown = await shown_parts(filing, parts, content.path)
    files = await with_binaries(content.files, filled_in)
    said = rendering.result_header(replace(content, files=files), provenance, len(shown.missing))
    header = rendering.filled(said, filled_in.fields)
    differs = (
        before is None
        or before["hidden"]
        or rendering.differs_clinically(before["body"], rendering.result(header, shown.texts))
    )
    if is_correction(before and before["status"], content.status, differs=differs):
        header = rendering.as_of_later(header, provenance.as_of, corrected=True)
    restriction = strictest(content.restriction, filled_in.restriction, *shown.classes)
    own = {
        "id": row,
        "parts": parts,
        "missing": shown.missing,
        "observation_keys": shown.keys,
        "orders": list(content.orders),
        "restriction": restriction,
        "hidden": content.status in TAKEN_BACK or is_hidden(content),
        "header": header,
        "body": rendering.result(header, shown.texts),
    }
    classes = [content.restriction, filled_in.restriction, *shown.classes]
    filed = await file(_KIND, filing, content, before, own, classes)
    filing.reports.add(row)
    filing.measurements.update(shown.keys, before["observation_keys"] if before else ())
    await store_files(filing, row, files, is_new=before is None)
    read_before = before["status"] if before and before["visible_from"] else None
    told = told_of_report(read_before, content.status, differs=differs)
    moment = event_time(content, before) or _latest(fresh)
    notice = _notice(filing, filed.id, told, moment, restriction)
    if notice is not None and told == "ready" and before is not None and before["kept_back"]:
        notice = replace(notice, subject_version=_released_as(filing))
    return filed, notice


async def rebuild(
    filing: Filing, changed: Sequence[Remeasured], reports: Sequence[Row]
) -> list[Notice]:
    """Write the reports again whose measurements were stored in this act, or came in it.

    Args:
        filing: the act.
        changed: what was measured.
        reports: those that name it, as they were before the act.
    """
    names = {name for change in changed for name in change.names if name}
    stored = filing.reports
    rows = [row for row in reports if row["id"] not in stored and shows_or_awaits(row, names)]
    notices = await together(*(_rewritten(filing, row, changed) for row in rows))
    return [notice for notice in notices if notice is not None]


async def _rewritten(filing: Filing, row: Row, changed: Sequence[Remeasured]) -> Notice | None:
    shown = await shown_parts(filing, row["parts"] or row["observation_keys"], changed[0].path)
    body = rendering.result(row["header"], shown.texts)
    if body == row["body"] and shown.missing == row["missing"]:
        return None
    refuse_too_large(_KIND, changed[0].path, body)
    filing.measurements.update(shown.keys)
    filing.orders.update(row["orders"])
    status, restriction = row["status"], strictest(row["restriction"], *shown.classes)
    seen = row["visible_from"] is not None
    come = {shown.rows[key] for key in shown.rows.keys() - set(row["observation_keys"])}
    differs = rendering.differs_clinically(row["body"], body, come)
    header = rendering.as_of_later(
        row["header"],
        shown.as_of or filing.accepted_at,
        corrected=is_correction(status, status, differs=differs),
        missing=len(shown.missing),
    )
    standing = decide(
        filing.policies,
        TABLES[_KIND],
        row,
        [restriction, *shown.classes],
        filing.accepted_at,
        seen=seen,
        kept_back=row["kept_back"],
    )
    columns = {
        "id": row["id"],
        "header": header,
        "body": rendering.result(header, shown.texts),
        "change_n": filing.change_n,
        "received_event": filing.received_event,
        "restriction": restriction,
        "release_at": standing.release_at,
        "observation_keys": shown.keys,
        "missing": shown.missing,
    }
    await update_rows(RowToStore(TABLES[_KIND], columns, standing.visible))
    told = told_of_report(status if seen else None, status, differs=differs)
    if told is None and status in COMPLETE and row["missing"] and not shown.missing:
        told = "corrected"  # who was told before it was whole hears that it is more now
    return _notice(filing, row["id"], told, _latest(changed), restriction)


def _latest(changed: Sequence[Remeasured]) -> datetime | None:
    """Give the newest moment; None, which is now, when one of them has none."""
    moments = [change.moment for change in changed if change.moment is not None]
    return max(moments) if moments and len(moments) == len(changed) else None


def seen_again(filing: Filing, row: Row) -> Notice | None:
    """Give the notice for a report that was kept back and is now released."""
    if row["hidden"] or row["status"] not in COMPLETE:
        return None
    notice = _notice(filing, row["id"], "ready", None, row["restriction"])
    return notice and replace(notice, subject_version=_released_as(filing))


def _released_as(filing: Filing) -> str:
    """Name the state of a report that was kept back: it may have been told before that."""
    return f"released:{filing.change_n}"


def _notice(
    filing: Filing, row: UUID, told: str | None, moment: datetime | None, restriction: str
) -> Notice | None:
    """Of a restricted one it is told that the record has news, or nothing: as its class says."""
    known = rules().named(restriction)
    if told is None or (known and not known.told):
        return None
    ready = told == "ready"
    kind = Kind.RESULT_READY if ready else Kind.RESULT_CORRECTED
    return Notice(
        patient=filing.patient,
        facility=filing.facility,
        kind=Kind.RECORD_UPDATED if known else kind,
        subject=row,
        happened_at=min(moment or filing.accepted_at, filing.accepted_at),
        accepted_at=filing.accepted_at,
        received_event=filing.received_event,
        sender_id=filing.sender_id,
        subject_version="final" if ready else f"corrected:{filing.change_n}",
    )
