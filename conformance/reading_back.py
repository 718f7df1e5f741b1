"""A patient who signs in with a slip and reads everything there is, page by page."""

import os
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

import aiohttp

from backend.auth.credentials import activation_slips
from backend.auth.credentials.activation_slips import Paper
from backend.core.database import close_pool, new_id, open_pool, transaction
from conformance.running import RunningHub
from conformance.whole_records import (
    KINDS,
    Measured,
    WholeRecord,
    as_written,
    measured_in,
    reports_in,
    shown,
)

PHONE = {"platform": "android", "model": "", "name": ""}
AT_A_TIME = 20


@dataclass(frozen=True, slots=True)
class Everything:
    """What one patient got to see, by FHIR's word for the kind."""

    items: dict[str, list[dict[str, Any]]]
    reports: list[tuple[Measured, ...]]

    def differs_from(self, record: WholeRecord) -> list[str]:
        """Say what is not as the file has it: measurements alone, and inside their reports."""
        own = Counter(shown(each) for each in self.items["Observation"])
        wrong = [] if own == Counter(measured_in(record).values()) else ["other measurements"]
        return wrong + ([] if Counter(self.reports) == reports_in(record) else ["other reports"])


@dataclass(frozen=True, slots=True)
class Reader:
    api: aiohttp.ClientSession
    token: str

    @classmethod
    async def with_slip(cls, hub: RunningHub, code: str, n: int) -> "Reader | None":
        """Type the code; None when it opens nothing."""
        async with hub.apis[0].post(
            "/v1/sign-in/activations",
            json={"activationCode": code, "device": PHONE},
            headers={"X-Forwarded-For": f"198.51.100.{n + 1}"},
        ) as answer:
            said = await answer.json(content_type=None)
            let_in = answer.status == HTTPStatus.CREATED
            return cls(hub.apis[0], said["accessToken"]) if let_in else None

    async def reads_everything(self) -> Everything:
        items = {kind: await self._list(address) for kind, (_, address) in KINDS.items()}
        reports = [await self.get(f"results/{each['id']}") for each in items["DiagnosticReport"]]
        return Everything(items, [tuple(map(shown, each["observations"])) for each in reports])

    async def _list(self, address: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = await self.get(f"{address}?limit={AT_A_TIME}{cursor}")
            found += page["items"]
            if page["nextCursor"] is None:
                return found
            cursor = f"&cursor={page['nextCursor']}"

    async def get(self, address: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.api.get(f"/v1/patients/me/{address}", headers=headers) as answer:
            answer.raise_for_status()
            return as_written(await answer.text())


async def slip_of(hub: RunningHub, record: WholeRecord) -> str:
    """Make a slip as the counter does for somebody who has no citizen id; give its code."""
    a_visit = record.of("Encounter")[0]["id"]
    return await slip_for(
        await hub.owner.fetchval("SELECT patient FROM visit WHERE key = $1", a_visit)
    )


async def slip_for(patient: UUID) -> str:
    await open_pool(os.environ["HUB_DATABASE_URL"], size=1, process="conformance")
    try:
        async with transaction():
            made = await activation_slips.make_slip(patient, None, Paper.OTHER, made_by=new_id())
    finally:
        await close_pool()
    return made.code.grouped
