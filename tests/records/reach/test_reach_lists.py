"""What a session reads of none, one or several charts, as one list."""

import pytest
from httpx import AsyncClient

from tests.conftest import Database
from tests.harness.records.reaching import at_level, leaves, reaches, steps_up
from tests.harness.records.union import Union, a_union

TABLES = {"results": "result", "appointments": "appointment", "medicines": "medicine"}


@pytest.fixture
async def union(database: Database, client: AsyncClient) -> Union:
    """Five charts, of which the session reaches two."""
    return await a_union(database, client, 5, 2)


@pytest.mark.parametrize("reached", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("name", TABLES)
async def test_a_list_is_of_every_chart_that_is_reached_and_of_no_other(
    database: Database, client: AsyncClient, reached: int, name: str
) -> None:
    union = await a_union(database, client, 5, reached)

    items = await union.listed(name)

    ids = [item["id"] for item in items]
    assert set(ids) == await union.ids_of(TABLES[name], *union.charts[:reached])
    assert len(ids) == len(set(ids))
    assert len({item["facility"] for item in items}) == reached


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize("reached", [1, 2, 5])
async def test_pages_of_several_charts_are_one_list_in_order(
    database: Database, client: AsyncClient, reached: int, limit: int
) -> None:
    union = await a_union(database, client, 5, reached)
    for name in ("observations", "timeline"):
        whole = await union.listed(name)

        assert await union.listed(name, limit=limit) == whole
        assert len(whole) >= 2 * reached
    timeline = await union.listed("timeline", limit=limit)
    assert [item["at"] for item in timeline] == sorted(
        (item["at"] for item in timeline), reverse=True
    )
    for when, backwards in (("next", False), ("past", True)):
        found = [item["startsAt"] for item in await union.listed("appointments", limit, when=when)]
        assert found == sorted(found, reverse=backwards)


async def test_a_chart_is_read_by_its_own_id(union: Union) -> None:
    one, other, foreign, *_ = union.charts

    for chart in (one, other):
        answer = await union.reads("results", chart)
        assert {item["id"] for item in answer.json()["items"]} == await union.ids_of(
            "result", chart
        )
    assert (await union.reads("results", foreign)).status_code == 404


async def test_one_record_is_found_in_whichever_chart_it_is(union: Union) -> None:
    for chart in union.charts[:2]:
        (result,) = await union.ids_of("result", chart)
        assert (await union.reads(f"results/{result}")).status_code == 200
        (appointment,) = await union.ids_of("appointment", chart)
        answer = await union.reads(f"appointments/{appointment}/calendar.ics")
        assert answer.status_code == 200
    (foreign,) = await union.ids_of("result", union.charts[2])
    assert (await union.reads(f"results/{foreign}")).status_code == 404


async def test_a_trend_goes_over_every_chart(union: Union) -> None:
    row = (await union.listed("observations"))[0]["id"]

    answer = await union.reads(f"observations/{row}/trend")

    points = [point for series in answer.json()["series"] for point in series["points"]]
    assert len({point["facility"] for point in points}) == 2


async def test_a_weak_chart_is_left_out_and_its_facility_is_named(union: Union) -> None:
    owner, (one, other, *_) = union.database.owner, union.charts
    await owner.execute("UPDATE session_chart SET level = 'otp-limited' WHERE chart = $1", other)

    for name in (*TABLES, "timeline", "changes", "access-log", "medicines/schedule", ""):
        answer = await union.reads(name)
        assert answer.status_code == 200, answer.text
        weak = answer.json().get("strongerSignInNeeded")
        assert weak == (None if name == "appointments" else ["Bệnh viện 1"]), name
    assert {item["id"] for item in await union.listed("results")} == await union.ids_of(
        "result", one
    )
    assert (await union.reads("results", other)).status_code == 403
    assert len(await union.listed("appointments")) == 2


async def test_none_strong_enough_is_refused_and_written_down_for_each(union: Union) -> None:
    await at_level(union.database.owner, "otp-limited")

    answer = await union.reads("results")

    assert (answer.status_code, answer.json()["code"]) == (403, "stronger_sign_in_needed")
    denied = await union.database.owner.fetch(
        "SELECT actor, patient FROM audit_event WHERE result = 'stronger_sign_in_needed'"
    )
    assert {tuple(row) for row in denied} == {(union.session, each) for each in union.charts[:2]}


@pytest.mark.parametrize("level", ["found", ""])
async def test_what_was_only_found_is_not_reached(union: Union, level: str) -> None:
    owner, third = union.database.owner, union.charts[2]
    await reaches(owner, union.session, third, level)

    assert len(await union.listed("results")) == 2
    assert (await union.reads("results")).json().get("strongerSignInNeeded") is None
    assert (await union.reads("appointments", third)).status_code == 404


@pytest.mark.parametrize(
    "how", ["dead", "left", "discreet"], ids=["dead", "left", "discreet and not stepped up"]
)
async def test_a_chart_that_is_closed_is_left_out_without_a_word(union: Union, how: str) -> None:
    owner, (one, other, *_) = union.database.owner, union.charts
    if how == "dead":
        await owner.execute("UPDATE patient SET deceased_at = hub_clock() WHERE id = $1", other)
    elif how == "left":
        await leaves(owner, union.session, other)
    else:
        await owner.execute(
            "UPDATE facility SET discreet = true WHERE id = $1", union.hospitals[1].facility
        )

    for name in ("results", "timeline", "changes", "access-log", "appointments", ""):
        answer = await union.reads(name)
        assert answer.status_code == 200
        assert "Bệnh viện 1" not in answer.text
        assert str(other) not in answer.text
    assert {item["id"] for item in await union.listed("results")} == await union.ids_of(
        "result", one
    )
    assert (await union.reads("results", other)).status_code == 404
    assert (await union.reads("appointments", other)).status_code == 404


async def test_a_discreet_chart_is_shown_while_it_is_stepped_up(union: Union) -> None:
    owner = union.database.owner
    await owner.execute(
        "UPDATE facility SET discreet = true WHERE id = $1", union.hospitals[1].facility
    )
    before = len(await union.listed("results"))

    await steps_up(owner, union.session)
    during = len(await union.listed("results"))
    calendar = (await union.reads("appointments/calendar.ics")).text
    summary = (await union.reads("summary")).text
    await owner.execute("UPDATE clock_offset SET ahead = '61 minutes'")

    assert (before, during, len(await union.listed("results"))) == (1, 2, 1)
    assert calendar.count("BEGIN:VEVENT") == 2
    assert ("Bệnh viện 0" in calendar, "Bệnh viện 1" in calendar) == (True, False)
    assert ("Bệnh viện 0" in summary, "Bệnh viện 1" in summary) == (True, False)


async def test_restricted_records_open_chart_by_chart(union: Union) -> None:
    owner, (one, other, *_) = union.database.owner, union.charts
    await owner.execute("UPDATE result SET restriction = 'hiv', change_n = change_n + 1")
    await owner.execute(
        "UPDATE session_chart SET stepped_up_until = hub_clock() + '15 minutes'::interval"
        " WHERE chart = $1",
        other,
    )

    assert {item["id"] for item in await union.listed("results")} == await union.ids_of(
        "result", other
    )
    assert (await union.reads("results", one)).json()["items"] == []
    (hidden,) = await union.ids_of("result", one)
    assert (await union.reads(f"results/{hidden}")).status_code == 404


async def test_each_chart_that_is_shown_has_its_audit_row(union: Union) -> None:
    await union.reads("results")

    rows = await union.database.owner.fetch(
        "SELECT actor_kind, actor, patient, subject FROM audit_event WHERE action = 'results'"
    )
    assert {tuple(row) for row in rows} == {
        ("patient", union.session, chart, None) for chart in union.charts[:2]
    }


async def test_a_profile_names_every_chart(union: Union) -> None:
    answer = (await union.reads("")).json()

    assert answer["id"] == str(union.charts[0])
    assert [(each["id"], each["facility"]) for each in answer["charts"]] == [
        (str(union.charts[0]), "Bệnh viện 0"), (str(union.charts[1]), "Bệnh viện 1"),
    ]  # fmt: skip


async def test_a_session_without_a_chart_reads_empty_lists(
    database: Database, client: AsyncClient
) -> None:
    union = await a_union(database, client, 1, 0)

    for name in ("results", "timeline", "appointments", "access-log", "medicines"):
        answer = await union.reads(name)
        assert (answer.status_code, answer.json()["items"]) == (200, [])
    changes = await union.reads("changes")
    again = await union.reads("changes", since=changes.json()["nextCursor"])
    assert (changes.status_code, again.json()["items"], again.json()["more"]) == (200, [], False)
    assert (await union.reads("")).status_code == 404
    assert (await union.reads("summary")).status_code == 404
    assert await database.owner.fetchval("SELECT count(*) FROM audit_event WHERE actor = $1"
                                         " AND result = 'done'", union.session) == 0  # fmt: skip


async def test_an_access_log_is_of_every_chart_and_says_which(union: Union) -> None:
    await union.reads("results")

    items = await union.listed("access-log", limit=2)

    mine = [item for item in items if item["who"]["kind"] == "you" and item["code"] == "results"]
    assert {item["chart"] for item in mine} == {str(each) for each in union.charts[:2]}
    ids = [item["id"] for item in items]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == len(set(ids))


async def test_a_cursor_of_a_list_is_of_one_session_and_one_chart(union: Union) -> None:
    cursor = (await union.reads("observations", limit=1)).json()["nextCursor"]
    other = await a_union(union.database, union.client, 1, 1)

    for answer in (
        await union.reads("observations", union.charts[0], cursor=cursor),
        await other.reads("observations", cursor=cursor),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
