"""One stored value that cannot be read takes no page away: seals, words and instants."""

from typing import Final

import pytest

from backend.auth.sessions.devices import DeviceDetails
from backend.core.crypto.sealing import seal
from backend.core.database import new_id
from backend.core.odd_rows.unreadable import stop_noting
from backend.key_rotation.sealed_columns import SEALED_COLUMNS, SealedColumn
from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.records.acts import NOON, an_act
from tests.harness.records.odd_rows import EDGES
from tests.matrix.kinds import Caller, Expected
from tests.matrix.table import TABLE
from tests.matrix.world import World

READ: Final = [name for name in TABLE if name.startswith("GET ")]
SEARCHED: Final = [
    name for name in TABLE if name.startswith("POST /support") and "search" in name
]  # fmt: skip
ON_PAGES: Final = {
    "patient.name", "patient.birth_date", "contact_point.number", "patient_identifier.value",
    "access_dispute.words", "audit_event.why", "device.details", "notification.sender_id",
    "received_event.sender_id", "document_content.body",
}  # fmt: skip
"""The sealed columns that a page opens. Of the others, only an act does."""
NOT_SHOWN: Final = {
    "device.push_token", "received_event.raw", "received_event.answer",
    "deferred_notice.sender_id", "staff.totp_secret",
}  # fmt: skip
WORDS: Final = (
    ("delivery", "status"), ("delivery", "channel"), ("notification", "kind"),
    ("desk_task", "kind"), ("delivery_event", "status"), ("delivery_event", "source"),
    ("attempt", "outcome"), ("device", "platform"), ("session_chart", "proof"),
    ("patient", "sex"), ("patient", "language"), ("contact_point", "kind"),
    ("contact_point", "confirmed_by"), ("activation_slip", "proof"),
    ("audit_event", "action"), ("audit_event", "actor_kind"), ("audit_event", "result"),
    ("audit_event", "from_where"), ("received_event", "outcome"), ("received_event", "dialect"),
    ("caregiver_grant", "kind"), ("caregiver_invitation", "scope"), ("release_policy", "release"),
)  # fmt: skip
"""Words of closed lists, of which a newer version may have written another one."""
GATES: Final = {"session", "facility_key", "staff_session", "staff", "clock_offset", "hub_key"}
"""What decides who somebody is: another time there is another answer, by right."""
OF_THE_SCHEMA: Final = {"applied_repeatable", "migration"}
"""No test empties them, and no page shows them."""

GROUPS: Final = 4


async def pages(world: World) -> dict[tuple[str, str], int]:
    """Give the status of every page, as each reads it who may."""
    return {
        (name, who.value): (await world.knock(name, TABLE[name], who)).status_code
        for name in [*READ, *SEARCHED]
        for who in (Caller.OWNER, Caller.FULL, Caller.SUPERVISOR, Caller.AUDITOR, Caller.KEY)
        if TABLE[name].says[who] in {Expected.COME_IN, Expected.AS_YOURSELF}
    }


async def change(database: Database, sql: str, *values: object) -> None:
    """Change rows as a restore does: without the triggers that would refuse it."""
    async with database.owner.transaction():
        await database.owner.execute("SET LOCAL session_replication_role = replica")
        await database.owner.execute(sql, *values)


@pytest.fixture
async def whole_world(database: Database, world: World) -> World:
    """The world, with phones that said what they are, and a line that its patient disputes."""
    owner, dispute = world.patients[Caller.OWNER], new_id()
    for row in await database.owner.fetch("SELECT id FROM device"):
        await database.owner.execute(
            "UPDATE device SET details = $2 WHERE id = $1",
            row["id"], DeviceDetails("android", "Pixel 8").sealed(row["id"]),
        )  # fmt: skip
    line = await an_act(database, owner, NOON, actor_kind="staff", actor=new_id(), why="matrix")
    await database.owner.execute(
        "INSERT INTO access_dispute (id, patient, line, words) VALUES ($1, $2, $3, $4)",
        dispute, owner, line,
        seal("not me", table="access_dispute", column="words", row=dispute),
    )  # fmt: skip
    await database.owner.execute(
        "INSERT INTO desk_task (id, kind, patient, subject, created_at)"
        " VALUES ($1, 'access_disputed', $2, $3, hub_clock())",
        new_id(), owner, dispute,
    )  # fmt: skip
    return world


def without_files(before: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Give what is right where no file opens: that file is refused, and nothing else."""
    return {
        page: 503 if status == 200 and page[0].endswith("/content") else status
        for page, status in before.items()
    }


def test_every_sealed_column_is_on_a_page_or_is_known_not_to_be() -> None:
    assert {column.name for column in SEALED_COLUMNS} == ON_PAGES | NOT_SHOWN


@pytest.mark.parametrize("column", SEALED_COLUMNS, ids=lambda column: column.name)
async def test_a_seal_that_does_not_open_takes_no_page_away(
    database: Database, whole_world: World, column: SealedColumn
) -> None:
    before = await pages(whole_world)
    right = without_files(before) if column.name == "document_content.body" else before
    assert (right != before) is (column.name == "document_content.body")

    for odd in (b"", b"\0", b"\xff", b"\x04gone" + b"\0" * 40):
        await database.owner.execute(
            f"UPDATE {column.table} SET {column.column} = $1::bytea ||"
            f" substr(sha256(id::text::bytea), 1, 9) WHERE {column.column} IS NOT NULL",
            odd,
        )  # fmt: skip
        assert await pages(whole_world) == right

    await stop_noting()
    told = {"rows.unreadable"} if column.name in ON_PAGES else set()
    assert set(await alarms(database)) == told


@pytest.mark.parametrize("word", WORDS, ids=".".join)
async def test_a_word_that_is_not_known_takes_no_page_away(
    database: Database, world: World, word: tuple[str, str]
) -> None:
    table, column = word
    before = await pages(world)

    await change(database, f"UPDATE {table} SET {column} = 'x'")
    after = await pages(world)
    await stop_noting()

    assert {page: status for page, status in after.items() if status >= 500} == {}
    lists = {page for page in before if "{" not in page[0].removeprefix("{patient}")}
    assert {page: after[page] for page in lists} == {page: before[page] for page in lists}


async def times_of(database: Database) -> dict[str, list[str]]:
    rows = await database.owner.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema ="
        " 'public' AND data_type = 'timestamp with time zone' ORDER BY 1, 2"
    )
    tables: dict[str, list[str]] = {}
    for row in rows:
        if row["table_name"] not in GATES | OF_THE_SCHEMA:
            tables.setdefault(row["table_name"], []).append(row["column_name"])
    return tables


@pytest.mark.parametrize("edge", [EDGES[0], EDGES[2], EDGES[5]])
async def test_an_instant_at_the_edge_of_time_takes_no_page_away(
    database: Database, world: World, edge: str
) -> None:
    """A part of the tables after another: what one time filters out was read before."""
    tables = await times_of(database)
    assert len(tables) > 20

    for n in range(GROUPS):
        for table in list(tables)[n::GROUPS]:
            columns = tables[table]
            changes = " = $1::text::timestamptz, ".join(columns)
            await change(
                database, f"UPDATE {table} SET {changes} = $1::text::timestamptz"
                f" WHERE {columns[0]} IS NOT NULL", edge,
            )  # fmt: skip
        wrong = {page: status for page, status in (await pages(world)).items() if status >= 500}
        assert wrong == {}
