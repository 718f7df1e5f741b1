"""What happens around a phone number: hospitals say it, and texts arrive there."""

import re
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.phones.phones import phones_of
from backend.auth.rules import Level
from backend.core.crypto.sealing import unseal
from backend.gateways.sender import Channel
from backend.notifications.delivery.dispatcher import deliver_due
from backend.notifications.delivery.sending import Providers
from backend.notifications.planning.scheduled import plan_codes
from backend.sandbox.demo.story_bundles import CITIZEN_ID, StoryPerson, registration
from tests.conftest import Database
from tests.harness.auth.openings import open_for
from tests.harness.auth.steps import Tokens, ask, show, tokens_of
from tests.harness.fakes.sender import FakeProvider
from tests.harness.intake.hospital import Hospital, resource, without_message_id

OLD, NEW, OTHER = "+84901234567", "+84933333333", "+84944444444"
LAN = StoryPerson("Trần Thị Lan", "BN0001", "079185000011", "1985-03-12", "female", OLD)
TU = StoryPerson("Nguyễn Văn Tư", "BN0002", "046055000012", "1955-01-20", "male", OLD)
CHILD = StoryPerson("Trần An", "BN0009", "", "2026-03", "male", OLD)


async def registers(hospital: Hospital, person: StoryPerson, **changed: str) -> Response:
    """The hospital's system posts the person, as a new message; a child has no citizen id yet."""
    said = without_message_id(registration(replace(person, **changed)))
    patient = resource(said, "Patient")
    patient["identifier"] = [each for each in patient["identifier"] if each["value"]]
    answer = await hospital.posts(said)
    assert answer.status_code == 200, answer.text
    return answer


async def patient_of(database: Database, person: StoryPerson) -> UUID:
    """Find who was registered, as no role of the hub can: by opening every identifier."""
    rows = await database.owner.fetch("SELECT id, patient, system, value FROM patient_identifier")
    wanted = person.citizen_id or person.hospital_number
    for row in rows:
        value = unseal(row["value"], table="patient_identifier", column="value", row=row["id"])
        if value == wanted and (row["system"] == CITIZEN_ID) is bool(person.citizen_id):
            found: UUID = row["patient"]
            return found
    raise AssertionError(person.hospital_number)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What phones showed since the worker ran last: number, or push token, and text."""

    messages: list[tuple[str, str]]

    def at(self, address: str) -> list[str]:
        return [text for where, text in self.messages if where == address]

    def code_at(self, number: str, account: str = "") -> str:
        pattern = re.compile(rf"\.\.\.\d*{account} la (\d{{6}}),")
        codes = [each[1] for text in self.at(number) if (each := pattern.search(text))]
        assert codes, f"no code came to {number}"
        return codes[-1]

    def addresses(self) -> set[str]:
        return {where for where, _ in self.messages}


async def the_worker_runs(database: Database) -> Arrived:
    provider = FakeProvider()
    outside = Providers({Channel.SMS: provider, Channel.PUSH: provider}, provider)
    async with database.as_worker():
        await plan_codes()
        while await deliver_due(outside, lease=60.0):
            pass
    return Arrived([(address, message.text) for address, message, _ in provider.sent])


async def code_comes(
    client: AsyncClient, database: Database, person: StoryPerson, number: str | None = None
) -> tuple[UUID, Arrived]:
    challenge = await ask(client, person.citizen_id, number)
    return challenge, await the_worker_runs(database)


async def signs_in(
    client: AsyncClient, database: Database, person: StoryPerson, number: str = OLD
) -> Tokens:
    challenge, arrived = await code_comes(client, database, person, number)
    return tokens_of(await show(client, challenge, arrived.code_at(number)))


async def takes_pushes(client: AsyncClient, tokens: Tokens, token: str = "push-of-lan") -> str:
    answer = await client.put(
        "/v1/me/devices/current/push-token", headers=tokens.bearer, json={"token": token}
    )
    assert answer.status_code == 204
    return token


async def signs_in_at_the_desk(patient: UUID) -> Tokens:
    """Open a session as a slip from the counter does."""
    opened = await open_for(patient, level=Level.DESK)
    return Tokens(opened.access_token, opened.refresh_token, 600, "Bearer", opened.level)


@dataclass(frozen=True, slots=True)
class MyPhones:
    """A signed-in patient at the API of their own numbers."""

    client: AsyncClient
    tokens: Tokens

    async def later(self) -> "MyPhones":
        """The app carries its session on."""
        answer = await self.client.post(
            "/v1/sign-in/refresh", json={"refreshToken": self.tokens.refresh_token}
        )
        return MyPhones(self.client, tokens_of(answer))

    async def all(self) -> dict[str, str]:
        answer = await self._asks("GET", "")
        assert answer.status_code == 200, answer.text
        return {each["number"]: each["state"] for each in answer.json()["items"]}

    async def id_of(self, state: str) -> str:
        items = (await self._asks("GET", "")).json()["items"]
        return next(str(each["id"]) for each in items if each["state"] == state)

    async def propose(self, number: str) -> Response:
        return await self._asks("POST", "", {"number": number})

    async def ask_for_code(self, phone: str) -> Response:
        return await self._asks("POST", f"/{phone}/codes")

    async def accept(self, asked: Response, code: str) -> Response:
        body = asked.json()
        said = {"challengeId": body["challengeId"], "code": code}
        return await self._asks("POST", f"/{body['phone']}/accept", said)

    async def decline(self, phone: str) -> Response:
        return await self._asks("POST", f"/{phone}/decline")

    async def proves(self, database: Database, number: str) -> Response:
        """Propose a number, wait for the code there, and show it."""
        asked = await self.propose(number)
        assert asked.status_code == 202, asked.text
        return await self.accept(asked, (await the_worker_runs(database)).code_at(number))

    async def _asks(self, method: str, path: str, body: Any = None) -> Response:
        return await self.client.request(
            method, f"/v1/me/phones{path}", headers=self.tokens.bearer, json=body
        )


async def contact(patient: UUID, n: int = -1) -> UUID:
    """Give one of a patient's numbers; the newest, unless another is meant."""
    return (await phones_of(patient))[n].id
