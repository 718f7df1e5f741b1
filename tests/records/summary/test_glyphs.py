"""A letter that paper cannot show leaves a sign there, and the page and the answer say so."""

from unicodedata import normalize

import pytest

from backend.core.i18n import Language
from backend.records.summary import glyphs, labels
from backend.records.summary.glyphs import SIGN, printable
from backend.records.summary.pdf import compiler, paper_of
from tests.harness.records.papers import AT, a_medicine, a_page
from tests.harness.records.summary_record import Lan, a_whole_record

SHOWN = (
    "Nguyễn Thị Quỳnh Ưỡng Ẩ ẵ ặ ỗ ự đ Đ", normalize("NFD", "Nguyễn Thị Quỳnh Ưỡng ặ ỗ ự Đặng"),
    "Y Thông Niê Kđăm H'Ƀlăm Čư Ñŏ ƀ ĕ ŏ ŭ č", "Иванов β-lactam α µ Ω", "▲ ▼ ★ ☐ ☑ ✓ ✗ ⚠ → ↑",
    "10⁹/L ×10¹² ≥ ≤ ± ℃ ° µg/mL Å ½ ⅓ ² ³ ₂ ΔT √ ∞ ≈ – — … “” • ™ ®", "", "a\nb", SIGN,
    "x\u200by\u00ad z\u00a0", "\u202eABC",
)  # fmt: skip
LACKING = {
    "Tên ថាច់ សុខា": f"Tên {SIGN}", "李明 陳大文": SIGN, "thuốc 人参 10 g": f"thuốc {SIGN} 10 g",
    "ꨌꩌ ꨇꨓꨮ": SIGN, "สมชาย": SIGN, "田中 さくら, 김민수": f"{SIGN}, {SIGN}",
    "Paracetamol 💊 🌙": f"Paracetamol {SIGN}",
    "李\u200b明": SIGN, "a李b明c": f"a{SIGN}b{SIGN}c", "李\n明": SIGN, "\U0010fffd": SIGN,
}  # fmt: skip


@pytest.mark.parametrize("text", SHOWN)
def test_what_can_be_printed_stays_as_it_is(text: str) -> None:
    data = {"rows": [[text, "b"]], "title": text}

    assert printable(data) == (data, False)


@pytest.mark.parametrize("text", LACKING)
def test_one_sign_stands_for_each_run_of_letters_that_paper_has_not(text: str) -> None:
    signed, lacks_letters = printable({"rows": [[text, "b", "Lê"]], "person": {"name": text}})

    assert signed == {"rows": [[LACKING[text], "b", "Lê"]], "person": {"name": LACKING[text]}}
    assert lacks_letters


@pytest.mark.parametrize("text", LACKING)
def test_no_box_is_drawn_and_the_page_says_what_the_sign_means(text: str) -> None:
    page = a_page([a_medicine(1, text, text)])
    boxes = _shapes(a_page([a_medicine(1, "\U0010fffd", "\U0010fffd")]))
    nobodys = boxes - _shapes(a_page([a_medicine(1, "x", "x")]))

    before = _shapes(page)
    signed, _ = printable(page)

    assert not before.isdisjoint(nobodys)
    assert _shapes(signed).isdisjoint(nobodys)
    assert paper_of(page, "link", AT).lacks_letters
    assert labels.PAPER["letters"].said_in(Language.VI).startswith(SIGN)


def _shapes(page: dict[str, object]) -> set[bytes]:
    made = compiler(page, "link").compile(format="svg")
    pages = made if isinstance(made, list) else [made]
    return {shape for each in pages if each for shape in glyphs._GLYPH.findall(each)}


def test_a_page_with_all_its_letters_says_nothing_of_signs() -> None:
    page = a_page([a_medicine(1, "Nguyễn")])

    assert not paper_of(page, "link", AT).lacks_letters
    assert page["letters"] == ""


def test_thousands_of_letters_are_remembered_only_within_bounds() -> None:
    asked = [chr(0x3400 + n) for n in range(glyphs.REMEMBERED + 1)]

    assert printable(asked)[1]
    assert printable(["Nguyễn", "李"])[0] == ["Nguyễn", SIGN]
    assert len(glyphs._known) <= glyphs.REMEMBERED


async def test_the_answer_says_that_the_paper_lacks_letters(lan: Lan) -> None:
    await lan.hospital.posts(a_whole_record())
    whole = await lan.prints()
    await lan.database.owner.execute(
        'UPDATE allergy SET body = replace(body, \'"name":"\', \'"name":"ថាច់ \')'
    )

    lacking = await lan.prints()

    assert (whole.status_code, lacking.status_code) == (201, 201)
    assert "hub-letters-missing" not in whole.headers
    assert lacking.headers["hub-letters-missing"] == "true"
