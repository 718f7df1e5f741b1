"""Tables as full as after years, for all tests of this folder."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import EMPTY, Database
from tests.growth.filled import LEFT, fill


@pytest.fixture(scope="module")
async def filled(migrated: Database) -> AsyncIterator[Database]:
    """Fill every table; leave them as they were made, without what the planner knows of them."""
    await migrated.owner.execute(EMPTY)
    await fill(migrated.owner)
    yield migrated
    names = await migrated.owner.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> ALL($1)",
        list(LEFT),
    )
    tables = ", ".join(f'"{row["relname"]}"' for row in names)
    await migrated.owner.execute(
        f"BEGIN; SET LOCAL session_replication_role = replica; TRUNCATE {tables}; COMMIT"
    )
