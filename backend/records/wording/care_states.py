"""Says in words why a plan does not count, or a medicine was not given: pure rules."""

from typing import Final

from backend.core.i18n import LocalText
from backend.records.wording.order_force import FORBIDDEN_ORDER, PROPOSED

_THOUGHT_OF: Final = frozenset({"proposal", "option"})
"""Intents of a plan that nobody has decided on; `plan` and `order` are what a plan is."""
_PLAN: Final[dict[str, LocalText]] = {
    "draft": LocalText("Bản nháp, chưa phải kế hoạch", "A draft: this is no plan yet"),
    "on-hold": LocalText("Đang tạm ngưng", "Paused"),
    "revoked": LocalText("Kế hoạch đã bị hủy", "The plan was called off"),
    "completed": LocalText("Kế hoạch đã kết thúc", "The plan is over"),
    "entered-in-error": LocalText("Ghi nhầm", "Entered in error"),
    "unknown": LocalText(
        "Không rõ còn theo kế hoạch này hay không: hãy hỏi bác sĩ",
        "Not known whether the plan is still followed: ask your doctor",
    ),
}
_ACTIVITY: Final[dict[str, LocalText]] = {
    "on-hold": LocalText("Đang tạm ngưng", "Paused"),
    "completed": LocalText("Đã xong", "Done"),
    "cancelled": LocalText("Đã hủy", "Called off"),
    "stopped": LocalText("Đã ngừng", "Stopped"),
    "unknown": LocalText(
        "Không rõ còn thực hiện hay không: hãy hỏi bác sĩ",
        "Not known whether it is still done: ask your doctor",
    ),
    "entered-in-error": LocalText("Ghi nhầm", "Entered in error"),
}
_DISPENSE: Final[dict[str, LocalText]] = {
    "preparation": LocalText("Đang chuẩn bị, chưa giao", "Being prepared, not handed out yet"),
    "in-progress": LocalText("Đang cấp phát, chưa giao đủ", "Not all of it is handed out yet"),
    "cancelled": LocalText("Đã hủy, thuốc không được giao", "Cancelled: it was not handed out"),
    "on-hold": LocalText("Việc cấp phát đang tạm ngưng", "Handing out is paused"),
    "entered-in-error": LocalText("Ghi nhầm", "Entered in error"),
    "stopped": LocalText("Việc cấp phát đã ngừng", "Handing out was stopped"),
    "declined": LocalText("Thuốc không được cấp phát", "It was not handed out"),
    "unknown": LocalText(
        "Không rõ đã giao hay chưa: hãy hỏi nhà thuốc",
        "Not known whether it was handed out: ask the pharmacy",
    ),
}
_GIVING: Final[dict[str, LocalText]] = {
    "in-progress": LocalText("Đang dùng, chưa xong", "Being given, not finished"),
    "not-done": LocalText("Thuốc KHÔNG được dùng", "It was NOT given"),
    "on-hold": LocalText("Việc dùng thuốc đang tạm ngưng", "Giving it is paused"),
    "entered-in-error": LocalText("Ghi nhầm", "Entered in error"),
    "stopped": LocalText("Đã ngừng trước khi dùng hết", "Stopped before all of it was given"),
    "unknown": LocalText(
        "Không rõ đã dùng hay chưa: hãy hỏi bác sĩ", "Not known whether it was given: ask a doctor"
    ),
}


def plan_caution(status: str, intent: str) -> LocalText | None:
    """Say why a plan of care does not count now; None for one that does."""
    return PROPOSED if intent in _THOUGHT_OF else _PLAN.get(status)


def activity_caution(status: str, *, forbidden: bool) -> LocalText | None:
    """Say why an activity is not to be done; None for one that is."""
    return FORBIDDEN_ORDER if forbidden else _ACTIVITY.get(status)


def dispense_caution(status: str) -> LocalText | None:
    """Say why a medicine is not in the patient's hands; None where it was handed out."""
    return _DISPENSE.get(status)


def giving_caution(status: str) -> LocalText | None:
    """Say why a medicine does not count as given; None where it was given."""
    return _GIVING.get(status)
