"""One session reaches charts of several hospitals: numbers and step-up are each chart's own."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.auth.access.access_tokens import verify
from backend.auth.phones.phones import phones_of
from backend.core.database import new_id
from backend.core.redis import redis
from tests.conftest import Database, Travel
from tests.harness.auth.phone_steps import (
    LAN,
    NEW,
    OLD,
    MyPhones,
    registers,
    signs_in_at_the_desk,
    the_worker_runs,
)
from tests.harness.auth.stating import binds
from tests.harness.auth.steps import Tokens
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.makers import reaches

MINUTE = timedelta(minutes=1)


async def chart_at(database: Database, hospital: Hospital) -> UUID:
    found: UUID = await database.owner.fetchval(
        "SELECT id FROM patient WHERE facility = $1 ORDER BY id DESC LIMIT 1", hospital.facility
    )
    return found


async def at_a(client: AsyncClient, database: Database, name: str, number: str = OLD) -> UUID:
    """One more hospital that states a number for Lan; give its chart."""
    hospital = await a_hospital(database, client, name)
    await registers(hospital, LAN, mobile=number)
    return await chart_at(database, hospital)


@pytest.fixture
async def here(client: AsyncClient, database: Database) -> UUID:
    return await at_a(client, database, "BV MOT")


@pytest.fixture
async def lan(database: Database, here: UUID) -> Tokens:
    """Signed in with a slip of the first hospital, long ago enough to need a step-up."""
    await binds(here)
    tokens = await signs_in_at_the_desk(here)
    await database.owner.execute("UPDATE session_chart SET stepped_up_until = NULL")
    return tokens


async def also(database: Database, lan: Tokens, chart: UUID, level: str = "otp") -> UUID:
    """Let her session reach one more chart."""
    await reaches(database, verify(lan.access_token).session, chart, level)
    return chart


async def asks(client: AsyncClient, who: Tokens, chart: UUID | None = None) -> Response:
    query = {} if chart is None else {"chart": str(chart)}
    return await client.post("/v1/me/step-up/codes", headers=who.bearer, params=query)


async def steps_up(
    client: AsyncClient, database: Database, who: Tokens, chart: UUID, number: str
) -> Response:
    asked = await asks(client, who, chart)
    assert asked.status_code == 202, asked.text
    code = (await the_worker_runs(database)).code_at(number)
    return await client.post(
        "/v1/me/step-up",
        headers=who.bearer,
        json={"challengeId": asked.json()["challengeId"], "code": code},
    )


async def a_lost_phone(database: Database, chart: UUID) -> None:
    """One was reported for this chart, and holds it for a day."""
    await database.owner.execute(
        "WITH l AS (INSERT INTO lost_phone (id, chart, facility, staff, proof)"
        " SELECT uuidv7(), id, facility, uuidv7(), 'card' FROM patient WHERE id = $1 RETURNING id)"
        " INSERT INTO chart_hold (id, lost_phone, chart, until)"
        " SELECT uuidv7(), l.id, $1, hub_clock() + interval '24 hours' FROM l",
        chart,
    )


async def open_now(database: Database) -> set[UUID]:
    rows = await database.owner.fetch(
        "SELECT chart FROM session_chart WHERE stepped_up_until > hub_clock()"
    )
    return {row["chart"] for row in rows}


async def test_the_list_names_the_chart_of_each_number_and_where_more_is_needed(
    client: AsyncClient, database: Database, here: UUID, lan: Tokens
) -> None:
    there = await also(database, lan, await at_a(client, database, "BV HAI", NEW))
    await also(database, lan, await at_a(client, database, "BV BA"), "otp-limited")

    answer = (await client.get("/v1/me/phones", headers=lan.bearer)).json()

    assert {(each["chart"], each["number"], each["bound"]) for each in answer["items"]} == {
        (str(here), "+8490*****67", True), (str(there), "+8493*****33", False),
    }  # fmt: skip
    assert len(answer["strongerSignInNeeded"]) == 1
    rows = await database.owner.fetch(
        "SELECT patient, actor FROM audit_event WHERE action = 'phones.read'"
    )
    session = verify(lan.access_token).session
    assert {(row["patient"], row["actor"]) for row in rows} == {(here, session), (there, session)}


async def test_a_new_number_is_of_one_chart_and_who_reaches_several_names_it(
    client: AsyncClient, database: Database, here: UUID, lan: Tokens
) -> None:
    there = await also(database, lan, await at_a(client, database, "BV HAI"))
    await binds(there)

    unsaid = await client.post("/v1/me/phones", headers=lan.bearer, json={"number": NEW})
    said = await client.post(
        "/v1/me/phones", headers=lan.bearer, json={"number": NEW, "chart": str(there)}
    )
    code = (await the_worker_runs(database)).code_at(NEW)
    await MyPhones(client, lan).accept(said, code)

    assert (unsaid.status_code, unsaid.json()["code"]) == (422, "chart_needed")
    assert [phone.state for phone in await phones_of(there)] == ["in_use", "waiting"]
    assert [phone.state for phone in await phones_of(here)] == ["in_use"]


async def test_a_number_of_a_chart_that_is_not_reached_is_not_there(
    client: AsyncClient, database: Database, lan: Tokens
) -> None:
    mine = MyPhones(client, lan)
    foreign = (await phones_of(await at_a(client, database, "BV HAI")))[0].id
    found = await also(database, lan, await at_a(client, database, "BV BA"), "found")

    for contact in (foreign, (await phones_of(found))[0].id, new_id()):
        answers = [await mine.ask_for_code(str(contact)), await mine.decline(str(contact))]
        assert {each.status_code for each in answers} == {404}


async def test_a_step_up_opens_the_charts_with_the_number_that_the_code_went_to(
    client: AsyncClient, database: Database, here: UUID, lan: Tokens
) -> None:
    same = await also(database, lan, await at_a(client, database, "BV HAI"))
    stated = await also(database, lan, await at_a(client, database, "BV BA"))
    other = await also(database, lan, await at_a(client, database, "BV BON", NEW))
    limited = await also(database, lan, await at_a(client, database, "BV NAM"), "otp-limited")
    for chart in (same, other, limited):
        await binds(chart)

    answer = await steps_up(client, database, lan, here, OLD)

    assert set(answer.json()["charts"]) == {str(here), str(same)}
    assert await open_now(database) == {here, same}
    assert (await asks(client, lan, stated)).json()["code"] == "number_needs_desk"
    assert (await asks(client, lan)).json()["code"] == "chart_needed"
    assert (await asks(client, lan, limited)).json()["code"] == "stronger_sign_in_needed"
    await client.delete("/v1/me/step-up", headers=lan.bearer)
    assert await open_now(database) == set()


async def test_a_step_up_opens_nothing_of_a_discreet_hospital_or_of_what_rose_by_waiting(
    client: AsyncClient, database: Database, here: UUID, lan: Tokens
) -> None:
    discreet = await also(database, lan, await at_a(client, database, "BV HAI"))
    waited = await also(database, lan, await at_a(client, database, "BV BA"))
    for chart in (discreet, waited):
        await binds(chart)
    await database.owner.execute(
        "UPDATE facility f SET discreet = true FROM patient p"
        " WHERE p.facility = f.id AND p.id = $1",
        discreet,
    )
    await database.owner.execute(
        "UPDATE session_chart SET never_restricted = true WHERE chart = $1", waited
    )

    refused = [await asks(client, lan, discreet), await asks(client, lan, waited)]
    listed = (await client.get("/v1/me/phones", headers=lan.bearer)).json()["items"]
    await steps_up(client, database, lan, here, OLD)

    assert {each.json()["code"] for each in refused} <= {"number_needs_desk", "not_found"}
    assert str(discreet) not in {each["chart"] for each in listed}
    assert await open_now(database) == {here}


async def test_a_code_for_one_chart_counts_for_that_chart(
    client: AsyncClient, database: Database, here: UUID, lan: Tokens
) -> None:
    there = await also(database, lan, await at_a(client, database, "BV HAI"))
    await binds(there)

    answers = [await asks(client, lan, chart) for chart in (here, there, here)]

    assert [each.status_code for each in answers] == [202, 202, 429]


async def test_for_a_day_after_a_lost_phone_nobody_binds_a_number_but_the_desk(
    client: AsyncClient, database: Database, here: UUID, lan: Tokens
) -> None:
    mine = MyPhones(client, lan)
    asked = await mine.propose(NEW)
    code = (await the_worker_runs(database)).code_at(NEW)
    await a_lost_phone(database, here)

    refused = await mine.accept(asked, code)

    assert (refused.status_code, refused.json()["code"]) == (409, "chart_held")
    assert [phone.state for phone in await phones_of(here)] == ["in_use", "proposed"]


async def test_a_code_that_went_to_a_number_of_before_steps_nothing_up(
    client: AsyncClient, database: Database, time_moves: Travel, here: UUID, lan: Tokens
) -> None:
    asked = await asks(client, lan)
    code = (await the_worker_runs(database)).code_at(OLD)
    await database.owner.execute("UPDATE contact_point SET replaced_at = hub_clock()")

    answer = await client.post(
        "/v1/me/step-up",
        headers=lan.bearer,
        json={"challengeId": asked.json()["challengeId"], "code": code},
    )

    assert answer.json()["code"] == "wrong_phone_code"
    assert await open_now(database) == set()


async def test_on_the_day_after_a_lost_phone_no_code_steps_its_charts_up(
    client: AsyncClient, database: Database, here: UUID, lan: Tokens
) -> None:
    there = await also(database, lan, await at_a(client, database, "BV HAI"))
    await binds(there)
    asked = await asks(client, lan, here)
    code = (await the_worker_runs(database)).code_at(OLD)
    await a_lost_phone(database, here)

    answer = await client.post(
        "/v1/me/step-up",
        headers=lan.bearer,
        json={"challengeId": asked.json()["challengeId"], "code": code},
    )
    await redis().flushall()
    again = await asks(client, lan, here)

    assert answer.json()["charts"] == [str(there)]
    assert await open_now(database) == {there}
    assert (again.status_code, again.json()["code"]) == (409, "chart_held")


async def test_a_code_steps_up_again_once_the_day_is_over(
    client: AsyncClient, database: Database, here: UUID, lan: Tokens
) -> None:
    await a_lost_phone(database, here)
    await database.owner.execute("UPDATE chart_hold SET until = hub_clock()")

    assert (await steps_up(client, database, lan, here, OLD)).status_code == 200
