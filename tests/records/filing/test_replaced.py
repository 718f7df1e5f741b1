"""A prescription that takes another one's place ends it, whichever comes first, and no other."""

from datetime import datetime, timedelta

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import LAN, Resource
from tests.conftest import Database
from tests.harness.auth.steps import Tokens
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.records.prescribing import (
    TWICE_A_DAY,
    a_medicine,
    doses,
    local,
    medicines,
    prescribes,
    schedule,
    today,
)


def replacing(name: str, old: Resource, *, by_number: bool = False) -> Resource:
    reference: Resource = {"reference": f"MedicationRequest/{old['id']}"}
    if by_number:
        reference = {"identifier": old["identifier"][0]}
    return a_medicine(
        name,
        TWICE_A_DAY | {"boundsPeriod": {"start": today().isoformat()}},
        priorPrescription=reference,
    )


@pytest.mark.parametrize("by_number", [False, True], ids=["by id", "by number"])
@pytest.mark.parametrize("order", ["old first", "new first", "one Bundle"])
async def test_a_prescription_ends_the_one_it_replaces_whichever_comes_first(
    client: AsyncClient, hospital: Hospital, lan: Tokens, order: str, *, by_number: bool
) -> None:
    old = a_medicine("Old")
    new = replacing("New", old, by_number=by_number)

    match order:
        case "old first":
            await prescribes(hospital, old)
            await prescribes(hospital, new)
        case "new first":
            await prescribes(hospital, new)
            await prescribes(hospital, old)
        case _:
            await prescribes(hospital, new, old)

    week = await doses(client, lan, today() - timedelta(days=3), today() + timedelta(days=3))
    found = await medicines(client, lan)
    assert {each["date"] < today().isoformat() for each in week if each["medicine"] == "Old"} == {
        True
    }
    assert [each["medicine"] for each in week].count("Old") == 6
    assert [each["medicine"] for each in week].count("New") == 8
    assert (found["Old"]["status"], found["Old"]["scheduled"]) == ("active", False)
    assert found["Old"]["replacedBy"] == found["New"]["id"]
    assert datetime.fromisoformat(found["Old"]["replacedFrom"]) == local(today(), 0)
    assert (found["New"]["replacedBy"], found["New"]["scheduled"]) == (None, True)


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
async def test_a_replacement_that_was_none_gives_the_doses_back(
    client: AsyncClient, hospital: Hospital, lan: Tokens, status: str
) -> None:
    old = a_medicine("Old")
    await prescribes(hospital, old)
    await prescribes(hospital, replacing("New", old))

    await prescribes(hospital, replacing("New", old) | {"status": status})
    found = (await medicines(client, lan))["Old"]

    assert len(await doses(client, lan, today() + timedelta(days=1))) == 2
    assert (found["replacedBy"], found["replacedFrom"], found["scheduled"]) == (None, None, True)


async def test_a_replacement_that_is_a_secret_is_not_named(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    old = a_medicine("Old")
    secret = replacing("New", old) | {"meta": {"security": [{"code": "HIV"}]}}
    await prescribes(hospital, old, secret)

    found = (await medicines(client, lan))["Old"]

    assert found["replacedBy"] is None
    assert found["replacedFrom"]
    assert await doses(client, lan, today() + timedelta(days=1)) == []


async def test_a_replacement_without_hours_ends_the_alarms_too(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    old = a_medicine("Old")
    new = replacing("New", old)
    new["dosageInstruction"][0]["asNeededBoolean"] = True
    await prescribes(hospital, old, new)

    found = await schedule(client, lan, today() + timedelta(days=1))

    assert found["items"] == []
    assert [each["medicine"] for each in found["asWritten"]] == ["New"]


async def test_another_hospitals_number_replaces_nothing_here(
    client: AsyncClient, hospital: Hospital, lan: Tokens, database: Database
) -> None:
    other = await a_hospital(database, client, "BV KHAC")
    await other.registers(LAN)
    old = a_medicine("Old")
    await prescribes(hospital, old)

    await prescribes(other, replacing("New", old))

    assert (await medicines(client, lan))["Old"]["replacedFrom"] is None


async def test_the_same_again_changes_nothing(
    client: AsyncClient, hospital: Hospital, lan: Tokens, database: Database
) -> None:
    old = a_medicine("Old")
    await prescribes(hospital, old, replacing("New", old))
    rows = "SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM {} t"

    async def state() -> list[str]:
        return [await database.owner.fetchval(rows.format(t)) for t in ("medicine", "dose_rule")]

    before = await state()
    await prescribes(hospital, replacing("New", old), old)

    assert await state() == before
