"""Whoever locks a chart's numbers, a session and what it reaches does so in one order.

Two wait for the numbers of one chart, or for the sessions that reach it, which a third holds; then
they go on together. Were one of them to hold what the other needs next, PostgreSQL would end it,
and the hub would do it again.
"""

from typing import Any, Final
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.core.clock import now
from backend.core.redis import redis
from tests.conftest import Database
from tests.harness.auth.charts import (
    HER_OTHER_PHONE,
    HER_PHONE,
    a_code_for,
    adds,
    facility_of,
    leaves,
    signed_in_at_one,
    states,
    steps_up,
)
from tests.harness.auth.phone_steps import MyPhones, the_worker_runs
from tests.harness.auth.racing import NUMBERS, REACH, SESSIONS, Act, begun, both, held, repeats
from tests.harness.auth.steps import (
    LAN,
    TU,
    Tokens,
    a_person,
    citizen,
    code_arrives,
    hospital_number,
    show,
    sign_in_with,
)
from tests.harness.support.makers import Desk, a_desk, an_agent

OWN: Final = hospital_number("BN-7")
LOST: Final = {"proof": "card", "reason": "her phone was stolen"}


class Hers:
    """Two phones of hers that reach one chart, and all that may happen to it at once."""

    def __init__(
        self, client: AsyncClient, database: Database, chart: UUID, facility: UUID, desk: Desk
    ) -> None:
        self.client, self.database, self.chart, self.facility = client, database, chart, facility
        self.desk = desk
        self.deeds: dict[str, Act] = {}

    async def get_ready(self, one: Tokens, other: Tokens) -> None:
        mine = MyPhones(self.client, one)
        asked = await mine.propose(HER_OTHER_PHONE)
        code = (await the_worker_runs(self.database)).code_at(HER_OTHER_PHONE)
        await redis().flushall()
        challenge, known = await a_code_for(self.client, self.database, one, LAN, HER_PHONE)
        await redis().flushall()
        said_in = await self.client.post(
            "/v1/sign-in/codes", json={"citizenId": LAN, "phone": HER_PHONE}
        )
        sign_in = UUID(said_in.json()["challengeId"])
        shown = await code_arrives(self.database, sign_in)
        stepping = await self.client.post("/v1/me/step-up/codes", headers=other.bearer)
        step_up = UUID(stepping.json()["challengeId"])
        stepped = await code_arrives(self.database, step_up)
        await steps_up(self.database)
        await self.desk.finds_lan()
        self.deeds = {
            "accepts a number": lambda: mine.accept(asked, code),
            "declines it": lambda: MyPhones(self.client, other).decline(asked.json()["phone"]),
            "shows a code": lambda: adds(self.client, one, challengeId=challenge, code=known),
            "signs in": lambda: show(self.client, sign_in, shown),
            "steps up": lambda: self.client.post(
                "/v1/me/step-up",
                headers=other.bearer,
                json={"challengeId": str(step_up), "code": stepped},
            ),
            "leaves": lambda: leaves(self.client, one, self.chart),
            "leaves elsewhere": lambda: leaves(self.client, other, self.chart),
            "is another's": lambda: self._is_said(TU, former=(citizen(LAN),)),
            "has died": lambda: self._is_said(deceased_at=now()),
            "is described anew": lambda: self._is_said(
                birth_date="1985-03-13", mobile="0944444444"
            ),
            "loses a phone": lambda: self.desk.asks(
                "POST", f"/patients/{self.chart}/lost-phone", **LOST
            ),
        }

    async def _is_said(self, number: str = LAN, **details: Any) -> None:
        said = a_person(citizen(number), OWN, **({"mobile": HER_PHONE} | details))
        await states(self.facility, said)


@pytest.fixture
async def hers(client: AsyncClient, database: Database) -> Hers:
    one, chart = await signed_in_at_one(client, database)
    await states(await facility_of(database, chart), a_person(citizen(LAN), OWN))
    other = await sign_in_with(client, database, LAN, HER_PHONE)
    await database.owner.execute("UPDATE session_chart SET level = 'otp'")
    await redis().flushall()
    facility = await facility_of(database, chart)
    desk = await a_desk(client, await an_agent("hoa", "supervisor", facility))
    made = Hers(client, database, chart, facility, desk)
    await made.get_ready(one, other)
    return made


PAIRS: Final = [
    ("accepts a number", "shows a code"), ("accepts a number", "leaves"),
    ("accepts a number", "loses a phone"), ("declines it", "leaves"),
    ("leaves", "leaves elsewhere"), ("leaves", "has died"), ("leaves", "is described anew"),
    ("shows a code", "leaves elsewhere"), ("shows a code", "is another's"),
    ("shows a code", "is described anew"), ("shows a code", "loses a phone"),
    ("declines it", "is another's"), ("has died", "loses a phone"),
    ("signs in", "is another's"), ("signs in", "has died"), ("signs in", "leaves"),
    ("signs in", "loses a phone"), ("steps up", "is another's"), ("steps up", "leaves elsewhere"),
    ("steps up", "loses a phone"), ("steps up", "signs in"),
]  # fmt: skip


@pytest.mark.parametrize("what", [NUMBERS, SESSIONS], ids=["numbers", "sessions"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("one", "other"), PAIRS)
async def test_of_two_that_change_a_chart_at_once_none_waits_for_the_other_in_a_circle(
    hers: Hers, one: str, other: str, what: str, *, turned: bool
) -> None:
    first, second = (other, one) if turned else (one, other)
    before = repeats()

    answers = await both(hers.database, hers.chart, hers.deeds[first], hers.deeds[second], what)

    assert repeats() == before
    codes = [each.status_code for each in answers if isinstance(each, Response)]
    assert all(code < 500 for code in codes), codes


@pytest.mark.parametrize("turned", [False, True])
async def test_who_steps_up_holds_no_code_while_it_waits_for_what_a_session_reaches(
    hers: Hers, *, turned: bool
) -> None:
    first, second = ("steps up", "is another's") if turned else ("is another's", "steps up")
    before = repeats()

    answers = await both(hers.database, hers.chart, hers.deeds[first], hers.deeds[second], REACH)

    assert repeats() == before
    assert all(each.status_code < 500 for each in answers if isinstance(each, Response)), answers


async def test_who_waits_for_the_numbers_of_a_chart_holds_no_session(hers: Hers) -> None:
    """The order itself: numbers come before sessions, for whoever needs both."""
    for deed in ("accepts a number", "shows a code", "leaves"):
        async with held(hers.database, hers.chart):
            waiting = await begun(hers.database, hers.deeds[deed])
            await hers.database.owner.fetch("SELECT FROM session FOR UPDATE NOWAIT")
        await waiting
