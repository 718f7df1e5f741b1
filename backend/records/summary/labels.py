"""The hub's own texts in a summary, in both languages."""

from typing import Final

from backend.core.i18n import LocalText
from backend.records.summary.rules import Empty, Section

TITLE: Final = LocalText("Tóm tắt hồ sơ sức khỏe", "Patient summary")
NOTE: Final = LocalText(
    "Bản tóm tắt chỉ gồm những gì các cơ sở y tế đã gửi cho hệ thống đến lúc lập. Theo quy"
    " định, một số loại thông tin không bao giờ có trong bản tóm tắt, dù có hay không."
    " Bản này không thay thế hồ sơ bệnh án.",
    "This summary has only what health facilities had sent to the system when it was made."
    " Some kinds of information are by rule never part of a summary, whether there is any or not."
    " It does not replace the medical record.",
)
"""It says always that something may be missing, so that it never says that something is."""

SECTIONS: Final[dict[Section, LocalText]] = {
    Section.ALLERGIES: LocalText("Dị ứng và không dung nạp", "Allergies and intolerances"),
    Section.MEDICINES: LocalText("Thuốc đang dùng", "Medication summary"),
    Section.PROBLEMS: LocalText("Bệnh và vấn đề sức khỏe", "Problem list"),
    Section.IMMUNISATIONS: LocalText("Tiêm chủng", "Immunizations"),
    Section.RESULTS: LocalText("Kết quả xét nghiệm gần nhất", "Latest results"),
    Section.VITAL_SIGNS: LocalText("Dấu hiệu sinh tồn gần nhất", "Latest vital signs"),
    Section.PROCEDURES: LocalText("Thủ thuật, phẫu thuật", "History of procedures"),
}
EMPTY: Final[dict[Empty, LocalText]] = {
    Empty.UNAVAILABLE: LocalText(
        "Chưa có cơ sở nào gửi thông tin này. Điều đó không có nghĩa là không có.",
        "No facility has sent any. This does not mean that there is none.",
    ),
    Empty.NOT_ASKED: LocalText(
        "Cơ sở y tế cho biết chưa hỏi người bệnh về việc này.",
        "The facility says that the patient has not been asked.",
    ),
    Empty.WITHHELD: LocalText(
        "Phần này không dành cho người đang xem bản tóm tắt.",
        "This part is not for whoever reads this summary.",
    ),
}
LEFT_OUT: Final = LocalText(
    "Thiếu {count} mục của phần này vì quá dài hoặc hệ thống không đọc được. Hãy hỏi cơ sở y tế.",
    "{count} entries of this part are missing here, as they are too long or the system cannot read"
    " them. Ask the health facility.",
)
"""A doctor who reads a summary must know that it is not whole."""
MORE: Final = LocalText(
    "Chỉ gồm các mục mới nhất; các mục cũ hơn có trong ứng dụng.",
    "Only the newest are listed; older ones are in the app.",
)
RESULTS_NOTE: Final = LocalText(
    "Lần đo mới nhất của mỗi chỉ số trong 12 tháng qua.",
    "The latest measurement of each kind in the last 12 months.",
)

COLUMNS: Final[dict[str, LocalText]] = {
    "substance": LocalText("Tác nhân", "Substance"),
    "reaction": LocalText("Phản ứng, ghi chú", "Reaction, note"),
    "risk": LocalText("Nguy cơ", "Risk"),
    "medicine": LocalText("Thuốc", "Medicine"),
    "dosage": LocalText("Cách dùng", "Dosage"),
    "problem": LocalText("Bệnh, vấn đề", "Problem"),
    "since": LocalText("Từ ngày", "Since"),
    "vaccine": LocalText("Vắc-xin", "Vaccine"),
    "dose": LocalText("Mũi", "Dose"),
    "test": LocalText("Xét nghiệm, chỉ số", "Test"),
    "value": LocalText("Kết quả", "Value"),
    "flag": LocalText("Cờ", "Flag"),
    "reference": LocalText("Tham chiếu", "Reference"),
    "procedure": LocalText("Thủ thuật", "Procedure"),
    "date": LocalText("Ngày", "Date"),
    "source": LocalText("Nguồn", "Source"),
}

SAID: Final[dict[str, LocalText]] = {
    "high": LocalText("cao", "high"),
    "low": LocalText("thấp", "low"),
    "unable-to-assess": LocalText("không rõ", "unable to assess"),
    "on-hold": LocalText("tạm ngưng", "on hold"),
    "unknown": LocalText("không rõ tình trạng", "status unknown"),
    "unconfirmed": LocalText("chưa xác định", "unconfirmed"),
    "provisional": LocalText("chẩn đoán sơ bộ", "provisional"),
    "differential": LocalText("chẩn đoán phân biệt", "differential"),
    "corrected": LocalText("đã đính chính", "corrected"),
    "amended": LocalText("đã đính chính", "amended"),
    "mild": LocalText("nhẹ", "mild"),
    "moderate": LocalText("vừa", "moderate"),
    "severe": LocalText("nặng", "severe"),
    "yes": LocalText("có", "yes"),
    "no": LocalText("không", "no"),
    "series": LocalText("(dạng sóng)", "(waveform)"),
    "N": LocalText("bình thường", "normal"),
    "H": LocalText("cao", "high"),
    "L": LocalText("thấp", "low"),
    "HH": LocalText("rất cao", "critically high"),
    "LL": LocalText("rất thấp", "critically low"),
    "A": LocalText("bất thường", "abnormal"),
    "AA": LocalText("rất bất thường", "critically abnormal"),
}
"""FHIR's and HL7's codes. What is not here is shown as it was sent."""

SEX: Final[dict[str, LocalText]] = {
    "male": LocalText("Nam", "Male"),
    "female": LocalText("Nữ", "Female"),
    "other": LocalText("Khác", "Other"),
}

PARTS: Final[dict[str, LocalText]] = {
    "asserter": LocalText("Người xác nhận", "Asserted by"),
    "complications": LocalText("Biến chứng", "Complications"),
    "device": LocalText("Thiết bị", "Device"),
    "devices": LocalText("Dụng cụ", "Devices"),
    "dose": LocalText("Liều", "Dose"),
    "ended": LocalText("Đến", "Until"),
    "evidence": LocalText("Dấu hiệu", "Evidence"),
    "expires": LocalText("Hạn dùng", "Expires"),
    "exposure": LocalText("Đường tiếp xúc", "Exposure"),
    "follow-up": LocalText("Theo dõi sau đó", "Follow-up"),
    "last": LocalText("Lần gần nhất", "Last seen"),
    "lot": LocalText("Số lô", "Lot"),
    "maker": LocalText("Hãng sản xuất", "Manufacturer"),
    "method": LocalText("Phương pháp", "Method"),
    "note": LocalText("Ghi chú", "Note"),
    "outcome": LocalText("Kết quả", "Outcome"),
    "performer": LocalText("Người thực hiện", "Performed by"),
    "place": LocalText("Nơi thực hiện", "Place"),
    "quantity": LocalText("Số lượng", "Quantity"),
    "reaction": LocalText("Phản ứng sau tiêm", "Reaction afterwards"),
    "reason": LocalText("Lý do", "Reason"),
    "recorder": LocalText("Người ghi", "Recorded by"),
    "repeats": LocalText("Số lần cấp lại", "Repeats"),
    "requester": LocalText("Người kê", "Prescribed by"),
    "route": LocalText("Đường dùng", "Route"),
    "series": LocalText("Lịch tiêm", "Series"),
    "severity": LocalText("Mức độ", "Severity"),
    "site": LocalText("Vị trí", "Body site"),
    "specimen": LocalText("Bệnh phẩm", "Specimen"),
    "stage": LocalText("Giai đoạn", "Stage"),
    "status-reason": LocalText("Lý do của tình trạng", "Reason of the status"),
    "subpotent": LocalText("Liều không đủ hiệu lực", "Subpotent dose"),
    "targets": LocalText("Phòng bệnh", "Against"),
    "category": LocalText("Loại", "Category"),
}
"""The words before what more is said of a record."""
NAMELESS: Final = LocalText("(không có tên)", "(no name was sent)")
"""Stands for the name of a record that nobody named."""

PAPER: Final[dict[str, LocalText]] = {
    "converted": LocalText(
        "Bản giấy chuyển đổi từ HSBA điện tử",
        "Paper copy converted from the electronic medical record"
        " (Bản giấy chuyển đổi từ HSBA điện tử)",
    ),
    "name": LocalText("Họ và tên", "Name"),
    "born": LocalText("Ngày sinh", "Born"),
    "sex": LocalText("Giới tính", "Sex"),
    "sources": LocalText("Cơ sở y tế cung cấp dữ liệu", "Facilities that sent the data"),
    "no_source": LocalText("Chưa có", "None yet"),
    "printed": LocalText("In lúc", "Printed"),
    "by": LocalText("Người in", "By"),
    "patient": LocalText("người bệnh", "the patient"),
    "caregiver": LocalText("người được ủy quyền", "a caregiver"),
    "code": LocalText("Mã tra cứu", "Look-up code"),
    "until": LocalText("tra cứu được đến", "can be checked until"),
    "page": LocalText("Trang", "Page"),
    "unknown": LocalText("không rõ", "not known"),
    "unnamed": LocalText("(chưa biết tên)", "(name not known)"),
    "prescriptions": LocalText("Mã đơn thuốc điện tử", "Electronic prescription codes"),
    "prescriptions_note": LocalText(
        "Đưa mã này cho nhà thuốc. Đơn có giá trị mua thuốc tối đa 5 ngày kể từ ngày kê.",
        "Show it to the pharmacy. A prescription is valid for 5 days from the day it is made.",
    ),
    "unreadable": LocalText("(không đọc được)", "(could not be read)"),
    "letters": LocalText(
        "[?] thay cho những chữ không in được trên giấy này. Xem đầy đủ trên ứng dụng.",
        "[?] stands for letters that this paper cannot show. The app shows all of them.",
    ),
}
