"""What a reading asks of PostgreSQL does not grow with what there is to read."""

from typing import Final

import pytest

from backend.records.kinds import LISTED
from tests.conftest import Database
from tests.harness.counted_statements import counted
from tests.matrix import readings
from tests.matrix.kinds import Caller
from tests.matrix.table import TABLE
from tests.matrix.world import World

GATED: Final = 4
"""Begin, the gate, what is read, commit."""
MOST: Final = {
    **dict.fromkeys(readings.LISTS, 1),
    **dict.fromkeys(readings.ALONE, GATED),
    "GET /v1/patients/{patient}": GATED,
    "GET /v1/patients/{patient}/timeline": 1,
    "GET /v1/patients/{patient}/observations/{row}/trend": 1,
    "GET /v1/patients/{patient}/appointments/calendar.ics": GATED,
    "GET /v1/patients/{patient}/appointments/{appointment}/calendar.ics": GATED,
    "GET /v1/patients/{patient}/results": 1,
    "GET /v1/patients/{patient}/results/{result}": GATED,
    "GET /v1/patients/{patient}/results/{result}/content": GATED,
    "GET /v1/patients/{patient}/changes": 1,
    "GET /v1/patients/{patient}/appointments": 1,
    "GET /v1/patients/{patient}/appointments/{appointment}": GATED,
    "GET /v1/patients/{patient}/documents/{row}/content": GATED,
    "GET /v1/patients/{patient}/medicines": 1,
    "GET /v1/patients/{patient}/medicines/schedule": GATED + 1,  # and what they noted themselves
    "GET /v1/patients/{patient}/allergies": 1,
    "GET /v1/patients/{patient}/allergies/{row}": GATED,
    "GET /v1/patients/{patient}/summary": GATED + 1,  # and whose it is
    "GET /v1/patients/{patient}/access-log": 1,
}
"""Statements of each route that reads a record, whatever is in the record. A new one needs a line
here, unless the register makes it; more than one for a list needs a reason."""
READINGS: Final = sorted(
    name for name in TABLE if name.startswith("GET /v1/patients/{patient}")
)  # fmt: skip
MANY: Final = 30


async def grows(database: Database, table: str) -> None:
    """Write so many more of what there is, of the same patient."""
    await database.owner.execute(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object("
        f" 'id', uuidv7(), 'key', 'more ' || n, 'change_n', 1000 + n))).*"
        f" FROM {table} r, generate_series(1, {MANY}) n"
        f" WHERE r.id = (SELECT id FROM {table} WHERE restriction = '' ORDER BY id LIMIT 1)"
    )


def test_every_route_that_reads_a_record_has_a_line() -> None:
    assert sorted(MOST) == READINGS


@pytest.mark.parametrize("name", MOST)
async def test_a_reading_asks_as_much_whatever_there_is(
    database: Database, world: World, name: str
) -> None:
    for kind in LISTED:
        await grows(database, kind.table)

    async with counted(database) as asked:
        answer = await world.knock(name, TABLE[name], Caller.OWNER)

    assert answer.status_code == 200, answer.text
    assert 1 <= len(asked) <= MOST[name], asked
