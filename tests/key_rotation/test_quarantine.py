"""Messages that wait for a human wait on when the keys have turned."""

from dataclasses import replace
from datetime import timedelta

from httpx import AsyncClient

from backend.auth.identity.identifiers import ANY_SYSTEM, Identifier
from backend.core.crypto.key_ring import load_ring
from backend.core.crypto.keys import current_key
from backend.intake.pipeline.message_log import is_waiting
from backend.key_rotation.backfill import back_fill
from backend.key_rotation.ring_changes import rotate
from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS, LAN, TU, registration
from tests.conftest import Database
from tests.harness.intake.hospital import a_hospital, without_message_id
from tests.key_rotation.conftest import Owner

MIXED_UP = replace(TU, hospital_number=LAN.hospital_number)
"""Tư's citizen id beside the hospital number that was given to Lan."""


async def test_what_comes_later_about_a_quarantined_number_still_waits_with_it(
    database: Database, client: AsyncClient, as_owner: Owner
) -> None:
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN)
    await hospital.posts(without_message_id(registration(MIXED_UP)))
    numbers = [
        Identifier("urn:vn:citizen-id", TU.citizen_id),
        Identifier(HOSPITAL_NUMBERS, LAN.hospital_number),
        Identifier(ANY_SYSTEM, LAN.hospital_number),
    ]
    others = [
        Identifier("urn:vn:citizen-id", LAN.citizen_id),
        Identifier("urn:another", LAN.hospital_number),
        Identifier(ANY_SYSTEM, TU.hospital_number),
    ]
    old = current_key().name
    await as_owner(rotate("data", timedelta(0)))

    await as_owner(back_fill(lambda _: None))
    await database.owner.execute("UPDATE hub_key SET ends_at = hub_clock() WHERE name = $1", old)
    await load_ring()

    facility = hospital.facility
    assert all([await as_owner(is_waiting(facility, [each])) for each in numbers])
    assert not any([await as_owner(is_waiting(facility, [each])) for each in others])
