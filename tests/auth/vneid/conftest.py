"""A provider, a patient whom it knows too, and an API that asks it."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.auth.steps import a_person, hospital_says
from tests.auth.vneid.steps import a_hub, configured, portal_account
from tests.conftest import Database
from tests.makers import a_facility
from tests.peers.openid_provider import OpenIdProvider, an_openid_provider


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
