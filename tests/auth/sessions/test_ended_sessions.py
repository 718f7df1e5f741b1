"""Whatever a patient may do, a session that was ended may not: every endpoint is tried."""

import pytest
from httpx import AsyncClient
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from backend.auth.access.guards import signed_in
from backend.core.database import new_id
from conformance.callers import make_callers
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.routes import api_to_read

BODIES = {
    "PUT /v1/me/devices/current/push-token": {"token": "phone-of-lan"},
    "POST /v1/me/sessions/{session}/approval": {"number": "123"},
    "POST /v1/me/charts": {"charts": [str(new_id())]},
    "POST /v1/me/phones": {"number": "0912345678"},
    "POST /v1/me/phones/{contact}/accept": {"challengeId": str(new_id()), "code": "123456"},
    "POST /v1/me/step-up": {"challengeId": str(new_id()), "code": "123456"},
    "POST /v1/me/caregivers/invitations": {"scope": "summary"},
    "POST /v1/me/cared-for": {"invitationCode": "made-up"},
    "POST /v1/patients/{patient}/access-log/{line}/dispute": {},
    "PUT /v1/me/doses/{dose}": {"state": "taken"},
    "PUT /v1/me/dose-hours": {"morning": "06:00:00", "noon": "11:00:00", "afternoon": "16:00:00",
                              "evening": "21:00:00"},
}  # fmt: skip
"""A good body for each endpoint that takes one: a bad one would be refused before anybody looks."""
QUERIES = {"GET /v1/patients/{patient}/medicines/schedule": "?from=2026-01-01&to=2026-01-02"}


WITH_VNEID = "/v1/me/charts/vneid/"
"""Here is no VNeID, which they say first: `auth/vneid/test_adding_charts` tries them."""


def patient_routes() -> dict[str, HTTPRouteHandler]:
    return {
        f"{method} {route.path_format}": handler
        for route in api_to_read().routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in sorted(route.route_handler_map.items())
        if signed_in in handler.resolve_guards() and method != "OPTIONS"
        if not route.path_format.startswith(WITH_VNEID)
    }


ROUTES = patient_routes()


@pytest.mark.parametrize("name", ROUTES)
async def test_a_session_that_was_ended_opens_no_endpoint(
    database: Database, client: AsyncClient, name: str
) -> None:
    callers = await make_callers(database.owner)
    await database.owner.execute("UPDATE session SET ended_at = hub_clock()")
    method, _, path = name.partition(" ")
    parts = [str(new_id()) if "{" in part else part for part in path.split("/")]
    address = "/".join(parts) + QUERIES.get(name, "")
    headers = {"Authorization": f"Bearer {callers.patient_token}"}

    answer = await client.request(method, address, headers=headers, json=BODIES.get(name))

    assert is_problem(answer, 401, "not_signed_in")
