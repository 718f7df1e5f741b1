"""A precondition that is false refuses its change: If-Match, If-None-Match, in a Bundle too."""

import asyncio
from typing import Any

import pytest

from backend.sandbox.demo.story_bundles import LAN, Resource, encoded, registration
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.named import bundle, measured, number, post, put, stored

DOCTOR: Resource = {"resourceType": "Practitioner", "id": "p", "name": [{"text": "BS. Một"}]}
PATIENT: Resource = registration(LAN)["entry"][0]["resource"] | {"id": "lan"}
KALI: Resource = measured("Kali", 4.1, id="x")
OTHERWISE: dict[str, Resource] = {
    "Practitioner": {"name": [{"text": "BS. Hai"}]},
    "Patient": {"gender": "other"},
    "Observation": {"valueQuantity": {"value": 4.2, "unit": "mmol/L"}},
}
EACH = pytest.mark.parametrize("first", [KALI, DOCTOR, PATIENT], ids=lambda r: r["resourceType"])


@EACH
async def test_a_stale_tag_refuses_and_the_right_one_does_not(
    hospital: Hospital, first: Resource
) -> None:
    changed = first | OTHERWISE[first["resourceType"]]
    one = (await put(hospital, first)).headers["etag"]
    two = await put(hospital, changed, If_Match=one)

    stale = await put(hospital, first, If_Match=one)
    fresh = await put(
        hospital, first, If_Match=f'"other", {two.headers["etag"].removeprefix("W/")}'
    )

    assert (two.status_code, stale.status_code, fresh.status_code) == (200, 412, 200)
    assert stale.json()["issue"][0]["code"] == "conflict"


@EACH
async def test_what_must_not_be_there_is_made_once(
    hospital: Hospital, database: Database, first: Resource
) -> None:
    """The patient is there: the hospital has registered her by her numbers."""
    changed = first | OTHERWISE[first["resourceType"]]
    made = await put(hospital, first, If_None_Match="*")
    there = await put(hospital, changed, If_None_Match="*")

    expected = 412 if first is PATIENT else 201
    assert (made.status_code, there.status_code) == (expected, 412)


async def test_a_tag_that_must_not_be_there_refuses(hospital: Hospital) -> None:
    tag = (await put(hospital, KALI)).headers["etag"]
    changed = KALI | OTHERWISE["Observation"]

    assert (await put(hospital, changed, If_None_Match=tag)).status_code == 412
    assert (await put(hospital, changed, If_None_Match='"other"')).status_code == 200


@pytest.mark.parametrize("tag", ["*", 'W/"0000000000000000"'])
async def test_a_tag_of_what_is_not_there_refuses(
    hospital: Hospital, database: Database, tag: str
) -> None:
    answer = await put(hospital, KALI, If_Match=tag)

    assert answer.status_code == 412
    assert await stored(database) == []


async def test_a_change_that_is_there_already_passes(hospital: Hospital) -> None:
    one = (await put(hospital, KALI)).headers["etag"]
    changed = KALI | OTHERWISE["Observation"]
    await put(hospital, changed, If_Match=one)

    again = await put(hospital, changed, If_Match=one)

    assert again.status_code == 200


@pytest.mark.parametrize("asks", [{"ifMatch": 'W/"0"'}, {"ifNoneMatch": "*"}])
async def test_an_entry_with_a_false_precondition_refuses_its_transaction(
    hospital: Hospital, database: Database, asks: Resource
) -> None:
    await put(hospital, KALI)
    changed = KALI | OTHERWISE["Observation"]
    request: dict[str, Any] = {"request": {"method": "PUT", "url": "Observation/x"} | asks}
    entry = {"resource": changed} | request
    whole = bundle(measured("Na", 140)) | {}
    whole["entry"].append(entry)

    answer = await hospital.posts(whole)
    each = await hospital.posts(whole | {"type": "batch"})

    assert answer.status_code == 412
    assert [e["response"]["status"][:3] for e in each.json()["entry"]] == ["201", "412"]
    assert await stored(database) == [("Kali", 4.1), ("Na", 140)]


async def test_two_who_change_one_state_at_once_are_not_both_taken(hospital: Hospital) -> None:
    tag = (await put(hospital, KALI)).headers["etag"]
    changes = [KALI | {"valueQuantity": {"value": value, "unit": "g"}} for value in range(8)]

    answers = await asyncio.gather(*(put(hospital, each, If_Match=tag) for each in changes))

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_created_only_where_no_such_identifier_is(
    hospital: Hospital, database: Database
) -> None:
    condition = {"If_None_Exist": "identifier=urn:test:own%7CK"}
    first = await post(hospital, measured("Kali", 4.1, number("K")), **condition)
    again = await post(hospital, measured("Kali", 9, number("K")), **condition)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["location"] == first.headers["location"]
    assert await stored(database) == [("Kali", 4.1)]


async def test_several_matches_of_a_condition_refuse(hospital: Hospital) -> None:
    for own in ("x", "y"):
        await put(hospital, measured("Kali", 4.1, number("K"), id=own))

    created = await post(
        hospital, measured("Kali", 9, number("K")), If_None_Exist="identifier=urn:test:own|K"
    )
    updated = await found(hospital, measured("Kali", 9, number("K")))

    assert (created.status_code, updated.status_code) == (412, 412)


async def found(hospital: Hospital, resource: Resource, **headers: str) -> Any:
    address = "/fhir/R4/Observation?identifier=urn:test:own%7CK"
    return await hospital.sends("PUT", address, encoded(resource), **headers)


async def test_an_update_finds_its_record_by_an_identifier(
    hospital: Hospital, database: Database
) -> None:
    first = await found(hospital, measured("Kali", 4.1, number("K")))
    tag = first.headers["etag"]
    again = await found(hospital, measured("Kali", 4.2, number("K")), If_Match=tag)
    stale = await found(hospital, measured("Kali", 4.3, number("K")), If_Match=tag)

    assert [each.status_code for each in (first, again, stale)] == [201, 200, 412]
    assert await stored(database) == [("Kali", 4.2)]


async def test_an_update_with_another_records_id_changes_neither(
    hospital: Hospital, database: Database
) -> None:
    await put(hospital, measured("A", 1, number("K"), id="a"))
    await put(hospital, measured("B", 1, number("L"), id="b"))

    wrong = await found(hospital, measured("A", 2, number("K"), id="b"))
    right = await found(hospital, measured("A", 3, number("K"), id="a"))

    assert (wrong.status_code, right.status_code) == (400, 200)
    assert wrong.json()["resourceType"] == "OperationOutcome"
    assert await stored(database) == [("A", 3), ("B", 1)]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([("If-None-Match", '"other"'), ("If-None-Match", "{tag}")], 412),
        ([("If-None-Match", '"other"'), ("If-None-Match", '"another"')], 200),
        ([("If-Match", '"other"'), ("If-Match", "{tag}")], 200),
        ([("If-Match", '"other"'), ("If-Match", '"another"')], 412),
        ([("If-Match", "")], 412),
        ([("If-Match", " , ")], 412),
        ([("If-Match", '"*"')], 412),
        ([("If-None-Match", '"*"')], 200),
        ([("If-Match", '"other,{bare}"')], 412),
        ([("If-Match", "{bare}")], 200),
    ],
)
async def test_all_lines_of_a_header_count_and_a_tag_is_read_whole(
    hospital: Hospital, lines: list[tuple[str, str]], status: int
) -> None:
    tag = (await put(hospital, KALI)).headers["etag"]
    said = [(name, value.format(tag=tag, bare=tag[3:-1])) for name, value in lines]

    answer = await hospital.client.put(
        "/fhir/R4/Observation/x",
        content=encoded(KALI | OTHERWISE["Observation"]),
        headers=[
            ("Authorization", f"Bearer {hospital.key}"),
            ("Content-Type", "application/fhir+json"),
            *said,
        ],
    )

    assert answer.status_code == status


async def test_a_condition_without_a_search_is_none_that_anybody_can_keep(
    hospital: Hospital, database: Database
) -> None:
    await post(hospital, measured("Kali", 4.1, number("K")))

    again = await post(hospital, measured("Kali", 9, number("K")), If_None_Exist="")

    assert again.status_code == 422
    assert await stored(database) == [("Kali", 4.1)]
