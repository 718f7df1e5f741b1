"""Says in words why something that was written down is not an order of today: pure rules."""

from enum import StrEnum
from typing import Final

from backend.core.i18n import LocalText


class OrderForce(StrEnum):
    """The force of a request, whatever its status is."""

    ORDER = "order"
    FORBIDDEN = "forbidden"
    """An order not to do it."""
    PROPOSED = "proposed"
    """Somebody thought of it: that is no order yet."""


_NO_ORDER: Final = frozenset({"proposal", "plan", "option"})
"""FHIR's intents that order nothing; every other one is an order."""


def force_of(intent: str, *, do_not_perform: bool) -> OrderForce:
    if do_not_perform:
        return OrderForce.FORBIDDEN
    return OrderForce.PROPOSED if intent in _NO_ORDER else OrderForce.ORDER


FORBIDDEN_MEDICINE: Final = LocalText("KHÔNG dùng thuốc này", "Do NOT take this medicine")
FORBIDDEN_ORDER: Final = LocalText("KHÔNG thực hiện việc này", "This is NOT to be done")
PROPOSED: Final = LocalText(
    "Mới chỉ là đề xuất, chưa phải chỉ định", "Only proposed: this is no order"
)
MEDICINE_STATUS: Final[dict[str, LocalText]] = {
    "draft": LocalText("Bản nháp, chưa phải đơn thuốc", "A draft: this is no prescription yet"),
    "on-hold": LocalText("Đang tạm ngưng", "Paused"),
    "cancelled": LocalText("Đơn đã bị hủy", "The prescription was cancelled"),
    "completed": LocalText("Đã dùng xong đợt này", "This course is over"),
    "stopped": LocalText("Đã ngừng dùng", "Stopped"),
    "entered-in-error": LocalText("Ghi nhầm", "Entered in error"),
    "unknown": LocalText(
        "Không rõ còn dùng hay không: hãy hỏi bác sĩ",
        "Not known whether it is still taken: ask your doctor",
    ),
    "intended": LocalText("Dự định dùng, chưa dùng", "Intended, not taken yet"),
    "not-taken": LocalText("Người bệnh không dùng", "Not taken"),
}
"""Of prescriptions and of what a patient is said to take. An active one needs no word."""


def medicine_caution(status: str, force: OrderForce) -> LocalText | None:
    """Say why a medicine is not to be taken now; None for one that is."""
    match force:
        case OrderForce.FORBIDDEN:
            return FORBIDDEN_MEDICINE
        case OrderForce.PROPOSED:
            return PROPOSED
        case OrderForce.ORDER:
            return MEDICINE_STATUS.get(status)


def order_caution(force: OrderForce) -> LocalText | None:
    """Say why an order is not to be carried out; None for one that is."""
    match force:
        case OrderForce.FORBIDDEN:
            return FORBIDDEN_ORDER
        case OrderForce.PROPOSED:
            return PROPOSED
        case OrderForce.ORDER:
            return None


def led_by(
    caution: LocalText, text: str | None, words: LocalText | None
) -> tuple[str, LocalText | None]:
    """Put before a dosage that it is not to be followed, in each language."""
    vi, en = (words.vi, words.en) if words else (text, text)
    said = LocalText(
        f"{caution.vi}: {vi}" if vi else caution.vi, f"{caution.en}: {en}" if en else caution.en
    )
    return said.vi, said if words or not text else None
