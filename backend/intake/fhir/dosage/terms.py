"""The words for the codes of a dosage: when, by which way, how often."""

from typing import Final

from backend.core.i18n import LocalText

MORE: Final = LocalText(
    "đơn còn có thông tin khác về cách dùng: hãy hỏi bác sĩ",
    "more was sent about how to take it: ask your doctor",
)
"""Stands for every part that was sent and is not understood."""
CONTRADICTS: Final = LocalText(
    "mã gửi kèm nói khác lời dặn: hãy hỏi bác sĩ",
    "the codes sent with it say otherwise: ask your doctor",
)
HOW_OFTEN: Final = LocalText(
    "đơn không ghi dùng bao nhiêu lần: hãy hỏi bác sĩ",
    "how often is not said: ask your doctor",
)
"""Who reads an amount alone takes it as they are used to: four tablets a week become four a day."""
NO_UNIT: Final = LocalText("không ghi đơn vị", "unit not said")

WHEN: Final[dict[str, LocalText]] = {
    "MORN": LocalText("buổi sáng", "in the morning"),
    "MORN.early": LocalText("sáng sớm", "in the early morning"),
    "MORN.late": LocalText("cuối buổi sáng", "in the late morning"),
    "NOON": LocalText("buổi trưa", "at noon"),
    "AFT": LocalText("buổi chiều", "in the afternoon"),
    "AFT.early": LocalText("đầu giờ chiều", "in the early afternoon"),
    "AFT.late": LocalText("cuối buổi chiều", "in the late afternoon"),
    "EVE": LocalText("buổi tối", "in the evening"),
    "EVE.early": LocalText("đầu buổi tối", "in the early evening"),
    "EVE.late": LocalText("cuối buổi tối", "in the late evening"),
    "NIGHT": LocalText("ban đêm", "at night"),
    "PHS": LocalText("sau khi đã ngủ", "after falling asleep"),
    "HS": LocalText("trước khi đi ngủ", "before going to sleep"),
    "WAKE": LocalText("sau khi thức dậy", "after waking"),
    "C": LocalText("trong bữa ăn", "with a meal"),
    "CM": LocalText("trong bữa sáng", "with breakfast"),
    "CD": LocalText("trong bữa trưa", "with lunch"),
    "CV": LocalText("trong bữa tối", "with dinner"),
    "AC": LocalText("trước bữa ăn", "before a meal"),
    "ACM": LocalText("trước bữa sáng", "before breakfast"),
    "ACD": LocalText("trước bữa trưa", "before lunch"),
    "ACV": LocalText("trước bữa tối", "before dinner"),
    "PC": LocalText("sau bữa ăn", "after a meal"),
    "PCM": LocalText("sau bữa sáng", "after breakfast"),
    "PCD": LocalText("sau bữa trưa", "after lunch"),
    "PCV": LocalText("sau bữa tối", "after dinner"),
}
"""FHIR's event timing (http://hl7.org/fhir/ValueSet/event-timing), all of it."""

WEEKDAYS: Final[dict[str, LocalText]] = {
    "mon": LocalText("thứ hai", "Monday"),
    "tue": LocalText("thứ ba", "Tuesday"),
    "wed": LocalText("thứ tư", "Wednesday"),
    "thu": LocalText("thứ năm", "Thursday"),
    "fri": LocalText("thứ sáu", "Friday"),
    "sat": LocalText("thứ bảy", "Saturday"),
    "sun": LocalText("chủ nhật", "Sunday"),
}

PER: Final[dict[str, LocalText]] = {
    "s": LocalText("giây", "second"),
    "min": LocalText("phút", "minute"),
    "h": LocalText("giờ", "hour"),
    "d": LocalText("ngày", "day"),
    "wk": LocalText("tuần", "week"),
    "mo": LocalText("tháng", "month"),
    "a": LocalText("năm", "year"),
}

CODES: Final[dict[str, LocalText]] = {
    "QD": LocalText("mỗi ngày 1 lần", "once a day"),
    "BID": LocalText("mỗi ngày 2 lần", "twice a day"),
    "TID": LocalText("mỗi ngày 3 lần", "3 times a day"),
    "QID": LocalText("mỗi ngày 4 lần", "4 times a day"),
    "QOD": LocalText("2 ngày một lần", "every 2 days"),
    "AM": LocalText("mỗi buổi sáng", "every morning"),
    "PM": LocalText("mỗi buổi chiều hoặc tối", "every afternoon or evening"),
    "BED": LocalText("trước khi đi ngủ", "at bedtime"),
    "WK": LocalText("mỗi tuần 1 lần", "once a week"),
    "MO": LocalText("mỗi tháng 1 lần", "once a month"),
    **{
        f"Q{n}H": LocalText(
            "mỗi giờ 1 lần" if n == 1 else f"{n} giờ một lần",
            "every hour" if n == 1 else f"every {n} hours",
        )
        for n in (1, 2, 3, 4, 6, 8)
    },
}
"""HL7's abbreviations of timings (GTSAbbreviation), as far as FHIR names them."""

ROUTES: Final[dict[str, LocalText]] = {
    "26643006": LocalText("uống", "by mouth"),
    "37839007": LocalText("ngậm dưới lưỡi", "under the tongue"),
    "6064005": LocalText("bôi ngoài da", "on the skin"),
    "45890007": LocalText("dán trên da", "as a patch on the skin"),
    "47625008": LocalText("tiêm tĩnh mạch", "into a vein"),
    "78421000": LocalText("tiêm bắp", "into a muscle"),
    "34206005": LocalText("tiêm dưới da", "under the skin"),
    "37161004": LocalText("đặt hậu môn", "into the rectum"),
    "16857009": LocalText("đặt âm đạo", "into the vagina"),
    "54485002": LocalText("nhỏ mắt", "into the eye"),
    "10547007": LocalText("nhỏ tai", "into the ear"),
    "46713006": LocalText("nhỏ hoặc xịt mũi", "into the nose"),
    "447694001": LocalText("hít", "by breathing in"),
    "PO": LocalText("uống", "by mouth"),
    "SL": LocalText("ngậm dưới lưỡi", "under the tongue"),
    "IV": LocalText("tiêm tĩnh mạch", "into a vein"),
    "IM": LocalText("tiêm bắp", "into a muscle"),
    "SC": LocalText("tiêm dưới da", "under the skin"),
    "SQ": LocalText("tiêm dưới da", "under the skin"),
    "PR": LocalText("đặt hậu môn", "into the rectum"),
    "TOP": LocalText("bôi ngoài da", "on the skin"),
}
"""Ways of SNOMED CT and of HL7 v3, where a code alone is sent."""

FORMS: Final[dict[str, LocalText]] = {
    "TAB": LocalText("viên", "tablet"),
    "tablet": LocalText("viên", "tablet"),
    "tbl": LocalText("viên", "tablet"),
    "tab": LocalText("viên", "tablet"),
    "CAP": LocalText("viên nang", "capsule"),
    "capsule": LocalText("viên nang", "capsule"),
    "cap": LocalText("viên nang", "capsule"),
    "puff": LocalText("nhát xịt", "puff"),
    "PUFF": LocalText("nhát xịt", "puff"),
    "drop": LocalText("giọt", "drop"),
    "DROP": LocalText("giọt", "drop"),
    "[drp]": LocalText("giọt", "drop"),
}
"""What is counted in a dose (HL7's orderableDrugForm, and usual annotations of UCUM)."""
