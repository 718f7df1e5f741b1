"""What a key alone brings before a reader: held from codes until the facility's desk agrees."""

import asyncio
import json
from contextvars import Context
from dataclasses import replace

import pytest
from httpx import AsyncClient

from backend.auth.access.chart_turn import share_turn
from backend.auth.access.gate import Caller, NotSignedIn
from backend.auth.phones.contact_points import propose_own
from backend.auth.phones.phones import phones_of
from backend.auth.registration.patients import charts_of_citizen
from backend.auth.rules import Level
from backend.core.database import transaction
from backend.core.i18n import Language
from backend.records.access_log.access_log import access_log
from tests.conftest import Database
from tests.harness.auth.stating import binds
from tests.harness.intake.links import a_fever
from tests.harness.records.charts import (
    LASTING,
    TEMPORARY,
    THIRD,
    Charts,
    chart,
    said,
    sees,
    signed_in,
    some_charts,
)
from tests.harness.records.held_charts import (
    OTHER_ID,
    by_code,
    results_of,
    tasks,
    the_desk_confirms,
    with_other_id,
)


@pytest.fixture
async def charts(database: Database, client: AsyncClient) -> Charts:
    made = await some_charts(database, client, TEMPORARY, LASTING)
    for person in (TEMPORARY, LASTING):
        await made.files_a_visit(person)
    return made


async def test_another_citizen_id_ends_all_that_was_proved_for_the_one_before(
    charts: Charts, database: Database
) -> None:
    lan, tam = await charts.owner(LASTING), await charts.owner(TEMPORARY)
    hers = await by_code(lan)
    assert await results_of(hers) == 1
    for patient, caregiver in ((lan, tam), (tam, lan)):
        await database.owner.execute(
            "INSERT INTO caregiver_grant (patient, caregiver, scope, kind, begins_at)"
            " VALUES ($1, $2, 'full', 'chosen', hub_clock())",
            patient, caregiver,
        )  # fmt: skip
    await database.owner.execute(
        "INSERT INTO activation_slip (patient, handle, secret_hash, proof, made_by, expires_at)"
        " VALUES ($1, 'HANDLE', '', 'card', $1, hub_clock() + interval '1 day')",
        lan,
    )
    await database.owner.execute(
        "UPDATE contact_point SET confirmed_by = 'patient', proved_at = hub_clock()"
        " WHERE patient = $1",
        lan,
    )

    answer = await charts.hospital.posts(said(with_other_id()))

    assert answer.status_code == 200, answer.text
    assert await charts.owner(LASTING) == lan
    assert await charts_of_citizen(LASTING.citizen_id) == []
    assert await charts_of_citizen(OTHER_ID) == [lan]
    with pytest.raises(NotSignedIn):
        await results_of(hers)
    living = {
        "session_chart": "chart = $1 AND ended_at IS NULL",
        "caregiver_grant": "(patient = $1 OR caregiver = $1) AND ended_at IS NULL",
        "activation_slip": "patient = $1 AND revoked_at IS NULL",
        "contact_point": "patient = $1 AND confirmed_by IN ('patient', 'desk')",
    }
    left = {
        table: await database.owner.fetchval(f"SELECT count(*) FROM {table} WHERE {which}", lan)
        for table, which in living.items()
    }
    assert left == dict.fromkeys(living, 0)
    why = await database.owner.fetchval("SELECT ended_why FROM session_chart WHERE chart = $1", lan)
    assert why == "citizen_id_replaced"


async def test_what_it_held_before_is_shown_to_codes_once_the_desk_has_agreed(
    charts: Charts, database: Database
) -> None:
    lan = await charts.owner(LASTING)
    await charts.hospital.posts(said(with_other_id()))
    code, slip, vneid = (
        await by_code(lan), await signed_in(lan), await signed_in(lan, Level.VNEID, "vneid"),
    )  # fmt: skip
    approved = await signed_in(lan, Level.OTP, "approval")

    seen = [sum((await sees(each)).values()) for each in (code, approved, slip, vneid)]
    assert seen[:2] == [0, 0]
    assert seen[2] == seen[3] > 0
    assert (await charts.hospital.posts(said(a_fever("Patient/BN-1")))).status_code == 200
    everything = await database.owner.fetchval("SELECT count(*) FROM condition WHERE held = 0")
    assert everything == 1  # what comes later is the new person's
    assert await tasks(database) == [("held_back", lan, False)]
    before = (await charts.epochs())[lan]

    assert await the_desk_confirms(charts, lan)

    assert sum((await sees(code)).values()) == seen[2]
    assert (await charts.epochs())[lan] == before + 1
    assert await tasks(database) == [("held_back", lan, True)]
    assert not await the_desk_confirms(charts, lan)


async def trail(caller: Caller) -> list[str]:
    said_of_it = await access_log(caller, None, 100, None, Language.EN)
    return [each["code"] for each in json.loads(said_of_it)["items"]]


async def test_the_trail_of_the_one_before_waits_for_the_desk_as_well(charts: Charts) -> None:
    lan = await charts.owner(LASTING)
    hers = await by_code(lan)
    assert await results_of(hers) == 1
    whole = await trail(hers)
    assert "test" in whole
    await charts.hospital.posts(said(with_other_id()))
    code, slip = await by_code(lan), await signed_in(lan)

    assert await results_of(code) == 0
    assert set(await trail(code)) == {"test", "intake.fhir"}
    assert (await trail(code)).count("test") == 1
    assert len(await trail(slip)) > len(whole)

    assert await the_desk_confirms(charts, lan)
    assert len(await trail(code)) > len(whole)


async def test_a_number_of_the_one_before_is_neither_shown_nor_taken_by_the_next(
    charts: Charts, database: Database
) -> None:
    lan = await charts.owner(LASTING)
    async with transaction():
        typed = await propose_own(lan, "+84977000111")
    await binds(lan, by="patient")
    assert typed in [phone.id for phone in await phones_of(lan) if phone.bound]

    await charts.hospital.posts(said(with_other_id()))

    assert [phone.state for phone in await phones_of(lan) if phone.id == typed] == ["replaced"]


async def test_another_hospitals_desk_confirms_nothing(
    charts: Charts, database: Database, client: AsyncClient
) -> None:
    elsewhere = await some_charts(database, client, THIRD)
    lan = await charts.owner(LASTING)
    await charts.hospital.posts(said(with_other_id()))
    code = await by_code(lan)

    await the_desk_confirms(elsewhere, lan)

    assert sum((await sees(code)).values()) == 0


@pytest.mark.parametrize("before", ["", "024000111", "000000000000"])
async def test_a_first_citizen_id_is_no_change(
    charts: Charts, database: Database, before: str
) -> None:
    await charts.opens(replace(THIRD, citizen_id=before))
    third = await charts.owner(THIRD)
    theirs = await by_code(third)

    await charts.opens(replace(THIRD, citizen_id=OTHER_ID))

    assert await charts_of_citizen(OTHER_ID) == [third]
    assert await results_of(theirs) == 0
    assert await tasks(database) == []


async def test_another_citizen_id_that_is_not_said_to_take_a_place_waits(charts: Charts) -> None:
    lan = await charts.owner(LASTING)
    hers = await by_code(lan)

    answer = await charts.hospital.posts(said(chart(replace(LASTING, citizen_id=OTHER_ID))))

    assert answer.json()["entry"][0]["response"]["status"] == "202 Accepted"
    assert await results_of(hers) == 1


@pytest.mark.parametrize("number", [TEMPORARY.citizen_id or OTHER_ID])
async def test_a_number_that_another_chart_has_takes_no_place(charts: Charts, number: str) -> None:
    await charts.opens(replace(THIRD, citizen_id=number, birth_date="1985-03-12"))
    lan = await charts.owner(LASTING)

    answer = await charts.hospital.posts(said(with_other_id()))

    assert answer.json()["entry"][0]["response"]["status"] == "202 Accepted"
    assert await charts_of_citizen(LASTING.citizen_id) == [lan]


async def test_who_opens_a_chart_meanwhile_is_before_the_change_or_behind_it(
    charts: Charts, database: Database
) -> None:
    lan = await charts.owner(LASTING)

    async with transaction():
        await share_turn([lan])
        hers = await by_code(lan)
        changing = asyncio.create_task(
            charts.hospital.posts(said(with_other_id())), context=Context()
        )
        _, pending = await asyncio.wait([changing], timeout=0.5)
        assert pending
    assert (await changing).status_code == 200

    with pytest.raises(NotSignedIn):
        await results_of(hers)


async def test_who_comes_while_it_changes_finds_it_changed(
    charts: Charts, database: Database
) -> None:
    lan = await charts.owner(LASTING)

    async def opens() -> bool:
        """Look whether the proof holds once the turn is ours, as every way in does."""
        async with transaction():
            await share_turn([lan])
            return lan in await charts_of_citizen(LASTING.citizen_id)

    async with transaction():
        assert (await charts.hospital.posts(said(with_other_id()))).status_code == 200
        opening = asyncio.create_task(opens(), context=Context())
        _, pending = await asyncio.wait([opening], timeout=0.5)
        assert pending

    assert not await opening
