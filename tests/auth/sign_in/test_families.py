"""Stories of families: twins, a newborn that gets a card, two charts that a hospital mixes up."""

from datetime import timedelta
from uuid import UUID

from httpx import AsyncClient

from backend.core.redis import redis
from tests.conftest import Database, Travel
from tests.harness.auth.charts import (
    HER_OTHER_PHONE,
    HER_PHONE,
    adds,
    facility_of,
    her,
    leaves,
    lists,
    person_of,
    reads,
    signed_in_at_one,
    states,
    states_of,
    steps_up,
)
from tests.harness.auth.phone_steps import the_worker_runs
from tests.harness.auth.prover import Prover
from tests.harness.auth.slips import a_slip, types
from tests.harness.auth.steps import (
    LAN,
    Tokens,
    another_challenge,
    ask,
    citizen,
    hospital_number,
    show,
    sign_in_with,
    tokens_of,
)
from tests.harness.makers import a_facility, a_patient

CARD = "079326000015"
"""A girl born in 2026."""


def a_twin(number: str, name: str = "Con bà Lan") -> dict[str, object]:
    return {
        "identifiers": (hospital_number(number),), "name": name, "birth_date": "2026-11-24",
        "mobile": HER_PHONE,
    }  # fmt: skip


async def test_twins_are_two_charts_on_their_mothers_phone_each_opened_by_its_own_slip(
    client: AsyncClient, database: Database
) -> None:
    """Same day, same sex, same phone, and no citizen id: only the hospital tells them apart."""
    mother, her_chart = await signed_in_at_one(client, database)
    here = await facility_of(database, her_chart)
    one, other = [await states(here, person_of(a_twin(number))) for number in ("SS-1", "SS-2")]

    first = tokens_of(await types(client, await a_slip(one)))
    code = await a_slip(other)
    same = await adds(client, first, activationCode=code, same=True)
    second = (await adds(client, first, activationCode=code, same=False)).json()["session"]
    others = Tokens(second["accessToken"], second["refreshToken"], 600, "Bearer", second["level"])

    assert one != other
    assert (same.status_code, same.json()["code"]) == (409, "another_person")
    assert [each["id"] for each in await lists(client, first)] == [str(one)]
    assert [each["id"] for each in await lists(client, others)] == [str(other)]
    assert await states_of(client, mother) == {"BV A": "open"}
    for twin, tokens in ((one, others), (other, first), (one, mother), (other, mother)):
        assert (await reads(client, tokens, twin)).status_code == 404


async def test_a_newborn_gets_a_card_and_the_app_that_the_slip_opened_goes_on(
    client: AsyncClient, database: Database
) -> None:
    here = await a_facility(database)
    child = await states(here, person_of(a_twin("SS-1") | {"mobile": None}))
    tokens = tokens_of(await types(client, await a_slip(child)))

    card = a_twin("SS-1", "Trần An Nhiên") | {
        "identifiers": (hospital_number("SS-1"), citizen(CARD)), "mobile": HER_PHONE,
    }  # fmt: skip
    assert await states(here, person_of(card)) == child

    assert [each["name"] for each in await lists(client, tokens)] == ["Trần An Nhiên"]
    await redis().flushall()
    by_code = await sign_in_with(client, database, CARD, HER_PHONE)
    assert [each["id"] for each in await lists(client, by_code)] == [str(child)]


async def test_of_two_charts_with_one_id_and_one_number_at_a_hospital_a_code_opens_one(
    client: AsyncClient, database: Database
) -> None:
    """A hospital has made two charts of her. A session has one of them; the other needs its own."""
    tokens, chart = await signed_in_at_one(client, database)
    here = await facility_of(database, chart)
    again = (await a_patient(database, here, phone=HER_PHONE)).id
    await database.owner.execute(
        "INSERT INTO patient_lookup (kind, key_id, hash, patient)"
        " SELECT kind, key_id, hash, $2 FROM patient_lookup WHERE patient = $1"
        " AND kind = 'citizen-id'",
        chart, again,
    )  # fmt: skip
    await database.owner.execute(
        "UPDATE contact_point SET number_hash = (SELECT number_hash FROM contact_point"
        "  WHERE patient = $1) WHERE patient = $2",
        chart, again,
    )  # fmt: skip

    later = await sign_in_with(client, database, LAN, HER_PHONE)

    for each in (tokens, later):
        assert [one["id"] for one in await lists(client, each)] == [str(chart)]
        added = await adds(client, each, activationCode=await a_slip(again), same=True)
        assert (added.status_code, added.json()["code"]) == (409, "another_person")
        assert (await reads(client, each, again)).status_code == 404


async def test_a_former_husband_with_the_family_phone_opens_little_and_loses_it(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    """Her number is bound, and her app knows its key. He holds the phone that both had."""
    chart = await states(await a_facility(database), her())
    hers = Prover(client)
    await hers.sign_in(database, LAN)
    await redis().flushall()

    async with time_moves(timedelta(days=2)):
        await the_worker_runs(database)
        his = await sign_in_with(client, database, LAN, HER_PHONE)
        told = await the_worker_runs(database)
        assert his.level == "otp-limited"
        assert (await reads(client, his, f"{chart}/results")).status_code == 403
        assert any("moi" in text for text in told.at(HER_PHONE)), told.messages
        await steps_up(database)
        assert (await leaves(client, his, chart)).status_code == 403, "he cannot rid her of it"
        for _ in range(12):
            await another_challenge(client, LAN, HER_PHONE)
        mine = await hers.sign_in(database, LAN)
        left = await hers.send("DELETE", "/v1/me/sessions/others", mine)
        assert (mine.level, left.status_code) == ("otp", 204)
    assert (await reads(client, his, chart)).status_code == 401


async def test_a_clerk_who_opens_the_caregivers_own_chart_reads_nobody_else(
    client: AsyncClient, database: Database
) -> None:
    """Her grant names the chart that she showed. A clerk elsewhere prints a slip for another."""
    father = await states(await a_facility(database), her(number="046047000012", sex="male"))
    hers = await states(await a_facility(database), her())
    clerks = await states(await a_facility(database), her(phone=HER_OTHER_PHONE))
    await database.owner.execute(
        "INSERT INTO caregiver_grant (patient, caregiver, scope, kind, begins_at)"
        " VALUES ($1, $2, 'full', 'chosen', hub_clock())",
        father, hers,
    )  # fmt: skip

    clerk = tokens_of(await types(client, await a_slip(clerks)))
    daughter = await sign_in_with(client, database, LAN, HER_PHONE)

    assert (await reads(client, clerk, father)).status_code == 404
    assert (await reads(client, daughter, father)).status_code == 200
    cared_for = await client.get("/v1/me/cared-for", headers=clerk.bearer)
    assert cared_for.json()["items"] == []


async def test_husband_and_wife_on_one_phone_get_a_code_each_that_names_whom_it_is_for(
    client: AsyncClient, database: Database
) -> None:
    his_hospital, her_hospital = await a_facility(database), await a_facility(database)
    his = await states(his_hospital, her(number="046047000012", name="Lê Văn Tư", sex="male"))
    hers = await states(her_hospital, her())

    charts: list[list[UUID]] = []
    for number in ("046047000012", LAN):
        challenge = await ask(client, number, HER_PHONE)
        code = (await the_worker_runs(database)).code_at(HER_PHONE, number[-3:])
        opened = tokens_of(await show(client, challenge, code))
        charts.append([UUID(each["id"]) for each in await lists(client, opened)])
        await redis().flushall()

    assert charts == [[his], [hers]]
