"""A facility learns nothing of what others filed, and nothing of what the person does elsewhere.

The same script of a facility's calls and its desk's acts runs in two worlds: in one the person is a
patient of two other facilities, signs in, changes numbers and is texted there; in the other one
nobody but this facility knows the person. What it, an anonymous reader and its phones get is equal.
"""

import pytest
import time_machine
from httpx import AsyncClient

from tests.alike.facility_acts import ACTS, a_cast, pause, registers
from tests.alike.people import Dice
from tests.alike.person_acts import LIVES, Life, is_registered
from tests.alike.world import MORNING, World, a_world
from tests.conftest import EMPTY, Database

STEPS = 16


async def transcript(
    database: Database, client: AsyncClient, seed: int, *, elsewhere: bool
) -> list[str]:
    """Run one script in one world; give what B, its phones and an anonymous reader got."""
    with time_machine.travel(MORNING, tick=True) as traveller:
        world = await a_world(database, client, traveller)
        await run(world, seed, elsewhere=elsewhere)
        return world.lines


async def run(world: World, seed: int, *, elsewhere: bool) -> Life:
    """Run one script; give what the person's app holds at the end."""
    dice = Dice(f"b{seed}")
    cast = a_cast(dice)
    world.b_phones = frozenset(cast.phones)
    life = Life(Dice(f"person{seed}"), cast.person)
    if elsewhere:
        await is_registered(world, life)
        await world.works()
    for act in [registers, registers, *dice.choices(ACTS, k=STEPS)]:
        await act(world, cast)
        await world.works()
        await world.passes(pause(dice))
        if elsewhere:
            await life.dice.choice(LIVES)(world, life)
            await world.works()
        await world.works()
    return life


async def test_what_a_facility_gets_does_not_depend_on_other_facilities(
    database: Database, client: AsyncClient, seed: int
) -> None:
    alone = await transcript(database, client, seed, elsewhere=False)
    await _empty(database)
    beside = await transcript(database, client, seed, elsewhere=True)

    assert beside == alone


@pytest.mark.parametrize("other", [1001, 1002])
async def test_one_world_gives_one_transcript(
    database: Database, client: AsyncClient, other: int
) -> None:
    """Else a difference between two worlds would say nothing."""
    first = await transcript(database, client, other, elsewhere=True)
    await _empty(database)

    assert await transcript(database, client, other, elsewhere=True) == first


async def test_the_scripts_reach_what_they_are_about(
    database: Database, client: AsyncClient
) -> None:
    """Scripts in which nobody registers, reads, is texted or looked up would prove nothing."""
    lines: list[str] = []
    sessions = 0
    for seed in range(2001, 2007):
        with time_machine.travel(MORNING, tick=True) as traveller:
            world = await a_world(database, client, traveller)
            sessions += len((await run(world, seed, elsewhere=True)).tokens)
            lines += world.lines
        await _empty(database)
    for wanted in ("registers\n200", "reports\n200", "tells\n202", "desk searches\n200", "text\n"):
        assert any(line.startswith(wanted) for line in lines), wanted
    assert sessions > 0


async def _empty(database: Database) -> None:
    from backend.core.redis import redis  # noqa: PLC0415  # only after it was opened

    await database.owner.execute(EMPTY)
    await redis().flushall()
