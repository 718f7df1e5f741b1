"""Where a chart's texts and pushes go, and what is decided again when they are sent."""

from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.credentials.one_time_codes import SIGN_IN
from backend.auth.notices import PHONE_PROPOSED, send_notice
from backend.core.database import new_id, transaction
from backend.notifications.kinds import POLICIES, WARNINGS, Kind
from backend.notifications.planning.planning import reach_of
from backend.notifications.planning.scheduled import plan_codes
from tests.conftest import Database
from tests.harness.auth.stating import binds, states
from tests.harness.makers import (
    SomePatient,
    a_contact,
    a_device,
    a_facility,
    a_patient,
    a_session,
    reaches,
)
from tests.harness.notifications.steps import a_due_push, a_due_text, status
from tests.harness.notifications.texting import work

OLD, NEW = "+84901234567", "+84933333333"


async def says(database: Database, patient: SomePatient, column: str, value: object) -> None:
    await database.owner.execute(
        f"UPDATE patient SET {column} = $2 WHERE id = $1", patient.id, value
    )


async def sent(database: Database) -> list[tuple[str, str]]:
    """Let the worker send; give each address with its text."""
    provider = await work(database)
    return [(address, message.text) for address, message, _ in provider.sent]


async def asks(database: Database, patient: SomePatient, purpose: str = SIGN_IN) -> str:
    """Ask for a code as a door does; give why the worker withholds it, or nothing."""
    challenge = new_id()
    await database.owner.execute(
        "INSERT INTO sign_in_challenge (id, pair_hash, subject_hint, patient, contact, purpose,"
        " created_at, expires_at) VALUES ($1, $4, '011', $2, $3, $5, hub_clock(),"
        " hub_clock() + interval '5 minutes')",
        challenge, patient.id, patient.contact, challenge.bytes, purpose,
    )  # fmt: skip
    async with database.as_worker():
        await plan_codes()
    why: str = await database.owner.fetchval(
        "SELECT withheld FROM sign_in_challenge WHERE id = $1", challenge
    )
    return why


async def test_an_inactive_chart_is_told_nothing_until_it_is_active_again(
    database: Database,
) -> None:
    lan = await a_patient(database, phones_with_app=1)
    await says(database, lan, "active", False)
    silent = [await a_due_text(database, lan, Kind.QUEUE_CALLED), await a_due_push(database, lan)]

    assert await sent(database) == []
    assert {await status(database, each) for each in silent} == {("suppressed", "chart_inactive")}

    await says(database, lan, "active", True)
    await a_due_text(database, lan, Kind.QUEUE_CALLED)
    assert [address for address, _ in await sent(database)] == [OLD]


async def test_who_dies_between_planning_and_sending_is_told_nothing(database: Database) -> None:
    lan = await a_patient(database, phones_with_app=1)
    planned = [await a_due_text(database, lan), await a_due_push(database, lan)]
    await database.owner.execute("UPDATE patient SET deceased_at = hub_clock()")

    assert await sent(database) == []
    assert {await status(database, each) for each in planned} == {("suppressed", "deceased")}


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("active", "false", "chart_inactive"),
        ("deceased_at", "hub_clock()", "deceased"),
        ("facility", "discreet", "slip_only"),
    ],
)
async def test_no_code_about_a_chart_that_is_inactive_or_over_or_discreet(
    database: Database, column: str, value: str, why: str
) -> None:
    lan = await a_patient(database)
    assert await asks(database, lan) == ""
    if value == "discreet":
        await database.owner.execute("UPDATE facility SET discreet = true")
    else:
        await database.owner.execute(f"UPDATE patient SET {column} = {value}")

    assert await asks(database, lan) == why


async def test_a_code_to_a_number_that_is_in_use_no_more_is_withheld(database: Database) -> None:
    lan = await a_patient(database)
    await database.owner.execute("UPDATE contact_point SET replaced_at = hub_clock()")

    assert await asks(database, lan) == "not_in_use"


async def test_a_push_goes_to_every_phone_whose_session_reaches_the_chart(
    database: Database,
) -> None:
    lan, tu = await a_patient(database, phones_with_app=1), await a_patient(database)
    (phone,) = lan.devices
    limited = await a_device(database, tu.id)
    session = await a_session(database, lan.id, phone)
    await reaches(database, session, tu.id)
    await database.owner.execute(
        "UPDATE session_chart SET level = 'otp-limited' WHERE chart = $1 AND session <> $2",
        tu.id, session,
    )  # fmt: skip

    assert set((await reach_of(tu.id)).devices) == {phone, limited}
    assert (await reach_of(lan.id)).devices == (phone,)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE session_chart SET level = 'found'",
        "UPDATE session_chart SET ended_at = hub_clock()",
        "UPDATE session SET ended_at = hub_clock()",
        "UPDATE session SET expires_at = hub_clock()",
    ],
)
async def test_a_phone_that_reaches_the_chart_no_more_gets_no_push_and_the_number_a_text(
    database: Database, change: str
) -> None:
    lan = await a_patient(database, phones_with_app=1)
    push = await a_due_push(database, lan)
    await database.owner.execute(change)

    assert [address for address, _ in await sent(database)] == [OLD]
    assert await status(database, push) == ("suppressed", "address_gone")
    assert (await reach_of(lan.id)).devices == ()


async def test_what_was_planned_for_a_number_goes_once_to_the_one_that_took_its_place(
    database: Database,
) -> None:
    lan = await a_patient(database, phone=None)
    await states(lan.id, lan.facility, OLD)
    told = SomePatient(lan.id, lan.facility, await newest(database, lan.id), ())
    first = await a_due_text(database, told)
    await states(lan.id, lan.facility, NEW)

    left = [address for address, text in await sent(database) if "ket qua moi" in text]
    assert left == [NEW]
    assert await status(database, first) == ("suppressed", "address_gone")
    assert await sent(database) == []


async def test_what_was_planned_for_a_stated_number_leaves_for_nobody_but_the_bound_one(
    database: Database,
) -> None:
    lan = await a_patient(database, phone=None)
    await states(lan.id, lan.facility, OLD)
    stated = SomePatient(lan.id, lan.facility, await newest(database, lan.id), ())
    await a_due_text(database, stated)
    await database.owner.execute(
        "UPDATE contact_point SET confirmed_at = NULL, confirmed_by = '' WHERE patient = $1", lan.id
    )
    bound = await a_contact(database, lan.id, NEW)
    await database.owner.execute(
        "UPDATE contact_point SET confirmed_by = 'patient' WHERE id = $1", bound
    )

    assert [address for address, _ in await sent(database)] == [NEW]


async def newest(database: Database, chart: UUID) -> UUID:
    found: UUID = await database.owner.fetchval(
        "SELECT id FROM contact_point WHERE patient = $1 ORDER BY id DESC LIMIT 1", chart
    )
    return found


async def test_a_discreet_facility_is_named_in_no_text_and_no_push(database: Database) -> None:
    facility = await a_facility(database, "BV TAM THAN", "19001234")
    await database.owner.execute("UPDATE facility SET discreet = true")
    lan = await a_patient(database, facility, phones_with_app=1)
    for kind in Kind:
        if POLICIES[kind].lane and kind not in WARNINGS:
            await a_due_text(database, lan, kind)
    await a_due_push(database, lan)

    provider = await work(database)

    words = [f"{message.title} {message.text}" for _, message, _ in provider.sent]
    assert len(words) > 3
    assert all("SO SUC KHOE" in each for each in words)
    assert not any("TAM THAN" in each or "19001234" in each for each in words)


async def test_the_hub_itself_speaks_of_codes_and_security(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database, "PK HAI", "19009999")
    for n, kind in enumerate(sorted(WARNINGS)):
        patient = await a_patient(database, facility, phone=f"+8497{n:07}")
        await a_due_text(database, patient, kind)

    words = [text for _, text in await sent(database)]

    assert len(words) == len(WARNINGS)
    assert all(each.startswith("SO SUC KHOE: ") for each in words)
    assert not any("19009999" in each for each in words)


async def test_a_facility_speaks_of_its_own_records_with_its_name_and_hotline(
    database: Database,
) -> None:
    lan = await a_patient(database, await a_facility(database, "PK HAI", "19009999"))
    await a_due_text(database, lan)

    ((_, text),) = await sent(database)

    assert text.startswith("PK HAI: ")
    assert "19009999" in text


async def test_a_warning_goes_to_a_wrong_number_and_not_to_one_that_is_not_theirs(
    client: AsyncClient, database: Database
) -> None:
    lan, tu = await a_patient(database), await a_patient(database, phone=NEW)
    await database.owner.execute(
        "UPDATE contact_point SET wrong_since = hub_clock(), not_theirs_since ="
        " CASE WHEN patient = $1 THEN hub_clock() END",
        tu.id,
    )

    for chart in (lan, tu):
        async with transaction():
            await send_notice(chart.id, PHONE_PROPOSED, new_id())
        await a_due_text(database, chart)

    assert [address for address, _ in await sent(database)] == [OLD]


async def test_two_charts_of_one_person_group_their_notices_each_for_itself(
    database: Database,
) -> None:
    here, there = await a_patient(database), await a_patient(database)
    for patient in (here, there, here):
        await a_due_text(database, patient)

    assert len(await sent(database)) == 3
    assert await grouped(database) == []


async def grouped(database: Database) -> list[Any]:
    return list(
        await database.owner.fetch("SELECT id FROM notification WHERE grouped_into IS NOT NULL")
    )


async def test_a_bound_number_takes_the_place_of_no_other_charts(database: Database) -> None:
    here, there = await a_patient(database, phone=None), await a_patient(database, phone=None)
    for patient in (here, there):
        await states(patient.id, patient.facility, OLD)
    await binds(here.id)
    await states(here.id, here.facility, NEW)

    assert (await reach_of(here.id)).contact == await oldest(database, here.id)
    assert (await reach_of(there.id)).contact == await oldest(database, there.id)


async def oldest(database: Database, chart: UUID) -> UUID:
    found: UUID = await database.owner.fetchval(
        "SELECT id FROM contact_point WHERE patient = $1 ORDER BY id LIMIT 1", chart
    )
    return found
