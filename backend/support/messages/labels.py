"""Says in plain words, in Vietnamese and English, what kind of notice staff look at."""

from backend.core.i18n import LocalText
from backend.notifications.kinds import OF_RECORDS, Kind

KIND_LABELS: dict[Kind, LocalText] = {
    Kind.QUEUE_CALLED: LocalText("Gọi số thứ tự", "Queue number called"),
    Kind.RESULT_READY: LocalText("Có kết quả mới", "A new result"),
    Kind.RESULT_CORRECTED: LocalText("Kết quả được cập nhật", "A result was updated"),
    Kind.DOCUMENT_READY: LocalText("Có giấy tờ mới", "A new document"),
    Kind.RECORD_UPDATED: LocalText("Hồ sơ có thông tin mới", "Something new in the record"),
    Kind.APPOINTMENT_BOOKED: LocalText("Lịch hẹn mới", "An appointment"),
    Kind.APPOINTMENT_MOVED: LocalText("Đổi lịch hẹn", "An appointment was moved"),
    Kind.APPOINTMENT_CANCELLED: LocalText("Hủy lịch hẹn", "An appointment was cancelled"),
}
"""No code and no security notice has words here: staff see none."""

SHOWN = [kind.value for kind in OF_RECORDS]
"""The kinds that staff see."""

TOLD = LocalText("Đã báo cho bệnh nhân.", "The patient is told.")
