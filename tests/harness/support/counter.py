"""A counter of a hospital, where slips are made, and the patient who types one in."""

from typing import Final
from uuid import UUID

from httpx import AsyncClient, Response

from tests.harness.auth.steps import PHONE
from tests.harness.support.makers import Desk, a_desk, an_agent

SEEN: Final = {"proof": "card"}


async def a_counter(client: AsyncClient, facility: UUID, name: str = "hoa") -> Desk:
    return await a_desk(client, await an_agent(name, facility=facility))


async def makes(desk: Desk, patient: UUID) -> Response:
    return await desk.asks("POST", f"/patients/{patient}/slips", **SEEN)


async def types(client: AsyncClient, code: str) -> Response:
    return await client.post(
        "/v1/sign-in/activations", json={"activationCode": code, "device": PHONE}
    )
