"""Says in plain words, in Vietnamese and English, where a delivery is and why."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from backend.core.i18n import Words
from backend.gateways.sender import Channel
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind

KINDS: dict[Kind, Words] = {
    Kind.CODE: Words("Mã đăng nhập", "Sign-in code"),
    Kind.STEP_UP_CODE: Words("Mã xác minh lại", "Code to verify again"),
    Kind.PHONE_CODE: Words("Mã xác nhận số điện thoại", "Code to prove a number"),
    Kind.QUEUE_CALLED: Words("Gọi số thứ tự", "Queue number called"),
    Kind.RESULT_READY: Words("Có kết quả mới", "A new result"),
    Kind.RESULT_CORRECTED: Words("Kết quả được cập nhật", "A result was updated"),
    Kind.DOCUMENT_READY: Words("Có giấy tờ mới", "A new document"),
    Kind.RECORD_UPDATED: Words("Hồ sơ có thông tin mới", "Something new in the record"),
    Kind.APPOINTMENT_BOOKED: Words("Lịch hẹn mới", "An appointment"),
    Kind.APPOINTMENT_MOVED: Words("Đổi lịch hẹn", "An appointment was moved"),
    Kind.APPOINTMENT_CANCELLED: Words("Hủy lịch hẹn", "An appointment was cancelled"),
    Kind.NEW_DEVICE: Words("Đăng nhập trên máy mới", "Signed in on a new device"),
    Kind.REFRESH_REUSED: Words("Cảnh báo bảo mật tài khoản", "A warning about the account"),
    Kind.PHONE_PROPOSED: Words("Đề nghị đổi số điện thoại", "A phone number was proposed"),
    Kind.PHONE_CHANGED: Words("Đổi số điện thoại", "The phone number changes"),
    Kind.CODES_CLOSED: Words("Khóa đăng nhập bằng mã", "Sign-in by code was closed"),
    Kind.DEVICE_WAITING: Words("Máy mới chờ đồng ý", "A new device waits for approval"),
    Kind.IDENTITY_LINKED: Words("Liên kết hồ sơ", "The record was linked"),
    Kind.CAREGIVER_ADDED: Words("Thêm người chăm sóc", "A caregiver was added"),
    Kind.CAREGIVER_ENDED: Words("Kết thúc quyền xem", "A caregiver's permission ended"),
    Kind.CAREGIVER_REVIEW: Words(
        "Xác nhận lại quyền xem", "A caregiver's permission needs a review"
    ),
}

_EITHER: dict[Status, Words] = {
    Status.HELD: Words(
        "Đang giữ lại, sẽ gửi{due}.",
        "Held back; it will be sent{due}.",
    ),
    Status.PLANNED: Words("Chờ gửi{due}.", "Waiting to be sent{due}."),
    Status.SENDING: Words("Đang gửi.", "Being sent right now."),
    Status.SUPPRESSED: Words("Không gửi.", "Not sent."),
    Status.SUPERSEDED: Words(
        "Không gửi: tin mới hơn đã thay thế.", "Not sent: a newer message took its place."
    ),
    Status.EXPIRED: Words("Không gửi: đã quá thời hạn.", "Not sent: it was too late to help."),
    Status.CANCELLED: Words("Đã hủy trước khi gửi.", "Cancelled before it was sent."),
}

_SMS: dict[Status, Words] = {
    Status.IN_DOUBT: Words(
        "Chưa rõ nhà mạng đã nhận tin chưa; hệ thống đang kiểm tra trước khi gửi lại.",
        "In doubt: we are checking with the provider before repeating it.",
    ),
    Status.SENT: Words(
        "Đã gửi tới nhà mạng{sent}; nhà mạng chưa báo kết quả.",
        "Handed to the network{sent}; the network has not reported the outcome yet.",
    ),
    Status.DELIVERED: Words(
        "Đã gửi tới nhà mạng{sent}; nhà mạng báo đã phát{delivered}, chưa chắc máy có tin.",
        "Handed to the network{sent}; the network reports it as delivered{delivered},"
        " which does not prove that the phone has it.",
    ),
    Status.READ: Words(
        "Đã gửi tới nhà mạng{sent}; nhà mạng báo đã được xem.",
        "Handed to the network{sent}; the network reports it as read.",
    ),
    Status.REFUSED: Words(
        "Nhà mạng từ chối hoặc không gửi được{ended}.",
        "The network refused it or could not deliver it{ended}.",
    ),
    Status.TECHNICAL_FAILURE: Words(
        "Lỗi kỹ thuật{ended}: không chắc tin đã tới; hệ thống sẽ không tự gửi lại.",
        "Technical failure{ended}: it may not have arrived; it is not repeated by itself.",
    ),
}

_PUSH: dict[Status, Words] = {
    Status.IN_DOUBT: Words(
        "Chưa rõ dịch vụ thông báo đã nhận chưa; hệ thống đang kiểm tra.",
        "In doubt: we do not know yet whether the push service took it.",
    ),
    Status.SENT: Words(
        "Đã gửi thông báo tới ứng dụng{sent}; ứng dụng chưa báo nhận.",
        "Pushed to the app{sent}; the app has not confirmed it yet.",
    ),
    Status.DELIVERED: Words(
        "Đã gửi thông báo tới ứng dụng{sent}; ứng dụng đã nhận{delivered}.",
        "Pushed to the app{sent}; the app has received it{delivered}.",
    ),
    Status.READ: Words(
        "Đã gửi thông báo tới ứng dụng{sent}; bệnh nhân đã mở xem.",
        "Pushed to the app{sent}; the patient has opened it.",
    ),
    Status.REFUSED: Words(
        "Dịch vụ thông báo từ chối{ended}.", "The push service refused it{ended}."
    ),
    Status.TECHNICAL_FAILURE: Words(
        "Lỗi kỹ thuật{ended}: thông báo có thể chưa tới ứng dụng.",
        "Technical failure{ended}: it may not have reached the app.",
    ),
}

STATUSES: dict[tuple[Status, Channel], Words] = {
    **{(status, channel): words for status, words in _EITHER.items() for channel in Channel},
    **{(status, Channel.SMS): words for status, words in _SMS.items()},
    **{(status, Channel.PUSH): words for status, words in _PUSH.items()},
}

SHORT: dict[Status, Words] = {
    Status.HELD: Words("giữ lại", "held back"),
    Status.PLANNED: Words("chờ gửi", "waiting"),
    Status.SENDING: Words("đang gửi", "being sent"),
    Status.IN_DOUBT: Words("chưa rõ", "in doubt"),
    Status.SENT: Words("đã gửi", "sent"),
    Status.DELIVERED: Words("được báo là đã phát", "reported as delivered"),
    Status.READ: Words("đã xem", "read"),
    Status.REFUSED: Words("bị từ chối", "refused"),
    Status.TECHNICAL_FAILURE: Words("lỗi kỹ thuật", "technical failure"),
    Status.SUPPRESSED: Words("không gửi", "not sent"),
    Status.SUPERSEDED: Words("đã được thay thế", "replaced"),
    Status.EXPIRED: Words("quá hạn", "too late"),
    Status.CANCELLED: Words("đã hủy", "cancelled"),
}

RECEIPTS: dict[str, Words] = {
    "accepted": Words("nhà mạng đã tiếp nhận", "accepted"),
    "scheduled": Words("nhà mạng đã xếp lịch", "scheduled"),
    "queued": Words("đang xếp hàng", "queued"),
    "sending": Words("đang gửi", "being sent"),
    "sent": Words("đã gửi", "sent"),
    "failed": Words("gửi không được", "failed"),
    "undelivered": Words("nhà mạng báo không phát được", "reported as not delivered"),
    "canceled": Words("đã hủy", "cancelled"),
    "delivered": Words("nhà mạng báo đã phát", "reported as delivered"),
    "read": Words("nhà mạng báo đã xem", "reported as read"),
}
"""The provider's own words, as a receipt step keeps them."""

SOURCES: dict[str, Words] = {
    "planning": Words("lập kế hoạch gửi", "planned"),
    "worker": Words("bộ gửi tin", "the sender"),
    "receipt": Words("biên nhận của nhà mạng", "the provider's receipt"),
    "listing": Words("tra cứu tại nhà mạng", "looked up at the provider"),
    "app": Words("ứng dụng của bệnh nhân", "the patient's app"),
    "staff": Words("nhân viên hỗ trợ", "support staff"),
    "attempt": Words("lần gọi nhà cung cấp", "a call to the provider"),
}

OUTCOMES: dict[str, Words] = {
    "": Words("chưa có trả lời", "no answer yet"),
    "accepted": Words("đã nhận", "accepted"),
    "refused": Words("từ chối", "refused for good"),
    "try_later": Words("chắc chắn chưa nhận, sẽ thử lại", "certainly not accepted, tried later"),
    "in_doubt": Words("không rõ đã nhận chưa", "in doubt"),
    "not_sent": Words("chưa gọi", "not called"),
}


def in_words(
    status: Status, channel: Channel, times: Mapping[str, datetime | None], zone: tzinfo,
    today: datetime,
) -> Words:  # fmt: skip
    """Say the status, with the hours where they are known.

    Args:
        times: `due`, `sent`, `delivered` and `ended`.
    """
    pattern = STATUSES[status, channel]
    return Words(
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
