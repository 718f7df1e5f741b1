from backend.core.audit import Act, broken_link, seal_chain, write_down
from tests.conftest import Database


async def test_rows_are_chained_and_a_changed_one_is_named(database: Database) -> None:
    for what in ("a", "b", "c"):
        await write_down(Act(actor_kind="system", action=what))
    async with database.as_worker():
        assert await seal_chain() == 3
        assert await broken_link() is None

        await database.owner.execute("UPDATE audit_event SET action = 'x' WHERE place = 2")

        assert await broken_link() == 2
