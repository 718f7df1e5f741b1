"""AUD-04: who read or changed my record, in plain words, and nobody else's log."""

from collections import Counter
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from httpx import AsyncClient

from backend.auth.access.gate import reading_as
from backend.auth.rules import Level
from backend.core.database import fetch, new_id
from backend.sandbox.demo.story_bundles import visit
from tests.conftest import Database
from tests.harness.auth.caregiving import LAN, MAI, TU, Family, a_family, signed_in
from tests.harness.auth.steps import PHONE, sign_in
from tests.harness.intake.hospital import an_hour_ago
from tests.harness.records.acts import NOON, an_act, id_at, lines
from tests.harness.records.callers import caller
from tests.harness.records.clinical import CLINICAL, marked
from tests.harness.records.reaching import at_level
from tests.harness.support.makers import WHY, a_desk, an_agent

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def family(client: AsyncClient, database: Database) -> Family:
    return await a_family(client, database)


def told(found: list[dict[str, Any]], code: str) -> list[dict[str, Any]]:
    return [each for each in found if each["code"] == code]


async def test_everybody_who_came_near_is_told_in_a_sentence(family: Family) -> None:
    lan, tu, mai = [await family.registers(each, with_visit=True) for each in (LAN, TU, MAI)]
    as_lan, as_tu, as_mai = [await signed_in(each) for each in (lan, tu, mai)]
    await family.lets_in(as_lan, as_tu, "summary")
    await family.reads(as_lan, "me", "results")
    assert (await family.reads(as_tu, lan, "medicines")).status_code == 200
    assert (await family.reads(as_tu, lan, "results")).status_code == 404
    assert (await family.reads(as_mai, lan, "results")).status_code == 404

    found = await lines(family.client, as_lan)

    assert {(each["who"]["kind"], each["what"], each["result"]) for each in found} >= {
        ("you", "You looked at your results.", "done"),
        ("caregiver", "N. V. Tư (caregiver) looked at your medicines.", "done"),
        (
            "caregiver",
            "N. V. Tư (caregiver) tried to look at your results and was refused.",
            "refused",
        ),
        ("other", "Somebody else tried to look at your results and was refused.", "refused"),
        ("hospital", "Bệnh viện Mẫu sent data for your record.", "done"),
    }
    other = next(each for each in found if each["who"]["kind"] == "other")
    assert other["who"] == {
        "kind": "other", "name": None, "role": None, "facility": None, "reference": None,
    }  # fmt: skip
    assert "Mai" not in str(found)


async def test_what_a_caregiver_reads_is_in_the_patients_log_and_not_in_their_own(
    family: Family,
) -> None:
    lan, tu = [await family.registers(each, with_visit=True) for each in (LAN, TU)]
    as_lan, as_tu = await signed_in(lan), await signed_in(tu)
    await family.lets_in(as_lan, as_tu, "full")
    await family.reads(as_tu, lan, "results")

    own, theirs = await lines(family.client, as_tu), await lines(family.client, as_lan)

    assert told(own, "results") == []
    assert [each["who"]["kind"] for each in told(theirs, "results")] == ["caregiver"]
    assert [(each["who"]["kind"], each["code"]) for each in told(own, "caregiver.added")] == [
        ("you", "caregiver.added")
    ]


@pytest.mark.parametrize("scope", ["summary", "full"])
async def test_nobody_reads_anothers_log(family: Family, scope: str) -> None:
    lan, tu = await family.registers(LAN), await family.registers(TU)
    as_lan, as_tu = await signed_in(lan), await signed_in(tu)
    await family.lets_in(as_lan, as_tu, scope)

    refused = await family.reads(as_tu, lan, "access-log")

    assert refused.status_code == 404
    (line,) = told(await lines(family.client, as_lan), "access-log")
    assert (line["who"]["name"], line["result"]) == ("N. V. Tư", "refused")


async def test_a_weak_session_does_not_read_the_log(family: Family) -> None:
    limited = await signed_in(await family.registers(LAN), Level.OTP_LIMITED)

    answer = await family.reads(limited, "me", "access-log")

    assert (answer.status_code, answer.json()["code"]) == (403, "stronger_sign_in_needed")


async def test_staff_are_told_by_role_place_and_reference_with_their_reason(
    family: Family,
) -> None:
    as_lan = await signed_in(await family.registers(LAN))
    hoa = await an_agent("hoa.tran", "supervisor", family.hospital.facility)
    desk = await a_desk(family.client, hoa)
    await desk.asks("POST", "/patients/search", citizenId=LAN.citizen_id, reason=WHY)

    found = await lines(family.client, as_lan, language="vi")

    (line,) = told(found, "support.case")
    assert line["what"] == ("Trưởng nhóm hỗ trợ của Bệnh viện Mẫu đã tìm bạn và mở hồ sơ hỗ trợ.")
    assert line["why"] == WHY
    assert line["who"] == {
        "kind": "staff", "name": None, "role": "Trưởng nhóm hỗ trợ", "facility": "Bệnh viện Mẫu",
        "reference": hoa.id.hex[-8:].upper(),
    }  # fmt: skip
    assert "hoa.tran" not in str(found)


async def test_a_failed_sign_in_is_not_called_the_patients_own_act(
    family: Family, client: AsyncClient, database: Database
) -> None:
    lan = await family.registers(LAN)
    opened = await sign_in(client, database, LAN.citizen_id)
    wrong = {"action": "sign_in.code", "from_where": "203.0.113.77", "result": "wrong_code"}
    await an_act(database, lan, NOON, **wrong)
    bearer = {"Authorization": f"Bearer {opened.access_token}"}

    found = told(await lines(client, bearer), "sign_in.code")

    assert [(each["who"]["kind"], each["result"]) for each in found] == [
        ("you", "done"), ("other", "refused"),
    ]  # fmt: skip
    assert found[0]["where"]["device"] == PHONE["name"]
    assert found[1]["where"] is None


async def test_only_ones_own_address_is_shown_and_without_its_end(
    family: Family, database: Database
) -> None:
    lan, tu = await family.registers(LAN), await family.registers(TU)
    as_lan = await signed_in(lan)
    await family.lets_in(as_lan, await signed_in(tu))
    for address in ("203.0.113.77", "2001:db8:1:2::77", "nowhere"):
        await an_act(database, lan, NOON, from_where=address, action=f"at.{address}")
    await an_act(database, lan, NOON, actor=tu, from_where="203.0.113.78")

    found = await lines(family.client, as_lan)

    where = {each["code"]: each["where"] for each in found if each["code"].startswith("at.")}
    assert where == {
        "at.203.0.113.77": {"device": None, "network": "203.0.113.0/24"},
        "at.2001:db8:1:2::77": {"device": None, "network": "2001:db8:1::/48"},
        "at.nowhere": None,
    }
    assert "113.78" not in str(found)


async def test_the_same_within_ten_minutes_is_one_line(family: Family, database: Database) -> None:
    lan = await family.registers(LAN)
    first = await an_act(database, lan, NOON)
    for minute in (1, 2, 9):
        await an_act(database, lan, NOON + minute * MINUTE)
        await an_act(database, lan, NOON + minute * MINUTE, action="profile")
    await an_act(database, lan, NOON + 3 * MINUTE, result="not_found")
    await an_act(database, lan, NOON + 10 * MINUTE)

    found = await lines(family.client, await signed_in(lan))

    folded = [
        (each["at"], each["times"], each["result"], each["lastAt"])
        for each in told(found, "results")
    ]
    assert folded == [
        ("2026-11-20T12:10:00Z", 1, "done", "2026-11-20T12:10:00Z"),
        ("2026-11-20T12:03:00Z", 1, "refused", "2026-11-20T12:03:00Z"),
        ("2026-11-20T12:00:00Z", 4, "done", "2026-11-20T12:09:00Z"),
    ]
    assert told(found, "results")[-1]["id"] == str(first)


@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_pages_hold_every_line_once_whatever_is_written_meanwhile(
    family: Family, database: Database, limit: int
) -> None:
    lan = await family.registers(LAN)
    bearer = await signed_in(lan)
    for n in range(40):
        what = ("results", "profile", "visits")[n % 3]
        await an_act(database, lan, NOON + n * 3 * MINUTE, action=what)
    whole = [each["id"] for each in await lines(family.client, bearer)]

    seen: list[str] = []
    cursor, late = "", 0
    while cursor is not None:
        query = f"?limit={limit}{cursor and '&cursor=' + cursor}"
        answer = (await family.reads(bearer, "me", f"access-log{query}")).json()
        assert len(answer["items"]) <= limit
        seen += [each["id"] for each in answer["items"]]
        cursor = answer["nextCursor"]
        late += 1
        await an_act(database, lan, NOON + (120 + late * 10) * MINUTE, action="late")
        await an_act(database, lan, NOON + 118 * MINUTE, action="results")

    assert [each for each in seen if each in whole] == whole
    assert [count for each, count in Counter(seen).items() if count > 1] == []


async def test_an_app_that_has_the_log_is_told_so_as_reading_it_is_no_news(
    family: Family,
) -> None:
    bearer = await signed_in(await family.registers(LAN))
    path = "/v1/patients/me/access-log"
    first = await family.client.get(path, headers=bearer)

    again = await family.client.get(
        path, headers={**bearer, "If-None-Match": first.headers["etag"]}
    )
    english = await family.client.get(
        path,
        headers={**bearer, "If-None-Match": first.headers["etag"], "Accept-Language": "en-GB"},
    )

    assert (first.status_code, again.status_code, english.status_code) == (200, 304, 200)
    assert first.headers["content-language"] == "vi"
    assert english.headers["content-language"] == "en"
    assert english.headers["vary"] == "Accept-Language"


async def test_what_nobody_has_put_into_words_yet_is_told_all_the_same(
    family: Family, database: Database
) -> None:
    lan = await family.registers(LAN)
    await an_act(database, lan, NOON, action="something.new", actor_kind="robot", actor=new_id())

    (line,) = told(await lines(family.client, await signed_in(lan)), "something.new")

    assert (line["what"], line["who"]["kind"]) == (
        "The hub did something with your record.",
        "system",
    )


async def test_no_line_says_what_a_record_says(family: Family, database: Database) -> None:
    await family.registers(LAN)
    await family.hospital.posts(marked(visit(LAN, an_hour_ago())))
    lan = await database.owner.fetchval("SELECT patient FROM result LIMIT 1")
    bearer = await signed_in(lan)
    for what in ("results", "medicines", "visits", "conditions", "documents", "appointments"):
        assert CLINICAL in (await family.reads(bearer, "me", what)).text

    for language in ("vi", "en"):
        found = await lines(family.client, bearer, language=language)

        assert len(found) > 6
        assert CLINICAL.lower() not in str(found).lower()


async def test_a_log_of_many_is_read_by_its_index(family: Family, database: Database) -> None:
    lan, others = await family.registers(LAN), [new_id() for _ in range(499)]
    for n in range(3000):
        await an_act(database, [lan, *others][n % 500], NOON + n * MINUTE)
    await database.owner.execute("ANALYZE audit_event")

    plan = await database.owner.fetch(
        "EXPLAIN SELECT id FROM audit_event WHERE patient = $1 AND id < $2"
        " ORDER BY id DESC LIMIT 1",
        lan, id_at(NOON + 500 * MINUTE),
    )  # fmt: skip

    assert "Index Only Scan" in str(plan)
    assert "Sort" not in str(plan)


async def test_the_function_that_reads_the_audit_asks_whose_record_is_open(
    family: Family, client: AsyncClient, database: Database
) -> None:
    """The second lock: also where another endpoint of the record is open to a caregiver."""
    lan, tu = await family.registers(LAN), await family.registers(TU)
    await family.lets_in(await signed_in(lan), await signed_in(tu), "full")
    await an_act(database, lan, NOON)
    own, cared_for = (
        await caller(client, database, LAN.citizen_id),
        await caller(client, database, TU.citizen_id),
    )

    await at_level(database.owner, "otp")
    seen = []
    for who in (own, cared_for):
        async with reading_as(who, lan, "test"):
            seen.append(len(await fetch("SELECT * FROM hub_access_log(NULL, 100)")))

    assert seen[0] > 0
    assert seen[1] == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch("SELECT * FROM hub_access_log(NULL, 100)")
