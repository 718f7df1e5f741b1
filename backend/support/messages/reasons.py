"""Explains the codes of deliveries, ours and the providers', in plain words."""

from backend.core.i18n import LocalText
from backend.support.rules import WRONG_NUMBER

_NETWORK = LocalText(
    "Lỗi phía nhà mạng, chưa rõ nguyên nhân.", "The network failed; it does not say why."
)
_NOT_A_PHONE = LocalText(
    "Số điện thoại không đúng hoặc không nhận được tin nhắn.",
    "The number is not valid or cannot receive texts.",
)
_OUR_SETUP = LocalText(
    "Cấu hình gửi tin của hệ thống có lỗi; hãy báo bộ phận vận hành.",
    "Our set-up at the provider is wrong: tell the operators.",
)
_OUR_TEXT = LocalText("Nội dung hệ thống tạo ra không hợp lệ.", "Our own message was not valid.")
_UNREADABLE = LocalText(
    "Dữ liệu lưu của tin này không đọc được; hãy báo bộ phận vận hành.",
    "Something stored for this message cannot be read: tell the operators.",
)
_BUSY = LocalText(
    "Nhà cung cấp đang quá tải; sẽ thử lại.", "The provider was too busy; tried again."
)
_NO_APP = LocalText(
    "Ứng dụng đã bị gỡ hoặc máy không còn nhận thông báo.",
    "The app was removed or the phone takes no more pushes.",
)
_UNSURE = LocalText(
    "Kết nối bị ngắt trước khi có trả lời.", "The connection broke before there was an answer."
)

REASONS: dict[str, LocalText] = {
    # ours
    WRONG_NUMBER: LocalText("Nhân viên xác nhận số sai.",
    "Staff learned that the number is wrong."),
    "read_in_app": LocalText("Bệnh nhân đã xem trong ứng dụng.", "Already read in the app."),
    "deceased": LocalText("Bệnh nhân đã mất.", "The patient has died."),
    "chart_inactive": LocalText(
        "Bệnh viện đã ngừng dùng hồ sơ này.", "The hospital does not use this record any more."
    ),
    "too_late": LocalText("Đã quá thời hạn hữu ích.", "It would have come too late to help."),
    "address_gone": LocalText(
        "Số điện thoại hoặc máy không còn dùng được.", "The number or phone is no longer in use."
    ),
    "newer_state": LocalText("Có tin mới hơn về cùng việc.", "There is a newer message about it."),
    "not_released": LocalText(
        "Bác sĩ đã tạm giữ hồ sơ này trước khi tin được gửi.",
        "A clinician kept the record back before it was sent.",
    ),
    "quiet_hours": LocalText("Giờ yên tĩnh ban đêm.", "It is night; quiet hours."),
    "first_texts_spent": LocalText(
        "Cơ sở đã nhắn tới quá nhiều số mới trong một giờ; tin chờ tới lượt.",
        "The facility texted too many new numbers in an hour; the text waits for its turn.",
    ),
    "prefix_burst": LocalText(
        "Quá nhiều tin tới các số liền nhau; tin chờ tới lượt.",
        "Too many texts went to neighbouring numbers; the text waits for its turn.",
    ),
    "chart_texts_spent": LocalText(
        "Bệnh nhân đã nhận đủ số tin cho phép trong giờ hoặc ngày này.",
        "The patient got as many texts as allowed in this hour or day.",
    ),
    "number_texts_spent": LocalText(
        "Số điện thoại này đã nhận đủ số tin cho phép trong giờ hoặc ngày này.",
        "This number got as many texts as allowed in this hour or day.",
    ),
    "unproved_texts_spent": LocalText(
        "Số này chưa được ai xác nhận và đã nhận đủ tin từ mọi nơi trong giờ hoặc ngày này.",
        "Nobody has shown this number to be theirs, and it got as many texts of all as allowed.",
    ),
    "number_changed": LocalText(
        "Gửi tới số đang dùng, vì số trước không còn dùng.",
        "To the number in use, as the one before is not used any more.",
    ),
    "facility_suspended": LocalText("Cơ sở đang bị tạm ngừng.", "The facility is suspended."),
    "let_go": LocalText("Đã được cho gửi tiếp.", "It was let go, and leaves in its turn."),
    "no_phone_left": LocalText(
        "Gửi bằng SMS vì không còn máy nào nhận thông báo.",
        "By text, as no phone takes pushes any more.",
    ),
    "resend": LocalText("Nhân viên yêu cầu gửi lại.", "Staff asked to send it again."),
    "deadline": LocalText("Không kịp gọi trong thời gian cho phép.",
    "There was no time left to call."),
    "unreachable": LocalText("Không kết nối được nhà cung cấp.", "The provider was not reachable."),
    "credential": _OUR_SETUP,
    "no_such_channel": _OUR_SETUP,
    "address_unreadable": _UNREADABLE,
    "unreadable": _UNREADABLE,
    "wording_failed": LocalText(
        "Hệ thống chưa soạn được tin vào lúc đó.",
        "The hub could not write the message just then.",
    ),
    "odd_answer": _UNSURE,
    "too_large": _OUR_TEXT,
    "worker_silent": LocalText(
        "Tiến trình gửi tin dừng đột ngột; kết quả chưa rõ.",
        "The sender stopped in the middle; nobody knows how it ended.",
    ),
    "not_there": LocalText("Chưa thấy tin tại nhà cung cấp.", "The provider does not list it."),
    "found_in_list": LocalText(
        "Đã thấy tin trong danh sách của nhà cung cấp.", "Found in the provider's list."
    ),
    "never_found": LocalText(
        "Không bao giờ thấy tin tại nhà cung cấp.", "The provider never listed it."
    ),
    "listing_failed": LocalText(
        "Không tra cứu được tại nhà cung cấp.", "The provider could not be asked."
    ),
    "code_too_late": LocalText("Mã đã hết hạn trước khi gửi.", "The code was over before it left."),
    "no_sid": _UNSURE,
    "no_name": _UNSURE,
    "TimeoutError": _UNSURE,
    "ServerDisconnectedError": _UNSURE,
    # Twilio, when asked
    "20003": _OUR_SETUP, "20005": _OUR_SETUP, "21212": _OUR_SETUP, "21606": _OUR_SETUP,
    "20429": _BUSY, "21611": _BUSY,
    "21211": _NOT_A_PHONE, "21614": _NOT_A_PHONE,
    "21610": LocalText(
        "Bệnh nhân đã nhắn STOP để từ chối tin.", "The patient has answered STOP to our texts."
    ),
    "21408": LocalText("Chưa mở gửi tin tới nước này.", "Texts to this country are not enabled."),
    "21612": LocalText("Đầu số không gửi được tới số này.", "Our sender cannot reach this number."),
    "21602": _OUR_TEXT, "21617": _OUR_TEXT,
    # Twilio, afterwards
    "30001": LocalText(
        "Nhà cung cấp quá tải; tin không được tự gửi lại.",
        "The provider was too busy; it is not repeated by itself.",
    ),
    "30003": LocalText(
        "Máy tắt hoặc ngoài vùng phủ sóng.", "The phone is off or has no network."
    ),
    "30004": LocalText("Số chặn tin nhắn.", "The number blocks our texts."),
    "30005": LocalText("Số không còn tồn tại.", "The number does not exist any more."),
    "30006": LocalText("Số cố định, không nhận SMS.", "A landline, which takes no texts."),
    "30007": LocalText("Nhà mạng lọc tin.", "The network filtered it as unwanted."),
    "30008": _NETWORK,
    # Firebase
    "UNREGISTERED": _NO_APP, "NOT_FOUND": _NO_APP, "SENDER_ID_MISMATCH": _NO_APP,
    "INVALID_ARGUMENT.token": _NO_APP,
    "INVALID_ARGUMENT.payload": _OUR_TEXT, "INVALID_ARGUMENT": _OUR_TEXT,
    "THIRD_PARTY_AUTH_ERROR": _OUR_SETUP, "APNS_AUTH_ERROR": _OUR_SETUP,
    "UNAUTHENTICATED": _OUR_SETUP, "PERMISSION_DENIED": _OUR_SETUP,
    "QUOTA_EXCEEDED": _BUSY, "RESOURCE_EXHAUSTED": _BUSY, "UNAVAILABLE": _BUSY,
    "INTERNAL": _UNSURE, "UNSPECIFIED_ERROR": _UNSURE,
}  # fmt: skip


def why(code: str) -> LocalText | None:
    """Explain a code; an unknown code is shown as it is."""
    if not code:
        return None
    return REASONS.get(code, LocalText(f"Mã {code}.", f"Code {code}."))
