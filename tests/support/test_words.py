import re
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backend.gateways import fcm_answers, twilio_answers, twilio_receipts
from backend.gateways.sender import Channel, Outcome
from backend.languages import Words
from backend.notifications import rules as notifications_rules
from backend.notifications.rules import Kind, Status
from backend.support.reasons import REASONS, why
from backend.support.words import KINDS, OUTCOMES, RECEIPTS, SHORT, STATUSES, in_words

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NINE_14 = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
NINE_15 = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
TIMES = {"due": NINE_14, "sent": NINE_14, "delivered": NINE_15, "ended": NINE_15}
NO_TIMES = dict.fromkeys(TIMES)


@pytest.mark.parametrize(("status", "channel"), list(product(Status, Channel)))
def test_every_status_has_words_in_both_languages_with_and_without_hours(
    status: Status, channel: Channel
) -> None:
    for times in (TIMES, NO_TIMES):
        said = in_words(status, channel, times, HANOI, NINE_15)

        assert said.vi.endswith(".")
        assert said.en.endswith(".")
        assert not {"{", "}"} & set(said.vi + said.en)
        assert said.vi != said.en


def test_each_status_says_something_of_its_own() -> None:
    for channel in Channel:
        said = [STATUSES[status, channel] for status in Status]

        assert len({each.vi for each in said}) == len({each.en for each in said}) == len(Status)


def test_hours_are_local_and_bear_the_day_when_it_is_another() -> None:
    delivered = (Status.DELIVERED, Channel.SMS, TIMES, HANOI)

    assert in_words(*delivered, NINE_15).vi == (
        "Đã gửi tới nhà mạng lúc 09:14; nhà mạng báo máy đã nhận lúc 09:15."
    )
    next_day = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    assert "at 09:14 on 23/11/2026;" in in_words(*delivered, next_day).en


def test_every_kind_outcome_and_status_has_its_words() -> None:
    assert set(KINDS) == set(Kind)
    assert set(SHORT) == set(Status)
    assert set(RECEIPTS) == set(twilio_receipts.RANKS)
    assert set(OUTCOMES) >= {each.value for each in Outcome}


def test_every_code_our_gateways_know_has_its_words() -> None:
    asked = {str(int(code)) for code in twilio_answers.OUTCOMES if int(code) >= 20000}
    pushed = fcm_answers.CODES | {fcm_answers.INVALID_TOKEN, fcm_answers.INVALID_PAYLOAD}

    assert asked | pushed <= set(REASONS)


def test_every_reason_our_own_code_writes_has_its_words() -> None:
    written = re.compile(r"""(?:reason = |code=|ELSE |THEN )['"]([a-z]+_[a-z_]+)['"]""")
    packages = [Path(str(each.__file__)).parent for each in (notifications_rules, twilio_answers)]

    used = {
        code
        for package in packages
        for file in package.glob("*.py")
        for code in written.findall(file.read_text())
    }

    assert {"too_late", "worker_silent", "never_found", "quiet_hours"} <= used
    assert used - {status.value for status in Status} <= set(REASONS)


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert why("63038") == Words("Mã 63038.", "Code 63038.")
    assert why("") is None
