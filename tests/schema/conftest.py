"""Gives an empty database beside the one that all tests share."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Database


@pytest.fixture
async def empty(migrated: Database) -> AsyncIterator[str]:
    """The address of a database in which nobody has made anything yet."""
    await migrated.owner.execute("CREATE DATABASE empty")
    yield migrated.servers.database_url("postgres", "empty")
    await migrated.owner.execute("DROP DATABASE empty WITH (FORCE)")
