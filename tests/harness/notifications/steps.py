"""What is due, what the worker does about it, and what became of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from prometheus_client import Counter

from backend.core.clock import now
from backend.core.database import new_id
from backend.core.settings import load_settings
from backend.gateways.sender import Channel, Receipt, SendOutcome, SendResult
from backend.gateways.twilio.signature import receipt_of
from backend.notifications.delivery.dispatcher import deliver_due
from backend.notifications.delivery.sending import Providers
from backend.notifications.kinds import POLICIES, Kind
from tests.conftest import Database
from tests.harness.fakes.sender import FakeProvider
from tests.harness.makers import SomePatient

LEASE = 60.0
AFTER_THE_LEASE = timedelta(seconds=LEASE + 1)
IN_DOUBT = SendResult(SendOutcome.IN_DOUBT, code="ServerDisconnectedError")


def until_ten() -> timedelta:
    """How long it is until ten in the morning of the people here: nothing is held then.

    It is an hour at least, in which whatever waits to be told together has waited.
    """
    here = now().astimezone(ZoneInfo(load_settings().timezone))
    ten = here.replace(hour=10, minute=0, second=0, microsecond=0)
    return (ten if ten - here >= timedelta(hours=1) else ten + timedelta(days=1)) - here


def a_receipt(provider_id: str, word: str, code: str = "") -> Receipt:
    """Read what Twilio posts of a text."""
    form = {"MessageSid": provider_id, "MessageStatus": word, "ErrorCode": code}
    return receipt_of(form)


async def a_due_text(
    database: Database, patient: SomePatient, kind: Kind = Kind.RESULT_READY,
    *, expires_in: timedelta = timedelta(hours=1), subject: UUID | None = None,
) -> UUID:  # fmt: skip
    return await _due(database, patient, Channel.SMS, kind, expires_in, subject or new_id())


async def a_due_push(database: Database, patient: SomePatient) -> UUID:
    return await _due(
        database, patient, Channel.PUSH, Kind.RESULT_READY, timedelta(hours=1), new_id()
    )


async def a_due_code(database: Database, patient: SomePatient) -> UUID:
    challenge = new_id()
    await database.owner.execute(
        "INSERT INTO sign_in_challenge (id, pair_hash, subject_hint, patient, contact,"
        " expires_at, told_at) VALUES ($1, '', '011', $2, $3, hub_clock() + interval '5 minutes',"
        " hub_clock())",
        challenge, patient.id, patient.contact,
    )  # fmt: skip
    return await a_due_text(
        database, patient, Kind.CODE, expires_in=timedelta(minutes=5), subject=challenge
    )


async def _due(
    database: Database, patient: SomePatient, channel: Channel, kind: Kind,
    expires_in: timedelta, subject: UUID,
) -> UUID:  # fmt: skip
    manner, notification, delivery = POLICIES[kind], new_id(), new_id()
    await database.owner.execute(
        "INSERT INTO notification (id, patient, facility, kind, subject, urgency, lane,"
        " accepted_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, hub_clock(),"
        " hub_clock() + $8::interval)",
        notification, patient.id, patient.facility, kind.value, subject, manner.urgency.value,
        int(manner.lane), expires_in,
    )  # fmt: skip
    text = channel is Channel.SMS
    await database.owner.execute(
        "INSERT INTO delivery (id, notification, patient, channel, contact, device, lane, due_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, hub_clock())",
        delivery, notification, patient.id, channel.value, patient.contact if text else None,
        None if text else patient.devices[0], int(manner.lane),
    )  # fmt: skip
    return delivery


async def the_worker_sends(database: Database, provider: FakeProvider) -> int:
    """One round of a worker; gives how many deliveries it claimed."""
    outside = Providers({Channel.SMS: provider, Channel.PUSH: provider}, provider)
    async with database.as_worker():
        return await deliver_due(outside, lease=LEASE)


async def row(database: Database, delivery: UUID) -> Any:
    return await database.owner.fetchrow("SELECT * FROM delivery WHERE id = $1", delivery)


async def status(database: Database, delivery: UUID) -> tuple[str, str]:
    """Give where it is and why."""
    found = await row(database, delivery)
    return found["status"], found["reason"]


async def history(database: Database, delivery: UUID) -> list[tuple[str, str]]:
    rows = await database.owner.fetch(
        "SELECT source, status FROM delivery_event WHERE delivery = $1 ORDER BY at, id", delivery
    )
    return [(each["source"], each["status"]) for each in rows]


async def attempts(database: Database, delivery: UUID) -> list[tuple[UUID, str, str]]:
    rows = await database.owner.fetch(
        "SELECT id, outcome, provider_id FROM attempt WHERE delivery = $1 ORDER BY number", delivery
    )
    return [(each["id"], each["outcome"], each["provider_id"]) for each in rows]


def counted(counter: Counter, *labels: str) -> float:
    """What the counter stands at now; a test compares before and after."""
    return float(counter.labels(*labels)._value.get())  # there is no other way to read one
