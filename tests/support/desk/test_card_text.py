from unicodedata import normalize

import pytest

from backend.support.desk.card_qr import CardText, InsuranceCard, NotACitizenCard, read_card

OF_2021 = "046185000036|201234567|Hồ Thị Mẫu|08031985|Nữ|Thôn Ví Dụ, Xã Mẫu, Tỉnh Ví Dụ|09092021"
OTHER_PEOPLE = "Hồ Văn Cha|046055000099|Lê Thị Mẹ|046158000088"


def read_now(text: str) -> CardText:
    return read_card(text, 2026)


def test_a_card_of_2021_is_read() -> None:
    card = read_now(OF_2021)

    assert (card.number, card.former_number) == ("046185000036", "201234567")
    assert (card.name, card.birth_date, card.sex) == ("Hồ Thị Mẫu", "1985-03-08", "female")
    assert (card.issued_on, card.warnings) == ("2021-09-09", ())


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{OF_2021}",
        f"{OF_2021}|",
        f"{OF_2021}\r\n",
        f"{OF_2021}||||",
        f"{OF_2021}|{OTHER_PEOPLE}",
        f"  {OF_2021}\t",
        OF_2021.replace("|", " | "),
    ],
)
def test_what_scanners_add_and_what_the_card_of_2024_adds_changes_nothing(text: str) -> None:
    assert read_now(text) == read_now(OF_2021)


def test_letters_come_out_composed_however_they_came_in() -> None:
    apart = normalize("NFD", OF_2021)

    assert apart != OF_2021
    assert read_now(apart) == read_now(OF_2021)


def test_of_other_people_on_the_card_and_of_the_address_nothing_is_kept() -> None:
    read = read_now(f"{OF_2021}|{OTHER_PEOPLE}")

    kept = [getattr(read, name) for name in type(read).__slots__]
    for hidden in ("Thôn", "Cha", "046055000099", "046158000088"):
        assert hidden not in str(kept)


def test_a_card_is_not_shown_by_accident() -> None:
    assert "046185000036" not in repr(read_now(OF_2021))
    assert "Mẫu" not in repr(read_now(OF_2021))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("08031985", "1985-03-08"),
        ("00031985", "1985-03"),
        ("00001985", "1985"),
        ("08001985", "1985"),
        ("29021985", None),
        ("31041985", None),
        ("08131985", None),
        ("00000000", None),
        ("8031985", None),
        ("1985-03-8", None),
        ("", None),
    ],
)
def test_a_birth_date_may_be_partly_unknown(written: str, read: str | None) -> None:
    assert read_now(OF_2021.replace("08031985", written)).birth_date == read


@pytest.mark.parametrize(
    ("was", "says", "warned"),
    [
        ("Nữ", "Nam", ("sex",)),
        ("08031985", "08031986", ("birth_year",)),
        ("046185000036", "999185000036", ("unknown_province",)),
        ("046185000036", "074185000036", ()),
        ("08031985", "08032027", ("birth_year",)),
        ("046185000036", "046327000036", ("birth_year", "birth_year_to_come")),
        ("Nữ", "?", ()),
    ],
)
def test_contradictions_are_said_and_refuse_nothing(
    was: str, says: str, warned: tuple[str, ...]
) -> None:
    assert read_now(OF_2021.replace(was, says)).warnings == warned


def test_who_was_born_after_2000_is_read_by_the_century_digit() -> None:
    child = read_now("001212000077||Trần Văn Nhỏ|05062012|Nam|x|01072024|||")

    assert (child.former_number, child.warnings) == (None, ())


def test_a_card_without_its_day_of_issue_is_read() -> None:
    assert read_now(OF_2021.rpartition("|")[0]).issued_on is None


def test_a_name_with_control_characters_and_without_end_is_cut_down() -> None:
    card = read_now(OF_2021.replace("Hồ Thị Mẫu", "Hồ\x1b[2J \u202e Thị " + "Mẫu" * 100))

    assert card.name.startswith("Hồ[2J Thị Mẫu")
    assert len(card.name) == 100


@pytest.mark.parametrize(
    "text",
    [
        "GD4790123456789|4e677579e1bb856e|08/03/1985|2|54|79 - 024|01/01/2026|31/12/2026",
        "7912345678|4e677579e1bb856e|08/03/1985|2|54|79 - 024|01/01/2026|-|01/01/2026|",
    ],
)
def test_the_paper_insurance_card_is_named_as_what_it_is(text: str) -> None:
    with pytest.raises(InsuranceCard):
        read_now(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|||||||",
        "046185000036",
        "046185000036|201234567|Hồ Thị Mẫu",
        OF_2021.replace("046185000036", "46185000036"),
        OF_2021.replace("046185000036", "٠٤٦١٨٥٠٠٠٠٣٦"),
        "IDVNM1850000110079185000011<<0",
        "https://example.com/?a=1",
        "7912345678",
    ],
)
def test_any_other_text_is_no_citizen_card(text: str) -> None:
    with pytest.raises(NotACitizenCard):
        read_now(text)
