"""Whoever is not let in cannot fill the database: each door, knocked at 150 times by strangers."""

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from itertools import cycle, islice
from typing import Any, Final

import pytest

from backend.auth.rules import CODES_PER_ADDRESS
from backend.core.database import new_id
from backend.schema.piccolo_app import TABLES
from tests.conftest import Database
from tests.harness.auth.forged_tokens import signed_by_somebody_else
from tests.harness.auth.prover import Prover
from tests.harness.auth.steps import scattered
from tests.matrix.kinds import Caller, Expected, Route
from tests.matrix.table import TABLE
from tests.matrix.world import World

KNOCKS: Final = 150
"""At a door that is open to all, or to who signs; a guard before it is the same for all others."""
SOME_KNOCKS: Final = 35
FEW: Final = 8
"""Rows that 150 refusals may leave in one table."""
MORE: Final = {
    ("POST /v1/sign-in/codes", "sign_in_challenge"): CODES_PER_ADDRESS[0].times,
    ("POST /support/v1/sign-in", "staff_place"): 32,
}
"""Where a limit per place, or the shared rows of names that nobody has, allow more."""
GOES_BY_ITSELF: Final = "used_proof"
"""Three minutes later: see `tests/auth/test_retention.py`."""
NAMES: Final = sorted(table._meta.tablename for table in TABLES)
COUNT: Final = " UNION ALL ".join(
    f"SELECT '{name}' AS name, count(*) AS rows FROM {name}" for name in NAMES
)


async def rows_of(database: Database) -> Counter[str]:
    return Counter({row["name"]: row["rows"] for row in await database.owner.fetch(COUNT)})


def headers_of_strangers(world: World, name: str) -> Iterator[dict[str, str]]:
    """Nothing, what is no token, a forged one, no key, an old key, a wrong signature, a proof."""
    method, path = name.split(" ")
    phone = Prover(world.client)
    others: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer rubbish"},
        {"Authorization": f"Bearer {signed_by_somebody_else()}"},
        {"Authorization": "Bearer hubkey_rubbish"},
        {"Authorization": f"Bearer {world.tokens[Caller.OLD_KEY]}"},
        {"X-Twilio-Signature": "d3Jvbmc=", "Content-Type": "application/x-www-form-urlencoded"},
    ]
    for shown in cycle([*others, None]):
        yield {"DPoP": phone.proof(method, path)} if shown is None else shown


def always_another(world: World, route: Route, n: int) -> tuple[World, Any]:
    """Give other ids, another citizen id and another name to each knock."""
    ids = dict(world.ids) | {"nobody": str(new_id()), "citizen": scattered(n)}
    ids |= {
        name: str(new_id()) for name, value in world.ids.items() if len(value) == len(str(new_id()))
    }
    body = deepcopy(route.body)
    if isinstance(body, dict) and body.get("name") == "nobody":
        body["name"] = f"nobody-{n}"
    return replace(world, ids=ids), body


@pytest.mark.parametrize("name", sorted(TABLE))
async def test_a_stranger_leaves_few_rows_however_often_they_knock(
    lasting_world: World, migrated: Database, name: str
) -> None:
    route = TABLE[name]
    await migrated.owner.execute("DELETE FROM refusal_tally")
    is_open = route.says[Caller.NOBODY] in {Expected.LIKE_NOBODY, Expected.NOT_SIGNED}
    knocks = KNOCKS if is_open else SOME_KNOCKS
    before = await rows_of(migrated)

    statuses = Counter[int]()
    for n, headers in enumerate(islice(headers_of_strangers(lasting_world, name), knocks)):
        world, body = always_another(lasting_world, route, n)
        answer = await world.knock(name, route, Caller.NOBODY, body=body, headers=headers)
        statuses[answer.status_code] += 1

    left = await rows_of(migrated)
    left.subtract(before)
    too_many = {
        table: rows
        for table, rows in left.items()
        if rows > MORE.get((name, table), FEW) and table != GOES_BY_ITSELF
    }
    assert too_many == {}
    assert 500 not in statuses
