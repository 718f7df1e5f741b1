"""Every statement of the hub that can be known from its source fits the schema there is."""

import asyncpg

from tests.conftest import Database
from tests.harness.statements import every_statement

AT_LEAST = 300
"""So many were found when this was written: a finder that goes blind is seen."""
MADE_WHILE_RUNNING = 50
"""So many places at most put a statement together from what only the running function knows."""
OF_BENCHES = ("bare_event", "bare_resource", "FROM filling", "INTO filling")
"""Tables that benches make for themselves, to compare the hub with and to fill it."""


async def test_every_statement_of_the_hub_can_be_prepared(migrated: Database) -> None:
    statements, unknown = every_statement()

    refused = {}
    for place, text in statements.items():
        if any(table in text for table in OF_BENCHES):
            continue
        try:
            await migrated.owner.prepare(text)
        except asyncpg.PostgresError as error:
            refused[place] = f"{type(error).__name__}: {error}"

    assert refused == {}
    assert len(statements) >= AT_LEAST
    assert len(unknown) <= MADE_WHILE_RUNNING
