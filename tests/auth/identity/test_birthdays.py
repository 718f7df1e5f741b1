"""From which day somebody may be, and surely is, so old; and who may read what on which paper."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.auth.caregivers.representatives import (
    KIND_RULES,
    Evidence,
    RepresentativeKind,
    Represented,
    RequestedGrant,
    Review,
    ReviewAge,
    kind_of_invitation,
    moved_review,
    next_review,
    obstacles,
)
from backend.auth.identity.age import earliest_birthday, is_surely, latest_birthday, may_be
from backend.auth.rules import OPENS, RecordClass, Scope

TODAY = date(2026, 5, 20)
NOON = datetime(2026, 5, 20, 5, tzinfo=UTC)
births = st.dates(date(1900, 1, 1), date(2080, 12, 31))
lengths = st.sampled_from([4, 7, 10])
ages = st.sampled_from([7, 18])
kinds = st.sampled_from(RepresentativeKind)


@pytest.mark.parametrize(
    ("birth", "earliest", "latest"),
    [
        ("2019", date(2026, 1, 1), date(2026, 12, 31)),
        ("2019-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2019-05-20", date(2026, 5, 20), date(2026, 5, 20)),
        ("2020-02", date(2027, 2, 1), date(2027, 3, 1)),
        ("2020-02-29", date(2027, 2, 28), date(2027, 3, 1)),
        ("2020-12", date(2027, 12, 1), date(2027, 12, 31)),
    ],
)
def test_what_is_not_known_of_a_birth_date_counts_for_the_earliest_day(
    birth: str, earliest: date, latest: date
) -> None:
    assert (earliest_birthday(birth, 7), latest_birthday(birth, 7)) == (earliest, latest)


@given(births, lengths, ages)
def test_the_true_birthday_is_never_outside_of_what_a_part_of_it_allows(
    born: date, length: int, age: int
) -> None:
    partial, whole = born.isoformat()[:length], born.isoformat()

    assert earliest_birthday(partial, age) <= earliest_birthday(whole, age)
    assert latest_birthday(partial, age) >= latest_birthday(whole, age)


@given(births, lengths, ages, births)
def test_who_surely_is_may_be(born: date, length: int, age: int, today: date) -> None:
    partial = born.isoformat()[:length]

    assert may_be(age, partial, today) or not is_surely(age, partial, today)
    assert may_be(age, None, today)
    assert not is_surely(age, None, today)


@given(kinds, births, lengths, births)
def test_a_grant_on_somebody_who_may_be_a_child_is_never_without_a_review(
    kind: RepresentativeKind, born: date, length: int, today: date
) -> None:
    birth = born.isoformat()[:length]

    review = next_review(kind, birth, today)

    if not may_be(18, birth, today):
        assert review is not None
        assert review.day <= earliest_birthday(birth, 18)
    if review and review.age is ReviewAge.SEVEN:
        assert review.day == earliest_birthday(birth, 7) > today


@given(kinds, st.sampled_from([None, *ReviewAge]), st.none() | births, births)
def test_a_corrected_birth_date_never_takes_a_review_away(
    kind: RepresentativeKind, before: ReviewAge | None, born: date | None, today: date
) -> None:
    birth = born.isoformat() if born else None

    review = moved_review(kind, before, birth, today)

    if before is not None or birth is None:
        assert review is not None
    if birth is None:
        assert review == Review(today, ReviewAge.DOUBT)
    if before is ReviewAge.SEVEN and review and review.age is ReviewAge.EIGHTEEN:
        assert review.day <= today


def test_a_child_that_turns_out_to_be_seven_already_is_asked_at_once() -> None:
    review = moved_review(RepresentativeKind.PARENT, ReviewAge.SEVEN, "2018-01-01", TODAY)

    assert review == Review(TODAY, ReviewAge.SEVEN)


def asked(
    kind: RepresentativeKind, scope: Scope, birth: str | None, **more: object
) -> RequestedGrant:
    said: dict[str, object] = {
        "kind": kind, "scope": scope, "evidence": min(KIND_RULES[kind].evidence),
        "ends_at": NOON + timedelta(days=30), "patient_birth": birth, "patient_died": False,
        "caregiver_birth": "1980", "caregiver_died": False,
    }  # fmt: skip
    return RequestedGrant(**said | more)  # type: ignore[arg-type]  # each value stands under its name


@pytest.mark.parametrize(("kind", "scope"), list(product(RepresentativeKind, Scope)))
def test_each_kind_may_be_given_what_the_table_says_and_no_more(
    kind: RepresentativeKind, scope: Scope
) -> None:
    birth = "2020" if KIND_RULES[kind].represented is Represented.CHILD else "1950"

    found = obstacles(asked(kind, scope, birth), NOON, TODAY)

    assert [each.where for each in found] == (
        [] if scope in KIND_RULES[kind].scopes else ["$.scope"]
    )


@pytest.mark.parametrize("kind", list(RepresentativeKind))
@pytest.mark.parametrize("evidence", list(Evidence))
def test_each_kind_is_proved_by_its_papers(kind: RepresentativeKind, evidence: Evidence) -> None:
    birth = "2020" if KIND_RULES[kind].represented is Represented.CHILD else "1950"

    found = obstacles(asked(kind, Scope.SUMMARY, birth, evidence=evidence), NOON, TODAY)

    assert (found == []) is (evidence in KIND_RULES[kind].evidence)


@pytest.mark.parametrize(
    ("kind", "birth", "against"),
    [
        (RepresentativeKind.PARENT, "2008", ["$.patient"]),
        (RepresentativeKind.PARENT, "2008-05-21", []),
        (RepresentativeKind.PARENT, "2008-05-20", ["$.patient"]),
        (RepresentativeKind.CHOSEN, "2008", ["$.patient"]),
        (RepresentativeKind.CHOSEN, "2008-05-20", []),
        (RepresentativeKind.CHOSEN, "2008-05-21", ["$.patient"]),
        (RepresentativeKind.GUARDIAN, "2020", []),
        (RepresentativeKind.GUARDIAN, "1950", []),
        (RepresentativeKind.GUARDIAN, None, ["$.patient"]),
        (RepresentativeKind.PARENT, None, ["$.patient", "$.patient"]),
    ],
)
def test_who_may_be_eighteen_is_nobodys_child_and_chooses_only_when_surely_so(
    kind: RepresentativeKind, birth: str | None, against: list[str]
) -> None:
    found = obstacles(asked(kind, Scope.SUMMARY, birth), NOON, TODAY)

    assert [each.where for each in found] == against


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"patient_died": True}, "$.patient"),
        ({"caregiver_died": True}, "$.caregiver"),
        ({"caregiver_birth": "2008"}, "$.caregiver"),
        ({"caregiver_birth": None}, "$.caregiver"),
        ({"ends_at": NOON}, "$.endsAt"),
        ({"ends_at": None}, "$.endsAt"),
        ({"ends_at": NOON + timedelta(days=367)}, "$.endsAt"),
    ],
)
def test_nobody_is_admitted_to_an_adults_record_without_an_end_or_by_who_cannot_act(
    more: dict[str, object], where: str
) -> None:
    found = obstacles(asked(RepresentativeKind.GUARDIAN, Scope.FULL, "1950", **more), NOON, TODAY)

    assert [each.where for each in found] == [where]


def test_an_invitation_makes_no_more_than_its_kind_may_be() -> None:
    for scope in (Scope.SUMMARY, Scope.FULL):
        assert scope in KIND_RULES[kind_of_invitation(scope)].scopes


def test_what_is_the_patients_own_is_in_no_grant() -> None:
    own = {RecordClass.INBOX, RecordClass.DEVICES, RecordClass.CAREGIVERS, RecordClass.ACCESS_LOG,
           RecordClass.DOSES}  # fmt: skip

    assert OPENS[Scope.OWN] == set(RecordClass)
    assert OPENS[Scope.SUMMARY] < OPENS[Scope.FULL]
    assert not own & OPENS[Scope.FULL]
