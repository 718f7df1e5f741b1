"""Links that are about a third, make no sense, or join two people: refused, or kept for a human."""

from dataclasses import replace

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS, Resource, StoryPerson
from tests.conftest import Database
from tests.harness.checksums import checksums
from tests.harness.intake.links import a_fever, are_one, link, remarks, replaced, standing
from tests.harness.records.charts import LASTING, TEMPORARY, THIRD, Charts, chart, said, some_charts


@pytest.fixture
async def charts(database: Database, client: AsyncClient) -> Charts:
    made = await some_charts(database, client, TEMPORARY, LASTING)
    await made.files_a_visit(TEMPORARY)
    return made


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
    assert waits.json()["entry"][0]["response"]["status"] == "202 Accepted"
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
    charts: Charts, other: StoryPerson, *, at_once: bool
) -> None:
    if not at_once:
        await charts.opens(other)
    before = await checksums(charts.database)

    answer = await charts.hospital.posts(said(replaced(other, LASTING), chart(LASTING)))

    assert answer.status_code == 200
    assert {each["response"]["status"] for each in answer.json()["entry"]} == {"202 Accepted"}
    assert remarks(answer)[0].startswith("waits for a person")
    assert await checksums(charts.database) == before
    message = answer.headers["Hub-Message-Id"]
    heard = await charts.hospital.sends("GET", f"/hospital/messages/{message}", b"")
    assert (heard.json()["outcome"], heard.json()["reason"]) == ("waiting", "not_one_person")
    assert "send the merge again" in heard.json()["toDo"]
