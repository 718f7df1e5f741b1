"""Grants between the charts of two people, made and counted as their apps do it."""

from typing import Any
from uuid import UUID

from httpx import Response

from tests.harness.auth.reaching import App, Reaching


async def invites(app: App, **more: Any) -> dict[str, Any]:
    answer = await app.sends("POST", "caregivers/invitations", {"scope": "full"} | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def accepts(app: App, made: dict[str, Any]) -> Response:
    return await app.sends("POST", "cared-for", {"invitationCode": made["invitationCode"]})


async def lets_in(patient: App, caregiver: App, **more: Any) -> dict[str, Any]:
    answer = await accepts(caregiver, await invites(patient, **more))
    assert answer.status_code == 201, answer.text
    opened: dict[str, Any] = answer.json()
    return opened


async def pairs(hub: Reaching) -> set[tuple[UUID, UUID]]:
    rows = await hub.database.owner.fetch(
        "SELECT patient, caregiver FROM caregiver_grant WHERE ended_at IS NULL"
    )
    return {(row["patient"], row["caregiver"]) for row in rows}


async def opens(app: App, *charts: UUID) -> list[bool]:
    return [(await app.reads(chart)).status_code == 200 for chart in charts]
