"""Stores the files of documents and results, and reads one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from backend.core.database import execute, fetch_one, new_id
from backend.core.errors import NotFound
from backend.records.filing.contents import FileContent
from backend.records.filing.filing import Filing
from backend.records.views.record_views import FileView


@dataclass(frozen=True, slots=True)
class File:
    """The bytes of a file, with its media type."""

    media_type: str
    body: bytes
    sha256: bytes


async def store_files(filing: Filing, record: UUID, files: Sequence[FileContent]) -> None:
    """Replace the files of a record."""
    await execute("DELETE FROM document_content WHERE record = $1", record)
    for place, file in enumerate(files):
        if not file.not_shown_because:
            await execute(
                "INSERT INTO document_content (id, facility, patient, record, place, media_type,"
                " sha256, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                new_id(), filing.facility, filing.patient, record, place, file.media_type,
                sha256(file.body).digest(), file.body,
            )  # fmt: skip


async def file_of(patient: UUID, record: UUID, place: int) -> File:
    """Read one file of a record that is open to the caller.

    Raises:
        NotFound: there is no such record, or no file that is shown.
    """
    row = await fetch_one(
        "SELECT media_type, body, sha256 FROM document_content"
        " WHERE patient = $1 AND record = $2 AND place = $3",
        patient, record, place,
    )  # fmt: skip
    if row is None:
        raise NotFound
    return File(row["media_type"], row["body"], row["sha256"])


def views_of(files: Sequence[FileContent]) -> list[FileView]:
    return [
        FileView(
            title=file.title,
            media_type=file.media_type,
            size=file.size,
            shown=not file.not_shown_because,
            why_not=file.not_shown_because or None,
        )
        for file in files
    ]
