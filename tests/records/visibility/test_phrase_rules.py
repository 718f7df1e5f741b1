"""Phrases are found as whole words, in every spelling, and not where they mean something else."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.records.visibility.phrase_rules import PhraseLists, Phrases

ODD = ("\u00a0", "\u202f", "\u3000", "  ", "\n", "\r\n", "\t", " - ", "/", " \u200b")
UNSEEN = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad")


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("ma túy", "Nghiện ma tuý", "ma tuý"),
        ("ma túy", "nghien ma tuy", "ma tuy"),
        ("ma túy", "MA TUY", "MA TUY"),
        ("ma túy", "Carcinoma tuyến giáp", None),
        ("ma túy", "Ma, túy", None),
        ("ma túy", "ma tuy nhiên", None),  # this clause has marks, so its «tuy» is none
        ("hòa bình", "hoà bình", "hoà bình"),
        ("psychiatr*", "Child psychiatry", "psychiatry"),
        ("psychiatr*", "neuropsychiatric", None),
        ("HIV", "anti-HIV1/2", None),
        ("HIV", "anti-HIV 1/2", "HIV"),
        ("HIV", "H.I.V.: âm tính", "HIV"),
        ("HIV", "ＨＩＶ", "HIV"),
        ("HIV", "HIV_RNA", "HIV"),
        ("HIV", "\u041dIV (+)", "HIV"),  # a Cyrillic letter
        ("HIV", "H\u0399V", "HIV"),  # a Greek one
        ("HIV", "H\U000e0041I\u3164V", "HIV"),
        ("HIV", "shiver", None),
        ("HIV/AIDS", "hiv - aids", "hiv aids"),
        ("đình chỉ", "dinh chi thai", "dinh chi"),
    ],
)
def test_words_and_endings(phrase: str, text: str, found: str | None) -> None:
    assert Phrases(PhraseLists(names=[phrase])).found([text]) == found


def test_what_is_found_only_with_its_accents() -> None:
    lists = Phrases(PhraseLists(accented=["bệnh lậu", "gonorrhoea"]))

    assert lists.found(["Bệnh lậu cấp"]) == "Bệnh lậu"
    assert lists.found(["benh lau nam", "gonorrhoea"]) == "gonorrhoea"
    assert lists.found(["benh lau nam"]) is None


def test_what_is_found_only_in_capitals_or_as_the_whole_text() -> None:
    lists = Phrases(PhraseLists(capitals=["AIDS"], alone=["depression"], unless=["hearing aids"]))

    assert lists.found(["Bệnh AIDS"]) == "AIDS"
    assert lists.found(["HEARING AIDS", "this aids healing", "ST depression"]) is None
    assert lists.found(["Depression."]) == "Depression"


def test_a_longer_phrase_that_means_something_else_covers_one_place_and_no_other() -> None:
    lists = Phrases(PhraseLists(names=["tâm thần"], unless=["trung tâm thần"]))

    assert lists.found(["Trung tâm Thần kinh"]) is None
    assert lists.found(["TRUNG TAM THAN KINH"]) is None
    assert lists.found(["Trung tâm Thần kinh và Tâm thần"]) == "Tâm thần"
    assert lists.found(["Trung tâm Tâm thần"]) == "Tâm thần"


def test_phrases_that_count_together_count_in_any_of_the_texts() -> None:
    lists = Phrases(PhraseLists(together=[["tenofovir", "lamivudin*"]]))

    assert lists.found(["Lamivudine 150 mg", "Tenofovir"]) == "Tenofovir + Lamivudine"
    assert lists.found(["Tenofovir 300 mg"]) is None


@given(
    blanks=st.lists(st.sampled_from(ODD), min_size=3, max_size=3),
    unseen=st.sampled_from(UNSEEN), place=st.integers(0, 2),
    form=st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]), capitals=st.booleans(),
)  # fmt: skip
def test_a_phrase_is_found_in_every_spelling(
    blanks: list[str], unseen: str, place: int, form: str, *, capitals: bool
) -> None:
    words = ("rối", "loạn", "lo", "âu")
    text = "".join(word + blank for word, blank in zip(words, [*blanks, ""], strict=True))
    text = text[:place] + unseen + text[place:]
    text = normalize(form, text.upper() if capitals else text)  # type: ignore[arg-type]  # one of the four that it takes

    assert Phrases(PhraseLists(names=["rối loạn lo âu"])).found([f"Nghi {text}."]) is not None


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert Phrases(PhraseLists(names=["rối loạn lo âu lan tỏa nặng"])).found([text]) is None


def test_a_phrase_without_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="no word"):
        Phrases(PhraseLists(names=["*"]))
