"""The texts of lock screens, by kind and language: the only texts for patients.

A text is the facility's short name, or the hub's neutral one, one sentence, the hotline and the
reference. There is no field for a name, a test, a drug, a diagnosis, a department or a value.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.core.gsm7 import fold
from backend.gateways.sender import OutboundMessage
from backend.notifications.kinds import CODES, Kind

TEMPLATES: dict[Kind, dict[str, str]] = {
    Kind.CODE: {
        "vi": "Ma dang nhap ho so ...{hint} la {code}, het han sau 5 phut."
        " Khong dua ma nay cho bat ky ai.",
        "en": "The sign-in code for the record of ...{hint} is {code}, valid for 5 minutes."
        " Give it to nobody.",
    },
    Kind.PHONE_CODE: {
        "vi": "Ma xac nhan so dien thoai cho ho so ...{hint} la {code}, het han sau 5 phut."
        " Khong dua ma nay cho bat ky ai.",
        "en": "The code to add this number to the record of ...{hint} is {code}, valid for"
        " 5 minutes. Give it to nobody.",
    },
    Kind.STEP_UP_CODE: {
        "vi": "Ma xac minh lai cho ho so ...{hint} la {code}, het han sau 5 phut."
        " Khong dua ma nay cho bat ky ai.",
        "en": "The code to open more of the record of ...{hint} is {code}, valid for 5 minutes."
        " Give it to nobody.",
    },
    Kind.QUEUE_CALLED: {
        "vi": "Đã đến lượt số {ticket}. Mời đến quầy {counter}.",
        "en": "Number {ticket}, please come to counter {counter}.",
    },
    Kind.RESULT_READY: {
        "vi": "Bạn có kết quả mới. Xem trên ứng dụng hoặc nhận tại quầy.",
        "en": "You have a new result. See it in the app or ask at the counter.",
    },
    Kind.RESULT_CORRECTED: {
        "vi": "Hồ sơ của bạn vừa được cập nhật. Xem bản mới trên ứng dụng hoặc tại quầy.",
        "en": "Your record was updated. See the new version in the app or at the counter.",
    },
    Kind.DOCUMENT_READY: {
        "vi": "Bạn có giấy tờ mới. Xem trên ứng dụng hoặc nhận tại quầy.",
        "en": "You have a new document. See it in the app or ask at the counter.",
    },
    Kind.RECORD_UPDATED: {
        "vi": "Hồ sơ của bạn có thông tin mới. Xem trên ứng dụng hoặc tại quầy.",
        "en": "Your record has something new. See it in the app or ask at the counter.",
    },
    Kind.APPOINTMENT_BOOKED: {
        "vi": "Bạn có lịch hẹn lúc {at}.",
        "en": "You have an appointment at {at}.",
    },
    Kind.APPOINTMENT_MOVED: {
        "vi": "Lịch hẹn của bạn đổi sang {at}.",
        "en": "Your appointment was moved to {at}.",
    },
    Kind.APPOINTMENT_CANCELLED: {
        "vi": "Lịch hẹn của bạn lúc {at} đã hủy. Hãy gọi để đặt lại.",
        "en": "Your appointment at {at} was cancelled. Please call to book again.",
    },
    Kind.REFRESH_REUSED: {
        "vi": "Một phiên xem hồ sơ của bạn bị dùng lại nên đã đóng. Không phải bạn? Hãy đến quầy.",
        "en": "One of your sessions was used twice and closed. Not you? Go to the desk.",
    },
    Kind.NEW_DEVICE: {
        "vi": "Máy mới mở hồ sơ của bạn lúc {at}. Không phải bạn? Vào ứng dụng hoặc đến quầy.",
        "en": "A new device opened your record at {at}. Not you? Use the app or go to the desk.",
    },
    Kind.PHONE_PROPOSED: {
        "vi": "Có đề nghị đổi số điện thoại của bạn. Trả lời trong ứng dụng hoặc tại quầy.",
        "en": "Another phone number is proposed for your record. Answer in the app or at the desk.",
    },
    Kind.PHONE_STATED: {
        "vi": "Bệnh viện ghi số điện thoại khác cho bạn từ {at}. Không đúng? Hãy đến quầy.",
        "en": "Your hospital noted another phone number at {at}. Not right? Go to the desk.",
    },
    Kind.PHONE_CHANGED: {
        "vi": "Số điện thoại của bạn đổi từ {at}. Không phải bạn? Vào ứng dụng hoặc đến quầy.",
        "en": "Your phone number changes at {at}. Not you? Use the app or go to the desk.",
    },
    Kind.PHONE_LOST: {
        "vi": "Một quầy đã báo mất máy: các phiên đã đóng. Không phải bạn? Hãy đến quầy.",
        "en": "A desk reported a lost phone and ended its sessions. Not you? Go to the desk.",
    },
    Kind.SLIP_MADE: {
        "vi": "Một phiếu mở hồ sơ của bạn vừa được in. Không phải bạn? Hãy đến quầy.",
        "en": "A slip that opens your record was printed. Not you? Go to the desk.",
    },
    Kind.CODES_CLOSED: {
        "vi": "Đăng nhập bằng mã đã khóa vì nhập sai nhiều lần. Hãy đến quầy để mở lại.",
        "en": "Sign-in by code was closed after many wrong codes. Open it again at the desk.",
    },
    Kind.DEVICE_WAITING: {
        "vi": "Một máy mới chờ bạn đồng ý trên ứng dụng. Nếu không phải bạn, hãy từ chối.",
        "en": "A new device waits for your approval in the app. If that was not you, refuse it.",
    },
    Kind.DEVICE_RISES: {
        "vi": "Máy mới của bạn chờ đủ 72 giờ, sắp xem được hồ sơ. Không phải bạn? Hãy đến quầy.",
        "en": "Your new device waited 72 hours and may open your record. Not you? Go to the desk.",
    },
    Kind.SLIP_USED: {
        "vi": "Phiếu kích hoạt của bạn vừa được dùng. Không phải bạn? Hãy đến quầy.",
        "en": "Your activation slip was used just now. Not you? Go to the desk.",
    },
    Kind.CAREGIVER_ADDED: {
        "vi": "Một người vừa được quyền xem hồ sơ của bạn. Không đúng? Bỏ quyền đó hoặc đến quầy.",
        "en": "Somebody may now read your record. Not right? End it in the app, or go to the desk.",
    },
    Kind.CAREGIVER_ENDED: {
        "vi": "Một quyền xem hồ sơ đã kết thúc.",
        "en": "A permission to read a record has ended.",
    },
    Kind.CAREGIVER_REVIEW: {
        "vi": "Một quyền xem hồ sơ cần được xác nhận lại. Mời đến quầy.",
        "en": "A permission to read a record must be confirmed again. Please come to the desk.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateContext:
    """The values for a template."""

    kind: Kind
    language: str
    facility: str
    hotline: str
    reference: str
    notification: UUID
    lifetime: int
    ticket: str = ""
    counter: str = ""
    starts_at: datetime | None = None
    zone: str = "Asia/Ho_Chi_Minh"
    code: str = ""
    hint: str = ""
    """The last digits of whom a code is for."""


@dataclass(frozen=True, slots=True)
class _Wording:
    """The sentence of a kind in a language, and what a facility's text has around it."""

    sentence: str
    folded: str
    """The sentence as a text has it."""
    begins: str
    """The facility, folded."""
    calls: str
    """The hotline; empty where there is none."""


@lru_cache(maxsize=2048)
def _wording(kind: Kind, language: str, facility: str, hotline: str) -> _Wording:
    """Give what is the same in all texts of a kind; nothing of a patient is in here."""
    by_language = TEMPLATES[kind]
    sentence = by_language.get(language, by_language["vi"])
    calls = f" Goi {hotline}." if hotline else ""
    return _Wording(sentence, fold(sentence), f"{fold(facility)}: ", calls)


def _wording_of(context: TemplateContext) -> _Wording:
    return _wording(context.kind, context.language, context.facility, context.hotline)


def filled_in(context: TemplateContext) -> str:
    return _wording_of(context).sentence.format_map(_values(context))


def _values(context: TemplateContext) -> dict[str, str]:
    return {
        "ticket": context.ticket, "counter": context.counter, "at": _local(context),
        "code": context.code, "hint": context.hint,
    }  # fmt: skip


def text_message(context: TemplateContext) -> OutboundMessage:
    """Write a text of one segment. Every text except a code ends in its reference."""
    wording = _wording_of(context)
    values = {name: fold(value) for name, value in _values(context).items()}
    text = wording.begins + wording.folded.format_map(values)
    text += "" if context.kind in CODES else f"{wording.calls} {context.reference}"
    return OutboundMessage(text=text, notification=context.notification, lifetime=context.lifetime)


def push_message(context: TemplateContext) -> OutboundMessage:
    return OutboundMessage(
        title=context.facility,
        text=filled_in(context),
        notification=context.notification,
        lifetime=context.lifetime,
    )


def _local(context: TemplateContext) -> str:
    if context.starts_at is None:
        return ""
    return context.starts_at.astimezone(ZoneInfo(context.zone)).strftime("%H:%M %d/%m/%Y")
