"""A facility learns nothing of what others filed, and nothing of what the person does elsewhere.

The same script of a facility's calls and its desk's acts runs in two worlds: in one the person is a
patient of two other facilities, signs in, changes numbers and is texted there; in the other one
nobody but this facility knows the person. What it, an anonymous reader and its phones get is equal.
"""

from collections.abc import Iterator
from itertools import zip_longest

import pytest
import time_machine
from httpx import AsyncClient
from litestar import Litestar

from backend.api.status_api import Board
from tests.alike.acts import ACTS, AT_THE_END, pause, some_acts
from tests.alike.cast import a_cast
from tests.alike.facility_acts import registers
from tests.alike.people import Dice
from tests.alike.person_acts import LIVES, TEXTED, Life, is_registered
from tests.alike.world import MORNING, World, a_world
from tests.conftest import EMPTY, Database

STEPS = 16
SEEN = (
    "registers\n200", "reports\n200", "tells\n202", "puts\n201", "merges\n200", "declares\n200",
    "replaces\n200", "rules\n202", "desk searches\n200", "desk resends\n204", "desk prints\n201",
    "desk confirms a slip\n204", "desk sees a paper\n200", "desk binds\n200", "desk admits\n201",
    "desk reads a card\n200", "desk looks a text up\n200", "desk lets in\n", "text\n",
    "auditor reads\n200", "desk reports a lost phone\n204", "desk settles\n204",
    "anonymous asks\n202", "signs in\n201", "/v1/me/charts\n200", "adds charts\n202",
)  # fmt: skip
"""What must have happened in some script, as the transcript says it."""


@pytest.fixture(autouse=True)
def _status_is_asked_anew(app: Litestar) -> Iterator[None]:
    """Have the public status page say what is so now, not what it said some seconds before."""
    before, app.state.board = app.state.board, Board(kept_seconds=0)
    yield
    app.state.board = before


async def transcript(
    database: Database, client: AsyncClient, seed: int, *, elsewhere: bool
) -> list[str]:
    """Run one script in one world; give what B, its phones and an anonymous reader got."""
    with time_machine.travel(MORNING, tick=True) as traveller:
        world = await a_world(database, client, traveller)
        await run(world, seed, elsewhere=elsewhere)
        return world.lines


async def run(world: World, seed: int, *, elsewhere: bool, every_act: bool = False) -> Life:
    """Run one script, of some acts or of every act once; give what the person's app holds then.

    At its end all that is open to anybody, and all of B's own lists, are read once: what leaks
    there is seen whichever acts the script had.
    """
    dice = Dice(f"b{seed}")
    cast = a_cast(dice)
    world.b_phones = frozenset(cast.phones)
    life = Life(Dice(f"person{seed}"), cast.person)
    if elsewhere:
        await is_registered(world, life)
        await world.works()
    of_texts = seed % 4 == 0 and not every_act
    lives = TEXTED if of_texts else LIVES
    acts = some_acts(dice, STEPS, of_texts=of_texts)
    if every_act:
        acts = dice.sample(list(ACTS), len(ACTS))
    for act in [registers, registers, *acts]:
        await act(world, cast)
        await world.works()
        await world.passes(pause(dice))
        if elsewhere:
            await life.dice.choice(lives)(world, life)
            await world.works()
        await world.works()
    for act in AT_THE_END:
        await act(world, cast)
    return life


async def test_what_a_facility_gets_does_not_depend_on_other_facilities(
    database: Database, client: AsyncClient, seed: int
) -> None:
    alone = await transcript(database, client, seed, elsewhere=False)
    await _empty(database)
    beside = await transcript(database, client, seed, elsewhere=True)

    assert difference(alone, beside) == ""


@pytest.mark.parametrize("other", [1001, 1002])
async def test_one_world_gives_one_transcript(
    database: Database, client: AsyncClient, other: int
) -> None:
    """Else a difference between two worlds would say nothing."""
    first = await transcript(database, client, other, elsewhere=True)
    await _empty(database)

    again = await transcript(database, client, other, elsewhere=True)
    assert difference(first, again) == ""


async def test_the_scripts_reach_what_they_are_about(
    database: Database, client: AsyncClient
) -> None:
    """Scripts in which an act never does what it is about prove nothing."""
    missing = {*SEEN, *(each.__name__ for each in LIVES)}
    for seed in range(2001, 2025):
        with time_machine.travel(MORNING, tick=True) as traveller:
            world = await a_world(database, client, traveller)
            life = await run(world, seed, elsewhere=True, every_act=True)
        missing -= {each.replace(" ", "_") for each in life.done}
        missing -= {each for each in SEEN if any(line.startswith(each) for line in world.lines)}
        await _empty(database)
        if not missing:
            return
    assert not missing


def difference(one: list[str], other: list[str]) -> str:
    """Show where two transcripts part for the first time; empty where they are equal."""
    for line, same in zip_longest(one, other, fillvalue="(no more)"):
        if line != same:
            pairs = enumerate(zip(line, same, strict=False))
            at = next((n for n, (a, b) in pairs if a != b), min(len(line), len(same)))
            begin = max(at - 120, 0)
            shown = (line[:40], line[begin : at + 200], same[begin : at + 200])
            return "{!r}\n  alone:  ...{!r}\n  beside: ...{!r}".format(*shown)
    return ""


async def _empty(database: Database) -> None:
    from backend.core.redis import redis  # noqa: PLC0415  # only after it was opened

    await database.owner.execute(EMPTY)
    await redis().flushall()
