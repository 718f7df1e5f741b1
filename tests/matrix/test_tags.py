"""What is read of a record has a tag, and an app that has it is not sent it again."""

from typing import Final

import pytest

from tests.matrix.kinds import Caller
from tests.matrix.table import TABLE
from tests.matrix.world import World

READINGS: Final = sorted(name for name in TABLE if name.startswith("GET /v1/patients/{patient}"))


@pytest.mark.parametrize("name", READINGS)
async def test_what_an_app_has_it_is_not_sent_again(world: World, name: str) -> None:
    first = await world.knock(name, TABLE[name], Caller.OWNER)
    again = await world.knock(
        name, TABLE[name], Caller.OWNER, headers={"If-None-Match": first.headers["etag"]}
    )

    assert first.status_code == 200
    assert "no-cache" in first.headers["cache-control"]
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
