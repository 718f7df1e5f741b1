"""A reference may lead nowhere; a name of a Bundle means nothing outside of it."""

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import encoded
from tests.any_order.invented import ILLNESS, MEASURED, patient
from tests.any_order.sending import puts
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await puts(made, patient())
    return made


@pytest.mark.parametrize(
    "reference",
    ["Observation/never", "https://other.example/fhir/Observation/1", "Observation?identifier=a|b",
     "http://other.example/fhir/Observation/1/_history/2", "Observation/a/b/c", "urn:his:7"],
)  # fmt: skip
async def test_a_reference_that_leads_nowhere_refuses_no_record(
    database: Database, hospital: Hospital, reference: str
) -> None:
    said = {"reference": reference, "type": "Observation"}
    await puts(hospital, ILLNESS | {"evidence": [{"detail": [said]}]})
    await puts(hospital, MEASURED | {"derivedFrom": [said], "hasMember": [said]})


async def test_a_name_that_means_nothing_outside_a_bundle_refuses_the_record(
    hospital: Hospital,
) -> None:
    lost = ILLNESS | {"encounter": {"reference": "urn:uuid:6c3e3f0a-3f4b-4f1a-9f43-0f3c2d1b5a61"}}

    answer = await hospital.sends("PUT", "/fhir/R4/Condition/c1", encoded(lost))

    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Condition.encounter"]
