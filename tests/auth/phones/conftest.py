"""A chart whose numbers these tests are about."""

from uuid import UUID

import pytest
from litestar import Litestar

from tests.conftest import Database
from tests.harness.makers import a_patient


@pytest.fixture
async def lan(app: Litestar, database: Database) -> UUID:
    """A chart of a facility that states no number yet."""
    return (await a_patient(database, phone=None)).id
