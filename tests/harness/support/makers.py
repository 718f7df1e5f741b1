"""Makers for support's tests: each makes one valid thing; a test names only what it is about."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp
from httpx import AsyncClient, Response

from backend.auth.identity import identifiers
from backend.auth.phones import e164
from backend.auth.registration import patients
from backend.auth.sessions.devices import DeviceDetails
from backend.core.clock import now
from backend.core.crypto.sealing import seal
from backend.core.database import fetch_value, new_id
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind
from backend.support.staff.staff import NewStaff, add_staff
from tests.conftest import Database
from tests.harness.makers import a_patient
from tests.harness.makers import a_session as a_session_on

LAN_ID = "079185000011"
LAN_PHONE = "+84912345678"
WHY = "calls about a missing message"


async def a_facility(database: Database, code: str = "79001") -> UUID:
    facility = new_id()
    await database.owner.execute(
        "INSERT INTO facility (id, code, name, short_name) VALUES ($1, $2, 'Benh vien Mau', $3)",
        facility, code, f"BV {code}",
    )  # fmt: skip
    return facility


async def lan(database: Database, facility: UUID, **more: Any) -> UUID:
    """Register Trần Thị Lan, born 1985, with a confirmed phone."""
    said: dict[str, Any] = {
        "identifiers": (patients.Identifier(identifiers.CITIZEN_ID, LAN_ID),),
        "name": "Trần Thị Lan",
        "birth_date": "1985-03-02",
        "sex": "female",
        "mobile": LAN_PHONE,
    } | more
    return await as_facility(patients.Person(**said), facility)


async def as_facility(person: patients.Person, facility: UUID) -> UUID:
    from backend.core.database import execute, transaction  # noqa: PLC0415  # only makers of people need them

    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        return (await patients.register(person, facility)).patient


async def a_chart(database: Database, facility: UUID) -> UUID:
    """A chart at another facility, with Lan's phone."""
    return (await a_patient(database, facility, phone=LAN_PHONE)).id


async def contact_of(patient: UUID) -> UUID:
    contact: UUID = await fetch_value(
        "SELECT id FROM contact_point WHERE patient = $1 ORDER BY id LIMIT 1", patient
    )
    return contact


async def a_confirmed_number(database: Database, patient: UUID, number: str) -> UUID:
    contact = new_id()
    await database.owner.execute(
        "INSERT INTO contact_point (id, patient, number, number_hash, confirmed_at)"
        " VALUES ($1, $2, $3, $4, hub_clock())",
        contact, patient,
        seal(e164.normalise(number), table="contact_point", column="number", row=contact),
        number.encode(),
    )  # fmt: skip
    return contact


async def a_phone_with_the_app(database: Database, patient: UUID) -> UUID:
    device = new_id()
    await database.owner.execute(
        "INSERT INTO device (id, platform, details, push_token, push_token_hash)"
        " VALUES ($1, 'android', $2, $3, $4)",
        device, DeviceDetails("android", "Pixel 8").sealed(device),
        seal("a-token", table="device", column="push_token", row=device), device.bytes,
    )  # fmt: skip
    await a_session_on(database, patient, device)
    return device


async def a_notification(
    database: Database, patient: UUID, facility: UUID, *, kind: Kind = Kind.RESULT_READY,
    expires_in: timedelta = timedelta(hours=72), read: bool = False,
) -> UUID:  # fmt: skip
    notification = new_id()
    await database.owner.execute(
        "INSERT INTO notification (id, patient, facility, kind, subject, urgency, lane,"
        " accepted_at, created_at, expires_at, read_at, received_event)"
        " VALUES ($1, $2, $3, $4, $5, 'important', 2, hub_clock(), hub_clock(),"
        " hub_clock() + $6::interval, CASE WHEN $7 THEN hub_clock() END, $8)",
        notification, patient, facility, kind.value, new_id(), expires_in, read, new_id(),
    )  # fmt: skip
    return notification


async def a_delivery(
    database: Database, notification: UUID, status: Status, *, contact: UUID | None = None,
    device: UUID | None = None, reason: str = "", sent: timedelta | None = None,
    delivered: timedelta | None = None,
) -> UUID:  # fmt: skip
    """One delivery; `sent` and `delivered` are counted from when the hospital spoke."""
    delivery = new_id()
    await database.owner.execute(
        "INSERT INTO delivery (id, notification, patient, channel, contact, device, status, lane,"
        " due_at, reason, sent_at, delivered_at)"
        " SELECT $1, n.id, n.patient, $3, $4, $5, $6, n.lane, n.accepted_at, $7,"
        " n.accepted_at + $8::interval, n.accepted_at + $9::interval"
        " FROM notification n WHERE n.id = $2",
        delivery, notification, "push" if device else "sms", contact, device, status.value, reason,
        sent, delivered,
    )  # fmt: skip
    return delivery


async def an_agent(
    name: str = "hoa", role: str = "agent", facility: UUID | None = None
) -> NewStaff:
    return await add_staff(name, role, facility=facility)


def code_of(person: NewStaff) -> str:
    return pyotp.TOTP(person.totp_secret).at(now())


async def signs_in(client: AsyncClient, person: NewStaff, **other: str) -> Response:
    said = {"name": person.name, "password": person.password, "totp": code_of(person)} | other
    return await client.post("/support/v1/sign-in", json=said)


@dataclass(frozen=True, slots=True)
class Desk:
    """One signed-in member of staff at the support API."""

    client: AsyncClient
    token: str

    async def asks(self, method: str, path: str, **body: Any) -> Response:
        return await self.client.request(
            method,
            f"/support/v1{path}",
            headers={"Authorization": f"Bearer {self.token}"},
            json=body or None,
        )

    async def finds_lan(self) -> Response:
        return await self.asks("POST", "/patients/search", citizenId=LAN_ID, reason=WHY)

    async def resends(self, notification: UUID) -> Response:
        return await self.asks("POST", f"/notices/{notification}/resend", reason=WHY)


async def a_desk(client: AsyncClient, person: NewStaff | None = None) -> Desk:
    """Sign somebody in: an agent of the first facility, unless another person is named."""
    answer = await signs_in(client, person or await an_agent(facility=await _first_facility()))
    return Desk(client, answer.json()["token"])


async def a_counter(client: AsyncClient) -> Desk:
    """Where somebody can look at a card."""
    facility = await _first_facility()
    return await a_desk(client, await an_agent("mai", role="supervisor", facility=facility))


async def the_hubs_own(client: AsyncClient, name: str = "trung", role: str = "supervisor") -> Desk:
    """Support of the hub itself, at no facility."""
    return await a_desk(client, await an_agent(name, role=role))


async def _first_facility() -> UUID | None:
    facility: UUID | None = await fetch_value("SELECT id FROM facility ORDER BY id LIMIT 1")
    return facility


async def a_session(database: Database, patient: UUID) -> UUID:
    """A living session on a phone of its own; what it reaches, `reaches` says."""
    device, session = new_id(), new_id()
    await database.owner.execute("INSERT INTO device (id, platform) VALUES ($1, 'android')", device)
    await database.owner.execute(
        "INSERT INTO session (id, device, created_at, used_at, expires_at, refresh_hash)"
        " VALUES ($1, $2, hub_clock(), hub_clock(), hub_clock() + interval '30 days', $3)",
        session, device, session.bytes,
    )  # fmt: skip
    return session


async def reaches(
    database: Database, session: UUID, chart: UUID, *, level: str = "otp", proof: str = "code"
) -> UUID:
    reach = new_id()
    await database.owner.execute(
        "INSERT INTO session_chart (id, session, chart, level, proof, reached_at)"
        " VALUES ($1, $2, $3, $4, $5, hub_clock())",
        reach, session, chart, level, proof,
    )  # fmt: skip
    return reach


async def somebody_waits(database: Database) -> None:
    """Wait until a transaction waits for an advisory lock."""
    while not await database.owner.fetchval(  # noqa: ASYNC110  # PostgreSQL tells nobody who waits
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
    ):
        await asyncio.sleep(0)
