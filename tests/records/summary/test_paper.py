"""What stands on paper: all of it as data, cut where it is too long, the same on every machine."""

import re
from decimal import Decimal
from importlib.resources import files

import pytest

from backend.core.i18n import Language
from backend.records.summary.pdf import LONGEST_CELL, MOST_LETTERS, compiler, fitted, paper_of
from tests.harness.records.papers import (
    AT,
    OTHER,
    RANGE,
    a_measurement,
    a_medicine,
    a_page,
    an_allergy,
)

HOSTILE = (
    '#import "@preview/cetz:0.3.0": *', "*x* _y_ $a^2$ `c` <label> @ref", "]", "#panic(1)",
    '#read("/etc/passwd")', '#eval("1 + 1")', "\\", '"', "// c", "/* c", "\u202eABC", "{{}}%s",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_set_as_it_is_and_never_obeyed(name: str) -> None:
    page = a_page([a_medicine(1, name, name), an_allergy(2, name)])

    pages = compiler(page, name).compile(format="svg")

    assert pages == compiler(page, name).compile(format="svg")
    cells = [cell for section in page["sections"] for row in section["rows"] for cell in row]
    shown = name.replace("\u202e", "")
    assert [cell.replace("\u200b", "") for cell in cells].count(shown) == 3


def test_a_name_that_is_markup_takes_the_room_of_its_letters() -> None:
    """Were `*x*` obeyed, a page with the stars would be set like one without."""
    plain, starred = (
        compiler(a_page([a_medicine(1, name)]), "link").compile(format="svg")
        for name in ("xx", "*x*")
    )

    assert plain != starred


def test_the_template_reads_nothing_but_what_it_is_given() -> None:
    template = files("backend.records.summary").joinpath("paper.typ").read_text()

    words = set(
        re.findall(r"\b(import|include|read|eval|plugin|csv|yaml|toml|xml|cbor)\b", template)
    )
    assert words == set()
    assert re.findall(r"(?:json|image)\((\w+)\(sys\.inputs", template) == ["bytes", "bytes"]


def test_no_file_is_within_reach_of_a_template() -> None:
    import typst  # noqa: PLC0415  # only here is a template not ours

    made = compiler(a_page(), "link")
    for wanted in ('read("/etc/passwd")', 'read("paper.typ")', 'import "@preview/cetz:0.3.0"'):
        with pytest.raises(typst.TypstError):
            made.compile(input=f"#{wanted}".encode(), format="pdf")


def test_the_same_page_is_the_same_file() -> None:
    page = a_page([a_measurement(1, "Glucose", Decimal("7.80"))])

    assert paper_of(page, "link", AT) == paper_of(page, "link", AT)
    assert paper_of(page, "link", AT) != paper_of(page, "another", AT)


def test_numbers_and_doses_stand_there_as_they_were_sent() -> None:
    view = {"referenceRanges": [RANGE], "interpretations": [{"code": "H", "text": None}]}
    page = a_page(
        [
            a_measurement(1, "Glucose", Decimal("7.80"), view=view),
            a_medicine(2, "Metformin", "2 lần/ngày, mỗi lần 1 viên"),
        ]
    )

    rows = [row for section in page["sections"] for row in section["rows"]]

    assert ["Glucose", "7.80 mmol/L", "H (cao)", "3.90 – 6.4 mmol/L", "20/11/2026"] in rows
    assert ["Metformin", "2 lần/ngày, mỗi lần 1 viên", "02/10/2026"] in rows


def test_with_several_facilities_each_row_says_whose_it_is() -> None:
    page = a_page([a_medicine(1, "A"), a_medicine(2, "B", facility=OTHER)])

    rows = [row for section in page["sections"] for row in section["rows"]]

    assert [row[-1] for row in rows] == ["[1]", "[2]"]
    assert page["person"][-1][1] == "[1] Bệnh viện Đa khoa Mẫu\n[2] Phòng khám Ví Dụ"
    assert "[2] Phòng khám Ví Dụ" in page["footer"]["sources"]


def test_the_foot_says_what_the_law_asks_for() -> None:
    foot = a_page()["footer"]

    assert foot["converted"] == "Bản giấy chuyển đổi từ HSBA điện tử"
    assert foot["sources"] == "Patient Hub, Bệnh viện Đa khoa Mẫu"
    assert foot["printed"] == "In lúc 10:04 25/11/2026 – Người in: Trần Thị Lan (người bệnh)"
    assert (foot["code-label"], foot["code"]) == ("Mã tra cứu", "ABCD-EFGH")
    assert foot["until"] == "https://hub.test/printed – tra cứu được đến 10:04 23/02/2027"


def test_an_english_reader_gets_the_same_in_english_with_the_words_of_the_law() -> None:
    page = a_page(language=Language.EN)

    assert page["title"] == "Patient summary"
    assert "Bản giấy chuyển đổi từ HSBA điện tử" in page["footer"]["converted"]


def test_what_is_too_long_is_cut_where_all_can_see_it() -> None:
    assert fitted("a b " * 10) == "a b " * 10
    assert fitted("d " * LONGEST_CELL).endswith("[…]")
    assert max(map(len, fitted("x" * 90).split("\u200b"))) <= 21


def test_every_sheet_says_whose_it_is() -> None:
    """The print is by somebody else, so nothing but the head of a later sheet can differ."""
    page = a_page([a_medicine(n, f"Thuốc {n}") for n in range(80)])
    other = page | {"person": [["Họ và tên", "Vũ Thị Khác"], *page["person"][1:]]}

    sheets, others = (compiler(each, "link").compile(format="svg") for each in (page, other))

    assert isinstance(sheets, list)
    assert isinstance(others, list)
    assert len(sheets) == len(others) > 1
    assert all(one != another for one, another in zip(sheets, others, strict=True))


def test_a_record_of_novels_is_a_paper_of_bounded_length() -> None:
    page = a_page([a_medicine(n, "m " * 400, "d " * 500) for n in range(100)])

    (medicines,) = [each for each in page["sections"] if each["rows"]]
    assert 0 < sum(len(cell) for row in medicines["rows"] for cell in row) <= MOST_LETTERS
    assert "Chỉ gồm các mục mới nhất" in medicines["sentences"][-1]
    pages = compiler(page, "link").compile(format="png", ppi=10)
    assert isinstance(pages, list)
    assert 2 < len(pages) < 15


def test_every_vietnamese_letter_has_its_shape() -> None:
    """What a font lacks is drawn as one and the same box."""
    letters = "ẾếỀềỂểỄễỆệỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỨứỪừỬửỮữỰựẮắẰằẲẳẴẵẶặẤấẦầẨẩẪẫẬậĐđỲỳỶỷỸỹỴỵ"

    assert [each for each in letters if shape_of(each) == shape_of("\ue000")] == []
    assert len({shape_of(each) for each in letters}) == len(letters)


def shape_of(letter: str) -> str:
    """Give the outlines that a page has more than one without this letter."""
    plain, with_letter = (
        set(re.findall(r'<symbol [^>]*><path d="([^"]+)"', outlines(name))) for name in ("", letter)
    )
    return "".join(sorted(with_letter - plain))


def outlines(name: str) -> str:
    source = b'#set text(font: "Libertinus Serif")\n#json(bytes(sys.inputs.page))'
    made = compiler({}, "link").compile(
        input=source, format="svg", sys_inputs={"page": f'"{name}"'}
    )
    assert isinstance(made, bytes)
    return made.decode()
