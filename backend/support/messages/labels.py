"""Describes the status of a delivery in plain words, in Vietnamese and English."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from backend.core.i18n import LocalText
from backend.gateways.sender import Channel
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind

KIND_LABELS: dict[Kind, LocalText] = {
    Kind.CODE: LocalText("Mã đăng nhập", "Sign-in code"),
    Kind.STEP_UP_CODE: LocalText("Mã xác minh lại", "Code to verify again"),
    Kind.PHONE_CODE: LocalText("Mã xác nhận số điện thoại", "Code to prove a number"),
    Kind.QUEUE_CALLED: LocalText("Gọi số thứ tự", "Queue number called"),
    Kind.RESULT_READY: LocalText("Có kết quả mới", "A new result"),
    Kind.RESULT_CORRECTED: LocalText("Kết quả được cập nhật", "A result was updated"),
    Kind.DOCUMENT_READY: LocalText("Có giấy tờ mới", "A new document"),
    Kind.RECORD_UPDATED: LocalText("Hồ sơ có thông tin mới", "Something new in the record"),
    Kind.APPOINTMENT_BOOKED: LocalText("Lịch hẹn mới", "An appointment"),
    Kind.APPOINTMENT_MOVED: LocalText("Đổi lịch hẹn", "An appointment was moved"),
    Kind.APPOINTMENT_CANCELLED: LocalText("Hủy lịch hẹn", "An appointment was cancelled"),
    Kind.NEW_DEVICE: LocalText("Đăng nhập trên máy mới", "Signed in on a new device"),
    Kind.REFRESH_REUSED: LocalText("Cảnh báo bảo mật tài khoản", "A warning about the account"),
    Kind.PHONE_PROPOSED: LocalText("Đề nghị đổi số điện thoại", "A phone number was proposed"),
    Kind.PHONE_STATED: LocalText("Ghi số điện thoại khác", "Another phone number was noted"),
    Kind.PHONE_CHANGED: LocalText("Đổi số điện thoại", "The phone number changes"),
    Kind.CODES_CLOSED: LocalText("Khóa đăng nhập bằng mã", "Sign-in by code was closed"),
    Kind.DEVICE_WAITING: LocalText("Máy mới chờ đồng ý", "A new device waits for approval"),
    Kind.IDENTITY_LINKED: LocalText("Liên kết hồ sơ", "The record was linked"),
    Kind.CAREGIVER_ADDED: LocalText("Thêm người chăm sóc", "A caregiver was added"),
    Kind.CAREGIVER_ENDED: LocalText("Kết thúc quyền xem", "A caregiver's permission ended"),
    Kind.CAREGIVER_REVIEW: LocalText(
        "Xác nhận lại quyền xem", "A caregiver's permission needs a review"
    ),
}

_EITHER: dict[Status, LocalText] = {
    Status.HELD: LocalText(
        "Đang giữ lại, sẽ gửi{due}.",
        "Held back; it will be sent{due}.",
    ),
    Status.PLANNED: LocalText("Chờ gửi{due}.", "Waiting to be sent{due}."),
    Status.SENDING: LocalText("Đang gửi.", "Being sent right now."),
    Status.SUPPRESSED: LocalText("Không gửi.", "Not sent."),
    Status.SUPERSEDED: LocalText(
        "Không gửi: tin mới hơn đã thay thế.", "Not sent: a newer message took its place."
    ),
    Status.EXPIRED: LocalText("Không gửi: đã quá thời hạn.", "Not sent: it was too late to help."),
    Status.CANCELLED: LocalText("Đã hủy trước khi gửi.", "Cancelled before it was sent."),
}

_SMS: dict[Status, LocalText] = {
    Status.IN_DOUBT: LocalText(
        "Chưa rõ nhà mạng đã nhận tin chưa; hệ thống đang kiểm tra trước khi gửi lại.",
        "In doubt: we are checking with the provider before repeating it.",
    ),
    Status.SENT: LocalText(
        "Đã gửi tới nhà mạng{sent}; nhà mạng chưa báo kết quả.",
        "Handed to the network{sent}; the network has not reported the outcome yet.",
    ),
    Status.DELIVERED: LocalText(
        "Đã gửi tới nhà mạng{sent}; nhà mạng báo đã phát{delivered}, chưa chắc máy có tin.",
        "Handed to the network{sent}; the network reports it as delivered{delivered},"
        " which does not prove that the phone has it.",
    ),
    Status.READ: LocalText(
        "Đã gửi tới nhà mạng{sent}; nhà mạng báo đã được xem.",
        "Handed to the network{sent}; the network reports it as read.",
    ),
    Status.REFUSED: LocalText(
        "Nhà mạng từ chối hoặc không gửi được{ended}.",
        "The network refused it or could not deliver it{ended}.",
    ),
    Status.TECHNICAL_FAILURE: LocalText(
        "Lỗi kỹ thuật{ended}: không chắc tin đã tới; hệ thống sẽ không tự gửi lại.",
        "Technical failure{ended}: it may not have arrived; it is not repeated by itself.",
    ),
}

_PUSH: dict[Status, LocalText] = {
    Status.IN_DOUBT: LocalText(
        "Chưa rõ dịch vụ thông báo đã nhận chưa; hệ thống đang kiểm tra.",
        "In doubt: we do not know yet whether the push service took it.",
    ),
    Status.SENT: LocalText(
        "Đã gửi thông báo tới ứng dụng{sent}; ứng dụng chưa báo nhận.",
        "Pushed to the app{sent}; the app has not confirmed it yet.",
    ),
    Status.DELIVERED: LocalText(
        "Đã gửi thông báo tới ứng dụng{sent}; ứng dụng đã nhận{delivered}.",
        "Pushed to the app{sent}; the app has received it{delivered}.",
    ),
    Status.READ: LocalText(
        "Đã gửi thông báo tới ứng dụng{sent}; bệnh nhân đã mở xem.",
        "Pushed to the app{sent}; the patient has opened it.",
    ),
    Status.REFUSED: LocalText(
        "Dịch vụ thông báo từ chối{ended}.", "The push service refused it{ended}."
    ),
    Status.TECHNICAL_FAILURE: LocalText(
        "Lỗi kỹ thuật{ended}: thông báo có thể chưa tới ứng dụng.",
        "Technical failure{ended}: it may not have reached the app.",
    ),
}

STATUS_LABELS: dict[tuple[Status, Channel], LocalText] = {
    **{(status, channel): words for status, words in _EITHER.items() for channel in Channel},
    **{(status, Channel.SMS): words for status, words in _SMS.items()},
    **{(status, Channel.PUSH): words for status, words in _PUSH.items()},
}

SHORT: dict[Status, LocalText] = {
    Status.HELD: LocalText("giữ lại", "held back"),
    Status.PLANNED: LocalText("chờ gửi", "waiting"),
    Status.SENDING: LocalText("đang gửi", "being sent"),
    Status.IN_DOUBT: LocalText("chưa rõ", "in doubt"),
    Status.SENT: LocalText("đã gửi", "sent"),
    Status.DELIVERED: LocalText("được báo là đã phát", "reported as delivered"),
    Status.READ: LocalText("đã xem", "read"),
    Status.REFUSED: LocalText("bị từ chối", "refused"),
    Status.TECHNICAL_FAILURE: LocalText("lỗi kỹ thuật", "technical failure"),
    Status.SUPPRESSED: LocalText("không gửi", "not sent"),
    Status.SUPERSEDED: LocalText("đã được thay thế", "replaced"),
    Status.EXPIRED: LocalText("quá hạn", "too late"),
    Status.CANCELLED: LocalText("đã hủy", "cancelled"),
}

RECEIPTS: dict[str, LocalText] = {
    "accepted": LocalText("nhà mạng đã tiếp nhận", "accepted"),
    "scheduled": LocalText("nhà mạng đã xếp lịch", "scheduled"),
    "queued": LocalText("đang xếp hàng", "queued"),
    "sending": LocalText("đang gửi", "being sent"),
    "sent": LocalText("đã gửi", "sent"),
    "failed": LocalText("gửi không được", "failed"),
    "undelivered": LocalText("nhà mạng báo không phát được", "reported as not delivered"),
    "canceled": LocalText("đã hủy", "cancelled"),
    "delivered": LocalText("nhà mạng báo đã phát", "reported as delivered"),
    "read": LocalText("nhà mạng báo đã xem", "reported as read"),
}
"""The provider's own words, as a receipt step keeps them."""

SOURCES: dict[str, LocalText] = {
    "planning": LocalText("lập kế hoạch gửi", "planned"),
    "worker": LocalText("bộ gửi tin", "the sender"),
    "receipt": LocalText("biên nhận của nhà mạng", "the provider's receipt"),
    "listing": LocalText("tra cứu tại nhà mạng", "looked up at the provider"),
    "app": LocalText("ứng dụng của bệnh nhân", "the patient's app"),
    "staff": LocalText("nhân viên hỗ trợ", "support staff"),
    "attempt": LocalText("lần gọi nhà cung cấp", "a call to the provider"),
}

OUTCOMES: dict[str, LocalText] = {
    "": LocalText("chưa có trả lời", "no answer yet"),
    "accepted": LocalText("đã nhận", "accepted"),
    "refused": LocalText("từ chối", "refused for good"),
    "try_later": LocalText(
        "chắc chắn chưa nhận, sẽ thử lại", "certainly not accepted, tried later"
    ),
    "in_doubt": LocalText("không rõ đã nhận chưa", "in doubt"),
    "not_sent": LocalText("chưa gọi", "not called"),
}


def describe(
    status: Status, channel: Channel, times: Mapping[str, datetime | None], zone: tzinfo,
    today: datetime,
) -> LocalText:  # fmt: skip
    """Describe the status, with its times where they are known.

    Args:
        times: `due`, `sent`, `delivered` and `ended`.
    """
    pattern = STATUS_LABELS[status, channel]
    return LocalText(
        pattern.vi.format_map(
            {k: _hour(" lúc", "ngày", at, zone, today) for k, at in times.items()}
        ),
        pattern.en.format_map({k: _hour(" at", "on", at, zone, today) for k, at in times.items()}),
    )


def _hour(at: str, on: str, instant: datetime | None, zone: tzinfo, today: datetime) -> str:
    if instant is None:
        return ""
    local = instant.astimezone(zone)
    day = "" if local.date() == today.astimezone(zone).date() else f" {on} {local:%d/%m/%Y}"
    return f"{at} {local:%H:%M}{day}"
