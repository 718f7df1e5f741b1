from datetime import timedelta

from httpx import AsyncClient

from backend.auth.credentials.activation_slips import revoke_slips
from backend.core.redis import redis
from tests.conftest import Database, Travel
from tests.harness.auth.slips import a_newborn, a_slip, other_secret, types
from tests.harness.auth.steps import lan_is_registered, tokens_of

UNKNOWN = "ABCD-EFGH-JKMN-PQRS-TUWX"


async def test_a_newborn_without_number_or_phone_reads_the_own_record(
    client: AsyncClient, database: Database
) -> None:
    child = await a_newborn(database)

    answer = await types(client, await a_slip(child))

    assert answer.headers["cache-control"] == "no-store"
    tokens = tokens_of(answer)
    assert tokens.level == "otp"
    for what in ("", "/results", "/appointments", "/medicines"):
        read = await client.get(f"/v1/patients/me{what}", headers=tokens.bearer)
        assert read.status_code == 200, what
    row = await database.owner.fetchrow("SELECT chart, level, proof FROM session_chart")
    assert tuple(row) == (child, "otp", "slip")


async def test_a_code_is_read_in_any_case_with_any_spaces_dashes_and_misreadings(
    client: AsyncClient, database: Database
) -> None:
    child = await a_newborn(database)

    for written in (
        str.lower,
        lambda code: code.replace("-", " "),
        lambda code: f"  {code.replace('-', '')}\n",
        lambda code: code.replace("-", " – "),
        lambda code: code.translate(str.maketrans("BSZU", "852v")),
        lambda code: "".join(chr(ord(c) + 0xFEE0) if c != "-" else c for c in code),
    ):
        answer = await types(client, written(await a_slip(child)))

        assert answer.status_code == 201, answer.text


async def test_everything_that_does_not_open_is_refused_alike(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    child, lan = await a_newborn(database), await lan_is_registered(database)
    used, older = await a_slip(child), await a_slip(lan)
    await types(client, used)
    live = await a_slip(lan)
    revoked = await a_slip(child)
    await revoke_slips(child)

    answers = {
        "unknown": await types(client, UNKNOWN),
        "no code at all": await types(client, "079185000011"),
        "empty": await types(client, ""),
        "wrong": await types(client, other_secret(live)),
        "used": await types(client, used),
        "revoked": await types(client, revoked),
        "replaced": await types(client, older),
    }
    async with time_moves(timedelta(hours=72, seconds=1)):
        answers["too late"] = await types(client, live)

    assert {answer.status_code for answer in answers.values()} == {401}
    assert {answer.json()["code"] for answer in answers.values()} == {"wrong_slip"}
    assert len({answer.text for answer in answers.values()}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers.values()}) == 1


async def test_a_slip_lives_for_72_hours(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    child = await a_newborn(database)
    late, in_time = await a_slip(child), timedelta(hours=71, minutes=59)

    async with time_moves(in_time):
        assert (await types(client, late)).status_code == 201


async def test_nobody_signs_in_as_somebody_who_has_died(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_is_registered(database)
    code = await a_slip(lan)

    await database.owner.execute("UPDATE patient SET deceased_at = hub_clock()")

    assert (await types(client, code)).status_code == 401


async def test_the_code_itself_is_kept_nowhere(client: AsyncClient, database: Database) -> None:
    code = (await a_slip(await a_newborn(database))).replace("-", "")
    await types(client, code)

    row = await database.owner.fetchval("SELECT activation_slip::text FROM activation_slip")
    audit = await database.owner.fetchval("SELECT string_agg(a::text, ' ') FROM audit_event a")
    for kept in (row, audit, repr(await redis().keys("*"))):
        assert code[7:] not in kept
    assert code[:7] in row


async def test_every_try_is_written_down(client: AsyncClient, database: Database) -> None:
    child = await a_newborn(database)
    code = await a_slip(child)

    for shown in (UNKNOWN, other_secret(code), code):
        await types(client, shown)

    rows = await database.owner.fetch(
        "SELECT patient, result FROM audit_event WHERE action = 'sign_in.slip' ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (None, "wrong_slip"), (child, "wrong_slip"), (child, "done"),
    ]  # fmt: skip


async def test_one_place_may_try_only_so_often(client: AsyncClient, database: Database) -> None:
    answers = [await types(client, UNKNOWN) for _ in range(21)]

    assert [each.status_code for each in answers] == [401] * 20 + [429]
    assert answers[-1].headers["retry-after"]
