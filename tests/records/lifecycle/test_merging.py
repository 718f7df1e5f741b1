"""Two charts of one hospital are one person: what moves, who sees it, and the way back."""

from dataclasses import replace

import pytest
from httpx import AsyncClient

from backend.auth.access.gate import NotSignedIn
from backend.auth.registration.patients import charts_of_citizen
from backend.core.crypto.name_hashes import hash_name
from backend.core.errors import NotFound
from backend.records.kinds import TABLES
from backend.records.lifecycle.merge import PARTS
from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS, ORDERS
from tests.conftest import Database
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import a_hospital
from tests.harness.records.charts import (
    LASTING,
    TEMPORARY,
    THIRD,
    Charts,
    chart,
    said,
    sees,
    signed_in,
    some_charts,
)

MOVES = frozenset(
    {
        *TABLES.values(),
        *PARTS,
        "contact_point",
        "patient_identifier",
        "patient_lookup",
        "deferred_notice",
        "notification",
    }
)
STAYS = frozenset(
    {
        "access_dispute", "activation_slip", "audit_event", "caregiver_grant", "chart_hold",
        "desk_task", "invited_chart", "lost_phone", "patient_dose_hours", "patient_merge",
        "printed_summary", "refusal_tally", "session_chart", "sign_in_pair",
        "sign_in_challenge",
    }
)  # fmt: skip
"""What a person has proved, or what says what was: a merge leaves it with the chart it is of."""
BY_ITSELF = frozenset({"patient_change", "tombstone", "delivery"})
"""Raised, emptied by a trigger, or cancelled and planned anew."""


@pytest.fixture
async def charts(database: Database, client: AsyncClient) -> Charts:
    made = await some_charts(database, client, TEMPORARY, LASTING)
    for person in (TEMPORARY, LASTING):
        await made.files_a_visit(person)
    return made


async def test_all_that_came_under_the_number_is_the_other_patients(charts: Charts) -> None:
    old, new = await charts.owner(TEMPORARY), await charts.owner(LASTING)
    before = await charts.rows()

    assert await charts.merges(TEMPORARY, LASTING)

    assert old != new
    assert await charts.owner(TEMPORARY) == await charts.owner(LASTING) == new
    assert await charts.rows() == {new: before[old] + before[new]}


async def test_both_apps_read_all_again_and_what_moved_is_stamped(charts: Charts) -> None:
    old, new = await charts.owner(TEMPORARY), await charts.owner(LASTING)
    database = charts.database.owner

    await charts.merges(TEMPORARY, LASTING)

    assert await charts.epochs() == {old: 1, new: 1}
    n = await database.fetchval("SELECT n FROM patient_change WHERE patient = $1", new)
    key = f"{ORDERS}|{TEMPORARY.hospital_number}-CBC-1"
    moved = await database.fetch(
        "SELECT change_n FROM result WHERE $1 = ANY(names)",
        hash_name(charts.hospital.facility, "DiagnosticReport", key),
    )
    assert [row["change_n"] for row in moved] == [n]


async def test_taken_back_everything_is_as_it_was(charts: Charts) -> None:
    before = await charts.rows()
    numbers = {each: await charts.owner(each) for each in (TEMPORARY, LASTING)}
    kept = await content(charts)

    assert await charts.merges(TEMPORARY, LASTING)
    assert await content(charts) != kept
    assert await charts.takes_back(TEMPORARY)

    assert await charts.rows() == before
    assert {each: await charts.owner(each) for each in numbers} == numbers
    assert await content(charts) == kept
    assert set((await charts.epochs()).values()) == {2}


async def content(charts: Charts) -> dict[str, str]:
    """Give what is stored of records and numbers, whatever the number of its change."""
    found = {}
    for table in {*MOVES - {"notification", "patient_lookup"}}:
        found[table] = await charts.database.owner.fetchval(
            "SELECT md5(string_agg((to_jsonb(t) - 'change_n')::text, '|' ORDER BY t.id))"
            f" FROM {table} t"
        )
    return found | {
        "patient_lookup": await charts.database.owner.fetchval(
            "SELECT md5(string_agg(kind || hash::text || patient, '|' ORDER BY hash, patient))"
            " FROM patient_lookup"
        )
    }


async def test_what_came_after_the_merge_goes_back_too(charts: Charts) -> None:
    old, new = await charts.owner(TEMPORARY), await charts.owner(LASTING)
    before = await charts.rows()
    await charts.merges(TEMPORARY, LASTING)

    later = {"resourceType": "Condition", "identifier": [{"system": "urn:test", "value": "C1"}],
             "subject": {"reference": "Patient/TAM-1"}, "code": {"text": "Sốt"}}  # fmt: skip
    assert (await charts.hospital.posts(said(later))).status_code == 200
    assert (await charts.rows())[new] == sum(before.values()) + 1
    await charts.takes_back(TEMPORARY)

    assert await charts.rows() == {old: before[old] + 1, new: before[new]}


async def test_what_others_filed_stays(charts: Charts, client: AsyncClient) -> None:
    """Whoever is merged is one of this hospital's; another's patients are not touched."""
    elsewhere = Charts(charts.database, await a_hospital(charts.database, client, "BV KHAC"))
    await elsewhere.opens(TEMPORARY)
    await elsewhere.files_a_visit(TEMPORARY)
    stranger = await elsewhere.owner(TEMPORARY)
    before = (await charts.rows())[stranger]

    await charts.merges(TEMPORARY, LASTING)

    assert await elsewhere.owner(TEMPORARY) == stranger
    assert (await charts.rows())[stranger] == before


async def test_the_same_again_changes_nothing(charts: Charts) -> None:
    await charts.merges(TEMPORARY, LASTING)
    before = await checksums(charts.database)

    assert not await charts.merges(TEMPORARY, LASTING)

    assert await checksums(charts.database) == before


async def test_what_was_never_merged_cannot_be_taken_back(charts: Charts) -> None:
    before = await checksums(charts.database)

    assert not await charts.takes_back(TEMPORARY)

    assert await checksums(charts.database) == before


async def test_the_end_of_a_chain_has_all_and_each_link_can_be_undone(charts: Charts) -> None:
    await charts.opens(THIRD)
    people = {each: await charts.owner(each) for each in (TEMPORARY, THIRD, LASTING)}
    await charts.merges(TEMPORARY, THIRD)
    await charts.merges(THIRD, LASTING)
    assert {await charts.owner(each) for each in people} == {people[LASTING]}

    await charts.takes_back(THIRD)
    assert await charts.owner(TEMPORARY) == await charts.owner(THIRD) == people[THIRD]

    await charts.takes_back(TEMPORARY)
    assert {each: await charts.owner(each) for each in people} == people


async def test_the_old_chart_sees_nothing_and_ends_the_new_one_sees_both(charts: Charts) -> None:
    hers = await signed_in(await charts.owner(LASTING))
    theirs = await signed_in(await charts.owner(TEMPORARY))
    before = await sees(theirs), await sees(hers)
    assert all(each["result"] == 1 for each in before)

    await charts.merges(TEMPORARY, LASTING)

    assert (await sees(hers))["result"] == 2
    with pytest.raises(NotSignedIn):
        await sees(theirs)
    ended = await charts.database.owner.fetchval(
        "SELECT ended_why FROM session WHERE id = $1", theirs.session
    )
    assert ended == "merged"


async def test_a_caregiver_of_the_old_one_reads_nothing_of_the_new_one(charts: Charts) -> None:
    await charts.opens(THIRD)
    old, new, carer = [await charts.owner(each) for each in (TEMPORARY, LASTING, THIRD)]
    await charts.database.owner.execute(
        "INSERT INTO caregiver_grant (patient, caregiver, scope, kind, begins_at)"
        " VALUES ($1, $2, 'full', 'chosen', hub_clock())",
        old, carer,
    )  # fmt: skip
    reads = await signed_in(carer)
    assert (await sees(reads, old))["result"] == 1

    await charts.merges(TEMPORARY, LASTING)

    assert sum((await sees(reads, old)).values()) == 0
    with pytest.raises(NotFound):
        await sees(reads, new)


async def test_both_trails_say_so_and_name_nobody_else(charts: Charts) -> None:
    old, new = await charts.owner(TEMPORARY), await charts.owner(LASTING)

    await charts.merges(TEMPORARY, LASTING)
    await charts.takes_back(TEMPORARY)

    rows = await charts.database.owner.fetch(
        "SELECT patient, action, subject FROM audit_event WHERE action LIKE 'patient.%merged'"
    )
    assert {(row["patient"], row["action"]) for row in rows} == {
        (each, what) for each in (old, new) for what in ("patient.merged", "patient.unmerged")
    }
    assert {row["subject"] for row in rows}.isdisjoint({old, new})


async def test_what_an_old_chart_says_does_not_describe_the_other_patient(charts: Charts) -> None:
    await charts.merges(TEMPORARY, LASTING)
    new = await charts.owner(LASTING)
    phones = "SELECT count(*) FROM contact_point WHERE patient = $1"
    before = await charts.database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", new)
    had = await charts.database.owner.fetchval(phones, new)

    changed = replace(TEMPORARY, name="Ai khác", mobile="0933000009")
    await charts.hospital.posts(said(chart(changed)))

    after = await charts.database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", new)
    assert after == before
    assert await charts.database.owner.fetchval(phones, new) == had


async def test_a_national_number_of_an_old_chart_is_not_the_other_patients(
    charts: Charts,
) -> None:
    await charts.opens(THIRD)
    await charts.merges(TEMPORARY, THIRD)

    await charts.hospital.posts(said(chart(replace(TEMPORARY, citizen_id="079161000044"))))

    assert await charts_of_citizen("079161000044") == []


async def test_a_number_that_an_old_chart_gets_goes_back_with_it(charts: Charts) -> None:
    old = await charts.owner(TEMPORARY)
    await charts.merges(TEMPORARY, LASTING)
    one_more = chart(TEMPORARY)
    one_more["identifier"].append({"system": HOSPITAL_NUMBERS, "value": "TAM-1-B"})
    await charts.hospital.posts(said(one_more))

    await charts.takes_back(TEMPORARY)

    assert await charts.owner(replace(TEMPORARY, hospital_number="TAM-1-B")) == old


async def test_every_table_that_knows_patients_is_thought_of(database: Database) -> None:
    """Whoever adds one says what a merge does with it: `merge` moves it, or it stays."""
    rows = await database.owner.fetch(
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name IN ('patient', 'chart')"
        " UNION SELECT conrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'f' AND confrelid = 'patient'::regclass"
    )

    assert {row["table_name"] for row in rows} == STAYS | MOVES | BY_ITSELF
