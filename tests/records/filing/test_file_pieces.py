"""A large file is kept and read in sealed pieces: none can be exchanged, left out or read late."""

import gc
import tracemalloc
from base64 import b64encode
from typing import Any

import pytest
from httpx import AsyncClient

from backend.core.crypto.sealing import UnreadableSeal
from backend.core.database import fetch_one
from backend.core.odd_rows.unreadable import stop_noting
from backend.records.filing.files import PIECE_BYTES, File, FileGone, all_pieces, as_read_by
from backend.sandbox.demo.story_bundles import LAN
from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.auth.steps import Tokens, sign_in
from tests.harness.intake.documents import content, letter, listed
from tests.harness.intake.files import SECRET, a_large_pdf, attached
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.other_kinds import sent


@pytest.fixture
async def hospital(client: AsyncClient, database: Database) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN)
    return made


@pytest.fixture
async def lan(client: AsyncClient, database: Database, hospital: Hospital) -> Tokens:
    return await sign_in(client, database, LAN.citizen_id)


async def the_document(client: AsyncClient, hospital: Hospital, lan: Tokens, body: bytes) -> Any:
    answer = await hospital.posts(sent(letter(attached(body))))
    assert answer.status_code == 200, answer.text
    return (await listed(client, lan))[0]["id"]


async def session_and_patient(database: Database) -> tuple[Any, Any]:
    row = await database.owner.fetchrow(
        "SELECT session AS id, chart AS patient FROM session_chart ORDER BY id DESC LIMIT 1"
    )
    assert row
    return row["id"], row["patient"]


async def pieces_of(database: Database, document: Any) -> list[bytes]:
    """Read as the app does, by its session."""
    session, patient = await session_and_patient(database)
    row = await database.owner.fetchrow(
        "SELECT file, record, place, size, tag FROM document_content WHERE piece = 0"
    )
    assert row
    file = File(
        id=row["file"], chart=patient, record=row["record"], place=0, media_type="application/pdf",
        size=row["size"], tag=row["tag"], first=b"", is_whole=False,
    )  # fmt: skip
    return [piece async for piece in all_pieces(file, as_read_by(session))]


@pytest.mark.parametrize("pieces", [0.5, 1.0, 1.5, 2.0, 3.25])
async def test_a_file_is_read_back_whole_however_many_pieces_it_is(
    client: AsyncClient, database: Database, hospital: Hospital, lan: Tokens, pieces: float
) -> None:
    body = a_large_pdf(pieces)
    document = await the_document(client, hospital, lan, body)

    got = await content(client, lan, document)
    again = await content(client, lan, document, known=got.headers["etag"])

    assert (got.status_code, got.content == body) == (200, True)
    assert got.headers["content-length"] == str(len(body))
    assert (again.status_code, again.content) == (304, b"")
    kept = await database.owner.fetch(
        "SELECT piece, is_last, body FROM document_content ORDER BY piece"
    )
    assert [row["is_last"] for row in kept] == [False] * (len(kept) - 1) + [True]
    assert not any(SECRET in row["body"] for row in kept)


async def test_two_patients_with_the_same_paper_cannot_be_told_by_its_tag(
    client: AsyncClient, database: Database, hospital: Hospital
) -> None:
    for name in ("a", "b"):
        await hospital.posts(sent(letter(attached(b"CCCD: 079185000011", "text/plain"), id=name)))

    tags = await database.owner.fetch("SELECT tag FROM document_content")

    assert len({row["tag"] for row in tags}) == 2


@pytest.mark.parametrize("change", [
    ("UPDATE document_content c SET body = o.body FROM document_content o"
    " WHERE c.piece = 1 AND o.piece = 2"),
    "UPDATE document_content SET is_last = true WHERE piece = 1",
    ("UPDATE document_content SET body = set_byte(body, 100, 255 - get_byte(body, 100))"
    " WHERE piece = 1"),
    ("DELETE FROM document_content WHERE piece = 1; UPDATE document_content SET piece = 1"
    " WHERE piece = 2"),
])  # fmt: skip
async def test_a_piece_that_is_not_in_its_place_is_not_read(
    client: AsyncClient, database: Database, hospital: Hospital, lan: Tokens, change: str
) -> None:
    document = await the_document(client, hospital, lan, a_large_pdf(2.5))
    await database.owner.execute(change)

    with pytest.raises(UnreadableSeal):
        await pieces_of(database, document)

    await stop_noting()
    assert await alarms(database) == ["rows.unreadable"]


@pytest.mark.parametrize("change", [
    "UPDATE session SET ended_at = hub_clock()", "UPDATE document SET hidden = true",
    "UPDATE document_content SET file = gen_random_uuid() WHERE piece > 0",
    "DELETE FROM document_content WHERE piece > 0",
])  # fmt: skip
async def test_what_is_open_no_longer_ends_in_the_middle_of_a_file(
    client: AsyncClient, database: Database, hospital: Hospital, lan: Tokens, change: str
) -> None:
    document = await the_document(client, hospital, lan, a_large_pdf(1.5))
    await database.owner.execute(change)

    with pytest.raises(FileGone):
        await pieces_of(database, document)


async def test_a_piece_is_read_with_no_more_right_than_the_session_has(
    client: AsyncClient, database: Database, hospital: Hospital, lan: Tokens
) -> None:
    document = await the_document(client, hospital, lan, a_large_pdf(1.5))
    session, patient = await session_and_patient(database)
    row = await database.owner.fetchrow("SELECT file FROM document_content WHERE piece = 1")
    assert row
    asked = "SELECT piece FROM read_file_piece($1, $2, $3, 0, $4, 1)"

    mine = await fetch_one(asked, session, patient, document, row["file"])
    nobodys = await fetch_one(asked, document, patient, document, row["file"])
    another = await fetch_one(asked, session, document, document, row["file"])

    assert (mine is not None, nobodys, another) == (True, None, None)


async def test_a_reader_holds_a_piece_and_not_the_file(
    client: AsyncClient, database: Database, hospital: Hospital, lan: Tokens
) -> None:
    document = await the_document(client, hospital, lan, a_large_pdf(12))
    session, patient = await session_and_patient(database)
    row = await database.owner.fetchrow("SELECT * FROM document_content WHERE piece = 0")
    assert row
    file = File(
        id=row["file"], chart=patient, record=row["record"], place=0, media_type="",
        size=row["size"], tag=b"", first=b"", is_whole=False,
    )  # fmt: skip
    assert row["record"].hex == document.replace("-", "")
    row = None
    gc.collect()

    tracemalloc.start()
    try:
        read = 0
        async for piece in all_pieces(file, as_read_by(session)):
            read += len(piece)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert read == file.size - PIECE_BYTES
    assert most < 5 * PIECE_BYTES


def test_what_is_planted_is_larger_than_a_piece() -> None:
    assert len(b64encode(a_large_pdf(1.5))) > PIECE_BYTES
