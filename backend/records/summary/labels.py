"""What a summary says in words of the hub's own, in both languages."""

from typing import Final

from backend.core.i18n import Words
from backend.records.summary.rules import Empty, Section

TITLE: Final = Words("Tóm tắt hồ sơ sức khỏe", "Patient summary")
NOTE: Final = Words(
    "Bản tóm tắt chỉ gồm những gì các cơ sở y tế đã gửi cho hệ thống đến lúc lập. Theo quy"
    " định, một số loại thông tin không bao giờ có trong bản tóm tắt, dù có hay không."
    " Bản này không thay thế hồ sơ bệnh án.",
    "This summary has only what health facilities had sent to the system when it was made."
    " Some kinds of information are by rule never part of a summary, whether there is any or not."
    " It does not replace the medical record.",
)
"""It says always that something may be missing, so that it never says that something is."""

SECTIONS: Final[dict[Section, Words]] = {
    Section.ALLERGIES: Words("Dị ứng và không dung nạp", "Allergies and intolerances"),
    Section.MEDICINES: Words("Thuốc đang dùng", "Medication summary"),
    Section.PROBLEMS: Words("Bệnh và vấn đề sức khỏe", "Problem list"),
    Section.IMMUNISATIONS: Words("Tiêm chủng", "Immunizations"),
    Section.RESULTS: Words("Kết quả xét nghiệm gần nhất", "Latest results"),
    Section.VITAL_SIGNS: Words("Dấu hiệu sinh tồn gần nhất", "Latest vital signs"),
    Section.PROCEDURES: Words("Thủ thuật, phẫu thuật", "History of procedures"),
}
EMPTY: Final[dict[Empty, Words]] = {
    Empty.UNAVAILABLE: Words(
        "Chưa có cơ sở nào gửi thông tin này. Điều đó không có nghĩa là không có.",
        "No facility has sent any. This does not mean that there is none.",
    ),
    Empty.NOT_ASKED: Words(
        "Cơ sở y tế cho biết chưa hỏi người bệnh về việc này.",
        "The facility says that the patient has not been asked.",
    ),
    Empty.WITHHELD: Words(
        "Phần này không dành cho người đang xem bản tóm tắt.",
        "This part is not for whoever reads this summary.",
    ),
}
MORE: Final = Words(
    "Chỉ gồm các mục mới nhất; các mục cũ hơn có trong ứng dụng.",
    "Only the newest are listed; older ones are in the app.",
)
RESULTS_NOTE: Final = Words(
    "Lần đo mới nhất của mỗi chỉ số trong 12 tháng qua.",
    "The latest measurement of each kind in the last 12 months.",
)

COLUMNS: Final[dict[str, Words]] = {
    "substance": Words("Tác nhân", "Substance"),
    "reaction": Words("Phản ứng, ghi chú", "Reaction, note"),
    "risk": Words("Nguy cơ", "Risk"),
    "medicine": Words("Thuốc", "Medicine"),
    "dosage": Words("Cách dùng (nguyên văn)", "Dosage (as written)"),
    "problem": Words("Bệnh, vấn đề", "Problem"),
    "since": Words("Từ ngày", "Since"),
    "vaccine": Words("Vắc-xin", "Vaccine"),
    "dose": Words("Mũi", "Dose"),
    "test": Words("Xét nghiệm, chỉ số", "Test"),
    "value": Words("Kết quả", "Value"),
    "flag": Words("Cờ", "Flag"),
    "reference": Words("Tham chiếu", "Reference"),
    "procedure": Words("Thủ thuật", "Procedure"),
    "date": Words("Ngày", "Date"),
    "source": Words("Nguồn", "Source"),
}

SAID: Final[dict[str, Words]] = {
    "high": Words("cao", "high"),
    "low": Words("thấp", "low"),
    "unable-to-assess": Words("không rõ", "unable to assess"),
    "on-hold": Words("tạm ngưng", "on hold"),
    "unknown": Words("không rõ tình trạng", "status unknown"),
    "unconfirmed": Words("chưa xác định", "unconfirmed"),
    "provisional": Words("chẩn đoán sơ bộ", "provisional"),
    "differential": Words("chẩn đoán phân biệt", "differential"),
    "corrected": Words("đã đính chính", "corrected"),
    "amended": Words("đã đính chính", "amended"),
    "yes": Words("có", "yes"),
    "no": Words("không", "no"),
    "series": Words("(dạng sóng)", "(waveform)"),
    "male": Words("Nam", "Male"),
    "female": Words("Nữ", "Female"),
    "other": Words("Khác", "Other"),
    "N": Words("bình thường", "normal"),
    "H": Words("cao", "high"),
    "L": Words("thấp", "low"),
    "HH": Words("rất cao", "critically high"),
    "LL": Words("rất thấp", "critically low"),
    "A": Words("bất thường", "abnormal"),
    "AA": Words("rất bất thường", "critically abnormal"),
}
"""FHIR's and HL7's codes. What is not here is shown as it was sent."""

PAPER: Final[dict[str, Words]] = {
    "converted": Words(
        "Bản giấy chuyển đổi từ HSBA điện tử",
        "Paper copy converted from the electronic medical record"
        " (Bản giấy chuyển đổi từ HSBA điện tử)",
    ),
    "name": Words("Họ và tên", "Name"),
    "born": Words("Ngày sinh", "Born"),
    "sex": Words("Giới tính", "Sex"),
    "sources": Words("Cơ sở y tế cung cấp dữ liệu", "Facilities that sent the data"),
    "no_source": Words("Chưa có", "None yet"),
    "printed": Words("In lúc", "Printed"),
    "by": Words("Người in", "By"),
    "patient": Words("người bệnh", "the patient"),
    "caregiver": Words("người được ủy quyền", "a caregiver"),
    "code": Words("Mã tra cứu", "Look-up code"),
    "until": Words("tra cứu được đến", "can be checked until"),
    "page": Words("Trang", "Page"),
}
