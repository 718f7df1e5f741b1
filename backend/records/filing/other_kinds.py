"""Stores the simple kinds: visits, conditions, allergies, immunisations and others."""

from msgspec.structs import replace

from backend.records.coded import with_codes
from backend.records.filing import rendering
from backend.records.filing.contents import SimpleContent
from backend.records.filing.files import store_files, views_of, with_binaries
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
from backend.records.kinds import KINDS, TABLES
from backend.records.visibility.restriction_config import strictest

WITH_FILES = frozenset(kind.fhir for kind in KINDS if kind.has_files)


async def store_content(filing: Filing, content: SimpleContent) -> FiledRecord:
    """Store one record of a simple kind, without a notice."""
    before = await current(content.kind, filing, content)
    if before is not None and is_stale(content, before):
        return await unchanged(content.kind, filing, content, before)
    row = row_for(before, content)
    filled_in = filing.fill_in(content, TABLES[content.kind], row, is_new=before is None)
    files = await with_binaries(content.files, filled_in)
    view = replace(
        content.view,
        id=row,
        facility=filing.facility_name,
        as_of=as_of(filing, content),
        **({"files": views_of(files)} if content.kind in WITH_FILES else {}),
    )
    own = {
        "id": row,
        "restriction": strictest(content.restriction, filled_in.restriction),
        "coded": with_codes(content.coded, filled_in.codes),
        "hidden": content.status == "entered-in-error" or is_hidden(content),
        "body": rendering.filled(rendering.body_of(view), filled_in.fields),
        **content.columns,
    }
    filed = await file(content.kind, filing, content, before, own)
    if content.kind in WITH_FILES:
        await store_files(filing, row, files, is_new=before is None)
    return filed
