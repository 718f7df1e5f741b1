"""Facility keys open what they are for, from where they may, until they end; they are replaced."""

import os
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.auth.facilities.facilities import UnknownFacilityKey
from backend.auth.facilities.facility_keys import (
    KeyTerms,
    NotANetwork,
    keys_of,
    new_key,
    replace_key,
    revoke_key,
    terms,
)
from backend.auth.facilities.rules import KeyScope, ShownKey, is_within, why_not_open
from backend.core.subprocesses import CommandFailed, output_of
from tests.conftest import Database, Travel
from tests.harness.makers import a_facility


async def asks(client: AsyncClient, key: str) -> Response:
    return await client.get("/hospital/deliveries", headers={"Authorization": f"Bearer {key}"})


async def id_of(facility: UUID, n: int = 0) -> UUID:
    return UUID((await keys_of(facility))[n]["id"])


async def refusals(database: Database) -> list[str]:
    rows = await database.owner.fetch(
        "SELECT result FROM audit_event WHERE action = 'facility.key_refused' ORDER BY id"
    )
    return [row["result"] for row in rows]


async def test_a_key_ends_after_a_year_unless_it_is_said_otherwise(
    database: Database, client: AsyncClient, time_moves: Travel
) -> None:
    key = await new_key(await a_facility(database), "his")

    async with time_moves(timedelta(days=364)):
        before = await asks(client, key)
    async with time_moves(timedelta(days=365, seconds=1)):
        after = await asks(client, key)

    assert (before.status_code, after.status_code) == (200, 401)


async def test_a_replaced_key_works_on_for_the_overlap_and_no_longer(
    database: Database, client: AsyncClient, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    old = await new_key(facility, "his")
    new = await replace_key(facility, await id_of(facility), timedelta(days=7))

    async with time_moves(timedelta(days=6)):
        both = [(await asks(client, each)).status_code for each in (old, new)]
    async with time_moves(timedelta(days=8)):
        one = [(await asks(client, each)).status_code for each in (old, new)]

    assert (both, one) == ([200, 200], [401, 200])


async def test_an_overlap_never_lengthens_a_life(
    database: Database, client: AsyncClient, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    old = await new_key(facility, "trial", KeyTerms(lifetime=timedelta(days=1)))
    await replace_key(facility, await id_of(facility), timedelta(days=7))

    async with time_moves(timedelta(days=2)):
        assert (await asks(client, old)).status_code == 401


async def test_a_key_that_replaces_another_opens_no_more_than_that_one(
    database: Database, client: AsyncClient
) -> None:
    facility = await a_facility(database)
    await new_key(facility, "reports", terms(["deliveries"], ["127.0.0.0/8"]))

    await replace_key(facility, await id_of(facility), timedelta(0))

    old_row, new_row = await keys_of(facility)
    same = ("label", "scopes", "networks")
    assert [new_row[each] for each in same] == [old_row[each] for each in same]


async def test_nobody_replaces_the_key_of_another_facility(
    database: Database, client: AsyncClient
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database)
    key = await new_key(theirs, "his")

    with pytest.raises(UnknownFacilityKey):
        await replace_key(ours, await id_of(theirs), timedelta(0))

    assert (await asks(client, key)).status_code == 200
    assert await keys_of(ours) == []


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("2001:db8::1", True),
        ("198.51.100.7", False),
        ("::ffff:198.51.100.7", False),
        ("2001:db9::1", False),
        ("", False),
        ("192.0.2.7.example", False),
        ("192.0.2.7, 198.51.100.7", False),
    ],
)
def test_an_address_lies_in_a_block_or_it_does_not(address: str, inside: bool) -> None:  # noqa: FBT001  # a column of the table
    assert is_within(address, ["192.0.2.0/24", "2001:db8::/32"]) is inside


@pytest.mark.parametrize("written", ["192.0.2.7/24", "192.0.2.0/33", "all", "", "192.0.2"])
def test_a_network_is_written_as_a_block_or_refused(written: str) -> None:
    with pytest.raises(NotANetwork):
        terms([], [written])


@pytest.mark.parametrize(
    ("network", "status"), [("127.0.0.0/8", 200), ("192.0.2.0/24", 401), ("2001:db8::/32", 401)]
)
async def test_a_key_opens_nothing_from_elsewhere(
    database: Database, client: AsyncClient, network: str, status: int
) -> None:
    key = await new_key(await a_facility(database), "his", terms([], [network]))

    assert (await asks(client, key)).status_code == status


async def test_why_a_key_opens_nothing_is_written_down_and_not_told(
    database: Database, client: AsyncClient, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    over = await new_key(facility, "over", KeyTerms(lifetime=timedelta(days=1)))
    revoked = await new_key(facility, "revoked")
    elsewhere = await new_key(facility, "elsewhere", terms([], ["192.0.2.0/24"]))
    await revoke_key(await id_of(facility, 1))

    async with time_moves(timedelta(days=2)):
        answers = [
            await asks(client, each) for each in (over, revoked, elsewhere, "hubkey_nobodys")
        ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1
    assert await refusals(database) == ["key_over", "key_revoked", "key_elsewhere"]


async def test_nobodys_key_writes_nothing_down(database: Database, client: AsyncClient) -> None:
    await asks(client, "hubkey_nobodys")

    assert await database.owner.fetchval("SELECT count(*) FROM audit_event") == 0


def test_only_a_key_that_is_all_right_opens() -> None:
    for revoked, over, near, scoped in product((True, False), repeat=4):
        key = ShownKey(
            revoked=revoked,
            over=over,
            scopes=frozenset({"intake" if scoped else "deliveries"}),
            networks=frozenset({"192.0.2.0/24"}),
            address="192.0.2.1" if near else "198.51.100.1",
        )

        opens = why_not_open(key, KeyScope.INTAKE) is None

        assert opens is (near and scoped and not revoked and not over)
        assert why_not_open(key, None) is not None


def hub_environment(database: Database) -> dict[str, str]:
    return {
        "HUB_DATABASE_URL": database.servers.database_url("hub_api"),
        "HUB_REDIS_URL": database.servers.redis_url,
        "HUB_MASTER_KEYS": os.environ["HUB_MASTER_KEYS"],
    }


async def test_the_next_request_sees_what_another_process_revoked(
    database: Database, client: AsyncClient
) -> None:
    facility = await a_facility(database)
    key = await new_key(facility, "his")
    assert (await asks(client, key)).status_code == 200

    environment = hub_environment(database)
    await output_of(["facility", "revoke", str(await id_of(facility))], environment)

    assert (await asks(client, key)).status_code == 401


async def test_the_commands_make_replace_and_list_keys(
    database: Database, client: AsyncClient
) -> None:
    facility = await a_facility(database)
    code = await database.owner.fetchval("SELECT code FROM facility WHERE id = $1", facility)
    environment = hub_environment(database)

    make = ["facility", "key", code, "--label", "his", "--days", "30", "--scope", "deliveries",
            "--network", "127.0.0.1/32"]  # fmt: skip
    old = (await output_of(make, environment)).strip()
    rotate = ["facility", "key", code, "--replaces", str(await id_of(facility)), "--overlap", "0"]
    new = (await output_of(rotate, environment)).strip()
    listed = await output_of(["facility", "keys", code], environment)

    assert [(await asks(client, each)).status_code for each in (old, new)] == [401, 200]
    assert listed.count('"scopes": "deliveries", "networks": "127.0.0.1/32"') == 2
    assert old not in listed
    with pytest.raises(CommandFailed):
        await output_of(["facility", "key", code, "--scope", "Intake"], environment)
