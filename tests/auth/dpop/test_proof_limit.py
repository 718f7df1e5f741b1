"""Who is not signed in leaves so many proofs in the database from one network in a minute."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from httpx import AsyncClient, Response

from backend.core.clock import now
from backend.core.settings import load_settings
from tests.api.conftest import is_problem
from tests.conftest import Database, Travel
from tests.harness.auth.prover import Prover

REFRESH = "/v1/sign-in/refresh"
FEW = 10
RUBBISH = {"refreshToken": "no.0.token"}


@pytest.fixture
def few_proofs() -> Iterator[None]:
    os.environ["HUB_PROOFS_PER_MINUTE"] = str(FEW)
    load_settings.cache_clear()
    yield
    os.environ.pop("HUB_PROOFS_PER_MINUTE")
    load_settings.cache_clear()


async def renews(client: AsyncClient, address: str) -> Response:
    headers = {"DPoP": Prover(client).proof("POST", REFRESH), "X-Forwarded-For": address}
    return await client.post(REFRESH, json=RUBBISH, headers=headers)


@pytest.mark.usefixtures("few_proofs")
async def test_what_comes_on_top_leaves_nothing_and_other_networks_and_minutes_go_on(
    proxied: AsyncClient, database: Database, time_moves: Travel
) -> None:
    begins = timedelta(seconds=60 - now().timestamp() % 60)
    async with time_moves(begins):
        well = [await renews(proxied, "203.0.113.1") for _ in range(FEW)]
        stopped = [await renews(proxied, "203.0.113.1") for _ in range(5)]
        elsewhere = await renews(proxied, "203.0.113.2")
        rows = await database.owner.fetchval("SELECT count(*) FROM used_proof")
    async with time_moves(begins + timedelta(seconds=60)):
        later = await renews(proxied, "203.0.113.1")

    assert {answer.status_code for answer in well} == {401}
    assert all(is_problem(answer, 429, "too_often") for answer in stopped)
    assert 0 < int(stopped[0].headers["retry-after"]) <= 60
    assert (elsewhere.status_code, later.status_code) == (401, 401)
    assert rows == FEW + 1
