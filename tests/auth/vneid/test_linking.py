"""An account is a patient's only by citizen id and birth date; what does not fit, a desk sees."""

from datetime import UTC, datetime
from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.steps import TU, a_person, citizen, hospital_says, tokens_of
from tests.harness.auth.vneid_steps import (
    a_hub,
    configured,
    open_tasks,
    portal_account,
    sessions,
    sign_in_with_vneid,
)
from tests.harness.makers import a_facility
from tests.harness.peers.openid_provider import OpenIdProvider, an_openid_provider

MISMATCH = "vneid_mismatch"


async def test_a_first_link_is_told_and_a_later_sign_in_uses_it(
    hub: AsyncClient, database: Database, lan: Any
) -> None:
    await sign_in_with_vneid(hub)
    await sign_in_with_vneid(hub)

    told = await database.owner.fetch("SELECT kind FROM notification ORDER BY id")
    assert [row["kind"] for row in told] == ["identity.linked", "sign_in.new_device"]
    assert await database.owner.fetchval("SELECT count(*) FROM identity_link") == 1
    assert await sessions(database) == [("vneid", "vneid")] * 2


@pytest.mark.parametrize(
    "account",
    [
        portal_account(TU),
        portal_account(NgayThangNamSinh="19850313"),
        portal_account("không phải"),
        portal_account(LoaiTaiKhoan=2),
        portal_account(LoaiTaiKhoan="01"),
    ],
    ids=["unknown", "other birth date", "no citizen id", "enterprise", "almost a citizen"],
)
async def test_who_does_not_fit_opens_nothing_and_learns_nothing(
    hub: AsyncClient, op: OpenIdProvider, database: Database, lan: Any, account: dict[str, Any]
) -> None:
    op.account = account

    answer = await sign_in_with_vneid(hub)

    assert is_problem(answer, 401, "vneid_opens_nothing")
    assert await sessions(database) == []
    assert await database.owner.fetchval("SELECT count(*) FROM identity_link") == 0
    audit = await database.owner.fetch("SELECT patient, result FROM audit_event WHERE action LIKE"
                                       " 'sign_in.%'")  # fmt: skip
    assert [tuple(row) for row in audit] == [(None, "vneid_opens_nothing")]


async def test_a_number_with_another_birth_date_is_a_task_for_the_desk_once(
    hub: AsyncClient, op: OpenIdProvider, database: Database, lan: Any
) -> None:
    op.account = portal_account(NgayThangNamSinh="19850313")

    await sign_in_with_vneid(hub)
    await sign_in_with_vneid(hub)

    assert await open_tasks(database) == [(MISMATCH, lan)]


@pytest.mark.parametrize(
    ("stored", "said", "fits"),
    [
        ("1985", "19850312", True), ("1985-03", "19850312", True),
        ("1985-03-12", "19850000", True), ("1985-03-12", "1985", True),
        ("1985", "19860312", False), (None, "19850312", False),
    ],
)  # fmt: skip
async def test_birth_dates_are_compared_as_exactly_as_both_know_them(
    hub: AsyncClient, op: OpenIdProvider, database: Database, stored: str | None, said: str,
    fits: bool,  # noqa: FBT001  # a column of the table
) -> None:  # fmt: skip
    await hospital_says(a_person(birth_date=stored), await a_facility(database))
    op.account = portal_account(NgayThangNamSinh=said)

    answer = await sign_in_with_vneid(hub)

    assert answer.status_code == (201 if fits else 401)


async def test_an_account_that_is_linked_opens_nothing_once_its_number_is_anothers(
    hub: AsyncClient, op: OpenIdProvider, database: Database, lan: Any
) -> None:
    tu = (await hospital_says(a_person(citizen(TU)), await a_facility(database))).patient
    tokens_of(await sign_in_with_vneid(hub))

    op.account = portal_account(TU)
    to_another = await sign_in_with_vneid(hub)
    op.account = portal_account("001199999999")
    to_nobody = await sign_in_with_vneid(hub)

    assert is_problem(to_another, 401, "vneid_opens_nothing")
    assert is_problem(to_nobody, 401, "vneid_opens_nothing")
    assert sorted(await open_tasks(database), key=str) == sorted(
        [(MISMATCH, lan), (MISMATCH, tu)], key=str
    )
    assert await sessions(database) == [("vneid", "vneid")]


async def test_somebody_who_died_signs_in_no_more(hub: AsyncClient, database: Database) -> None:
    dead = a_person(deceased_at=datetime(2026, 1, 1, tzinfo=UTC))
    patient = (await hospital_says(dead, await a_facility(database))).patient

    assert is_problem(await sign_in_with_vneid(hub), 401, "vneid_opens_nothing")
    assert await open_tasks(database) == [(MISMATCH, patient)]


async def test_a_link_that_was_ended_opens_nothing(
    hub: AsyncClient, database: Database, lan: Any
) -> None:
    tokens_of(await sign_in_with_vneid(hub))
    await database.owner.execute("UPDATE identity_link SET ended_at = hub_clock()")

    assert is_problem(await sign_in_with_vneid(hub), 401, "vneid_opens_nothing")
    assert await open_tasks(database) == [(MISMATCH, lan)]


async def test_the_same_sub_of_another_provider_is_another_account(
    hub: AsyncClient, database: Database, lan: Any
) -> None:
    tu = (await hospital_says(a_person(citizen(TU)), await a_facility(database))).patient
    tokens_of(await sign_in_with_vneid(hub))

    async with an_openid_provider() as other:
        other.account = portal_account(TU)
        async with a_hub(configured(other)) as hub_of_the_other:
            tokens = tokens_of(await sign_in_with_vneid(hub_of_the_other))
            profile = await hub_of_the_other.get("/v1/patients/me", headers=tokens.bearer)

    assert profile.json()["id"] == str(tu)
    links = await database.owner.fetch("SELECT patient FROM identity_link ORDER BY id")
    assert [row["patient"] for row in links] == [lan, tu]
