import asyncio
from contextvars import Context

from httpx import AsyncClient

from backend.auth.credentials.activation_slips import revoke_slips
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sign_in.activation import WrongSlip, activate
from backend.core.database import fetch_value, transaction
from tests.conftest import Database
from tests.harness.auth.slips import a_newborn, a_slip, other_secret, types

PIXEL = DeviceDetails("android", "Pixel", "")


async def tried(code: str, n: int) -> bool:
    """Try from one of many places, so that only the slip itself says no."""
    try:
        await activate(code, PIXEL, DeviceKey(), f"10.0.{n // 250}.{n % 250}")
    except WrongSlip:
        return False
    return True


async def test_fifty_who_show_the_right_code_at_once_open_one_session(database: Database) -> None:
    code = await a_slip(await a_newborn(database))

    opened = await asyncio.gather(*(tried(code, n) for n in range(50)))

    assert sum(opened) == 1
    assert await fetch_value("SELECT count(*) FROM session") == 1


async def test_the_second_waits_for_the_first_and_finds_the_slip_used(database: Database) -> None:
    code = await a_slip(await a_newborn(database))

    async with transaction(), asyncio.timeout(5):
        await activate(code, PIXEL, DeviceKey(), "10.0.0.1")
        second = asyncio.create_task(tried(code, 2), context=Context())
        done, _ = await asyncio.wait({second}, timeout=0.3)
        assert not done

    assert await second is False
    assert await fetch_value("SELECT count(*) FROM session") == 1


async def test_two_hundred_wrong_guesses_at_once_count_five_and_kill_the_slip(
    client: AsyncClient, database: Database
) -> None:
    code = await a_slip(await a_newborn(database))

    for wave in range(4):
        places = range(50 * wave, 50 * wave + 50)
        opened = await asyncio.gather(*(tried(other_secret(code), place) for place in places))

        assert not any(opened)
    assert await fetch_value("SELECT tries FROM activation_slip") == 5
    assert (await types(client, code)).status_code == 401


async def test_the_fifth_try_still_opens(client: AsyncClient, database: Database) -> None:
    code = await a_slip(await a_newborn(database))
    for _ in range(4):
        await types(client, other_secret(code))

    assert (await types(client, code)).status_code == 201


async def test_two_desks_at_once_leave_one_slip_that_opens(database: Database) -> None:
    child = await a_newborn(database)

    codes = await asyncio.gather(*(a_slip(child) for _ in range(8)))

    assert await fetch_value("SELECT count(*) FROM activation_slip WHERE revoked_at IS NULL") == 1
    assert sum([await tried(code, n) for n, code in enumerate(codes)]) == 1


async def test_a_slip_that_is_being_revoked_does_not_open(database: Database) -> None:
    child = await a_newborn(database)
    code = await a_slip(child)

    async with transaction(), asyncio.timeout(5):
        await revoke_slips(child)
        shown = asyncio.create_task(tried(code, 1), context=Context())
        await asyncio.wait({shown}, timeout=0.3)

    assert await shown is False
