"""Texts with codes cost money and wake people: how many go where, and what stops them."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.credentials.enumeration import detect
from backend.auth.credentials.rules import (
    Budget,
    SentCodes,
    Total,
    Withheld,
    exceeded,
    why_withheld,
)
from backend.auth.identity.blind_index import index
from backend.auth.phones.e164 import normalise
from backend.core.crypto.sealing import lookup_hash, seal
from backend.core.database import transaction
from backend.core.settings import load_settings
from backend.notifications.planning.scheduled import plan_codes
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.auth.steps import (
    LAN,
    another_challenge,
    ask,
    challenges,
    lan_is_registered,
    scattered,
)
from tests.harness.makers import a_facility, a_patient

MOTHER, CHILD = scattered(501), scattered(502)


async def known(database: Database, number: str, phone: str, facility: UUID | None = None) -> UUID:
    """Somebody with this citizen id, who can be reached at this phone."""
    patient = await a_patient(database, facility, phone=phone)
    async with transaction():
        await index(patient.id, "citizen-id", number)
    return patient.id


async def unfold(database: Database) -> int:
    async with database.as_worker():
        return await plan_codes(500)


async def withheld(database: Database) -> list[str]:
    rows = await database.owner.fetch(
        "SELECT withheld FROM sign_in_challenge WHERE withheld <> '' ORDER BY created_at"
    )
    return [row["withheld"] for row in rows]


async def test_spellings_of_one_phone_share_one_limit(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    spellings = ["0912345678", "+84912345678", "84912345678", "091.234.5678", "(091) 234-5678",
                 "0084912345678", "0912 345 678"]  # fmt: skip
    for n, spelling in enumerate(spellings):
        await known(database, scattered(n), normalise(spelling), facility)

    planned = []
    for n in range(len(spellings)):
        async with time_moves(timedelta(minutes=2 * n)):
            await ask(client, scattered(n))
            planned.append(await unfold(database))

    assert planned == [1, 1, 1, 1, 1, 0, 0]
    assert await withheld(database) == ["number_too_often"] * 2


async def test_a_day_has_ten_codes_for_one_phone(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    planned = 0
    for hour in range(13):
        await known(database, scattered(hour), "+84912345678", facility)
        async with time_moves(timedelta(hours=hour)):
            await ask(client, scattered(hour))
            planned += await unfold(database)

    assert planned == 10


async def test_a_family_that_shares_a_phone_is_told_in_turn(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    await known(database, MOTHER, "+84912345678", facility)
    await known(database, CHILD, "+84912345678", facility)
    await ask(client, MOTHER)
    await ask(client, CHILD)

    assert await unfold(database) == 2

    due = await database.owner.fetch("SELECT due_at FROM delivery ORDER BY due_at")
    assert (due[1]["due_at"] - due[0]["due_at"]) == timedelta(seconds=60)


async def test_what_redis_forgot_the_database_still_counts(
    client: AsyncClient, database: Database
) -> None:
    from backend.core.redis import redis  # noqa: PLC0415  # only after it was opened

    await lan_is_registered(database)
    planned = 0
    for _ in range(8):
        await redis().flushall()
        await ask(client, LAN)
        planned += await unfold(database)

    assert planned == 5


async def test_what_all_codes_together_exceed_is_an_alarm_and_stops_nobody(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)
    await database.owner.execute(
        "INSERT INTO sms_code (pair_hash, number_hash, due_at)"
        " SELECT 'a', 'n', hub_clock() FROM generate_series(1, $1)",
        load_settings().codes_per_minute,
    )

    await ask(client, LAN)

    assert await unfold(database) == 1
    assert await withheld(database) == []
    assert await alarms(database) == ["codes.minute"]


async def test_what_another_hospital_states_uses_up_nobodys_codes(
    client: AsyncClient, database: Database
) -> None:
    honest, other = await a_facility(database), await a_facility(database)
    await known(database, LAN, "+84912345678", honest)
    for n in range(5):
        await known(database, scattered(n), "+84912345678", other)
        await ask(client, scattered(n))
    await database.owner.execute(
        "UPDATE contact_point c SET proposed_by = i.facility FROM patient_identifier i"
        " WHERE i.patient = c.patient"
    )
    await unfold(database)

    await ask(client, LAN)

    assert await unfold(database) == 1
    due = await database.owner.fetch("SELECT due_at, created_at FROM delivery ORDER BY created_at")
    assert due[-1]["due_at"] <= due[-1]["created_at"]


async def test_a_number_that_was_shown_to_be_theirs_is_counted_for_them_alone(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    lan = await known(database, LAN, "+84912345678", facility)
    await database.owner.execute(
        "UPDATE contact_point SET proved_at = hub_clock() WHERE patient = $1", lan
    )
    for n in range(6):
        await known(database, scattered(n), "+84912345678", facility)
        await ask(client, scattered(n))
    await unfold(database)

    await ask(client, LAN)

    assert await unfold(database) == 1


@pytest.mark.parametrize(
    "number",
    ["+841900123456", "+842438234567", "+14155550123", "+8562023456789", "+84113", "+870772001999"],
)  # premium, landline, two other countries, short, satellite
async def test_no_code_goes_where_it_is_dear(
    client: AsyncClient, database: Database, number: str
) -> None:
    lan = await known(database, LAN, "+84912345678")
    contact = await database.owner.fetchval("SELECT id FROM contact_point WHERE patient = $1", lan)
    await database.owner.execute(
        "UPDATE contact_point SET number = $2, number_hash = $3 WHERE id = $1",
        contact, seal(number, table="contact_point", column="number", row=contact),
        lookup_hash("phone", number),
    )  # fmt: skip

    refused = await another_challenge(client, LAN, number)

    assert (refused.status_code, refused.json()["code"]) == (422, "not_a_phone")
    assert await challenges(database) == 0


async def test_codes_that_nobody_uses_raise_an_alarm(database: Database) -> None:
    await database.owner.execute(
        "INSERT INTO sms_code (pair_hash, number_hash, due_at) SELECT 'a', 'n',"
        " hub_clock() - interval '10 minutes' FROM generate_series(1, 40)"
    )

    async with database.as_worker():
        await detect()
        await detect()

    assert await alarms(database) == ["codes.unused"]


async def test_many_numbers_that_nobody_has_raise_an_alarm(database: Database) -> None:
    await database.owner.execute(
        "INSERT INTO sign_in_challenge (pair_hash, subject_hint, created_at, expires_at)"
        " SELECT 'a', '000', hub_clock(), hub_clock() FROM generate_series(1, 200)"
    )

    async with database.as_worker():
        await detect()

    assert await alarms(database) == ["codes.strangers"]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (SentCodes(), None),
        (SentCodes(number_hour=4, number_day=9, pair_hour=4, pair_day=9), None),
        (SentCodes(number_hour=5), Withheld.NUMBER),
        (SentCodes(number_day=10), Withheld.NUMBER),
        (SentCodes(pair_hour=5), Withheld.PAIR),
        (SentCodes(pair_day=10), Withheld.PAIR),
        (SentCodes(everybody_minute=120, everybody_day=1000), None),
    ],
)
def test_what_stands_against_one_more_code(sent: SentCodes, why: Withheld | None) -> None:
    assert why_withheld(sent) == why


@pytest.mark.parametrize(
    ("sent", "totals"),
    [
        (SentCodes(everybody_minute=119, everybody_day=999), []),
        (SentCodes(everybody_minute=120), [Total.MINUTE]),
        (SentCodes(everybody_minute=120, everybody_day=1000), [Total.MINUTE, Total.DAY]),
    ],
)
def test_which_totals_one_more_code_exceeds(sent: SentCodes, totals: list[Total]) -> None:
    assert exceeded(sent, Budget(per_minute=120, per_day=1000)) == totals
