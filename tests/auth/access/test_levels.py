"""How much a phone opens: the first one, a later one, and one that comes late."""

from datetime import timedelta

from httpx import AsyncClient

from backend.auth.rules import Level, RecordClass, may_approve, may_read
from tests.conftest import Database, Travel
from tests.harness.auth.steps import lan_is_registered, sign_in


async def test_the_first_phone_soon_after_registration_opens_everything(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)

    async with time_moves(timedelta(days=29)):
        assert (await sign_in(client, database)).level == "otp"


async def test_a_second_phone_opens_little_and_the_first_one_hears_of_it(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
    await sign_in(client, database)

    async with time_moves(timedelta(minutes=2)):
        second = await sign_in(client, database)
        profile = await client.get("/v1/patients/me", headers=second.bearer)

    assert second.level == "otp-limited"
    told = await database.owner.fetchval("SELECT kind FROM notification")
    assert told == "sign_in.new_device"
    assert (profile.status_code, profile.json()["code"]) == (403, "stronger_sign_in_needed")


async def test_a_first_phone_after_a_month_opens_little(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)

    async with time_moves(timedelta(days=31)):
        assert (await sign_in(client, database)).level == "otp-limited"


def test_a_level_of_a_newer_version_opens_what_the_lowest_opens() -> None:
    for record_class in RecordClass:
        assert may_read("newer", record_class) is may_read(Level.OTP_LIMITED, record_class)
    assert not may_approve("newer")
