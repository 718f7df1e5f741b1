"""Locks that have a number in the database: no two duties wait for each other by mistake."""

import asyncio
from contextvars import Context

from httpx import AsyncClient

from backend.auth import retention
from backend.auth.credentials import sms_quota
from backend.auth.identity.blind_index import lock_identifiers
from backend.core.audit_chain import sealer, worker_tasks
from backend.core.crypto import key_ring
from backend.core.database import transaction
from backend.notifications.planning.scheduled import plan_codes
from backend.schema import migrate
from tests.conftest import Database
from tests.harness.auth.steps import LAN, ask, lan_is_registered


def test_every_lock_has_a_number_of_its_own() -> None:
    numbers = [
        sealer.SEALER_LOCK,
        worker_tasks.CHECK_LOCK,
        sms_quota.LOCK,
        retention.LOCK,
        key_ring.RING_LOCK,
        migrate.MIGRATION_LOCK,
    ]

    assert len(set(numbers)) == len(numbers)


async def test_codes_go_out_while_a_hospital_is_being_taken_in(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)
    await ask(client, LAN)

    async with transaction():
        await lock_identifiers([("hospital-number", "of a long Bundle")])
        async with database.as_worker():
            sent = await asyncio.create_task(plan_codes(), context=Context())

    assert sent == 1
