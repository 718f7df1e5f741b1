"""A hospital system shows its key: good until it is revoked or over, and never readable again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar, get
from litestar.di import NamedDependency, Provide

from backend.api.error_handlers import hub_error
from backend.auth.access.guards import facility_caller, sent_by_facility
from backend.auth.facilities import facility_keys
from backend.auth.facilities.facilities import (
    FacilityCaller,
    FacilityKnown,
    UnknownFacilityKey,
    UnusableHotline,
    UnusableShortName,
    WrongKey,
    add_facility,
)
from backend.auth.facilities.facility_keys import KeyTerms, keys_of, new_key, revoke_key
from backend.auth.facilities.rules import KeyScope
from backend.core.database import execute
from backend.core.errors import HubError
from tests.conftest import Database, Travel


async def a_hospital() -> UUID:
    return await add_facility("79001", "Bệnh viện Mẫu", "BV MAU", "19001234")


async def facility_of(key: str) -> FacilityCaller:
    return await facility_keys.facility_of(key, KeyScope.INTAKE, "127.0.0.1")


@get("/who", guards=[sent_by_facility], scope=KeyScope.INTAKE)
async def who(facility_caller: NamedDependency[FacilityCaller]) -> dict[str, Any]:
    return {"facility": str(facility_caller.facility)}


@pytest.fixture
async def endpoint(database: Database) -> AsyncIterator[AsyncClient]:
    """One route behind the guard, and nothing else."""
    app = Litestar(
        [who],
        dependencies={"facility_caller": Provide(facility_caller)},
        exception_handlers={HubError: hub_error},
        openapi_config=None,
        logging_config=None,
    )
    transport = ASGITransport(app=app)  # type: ignore[arg-type]  # stricter scope type
    async with AsyncClient(transport=transport, base_url="https://hub.test") as client:
        yield client


async def test_a_key_says_which_hospital_asks(endpoint: AsyncClient) -> None:
    hospital = await a_hospital()
    key = await new_key(hospital, "HIS")

    answer = await endpoint.get("/who", headers={"Authorization": f"Bearer {key}"})

    assert answer.json() == {"facility": str(hospital)}
    assert key.startswith("hubkey_")


async def test_a_code_is_of_one_hospital_only(database: Database) -> None:
    await a_hospital()

    with pytest.raises(FacilityKnown):
        await add_facility("79001", "Bệnh viện Khác", "BV KHAC", "")

    names = await database.owner.fetch("SELECT name FROM facility")
    assert [row["name"] for row in names] == ["Bệnh viện Mẫu"]


async def named(database: Database) -> list[tuple[str, str]]:
    rows = await database.owner.fetch("SELECT short_name, hotline FROM facility")
    return [(row["short_name"], row["hotline"]) for row in rows]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("BV Đại học Y", "BV Đại học Y"), ("BV Đa\u0323i ho\u0323c Y", "BV Đại học Y"),
     ("  BV   MAU ", "BV MAU"), ("BV MAU\u200b", "BV MAU"), ("BV\u00ad MAU", "BV MAU"),
     ("BV\u00a0MAU", "BV MAU"), ("BV\nMAU", "BV MAU"), ("BV MAU\u20102", "BV MAU\u20102"),
     ("B" * 20, "B" * 20), ("\ufeffBV", "BV")],
)  # fmt: skip
async def test_a_short_name_is_kept_as_it_is_seen(
    database: Database, typed: str, kept: str
) -> None:
    await add_facility("79001", "Bệnh viện Mẫu", typed, "")

    assert await named(database) == [(kept, "")]


@pytest.mark.parametrize(
    "typed",
    ["", " ", "\u200b", "B" * 21, "BENH VIEN DA KHOA KHU VUC MIEN NUI PHIA BAC", "BV 李明", "BV 💊",
     "Больница", "BV\x07", "[" * 11, "BV \ue000", "½½½½½½½"],
)  # fmt: skip
async def test_a_short_name_that_no_text_can_begin_with_is_refused(
    database: Database, typed: str
) -> None:
    with pytest.raises(UnusableShortName):
        await add_facility("79001", "Bệnh viện Mẫu", typed, "")

    assert await named(database) == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("1900 1234", "19001234"), ("(028) 3855.4269", "02838554269"), ("+84 28 3855 4269",
     "+842838554269"), ("1900-1234", "19001234"), ("1900\u20111234", "19001234"), ("115", "115"),
     ("\uff11\uff11\uff15", "115"), (" ", ""), ("1900\u00a01234\u200b", "19001234")],
)  # fmt: skip
async def test_a_hotline_is_kept_as_it_is_dialled(
    database: Database, typed: str, kept: str
) -> None:
    await add_facility("79001", "Bệnh viện Mẫu", "BV MAU", typed)

    assert await named(database) == [("BV MAU", kept)]


@pytest.mark.parametrize(
    "typed",
    ["11", "1" * 15, "19001234 nhánh 2", "19001234/19005678", "hotline", "84+12345", "٣٤٥٦"],
)
async def test_a_hotline_that_nobody_can_dial_is_refused(database: Database, typed: str) -> None:
    with pytest.raises(UnusableHotline):
        await add_facility("79001", "Bệnh viện Mẫu", "BV MAU", typed)

    assert await named(database) == []


async def test_no_key_is_kept(database: Database) -> None:
    key = await new_key(await a_hospital(), "HIS")

    assert key not in str(dict(await database.owner.fetchrow("SELECT * FROM facility_key")))


async def test_a_revoked_key_is_worthless_at_once(endpoint: AsyncClient) -> None:
    hospital = await a_hospital()
    old, new = await new_key(hospital, "old"), await new_key(hospital, "new")

    await revoke_key((await facility_of(old)).key)

    refused = await endpoint.get("/who", headers={"Authorization": f"Bearer {old}"})
    assert (refused.status_code, refused.json()["code"]) == (401, "wrong_key")
    assert (await facility_of(new)).facility == hospital


async def test_a_key_ends_when_it_was_meant_to(database: Database, time_moves: Travel) -> None:
    key = await new_key(await a_hospital(), "trial", KeyTerms(lifetime=timedelta(days=30)))
    await facility_of(key)

    async with time_moves(timedelta(days=31)):
        with pytest.raises(WrongKey):
            await facility_of(key)


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer hubkey_wrong", "Basic x", "Bearer " + "x" * 300, "hubkey_bare"]
)
async def test_a_wrong_key_opens_nothing(endpoint: AsyncClient, shown: str) -> None:
    await new_key(await a_hospital(), "HIS")

    answer = await endpoint.get("/who", headers={"Authorization": shown})

    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_key")


async def test_facilities_and_keys_are_written_down(database: Database) -> None:
    key = await new_key(await a_hospital(), "HIS")
    await revoke_key((await facility_of(key)).key)

    acts = await database.owner.fetch("SELECT action FROM audit_event ORDER BY id")

    assert [act["action"] for act in acts] == [
        "facility.added",
        "facility.key_made",
        "facility.key_revoked",
    ]


async def test_a_hospital_sees_its_keys_by_id_and_ends_one_of_them(database: Database) -> None:
    facility = await add_facility("79001", "Bệnh viện Mẫu", "BV MAU", "")
    ended, kept = await new_key(facility, "old"), await new_key(facility, "new")

    old, _ = await keys_of(facility)
    await revoke_key(UUID(old["id"]))

    with pytest.raises(WrongKey):
        await facility_of(ended)
    assert (await facility_of(kept)).facility == facility
    assert [bool(key["revoked_at"]) for key in await keys_of(facility)] == [True, False]
    assert ended not in str(await keys_of(facility))


async def test_ending_a_key_that_never_was_says_so(database: Database) -> None:
    with pytest.raises(UnknownFacilityKey):
        await revoke_key(UUID(int=1))


@pytest.mark.parametrize("column", ["id", "code", "name", "short_name", "hotline"])
async def test_the_api_gives_no_hospital_another_name(database: Database, column: str) -> None:
    """Whoever takes an API over must not speak to patients in another hospital's name."""
    await a_hospital()

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(f"UPDATE facility SET {column} = {column}")
