"""Which of its charts are one person, a hospital says in `Patient.link`; and when they are not."""

from dataclasses import replace
from typing import Any

import pytest
from httpx import AsyncClient, Response

from backend.sandbox.story_bundles import HOSPITAL_NUMBERS, Person, Resource, encoded, visit
from tests.checksums import checksums
from tests.conftest import Database
from tests.intake.hospital import a_hospital, an_hour_ago
from tests.records.charts import LASTING, TEMPORARY, THIRD, Charts, chart, said, some_charts

OLDER, LATER = "2026-11-20T08:00:00+07:00", "2026-11-21T08:00:00+07:00"


def link(kind: str, person: Person) -> Resource:
    return {"type": kind, "other": {"reference": f"Patient/{person.hospital_number}"}}


def replaced(old: Person, new: Person, **more: Any) -> Resource:
    return chart(old, active=False, link=[link("replaced-by", new)], **more)


def standing(person: Person, **more: Any) -> Resource:
    return chart(person, active=True, **more)


def a_fever(of: str, name: str = "C1") -> Resource:
    return {"resourceType": "Condition", "identifier": [{"system": "urn:test", "value": name}],
            "subject": {"reference": of}, "code": {"text": "Sốt"}}  # fmt: skip


@pytest.fixture
async def charts(database: Database, client: AsyncClient) -> Charts:
    made = await some_charts(database, client, TEMPORARY, LASTING)
    await made.files_a_visit(TEMPORARY)
    return made


async def are_one(charts: Charts, old: Person = TEMPORARY, new: Person = LASTING) -> bool:
    return await charts.owner(old) == await charts.owner(new)


def remarks(answer: Response) -> list[str]:
    """Give what was said of each entry beside its status."""
    return [
        each["response"]["outcome"]["issue"][0]["diagnostics"]
        for each in answer.json()["entry"]
        if "outcome" in each["response"]
    ]


@pytest.mark.parametrize(
    "bundle",
    [
        said(replaced(TEMPORARY, LASTING)),
        said(replaced(TEMPORARY, LASTING), chart(LASTING)),
        said(chart(LASTING), replaced(TEMPORARY, LASTING)),
        said(chart(LASTING, link=[link("replaces", TEMPORARY)])),
        said(
            chart(LASTING, link=[link("replaces", TEMPORARY)]),
            replaced(TEMPORARY, LASTING),
        ),
        said(
            chart(
                TEMPORARY,
                active=False,
                link=[{"type": "replaced-by", "other": {"type": "Patient", "identifier": {
                    "system": HOSPITAL_NUMBERS, "value": "BN-1"}}}],
            )
        ),
    ],
    ids=["old alone", "both", "other order", "new alone", "both say so", "by number"],
)  # fmt: skip
async def test_each_way_to_say_it_merges(charts: Charts, bundle: Resource) -> None:
    new = await charts.owner(LASTING)

    answer = await charts.hospital.posts(bundle)

    assert answer.status_code == 200, answer.text
    assert await are_one(charts)
    assert set(await charts.rows()) == {new}
    before = await checksums(charts.database)
    again = await charts.hospital.posts(bundle)
    assert remarks(again) == ["unchanged"] * len(bundle["entry"])
    assert await checksums(charts.database) == before


async def test_the_address_of_one_patient_takes_a_merge_too(charts: Charts) -> None:
    body = encoded(replaced(TEMPORARY, LASTING))

    answer = await charts.hospital.sends("PUT", "/fhir/R4/Patient/TAM-1", body)

    assert answer.status_code == 200, answer.text
    assert await are_one(charts)


@pytest.mark.parametrize("kind", ["refer", "seealso"])
async def test_other_links_do_nothing(charts: Charts, kind: str) -> None:
    elsewhere = {"type": kind, "other": {"reference": "https://elsewhere.example/Patient/1"}}
    links = [link(kind, LASTING), link(kind, THIRD), elsewhere]

    answer = await charts.hospital.posts(said(chart(TEMPORARY, link=links)))

    assert answer.status_code == 200, answer.text
    assert not await are_one(charts)


async def test_whoever_stands_again_has_back_what_came_with_them(charts: Charts) -> None:
    before = await charts.rows()
    await charts.hospital.posts(said(replaced(TEMPORARY, LASTING)))
    await charts.hospital.posts(said(a_fever("Patient/TAM-1")))

    answer = await charts.hospital.posts(said(standing(TEMPORARY)))

    assert answer.status_code == 200
    assert not await are_one(charts)
    old = await charts.owner(TEMPORARY)
    assert await charts.rows() == {old: before[old] + 1}


async def test_who_only_comes_again_does_not_stand_again(charts: Charts) -> None:
    """A laboratory that knows of no merge sends the old chart as it always did."""
    await charts.hospital.posts(said(replaced(TEMPORARY, LASTING)))

    answer = await charts.hospital.posts(said(chart(TEMPORARY), a_fever("Patient/TAM-1")))

    assert answer.status_code == 200
    assert await are_one(charts)
    assert set(await charts.rows()) == {await charts.owner(LASTING)}


async def test_what_is_older_than_what_was_said_last_is_old_news(charts: Charts) -> None:
    newer, older = {"meta": {"lastUpdated": LATER}}, {"meta": {"lastUpdated": OLDER}}
    await charts.hospital.posts(said(replaced(TEMPORARY, LASTING, **newer)))

    await charts.hospital.posts(said(standing(TEMPORARY, **older)))
    assert await are_one(charts)

    await charts.hospital.posts(said(standing(TEMPORARY, meta={"lastUpdated": LATER})))
    assert not await are_one(charts)
    late = await charts.hospital.posts(said(replaced(TEMPORARY, LASTING, **older)))
    assert remarks(late) == ["unchanged"]
    assert not await are_one(charts)


async def test_a_chart_that_was_never_registered_is_merged_as_it_comes(charts: Charts) -> None:
    answer = await charts.hospital.posts(said(replaced(THIRD, LASTING)))
    assert answer.status_code == 200, answer.text

    await charts.hospital.posts(said(a_fever("Patient/BN-3")))

    assert await are_one(charts, THIRD)
    fever = await charts.database.owner.fetchval("SELECT patient FROM condition")
    assert fever == await charts.owner(LASTING)


async def test_records_of_who_stays_may_come_along(charts: Charts) -> None:
    bundle = said(replaced(TEMPORARY, LASTING), chart(LASTING), a_fever("Patient/BN-1"))

    answer = await charts.hospital.posts(bundle)

    assert answer.status_code == 200, answer.text
    await charts.takes_back(TEMPORARY)
    fever = await charts.database.owner.fetchval("SELECT patient FROM condition")
    assert fever == await charts.owner(LASTING)


@pytest.mark.parametrize(
    "bundle",
    [
        said(replaced(TEMPORARY, LASTING), chart(LASTING), a_fever("Patient/TAM-1")),
        said(chart(LASTING, link=[link("replaces", TEMPORARY)]), a_fever("Patient/TAM-1")),
        said(
            chart(LASTING, link=[link("replaces", TEMPORARY)]),
            a_fever(f"Patient?identifier={HOSPITAL_NUMBERS}|TAM-1"),
        ),
        said(replaced(TEMPORARY, LASTING), chart(LASTING), chart(THIRD)),
        said(replaced(TEMPORARY, LASTING), replaced(THIRD, TEMPORARY)),
        said(chart(TEMPORARY), chart(LASTING)),
    ],
    ids=["of the old", "of the old, not there", "by number", "a third", "two merges", "no merge"],
)
async def test_such_a_message_is_about_the_two_it_names_and_no_other(
    charts: Charts, bundle: Resource
) -> None:
    before = await checksums(charts.database)

    answer = await charts.hospital.posts(bundle)

    assert answer.status_code == 422, answer.text
    assert await checksums(charts.database) == before


@pytest.mark.parametrize(
    "bundle",
    [
        said(chart(TEMPORARY, active=False, link=[link("replaced-by", TEMPORARY)])),
        said(chart(TEMPORARY, active=True, link=[link("replaced-by", LASTING)])),
        said(chart(TEMPORARY, active=False, link=[link("replaced-by", THIRD)])),
        said(chart(LASTING, link=[link("replaces", THIRD)])),
        said(
            chart(TEMPORARY, link=[link("replaced-by", LASTING), link("replaced-by", THIRD)]),
        ),
        said(
            chart(
                TEMPORARY,
                link=[{"type": "replaced-by",
                       "other": {"reference": "https://elsewhere.example/Patient/1"}}],
            )
        ),
    ],
    ids=["itself", "active", "by a stranger", "a stranger", "by two", "elsewhere"],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(charts: Charts, bundle: Resource) -> None:
    before = await checksums(charts.database)

    answer = await charts.hospital.posts(bundle)

    assert answer.status_code == 422, answer.text
    assert await checksums(charts.database) == before


async def test_the_other_way_round_is_refused_until_the_first_is_taken_back(charts: Charts) -> None:
    await charts.opens(THIRD)
    await charts.hospital.posts(said(replaced(TEMPORARY, THIRD)))
    turned = said(replaced(THIRD, TEMPORARY), chart(TEMPORARY))

    refused = await charts.hospital.posts(turned)
    assert refused.status_code == 422
    assert "other way round" in refused.text

    stands = said(replaced(THIRD, TEMPORARY), standing(TEMPORARY))
    assert (await charts.hospital.posts(stands)).status_code == 200
    assert await are_one(charts, THIRD, TEMPORARY)


async def test_a_chart_with_the_citizen_id_of_who_stays_is_merged(charts: Charts) -> None:
    """The usual case: it waited for a human because of that number, and now they are one."""
    twice = replace(THIRD, citizen_id=LASTING.citizen_id)
    await charts.opens(THIRD)
    waits = await charts.hospital.posts(said(chart(twice)))
    assert waits.status_code == 200
    assert not await are_one(charts, THIRD)

    answer = await charts.hospital.posts(said(replaced(twice, LASTING), chart(LASTING)))

    assert answer.status_code == 200, answer.text
    assert await are_one(charts, THIRD)


OTHERS = [
    replace(THIRD, citizen_id="079161000044"),
    replace(THIRD, birth_date="1961-07-07"),
    replace(THIRD, gender="male"),
]


@pytest.mark.parametrize("other", OTHERS, ids=["citizen id", "birth date", "sex"])
@pytest.mark.parametrize("at_once", [True, False])
async def test_two_people_wait_for_a_human_and_the_hospital_hears_why(
    charts: Charts, other: Person, *, at_once: bool
) -> None:
    if not at_once:
        await charts.opens(other)
    before = await checksums(charts.database)

    answer = await charts.hospital.posts(said(replaced(other, LASTING), chart(LASTING)))

    assert answer.status_code == 200
    assert await checksums(charts.database) == before
    message = answer.headers["Hub-Message-Id"]
    heard = await charts.hospital.sends("GET", f"/hospital/messages/{message}", b"")
    assert (heard.json()["outcome"], heard.json()["reason"]) == ("waiting", "not_one_person")
    assert "other way round" in heard.json()["toDo"]


async def test_what_another_hospital_said_is_told_to_nobody(
    charts: Charts, client: AsyncClient
) -> None:
    """The same words as for a merge that was made, and nothing that is to be done."""
    elsewhere = Charts(charts.database, await a_hospital(charts.database, client, "BV KHAC"))
    await elsewhere.opens(replace(LASTING, hospital_number="KH-1"))
    doubtful, fine = (
        replace(THIRD, hospital_number=number, birth_date=birth)
        for number, birth in (("BN-4", "1985-07"), ("BN-5", "1985-03"))
    )
    await charts.opens(doubtful)
    await charts.opens(fine)

    heard = []
    for person in (doubtful, fine):
        bundle = said(replaced(person, LASTING), chart(LASTING))
        for _ in range(2):
            answer = await charts.hospital.posts(bundle)
            message = answer.headers["Hub-Message-Id"]
            known = await charts.hospital.sends("GET", f"/hospital/messages/{message}", b"")
            heard.append((
                answer.status_code,
                [each["response"]["status"] for each in answer.json()["entry"]],
                remarks(answer), known.json()["reason"],
            ))  # fmt: skip

    assert heard[:2] == heard[2:]
    assert not await are_one(charts, doubtful)
    assert await are_one(charts, fine)


async def test_a_dry_run_says_the_same_and_merges_nothing(charts: Charts) -> None:
    before = await checksums(charts.database)
    body = encoded(said(replaced(TEMPORARY, LASTING)))

    answer = await charts.hospital.sends("POST", "/fhir/R4?dry-run=true", body)

    assert answer.status_code == 200
    assert remarks(answer) == []
    assert await checksums(charts.database) == before


async def test_a_record_of_the_old_chart_may_be_named_by_the_new_one(charts: Charts) -> None:
    """What a message refers to must be about its patient: the one it is now."""
    order = {"resourceType": "DiagnosticReport", "status": "final",
             "identifier": [{"system": "urn:test", "value": "R9"}],
             "subject": {"reference": "Patient/BN-1"}, "code": {"text": "Tổng kết"},
             "issued": an_hour_ago().isoformat(),
             "result": [{"type": "Observation", "identifier": {
                 "system": "urn:bvmau:order", "value": "TAM-1-CBC-1-718-7"}}]}  # fmt: skip
    refused = await charts.hospital.posts(said(order))
    assert refused.status_code == 422
    assert "another patient" in refused.text

    await charts.hospital.posts(said(replaced(TEMPORARY, LASTING)))

    assert (await charts.hospital.posts(said(order))).status_code == 200


async def test_a_correction_of_the_old_chart_reaches_the_other_patient(charts: Charts) -> None:
    await charts.hospital.posts(said(replaced(TEMPORARY, LASTING)))

    corrected = visit(TEMPORARY, an_hour_ago(), {"718-7": "9.9"})
    assert (await charts.hospital.posts(corrected)).status_code == 200

    rows = await charts.database.owner.fetch("SELECT patient, status FROM result")
    assert [tuple(row) for row in rows] == [(await charts.owner(LASTING), "corrected")]


async def test_the_same_message_id_with_another_merge_is_a_conflict(charts: Charts) -> None:
    await charts.opens(THIRD)
    number = {"identifier": {"system": "urn:test:message", "value": "M1"}}
    first = said(replaced(TEMPORARY, LASTING)) | number
    await charts.hospital.posts(first)

    assert (await charts.hospital.posts(first)).status_code == 200
    other = await charts.hospital.posts(said(replaced(TEMPORARY, THIRD)) | number)
    assert other.status_code == 409
