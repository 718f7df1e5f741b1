"""A patient who signs in with a slip and reads everything there is, page by page."""

import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

import aiohttp

from backend.auth.credentials import activation_slips
from backend.auth.credentials.activation_slips import Paper
from backend.auth.identity.blind_index import charts_found_by
from backend.auth.identity.identifiers import FHIR_ID, Identifier, sought_as
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
AT_A_TIME, MOST_AT_A_TIME = 20, 500
Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Everything:
    """What one patient got to see, by FHIR's word for the kind."""

    items: dict[str, list[dict[str, Any]]]
    reports: list[tuple[Measured, ...]]

    def differs_from(self, record: WholeRecord) -> list[str]:
        """Say what is not as the file has it: measurements alone, and inside their reports."""
        own = Counter(shown(each) for each in self.items["Observation"])
        wrong = [] if own == Counter(measured_in(record)) else ["other measurements"]
        return wrong + ([] if Counter(self.reports) == reports_in(record) else ["other reports"])


@dataclass(frozen=True, slots=True)
class Reader:
    api: aiohttp.ClientSession
    token: str

    @classmethod
    async def of_chart(cls, hub: RunningHub, chart: UUID, n: int) -> "Reader":
        """Sign in with a slip that opens; `n` is the phone's own network."""
        reader = await cls.with_slip(hub, await slip_for(chart), n)
        assert reader, "the slip opens a session"
        return reader

    @classmethod
    async def with_slip(cls, hub: RunningHub, code: str, n: int) -> "Reader | None":
        """Type the code; None when it opens nothing."""
        async with hub.apis[0].post(
            "/v1/sign-in/activations",
            json={"activationCode": code, "device": PHONE},
            headers={"X-Forwarded-For": f"10.{n >> 8}.{n & 255}.1"},
        ) as answer:
            said = await answer.json(content_type=None)
            let_in = answer.status == HTTPStatus.CREATED
            return cls(hub.apis[0], said["accessToken"]) if let_in else None

    async def reads_everything(self) -> Everything:
        items = {kind: await self.lists(address) for kind, (_, address) in KINDS.items()}
        reports = [await self.get(f"results/{each['id']}") for each in items["DiagnosticReport"]]
        return Everything(items, [tuple(map(shown, each["observations"])) for each in reports])

    async def lists(self, address: str) -> list[dict[str, Any]]:
        """Give all of a list, page by page."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = await self.get(f"{address}?limit={AT_A_TIME}{cursor}")
            found += page["items"]
            if page["nextCursor"] is None:
                return found
            cursor = f"&cursor={page['nextCursor']}"

    async def syncs(self) -> list[Resource]:
        """Give each record of the chart as an app keeps it, with its `kind` and its `id`."""
        found, since = list[Resource](), ""
        while True:
            page = await self.get(f"changes?limit={MOST_AT_A_TIME}{since}")
            found += page["items"]
            if not page["more"]:
                return found
            since = f"&since={page['nextCursor']}"

    async def get(self, address: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"/v1/patients/me/{address}".rstrip("/")
        async with self.api.get(url, headers=headers) as answer:
            answer.raise_for_status()
            return as_written(await answer.text())


async def chart_of(hub: RunningHub, code: str, patient: Resource) -> UUID:
    """Find the chart by the numbers of a Patient, as the facility's own desk does.

    Args:
        hub: where it is.
        code: of the facility that sent the Patient.
        patient: as it was sent.
    """
    facility = await hub.owner.fetchval("SELECT id FROM facility WHERE code = $1", code)
    numbers = [
        sought_as(Identifier(each.get("system", ""), each["value"]), facility)
        for each in patient.get("identifier", [])
    ]
    numbers.append(sought_as(Identifier(FHIR_ID, f"Patient/{patient['id']}"), facility))
    async with _pool():
        found = {
            one for charts in (await charts_found_by(numbers, facility)).values() for one in charts
        }
    assert len(found) == 1, "one chart has these numbers"
    return found.pop()


async def slip_for(patient: UUID) -> str:
    """Make a slip as the counter does for somebody who has no citizen id; give its code."""
    async with _pool(), transaction():
        made = await activation_slips.make_slip(patient, None, Paper.OTHER, made_by=new_id())
    return made.code.grouped


@asynccontextmanager
async def _pool() -> AsyncIterator[None]:
    await open_pool(os.environ["HUB_DATABASE_URL"], size=1, process="conformance")
    try:
        yield
    finally:
        await close_pool()
