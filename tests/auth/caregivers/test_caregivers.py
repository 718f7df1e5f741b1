"""A daughter reads for her father: what he gave her, no more, and no longer than both want."""

import asyncio
from contextvars import Context
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.access import access_tokens
from backend.auth.access.gate import Caller, reading_as
from backend.auth.rules import Level
from backend.core.clock import now
from backend.core.database import fetch
from tests.conftest import Database, Travel
from tests.harness.auth.caregiving import LAN, MAI, NOBODY, TU, Bearer, Family, a_family, signed_in


@pytest.fixture
async def family(client: AsyncClient, database: Database) -> Family:
    return await a_family(client, database)


def caller_of(who: Bearer) -> Caller:
    access = access_tokens.verify(who["Authorization"].removeprefix("Bearer "))
    return Caller(access.session)


async def test_a_daughter_reads_a_summary_and_her_father_sees_that_she_may(
    family: Family, database: Database
) -> None:
    tu, lan = await family.registers(TU, with_visit=True), await family.registers(LAN)
    father, daughter = await signed_in(tu), await signed_in(lan)

    grant = await family.lets_in(father, daughter)

    assert (await family.reads(daughter, tu)).json()["name"] == TU.name
    assert len((await family.reads(daughter, tu, "appointments")).json()["items"]) == 1
    assert len((await family.reads(daughter, tu, "medicines")).json()["items"]) > 0
    (mine,) = await family.lists(father, "caregivers")
    assert (mine["id"], mine["name"], mine["scope"]) == (str(grant), "T. T. Lan", "summary")
    assert (mine["kind"], mine["opens"], mine["endsAt"]) == ("chosen", True, None)
    (his,) = await family.lists(daughter, "cared-for")
    assert (his["patient"], his["name"]) == (str(tu), "N. V. Tư")
    assert "patient" not in mine
    assert (mine["chart"], his["byCharts"]) == (str(tu), [str(lan)])
    assert await family.told(tu) == ["caregiver.added"]
    rows = await database.owner.fetch(
        "SELECT patient, subject FROM audit_event WHERE actor = $1 AND action = 'caregiver.added'"
        " ORDER BY id",
        caller_of(daughter).session,
    )
    assert [tuple(row) for row in rows] == [(tu, grant), (lan, grant)]


async def test_a_summary_has_no_results_in_it_and_the_whole_has(family: Family) -> None:
    tu = await family.registers(TU, with_visit=True)
    father = await signed_in(tu)
    lan, mai = [await signed_in(await family.registers(each)) for each in (LAN, MAI)]
    await family.lets_in(father, lan, "summary")
    await family.lets_in(father, mai, "full")
    result = (await family.reads(mai, tu, "results")).json()["items"][0]["id"]
    nothing = await family.reads(lan, NOBODY, "results")

    for what in ("results", f"results/{result}"):
        answer = await family.reads(lan, tu, what)
        assert (answer.status_code, answer.text) == (404, nothing.text)
        assert (await family.reads(mai, tu, what)).status_code == 200


@pytest.mark.parametrize(("scope", "seen"), [("summary", 0), ("full", 1)])
async def test_the_database_itself_keeps_results_out_of_a_summary(
    family: Family, database: Database, scope: str, seen: int
) -> None:
    tu, lan = await family.registers(TU, with_visit=True), await family.registers(LAN)
    daughter = await signed_in(lan)
    await family.lets_in(await signed_in(tu), daughter, scope)
    await database.owner.execute(
        "INSERT INTO notification (patient, facility, kind, subject, urgency, lane, accepted_at,"
        " expires_at) SELECT $1, $2, 'result.ready', $1, 'routine', 2, now(), now()",
        tu, family.hospital.facility,
    )  # fmt: skip

    async with reading_as(caller_of(daughter), tu, "test") as reader:
        rows = {
            table: len(await fetch(f"SELECT * FROM {table}"))
            for table in ("result", "observation", "appointment", "notification", "delivery")
        }

    assert reader.scope == scope
    assert (rows["result"] > 0, rows["observation"] > 0) == (bool(seen), bool(seen))
    assert rows["appointment"] == 1
    assert (rows["notification"], rows["delivery"]) == (0, 0)


@pytest.mark.parametrize("ended_by", ["patient", "caregiver"])
async def test_either_side_ends_it_and_the_other_one_hears_of_it(
    family: Family, database: Database, ended_by: str
) -> None:
    tu, lan = await family.registers(TU, with_visit=True), await family.registers(LAN)
    father, daughter = await signed_in(tu), await signed_in(lan)
    grant = await family.lets_in(father, daughter, "full")
    ends = {"patient": (father, "caregivers"), "caregiver": (daughter, "cared-for")}
    who, where = ends[ended_by]

    gone = await family.client.delete(f"/v1/me/{where}/{grant}", headers=who)
    again = await family.client.delete(f"/v1/me/{where}/{grant}", headers=who)

    assert (gone.status_code, again.status_code) == (204, 404)
    assert (await family.reads(daughter, tu, "appointments")).status_code == 404
    assert await family.lists(father, "caregivers") == []
    assert await family.lists(daughter, "cared-for") == []
    told = {"patient": lan, "caregiver": tu}[ended_by]
    assert (await family.told(told))[-1] == "caregiver.ended"
    row = await database.owner.fetchrow("SELECT ended_by FROM caregiver_grant")
    assert tuple(row) == (ended_by,)


async def test_what_is_open_when_it_is_ended_gives_nothing_more(family: Family) -> None:
    tu, lan = await family.registers(TU, with_visit=True), await family.registers(LAN)
    father, daughter = await signed_in(tu), await signed_in(lan)
    grant = await family.lets_in(father, daughter, "full")

    async with reading_as(caller_of(daughter), tu, "test"):
        before = len(await fetch("SELECT * FROM result"))
        ended = await asyncio.create_task(
            family.client.delete(f"/v1/me/caregivers/{grant}", headers=father), context=Context()
        )
        after = len(await fetch("SELECT * FROM result"))

    assert (before, ended.status_code, after) == (1, 204, 0)


async def test_a_grant_opens_for_a_session_that_was_there_before_it(family: Family) -> None:
    tu, lan = await family.registers(TU, with_visit=True), await family.registers(LAN)
    daughter = await signed_in(lan)
    assert (await family.reads(daughter, tu)).status_code == 404

    await family.lets_in(await signed_in(tu), daughter)

    assert (await family.reads(daughter, tu)).status_code == 200


async def test_a_grant_with_an_end_is_over_by_itself(family: Family, time_moves: Travel) -> None:
    tu, lan = await family.registers(TU), await family.registers(LAN)
    ends_at = now() + timedelta(days=3)
    father, daughter = await signed_in(tu), await signed_in(lan)
    await family.lets_in(father, daughter, endsAt=ends_at.isoformat())

    async with time_moves(timedelta(days=3, seconds=1)):
        daughter = await signed_in(lan)
        assert (await family.reads(daughter, tu)).status_code == 404
        assert await family.lists(daughter, "cared-for") == []


async def test_another_persons_grants_are_not_there(family: Family) -> None:
    tu, lan = await family.registers(TU), await family.registers(LAN)
    stranger = await signed_in(await family.registers(MAI))
    father, daughter = await signed_in(tu), await signed_in(lan)
    grant = await family.lets_in(father, daughter)
    invitation = (await family.invites(father)).json()["id"]

    answers = [
        await family.client.delete(path, headers=stranger)
        for path in (
            f"/v1/me/caregivers/{NOBODY}", f"/v1/me/caregivers/{grant}",
            f"/v1/me/cared-for/{grant}", f"/v1/me/cared-for/{NOBODY}",
            f"/v1/me/caregivers/invitations/{invitation}",
            f"/v1/me/caregivers/invitations/{NOBODY}",
        )
    ]  # fmt: skip
    wrong_side = await family.client.delete(f"/v1/me/cared-for/{grant}", headers=father)

    assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}
    assert (wrong_side.status_code, wrong_side.text) == (404, answers[0].text)
    assert (await family.reads(daughter, tu)).status_code == 200


async def test_a_weak_sign_in_opens_nothing_of_another(family: Family) -> None:
    tu, lan = await family.registers(TU, with_visit=True), await family.registers(LAN)
    await family.lets_in(await signed_in(tu), await signed_in(lan), "full")

    weak = await signed_in(lan, Level.OTP_LIMITED)

    for what in ("", "results", "medicines", "appointments"):
        answer = await family.reads(weak, tu, what)
        assert (answer.status_code, answer.json()["code"]) == (403, "stronger_sign_in_needed")


async def test_what_a_grant_does_not_open_is_written_down_too(
    family: Family, database: Database
) -> None:
    tu, lan = await family.registers(TU, with_visit=True), await family.registers(LAN)
    daughter = await signed_in(lan)
    grant = await family.lets_in(await signed_in(tu), daughter)

    await family.reads(daughter, tu, "appointments")
    await family.reads(daughter, tu, "results")

    session = caller_of(daughter).session
    rows = await database.owner.fetch(
        "SELECT action, actor, patient, subject, result FROM audit_event"
        " WHERE action IN ('appointments', 'results') ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        ("appointments", session, tu, grant, "done"),
        ("results", session, tu, grant, "not_found"),
    ]


async def test_grants_are_listed_a_page_at_a_time(family: Family) -> None:
    tu = await signed_in(await family.registers(TU))
    for person in (LAN, MAI):
        await family.lets_in(tu, await signed_in(await family.registers(person)))

    names: list[str] = []
    cursor = ""
    for _ in range(2):
        page = await family.client.get(f"/v1/me/caregivers?limit=1{cursor}", headers=tu)
        names += [each["name"] for each in page.json()["items"]]
        cursor = f"&cursor={page.json()['nextCursor']}"

    assert names == ["P. T. Mai", "T. T. Lan"]


async def test_a_new_grant_takes_the_place_of_the_one_before(
    family: Family, database: Database
) -> None:
    tu, lan = await family.registers(TU, with_visit=True), await family.registers(LAN)
    father, daughter = await signed_in(tu), await signed_in(lan)
    await family.lets_in(father, daughter, "full")

    narrower: UUID = await family.lets_in(father, daughter, "summary")

    assert (await family.reads(daughter, tu, "results")).status_code == 404
    assert [each["id"] for each in await family.lists(father, "caregivers")] == [str(narrower)]
