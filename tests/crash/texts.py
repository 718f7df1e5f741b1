"""Texts that are due now, each to a phone of its own, written straight into the tables."""

from itertools import count

import asyncpg

from backend.core.crypto.sealing import lookup_hash, seal
from backend.core.database import new_id

FIRST_NUMBER = 901_000_000
_numbers = count(FIRST_NUMBER)


async def make_facility(owner: asyncpg.Connection) -> None:
    await owner.execute(
        "INSERT INTO facility (id, code, name, short_name) VALUES ($1, '79998', 'Mau', 'BV MAU')",
        new_id(),
    )


async def make_due(owner: asyncpg.Connection, how_many: int) -> dict[str, str]:
    """Give the reference of each text by the number it goes to; all of it in one transaction."""
    numbers = [f"+84{next(_numbers)}" for _ in range(how_many)]
    rows = [(new_id(), new_id(), new_id(), new_id(), number) for number in numbers]
    async with owner.transaction():
        await owner.executemany(
            "INSERT INTO patient (id, name, sex, facility)"
            " SELECT $1, $2, 'female', id FROM facility WHERE code = '79998'",
            [
                (patient, seal("Lan", table="patient", column="name", row=patient))
                for patient, *_ in rows
            ],
        )
        await owner.executemany(
            "INSERT INTO contact_point (id, patient, number, number_hash, confirmed_at)"
            " VALUES ($1, $2, $3, $4, hub_clock())",
            [
                (
                    contact, patient,
                    seal(number, table="contact_point", column="number", row=contact),
                    lookup_hash("phone", number),
                )
                for patient, contact, _, _, number in rows
            ],
        )  # fmt: skip
        await owner.executemany(
            "INSERT INTO notification (id, patient, facility, kind, subject, urgency, lane,"
            " accepted_at, expires_at) SELECT $1, $2, id, 'result.ready', $1, 'important', 2,"
            " hub_clock(), hub_clock() + interval '1 hour' FROM facility LIMIT 1",
            [(notification, patient) for patient, _, notification, _, _ in rows],
        )
        await owner.executemany(
            "INSERT INTO delivery (id, notification, patient, channel, contact, lane, due_at)"
            " VALUES ($1, $2, $3, 'sms', $4, 2, hub_clock())",
            [
                (delivery, notification, patient, contact)
                for patient, contact, notification, delivery, _ in rows
            ],
        )
    references = await owner.fetch(
        "SELECT id, reference FROM delivery WHERE id = ANY($1)", [row[3] for row in rows]
    )
    by_id = {row["id"]: row["reference"] for row in references}
    return {number: by_id[delivery] for _, _, _, delivery, number in rows}
