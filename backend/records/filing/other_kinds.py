"""Stores the simple kinds: visits, conditions, allergies, immunisations and others."""

from msgspec.structs import replace

from backend.records.filing import rendering
from backend.records.filing.contents import SimpleContent
from backend.records.filing.files import store_files, views_of
from backend.records.filing.filing import (
    FiledRecord,
    Filing,
    as_of,
    current,
    file,
    is_hidden,
    is_stale,
    row_for,
    unchanged,
)
from backend.records.filing.parties import resolve_names
from backend.records.kinds import KINDS

WITH_FILES = frozenset(kind.fhir for kind in KINDS if kind.has_files)


async def store_content(filing: Filing, content: SimpleContent) -> FiledRecord:
    """Store one record of a simple kind, without a notice."""
    before = await current(content.kind, filing, content)
    if before is not None and is_stale(content, before):
        return await unchanged(content.kind, content, before)
    row, names = row_for(before), await resolve_names(filing, content, type(content.view))
    filled = {"files": views_of(content.files)} if content.kind in WITH_FILES else {}
    view = replace(
        content.view,
        id=row,
        facility=filing.facility_name,
        as_of=as_of(filing, content),
        **names.fields,
        **filled,
    )
    own = {
        "id": row,
        "restriction": content.restriction or names.restriction,
        "hidden": content.status == "entered-in-error" or is_hidden(content),
        "body": rendering.body_of(view),
        **content.columns,
    }
    filed = await file(content.kind, filing, content, before, own)
    if content.kind in WITH_FILES:
        await store_files(filing, row, content.files)
    return filed
