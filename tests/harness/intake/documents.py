"""Letters with files, as a hospital sends them."""

from typing import Any

from httpx import AsyncClient, Response

from tests.harness.auth.steps import Tokens
from tests.harness.intake.other_kinds import HERS, concept

Resource = dict[str, Any]


def letter(*attachments: Resource, **more: Any) -> Resource:
    return {
        "resourceType": "DocumentReference", "id": "l1", "status": "current", "subject": HERS,
        "docStatus": "final", "type": concept("Giấy ra viện"), "date": "2026-10-01T08:00:00+07:00",
        "author": [{"reference": "Practitioner/p1"}],
        "content": [{"attachment": each} for each in attachments],
    } | more  # fmt: skip


async def listed(client: AsyncClient, who: Tokens, kind: str = "documents") -> list[Any]:
    page = await client.get(f"/v1/patients/me/{kind}", headers=who.bearer)
    assert page.status_code == 200, page.text
    items: list[Any] = page.json()["items"]
    return items


async def content(
    client: AsyncClient,
    who: Tokens,
    row: str,
    file: int = 0,
    kind: str = "documents",
    known: str = "",
) -> Response:
    return await client.get(
        f"/v1/patients/me/{kind}/{row}/content?file={file}",
        headers=who.bearer | {"If-None-Match": known},
    )
