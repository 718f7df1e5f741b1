"""Decides who may read for whom, how much, on which paper and until when: pure rules.

The kinds are those of the law on examination and treatment (15/2023/QH15, article 8); how much each
may read follows its article 69(4), and the narrower reading where the text leaves a doubt.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum

from backend.auth.identity.age import EIGHTEEN, SEVEN, earliest_birthday, is_surely, may_be
from backend.auth.rules import Scope


class RepresentativeKind(StrEnum):
    CHOSEN = "chosen"
    """Whom an adult patient chose."""
    AUTHORISED = "authorised"
    """Whom an adult patient gave a power of attorney."""
    FAMILY = "family"
    """Whom the family chose for an adult who cannot choose."""
    PARENT = "parent"
    GUARDIAN = "guardian"
    INSTITUTION = "institution"
    """Who acts for the body that cares for the patient."""


class Evidence(StrEnum):
    """The kind of paper that the desk checked. Its content is never stored."""

    IN_APP = "in_app"
    WRITTEN_REQUEST = "written_request"
    POWER_OF_ATTORNEY = "power_of_attorney"
    FAMILY_AGREEMENT = "family_agreement"
    BIRTH_CERTIFICATE = "birth_certificate"
    GUARDIANSHIP_PAPER = "guardianship_paper"
    COURT_DECISION = "court_decision"
    INSTITUTION_PAPER = "institution_paper"


class Represented(StrEnum):
    """The people whom a kind of representative can represent."""

    ADULT = "adult"
    CHILD = "child"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class KindRules:
    represented: Represented
    scopes: frozenset[Scope]
    evidence: frozenset[Evidence]
    must_end: bool = False
    """For an adult it is given for a year at most: no birthday would have it looked at again."""


_SUMMARY = frozenset({Scope.SUMMARY})
_EITHER = frozenset({Scope.SUMMARY, Scope.FULL})

KIND_RULES: dict[RepresentativeKind, KindRules] = {
    RepresentativeKind.CHOSEN: KindRules(
        Represented.ADULT, _SUMMARY, frozenset({Evidence.IN_APP, Evidence.WRITTEN_REQUEST})
    ),
    RepresentativeKind.AUTHORISED: KindRules(
        Represented.ADULT, _EITHER, frozenset({Evidence.IN_APP, Evidence.POWER_OF_ATTORNEY})
    ),
    RepresentativeKind.FAMILY: KindRules(
        Represented.ADULT, _SUMMARY, frozenset({Evidence.FAMILY_AGREEMENT}), must_end=True
    ),
    RepresentativeKind.PARENT: KindRules(
        Represented.CHILD, _EITHER, frozenset({Evidence.BIRTH_CERTIFICATE, Evidence.COURT_DECISION})
    ),
    RepresentativeKind.GUARDIAN: KindRules(
        Represented.EITHER, _EITHER,
        frozenset({Evidence.GUARDIANSHIP_PAPER, Evidence.COURT_DECISION}), must_end=True,
    ),
    RepresentativeKind.INSTITUTION: KindRules(
        Represented.EITHER, _SUMMARY, frozenset({Evidence.INSTITUTION_PAPER}), must_end=True
    ),
}  # fmt: skip
"""The whole table."""

LONGEST_FOR_AN_ADULT = timedelta(days=366)


def kind_of_invitation(scope: Scope) -> RepresentativeKind:
    """Give the kind of representative for an invitation: full access needs an authorisation."""
    return RepresentativeKind.CHOSEN if scope is Scope.SUMMARY else RepresentativeKind.AUTHORISED


class ReviewAge(IntEnum):
    """The age of the patient that makes a review of a grant necessary."""

    DOUBT = 0
    """The birth date is not known, or does not fit what was granted."""
    SEVEN = SEVEN
    EIGHTEEN = EIGHTEEN
    """Then it ends: only the adult can grant anew."""


@dataclass(frozen=True, slots=True)
class Review:
    day: date
    age: ReviewAge


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedGrant:
    """A grant that is requested, with what the hub knows about both people."""

    kind: RepresentativeKind
    scope: Scope
    evidence: Evidence
    ends_at: datetime | None
    patient_birth: str | None
    patient_died: bool
    caregiver_birth: str | None
    caregiver_died: bool


@dataclass(frozen=True, slots=True)
class Obstacle:
    where: str
    message: str


def obstacles(requested: RequestedGrant, now: datetime, today: date) -> list[Obstacle]:
    """List everything that stands against a grant. No grant is made in doubt."""
    terms = KIND_RULES[requested.kind]
    grown = may_be(EIGHTEEN, requested.patient_birth, today)
    found = {
        Obstacle("$.patient", "has died"): requested.patient_died,
        Obstacle("$.patient", "has no birth date on record"): requested.patient_birth is None,
        Obstacle("$.patient", "is not certainly 18"): terms.represented is Represented.ADULT
        and not is_surely(EIGHTEEN, requested.patient_birth, today),
        Obstacle("$.patient", "may be 18 by now"): terms.represented is Represented.CHILD and grown,
        Obstacle("$.caregiver", "has died"): requested.caregiver_died,
        Obstacle("$.caregiver", "is not certainly 18"): not is_surely(
            EIGHTEEN, requested.caregiver_birth, today
        ),
        Obstacle("$.scope", "is more than this kind may read"): requested.scope not in terms.scopes,
        Obstacle("$.evidence", "does not prove this kind"): requested.evidence
        not in terms.evidence,
        Obstacle("$.endsAt", "is not ahead, or more than a year ahead where it must end"): (
            not _ends_well(requested.ends_at, now, must_end=terms.must_end and grown)
        ),
    }
    return [obstacle for obstacle, stands in found.items() if stands]


def _ends_well(ends_at: datetime | None, now: datetime, *, must_end: bool) -> bool:
    if ends_at is None:
        return not must_end
    return ends_at > now and not (must_end and ends_at > now + LONGEST_FOR_AN_ADULT)


def next_review(kind: RepresentativeKind, birth: str | None, today: date) -> Review | None:
    """Give the day from which a grant opens nothing until its review; None if it needs none."""
    represented = KIND_RULES[kind].represented
    if birth is None:
        return Review(today, ReviewAge.DOUBT)
    if represented is Represented.ADULT:
        sure = is_surely(EIGHTEEN, birth, today)
        return None if sure else Review(today, ReviewAge.DOUBT)
    if earliest_birthday(birth, SEVEN) > today:
        return Review(earliest_birthday(birth, SEVEN), ReviewAge.SEVEN)
    grown = earliest_birthday(birth, EIGHTEEN)
    if grown <= today and represented is Represented.EITHER:
        return None
    return Review(grown, ReviewAge.EIGHTEEN)


def moved_review(
    kind: RepresentativeKind, before: ReviewAge | None, birth: str | None, today: date
) -> Review | None:
    """Give the day of review after a corrected birth date. A grant with a review keeps one.

    Who turns out to have been 7 already was never asked, so that the review is due at once.
    """
    review = next_review(kind, birth, today)
    if review is None:
        return None if before is None else Review(today, ReviewAge.DOUBT)
    if before is ReviewAge.SEVEN and review.age is ReviewAge.EIGHTEEN and review.day > today:
        return Review(today, ReviewAge.SEVEN)
    return review
