"""What a summary has and what it leaves out, decided without a database."""

import pytest

from backend.auth.rules import Scope
from backend.core.i18n import Language
from backend.records.summary.rows import writer_for
from backend.records.summary.rules import SECTIONS, Empty, Section, SummaryItem, parts_of
from tests.harness.records.papers import SOURCES, a_measurement, a_medicine, an_allergy


def names(items: list[SummaryItem], section: Section, scope: Scope = Scope.OWN) -> list[str]:
    (part,) = [each for each in parts_of(items, scope) if each.section is section]
    return [each.view["name"] for each in part.items]


def reason(items: list[SummaryItem], section: Section) -> Empty | None:
    return next(each for each in parts_of(items, Scope.OWN) if each.section is section).empty


def test_nothing_sent_is_neither_none_nor_not_asked() -> None:
    assert {each.section: each.empty for each in parts_of([], Scope.OWN)} == {
        Section.ALLERGIES: Empty.UNAVAILABLE,
        Section.MEDICINES: Empty.UNAVAILABLE,
        Section.PROBLEMS: Empty.UNAVAILABLE,
    }


def test_who_said_that_nobody_asked_is_believed() -> None:
    items = [an_allergy(1, "Không có thông tin", "no-allergy-info")]

    assert reason(items, Section.ALLERGIES) is Empty.NOT_ASKED
    assert names(items, Section.ALLERGIES) == []


def test_none_known_is_a_record_with_its_source() -> None:
    items = [an_allergy(1, "Không dị ứng", "716186003")]

    assert names(items, Section.ALLERGIES) == ["Không dị ứng"]
    assert reason(items, Section.ALLERGIES) is None


@pytest.mark.parametrize(
    "none",
    [
        an_allergy(1, "none", "716186003"),
        an_allergy(1, "none", "no-known-allergies"),
        an_allergy(1, "none", view={"noneKnown": True}),
    ],
)
def test_none_known_does_not_stand_beside_one_that_is_known(none: SummaryItem) -> None:
    items = [none, an_allergy(2, "Penicillin", "91936005")]

    assert names(items, Section.ALLERGIES) == ["Penicillin"]


def test_none_of_one_sort_stands_beside_another_sort() -> None:
    items = [an_allergy(1, "no food", "429625007"), an_allergy(2, "Penicillin", "91936005")]

    assert names(items, Section.ALLERGIES) == ["no food", "Penicillin"]


def test_what_was_refuted_planned_or_forbidden_is_left_out() -> None:
    items = [
        an_allergy(1, "refuted", view={"verification": "refuted"}),
        a_medicine(2, "plan", intent="plan"),
        a_medicine(3, "proposal", intent="proposal"),
        a_medicine(4, "never", intent="order", forbidden=True),
        a_medicine(5, "taken", intent="order"),
        a_medicine(6, "from before"),
    ]

    assert names(items, Section.ALLERGIES) == []
    assert names(items, Section.MEDICINES) == ["taken", "from before"]


@pytest.mark.parametrize(
    ("categories", "section"),
    [
        ((), Section.RESULTS), (("laboratory",), Section.RESULTS), (("exam",), Section.RESULTS),
        (("vital-signs",), Section.VITAL_SIGNS), (("survey",), None), (("social-history",), None),
        (("social-history", "laboratory"), Section.RESULTS),
    ],
)  # fmt: skip
def test_a_measurement_stands_where_its_category_says(
    categories: tuple[str, ...], section: Section | None
) -> None:
    parts = parts_of([a_measurement(1, "x", 1, *categories)], Scope.OWN)

    assert [each.section for each in parts if each.items] == ([section] if section else [])


@pytest.mark.parametrize("section", Section)
def test_a_section_is_open_or_closed_whatever_is_in_it(section: Section) -> None:
    closed = {Section.PROBLEMS, Section.RESULTS, Section.VITAL_SIGNS, Section.PROCEDURES}
    items = [a_measurement(1, "x", 1), a_medicine(2, "m")]

    part = [each for each in parts_of(items, Scope.SUMMARY) if each.section is section]
    nothing = [each for each in parts_of([], Scope.SUMMARY) if each.section is section]

    if section in closed:
        assert [each.empty for each in part] == [Empty.WITHHELD]
        assert part == nothing
    else:
        assert Empty.WITHHELD not in [each.empty for each in part]


def test_there_is_only_so_much_of_each() -> None:
    most = SECTIONS[Section.RESULTS].most
    items = [a_measurement(n, f"{n}", n) for n in range(most + 1)]

    (part,) = [each for each in parts_of(items, Scope.OWN) if each.section is Section.RESULTS]
    (whole,) = [
        each for each in parts_of(items[:most], Scope.OWN) if each.section is Section.RESULTS
    ]

    assert [each.view["name"] for each in part.items] == [f"{n}" for n in range(most)]
    assert (part.more, whole.more) == (True, False)


@pytest.mark.parametrize(
    ("said", "vietnamese", "english"),
    [
        ("1953", "1953", "1953"),
        ("1953-05", "05/1953", "1953-05"),
        ("1953-05-02", "02/05/1953", "1953-05-02"),
        ("2026-11-20T23:30:00Z", "21/11/2026", "2026-11-21"),
        ("hồi nhỏ", "hồi nhỏ", "hồi nhỏ"),
        (None, "", ""),
    ],
)
def test_a_partial_date_stays_partial(said: str | None, vietnamese: str, english: str) -> None:
    assert writer_for(SOURCES, Language.VI).date(said) == vietnamese
    assert writer_for(SOURCES, Language.EN).date(said) == english
