"""`docs/schema.sql` is the schema that there is, for whoever wants to read it in one place."""

from tests.conftest import Database
from tests.harness.tree import read
from tests.schema.dump import FILE, dump


async def test_the_schema_in_the_docs_is_the_schema_of_a_new_database(migrated: Database) -> None:
    url = migrated.servers.database_url("postgres")

    assert read(FILE) == dump(url), "make schema"
