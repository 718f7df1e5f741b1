"""Medicines handed out and given, plans, families and forms, as their patient reads them."""

from typing import Any, Final

import pytest
from httpx import AsyncClient

from tests.conftest import Database
from tests.harness.auth.steps import Tokens, everybody_steps_up
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.other_kinds import HERS, Resource, concept, sent
from tests.harness.intake.read_alone import example
from tests.harness.intake.registered import hospital, lan
from tests.harness.records.further_examples import FURTHER
from tests.harness.records.prescribing import today

__all__ = ["hospital", "lan"]

PILL: Final[Resource] = {"resourceType": "Medication", "id": "pill", "code": concept("Amoxicillin")}
NURSE: Final[Resource] = {
    "resourceType": "Practitioner", "id": "nurse", "name": [{"text": "ĐD. Ngô Mẫu"}],
}  # fmt: skip
OF_A_MEDICINE = ["dispensed_medicine", "given_medicine"]


async def posted(hospital: Hospital, *resources: Resource) -> None:
    answer = await hospital.posts(sent(*resources))
    assert answer.status_code == 200, answer.text


async def timeline(client: AsyncClient, reader: Tokens) -> list[Any]:
    page = await client.get("/v1/patients/me/timeline", headers=reader.bearer)
    assert page.status_code == 200, page.text
    return [item["record"] for item in page.json()["items"]]


def mentioning(table: str) -> Resource:
    """Make one whose medicine and person stand in other resources."""
    return example(
        table,
        medicationCodeableConcept=None,
        medicationReference={"reference": "Medication/pill"},
        performer=[{"actor": {"reference": "Practitioner/nurse"}}],
    )


@pytest.mark.parametrize("table", OF_A_MEDICINE)
@pytest.mark.parametrize("way", ["before", "beside", "later"])
async def test_a_medicine_and_who_gave_it_have_names_whenever_these_come(
    client: AsyncClient, hospital: Hospital, lan: Tokens, table: str, way: str
) -> None:
    sendings = {
        "before": [[PILL, NURSE], [mentioning(table)]],
        "beside": [[mentioning(table), PILL, NURSE]],
        "later": [[mentioning(table)], [NURSE], [PILL]],
    }
    for resources in sendings[way]:
        await posted(hospital, *resources)

    (read,) = await timeline(client, lan)
    assert (read["name"], read["people"]) == ("Amoxicillin", ["ĐD. Ngô Mẫu"])


@pytest.mark.parametrize("table", OF_A_MEDICINE)
async def test_nothing_handed_out_or_given_is_a_dose_of_the_schedule(
    client: AsyncClient, hospital: Hospital, lan: Tokens, table: str
) -> None:
    await posted(hospital, example(table))

    day = today().isoformat()
    path = f"/v1/patients/me/medicines/schedule?from={day}&to={day}"
    schedule = (await client.get(path, headers=lan.bearer)).json()
    medicines = (await client.get("/v1/patients/me/medicines", headers=lan.bearer)).json()

    assert (schedule["items"], schedule["asWritten"], medicines["items"]) == ([], [], [])


@pytest.mark.parametrize("table", FURTHER)
async def test_what_was_entered_in_error_is_gone(
    client: AsyncClient, hospital: Hospital, lan: Tokens, table: str
) -> None:
    await posted(hospital, example(table))
    assert len(await timeline(client, lan)) == 1

    await posted(hospital, example(table, status="entered-in-error"))

    assert await timeline(client, lan) == []


@pytest.mark.parametrize("table", FURTHER)
async def test_a_restricted_one_is_seen_only_after_a_step_up(
    database: Database, client: AsyncClient, hospital: Hospital, lan: Tokens, table: str
) -> None:
    words: Resource = {"note": [{"text": "xét nghiệm HIV dương tính"}]}
    if table == "filled_form":
        words = {"item": [{"linkId": "1", "text": "HIV?", "answer": [{"valueBoolean": True}]}]}
    await posted(hospital, example(table, **words))

    assert await timeline(client, lan) == []
    await everybody_steps_up(database.owner)
    assert len(await timeline(client, lan)) == 1


async def test_no_row_holds_who_a_relative_is(
    database: Database, hospital: Hospital, lan: Tokens
) -> None:
    mother = example(
        "family_history", name="Vũ Thị Mẹ", sex=concept("Zysex"), bornDate="1931-02-03",
        deceasedString="Zydeath", patient=HERS | {"display": "Lan Zypatient"},
    )  # fmt: skip
    await posted(hospital, mother)

    row = str(dict(await database.owner.fetchrow("SELECT * FROM family_history")))

    assert not {
        word for word in ("Vũ Thị", "Zysex", "1931-02", "Zydeath", "Zypatient") if word in row
    }


@pytest.mark.parametrize("table", FURTHER)
async def test_words_that_no_output_may_contain_are_masked(
    database: Database, hospital: Hospital, lan: Tokens, table: str
) -> None:
    words: Resource = {"note": [{"text": "Giới tính thai nhi: Nam"}]}
    if table == "filled_form":
        words = {"item": [{"linkId": "1", "text": "Kết quả", "answer": [
            {"valueString": "Giới tính thai nhi: Nam"}]}]}  # fmt: skip
    await posted(hospital, example(table, **words))

    body = await database.owner.fetchval(f"SELECT body FROM {table}")

    assert "thai nhi: Nam" not in body
