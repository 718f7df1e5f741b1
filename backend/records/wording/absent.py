"""Says in words why a value is missing: FHIR's data-absent-reason."""

from typing import Final

from backend.core.i18n import LocalText

ABSENT: Final[dict[str, LocalText]] = {
    "unknown": LocalText("không rõ", "unknown"),
    "asked-unknown": LocalText("đã hỏi, người bệnh không biết", "asked, but not known"),
    "temp-unknown": LocalText("hiện chưa rõ", "not known yet"),
    "not-asked": LocalText("chưa hỏi", "not asked"),
    "asked-declined": LocalText("đã hỏi, người bệnh không trả lời", "asked, but not answered"),
    "masked": LocalText("được giữ kín", "kept confidential"),
    "not-applicable": LocalText("không áp dụng", "does not apply"),
    "unsupported": LocalText("hệ thống gửi không ghi được", "the sending system cannot say it"),
    "as-text": LocalText("được ghi bằng lời", "said in words"),
    "error": LocalText("không đo được do lỗi", "could not be measured, because of an error"),
    "not-a-number": LocalText("kết quả không phải là số", "the result is no number"),
    "negative-infinity": LocalText("quá thấp, không ghi được", "too low to be written"),
    "positive-infinity": LocalText("quá cao, không ghi được", "too high to be written"),
    "not-performed": LocalText("chưa thực hiện", "not performed"),
    "not-permitted": LocalText("không được phép ghi", "not permitted"),
}
