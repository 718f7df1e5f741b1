from backend.sandbox.demo.engines import Engines, create_database
from backend.schema.migrate import migrate
from tests.conftest import Database


async def test_a_second_start_on_the_same_folder_carries_on(
    servers: Engines, database: Database
) -> None:
    await database.owner.execute("INSERT INTO facility (code, name, short_name) VALUES ('1','','')")

    await create_database(servers)
    await migrate(servers.database_url("postgres"))

    assert await database.owner.fetchval("SELECT count(*) FROM facility") == 1
