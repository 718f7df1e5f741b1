"""Whatever is thrown at an endpoint by somebody whom its guard lets in, nothing of it is kept."""

import pytest
from httpx import AsyncClient, Response

from backend.api.request_bodies import kind_for
from conformance.callers import Callers, Endpoint, endpoints_with_bodies, make_callers
from conformance.stored import stored
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.ambiguous_json import DISHONEST
from tests.harness.refusals import refusal_type
from tests.harness.routes import api_to_read

A_FORM = "application/x-www-form-urlencoded"
ENDPOINTS = {endpoint.name: endpoint for endpoint in endpoints_with_bodies(api_to_read())}

NOT_ASKED_FOR = {
    "another shape": b'{"surprise": 1}',
    "a list": b"[1, 2]",
    "a text": b'"a"',
    "a number": b"-0",
    "null": b"null",
    "a hundred empty lists": b"[" + b",".join([b"[]"] * 100) + b"]",
}
"""Honest JSON that no endpoint takes."""


def media_type(endpoint: Endpoint) -> str:
    return max(kind_for(endpoint.path).media_types)


async def knock(
    client: AsyncClient, callers: Callers, endpoint: Endpoint, body: bytes, content_type: str
) -> Response:
    address = endpoint.address()
    headers = callers.headers(endpoint, address, body) | {"Content-Type": content_type}
    return await client.request(endpoint.method, address, content=body, headers=headers)


@pytest.mark.parametrize("name", ENDPOINTS)
async def test_a_body_that_no_endpoint_takes_changes_nothing(
    database: Database, client: AsyncClient, name: str
) -> None:
    endpoint, callers = ENDPOINTS[name], await make_callers(database.owner)
    as_json = "application/json" if media_type(endpoint) == A_FORM else media_type(endpoint)
    before = await stored(database.owner)

    answers = {
        what: await knock(client, callers, endpoint, body, as_json)
        for what, body in {**DISHONEST, **NOT_ASKED_FOR}.items()
    }

    assert {what: a.status_code for what, a in answers.items() if a.status_code // 100 != 4} == {}
    kinds = {answer.headers["content-type"] for answer in answers.values()}
    assert kinds == {refusal_type(endpoint.path)}
    assert await stored(database.owner) == before


async def test_a_body_of_a_kind_that_no_endpoint_takes_is_refused_at_each(
    database: Database, client: AsyncClient
) -> None:
    callers = await make_callers(database.owner)

    for endpoint in ENDPOINTS.values():
        for content_type in ("text/plain", "application/xml", "multipart/form-data"):
            answer = await knock(client, callers, endpoint, b"{}", content_type)

            assert is_problem(answer, 415, "unsupported_media_type"), endpoint.name


async def test_nothing_above_was_refused_by_a_guard_only(
    database: Database, client: AsyncClient
) -> None:
    callers = await make_callers(database.owner)

    for endpoint in ENDPOINTS.values():
        answer = await knock(client, callers, endpoint, b"[1]", media_type(endpoint))

        assert answer.status_code not in {401, 403}, endpoint.name
