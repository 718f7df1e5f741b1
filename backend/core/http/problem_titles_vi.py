"""The Vietnamese titles of problems for patients; the English ones are the errors' docstrings."""

from typing import Final

TITLES_VI: Final[dict[str, str]] = {
    "another_person": "Đây là hồ sơ của người khác, hoặc của một bệnh nhân khác cùng bệnh viện."
    " Hãy đăng nhập riêng cho người ấy.",
    "bad_cursor": "Con trỏ trang này không do hệ thống tạo cho danh sách này. Hãy tải lại từ đầu.",
    "body_not_taken": "Địa chỉ này không nhận nội dung.",
    "body_too_large": "Nội dung gửi lên quá lớn.",
    "body_too_slow": "Nội dung gửi lên không đến kịp.",
    "cannot_grant": "Không thể cho người này xem hồ sơ theo cách đó.",
    "chart_held": "Có người đã báo mất máy. Trong một ngày chỉ quầy đổi được số điện thoại.",
    "change_waiting": "Đang có một đề nghị đổi số điện thoại khác chờ đủ một ngày."
    " Hãy từ chối đề nghị đó trước.",
    "chart_needed": "Bạn đang mở nhiều hồ sơ. Hãy ghi ở `chart` việc này là của hồ sơ nào.",
    "database_away": "Hệ thống tạm thời không truy cập được dữ liệu. Chưa có gì thay đổi;"
    " hãy thử lại sau giây lát.",
    "database_unable": "Hệ thống tạm thời không lưu được dữ liệu. Chưa có gì thay đổi;"
    " hãy thử lại sau giây lát.",
    "dispute_closed": "Việc này đã được xem xét xong, không còn gì để rút lại.",
    "fast_store_away": "Hệ thống tạm thời chưa thể làm việc này một cách an toàn."
    " Hãy thử lại sau giây lát.",
    "forbidden": "Bạn không được phép làm việc này.",
    "id_needed": "Hãy ghi là cho ai: bằng số định danh cá nhân, hoặc bằng bệnh viện và số bệnh nhân"
    " ở đó; không ghi cả hai.",
    "internal_error": "Hệ thống gặp lỗi. Lỗi đã được ghi lại.",
    "invalid_dpop_proof": "Bằng chứng DPoP bị thiếu, không đúng với yêu cầu này hoặc đã được dùng.",
    "invalid_request": "Yêu cầu không đúng dạng mà địa chỉ này cần.",
    "malformed_body": "Không đọc được nội dung gửi lên.",
    "method_not_allowed": "Địa chỉ này không có phương thức đó.",
    "not_a_citizen_id": "Số định danh cá nhân có 12 chữ số và năm sinh không ở tương lai.",
    "not_a_phone": "Cần một số điện thoại di động Việt Nam.",
    "not_found": "Không có gì ở đây cho bạn.",
    "not_signed_in": "Hãy đăng nhập rồi thử lại.",
    "not_waiting": "Máy này không chờ được cho phép, hoặc không thể cho phép nữa.",
    "number_needs_desk": "Không gửi được mã tới số này, hoặc chưa có số. Hãy xác nhận số tại quầy.",
    "one_way_needed": "Hãy gửi một trong bốn thứ: các hồ sơ, số định danh với số điện thoại,"
    " yêu cầu với mã của nó, hoặc phiếu.",
    "outcome_unknown": "Hệ thống mất kết nối với dữ liệu và không biết việc này đã được lưu"
    " hay chưa. Hãy xem lại rồi thử lại.",
    "phone_settled": "Với số này không còn gì để quyết định.",
    "schedule_range": "Lịch uống thuốc gồm từ một đến ba mươi mốt ngày, ngày đầu trước ngày cuối.",
    "sender_gone": "Kết nối đã đóng trước khi nội dung đến đủ.",
    "slip_needed": "Không mã nào mở được hồ sơ này vì bệnh viện không có số của bạn."
    " Hãy xin phiếu tại quầy của bệnh viện đó.",
    "stored_unreadable": "Hệ thống không đọc được dữ liệu của việc này; người vận hành đã biết.",
    "stronger_sign_in_needed": "Cần đăng nhập ở mức cao hơn: hãy xác nhận trên máy khác của bạn"
    " hoặc tại quầy.",
    "sync_again": "Dữ liệu đang lưu trên máy không còn khớp. Hãy xoá và tải lại từ đầu.",
    "too_many_readings": "Lần đăng nhập này đã đọc quá nhiều trong một giờ. Hãy đợi rồi thử lại.",
    "too_many_requests": "Quá nhiều yêu cầu. Hãy đợi rồi thử lại.",
    "too_many_streams": "Hiện có quá nhiều máy đang nghe. Hãy thỉnh thoảng hỏi có gì mới,"
    " và thử nghe lại sau.",
    "too_often": "Việc này được yêu cầu quá nhiều lần. Hãy đợi rồi thử lại.",
    "unavailable": "Hệ thống tạm thời chưa làm được việc này. Hãy thử lại sau giây lát.",
    "unknown_parameter": "Địa chỉ này không có một trong các tham số đã gửi.",
    "unreadable_address": "Địa chỉ chứa ký tự không có trong địa chỉ nào của hệ thống.",
    "unsupported_media_type": "Địa chỉ này không nhận loại nội dung đó.",
    "unusable_instant": "Thời điểm phải theo RFC 3339, có múi giờ, trong các năm 1850 đến 2199.",
    "use_dpop_nonce": "Hãy tạo lại bằng chứng DPoP với nonce đi kèm câu trả lời này.",
    "vneid_away": "VNeID tạm thời không trả lời. Hãy đăng nhập bằng mã hoặc thử lại sau giây lát.",
    "vneid_begin_again": "Lần đăng nhập bằng VNeID này đã hết hạn hoặc không bắt đầu ở đây."
    " Hãy bắt đầu lại.",
    "vneid_off": "Ở đây không có đăng nhập bằng VNeID.",
    "vneid_opens_nothing": "Tài khoản VNeID này không mở được hồ sơ nào ở đây."
    " Hãy hỏi tại quầy của bệnh viện.",
    "wrong_approval": "Đó không phải là số hiện trên máy kia.",
    "wrong_code": "Mã này không dùng được. Hãy yêu cầu mã khác.",
    "wrong_invitation": "Lời mời này không dùng được. Hãy xin lời mời khác.",
    "wrong_phone_code": "Đó không phải mã đã gửi tới số này, hoặc mã đã hết hạn."
    " Hãy yêu cầu mã khác.",
    "hours_not_in_order": "Giờ sáng, trưa, chiều và tối phải nối tiếp nhau trong một ngày.",
    "not_taken_yet": "Chỉ ghi đã uống cho lúc trước bây giờ. Liều bỏ qua không có giờ.",
    "unknown_zone": "Không có múi giờ nào tên như vậy. Tên có dạng Asia/Ho_Chi_Minh.",
    "wrong_slip": "Mã này không dùng được. Hãy xin phiếu mới tại quầy.",
}
"""By code. A test asks for every one that an address of patients can answer with."""
