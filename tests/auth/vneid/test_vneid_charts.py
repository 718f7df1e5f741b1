"""VNeID opens the charts with the same citizen id and the same whole birth date, and no other."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.vneid.rules import BirthMatch, match_of
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.charts import HER_PHONE, a_hospital_states, adds, lists, states_of
from tests.harness.auth.slips import a_slip
from tests.harness.auth.steps import TU, Tokens, code_arrives, tokens_of
from tests.harness.auth.vneid_steps import portal_account, sessions, sign_in_with_vneid
from tests.harness.peers.openid_provider import OpenIdProvider

SAME, FITS, NO = BirthMatch.SAME, BirthMatch.FITS, BirthMatch.CONTRADICTS


@pytest.mark.parametrize(
    ("stored", "verified", "match"),
    [
        ("1985-03-12", "1985-03-12", SAME), ("1985-01-01", "1985-01-01", SAME),
        ("1985-01-01", "1985-03-12", FITS), ("1985-03-12", "1985-01-01", FITS),
        ("1985", "1985-03-12", FITS), ("1985-03", "1985-03-12", FITS),
        ("1985-03-12", "1985-03", FITS), ("1985", "1985", FITS), (None, "1985-03-12", FITS),
        ("1985-03-12", None, FITS), ("1985-01", "1985-03-12", NO), ("1985-03-13", "1985-03-12", NO),
        ("1986", "1985-03-12", NO), ("1986-01-01", "1985-03-12", NO),
        ("1985-12-03", "1985-03-12", NO), ("1985-04", "1985-03", NO),
    ],
)  # fmt: skip
def test_birth_dates_open_find_or_contradict(
    stored: str | None, verified: str | None, match: BirthMatch
) -> None:
    assert match_of(stored, verified) is match


async def three_hospitals(database: Database) -> None:
    await a_hospital_states(database, "BV WHOLE")
    await a_hospital_states(database, "BV PADDED", birth_date="1985-01-01")
    await a_hospital_states(database, "BV OTHER", birth_date="1985-12-03")


async def signed_in(hub: AsyncClient) -> Tokens:
    return tokens_of(await sign_in_with_vneid(hub))


async def test_a_whole_date_opens_a_padded_one_is_found_a_contradicting_one_is_neither(
    hub: AsyncClient, database: Database
) -> None:
    await three_hospitals(database)

    tokens = await signed_in(hub)

    assert tokens.level == "vneid"
    assert await states_of(hub, tokens) == {"BV WHOLE": "open", "BV PADDED": "found"}
    assert await database.owner.fetchval("SELECT count(*) FROM desk_task") == 0


async def test_what_vneid_has_found_takes_a_code_to_the_number_that_its_hospital_has(
    hub: AsyncClient, database: Database
) -> None:
    await three_hospitals(database)
    tokens = await signed_in(hub)
    (padded,) = [each for each in await lists(hub, tokens) if each["state"] == "found"]
    assert padded["yesTakesCode"]

    asked = await adds(hub, tokens, charts=[padded["id"]])
    challenge = asked.json()["challengeId"]
    assert (await states_of(hub, tokens))["BV PADDED"] == "found"
    code = await code_arrives(database, UUID(challenge))
    opened = await adds(hub, tokens, challengeId=challenge, code=code)

    assert (asked.status_code, asked.json().get("opened", [])) == (202, [])
    assert opened.json()["opened"] == [padded["id"]]
    assert (await states_of(hub, tokens))["BV PADDED"] == "open"


async def test_what_vneid_has_found_opens_by_its_slip(hub: AsyncClient, database: Database) -> None:
    padded = await a_hospital_states(database, "BV PADDED", None, birth_date="1985-01-01")
    tokens = await signed_in(hub)
    assert tokens.level is None

    refused = await adds(hub, tokens, charts=[str(padded)])
    added = await adds(hub, tokens, activationCode=await a_slip(padded), same=True)

    assert (refused.status_code, refused.json()["code"]) == (409, "slip_needed")
    assert added.json()["opened"] == [str(padded)]


@pytest.mark.parametrize(
    "account",
    [
        portal_account(TU), portal_account(NgayThangNamSinh="19850313"),
        portal_account("không phải"), portal_account(LoaiTaiKhoan=2),
        portal_account(LoaiTaiKhoan="01"), portal_account(loAs="LoA1"),
    ],
    ids=["unknown", "other birth date", "no citizen id", "enterprise", "almost one", "level 1"],
)  # fmt: skip
async def test_who_does_not_fit_opens_nothing_and_learns_nothing(
    hub: AsyncClient, op: OpenIdProvider, database: Database, lan: Any, account: dict[str, Any]
) -> None:
    op.account = account

    answer = await sign_in_with_vneid(hub)

    assert is_problem(answer, 401, "vneid_opens_nothing")
    assert await sessions(database) == []
    audit = await database.owner.fetch("SELECT patient, result FROM audit_event WHERE action LIKE"
                                       " 'sign_in.%'")  # fmt: skip
    assert [tuple(row) for row in audit] == [(None, "vneid_opens_nothing")]


async def test_somebody_who_died_signs_in_no_more(hub: AsyncClient, database: Database) -> None:
    await a_hospital_states(database, "BV A", deceased_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert is_problem(await sign_in_with_vneid(hub), 401, "vneid_opens_nothing")


async def test_a_discreet_hospital_is_neither_opened_nor_found(
    hub: AsyncClient, database: Database
) -> None:
    await a_hospital_states(database, "BV A")
    await a_hospital_states(database, "BV KIN")
    await database.owner.execute("UPDATE facility SET discreet = true WHERE name = 'BV KIN'")

    assert await states_of(hub, await signed_in(hub)) == {"BV A": "open"}


async def test_an_inactive_chart_is_read_but_takes_no_code(
    hub: AsyncClient, database: Database
) -> None:
    await a_hospital_states(database, "BV A")
    await a_hospital_states(database, "BV B", HER_PHONE, birth_date="1985")
    await database.owner.execute("UPDATE patient SET active = false")

    assert await states_of(hub, await signed_in(hub)) == {"BV A": "open"}


async def test_another_account_with_the_same_number_opens_the_same_charts_each_time(
    hub: AsyncClient, op: OpenIdProvider, database: Database, lan: Any
) -> None:
    await sign_in_with_vneid(hub)
    op.account = portal_account(sub="lan-anew")

    assert (await sign_in_with_vneid(hub)).status_code == 201
    assert await sessions(database) == [("vneid", "vneid")] * 2
