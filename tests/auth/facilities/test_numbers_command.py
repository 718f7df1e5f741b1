"""`hub facility numbers` says what the numbers of a system are, lists that, and takes it back."""

import json
import os
from typing import Any, Final

import pytest

from backend.auth.identity.identifiers import ANY_SYSTEM, Identifier
from backend.auth.registration.patients import find
from backend.core.subprocesses import CommandFailed, output_of
from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS
from tests.conftest import Database
from tests.harness.auth.steps import a_person, hospital_says
from tests.harness.makers import OWN_NUMBER, a_facility

SYSTEM: Final = "urn:oid:1.2.3"


async def test_a_declaration_holds_for_the_next_message_and_is_taken_back(
    database: Database,
) -> None:
    facility = await a_facility(database)
    code = await database.owner.fetchval("SELECT code FROM facility WHERE id = $1", facility)
    environment = {
        "HUB_DATABASE_URL": database.servers.database_url("hub_api"),
        "HUB_REDIS_URL": database.servers.redis_url,
        "HUB_MASTER_KEYS": os.environ["HUB_MASTER_KEYS"],
    }

    async def numbers(*words: str) -> list[dict[str, Any]]:
        printed = await output_of(["facility", "numbers", code, *words], environment)
        return [json.loads(line) for line in printed.splitlines()]

    usual: list[dict[str, Any]] = [
        {"system": HOSPITAL_NUMBERS, "meaning": "chart", "main": True},
        {"system": OWN_NUMBER, "meaning": "chart", "main": False},
    ]
    lan = await hospital_says(a_person(Identifier(SYSTEM, "7"), mobile=None), facility)
    assert await numbers() == usual

    declared = await numbers("--system", SYSTEM, "--is", "chart", "--main")

    assert declared[0] == {"system": SYSTEM, "meaning": "chart", "main": True}
    found = await find([Identifier(ANY_SYSTEM, "7")], facility)
    assert found
    assert found.patient == lan.patient
    await numbers("--system", SYSTEM, "--is", "insurance")
    assert await find([Identifier(SYSTEM, "7")], facility) is None
    left = await numbers("--system", SYSTEM, "--undo")
    assert sorted(each["system"] for each in left) == sorted(each["system"] for each in usual)
    assert await find([Identifier(SYSTEM, "7")], facility)
    for wrong in (
        ["--system", SYSTEM], ["--is", "chart"], ["--main"], ["--system", SYSTEM, "--undo"],
        ["--system", "urn:vn:citizen-id", "--is", "chart"], ["--system", SYSTEM, "--is", "mrn"],
        ["--system", SYSTEM, "--is", "order", "--main"],
    ):  # fmt: skip
        with pytest.raises(CommandFailed):
            await numbers(*wrong)
