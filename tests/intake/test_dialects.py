"""A message that waited is read again by its own dialect, and by no other."""

from dataclasses import replace
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.core.errors import HubError
from backend.intake.dialects import DIALECTS, UnreadableMessage, parse
from backend.intake.fhir.model.sender import nothing_declared
from backend.intake.quarantine import Retried, retry
from backend.sandbox.demo.story_bundles import LAN, TU, encoded, registration
from tests.conftest import Database
from tests.harness.intake.hospital import a_hospital, without_message_id

MIXED_UP = replace(TU, hospital_number=LAN.hospital_number)
"""Tư's citizen id beside the hospital number that was given to Lan."""
CALL = (
    b'{"eventId": "e1", "type": "queue.called", "ticket": "A1", "counter": "3",'
    b' "patient": {"hospitalNumber": "XX77"}}'
)
SAID = {"fhir": encoded(registration(LAN)), "hub": CALL}
"""A message of each dialect."""
NOWHERE = nothing_declared(UUID(int=1))


def test_there_is_a_message_of_every_dialect_here() -> None:
    assert SAID.keys() == DIALECTS.keys()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_reads_its_own_messages(dialect: str) -> None:
    message = parse(dialect, SAID[dialect], NOWHERE)

    assert (message.dialect, message.raw) == (dialect, SAID[dialect])


@pytest.mark.parametrize("dialect", [*DIALECTS, "hl7v2"])
@pytest.mark.parametrize("said", SAID)
def test_no_dialect_reads_a_message_of_another(dialect: str, said: str) -> None:
    if dialect == said:
        assert parse(dialect, SAID[said], NOWHERE).dialect == dialect
        return

    with pytest.raises(HubError):
        parse(dialect, SAID[said], NOWHERE)


def test_a_dialect_that_nobody_knows_is_not_taken_for_a_known_one() -> None:
    with pytest.raises(UnreadableMessage):
        parse("hl7v2", SAID["fhir"], NOWHERE)


async def test_a_waiting_message_of_an_unknown_dialect_waits_on(
    database: Database, client: AsyncClient
) -> None:
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN)
    await hospital.posts(without_message_id(registration(MIXED_UP)))
    await database.owner.execute(
        "UPDATE received_event SET dialect = 'hl7v2' WHERE outcome = 'quarantined'"
    )

    tried = await retry(hospital.facility)

    assert tried == Retried(stored=0, waiting=0, refused=1)
    assert (
        await database.owner.fetchval(
            "SELECT count(*) FROM received_event WHERE outcome = 'quarantined'"
        )
        == 1
    )
