"""One writer of a patient's record waits for the other, and takes the number behind its own."""

from uuid import UUID

from httpx import AsyncClient

from backend.core.database import execute, transaction
from backend.records.patient_lock import lock_owner, stamp_patient
from tests.conftest import Database
from tests.harness.auth.racing import held_open
from tests.harness.records.syncing.world import World, a_world


async def locks_and_stamps(world: World, patient: UUID) -> int:
    """Do what every writer does, in the transaction that is open."""
    await execute("SELECT open_intake($1)", world.facility)
    owner = await lock_owner(patient, world.numbers[patient])
    await stamp_patient(patient, owner.change_n)
    return owner.change_n


async def in_a_transaction(world: World, patient: UUID) -> int:
    async with transaction():
        return await locks_and_stamps(world, patient)


async def test_two_writers_of_a_record_never_take_the_same_number(
    database: Database, client: AsyncClient
) -> None:
    world = await a_world(database, client)
    before = await in_a_transaction(world, world.patient)

    second = await held_open(
        lambda: locks_and_stamps(world, world.patient),
        lambda: in_a_transaction(world, world.patient),
    )

    assert second == before + 2


async def test_the_first_two_writers_of_a_record_wait_for_each_other(
    database: Database, client: AsyncClient
) -> None:
    world = await a_world(database, client)
    await database.owner.execute("DELETE FROM patient_change WHERE patient = $1", world.double)

    second = await held_open(
        lambda: locks_and_stamps(world, world.double),
        lambda: in_a_transaction(world, world.double),
    )

    assert second == 2
