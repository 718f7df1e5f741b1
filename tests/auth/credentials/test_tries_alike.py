"""A wrong code does the same work for a pair that is open, closed, or nobody's."""

import pytest
from httpx import AsyncClient

from backend.auth.credentials import lockout
from backend.auth.credentials.rules import WRONG_IN_A_MONTH
from backend.core.database import fetch_value
from tests.conftest import Database
from tests.harness.auth.steps import LAN, NOBODYS_PHONE, STRANGER, ask, lan_is_registered, show

ROW = "SELECT xmin::text, updated_at, cardinality(wrong_at) AS n FROM sign_in_pair"


@pytest.mark.parametrize("whose", ["open", "closed", "nobody's"])
async def test_each_try_writes_the_row_of_its_pair_once(
    client: AsyncClient, database: Database, whose: str
) -> None:
    """A row that is left alone would tell by its time that codes are closed."""
    await lan_is_registered(database)
    challenge = await ask(client, *((STRANGER, NOBODYS_PHONE) if whose == "nobody's" else (LAN,)))
    await show(client, challenge, "000000")
    if whose == "closed":
        await database.owner.execute(
            "UPDATE sign_in_pair SET wrong_at = array_fill(hub_clock(), ARRAY[$1::int]),"
            " closed_until = hub_clock() + '30 days'::interval",
            WRONG_IN_A_MONTH,
        )
    before = await database.owner.fetchrow(ROW)

    await show(client, challenge, "000000")

    after = await database.owner.fetchrow(ROW)
    assert after["xmin"] != before["xmin"]
    assert after["updated_at"] > before["updated_at"]
    assert after["n"] - before["n"] == (1 if whose == "open" else 0)


async def test_a_try_enters_no_index(database: Database) -> None:
    """An entry for somebody's pair, and none for nobody's, would tell which is which."""
    indexes = await database.owner.fetch(
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'sign_in_pair'"
    )

    changed = [row["indexdef"] for row in indexes if "wrong_at" in row["indexdef"]]
    kept = [row["indexdef"] for row in indexes if "updated_at" in row["indexdef"]]
    assert changed == []
    assert all("USING brin" in each for each in kept)


async def test_the_duty_that_closes_looks_at_few_pairs_only(database: Database) -> None:
    await database.owner.execute(
        "INSERT INTO sign_in_pair (subject_hash, number_hash)"
        " SELECT int4send(n), 'n' FROM generate_series(1, 5000) n"
    )
    await database.owner.execute("ANALYZE sign_in_pair")

    plan = await database.owner.fetch(
        f"EXPLAIN SELECT a.id FROM sign_in_pair a WHERE {lockout.SPENT}"
    )

    assert "pair_spent" in " ".join(row[0] for row in plan)


@pytest.mark.parametrize(("number", "phone"), [(STRANGER, NOBODYS_PHONE), (LAN, NOBODYS_PHONE)])
async def test_the_rows_of_who_guesses_a_pair_look_the_same_and_close_nothing(
    client: AsyncClient, database: Database, number: str, phone: str
) -> None:
    await lan_is_registered(database)
    challenge = await ask(client, number, phone)
    for _ in range(6):
        await show(client, challenge, "000000")

    row = await database.owner.fetchrow("SELECT patient, cardinality(wrong_at) FROM sign_in_pair")
    assert tuple(row) == (None, 0)
    assert await fetch_value("SELECT tries FROM sign_in_challenge") == 5
