"""Messages that wait for a human wait on when the keys have turned."""

from dataclasses import replace
from datetime import timedelta

from httpx import AsyncClient

from backend.auth.registration.patients import Identifier
from backend.core.crypto.key_ring import load_ring
from backend.core.crypto.keys import current_key
from backend.intake.pipeline.message_log import is_waiting
from backend.key_rotation.backfill import back_fill
from backend.key_rotation.ring_changes import rotate
from backend.sandbox.demo.story_bundles import LAN, registration
from tests.conftest import Database
from tests.harness.intake.hospital import a_hospital
from tests.key_rotation.conftest import Owner

SOMEBODY_ELSE = replace(LAN, birth_date="1961-07-07", hospital_number="XX77")


async def test_what_comes_later_about_a_quarantined_number_still_waits_with_it(
    database: Database, client: AsyncClient, as_owner: Owner
) -> None:
    await (await a_hospital(database, client)).registers(LAN)
    await (await a_hospital(database, client, "BV KHAC")).posts(registration(SOMEBODY_ELSE))
    other = await database.owner.fetchval(
        "SELECT facility FROM received_event WHERE outcome = 'quarantined'"
    )
    number = [Identifier("urn:the-hospital", "XX77")]
    old = current_key().name
    await as_owner(rotate("data", timedelta(0)))

    await as_owner(back_fill(lambda _: None))
    await database.owner.execute("UPDATE hub_key SET ends_at = hub_clock() WHERE name = $1", old)
    await load_ring()

    assert await as_owner(is_waiting(other, number))
    assert not await as_owner(is_waiting(other, [Identifier("urn:the-hospital", "XX78")]))
