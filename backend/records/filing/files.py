"""Stores the files of documents and results, sealed piece by piece, and reads one of them.

A piece is sealed for its file, its number and whether it is the last one: none can be exchanged,
left out or put elsewhere. A reader holds one piece at a time, however large the file is.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha1, sha256
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.json import Decoder

from backend.core.crypto.name_hashes import hash_content
from backend.core.crypto.sealing import UnreadableSeal, place_of, seal_bytes, unseal_bytes
from backend.core.database import Row, execute, fetch, fetch_one, new_id
from backend.core.errors import NotFound
from backend.core.odd_rows.unreadable import note_unreadable
from backend.records.filing.blanks import CameFile, FilledIn
from backend.records.filing.contents import FileContent
from backend.records.filing.filing import Filing
from backend.records.views.record_views import FileView

PIECE_BYTES: Final = 1 << 20


class FileGone(Exception):
    """While it was being sent, the file was replaced, or is open to its reader no longer."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that may be read: what is known of it, and its first piece."""

    id: UUID
    chart: UUID
    record: UUID
    place: int
    media_type: str
    size: int
    """Bytes of all its pieces."""
    tag: bytes
    """Equal as long as the file is."""
    first: bytes
    is_whole: bool
    """There is no other piece."""


async def store_files(
    filing: Filing, record: UUID, files: Sequence[FileContent], *, is_new: bool
) -> None:
    """Replace the files of a record; one that is new has none."""
    if not is_new:
        await execute("DELETE FROM document_content WHERE record = $1", record)
    for place, file in enumerate(files):
        if not file.not_shown_because:
            await store_file(filing.facility, filing.patient, record, place, file)


async def store_file(
    facility: UUID, patient: UUID | None, record: UUID, place: int, file: FileContent
) -> None:
    """Store a file that may be shown.

    Args:
        facility: who sent it.
        patient: who may read it; nobody of a Binary, which records only take copies of.
        record: whose file it is: a document, a result or a Binary.
        place: its number there.
        file: with its bytes.
    """
    named = new_id()
    tag = hash_content(record.bytes + sha256(file.body).digest())
    for number, is_last, piece in _pieces(file.body):
        await execute(
            "INSERT INTO document_content (id, facility, patient, record, place, piece, is_last,"
            " file, media_type, size, tag, body)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            new_id(), facility, patient, record, place, number, is_last, named,
            file.media_type, len(file.body), tag,
            seal_bytes(piece, place_of_piece(named, number, is_last=is_last)),
        )  # fmt: skip


def _pieces(body: bytes) -> Iterator[tuple[int, bool, bytes]]:
    """Cut a file; an empty one is one empty piece."""
    starts = range(0, max(len(body), 1), PIECE_BYTES)
    for number, start in enumerate(starts):
        yield number, number == len(starts) - 1, body[start : start + PIECE_BYTES]


def place_of_piece(file: UUID, number: int, *, is_last: bool) -> str:
    """Name what a piece is sealed for."""
    return place_of("document_content", "body", f"{file}.{number}.{'last' if is_last else 'more'}")


async def file_of(charts: Sequence[UUID], record: UUID, place: int) -> File:
    """Read the beginning of a file of a record that is open to the caller.

    Raises:
        NotFound: there is no such record, or no file that is shown.
        UnreadableSeal: it is not as the hub sealed it.
    """
    row = await fetch_one(
        "SELECT file, patient, media_type, size, tag, piece, is_last, body FROM document_content"
        " WHERE patient = ANY ($1) AND record = $2 AND place = $3 AND piece = 0",
        charts, record, place,
    )  # fmt: skip
    if row is None:
        raise NotFound
    return File(
        id=row["file"],
        chart=row["patient"],
        record=record,
        place=place,
        media_type=row["media_type"],
        size=row["size"],
        tag=row["tag"],
        first=_opened(row),
        is_whole=row["is_last"],
    )


ReadPiece = Callable[[File, int], Awaitable[Row | None]]


def as_read_by(session: UUID) -> ReadPiece:
    """Give what reads one more piece, as far as its chart is still open to this session."""

    async def read(file: File, number: int) -> Row | None:
        return await fetch_one(
            "SELECT file, piece, is_last, body FROM read_file_piece($1, $2, $3, $4, $5, $6)",
            session, file.chart, file.record, file.place, file.id, number,
        )  # fmt: skip

    return read


async def all_pieces(file: File, read: ReadPiece) -> AsyncIterator[bytes]:
    """Give a file piece by piece; each is read when the one before it is on its way.

    Raises:
        FileGone: another file took its place, or the session, its reach or the grant ended.
        UnreadableSeal: a piece is not as the hub sealed it.
    """
    yield file.first
    number, is_last = 0, file.is_whole
    while not is_last:
        number += 1
        row = await read(file, number)
        if row is None:
            raise FileGone
        is_last = row["is_last"]
        yield _opened(row)


def _opened(row: Row) -> bytes:
    """Open a piece. The alarm names the table: behind the first piece nothing else tells of it."""
    place = place_of_piece(row["file"], row["piece"], is_last=row["is_last"])
    try:
        return unseal_bytes(row["body"], place)
    except UnreadableSeal:
        note_unreadable("document_content", "body")
        raise


async def store_binary(facility: UUID, binary: UUID, file: FileContent, *, is_new: bool) -> None:
    """Keep the file of a Binary. Nobody reads it there: records take copies of it."""
    if not is_new:
        await execute("DELETE FROM document_content WHERE record = $1", binary)
    if not file.not_shown_because:
        await store_file(facility, None, binary, 0, file)


class KeptBinary(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is known of the file in a Binary."""

    media_type: str
    size: int
    """Bytes that came."""
    why_not: str = ""
    is_masked: bool = False
    """It is not kept byte for byte, since no output may say all that came."""


_KEPT: Final = Decoder(KeptBinary)


async def with_binaries(
    files: Sequence[FileContent], filled_in: FilledIn
) -> tuple[FileContent, ...]:
    """Put the Binaries that have come in the place of files that were only named by them."""
    whole = [
        await _from_binary(file, filled_in.files[place]) if place in filled_in.files else file
        for place, file in enumerate(files)
    ]
    return tuple(_withheld(file) for file in whole) if filled_in.withheld else tuple(whole)


async def _from_binary(file: FileContent, come: CameFile) -> FileContent:
    kept = _KEPT.decode(come.binary.coded)
    if come.size not in {0, kept.size}:
        return replace(file, not_shown_because=ALTERED)
    body = b"" if kept.why_not else await _body_of(come.binary.id)
    if body and come.digest and not kept.is_masked and not is_digest_of(come.digest, body):
        return replace(file, not_shown_because=ALTERED)
    whole = FileContent(
        title=file.title,
        media_type=kept.media_type,
        size=len(body) or kept.size,
        body=body,
        not_shown_because=kept.why_not,
    )
    return _withheld(whole) if come.withheld else whole


async def _body_of(record: UUID) -> bytes:
    rows = await fetch(
        "SELECT file, piece, is_last, body FROM document_content"
        " WHERE record = $1 AND place = 0 ORDER BY piece",
        record,
    )
    return b"".join(_opened(row) for row in rows)


async def drop_withheld(record: UUID) -> None:
    """Keep no file of a record but text: it may not be pictured, as is known now."""
    await execute(
        "DELETE FROM document_content WHERE record = $1 AND media_type <> 'text/plain'", record
    )


def _withheld(file: FileContent) -> FileContent:
    if file.not_shown_because or file.media_type == "text/plain":
        return file
    return replace(file, body=b"", not_shown_because=WITHHELD)


def is_digest_of(digest: bytes, body: bytes) -> bool:
    """Tell whether a hash is that of these bytes: R4 says SHA-1; who knows better has SHA-256."""
    known = _BY_LENGTH.get(len(digest))
    return known is not None and known(body).digest() == digest


_BY_LENGTH: Final = {20: sha1, 32: sha256}
ALTERED, WITHHELD = "altered", "withheld"
"""Why a file is not shown, as `intake.files` says of one that comes with its record."""


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
