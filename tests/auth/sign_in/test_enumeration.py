"""Whoever asks hears the same, whoever it is about; `make timing` measures the time it takes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.credentials.one_time_codes import make_code
from backend.core.crypto.sealing import lookup_hash
from backend.notifications.planning.scheduled import plan_codes
from tests.conftest import Database, Travel
from tests.harness.auth.charts import HER_OTHER_PHONE, HER_PHONE, a_hospital_states
from tests.harness.auth.steps import (
    LAN,
    NOBODYS_PHONE,
    STRANGER,
    TU,
    a_person,
    another_challenge,
    ask,
    citizen,
    hospital_number,
    hospital_says,
    lan_is_registered,
    phone_of,
    show,
)
from tests.harness.makers import a_facility

UNLINKED = "001185000021"
LOCKED = "001185000031"


def shape(answer: Response) -> Any:
    """An answer without what is new each time."""
    body = answer.json()
    masked = {key: "..." if key in {"challengeId", "expiresAt"} else body[key] for key in body}
    return answer.status_code, masked, sorted(answer.headers), len(answer.content)


async def transcript(
    client: AsyncClient, database: Database, number: str, time_moves: Travel,
    phone: str | None = None,
) -> list[Any]:  # fmt: skip
    """Everything that somebody without the phone can try, while a worker works."""
    phone = phone or await phone_of(number)
    first = await another_challenge(client, number, phone)
    challenge = UUID(first.json()["challengeId"])
    heard = [first, await another_challenge(client, number, phone)]
    async with database.as_worker():
        if await plan_codes():
            await make_code(challenge)
    heard += [await show(client, challenge, f"00000{n}") for n in range(7)]
    async with time_moves(timedelta(seconds=61)):
        heard.append(await another_challenge(client, number, phone))
        heard.append(await show(client, challenge, "000000"))
    for minutes in (10, 20, 30, 40, 50):
        async with time_moves(timedelta(minutes=minutes)):
            heard.append(await another_challenge(client, number, phone))
    return [shape(answer) for answer in heard]


async def test_nobody_learns_who_is_a_patient(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    await hospital_says(a_person(citizen(LAN)), facility)
    await hospital_says(a_person(citizen(TU), mobile=None), facility)
    await hospital_says(a_person(hospital_number(UNLINKED), mobile="0911111111"), facility)
    await hospital_says(a_person(citizen(LOCKED), mobile="0922222222"), facility)
    await database.owner.execute(
        "INSERT INTO sign_in_pair (subject_hash, number_hash, wrong_at, closed_until)"
        " VALUES ($1, $2, array_fill(hub_clock(), ARRAY[20]), hub_clock() + '30 days'::interval)",
        lookup_hash("citizen-id", LOCKED), lookup_hash("phone", "+84922222222"),
    )  # fmt: skip
    dead = "001153000001"
    await hospital_says(
        a_person(citizen(dead), mobile="0966666666", deceased_at=datetime(2026, 1, 1, tzinfo=UTC)),
        facility,
    )

    known = await transcript(client, database, LAN, time_moves)

    for other in (STRANGER, UNLINKED, LOCKED, TU, dead):
        assert await transcript(client, database, other, time_moves) == known


async def test_nobody_learns_which_number_a_patient_has(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    for name in ("BV A", "BV B"):
        await a_hospital_states(database, name)
    right = await transcript(client, database, LAN, time_moves, HER_PHONE)

    for wrong in (HER_OTHER_PHONE, NOBODYS_PHONE):
        assert await transcript(client, database, LAN, time_moves, wrong) == right


async def test_the_same_row_is_written_for_everybody(
    client: AsyncClient, database: Database
) -> None:
    await lan_is_registered(database)

    await ask(client, LAN)
    await ask(client, STRANGER)

    rows = await database.owner.fetch(
        "SELECT subject_hint, patient IS NULL AS unknown, contact IS NULL AS nowhere, tries,"
        " subject_kind, cardinality(subject_hashes) AS ids, cardinality(number_hashes) AS numbers,"
        " date_trunc('second', expires_at - created_at) AS lives, code_hash"
        " FROM sign_in_challenge ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        ("011", False, False, 0, "citizen-id", 1, 1, timedelta(minutes=5), None),
        ("999", True, True, 0, "citizen-id", 1, 1, timedelta(minutes=5), None),
    ]
