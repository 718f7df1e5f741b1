"""A query parameter that a route does not know is refused everywhere, and changes nothing."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from httpx import AsyncClient, Response
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from backend.api.openapi import openapi_text
from backend.core.metrics import REGISTRY
from conformance.callers import Callers, Endpoint, every_endpoint, make_callers
from conformance.stored import stored
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.routes import api_to_read

NOT_LOOKED_AT = {
    "GET /health/live", "GET /health/ready",
    "POST /providers/twilio/receipts/{attempt}",
}  # fmt: skip
EVERY = {endpoint.name: endpoint for endpoint in every_endpoint(api_to_read())}
CHECKED = {name: endpoint for name, endpoint in EVERY.items() if name not in NOT_LOOKED_AT}
NUMBER = "0912345678"
UNKNOWN = [
    "dryRun=true", "dryRun", "DRY-RUN=true", "dry_run=true", "Limit=1", "LIMIT=1", "Cursor=",
    "=1", "=", "%30=1", "limit;cursor=1", "limit%5B%5D=1", "+limit=1",
    f"{NUMBER}=1", f"{quote('Trần Thị Lan')}=1", "%ff=1", "_FORMAT=json", "__proto__=1",
]  # fmt: skip
OF_FHIR = {"_format", "_pretty", "_summary"}


async def ask(
    client: AsyncClient, endpoint: Endpoint, query: str, callers: Callers | None
) -> Response:
    address = f"{endpoint.address()}?{query}"
    headers = callers.headers(endpoint, address, b"") if callers else {}
    return await client.request(endpoint.method, address, headers=headers)


def is_refused(endpoint: Endpoint, answer: Response) -> bool:
    """Say whether it is this refusal: below `/fhir` an OperationOutcome, else a problem."""
    if not endpoint.path.startswith("/fhir/"):
        return is_problem(answer, 400, "unknown_parameter")
    return (
        answer.status_code == 400
        and answer.headers["content-type"] == "application/fhir+json"
        and answer.json()["resourceType"] == "OperationOutcome"
        and answer.json()["issue"][0]["code"] == "not-supported"
    )


def contract() -> dict[str, set[str]]:
    """Give each operation of the contract its query parameters."""
    said: dict[str, dict[str, dict[str, Any]]] = json.loads(openapi_text())["paths"]
    return {
        f"{method.upper()} {path}": {
            each["name"] for each in operation.get("parameters", []) if each["in"] == "query"
        }
        for path, operations in said.items()
        for method, operation in operations.items()
    }


async def test_an_unknown_parameter_is_refused_at_every_endpoint_and_changes_nothing(
    database: Database, client: AsyncClient
) -> None:
    callers = await make_callers(database.owner)
    before = await stored(database.owner)

    let_through = [
        (name, query)
        for name, endpoint in CHECKED.items()
        for query in UNKNOWN
        if not is_refused(endpoint, await ask(client, endpoint, query, callers))
    ]

    assert let_through == []
    assert await stored(database.owner) == before


async def test_known_and_unknown_callers_get_the_same_refusal(
    database: Database, client: AsyncClient
) -> None:
    callers = await make_callers(database.owner)

    for name, endpoint in CHECKED.items():
        known = await ask(client, endpoint, "dryRun=true", callers)
        nobody = await ask(client, endpoint, "dryRun=true", None)

        assert is_refused(endpoint, nobody), name
        assert (known.content, known.headers) == (nobody.content, nobody.headers), name


async def test_the_refusal_lists_what_the_contract_lists_and_that_is_taken(
    client: AsyncClient,
) -> None:
    listed = contract()
    for name, endpoint in CHECKED.items():
        known = listed.get(name, set()) | (OF_FHIR if endpoint.path.startswith("/fhir/") else set())

        refused = await ask(client, endpoint, "dryRun=true", None)

        hint = f"Known here: {', '.join(sorted(known))}." if known else "No query parameter is"
        assert hint in refused.text, name
        for each in known:
            taken = await ask(client, endpoint, f"{each}=1&{each}=2", None)
            assert not is_refused(endpoint, taken), (name, each)


async def test_one_known_parameter_does_not_let_an_unknown_one_in(client: AsyncClient) -> None:
    answer = await client.get("/v1/me/notifications?limit=1&limits=1")

    assert is_problem(answer, 400, "unknown_parameter")
    assert answer.json()["title"] == "Địa chỉ này không có một trong các tham số đã gửi."


@pytest.mark.parametrize("name", sorted(NOT_LOOKED_AT))
async def test_providers_and_probes_may_add_what_they_like(
    database: Database, client: AsyncClient, name: str
) -> None:
    endpoint, callers = EVERY[name], await make_callers(database.owner)

    plain = await client.request(endpoint.method, endpoint.address())
    answer = await ask(client, endpoint, "dryRun=true", callers)

    assert answer.status_code in {204, plain.status_code}
    assert "unknown_parameter" not in answer.text


async def test_no_name_of_a_parameter_is_repeated_or_written_down(client: AsyncClient) -> None:
    with capture_logs() as lines:
        answer = await client.get(f"/v1/me/notifications?{NUMBER}={NUMBER}")
        fhir = await client.post(f"/fhir/R4?{NUMBER}={NUMBER}")
    metrics = generate_latest(REGISTRY).decode()

    assert NUMBER not in answer.text + fhir.text + str(lines) + metrics
    assert [line["status"] for line in lines] == [400, 400]
