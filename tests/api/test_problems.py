"""Every refusal is a problem with a stable code, and repeats nothing of what was sent."""

import asyncpg
import pytest
from httpx import AsyncClient
from msgspec import ValidationError
from redis import exceptions as redis_errors
from structlog.testing import capture_logs

from backend.api.error_handlers import issue_of
from tests.api.conftest import Room, is_problem

CANARY = "Canary079200001234"
AN_ID = "0190b0c0-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ({}, "$", "Object missing required field `patientId`."),
        ({"patientId": CANARY, "inner": []}, "$.patientId", "Invalid UUID."),
        ({"patientId": 7, "inner": []}, "$.patientId", "Expected `uuid`, got `int`."),
        (
            {"patientId": AN_ID, "inner": [{"sex": CANARY}]},
            "$.inner[0].sex",
            "This value is not one of those allowed.",
        ),
        ({"patientId": AN_ID, "inner": [], CANARY: 1}, "$", "A field is not known here."),
        (
            {"patientId": AN_ID, "inner": [], "counts": {CANARY: CANARY}},
            "$.counts[...]",
            "Expected `int`, got `str`.",
        ),
        (CANARY, "$", "Expected `object`, got `str`."),
    ],
)
async def test_a_wrong_body_is_told_by_place_and_kind_only(
    endpoint: AsyncClient, body: object, path: str, message: str
) -> None:
    answer = await endpoint.post("/endpoint/told", json=body)

    assert is_problem(answer, 400, "invalid_request")
    assert answer.json()["errors"] == [{"path": path, "message": message}]
    assert CANARY not in answer.text


async def test_words_that_are_not_known_to_be_harmless_are_replaced() -> None:
    told = issue_of(f"Invalid enum value {CANARY!r}", f"name.{CANARY} and more")

    assert CANARY not in told.message + told.path


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"/{CANARY}", 404, "not_found"),
        ("GET", f"/v1/patients/{CANARY}/nowhere", 404, "not_found"),
        ("PATCH", "/health/live", 405, "method_not_allowed"),
        ("GET", "/health/%00", 400, "unreadable_address"),
        ("GET", "/health/live?cursor=%00", 400, "unreadable_address"),
    ],
)
async def test_an_address_that_leads_nowhere_is_a_problem_too(
    endpoint: AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await endpoint.request(method, path)

    assert is_problem(answer, status, code)
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (asyncpg.AdminShutdownError(CANARY), 503, "database_away"),
        (asyncpg.CannotConnectNowError(CANARY), 503, "database_away"),
        (asyncpg.ConnectionDoesNotExistError(CANARY), 503, "database_away"),
        (asyncpg.InterfaceError("connection is closed"), 503, "database_away"),
        (asyncpg.InterfaceError("pool is closing"), 503, "database_away"),
        (ConnectionRefusedError(CANARY), 503, "database_away"),
        (TimeoutError(CANARY), 503, "database_away"),
        (redis_errors.ConnectionError(CANARY), 503, "fast_store_away"),
        (redis_errors.TimeoutError(CANARY), 503, "fast_store_away"),
        (ValidationError(f"Invalid enum value {CANARY!r} - at `$.a`"), 400, "invalid_request"),
        (asyncpg.InterfaceError(f"another operation is in progress {CANARY}"), 500,
         "internal_error"),
        (asyncpg.DataError(f"invalid input for query argument $1: {CANARY}"), 500,
         "internal_error"),
        (KeyError(CANARY), 500, "internal_error"),
    ],
    ids=repr,
)  # fmt: skip
async def test_what_goes_wrong_inside_is_told_without_detail(
    endpoint: AsyncClient, room: Room, error: Exception, status: int, code: str
) -> None:
    async def breaks() -> None:
        raise error

    room.happens = breaks

    with capture_logs() as lines:
        answer = await endpoint.get(f"/endpoint/{CANARY}")

    assert is_problem(answer, status, code)
    assert CANARY not in answer.text + str(lines)
    assert ("internal_error" in [line["event"] for line in lines]) == (status == 500)
