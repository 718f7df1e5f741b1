"""A measurement is seen with the first report that shows it, and never before all of them."""

from datetime import timedelta
from typing import Any, Final

import pytest

from backend.clock import now
from tests.conftest import Travel
from tests.intake.hospital import Hospital
from tests.records.release.eyes import PLACES, Eyes, files, hours_later, measured, reported
from tests.records.release.test_by_word import KEPT_BACK, NOWHERE, RELEASED, says

ALONE: Final = PLACES - {"list", "one", "file"}
"""Where a measurement stands that no report shows."""
OTHER: Final[dict[str, Any]] = {"valueQuantity": {"value": 1, "unit": "mm"}}
SECOND: Final = {"reference": "DiagnosticReport/r2"}
PATHOLOGY: Final[dict[str, Any]] = {
    "category": [{"coding": [{"code": "PAT", "system": "urn:loai"}]}]
}


async def unseen(eyes: Eyes) -> list[str]:
    rows = await eyes.database.owner.fetch(
        "SELECT local_id FROM observation WHERE visible_from IS NULL ORDER BY local_id"
    )
    return [row["local_id"] for row in rows]


async def test_a_new_measurement_of_a_kept_back_report_waits_where_nothing_else_does(
    hospital: Hospital, eyes: Eyes
) -> None:
    await files(hospital, measured("m1", **OTHER), reported())
    await says(hospital, KEPT_BACK)

    await files(hospital, measured("m2"), reported(shows=("m1", "m2"), status="corrected"))
    before = await unseen(eyes), await eyes.places()
    await says(hospital, RELEASED)

    assert before == (["m1", "m2"], NOWHERE)
    assert await unseen(eyes) == []


async def test_a_new_measurement_of_another_report_does_not_wait_for_the_one_kept_back(
    hospital: Hospital, eyes: Eyes
) -> None:
    await files(hospital, measured("m1", **OTHER), reported())
    await says(hospital, KEPT_BACK)

    await files(hospital, measured("m2"), reported("r2", shows=("m2",)))

    assert await unseen(eyes) == ["m1"]


async def test_a_report_that_was_taken_back_does_not_show_what_another_keeps_back(
    hospital: Hospital, eyes: Eyes
) -> None:
    await files(hospital, measured(), reported())
    await files(hospital, reported(status="entered-in-error"))
    await files(hospital, reported("r2"))

    await says(hospital, KEPT_BACK, SECOND)

    assert await unseen(eyes) == ["m1"]


async def test_what_is_kept_back_with_one_report_is_seen_in_the_other(
    hospital: Hospital, eyes: Eyes
) -> None:
    await files(hospital, measured(), reported(), reported("r2"))

    await says(hospital, KEPT_BACK, SECOND)

    assert (await unseen(eyes), await eyes.places()) == ([], PLACES)


@pytest.mark.parametrize("waits", ["never", "kept back"])
async def test_a_measurement_of_two_reports_is_seen_with_the_first(
    hospital: Hospital, eyes: Eyes, time_moves: Travel, waits: str
) -> None:
    await eyes.policy("24h")
    await eyes.policy("never", "result:PAT")
    await files(hospital, measured(), reported())
    await files(hospital, reported("r2", **(PATHOLOGY if waits == "never" else {})))
    if waits == "kept back":
        await says(hospital, KEPT_BACK, SECOND)

    before = await eyes.places()
    async with hours_later(time_moves, 25):
        await eyes.released()
        assert (before, await eyes.places()) == (NOWHERE, PLACES)


async def test_what_a_report_shows_no_more_stands_alone(hospital: Hospital, eyes: Eyes) -> None:
    await eyes.policy("clinician")
    await files(hospital, measured("m1"), measured("m2"), reported(shows=("m1", "m2")))
    await files(hospital, reported(shows=("m2",), status="corrected"))

    await says(hospital, RELEASED)
    with_the_report = await unseen(eyes)
    await says(hospital, RELEASED, {"reference": "Observation/m1"})

    assert (with_the_report, await unseen(eyes)) == (["m1"], [])


async def test_what_a_report_showed_that_was_taken_back_has_its_own_hour(
    hospital: Hospital, eyes: Eyes, time_moves: Travel
) -> None:
    await eyes.policy("24h")
    await files(hospital, measured(), reported())
    await files(hospital, reported(status="entered-in-error"))

    async with hours_later(time_moves, 23):
        await eyes.released()
        assert await unseen(eyes) == ["m1"]
    async with hours_later(time_moves, 25):
        await eyes.released()
        assert await unseen(eyes) == []


async def test_what_only_an_older_version_of_a_report_shows_stands_alone(
    hospital: Hospital, eyes: Eyes
) -> None:
    await eyes.policy("clinician", "condition")
    said = now().replace(microsecond=0)
    new, old = (
        {"meta": {"lastUpdated": (said - timedelta(hours=each)).isoformat()}} for each in (1, 2)
    )
    newer: dict[str, Any] = dict(new)
    older: dict[str, Any] = dict(old)
    await files(hospital, measured("m2"), reported(shows=("m2",), **newer))

    await files(hospital, measured("m1"), reported(shows=("m1",), **older))

    assert await unseen(eyes) == []


async def test_a_measurement_that_becomes_restricted_makes_its_report_wait_as_such(
    hospital: Hospital, eyes: Eyes, time_moves: Travel
) -> None:
    await eyes.policy("24h")
    await eyes.policy("never", "restricted:restricted")
    await files(hospital, measured(), reported())
    secret = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    label = {"security": [{"system": secret, "code": "R"}]}

    await files(hospital, measured(status="corrected", meta=label))
    async with hours_later(time_moves, 25):
        await eyes.released()
        [row] = await eyes.database.owner.fetch("SELECT restriction, visible_from FROM result")
        assert tuple(row) == ("restricted", None)
        assert await unseen(eyes) == ["m1"]


async def test_a_measurement_in_no_report_is_seen_by_its_own_class(
    hospital: Hospital, eyes: Eyes, time_moves: Travel
) -> None:
    await eyes.policy("clinician")
    await eyes.policy("12h", "observation")

    await files(hospital, measured())
    before = await eyes.places()
    async with hours_later(time_moves, 13):
        await eyes.released()
        assert (before, await eyes.places()) == (NOWHERE, ALONE)
