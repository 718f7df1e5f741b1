"""A provider, a patient whom it knows too, and an API that asks it."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.conftest import Database
from tests.harness.auth.steps import a_person, hospital_says
from tests.harness.auth.vneid_steps import a_hub, configured, portal_account
from tests.harness.makers import a_facility
from tests.harness.peers.openid_provider import OpenIdProvider, an_openid_provider


@pytest.fixture
async def op() -> AsyncIterator[OpenIdProvider]:
    async with an_openid_provider() as op:
        op.account = portal_account()
        yield op


@pytest.fixture
async def lan(database: Database) -> UUID:
    return (await hospital_says(a_person(), await a_facility(database))).patient


@pytest.fixture
async def hub(op: OpenIdProvider, database: Database) -> AsyncIterator[AsyncClient]:
    async with a_hub(configured(op)) as hub:
        yield hub
