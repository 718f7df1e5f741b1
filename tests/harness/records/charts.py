"""Charts of one hospital, some about the same person, and what is merged in these stories."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from httpx import AsyncClient

from backend.auth.access import access_tokens
from backend.auth.access.gate import Caller, reading_as
from backend.auth.registration.patients import Identifier, Known, find
from backend.auth.rules import Level
from backend.core.database import execute, fetch
from backend.records.kinds import TABLES
from backend.records.lifecycle.merge import merge, unmerge
from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS, LAN, Resource, StoryPerson, visit
from backend.sandbox.demo.story_bundles import transaction as as_transaction
from tests.conftest import Database
from tests.harness.auth.openings import open_for
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago, without_message_id

TEMPORARY = StoryPerson("Nữ chưa rõ tên", "TAM-1", "", "1985", "female", "0933000001")
"""Opened in the emergency room, before anybody knew who she was."""
LASTING = StoryPerson("Trần Thị Lan", "BN-1", LAN.citizen_id, "1985-03-12", "female", "0933000002")
THIRD = StoryPerson("Trần Thị Lan", "BN-3", "", "1985-03", "female", "0933000003")
RECORDS = ("result", "observation", "appointment", "medicine", "dose_rule", "document_content")


def chart(person: StoryPerson, **more: Any) -> Resource:
    """One chart as a FHIR Patient, named after its number."""
    numbers = [{"system": HOSPITAL_NUMBERS, "value": person.hospital_number}]
    if person.citizen_id:
        numbers += [{"system": "urn:vn:citizen-id", "value": person.citizen_id}]
    return {
        "resourceType": "Patient", "id": person.hospital_number, "identifier": numbers,
        "name": [{"text": person.name}], "gender": person.gender, "birthDate": person.birth_date,
        "telecom": [{"system": "phone", "use": "mobile", "value": person.mobile}], **more,
    }  # fmt: skip


def said(*resources: Resource) -> Resource:
    """Say it in one Bundle without an id of its own."""
    bundle = without_message_id(as_transaction("x", list(resources)))
    for each in bundle["entry"]:
        kind, name = each["resource"]["resourceType"], each["resource"].get("id")
        if name:
            each["request"] = {"method": "PUT", "url": f"{kind}/{name}"}
    return bundle


@dataclass(frozen=True, slots=True)
class Charts:
    """A hospital that finds out which of its charts are about one person."""

    database: Database
    hospital: Hospital

    @property
    def facility(self) -> UUID:
        return self.hospital.facility

    async def opens(self, person: StoryPerson, **more: Any) -> None:
        answer = await self.hospital.posts(said(chart(person, **more)))
        assert answer.status_code == 200, answer.text

    async def files_a_visit(self, person: StoryPerson) -> None:
        answer = await self.hospital.posts(visit(person, an_hour_ago()))
        assert answer.status_code == 200, answer.text

    async def known(self, person: StoryPerson) -> Known:
        """Find the chart's number, and whom it leads to now."""
        number = Identifier(HOSPITAL_NUMBERS, person.hospital_number)
        found = await find([number], self.facility)
        assert found
        return found

    async def owner(self, person: StoryPerson) -> UUID:
        return (await self.known(person)).patient

    async def merges(self, old: StoryPerson, new: StoryPerson) -> bool:
        one, other = await self.known(old), await self.known(new)
        return await merge(self.facility, one.identifier, other.identifier)

    async def takes_back(self, old: StoryPerson) -> bool:
        return await unmerge(self.facility, (await self.known(old)).identifier)

    async def rows(self) -> dict[UUID, int]:
        """Count every row of a record by its owner."""
        counted: dict[UUID, int] = {}
        for table in {*TABLES.values(), "dose_rule", "document_content"}:
            for row in await self.database.owner.fetch(f"SELECT patient FROM {table}"):
                counted[row["patient"]] = counted.get(row["patient"], 0) + 1
        return counted

    async def epochs(self) -> dict[UUID, int]:
        rows = await self.database.owner.fetch("SELECT patient, epoch FROM patient_change")
        return {row["patient"]: row["epoch"] for row in rows}


async def some_charts(database: Database, client: AsyncClient, *people: StoryPerson) -> Charts:
    charts = Charts(database, await a_hospital(database, client))
    for each in people:
        await charts.opens(each)
    return charts


async def signed_in(patient: UUID, level: Level = Level.DESK, proof: str = "slip") -> Caller:
    """Let somebody in, as a slip of the counter does, or by another proof."""
    opened = await open_for(patient, level=level, proof=proof)
    access = access_tokens.verify(opened.access_token)
    return Caller(access.session)


async def sees(caller: Caller, patient: UUID | None = None) -> dict[str, int]:
    """Count what the database shows to a reader who forgets every WHERE."""
    async with reading_as(caller, patient, "test"):
        return {each: len(await fetch(f"SELECT id FROM {each}")) for each in RECORDS}


async def as_intake(facility: UUID) -> None:
    """Step in, for the rest of the test's own transaction."""
    await execute("SELECT open_intake($1)", facility)
