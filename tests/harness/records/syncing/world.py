"""Two patients who are one and two again, three apps that keep a record, and what is true of it."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from httpx import AsyncClient

from backend.records.kinds import ALWAYS_OWN
from tests.conftest import Database
from tests.harness.auth.steps import a_person, hospital_number, hospital_says
from tests.harness.makers import a_facility, a_patient
from tests.harness.records.reaching import a_session, reaches, steps_up
from tests.harness.records.syncing.apps import App, Kept
from tests.harness.records.syncing.chance import Chance
from tests.harness.records.syncing.writers import TABLES, Act, Move, Writer

IN_SUMMARY = {"allergy"}


@dataclass
class World:
    database: Database
    facility: UUID
    patient: UUID
    double: UUID
    numbers: dict[UUID, UUID]
    """What the hospital knows the two by."""
    apps: list[App]

    def writer(self, about: UUID, does: Act | Move, chance: Chance) -> Writer:
        other = self.patient if about == self.double else self.double
        return Writer(
            self.facility, self.numbers[about], self.numbers[other], does, chance,
            self.database.worker_pool,
        )  # fmt: skip

    async def an_hour_passes(self) -> None:
        await self.database.owner.execute(
            "UPDATE clock_offset SET ahead = ahead + interval '1 hour'"
        )

    async def writes(self, does: Act | Move, seed: int = 1) -> None:
        """Have the hospital write about the patient, from the beginning to the end."""
        writer = self.writer(self.patient, does, Chance(seed))
        writer.start()
        while not writer.ended:
            await writer.settles(self.database.owner)
            writer.go_on()
        await writer.settles(self.database.owner)

    async def steps_up(self, app: App, *, on: bool) -> None:
        await steps_up(self.database.owner, app.session, on=on)

    async def gives(self, app: App) -> None:
        await self.database.owner.execute(
            "INSERT INTO caregiver_grant (patient, caregiver, scope) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING",
            app.patient, app.owner, app.scope,
        )  # fmt: skip

    async def takes_back(self, app: App) -> None:
        await self.database.owner.execute(
            "UPDATE caregiver_grant SET ended_at = hub_clock()"
            " WHERE caregiver = $1 AND ended_at IS NULL",
            app.owner,
        )

    async def truth(self, app: App) -> Kept:
        """Say what an app must have, by the rows themselves: not by policy, gate or cursor.

        Its session was opened by a code, so what a merge has brought waits for the desk.
        """
        stepped_up = await self.sees_restricted(app)
        kept: dict[str, tuple[str, Any]] = {}
        for table in TABLES if app.scope != "summary" else IN_SUMMARY:
            for row in await self.database.owner.fetch(
                f"SELECT id, body FROM {table} WHERE patient = $1 AND NOT hidden"
                " AND visible_from IS NOT NULL AND ($2 OR restriction = '') AND held = 0",
                app.patient, stepped_up or (app.scope == "own" and table in ALWAYS_OWN),
            ):  # fmt: skip
                kept[str(row["id"])] = (table, json.loads(row["body"]))
        return kept

    async def sees_restricted(self, app: App) -> bool:
        return app.scope != "summary" and await self.database.owner.fetchval(
            "SELECT coalesce(stepped_up_until > hub_clock(), false) FROM session_chart"
            " WHERE session = $1",
            app.session,
        )

    async def number_of(self, app: App, record: str, gone: bool) -> int:  # noqa: FBT001  # a fact, not a switch
        """Say in which change a record became what it is, or went from this app's readers."""
        rows = " UNION ALL ".join(f"SELECT id, change_n, false FROM {table}" for table in TABLES)
        n: int = await self.database.owner.fetchval(
            f"SELECT change_n FROM ({rows} UNION ALL SELECT record, change_n, true FROM tombstone"
            " WHERE restricted = $3) AS news (record, change_n, gone)"
            " WHERE record = $1 AND gone = $2",
            UUID(record), gone, await self.sees_restricted(app),
        )  # fmt: skip
        return n


async def a_world(database: Database, client: AsyncClient) -> World:
    facility = await a_facility(database)
    known = [
        await hospital_says(a_person(hospital_number(each), mobile=None), facility)
        for each in ("BN1", "BN2")
    ]
    patient, double = (each.patient for each in known)
    full, summary = [(await a_patient(database, facility, phone=None)).id for _ in range(2)]
    world = World(
        database, facility, patient, double, {each.patient: each.identifier for each in known},
        [
            App(client, await signed_in_at(database, owner), owner, patient, scope)
            for owner, scope in ((patient, "own"), (full, "full"), (summary, "summary"))
        ],
    )  # fmt: skip
    for app in world.apps[1:]:
        await world.gives(app)
    return world


async def signed_in_at(database: Database, chart: UUID) -> UUID:
    session = await a_session(database.owner, chart)
    await reaches(database.owner, session, chart)
    return session
