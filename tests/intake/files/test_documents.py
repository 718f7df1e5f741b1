"""Documents and their files are kept as they came, and given to whom they belong, to be saved."""

from collections.abc import Sequence
from typing import Any

import pytest
from httpx import AsyncClient

from backend.intake.files.file_types import LARGEST_FILE
from backend.sandbox.demo.story_bundles import LAN, TU
from tests.conftest import Database
from tests.harness.auth.steps import Tokens, sign_in
from tests.harness.checksums import checksums
from tests.harness.intake.documents import Resource, content, letter, listed
from tests.harness.intake.files import (
    JPEG,
    PLAIN_PDF,
    PNG,
    TEXT,
    a_pdf,
    an_object,
    attached,
    sha1_of,
    sha256_of,
)
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.other_kinds import PRACTITIONER, sent
from tests.harness.intake.reports import measurement, report


async def test_a_document_is_read_back_byte_by_byte(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    files = ((PLAIN_PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg"),
             (TEXT, "text/plain"))  # fmt: skip
    said = letter(*(attached(body, kind, title=f"../../{kind}") for body, kind in files))

    answer = await hospital.posts(sent(PRACTITIONER, said))
    assert answer.status_code == 200, answer.text

    (document,) = await listed(client, lan)
    one = await client.get(f"/v1/patients/me/documents/{document['id']}", headers=lan.bearer)
    assert one.json() == document
    assert (document["title"], document["kind"], document["written"], document["people"]) == (
        "../../application/pdf", "Giấy ra viện", "final", ["BS. Lê Minh"],
    )  # fmt: skip
    for n, (body, kind) in enumerate(files):
        got = await content(client, lan, document["id"], n)
        assert (got.status_code, got.content) == (200, body)
        assert got.headers["content-type"].partition(";")[0] == kind
        assert document["files"][n] == {
            "title": f"../../{kind}", "mediaType": kind, "size": len(body), "shown": True,
            "whyNot": None,
        }  # fmt: skip
    assert (await content(client, lan, document["id"], 4)).status_code == 404


async def test_a_file_comes_under_a_name_of_ours_to_be_saved_and_not_run(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await hospital.posts(sent(letter(attached(PLAIN_PDF, title='x.html"; filename="a.exe'))))
    (document,) = await listed(client, lan)

    got = await content(client, lan, document["id"])
    again = await content(client, lan, document["id"], known=got.headers["etag"])

    headers = {
        name: got.headers[name]
        for name in ("content-disposition", "x-content-type-options", "content-security-policy",
                     "cache-control")
    }  # fmt: skip
    assert headers == {
        "content-disposition": 'attachment; filename="document.pdf"',
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, no-cache",
    }
    assert (again.status_code, again.content) == (304, b"")


async def test_nobody_else_gets_it(
    database: Database, client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await hospital.posts(sent(letter(attached(PLAIN_PDF))))
    (document,) = await listed(client, lan)
    tu = await sign_in(client, database, TU.citizen_id)
    ids = [row["id"] for row in await database.owner.fetch("SELECT id FROM patient ORDER BY id")]

    assert await listed(client, tu) == []
    refused = [await content(client, tu, document["id"])]
    for scope in ("summary",):
        await database.owner.execute(
            "INSERT INTO caregiver_grant (patient, caregiver, scope) VALUES ($1, $2, $3)",
            *ids, scope,
        )  # fmt: skip
        path = f"/v1/patients/{ids[0]}/documents/{document['id']}/content"
        refused.append(await client.get(path, headers=tu.bearer))

    assert {(each.status_code, each.text) for each in refused} == {(404, refused[0].text)}


async def test_the_database_itself_gives_a_file_only_with_its_record(
    database: Database, client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await hospital.posts(sent(letter(attached(PLAIN_PDF))))
    (document,) = await listed(client, lan)

    await database.owner.execute("UPDATE document SET hidden = true")

    assert (await content(client, lan, document["id"])).status_code == 404
    assert await database.owner.fetchval("SELECT count(*) FROM document_content") == 1


SCRIPTED = a_pdf(an_object(b"<< /OpenAction << /S /JavaScript /JS (x) >> >>"))
NOT_SHOWN = {
    "active": attached(SCRIPTED),
    "other_type": attached(PNG),
    "unknown_type": attached(b"MZ\x90\0", "application/x-msdownload"),
    "two_kinds": attached(PNG + b"PK\x05\x06", "image/png"),
    "elsewhere": {"contentType": "application/pdf", "url": "http://169.254.169.254/latest"},
}


@pytest.mark.parametrize("why", NOT_SHOWN)
async def test_what_is_not_shown_is_said_to_the_sender_and_to_the_patient(
    database: Database, client: AsyncClient, hospital: Hospital, lan: Tokens, why: str
) -> None:
    answer = await hospital.posts(sent(letter(NOT_SHOWN[why])))
    strict = await hospital.posts(sent(letter(NOT_SHOWN[why], id="l2")), Prefer="handling=strict")

    (issue,) = answer.json()["entry"][0]["response"]["outcome"]["issue"]
    assert issue["diagnostics"].startswith("a file is kept and not shown: ")
    assert strict.status_code == 422
    (document,) = await listed(client, lan)
    assert [(each["shown"], each["whyNot"]) for each in document["files"]] == [(False, why)]
    assert (await content(client, lan, document["id"])).status_code == 404
    assert await database.owner.fetchval("SELECT count(*) FROM document_content") == 0


@pytest.mark.parametrize(
    ("said", "place"),
    [({"hash": sha1_of(TEXT)}, "hash"), ({"hash": sha256_of(TEXT)}, "hash"),
     ({"hash": "AAAA"}, "hash"), ({"size": len(PLAIN_PDF) + 1}, "size")],
)  # fmt: skip
async def test_what_arrived_otherwise_than_it_was_sent_is_refused(
    database: Database, hospital: Hospital, said: Resource, place: str
) -> None:
    before = await checksums(database)

    answer = await hospital.posts(sent(letter(attached(PLAIN_PDF, **said))))

    path = f"Bundle.entry[0].resource.content[0].attachment.{place}"
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == [path]
    assert await checksums(database) == before


@pytest.mark.parametrize("hash_of", [sha1_of, sha256_of])
async def test_the_right_hash_and_size_are_believed(hospital: Hospital, hash_of: Any) -> None:
    said = attached(PLAIN_PDF, hash=hash_of(PLAIN_PDF), size=len(PLAIN_PDF))

    answer = await hospital.posts(sent(letter(said)))

    assert answer.status_code == 200, answer.text
    assert "outcome" not in answer.json()["entry"][0]["response"]


async def test_twenty_megabytes_are_taken_and_one_byte_more_is_not(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    largest = PLAIN_PDF.replace(
        b"\ntrailer", b"\n" + b"0" * (LARGEST_FILE - len(PLAIN_PDF) - 1) + b"\ntrailer"
    )  # one expression
    assert len(largest) == LARGEST_FILE

    taken = await hospital.posts(sent(letter(attached(largest))))
    refused = await hospital.posts(sent(letter(attached(largest + b"\n"), id="l2")))

    assert (taken.status_code, refused.status_code) == (200, 422)
    assert refused.json()["issue"][0]["diagnostics"] == "is larger than 20 MB"
    (document,) = await listed(client, lan)
    assert (await content(client, lan, document["id"])).content == largest


async def test_the_same_again_changes_nothing_and_a_new_file_takes_the_old_ones_place(
    database: Database, client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await hospital.posts(sent(letter(attached(PLAIN_PDF), attached(TEXT, "text/plain"))))
    before = await checksums(database)

    await hospital.posts(sent(letter(attached(PLAIN_PDF), attached(TEXT, "text/plain"))))
    assert await checksums(database) == before
    await hospital.posts(sent(letter(attached(PNG, "image/png"))))

    (document,) = await listed(client, lan)
    assert (await content(client, lan, document["id"])).content == PNG
    assert (await content(client, lan, document["id"], 1)).status_code == 404
    assert await database.owner.fetchval("SELECT count(*) FROM notification") == 0


@pytest.mark.parametrize(
    "wrong", [{"status": "entered-in-error"}, {"docStatus": "entered-in-error"}]
)
async def test_what_was_entered_in_error_is_gone_with_its_files(
    client: AsyncClient, hospital: Hospital, lan: Tokens, wrong: Resource
) -> None:
    await hospital.posts(sent(letter(attached(PLAIN_PDF))))
    (document,) = await listed(client, lan)

    await hospital.posts(sent(letter(attached(PLAIN_PDF), **wrong)))

    assert await listed(client, lan) == []
    assert (await content(client, lan, document["id"])).status_code == 404


async def test_a_report_is_read_as_it_was_printed(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    printed = [attached(PLAIN_PDF, title="Phiếu kết quả"), NOT_SHOWN["elsewhere"]]
    await hospital.posts(sent(measurement(valueInteger=1), report(presentedForm=printed)))

    (result,) = await listed(client, lan, "results")

    assert [(each["title"], each["shown"]) for each in result["files"]] == [
        ("Phiếu kết quả", True), (None, False),
    ]  # fmt: skip
    assert (await content(client, lan, result["id"], kind="results")).content == PLAIN_PDF
    assert (await content(client, lan, result["id"])).content == PLAIN_PDF
    assert (await content(client, lan, result["id"], 1, "results")).status_code == 404


async def test_other_hospitals_files_stay_theirs(
    database: Database, client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await hospital.posts(sent(letter(attached(PLAIN_PDF))))
    other = await a_hospital(database, client, "BV KHAC")
    await other.registers(LAN)

    await other.posts(sent(letter(attached(PNG, "image/png"))))

    bodies: Sequence[bytes] = [
        (await content(client, lan, each["id"])).content for each in await listed(client, lan)
    ]
    assert bodies == [PLAIN_PDF]
    assert await database.owner.fetchval("SELECT count(*) FROM document") == 2  # each its own
