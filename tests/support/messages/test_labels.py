import re
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backend.core.i18n import LocalText
from backend.gateways import sender
from backend.gateways.fcm import error_codes as fcm_codes
from backend.gateways.sender import Channel, SendOutcome
from backend.gateways.twilio import error_codes as twilio_codes
from backend.gateways.twilio import signature
from backend.notifications import rules as notifications_rules
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind
from backend.support.messages.labels import (
    KIND_LABELS,
    OUTCOMES,
    RECEIPTS,
    SHORT,
    STATUS_LABELS,
    describe,
)
from backend.support.messages.reasons import REASONS, why

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
        said = describe(status, channel, times, HANOI, NINE_15)

        assert said.vi.endswith(".")
        assert said.en.endswith(".")
        assert not {"{", "}"} & set(said.vi + said.en)
        assert said.vi != said.en


def test_each_status_says_something_of_its_own() -> None:
    for channel in Channel:
        said = [STATUS_LABELS[status, channel] for status in Status]

        assert len({each.vi for each in said}) == len({each.en for each in said}) == len(Status)


def test_hours_are_local_and_bear_the_day_when_it_is_another() -> None:
    delivered = (Status.DELIVERED, Channel.SMS, TIMES, HANOI)

    assert describe(*delivered, NINE_15).vi == (
        "Đã gửi tới nhà mạng lúc 09:14; nhà mạng báo đã phát lúc 09:15, chưa chắc máy có tin."
    )
    next_day = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    assert "at 09:14 on 23/11/2026;" in describe(*delivered, next_day).en


TOLD = re.compile(r"operators? (was|were|is|are) (told|called)|vận hành đã được báo|đã báo")
GOT = re.compile(
    r"phone (got|has received|received) it|(?<!prove that the )phone has it|by the phone"
    r"|tới máy|máy đã nhận|đến máy"
)
WORDS = [*STATUS_LABELS.values(), *SHORT.values(), *RECEIPTS.values(), *OUTCOMES.values(),
         *REASONS.values()]  # fmt: skip


def test_no_word_claims_that_operators_were_told() -> None:
    """Nothing tells them: what is wrong with the set-up is for the reader to hand on."""
    set_up = [why(code) for code in ("20003", "credential", "UNAUTHENTICATED")]

    assert [said for said in WORDS if TOLD.search(said.en) or TOLD.search(said.vi)] == []
    assert [said for said in set_up if said is None or "tell the operators" not in said.en] == []
    assert [said for said in set_up if said is None or "hãy báo" not in said.vi] == []


def test_what_the_network_reports_is_not_what_the_phone_has() -> None:
    """In Vietnam a receipt is the network's word alone."""
    reported = [STATUS_LABELS[status, Channel.SMS] for status in (Status.DELIVERED, Status.READ)]

    assert [said for said in WORDS if GOT.search(said.en) or GOT.search(said.vi)] == []
    assert all("the network reports" in said.en for said in reported)
    assert all("nhà mạng báo" in said.vi for said in reported)


def test_only_what_is_tried_again_is_said_to_be() -> None:
    """A receipt that says 30001 ends the delivery."""
    again = {code for code, said in REASONS.items() if "thử lại" in said.vi}
    asked = {str(int(code)): outcome for code, (outcome, _) in twilio_codes.OUTCOMES.items()}
    pushed = {"QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED", "UNAVAILABLE"}

    assert again - pushed
    assert [code for code in again - pushed if asked.get(code) is not SendOutcome.TRY_LATER] == []


def test_every_kind_outcome_and_status_has_its_words() -> None:
    assert set(KIND_LABELS) == set(Kind)
    assert set(SHORT) == set(Status)
    assert set(RECEIPTS) == set(signature.RANKS)
    assert set(OUTCOMES) >= {each.value for each in SendOutcome}


def test_every_code_our_gateways_know_has_its_words() -> None:
    asked = {str(int(code)) for code in twilio_codes.OUTCOMES if int(code) >= 20000}
    pushed = fcm_codes.CODES | {fcm_codes.INVALID_TOKEN, fcm_codes.INVALID_PAYLOAD}

    assert asked | pushed <= set(REASONS)


def test_every_reason_our_own_code_writes_has_its_words() -> None:
    written = re.compile(r"""(?:reason = |code=|ELSE |THEN )['"]([a-z]+_[a-z_]+)['"]""")
    packages = [Path(str(each.__file__)).parent for each in (notifications_rules, sender)]

    used = {
        code
        for package in packages
        for file in package.rglob("*.py")
        for code in written.findall(file.read_text())
    }

    assert {"too_late", "worker_silent", "never_found", "quiet_hours"} <= used
    assert used - {status.value for status in Status} <= set(REASONS)


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert why("63038") == LocalText("Mã 63038.", "Code 63038.")
    assert why("") is None
