"""A measurement is seen with the first report that shows it, or by itself where none does."""

from datetime import timedelta
from typing import Any, Final

import pytest

from backend.core.clock import now
from backend.records.lifecycle.merge import merge, unmerge
from backend.records.lifecycle.release_policies import apply_to_unseen
from tests.conftest import Travel
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital
from tests.harness.records.own_names import by_name, hashed
from tests.harness.records.readers import PLACES, Readers, files, hours_later, measured, reported
from tests.harness.records.release_charts import THEIRS, both_numbers, opens_another_chart
from tests.harness.records.release_words import KEPT_BACK, NOWHERE, RELEASED, says, word

ALONE: Final = PLACES - {"list", "one", "file"}
"""Where a measurement stands that no report shows."""
OTHER: Final[dict[str, Any]] = {"valueQuantity": {"value": 1, "unit": "mm"}}
SECOND: Final = {"reference": "DiagnosticReport/r2"}
PATHOLOGY: Final[dict[str, Any]] = {
    "category": [{"coding": [{"code": "PAT", "system": "urn:loai"}]}]
}


async def unseen(readers: Readers) -> list[str]:
    rows = await readers.database.owner.fetch(
        "SELECT facility, local_id FROM observation WHERE visible_from IS NULL"
    )
    return list(by_name(rows, "Observation", ("m1", "m2", "m3")))


async def test_a_new_measurement_of_a_kept_back_report_waits_where_nothing_else_does(
    hospital: Hospital, readers: Readers
) -> None:
    await files(hospital, measured("m1", **OTHER), reported())
    await says(hospital, KEPT_BACK)

    await files(hospital, measured("m2"), reported(shows=("m1", "m2"), status="corrected"))
    before = await unseen(readers), await readers.places()
    await says(hospital, RELEASED)

    assert before == (["m1", "m2"], NOWHERE)
    assert await unseen(readers) == []


async def test_a_new_measurement_of_another_report_does_not_wait_for_the_one_kept_back(
    hospital: Hospital, readers: Readers
) -> None:
    await files(hospital, measured("m1", **OTHER), reported())
    await says(hospital, KEPT_BACK)

    await files(hospital, measured("m2"), reported("r2", shows=("m2",)))

    assert await unseen(readers) == ["m1"]


async def test_a_report_that_was_taken_back_does_not_show_what_another_keeps_back(
    hospital: Hospital, readers: Readers
) -> None:
    await files(hospital, measured(), reported())
    await files(hospital, reported(status="entered-in-error"))
    await files(hospital, reported("r2"))

    await says(hospital, KEPT_BACK, SECOND)

    assert await unseen(readers) == ["m1"]


async def test_what_is_kept_back_with_one_report_is_seen_in_the_other(
    hospital: Hospital, readers: Readers
) -> None:
    await files(hospital, measured(), reported(), reported("r2"))

    await says(hospital, KEPT_BACK, SECOND)

    assert (await unseen(readers), await readers.places()) == ([], PLACES)


@pytest.mark.parametrize("waits", ["never", "kept back"])
async def test_a_measurement_of_two_reports_is_seen_with_the_first(
    hospital: Hospital, readers: Readers, time_moves: Travel, waits: str
) -> None:
    await readers.policy("24h")
    await readers.policy("never", "result:PAT")
    await files(hospital, measured(), reported())
    await files(hospital, reported("r2", **(PATHOLOGY if waits == "never" else {})))
    if waits == "kept back":
        await says(hospital, KEPT_BACK, SECOND)

    before = await readers.places()
    async with hours_later(time_moves, 25):
        await readers.released()
        assert (before, await readers.places()) == (NOWHERE, PLACES)


async def test_what_a_report_shows_no_more_stands_alone(
    hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("clinician")
    await files(hospital, measured("m1"), measured("m2"), reported(shows=("m1", "m2")))
    await files(hospital, reported(shows=("m2",), status="corrected"))

    await says(hospital, RELEASED)
    with_the_report = await unseen(readers)
    await says(hospital, RELEASED, {"reference": "Observation/m1"})

    assert (with_the_report, await unseen(readers)) == (["m1"], [])


async def test_what_a_report_showed_that_was_taken_back_has_its_own_hour(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await files(hospital, measured(), reported())
    await files(hospital, reported(status="entered-in-error"))

    async with hours_later(time_moves, 23):
        await readers.released()
        assert await unseen(readers) == ["m1"]
    async with hours_later(time_moves, 25):
        await readers.released()
        assert await unseen(readers) == []


async def test_what_only_an_older_version_of_a_report_shows_stands_alone(
    hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("clinician", "condition")
    said = now().replace(microsecond=0)
    new, old = (
        {"meta": {"lastUpdated": (said - timedelta(hours=each)).isoformat()}} for each in (1, 2)
    )
    newer: dict[str, Any] = dict(new)
    older: dict[str, Any] = dict(old)
    await files(hospital, measured("m2"), reported(shows=("m2",), **newer))

    await files(hospital, measured("m1"), reported(shows=("m1",), **older))

    assert await unseen(readers) == []


async def test_a_measurement_that_becomes_restricted_makes_its_report_wait_as_such(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await readers.policy("never", "restricted:restricted")
    await files(hospital, measured(), reported())

    await files(hospital, measured(status="corrected", **labelled("R")))
    async with hours_later(time_moves, 25):
        await readers.released()
        [row] = await readers.database.owner.fetch("SELECT restriction, visible_from FROM result")
        assert tuple(row) == ("restricted", None)
        assert await unseen(readers) == ["m1"]


SECRET: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


def labelled(*codes: str) -> dict[str, Any]:
    return {"meta": {"security": [{"system": SECRET, "code": each} for each in codes]}}


@pytest.mark.parametrize("own", [{}, labelled("R")])
@pytest.mark.parametrize("never", ["restricted:hiv", "restricted:restricted"])
async def test_a_report_stands_by_the_strictest_class_of_all_that_it_shows(
    hospital: Hospital, readers: Readers, own: dict[str, Any], never: str
) -> None:
    await readers.policy("never", never)
    mild, strict = measured("m1", **labelled("R")), measured("m2", **labelled("HIV"))

    await files(hospital, mild, strict, reported(shows=("m1", "m2"), **own))
    results = "SELECT count(*) FROM result WHERE visible_from IS NULL"
    waits = await readers.database.owner.fetchval(results)
    _ = [left async for left in apply_to_unseen(hospital.facility)]
    await readers.released()
    refused = await hospital.says(word(RELEASED))

    assert refused.json()["code"] == "never_shown"
    assert (waits, await readers.database.owner.fetchval(results)) == (1, 1)
    assert await unseen(readers) == ["m1", "m2"]


async def test_the_same_again_leaves_to_the_duty_what_is_due(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("12h", "observation")
    same = measured()
    await files(hospital, same)
    cursor = (await readers.reads("changes")).json()["nextCursor"]

    async with hours_later(time_moves, 13):
        before = await checksums(readers.database)
        await files(hospital, same)
        assert await checksums(readers.database) == before
        await readers.released()
        news = (await readers.reads(f"changes?since={cursor}")).json()["items"]
        assert [each["kind"] for each in news] == ["observation"]


async def test_the_same_again_does_not_follow_a_new_policy(
    hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("clinician")
    same = measured()
    await files(hospital, same)
    await readers.policy("at-once")
    before = await checksums(readers.database)

    await files(hospital, same)

    assert (await checksums(readers.database), await unseen(readers)) == (before, ["m1"])


@pytest.mark.parametrize(("before", "after"), [("clinician", "at-once"), ("12h", "never")])
async def test_a_new_policy_holds_for_the_measurement_that_comes_in_only(
    hospital: Hospital, readers: Readers, time_moves: Travel, before: str, after: str
) -> None:
    await readers.policy(before)
    await files(hospital, measured("m1"))
    stood = "SELECT release_at FROM observation WHERE local_id = $1"
    named = await hashed(readers.database, "Observation", "m1")
    due = await readers.database.owner.fetchval(stood, named)
    await readers.policy(after)

    await files(hospital, measured("m2"))

    assert "m1" in await unseen(readers)
    assert await readers.database.owner.fetchval(stood, named) == due


async def test_what_an_unmerge_parts_from_its_report_stands_alone(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await opens_another_chart(hospital)
    await files(hospital, measured(**THEIRS))
    hers, theirs = await both_numbers(hospital)
    await merge(hospital.facility, theirs.identifier, hers.identifier)
    await files(hospital, reported())

    await unmerge(hospital.facility, theirs.identifier)
    async with hours_later(time_moves, 25):
        await readers.released()
        assert await unseen(readers) == []


async def test_what_came_in_taken_back_was_never_seen(hospital: Hospital, readers: Readers) -> None:
    await files(hospital, measured(), reported(status="cancelled"))
    await readers.policy("clinician")

    await files(hospital, reported())

    assert "list" not in await readers.places()


async def test_hours_go_on_when_a_report_is_unfinished_in_between(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await files(hospital, measured(), reported())

    async with hours_later(time_moves, 20):
        await files(hospital, reported(status="partial"))
    async with hours_later(time_moves, 25):
        await readers.released()
        assert await readers.places() == NOWHERE
        await files(hospital, reported(conclusion="A"))
        assert (await readers.places(), await readers.told()) == (PLACES, ["result.ready"])


async def test_a_measurement_in_no_report_is_seen_by_its_own_class(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("clinician")
    await readers.policy("12h", "observation")

    await files(hospital, measured())
    before = await readers.places()
    async with hours_later(time_moves, 13):
        await readers.released()
        assert (before, await readers.places()) == (NOWHERE, ALONE)
