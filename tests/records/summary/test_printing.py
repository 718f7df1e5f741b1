"""A summary is printed, written down, and found genuine by whoever holds the paper."""

import asyncio
import re
from datetime import timedelta
from hashlib import sha256

import pytest
from httpx import AsyncClient, Response

from backend.auth.credentials import typed_codes
from backend.auth.rules import PRINT_LIFETIME, PRINTS_PER_PERSON
from backend.core.clock import now
from backend.core.errors import Unavailable
from backend.records.summary import verify_page
from backend.records.summary.pdf import AT_ONCE, MOST_WAITING, Press
from backend.records.summary.verify_page import HEADERS, PAGE
from tests.conftest import Database, Travel
from tests.harness.records.papers import a_page
from tests.harness.records.summary_record import Lan, a_whole_record

CHECKS = "/v1/printed-summaries/checks"


async def looks_up(client: AsyncClient, code: str) -> Response:
    return await client.post(CHECKS, json={"code": code})


async def a_paper(lan: Lan) -> tuple[str, bytes]:
    """Print, with a code that the test knows: the one that is kept is only a hash."""
    answer = await lan.prints()
    assert answer.status_code == 201, answer.text
    code = typed_codes.new_code()
    await lan.database.owner.execute(
        "UPDATE printed_summary SET code_hash = $1",
        sha256(f"print:{code.handle}{code.secret}".encode()).digest(),
    )
    return code.grouped, answer.content


async def test_a_print_is_a_pdf_that_is_written_down(lan: Lan, database: Database) -> None:
    await lan.hospital.posts(a_whole_record())

    answer = await lan.prints()

    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["cache-control"] == "no-store"
    row = await database.owner.fetchrow("SELECT * FROM printed_summary")
    assert row["sha256"] == sha256(answer.content).digest()
    assert row["printed_by"] == await database.owner.fetchval("SELECT id FROM session")
    assert row["facilities"] == [lan.hospital.facility]
    assert row["expires_at"] - row["printed_at"] == PRINT_LIFETIME
    acts = await database.owner.fetch(
        "SELECT action, subject FROM audit_event WHERE action LIKE 'summary%' ORDER BY id"
    )
    assert [(each["action"], each["subject"]) for each in acts] == [
        ("summary", None),
        ("summary.printed", row["id"]),
    ]


async def test_a_paper_is_found_genuine_by_its_code_and_nothing_of_the_patient_is_told(
    lan: Lan, client: AsyncClient
) -> None:
    code, pdf = await a_paper(lan)

    answer = await looks_up(client, code.lower().replace("-", " "))

    assert answer.status_code == 200
    assert set(answer.json()) == {"printedAt", "validUntil", "sha256"}
    assert answer.json()["sha256"] == sha256(pdf).hexdigest()


@pytest.mark.parametrize("code", ["ABCD-EFGH-JKMN-PQRS-TUWX", "no code", "", "'; --"])
async def test_an_unknown_code_is_answered_like_one_that_is_over(
    lan: Lan, client: AsyncClient, time_moves: Travel, code: str
) -> None:
    known, _ = await a_paper(lan)
    unknown = await looks_up(client, code)
    async with time_moves(PRINT_LIFETIME + timedelta(seconds=5)):
        over = await looks_up(client, known)

    assert unknown.status_code == over.status_code == 404
    assert unknown.json() == over.json()


async def test_nobody_tries_codes_one_after_the_other(client: AsyncClient) -> None:
    answers = [await looks_up(client, f"code {n}") for n in range(21)]

    assert [each.status_code for each in answers] == [404] * 20 + [429]


async def test_nobody_prints_all_day(lan: Lan) -> None:
    hourly = PRINTS_PER_PERSON[0].times
    answers = [await lan.prints() for _ in range(hourly + 1)]

    assert [each.status_code for each in answers] == [201] * hourly + [429]


async def test_the_endpoint_that_checks_a_code_cannot_read_whose_it_is(
    lan: Lan, database: Database
) -> None:
    await lan.prints()

    rights = await database.owner.fetch(
        "SELECT column_name AS name, privilege_type AS right"
        " FROM information_schema.column_privileges"
        " WHERE table_name = 'printed_summary' AND grantee LIKE 'hub\\_%'"
        " AND grantee <> 'hub_owner' AND privilege_type <> 'INSERT'"
    )
    assert {(each["name"], each["right"]) for each in rights} == {
        (name, "SELECT") for name in ("code_hash", "sha256", "printed_at", "expires_at")
    }


async def test_the_page_of_the_qr_runs_only_what_it_says(client: AsyncClient) -> None:
    answer = await client.get("/printed")

    assert answer.text == PAGE
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    (script,) = re.findall(r"<script>(.*?)</script>", PAGE, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", PAGE, re.DOTALL)
    for each in (script, style):
        assert f"'sha256-{verify_page.digest(each)}'" in HEADERS["Content-Security-Policy"]


async def test_too_many_prints_at_once_are_sent_away_and_the_rest_is_done() -> None:
    press, at = Press(), now()
    prints = [
        asyncio.create_task(press.set(a_page(), "link", at)) for _ in range(AT_ONCE + MOST_WAITING)
    ]
    await asyncio.sleep(0)  # lets each of them take its place

    with pytest.raises(Unavailable):
        await press.set(a_page(), "link", at)

    assert len({await each for each in prints}) == 1
