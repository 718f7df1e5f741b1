"""What is written down about a request says which route it was, and never what was in it."""

from httpx import AsyncClient
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from backend.core.log import ALLOWED
from backend.core.metrics import REGISTRY
from tests.api.conftest import Room

CANARY = "079200001234"


async def test_a_request_leaves_one_line_with_the_route_and_not_the_address(
    endpoint: AsyncClient, room: Room
) -> None:
    async def nothing() -> None:
        return

    room.happens = nothing

    with capture_logs() as lines:
        await endpoint.get(f"/endpoint/{CANARY}", headers={"X-Name": CANARY})
        await endpoint.get(f"/endpoint/{CANARY}?name={CANARY}", headers={"X-Name": CANARY})

    assert [(line["event"], line["route"], line["method"], line["status"]) for line in lines] == [
        ("request", "/endpoint/{name}", "GET", 200),
        ("request", "/endpoint/{name}", "GET", 400),
    ]
    assert CANARY not in str(lines)
    assert set(lines[0]) - {"log_level"} <= ALLOWED


async def test_counts_are_kept_by_route_and_status(endpoint: AsyncClient) -> None:
    await endpoint.get(f"/{CANARY}")
    await endpoint.get(f"/health/{CANARY}")

    metrics = generate_latest(REGISTRY).decode()

    assert 'hub_requests_total{route="unmatched",status="404"}' in metrics
    assert CANARY not in metrics


async def test_no_answer_is_kept_or_guessed_at(endpoint: AsyncClient) -> None:
    for path in ("/health/live", "/openapi.json", "/docs", "/nowhere", "/%00"):
        answer = await endpoint.get(path)

        assert answer.headers["cache-control"] == "no-store", path
        assert answer.headers["x-content-type-options"] == "nosniff", path


async def test_the_reader_shows_every_operation_and_loads_nothing_from_elsewhere(
    endpoint: AsyncClient,
) -> None:
    contract = (await endpoint.get("/openapi.json")).json()
    page = await endpoint.get("/docs")

    operations = [each for path in contract["paths"].values() for each in path.values()]
    assert operations
    assert all(f'id="{each["operationId"]}"' in page.text for each in operations)
    assert "://" not in page.text
    assert "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
