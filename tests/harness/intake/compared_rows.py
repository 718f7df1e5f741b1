"""All rows of one facility, without what differs by chance: ids, times, hashes and seals."""

import re
from collections import Counter
from uuid import UUID

from tests.conftest import Database

BY_CHANCE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # ids
    r"|\\\\x[0-9a-f]*"  # seals and hashes
    r"|\d{4}-\d\d-\d\dT[0-9:.]+(\+00:00|Z)?"  # times
    r"|[A-Za-z0-9_-]{22,}"  # hashes of names
)
MADE_HERE = frozenset({"facility", "facility_key", "audit_event"})
"""What each facility has before anything is sent, and what is compared act by act."""
NOT_COMPARED = (
    "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = 'public' AND column_name IN ('facility', 'patient', 'delivery')"
)
OF_FACILITY = {
    "facility": "t.facility = $1",
    "patient": "t.patient IN (SELECT id FROM patient WHERE facility = $1)",
    "delivery": "t.delivery IN (SELECT d.id FROM delivery d JOIN patient p ON p.id = d.patient"
    " WHERE p.facility = $1)",
}


async def rows_of(database: Database, facility: UUID) -> Counter[str]:
    """Give each row of this facility as text, and how often it is there."""
    found: dict[str, str] = {}
    for table, column in await database.owner.fetch(NOT_COMPARED):
        if column == "facility" or table not in found or found[table] == "delivery":
            found[table] = column
    rows: Counter[str] = Counter()
    for table in sorted(found.keys() - MADE_HERE):
        for (row,) in await database.owner.fetch(
            f"SELECT (to_jsonb(t) - $2::text[])::text FROM {table} t"  # of the schema
            f" WHERE {OF_FACILITY[found[table]]}",
            facility,
            ["reference", "written_by"],
        ):
            rows[f"{table}: {BY_CHANCE.sub('~', row)}"] += 1
    audits = await database.owner.fetch(
        "SELECT action, result FROM audit_event WHERE actor = $1", facility
    )
    rows.update(f"audit: {act['action']} {act['result']}" for act in audits)
    return rows
