"""Which of its charts are one person, a hospital says in `Patient.link`; and when they are not."""

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS, Resource, encoded, visit
from tests.conftest import Database
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import an_hour_ago
from tests.harness.intake.links import a_fever, are_one, link, remarks, replaced, standing
from tests.harness.records.charts import LASTING, TEMPORARY, THIRD, Charts, chart, said, some_charts

OLDER, LATER = "2026-11-20T08:00:00+07:00", "2026-11-21T08:00:00+07:00"


@pytest.fixture
async def charts(database: Database, client: AsyncClient) -> Charts:
    made = await some_charts(database, client, TEMPORARY, LASTING)
    await made.files_a_visit(TEMPORARY)
    return made


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
