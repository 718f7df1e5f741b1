"""What proves a number, to whom, and who comes first when two decide at once."""

import asyncio
import re
from contextvars import Context
from datetime import timedelta
from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.access.access_tokens import verify
from backend.auth.access.gate import Caller
from backend.auth.self_service import phone_verification
from backend.core.database import transaction
from tests.conftest import Database, Travel
from tests.harness.auth.phone_steps import (
    LAN,
    NEW,
    OLD,
    OTHER,
    TU,
    MyPhones,
    code_comes,
    contact,
    patient_of,
    registers,
    signs_in,
    signs_in_at_the_desk,
    the_worker_runs,
)
from tests.harness.auth.steps import another_challenge, show
from tests.harness.intake.hospital import a_hospital

MINUTE = timedelta(minutes=1)
CODE = re.compile(r" la \d{6},")


async def lan_has_signed_in(client: AsyncClient, database: Database) -> MyPhones:
    await registers(await a_hospital(database, client), LAN)
    return MyPhones(client, await signs_in(client, database, LAN))


async def acts(database: Database, what: str) -> list[str]:
    rows = await database.owner.fetch(
        "SELECT result FROM audit_event WHERE action = $1 ORDER BY id", what
    )
    return [row["result"] for row in rows]


async def test_a_code_for_a_number_opens_no_session_and_a_sign_in_code_proves_no_number(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    mine = await lan_has_signed_in(client, database)
    asked = await mine.propose(NEW)
    code = (await the_worker_runs(database)).code_at(NEW)
    async with time_moves(2 * MINUTE):
        sign_in, arrived = await code_comes(client, database, LAN)
        other_code = arrived.code_at(OLD)

        opened = await show(client, UUID(asked.json()["challengeId"]), code)
        body = asked.json() | {"challengeId": str(sign_in)}
        proved = await client.post(
            f"/v1/me/phones/{body['phone']}/accept",
            headers=mine.tokens.bearer,
            json={"challengeId": body["challengeId"], "code": other_code},
        )
        right = await mine.accept(asked, code)

    assert (opened.status_code, opened.json()["code"]) == (401, "wrong_code")
    assert (proved.status_code, proved.json()["code"]) == (422, "wrong_phone_code")
    assert right.status_code == 200


async def test_a_code_proves_only_the_number_it_went_to(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await registers(hospital, TU, mobile=OTHER)
    hers = MyPhones(client, await signs_in(client, database, LAN))
    his = MyPhones(client, await signs_in(client, database, TU, OTHER))
    asked = await hers.propose(NEW)
    code = (await the_worker_runs(database)).code_at(NEW)

    foreign = await his.accept(asked, code)
    in_use = await hers.id_of("in_use")
    elsewhere = await client.post(
        f"/v1/me/phones/{in_use}/accept",
        headers=hers.tokens.bearer,
        json={"challengeId": asked.json()["challengeId"], "code": code},
    )

    assert [each.json()["code"] for each in (foreign, elsewhere)] == [
        "not_found", "wrong_phone_code",
    ]  # fmt: skip
    assert (await hers.accept(asked, code)).json()["state"] == "waiting"
    assert (await hers.accept(asked, code)).status_code == 422


async def test_a_code_binds_a_number_that_another_has_and_takes_nothing_from_them(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await registers(hospital, TU, mobile=OTHER)
    hers = MyPhones(client, await signs_in(client, database, LAN))
    his = MyPhones(client, await signs_in(client, database, TU, OTHER))

    async with time_moves(2 * MINUTE):  # one number gets one code a minute
        free, taken = await hers.propose(NEW), await his.propose(OLD)
        arrived = await the_worker_runs(database)
        shown = await his.accept(taken, arrived.code_at(OLD))

    assert free.status_code == taken.status_code == 202
    assert set(free.json()) == set(taken.json())
    assert len(free.content) == len(taken.content)
    assert shown.json()["state"] == "waiting"
    assert await hers.all() == {"+8490*****67": "in_use", "+8493*****33": "proposed"}
    assert await database.owner.fetchval("SELECT count(*) FROM desk_task") == 0


async def test_only_who_was_trusted_before_a_number_was_proposed_may_accept_it(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await signs_in(client, database, LAN)
    await registers(hospital, LAN, mobile=NEW)
    mine = MyPhones(client, await signs_in_at_the_desk(await patient_of(database, LAN)))
    await database.owner.execute("UPDATE session_chart SET level = 'otp'")
    at_desk = MyPhones(client, await signs_in_at_the_desk(await patient_of(database, LAN)))
    proposed = await mine.id_of("proposed")

    refused = [await mine.ask_for_code(proposed), await mine.propose(NEW)]
    async with time_moves(2 * MINUTE):
        allowed = await at_desk.ask_for_code(proposed)

    assert {each.json()["code"] for each in refused} == {"stronger_sign_in_needed"}
    assert allowed.status_code == 202
    assert await acts(database, "phone.code") == ["stronger_sign_in_needed", "done"]


async def test_codes_are_counted_for_the_patient_who_asks(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    mine = await lan_has_signed_in(client, database)
    asked = await mine.propose("0933 333 333")

    refused = [
        await mine.propose("+84945555555"),
        await mine.ask_for_code(asked.json()["phone"]),
    ]

    assert {each.json()["code"] for each in refused} == {"too_often"}
    assert all(1 <= int(each.headers["retry-after"]) <= 60 for each in refused)
    async with time_moves(61 * timedelta(seconds=1)):
        assert (await mine.propose("+84945555555")).status_code == 202


async def test_who_types_anothers_number_uses_up_none_of_its_owners_codes(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await registers(hospital, TU, mobile=OTHER)
    his = MyPhones(client, await signs_in(client, database, TU, OTHER))
    await signs_in(client, database, LAN)

    async def his_for_it() -> Response:
        return await his.propose(OLD)

    async def hers() -> Response:
        return await another_challenge(client, LAN.citizen_id)

    came, answers = 1, set()
    for minute, ask in ((2, his_for_it), (4, hers), (6, his_for_it), (8, hers), (9, his_for_it)):
        async with time_moves(minute * MINUTE):
            answers.add((await ask()).status_code)
            came += len(CODE.findall(" ".join((await the_worker_runs(database)).at(OLD))))

    assert answers == {202}
    assert came == 6


async def test_a_second_change_waits_for_the_first(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    mine = await lan_has_signed_in(client, database)
    await mine.proves(database, NEW)

    async with time_moves(2 * MINUTE):
        second = await mine.proves(database, OTHER)

    assert (second.status_code, second.json()["code"]) == (409, "change_waiting")


async def test_who_has_no_number_yet_uses_the_first_one_at_once(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await registers(await a_hospital(database, client), LAN, mobile="028 3812 3456")
    mine = MyPhones(client, await signs_in_at_the_desk(await patient_of(database, LAN)))

    proved = await mine.proves(database, NEW)
    async with time_moves(2 * MINUTE):  # one number gets one code a minute
        _, arrived = await code_comes(client, database, LAN)

    assert proved.json()["state"] == "in_use"
    assert NEW in arrived.addresses()


async def test_an_ended_session_decides_nothing(client: AsyncClient, database: Database) -> None:
    mine = await lan_has_signed_in(client, database)
    phone = await mine.id_of("in_use")
    await client.post("/v1/sign-out", headers=mine.tokens.bearer)

    answers = [
        await mine.propose(NEW),
        await mine.ask_for_code(phone),
        await mine.decline(phone),
    ]

    assert {each.status_code for each in answers} == {401}


async def test_of_accepting_and_declining_at_once_the_first_counts(
    client: AsyncClient, database: Database
) -> None:
    mine = await lan_has_signed_in(client, database)
    asked = await mine.propose(NEW)
    code = (await the_worker_runs(database)).code_at(NEW)
    access = verify(mine.tokens.access_token)
    lan = Caller(access.session)

    async with transaction():
        await phone_verification.decline(lan, UUID(asked.json()["phone"]))
        accepting = asyncio.create_task(mine.accept(asked, code), context=Context())
        _, pending = await asyncio.wait([accepting], timeout=0.3)
        assert pending, "the second waits for the first"
    accepted = await accepting

    assert (accepted.status_code, accepted.json()["code"]) == (409, "phone_settled")
    assert await mine.all() == {"+8490*****67": "in_use"}


async def test_a_number_from_a_hospital_is_only_proposed_while_a_desk_confirms_another(
    client: AsyncClient, database: Database
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    lan = await patient_of(database, LAN)
    first = await contact(lan)

    async with database.owner.transaction():
        await database.owner.execute(
            "UPDATE contact_point SET confirmed_by = 'desk' WHERE id = $1", first
        )
        saying = asyncio.create_task(registers(hospital, LAN, mobile=NEW), context=Context())
        _, pending = await asyncio.wait([saying], timeout=0.3)
        assert pending, "the hospital waits for the desk"
    await saying

    states = await database.owner.fetch("SELECT confirmed_at IS NOT NULL FROM contact_point")
    assert sorted(row[0] for row in states) == [False, True]
