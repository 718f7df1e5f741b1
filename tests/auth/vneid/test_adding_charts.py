"""VNeID in a living session adds to its reach, and to no other session's."""

from typing import Any
from uuid import UUID

from httpx import AsyncClient, Response

from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.charts import HER_OTHER_PHONE, a_hospital_states, lists, states, states_of
from tests.harness.auth.openings import open_for
from tests.harness.auth.steps import PHONE, TU, Tokens, a_person, citizen
from tests.harness.auth.vneid_steps import begin, bring, portal_account
from tests.harness.makers import a_facility
from tests.harness.peers.openid_provider import OpenIdProvider, show_oneself

ADDING = "/v1/me/charts/vneid"


async def begins(hub: AsyncClient, tokens: Tokens) -> dict[str, str]:
    answer = await hub.post(f"{ADDING}/begin", headers=tokens.bearer)
    assert answer.status_code == 200, answer.text
    begun: dict[str, str] = answer.json()
    return begun


async def comes_back(hub: AsyncClient, tokens: Tokens, begun: dict[str, str]) -> Response:
    said = await show_oneself(begun["authorizationUrl"]) | {"requestId": begun["requestId"]}
    return await hub.post(f"{ADDING}/callback", headers=tokens.bearer, json=said)


async def in_session(*charts: UUID, **more: Any) -> Tokens:
    opened = await open_for(*charts, **more)
    return Tokens(opened.access_token, opened.refresh_token, 600, "Bearer", "otp")


async def test_vneid_adds_to_a_session_what_it_proves_and_finds_what_may_fit(
    hub: AsyncClient, database: Database
) -> None:
    here = await a_hospital_states(database, "BV A")
    whole = await a_hospital_states(database, "BV WHOLE", HER_OTHER_PHONE)
    await a_hospital_states(database, "BV PADDED", HER_OTHER_PHONE, birth_date="1985-01-01")
    await a_hospital_states(database, "BV OTHER", HER_OTHER_PHONE, birth_date="1985-12-03")
    tokens = await in_session(here)

    added = await comes_back(hub, tokens, await begins(hub, tokens))

    assert added.status_code == 200, added.text
    assert set(added.json()["opened"]) == {str(here), str(whole)}
    levels = {each["facility"]: each.get("level") for each in await lists(hub, tokens)}
    assert levels == {"BV A": "vneid", "BV WHOLE": "vneid", "BV PADDED": None}
    trails = await database.owner.fetch(
        "SELECT patient FROM audit_event WHERE action = 'charts.added' AND result = 'done'"
    )
    assert {row["patient"] for row in trails} == {here, whole}
    assert await database.owner.fetchval("SELECT count(*) FROM session") == 1


async def test_another_persons_vneid_is_refused_and_adds_nothing(
    hub: AsyncClient, database: Database, op: OpenIdProvider
) -> None:
    here = await a_hospital_states(database, "BV A")
    his = a_person(citizen(TU), name="Lê Văn Tư", birth_date="1947-01-05", sex="male")
    await states(await a_facility(database), his)
    op.account = portal_account(TU, NgayThangNamSinh="19470105")
    tokens = await in_session(here)

    refused = await comes_back(hub, tokens, await begins(hub, tokens))

    is_problem(refused, 409, "another_person")
    assert await states_of(hub, tokens) == {"BV A": "open"}


async def test_who_is_nobody_here_adds_nothing(
    hub: AsyncClient, database: Database, op: OpenIdProvider
) -> None:
    tokens = await in_session(await a_hospital_states(database, "BV A"))
    op.account = portal_account(TU, NgayThangNamSinh="19470105")

    refused = await comes_back(hub, tokens, await begins(hub, tokens))

    is_problem(refused, 401, "vneid_opens_nothing")
    assert await states_of(hub, tokens) == {"BV A": "open"}


async def test_what_began_in_one_session_ends_in_no_other_and_opens_none(
    hub: AsyncClient, database: Database
) -> None:
    here = await a_hospital_states(database, "BV A")
    elsewhere = await a_hospital_states(database, "BV B", HER_OTHER_PHONE)
    one, other = await in_session(here), await in_session(elsewhere)

    begun = [await begins(hub, one), await begins(hub, one), await begin(hub)]
    stolen = await comes_back(hub, other, begun[0])
    brought = await show_oneself(begun[1]["authorizationUrl"])
    signing_in = await bring(hub, brought | {"requestId": begun[1]["requestId"], "device": PHONE})
    of_a_sign_in = await comes_back(hub, one, begun[2])

    for refused in (stolen, signing_in, of_a_sign_in):
        is_problem(refused, 401, "vneid_begin_again")
    assert await states_of(hub, one) == {"BV A": "open"}
    assert await states_of(hub, other) == {"BV B": "open"}


async def test_a_session_that_was_ended_adds_nothing(hub: AsyncClient, database: Database) -> None:
    tokens = await in_session(await a_hospital_states(database, "BV A"))
    begun = await begins(hub, tokens)
    await database.owner.execute("UPDATE session SET ended_at = hub_clock()")

    again = await hub.post(f"{ADDING}/begin", headers=tokens.bearer)
    returned = await comes_back(hub, tokens, begun)

    assert is_problem(again, 401, "not_signed_in")
    assert is_problem(returned, 401, "not_signed_in")
