"""`pytest tests/intake/sets --sets 1000 --runs 200` tries that many; without it, a few."""

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import StoryPerson
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.sets import people

FEW_SETS, FEW_RUNS = 4, 2


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sets", type=int, default=FEW_SETS, help="how many poisoned sets are sent")
    parser.addoption("--runs", type=int, default=FEW_RUNS, help="how many random sets are tried")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "run" in metafunc.fixturenames:
        metafunc.parametrize("run", range(metafunc.config.getoption("--runs", default=FEW_RUNS)))


@pytest.fixture
def sets(request: pytest.FixtureRequest) -> int:
    """How many poisoned sets are sent."""
    return int(request.config.getoption("--sets", default=FEW_SETS))


@pytest.fixture
def patients() -> list[StoryPerson]:
    return people(8)


@pytest.fixture
async def hospital(
    database: Database, client: AsyncClient, patients: list[StoryPerson]
) -> Hospital:
    """A hospital with eight patients."""
    made = await a_hospital(database, client)
    await made.registers(*patients)
    return made
