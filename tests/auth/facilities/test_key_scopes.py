"""What a facility key's scopes open, and what they do not, however they are spelled."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from backend.api.error_handlers import hub_error
from backend.auth.access.guards import sent_by_facility
from backend.auth.facilities.facility_keys import UnknownScope, new_key, terms
from backend.auth.facilities.rules import KeyScope
from backend.core.errors import HubError
from backend.sandbox.demo.story_bundles import LAN, encoded, registration
from tests.conftest import Database
from tests.harness.makers import a_facility
from tests.harness.refusals import code_of

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


@pytest.mark.parametrize("scope", KeyScope)
async def test_a_key_opens_the_endpoints_of_its_scope_only(
    database: Database, client: AsyncClient, scope: KeyScope
) -> None:
    key = await new_key(await a_facility(database), "his", terms([scope], []))

    answers = {
        KeyScope.INTAKE: await hands_over(client, key),
        KeyScope.DELIVERIES: await asks(client, key),
    }

    codes = {each: (a.status_code, code_of(a)) for each, a in answers.items()}
    expected: dict[KeyScope, Any] = dict.fromkeys(KeyScope, (403, "key_scope"))
    assert codes == expected | {scope: (200, "")}
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

    assert code_of(answer) == "key_scope"


def test_the_refusal_of_a_scope_names_all_there_are() -> None:
    assert all(f"`{each}`" in (UnknownScope.__doc__ or "") for each in KeyScope)


def hospital_routes(app: Litestar) -> list[HTTPRouteHandler]:
    return [
        handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if method != "OPTIONS" and sent_by_facility in handler.resolve_guards()
    ]


def test_every_endpoint_for_hospitals_names_a_scope_and_every_scope_has_an_endpoint(
    app: Litestar,
) -> None:
    named = [handler.opt.get("scope") for handler in hospital_routes(app)]

    assert all(isinstance(each, KeyScope) for each in named)
    assert set(named) == set(KeyScope)


@get("/forgotten", guards=[sent_by_facility])
async def forgotten() -> None:
    """An endpoint whose scope nobody has said."""


@pytest.fixture
async def forgetful(database: Database) -> AsyncIterator[AsyncClient]:
    app = Litestar(
        [forgotten],
        exception_handlers={HubError: hub_error},
        openapi_config=None,
        logging_config=None,
    )
    async with AsyncClient(transport=ASGITransport(app=app), base_url="https://hub.test") as client:  # type: ignore[arg-type]  # stricter scope type
        yield client


async def test_an_endpoint_that_names_no_scope_is_shut(
    database: Database, forgetful: AsyncClient
) -> None:
    key = await new_key(await a_facility(database), "his")

    answer = await forgetful.get("/forgotten", headers={"Authorization": f"Bearer {key}"})

    assert (answer.status_code, answer.json()["code"]) == (403, "key_scope")
