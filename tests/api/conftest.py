"""The app with one more endpoint, behind which a test may do what it likes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal
from uuid import UUID

import pytest
from httpx import ASGITransport, AsyncClient, Response
from litestar import Controller, Litestar, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from backend.api.app import create_app
from backend.core.http.public import open_to_all


class Inner(Struct, frozen=True, forbid_unknown_fields=True):
    sex: Literal["female", "male"]


class Told(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A body with a field of every sort that ours have."""

    patient_id: UUID
    inner: list[Inner]
    counts: dict[str, int] = {}


class Room:
    """What happens behind the endpoint."""

    def __init__(self) -> None:
        self.happens: Callable[[], Awaitable[None]] | None = None
        self.told: list[Any] = []


@pytest.fixture
def room() -> Room:
    return Room()


class Probe(Controller):
    """One more endpoint of the app; what is behind it is in `app.state.room`."""

    path = "/endpoint"
    guards = [open_to_all]

    @post("/anything")
    async def anything(self, data: JSONBody[Any], state: State) -> None:
        state.room.told.append(data)

    @post("/told")
    async def told(self, data: JSONBody[Told], state: State) -> None:
        state.room.told.append(data)

    @post("/act")
    async def act(self, state: State) -> None:
        assert state.room.happens, "the test says what happens"
        await state.room.happens()

    @get("/{name:str}")
    async def happens(self, name: FromPath[str], state: State) -> str:
        assert state.room.happens, "the test says what happens"
        await state.room.happens()
        return str(len(name))


@pytest.fixture(scope="session")
def app_with_probe() -> Litestar:
    app = create_app()
    app.register(Probe)
    return app


@pytest.fixture
async def endpoint(app_with_probe: Litestar, room: Room) -> AsyncIterator[AsyncClient]:
    app_with_probe.state.room = room
    transport = ASGITransport(app=app_with_probe, raise_app_exceptions=False)  # type: ignore[arg-type]  # stricter scope type
    async with AsyncClient(transport=transport, base_url="https://hub.test") as client:
        yield client


def is_outcome(answer: Response, status: int, code: str) -> bool:
    """Say whether this is a refusal of the FHIR door: its code stands in its first issue."""
    body = answer.json()
    first = body["issue"][0]
    return (
        answer.status_code == status
        and answer.headers["content-type"] == "application/fhir+json"
        and body["resourceType"] == "OperationOutcome"
        and {issue["severity"] for issue in body["issue"]} == {"error"}
        and first["details"]["coding"] == [{"code": code}]
        and first["details"]["text"].endswith(".")
        and all(issue["diagnostics"] for issue in body["issue"])
    )


def is_problem(answer: Response, status: int, code: str) -> bool:
    """Say whether this is a refusal as the contract has it."""
    body = answer.json()
    if answer.request.url.path.startswith("/fhir"):
        return is_outcome(answer, status, code)
    return (
        answer.status_code == status == body["status"]
        and answer.headers["content-type"] == "application/problem+json"
        and body["code"] == code
        and body["title"].endswith(".")
    )
