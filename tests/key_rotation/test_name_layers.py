"""After a new naming key everything is found by the names that nobody has stored."""

import re
from typing import Any

import pytest
from httpx import AsyncClient

from backend.core.crypto.key_ring import load_ring
from backend.core.crypto.keys import naming_keys
from backend.key_rotation.name_layers import (
    HASHED_COLUMNS,
    HubRunning,
    lay_key_over,
    lay_new_key,
)
from backend.key_rotation.ring_changes import as_owner as owners_transaction
from backend.sandbox.demo.story_bundles import LAN, registration, visit
from tests.conftest import Database
from tests.harness.intake.documents import letter
from tests.harness.intake.files import TEXT, attached
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago
from tests.harness.intake.orders import order
from tests.harness.intake.other_kinds import HERS, PRACTITIONER, concept, sent
from tests.harness.stolen_dump import COLUMNS
from tests.key_rotation.conftest import Owner

HASH = re.compile(r"(ServiceRequest/)?[A-Za-z0-9_-]{32}")
MEDICINE = {"resourceType": "MedicationRequest", "id": "m2", "status": "active", "intent": "order",
            "subject": HERS, "medicationCodeableConcept": concept("A"),
            "priorPrescription": {"reference": "MedicationRequest/m1"}}  # fmt: skip
REPORT = {"resourceType": "DiagnosticReport", "id": "r1", "status": "final", "subject": HERS,
          "code": concept("Máu"), "issued": "2026-10-01T09:00:00+07:00",
          "basedOn": [{"reference": "ServiceRequest/o1"}],
          "performer": [{"reference": "Practitioner/p1"}]}  # fmt: skip
EVENT = {"eventId": "q-1", "type": "appointment.booked", "appointmentId": "a-1",
         "startsAt": "2026-12-24T08:00:00+07:00",
         "patient": {"hospitalNumber": LAN.hospital_number}}  # fmt: skip
GROUPED = {"requisition": {"system": "urn:his", "value": "P1"}}


@pytest.fixture
async def hospital(client: AsyncClient, database: Database) -> Hospital:
    made = await a_hospital(database, client)
    await made.posts(registration(LAN))
    return made


def everything(at: Any) -> list[dict[str, Any]]:
    return [
        visit(LAN, at), sent(PRACTITIONER), sent(order("o1", **GROUPED)), sent(REPORT),
        sent(MEDICINE), sent(letter(attached(TEXT, "text/plain"))),
    ]  # fmt: skip


async def lay(database: Database, as_owner: Owner) -> None:
    async def over() -> None:
        async with owners_transaction():
            await lay_key_over()

    await as_owner(over())
    await load_ring()


async def rows(database: Database) -> dict[str, int]:
    return {
        table: await database.owner.fetchval(f"SELECT count(*) FROM {table}")
        for table in HASHED_COLUMNS
    }


async def test_what_is_sent_again_after_a_new_naming_key_is_the_same_again(
    database: Database, hospital: Hospital, as_owner: Owner
) -> None:
    bundles = everything(an_hour_ago())
    first = [await hospital.posts(each, Idempotency_Key=f"k{n}") for n, each in enumerate(bundles)]
    heard = await hospital.says(EVENT)
    before = await rows(database)

    await lay(database, as_owner)

    replayed = [
        await hospital.posts(each, Idempotency_Key=f"k{n}") for n, each in enumerate(bundles)
    ]
    assert [each.text for each in replayed] == [each.text for each in first]
    assert (await hospital.says(EVENT)).text == heard.text
    assert await rows(database) == before
    assert len(naming_keys()) == 2
    for each in bundles:
        answer = await hospital.posts(each | {"identifier": {"system": "urn:x", "value": "new"}})
        assert '"status":"201' not in answer.text, answer.text
    log = {"received_event", "known_sender_id"}
    assert {k: n for k, n in (await rows(database)).items() if k not in log} == {
        k: n for k, n in before.items() if k not in log
    }


async def test_every_column_with_a_hash_of_a_name_gets_the_newer_key(
    database: Database, hospital: Hospital, as_owner: Owner
) -> None:
    for n, each in enumerate(everything(an_hour_ago())):
        await hospital.posts(each, Idempotency_Key=f"k{n}")
    await hospital.says(EVENT)
    before = await hashes(database)

    await lay(database, as_owner)

    after = await hashes(database)
    known = {f"{table}.{each.name}" for table, of in HASHED_COLUMNS.items() for each in of}
    assert {name for name in before if name not in known} == set()
    assert {name for name in before if before[name] & after.get(name, set())} == set()
    assert before.keys() == after.keys()
    assert {"result.orders", "result.observation_keys", "service_request.order_group",
            "medicine.replaces_local_id", "party.key", "known_sender_id.sender_hash",
            "notification.subject_version"} <= before.keys()  # fmt: skip


async def hashes(database: Database) -> dict[str, set[Any]]:
    """Give everything in the database that looks like a hash of a name, by column."""
    found: dict[str, set[Any]] = {}
    for table in await database.owner.fetch(COLUMNS):
        for row in await database.owner.fetch(f"SELECT * FROM {table['table']}"):
            for column, value in row.items():
                many = value if isinstance(value, list) else [value]
                like = {each for each in many if isinstance(each, str) and HASH.fullmatch(each)}
                if like:
                    found.setdefault(f"{table['table']}.{column}", set()).update(like)
    return found


async def test_no_key_is_laid_while_an_api_is_connected(
    database: Database, as_owner: Owner
) -> None:
    with pytest.raises(HubRunning):
        await as_owner(lay_new_key())

    assert len(naming_keys()) == 1
    assert await database.owner.fetchval("SELECT count(*) FROM hub_key") == 3
