"""Whatever is thrown at a door by somebody whom its guard lets in, nothing of it is kept."""

import pytest
from httpx import AsyncClient, Response

from backend.api.app import create_app
from backend.api.request_bodies import kind_for
from conformance.callers import Callers, Door, doors_with_bodies, let_in
from conformance.stored import stored
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.dishonest import DISHONEST

A_FORM = "application/x-www-form-urlencoded"
DOORS = {door.name: door for door in doors_with_bodies(create_app())}

NOT_ASKED_FOR = {
    "another shape": b'{"surprise": 1}',
    "a list": b"[1, 2]",
    "a text": b'"a"',
    "a number": b"-0",
    "null": b"null",
    "a hundred empty lists": b"[" + b",".join([b"[]"] * 100) + b"]",
}
"""Honest JSON that no door takes."""


def media_type(door: Door) -> str:
    return max(kind_for(door.path).media_types)


async def knock(
    client: AsyncClient, callers: Callers, door: Door, body: bytes, content_type: str
) -> Response:
    address = door.address()
    headers = callers.headers(door, address, body) | {"Content-Type": content_type}
    return await client.request(door.method, address, content=body, headers=headers)


@pytest.mark.parametrize("name", DOORS)
async def test_a_body_that_no_door_takes_changes_nothing(
    database: Database, client: AsyncClient, name: str
) -> None:
    door, callers = DOORS[name], await let_in(database.owner)
    as_json = "application/json" if media_type(door) == A_FORM else media_type(door)
    before = await stored(database.owner)

    answers = {
        what: await knock(client, callers, door, body, as_json)
        for what, body in {**DISHONEST, **NOT_ASKED_FOR}.items()
    }

    assert {what: a.status_code for what, a in answers.items() if a.status_code // 100 != 4} == {}
    assert {a.headers["content-type"] for a in answers.values()} == {"application/problem+json"}
    assert await stored(database.owner) == before


async def test_a_body_of_a_kind_that_no_door_takes_is_refused_at_each(
    database: Database, client: AsyncClient
) -> None:
    callers = await let_in(database.owner)

    for door in DOORS.values():
        for content_type in ("text/plain", "application/xml", "multipart/form-data"):
            answer = await knock(client, callers, door, b"{}", content_type)

            assert is_problem(answer, 415, "unsupported_media_type"), door.name


async def test_nothing_above_was_refused_by_a_guard_only(
    database: Database, client: AsyncClient
) -> None:
    callers = await let_in(database.owner)

    for door in DOORS.values():
        answer = await knock(client, callers, door, b"[1]", media_type(door))

        assert answer.status_code not in {401, 403}, door.name
