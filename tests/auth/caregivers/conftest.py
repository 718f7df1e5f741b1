"""A hub whose sessions reach charts of several hospitals."""

import pytest
from httpx import AsyncClient

from tests.conftest import Database
from tests.harness.auth.reaching import Reaching


@pytest.fixture
def hub(client: AsyncClient, database: Database) -> Reaching:
    return Reaching(client, database)
