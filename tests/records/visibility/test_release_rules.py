"""When a record is to be seen: the whole of the decision, without a database."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from backend.records.visibility.release_rules import (
    AT_ONCE,
    NEVER_WAIT,
    VISIBLE,
    WAITS,
    Policy,
    ReleaseMode,
    Visibility,
    decide_measurement,
    decide_visibility,
    parse_policy,
    policy_of,
)

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOURS, CLINICIAN, NEVER = parse_policy("24h"), parse_policy("clinician"), parse_policy("never")
TOMORROW = Visibility(visible=False, release_at=NOW + DAY)
SOON = Visibility(visible=False, release_at=NOW + timedelta(hours=1))


@pytest.mark.parametrize("text", ["at-once", "24h", "1h", "99999h", "clinician", "never"])
def test_a_policy_is_read_as_it_is_written(text: str) -> None:
    assert str(parse_policy(text)) == text


def test_days_are_hours() -> None:
    assert parse_policy("2d") == Policy(ReleaseMode.AFTER_HOURS, 48)
    assert parse_policy(str(parse_policy("999d"))) == Policy(ReleaseMode.AFTER_HOURS, 999 * 24)


@pytest.mark.parametrize(
    "text", ["", "0h", "-1h", "24", "h", "24 h", "١h", "100000h", "1000d", "Never", "24h\n", "1.5h"]
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        parse_policy(text)


def test_the_strictest_is_the_greatest() -> None:
    longer = parse_policy("48h")

    assert sorted([NEVER, longer, AT_ONCE, CLINICIAN, HOURS]) == [
        AT_ONCE, HOURS, longer, CLINICIAN, NEVER,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("policies", "kind", "categories", "restrictions", "found"),
    [
        ({}, "result", (), (), AT_ONCE),
        ({"result": HOURS}, "result", (), (), HOURS),
        ({"result": HOURS}, "result", ("LAB",), (), HOURS),
        ({"result": HOURS}, "document", (), (), AT_ONCE),
        ({"result": HOURS, "result:LAB": AT_ONCE}, "result", ("LAB",), (), AT_ONCE),
        ({"result": HOURS, "result:LAB": AT_ONCE}, "result", ("RAD",), (), HOURS),
        (
            {"result:LAB": AT_ONCE, "result:PAT": CLINICIAN},
            "result", ("LAB", "PAT"), (), CLINICIAN,
        ),
        ({"result": HOURS}, "observation", (), (), HOURS),
        ({"result:laboratory": HOURS}, "observation", ("laboratory",), (), HOURS),
        ({"result": HOURS, "observation": AT_ONCE}, "observation", (), (), AT_ONCE),
        (
            {"result": HOURS, "observation:vital-signs": AT_ONCE},
            "observation", ("vital-signs",), (), AT_ONCE,
        ),
        ({"result": HOURS, "restricted:hiv": NEVER}, "result", (), ("hiv",), NEVER),
        ({"result": NEVER, "restricted:hiv": HOURS}, "result", (), ("hiv",), NEVER),
        ({"restricted:hiv": CLINICIAN}, "condition", (), ("hiv",), CLINICIAN),
        ({"restricted:hiv": CLINICIAN}, "condition", (), (), AT_ONCE),
        ({"restricted:hiv": HOURS, "restricted:x": NEVER}, "visit", (), ("hiv", "x", ""), NEVER),
    ],
)  # fmt: skip
def test_the_strictest_that_is_said_of_a_class_holds(
    policies: dict[str, Policy], kind: str, categories: tuple[str, ...],
    restrictions: tuple[str, ...],
    found: Policy,
) -> None:  # fmt: skip
    assert policy_of(policies, kind, categories, restrictions) == found


@pytest.mark.parametrize("kind", sorted(NEVER_WAIT))
def test_what_a_patient_acts_by_never_waits(kind: str) -> None:
    policies = {kind: NEVER, "result": NEVER, "restricted:hiv": NEVER}

    assert policy_of(policies, kind, (), ["hiv"]) == AT_ONCE


AGO = [NOW - timedelta(hours=each) for each in (0, 23, 24, 9000)]
POLICIES = (AT_ONCE, HOURS, CLINICIAN, NEVER)


@pytest.mark.parametrize(
    ("policy", "finished_at", "kept_back", "found"),
    [
        (AT_ONCE, NOW, False, VISIBLE),
        (AT_ONCE, None, False, VISIBLE),
        (HOURS, AGO[0], False, TOMORROW),
        (HOURS, AGO[1], False, SOON),
        (HOURS, AGO[2], False, VISIBLE),
        (HOURS, AGO[3], False, VISIBLE),
        (HOURS, None, False, WAITS),
        *((policy, at, False, WAITS) for policy in (CLINICIAN, NEVER) for at in (None, *AGO)),
        *((policy, at, True, WAITS) for policy in POLICIES for at in (None, *AGO)),
    ],
)
def test_when_a_record_is_to_be_seen(
    policy: Policy, finished_at: datetime | None, kept_back: bool, found: Visibility  # noqa: FBT001  # a fact
) -> None:  # fmt: skip
    assert found == decide_visibility(policy, finished_at=finished_at, now=NOW, kept_back=kept_back)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("finished_at", [None, *AGO])
def test_what_was_to_be_seen_stays_so(policy: Policy, finished_at: datetime | None) -> None:
    assert decide_visibility(policy, finished_at=finished_at, now=NOW, seen=True) == VISIBLE


@pytest.mark.parametrize(
    ("alone", "reports_seen", "found"),
    [
        (VISIBLE, [], VISIBLE),
        (SOON, [], SOON),
        (VISIBLE, [False], WAITS),
        (SOON, [False, False], WAITS),
        (WAITS, [True], VISIBLE),
        (WAITS, [False, True], VISIBLE),
    ],
)
def test_a_measurement_stands_as_the_first_of_its_reports_that_is_seen(
    alone: Visibility, reports_seen: list[bool], found: Visibility
) -> None:
    assert decide_measurement(alone, reports_seen) == found
