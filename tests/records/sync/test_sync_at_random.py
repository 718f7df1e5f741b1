"""Two hundred stories of writers and apps at once: in the end each app has what is true."""

from typing import Final
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.conftest import Database
from tests.harness.records.syncing.apps import App
from tests.harness.records.syncing.chance import Chance
from tests.harness.records.syncing.world import World, a_world
from tests.harness.records.syncing.writers import (
    Act,
    Move,
    Writer,
    corrected,
    kept_back,
    merged,
    new_records,
    released,
    shown_by_the_hour,
    unmerged,
)

STORIES: Final = 200
MOST_OPEN: Final = 3
TURNS: Final = {"begin": 3, "write": 16, "read": 4, "sync": 3, "state": 3, "double": 1, "hour": 2}
"""What happens next, and how often."""
ONE_PATIENT: Final[list[Act | Move]] = [
    new_records,
    new_records,
    corrected,
    corrected,
    kept_back,
    released,
    shown_by_the_hour,
    shown_by_the_hour,
]
BOTH_PATIENTS: Final[list[Move]] = [merged, unmerged]


class Story:
    """One interleaving. Everything it does is drawn from its seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.chance = Chance(seed)
        self.writers: list[Writer] = []

    async def goes_on(self) -> None:
        for patient in (self.world.patient, self.world.double):
            await self._begins(patient, new_records)
        for _ in range(self.chance.randint(30, 50)):
            match self.chance.choices(list(TURNS), list(TURNS.values()))[0]:
                case "begin" if len(self.writers) < MOST_OPEN:
                    await self._begins(self._someone(), self.chance.choice(ONE_PATIENT))
                case "double" if len(self.writers) < MOST_OPEN:
                    await self._begins(self.world.double, self.chance.choice(BOTH_PATIENTS))
                case "hour":
                    await self.world.an_hour_passes()
                case "state":
                    await self._state_changes(self.chance.choice(self.world.apps))
                case "read":
                    app = self.chance.choice(self.world.apps)
                    await app.reads_a_page(self.chance.randint(1, 4), self.world.number_of)
                case "sync":
                    app = self.chance.choice(self.world.apps)
                    await app.syncs(self.chance.randint(2, 6), self.world.number_of)
                case _:
                    await self._writer_goes_on()

    async def ends(self) -> None:
        while self.writers:
            await self._writer_goes_on()
        for app in self.world.apps[1:]:
            await self.world.gives(app)

    def _someone(self) -> UUID:
        return self.chance.choice([self.world.patient, self.world.patient, self.world.double])

    async def _begins(self, about: UUID, does: Act | Move) -> None:
        writer = self.world.writer(about, does, Chance(self.chance.random()))
        self.writers.append(writer)
        writer.start()
        await self._settle()

    async def _writer_goes_on(self) -> None:
        waiting = [each for each in self.writers if each.waits]
        if waiting:
            self.chance.choice(waiting).go_on()
        await self._settle()

    async def _settle(self) -> None:
        for each in list(self.writers):
            await each.settles(self.world.database.owner)
        self.writers = [each for each in self.writers if not each.ended]

    async def _state_changes(self, app: App) -> None:
        on = self.chance.choice([True, False])
        if app.scope == "own" or self.chance.choice([True, False]):
            await self.world.steps_up(app, on=on)
        elif on:
            await self.world.gives(app)
        else:
            await self.world.takes_back(app)


@pytest.mark.parametrize("seed", range(STORIES))
async def test_whatever_happens_meanwhile_an_app_ends_with_what_is_true(
    database: Database, client: AsyncClient, seed: int
) -> None:
    story = Story(await a_world(database, client), seed)

    await story.goes_on()
    await story.ends()

    for app in story.world.apps:
        await app.syncs(story.chance.randint(1, 4), story.world.number_of)
        truth = await story.world.truth(app)
        assert app.kept == truth
        assert await app.everything() == truth
        assert await app.listed("allergies") == of_kind("allergy", truth)
        if app.scope != "summary":
            assert await app.listed("conditions") == of_kind("condition", truth)


def of_kind(kind: str, kept: dict[str, tuple[str, object]]) -> dict[str, object]:
    return {row: record for row, (of, record) in kept.items() if of == kind}
