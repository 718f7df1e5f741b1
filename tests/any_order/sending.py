"""Sends a record as one Bundle, or each resource of it by a PUT of its own."""

from backend.sandbox.demo.story_bundles import encoded
from tests.any_order.invented import Resource
from tests.harness.intake.hospital import Hospital


async def puts(hospital: Hospital, one: Resource) -> None:
    answer = await hospital.sends(
        "PUT", f"/fhir/R4/{one['resourceType']}/{one['id']}", encoded(one)
    )
    assert answer.status_code in {200, 201}, (one["resourceType"], one["id"], answer.text)


async def posts(hospital: Hospital, said: list[Resource]) -> None:
    entries = [
        {"resource": one,
         "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in said
    ]  # fmt: skip
    answer = await hospital.posts(
        {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    )
    assert answer.status_code == 200, answer.text
