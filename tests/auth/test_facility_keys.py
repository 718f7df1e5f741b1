"""Facility keys open what they are for, from where they may, until they end; they are replaced."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from backend.auth.facilities import UnknownKey
from backend.auth.facility_keys import (
    KeyTerms,
    NotANetwork,
    UnknownScope,
    keys_of,
    new_key,
    replace_key,
    revoke_key,
    terms,
)
from backend.auth.guards import sent_by_facility
from backend.auth.rules import KeyScope, ShownKey, is_within, why_not_open
from backend.errors import HubError
from backend.problem_json import to_problem
from backend.processes import CommandFailed, output_of
from backend.sandbox.story_bundles import LAN, encoded, registration
from tests.conftest import Database, Travel
from tests.makers import a_facility

SPELLINGS = [
    "Intake", "INTAKE", "intake ", " intake", "intakes", "intak", "in", "intake.read", "*",
    "system/intake", "intake,deliveries", "ıntake", "webhook", "",
]  # fmt: skip
"""OpenEMR CVE-2026-126473: one spelling of a scope gave access to everything."""


async def asks(client: AsyncClient, key: str) -> Response:
    return await client.get("/hospital/deliveries", headers={"Authorization": f"Bearer {key}"})


async def hands_over(client: AsyncClient, key: str) -> Response:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/fhir+json"}
    return await client.post("/fhir/R4", content=encoded(registration(LAN)), headers=headers)


async def id_of(facility: UUID, n: int = 0) -> UUID:
    return UUID((await keys_of(facility))[n]["id"])


async def refusals(database: Database) -> list[str]:
    rows = await database.owner.fetch(
        "SELECT result FROM audit_event WHERE what = 'facility.key_refused' ORDER BY id"
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

    new = await replace_key(facility, await id_of(facility), timedelta(0))

    assert (await hands_over(client, new)).json()["code"] == "key_scope"
    old_row, new_row = await keys_of(facility)
    same = ("label", "scopes", "networks")
    assert [new_row[each] for each in same] == [old_row[each] for each in same]


async def test_nobody_replaces_the_key_of_another_facility(
    database: Database, client: AsyncClient
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database)
    key = await new_key(theirs, "his")

    with pytest.raises(UnknownKey):
        await replace_key(ours, await id_of(theirs), timedelta(0))

    assert (await asks(client, key)).status_code == 200
    assert await keys_of(ours) == []


@pytest.mark.parametrize("scope", KeyScope)
async def test_a_key_opens_the_doors_of_its_scope_only(
    database: Database, client: AsyncClient, scope: KeyScope
) -> None:
    key = await new_key(await a_facility(database), "his", terms([scope], []))

    answers = {
        KeyScope.INTAKE: await hands_over(client, key),
        KeyScope.DELIVERIES: await asks(client, key),
    }

    codes = {each: (a.status_code, a.json().get("code")) for each, a in answers.items()}
    expected: dict[KeyScope, Any] = dict.fromkeys(KeyScope, (403, "key_scope"))
    assert codes == expected | {scope: (200, None)}
    stored = await database.owner.fetchval("SELECT count(*) FROM patient")
    assert stored == (1 if scope is KeyScope.INTAKE else 0)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_scope_is_spelled_as_it_is_listed_or_refused(spelling: str) -> None:
    with pytest.raises(UnknownScope):
        terms(["deliveries", spelling], [])


@pytest.mark.parametrize("spelling", [each for each in SPELLINGS if each.strip() != "intake"])
async def test_a_scope_that_is_kept_in_another_spelling_opens_nothing(
    database: Database, client: AsyncClient, spelling: str
) -> None:
    key = await new_key(await a_facility(database), "his")
    await database.owner.execute("UPDATE facility_key SET scopes = $1", spelling)

    answer = await hands_over(client, key)

    assert answer.json().get("code") == "key_scope"


def test_the_refusal_of_a_scope_names_all_there_are() -> None:
    assert all(f"`{each}`" in (UnknownScope.__doc__ or "") for each in KeyScope)


def hospital_doors(app: Litestar) -> list[HTTPRouteHandler]:
    return [
        handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if method != "OPTIONS" and sent_by_facility in handler.resolve_guards()
    ]


def test_every_door_for_hospitals_names_a_scope_and_every_scope_has_a_door(app: Litestar) -> None:
    named = [handler.opt.get("scope") for handler in hospital_doors(app)]

    assert all(isinstance(each, KeyScope) for each in named)
    assert set(named) == set(KeyScope)


@get("/forgotten", guards=[sent_by_facility])
async def forgotten() -> None:
    """A door whose scope nobody has said."""


@pytest.fixture
async def forgetful(database: Database) -> AsyncIterator[AsyncClient]:
    app = Litestar([forgotten], exception_handlers={HubError: to_problem}, openapi_config=None)
    async with AsyncClient(transport=ASGITransport(app=app), base_url="https://hub.test") as client:  # type: ignore[arg-type]  # stricter scope type
        yield client


async def test_a_door_that_names_no_scope_is_shut(
    database: Database, forgetful: AsyncClient
) -> None:
    key = await new_key(await a_facility(database), "his")

    answer = await forgetful.get("/forgotten", headers={"Authorization": f"Bearer {key}"})

    assert (answer.status_code, answer.json()["code"]) == (403, "key_scope")


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
