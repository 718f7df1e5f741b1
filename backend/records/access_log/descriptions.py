"""Describes every audited action in a sentence, without any content of a record.

The tables name the class of a record and nothing more. An action without a text is shown as an
action on the record, so that a new action in the code is never hidden from the patient.
"""

from dataclasses import dataclass
from typing import Final

from backend.core.i18n import Language, LocalText
from backend.records.kinds import KINDS


@dataclass(frozen=True, slots=True)
class ActionText:
    """The texts of one action: in Vietnamese after «đã», in English as done and as tried."""

    vi: str
    done: str
    tried: str


def _saw(vi: str, en: str) -> ActionText:
    return ActionText(f"xem {vi}", f"looked at {en}", f"look at {en}")


def _did(vi: str, done: str, tried: str, en: str) -> ActionText:
    return ActionText(vi, f"{done} {en}", f"{tried} {en}")


UNKNOWN: Final = ActionText(
    "thực hiện một thao tác trên hồ sơ của bạn",
    "did something with your record",
    "do something with your record",
)

_KINDS: Final[dict[str, ActionText]] = {
    kind.record_class: _saw(*kind.in_access_log)
    for kind in KINDS
    if kind.record_class and kind.in_access_log
}

_RECORD: Final[dict[str, ActionText]] = {
    "profile": _saw("thông tin cá nhân của bạn", "your personal details"),
    "inbox": _saw("hộp thư của bạn", "your inbox"),
    **_KINDS,
    "timeline": _saw("dòng thời gian hồ sơ của bạn", "the timeline of your record"),
    "summary": _saw("bản tóm tắt hồ sơ của bạn", "the summary of your record"),
    "summary.printed": _did("in bản tóm tắt hồ sơ của bạn", "printed", "print",
                            "the summary of your record"),
    "changes": _saw("những thay đổi trong hồ sơ của bạn", "what is new in your record"),
    "stream": _did("mở kênh báo tin mới cho một máy", "opened", "open",
                   "a stream that tells a device when something is new"),
    "devices": _saw("danh sách máy của bạn", "your devices"),
    "access-log": _saw("nhật ký truy cập của bạn", "this log"),
    "caregivers": _saw("hoặc sửa danh sách người chăm sóc", "or changed your list of caregivers"),
    "phones": _saw("số điện thoại của bạn", "your phone numbers"),
    "doses": _did("xem hoặc ghi giờ uống thuốc và việc uống thuốc của bạn",
                  "looked at or changed", "look at or change",
                  "the hours of your doses and your notes on them"),
    "phones.read": _saw("số điện thoại của bạn", "your phone numbers"),
    "charts.read": _saw("danh sách hồ sơ của bạn", "the list of your charts"),
    "charts.added": _did("mở thêm hồ sơ này", "opened", "open", "this chart, too"),
    "charts.left": _did("báo rằng hồ sơ này là của người khác", "said no to", "say no to",
                        "this chart: it is somebody else's"),
    "notifications": _saw("hộp thư của bạn", "your inbox"),
    "notification.received": _did("nhận một thông báo", "got", "get", "a notice"),
    "notification.read": _did("đọc một thông báo", "read", "read", "a notice"),
}  # fmt: skip

_ACCOUNT: Final[dict[str, ActionText]] = {
    "sign_in.code": ActionText("đăng nhập bằng mã", "signed in with a code", "sign in with a code"),
    "sign_in.slip": ActionText("đăng nhập bằng phiếu kích hoạt", "signed in with a slip of paper",
                         "sign in with a slip of paper"),
    "sign_in.vneid": ActionText("đăng nhập bằng VNeID", "signed in with VNeID",
    "sign in with VNeID"),
    "sign_in.approved": _did("cho phép một máy mới", "approved", "approve", "a new device"),
    "sign_in.ended": _did("đăng xuất một máy", "signed out", "sign out", "a device"),
    "sign_in.refresh_reused": ActionText(
        "bị đăng xuất khỏi một máy vì có thể có người khác dùng phiên đăng nhập đó",
        "were signed out of a device, as somebody else may have had its session",
        "use a session that somebody else may have had",
    ),
    "readings": _did("đọc quá nhiều trong một giờ", "read", "read", "more in an hour than is let"),
    "sign_in.codes_closed": _did("khóa đăng nhập bằng mã sau nhiều lần nhập sai",
                                 "closed", "close", "sign-in by code after many wrong ones"),
    "phone.proposed": _did("đề nghị một số điện thoại khác cho bạn",
                           "proposed", "propose", "another phone number for you"),
    "phone.stated": _did("ghi lại số điện thoại của bạn", "noted", "note", "your phone number"),
    "phone.confirmed": _did("xác nhận số điện thoại của bạn",
                            "confirmed", "confirm", "your phone number"),
    "phone.code": _did("yêu cầu mã xác nhận số điện thoại",
                       "asked for", "ask for", "a code to prove a phone number"),
    "step_up.code": _did("yêu cầu mã để xem phần hồ sơ được bảo vệ",
                         "asked for", "ask for", "a code to see your protected records"),
    "step_up": _did("mở phần hồ sơ được bảo vệ", "opened", "open", "your protected records"),
    "step_up.ended": _did("ẩn lại phần hồ sơ được bảo vệ",
                          "hid", "hide", "your protected records again"),
    "phone.accepted": _did("đồng ý đổi số điện thoại", "accepted", "accept", "a phone number"),
    "phone.declined": _did("từ chối một số điện thoại", "declined", "decline", "a phone number"),
    "caregiver.invited": _did("tạo lời mời người chăm sóc", "made", "make",
                              "an invitation for a caregiver"),
    "caregiver.invitation_revoked": _did("hủy lời mời người chăm sóc", "took back", "take back",
                                         "an invitation for a caregiver"),
    "caregiver.accepted": _did("dùng lời mời người chăm sóc", "used", "use",
                               "an invitation for a caregiver"),
    "caregiver.added": _did("tạo một quyền xem hồ sơ", "made", "make",
                            "a permission to read a record"),
    "caregiver.replaced": _did("thay một quyền xem hồ sơ", "replaced", "replace",
                               "a permission to read a record"),
    "caregiver.ended": _did("kết thúc một quyền xem hồ sơ", "ended", "end",
                            "a permission to read a record"),
    "caregiver.review_moved": _did("đổi ngày xác nhận lại một quyền xem hồ sơ", "moved", "move",
                                   "the review of a permission to read a record"),
    "caregiver.review_due": _did("tạm dừng một quyền xem hồ sơ để chờ xác nhận lại",
                                 "paused", "pause",
                                 "a permission to read a record until it is reviewed"),
    "access-log.disputed": _did("báo không nhận ra một dòng trong nhật ký truy cập",
                                "disputed", "dispute", "a line of this log"),
    "access-log.dispute_withdrawn": _did("rút lại báo cáo về một dòng trong nhật ký truy cập",
                                         "withdrew", "withdraw", "a dispute of a line of this log"),
}  # fmt: skip

_HOSPITAL: Final[dict[str, ActionText]] = {
    "intake.fhir": _did("gửi dữ liệu vào hồ sơ của bạn", "sent", "send", "data for your record"),
    "intake.hub": _did("gửi một thông tin cho bạn", "sent", "send", "news for you"),
    "patient.registered": _did("tạo hồ sơ của bạn", "opened", "open", "your record"),
    "record.released": _did("cho bạn xem một phần hồ sơ", "let", "let",
                            "you read a part of your record"),
    "record.kept_back": _did("đổi thời điểm bạn xem được một phần hồ sơ", "changed", "change",
                             "from when you can read a part of your record"),
    "patient.merged": _did("ghi nhận hai hồ sơ tại cơ sở là của cùng một người",
                           "joined", "join", "two records of theirs as one person's"),
    "patient.unmerged": _did("tách lại hai hồ sơ tại cơ sở đã ghi nhận là của cùng một người",
                             "parted", "part", "two records that they had joined as one person's"),
    "citizen_id.replaced": _did("thay số định danh của bạn bằng một số khác", "replaced", "replace",
                                "your citizen id by another one"),
    "patient.changed": _did("sửa thông tin cá nhân của bạn",
                            "changed", "change", "your personal details"),
}  # fmt: skip

_STAFF: Final[dict[str, ActionText]] = {
    "support.case": _did("tìm bạn và mở hồ sơ hỗ trợ", "found you and opened",
                         "find you and open", "a support case"),
    "support.search": _did("tìm bạn trong hệ thống", "looked you up in", "look you up in",
                           "the hub"),
    "support.messages": _saw("các tin đã gửi cho bạn, không xem nội dung hồ sơ",
                             "what became of messages to you, not at your record"),
    "support.resend": _did("gửi lại một tin cho bạn", "repeated", "repeat", "a message to you"),
    "support.wrong_number": _did("đánh dấu hoặc bỏ đánh dấu số điện thoại sai",
                                 "marked or unmarked", "mark or unmark", "a number as wrong"),
    "support.new_number": _did("ghi một số điện thoại mới cho bạn", "took down", "take down",
                               "a new phone number for you"),
    "support.lost_phone": _did("khóa các phiên đăng nhập vì bạn báo mất điện thoại", "closed",
                               "close", "your sign-ins, as your phone was lost"),
    "support.lift_lost_phone": _did("bỏ khóa do báo mất điện thoại", "took back", "take back",
                                    "the word that your phone was lost"),
    "support.death": _did("sửa thông tin bạn đã qua đời hay chưa", "corrected", "correct",
                          "whether you are said to be alive"),
    "support.merges": _did("xem hoặc quyết định việc nối hồ sơ của bạn", "looked at or decided",
                           "look at or decide", "which charts are joined to yours"),
    "support.confirm_held": _did("xác nhận phần hồ sơ đang chờ kiểm tra giấy tờ", "confirmed",
                                 "confirm", "what waited until papers were seen"),
    "chart.held_confirmed": _did("cho bạn xem phần hồ sơ đã chờ kiểm tra giấy tờ", "opened", "open",
                                 "what waited until papers were seen"),
    "support.quarantine": _saw("các thông tin về bạn đang chờ quyết định",
                               "messages about you that wait for a decision"),
    "support.decide_message": _did("quyết định về một thông tin về bạn đang chờ", "decided about",
                                   "decide about", "a message about you that waited"),
    "support.confirm_slip": _did("xác nhận phiếu kích hoạt của bạn", "confirmed", "confirm",
                                 "a slip that was made for you"),
    "support.number": _did("xử lý đề nghị đổi số điện thoại của bạn",
                           "decided about", "decide about", "a phone number of yours"),
    "support.card": _did("quét thẻ căn cước của bạn", "scanned", "scan", "your citizen card"),
    "support.make_slip": _did("in phiếu kích hoạt cho bạn", "made", "make",
                              "a slip for you to sign in with"),
    "support.slips": _saw("các phiếu kích hoạt của bạn", "slips that were made for you"),
    "support.revoke_slips": _did("hủy các phiếu kích hoạt của bạn", "made worthless",
                                 "make worthless", "the slips that were made for you"),
    "support.tasks": _saw("danh sách việc cần xử lý", "the list of what is to be done"),
    "support.settle_task": _did("xử lý xong một việc về bạn", "settled", "settle",
                                "something about you"),
    "support.audit": _saw("nhật ký truy cập của bạn", "the log of who read your record"),
    "support.caregivers": _did("xem hoặc sửa danh sách người chăm sóc của bạn",
                               "looked at or changed", "look at or change",
                               "your list of caregivers"),
    "support.citizen_id": _did("xử lý số định danh của bạn", "dealt with", "deal with",
                               "your citizen id"),
    "citizen_id.cancelled": _did("hủy một số định danh của bạn", "cancelled", "cancel",
                                 "a citizen id of yours"),
    "citizen_id.issued_again": _did("khôi phục một số định danh của bạn", "gave back",
                                    "give back", "a citizen id of yours"),
}  # fmt: skip

ACTIONS: Final[dict[str, ActionText]] = {**_RECORD, **_ACCOUNT, **_HOSPITAL, **_STAFF}
"""Every word that an audit row about a patient may have; a test goes over the code for them."""

ROLES: Final[dict[str, LocalText]] = {
    "agent": LocalText("Nhân viên hỗ trợ", "A support agent"),
    "supervisor": LocalText("Trưởng nhóm hỗ trợ", "A support supervisor"),
    "facility_admin": LocalText("Quản trị viên", "An administrator"),
    "auditor": LocalText("Kiểm tra viên", "An auditor"),
    "operator": LocalText("Nhân viên vận hành", "An operator"),
}
_SOMEBODY: Final = LocalText("Nhân viên", "Somebody of the staff")


def describe(action: ActionText, actor: str, language: Language, *, done: bool) -> str:
    """Describe an entry in one sentence: who did what, or was refused to do what."""
    match language, done:
        case Language.VI, True:
            return f"{actor} đã {action.vi}."
        case Language.VI, False:
            return f"{actor} đã thử {action.vi} nhưng bị từ chối."
        case _, True:
            return f"{actor} {action.done}."
        case _:
            return f"{actor} tried to {action.tried} and was refused."


def role(name: str | None, language: Language) -> str:
    return ROLES.get(name or "", _SOMEBODY).said_in(language)


_WHO: Final[dict[str, LocalText]] = {
    "you": LocalText("Bạn", "You"),
    "caregiver": LocalText("{name} (người chăm sóc)", "{name} (caregiver)"),
    "caredFor": LocalText("{name} (người bạn chăm sóc)", "{name} (whom you care for)"),
    "other": LocalText("Một người khác", "Somebody else"),
    "staff": LocalText("{role} của {place}", "{role} of {place}"),
    "hospital": LocalText("{place}", "{place}"),
    "system": LocalText("Hệ thống", "The hub"),
}
_HUB: Final = LocalText("hệ thống", "the hub")


def somebody(kind: str, language: Language, *, name: str, role_said: str, facility: str) -> str:
    """Name the actor at the beginning of a sentence; empty values are unknown or not given."""
    place = facility or _HUB.said_in(language)
    return _WHO[kind].said_in(language).format(name=name, role=role_said, place=place)
