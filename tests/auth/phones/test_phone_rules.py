"""Where a number stands, what its code opens, and who may accept it: rules and statement."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from backend.auth.phones.phones import IN_USE
from backend.auth.phones.rules import LIVE, PhoneFacts, PhoneState, may_accept, state_of
from backend.auth.rules import NumberTrust, level_by_code
from tests.conftest import Database
from tests.harness.makers import a_contact, a_patient

NUMBER, DAY = "+84901234567", timedelta(days=1)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
NOTHING = PhoneFacts(
    confirmed_at=None, usable_from=None, proved_at=None, wrong_since=None, declined_at=None,
    replaced_at=None, not_theirs_since=None, stated_until=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, PhoneState.PROPOSED),
        ({"confirmed_at": -DAY}, PhoneState.IN_USE),
        ({"confirmed_at": -DAY, "usable_from": 0 * DAY}, PhoneState.IN_USE),
        ({"confirmed_at": -DAY, "usable_from": DAY}, PhoneState.WAITING),
        ({"confirmed_at": -180 * DAY}, PhoneState.IN_USE),
        ({"confirmed_at": -181 * DAY}, PhoneState.IDLE),
        ({"confirmed_at": -400 * DAY, "proved_at": -9 * DAY}, PhoneState.IN_USE),
        ({"confirmed_at": -DAY, "replaced_at": DAY}, PhoneState.IN_USE),
        ({"confirmed_at": -DAY, "replaced_at": 0 * DAY}, PhoneState.REPLACED),
        ({"confirmed_at": -DAY, "wrong_since": -DAY}, PhoneState.WRONG),
        ({"declined_at": -DAY}, PhoneState.DECLINED),
        ({"confirmed_at": -DAY, "not_theirs_since": -DAY}, PhoneState.NOT_THEIRS),
        ({"not_theirs_since": -DAY, "declined_at": -DAY}, PhoneState.DECLINED),
        ({"confirmed_at": -DAY, "stated_until": -DAY}, PhoneState.IN_USE),
        ({"stated_until": -DAY}, PhoneState.REPLACED),
    ],
)
def test_a_number_stands_where_the_facts_put_it(
    facts: dict[str, timedelta], state: PhoneState
) -> None:
    told = replace(NOTHING, **{name: NOW + ago for name, ago in facts.items()})

    assert state_of(told, NOW) is state


async def test_the_database_and_the_rules_agree_on_which_numbers_are_in_use(
    database: Database,
) -> None:
    someone = await a_patient(database, phone=None)
    times = (None, -DAY, DAY)
    columns = (
        "confirmed_at", "usable_from", "replaced_at", "wrong_since", "declined_at",
        "not_theirs_since", "stated_until",
    )  # fmt: skip
    for each in product(times, times, times, *[(None, -DAY)] * 4):
        made = await a_contact(database, someone.id, NUMBER)
        sets = ", ".join(f"{name} = hub_clock() + ${n}" for n, name in enumerate(columns, 2))
        await database.owner.execute(f"UPDATE contact_point SET {sets} WHERE id = $1", made, *each)

    rows = await database.owner.fetch(
        f"SELECT {', '.join(columns)}, proved_at, hub_clock() AS now, {IN_USE} AS in_use"
        " FROM contact_point c WHERE confirmed_at IS NULL OR confirmed_at < hub_clock()"
    )

    assert len(rows) == 288
    for row in rows:
        facts = PhoneFacts(**{name: row[name] for name in (*columns, "proved_at")})
        assert bool(row["in_use"]) is (state_of(facts, row["now"]) in LIVE), facts


@pytest.mark.parametrize(
    ("number", "level"),
    [
        (NumberTrust(), "otp"),
        (NumberTrust(changed=True), "otp-limited"),
        (NumberTrust(idle=True), "otp-limited"),
        (None, "otp-limited"),
    ],
)
def test_a_changed_or_idle_number_opens_little_even_on_a_first_phone(
    number: NumberTrust | None, level: str
) -> None:
    assert level_by_code(0, DAY, number) == level


def test_a_first_phone_soon_after_the_desk_has_confirmed_the_number_opens_everything() -> None:
    assert level_by_code(0, 400 * DAY, NumberTrust(at_desk_for=29 * DAY)) == "otp"
    assert level_by_code(0, 400 * DAY, NumberTrust(at_desk_for=31 * DAY)) == "otp-limited"
    assert level_by_code(1, 400 * DAY, NumberTrust(at_desk_for=DAY)) == "otp-limited"


@pytest.mark.parametrize(
    ("level", "before", "may"),
    [
        ("otp-limited", True, False), ("otp", False, False), ("otp", True, True),
        ("desk", False, True), ("vneid", False, True),
    ],
)  # fmt: skip
def test_who_may_accept_a_number(level: str, before: bool, may: bool) -> None:  # noqa: FBT001  # a table of cases
    assert may_accept(level, trusted_before=before) is may
