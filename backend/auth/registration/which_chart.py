"""Which of its charts a facility means by what it says of a patient: decisions only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from backend.auth.identity import citizen_id
from backend.auth.identity.demographic_match import conflicts
from backend.auth.identity.demographics import Details
from backend.auth.identity.identifiers import FHIR_ID, Filed, Identifier, is_citizen_id
from backend.auth.identity.numbering import StatedNumbers
from backend.core.errors import HubError, Issue

_SHARED: Final = (
    "identifier of system '{system}': another of your charts has this number too, so it finds"
    " nobody"
)
_UNDECLARED: Final = (
    "identifier of system '{system}': nobody has said what its numbers are; it was used as a chart"
    " number"
)


class IdentityConflict(HubError):
    """These identifiers and details do not belong to one person."""

    code = "identity_conflict"
    status = 409


class OwnNumbersConflict(IdentityConflict):
    """Two of your own numbers, or a number and a citizen id, that you gave to different people."""

    code = "own_numbers_conflict"


class OtherDetails(IdentityConflict):
    """You gave this number to somebody with another birth date or sex, and it is the only one."""

    code = "other_details"


class SharedNumber(HubError):
    """Two of your charts have this number, so it finds neither. Name the patient by another."""

    code = "shared_number"
    status = 422


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that a stated number leads to."""

    id: UUID
    details: Details
    filed: Sequence[Filed]

    @property
    def citizen_ids(self) -> set[Identifier]:
        return {
            entry.identifier
            for entry in self.filed
            if entry.active and is_citizen_id(entry.identifier)
        }

    def has(self, number: Identifier) -> bool:
        return any(entry.identifier == number and entry.active for entry in self.filed)

    def has_no_more(self, number: Identifier) -> bool:
        """Tell whether a number was cancelled: who still says it is behind the times."""
        return any(entry.identifier == number and not entry.active for entry in self.filed)


@dataclass(slots=True)
class Choice:
    """Which chart is meant, and what of the stated numbers is taken for it."""

    chart: Chart | None = None
    """None: a new one."""
    left_out: set[Identifier] = field(default_factory=set)
    """Not taken for this chart."""
    apart_from: UUID | None = None
    """The chart whose citizen id was stated, and that cannot be the same person."""
    replaces: list[Filed] = field(default_factory=list)
    """Citizen ids in whose place the facility puts another."""
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Said:
    """What a facility says of one patient."""

    numbers: StatedNumbers
    details: Details
    former: frozenset[Identifier] = frozenset()
    """Numbers that it says are no longer the patient's."""

    @property
    def citizen_id(self) -> Identifier | None:
        return next(iter(self.numbers.citizen_ids), None)


Found = Mapping[Identifier, Sequence[UUID]]
Charts = Mapping[UUID, Chart]


def choose(said: Said, found: Found, charts: Charts) -> Choice:
    """Decide which chart is meant.

    Args:
        said: by the facility.
        found: the charts of the facility that each number leads to.
        charts: all of these.

    Raises:
        OwnNumbersConflict: its numbers lead to two charts that may be one person, or to a chart
            with another citizen id.
        OtherDetails: only one number leads to a chart, and that is somebody else's.
        SharedNumber: every number that it has is another chart's too.
    """
    if len(set(said.numbers.citizen_ids)) > 1:
        raise OwnNumbersConflict
    choice = Choice()
    meant = _one_of({_only(found, number) for number in said.numbers.sure})
    refused: list[Identifier] = []
    if meant is None:
        used, refused = _by_undeclared(said, found, charts)
        meant = _one_of(used)
    if meant is not None:
        choice.chart = charts[meant]
        _settle_citizen_id(said, found, charts, choice)
    else:
        _by_citizen_id(said, found, charts, choice, refused)
    _remark_on_numbers(said, found, choice)
    return choice


def choose_as_told(said: Said, found: Found, charts: Charts, meant: UUID) -> Choice:
    """Take the chart that a person at the facility's desk has named, whatever else is stated.

    A number that leads to another chart stays with that one.
    """
    choice = Choice(chart=charts[meant])
    choice.left_out = {
        number
        for number in [*said.numbers.own, *said.numbers.citizen_ids]
        if set(found.get(number, ())) - {meant}
    }
    if choice.left_out & set(said.numbers.citizen_ids):
        choice.left_out |= set(said.numbers.aliases)
    elif said.citizen_id and said.citizen_id not in charts[meant].citizen_ids:
        choice.replaces = [
            entry
            for entry in charts[meant].filed
            if entry.active and is_citizen_id(entry.identifier)
        ]
    return choice


def _only(found: Found, number: Identifier) -> UUID | None:
    """Give the one chart that a number leads to: a number that two charts have finds nobody."""
    charts = found.get(number, ())
    return charts[0] if len(charts) == 1 else None


def _one_of(charts: set[UUID | None]) -> UUID | None:
    known = charts - {None}
    if len(known) > 1:
        raise OwnNumbersConflict
    return next(iter(known), None)


def _by_undeclared(
    said: Said, found: Found, charts: Charts
) -> tuple[set[UUID | None], list[Identifier]]:
    """Give the charts that numbers of undeclared systems speak for, and the numbers that do not."""
    used: set[UUID | None] = set()
    refused = []
    for number in said.numbers.undeclared:
        chart = _only(found, number)
        if chart is None:
            continue
        if _speaks_for(number, charts[chart], said):
            used.add(chart)
        else:
            refused.append(number)
    return used, refused


def _speaks_for(number: Identifier, chart: Chart, said: Said) -> bool:
    """Tell whether an undeclared number may find this chart: nothing else speaks against it."""
    if any(entry.identifier == number and entry.home for entry in chart.filed):
        return True  # the facility has merged whoever had it
    if said.citizen_id in chart.citizen_ids:
        return True
    if said.citizen_id and chart.citizen_ids and not chart.citizen_ids <= said.former:
        return False
    return not conflicts(chart.details, said.details) and not _other_in_its_system(said, chart)


def _other_in_its_system(said: Said, chart: Chart) -> bool:
    """Tell whether chart and statement have numbers of one system, and none of them in common."""
    known = {entry.identifier for entry in chart.filed if entry.identifier.system != FHIR_ID}
    stated = set(said.numbers.own)
    systems = {identifier.system for identifier in known} & {
        identifier.system for identifier in stated
    }
    return systems > {identifier.system for identifier in known & stated}


def _settle_citizen_id(said: Said, found: Found, charts: Charts, choice: Choice) -> None:
    """See whether the stated citizen id is this chart's: a first one, the same, or a new one."""
    chart, number = choice.chart, said.citizen_id
    if chart is None or number is None or chart.has_no_more(number):
        return
    has = chart.citizen_ids
    if has and number not in has:
        if not has <= said.former:
            raise OwnNumbersConflict
        choice.replaces = [
            entry for entry in chart.filed if entry.active and entry.identifier in has
        ]
    others = [other for other in found.get(number, ()) if other != chart.id]
    if not others:
        return
    if choice.replaces or not all(_are_two(charts[other], said) for other in others):
        raise OwnNumbersConflict
    _keep_apart(said, others[0], choice)


def _by_citizen_id(
    said: Said, found: Found, charts: Charts, choice: Choice, refused: Sequence[Identifier]
) -> None:
    """Find the chart by the citizen id, or make a new one for the facility's own number."""
    number = said.citizen_id
    owner = _only(found, number) if number else None
    unused = [identifier for identifier in said.numbers.own if not found.get(identifier)]
    if owner is not None and not _are_two(charts[owner], said):
        choice.chart = charts[owner]
    elif owner is not None:
        if not unused:
            raise OtherDetails
        _keep_apart(said, owner, choice)
    elif not unused and (number is None or found.get(number)):
        if refused:
            raise OtherDetails
        raise SharedNumber(faults=shared_faults(said.numbers.own))


def _are_two(chart: Chart, said: Said) -> bool:
    """Tell whether a chart and what is said now, under the same citizen id, are two people.

    The number says year and sex itself: a chart of which neither is known has those.
    """
    if conflicts(chart.details, said.details):
        return True
    if said.citizen_id is None or (chart.details.birth_date and chart.details.sex != "unknown"):
        return False
    birth = None if chart.details.birth_date else said.details.birth_date
    sex = said.details.sex if chart.details.sex == "unknown" else "unknown"
    return citizen_id.speaks_against(said.citizen_id.value, birth, sex)


def _keep_apart(said: Said, other: UUID, choice: Choice) -> None:
    choice.apart_from = other
    choice.left_out = {*said.numbers.citizen_ids, *said.numbers.aliases}
    choice.remarks.append(
        "its citizen id is another chart's, with another birth date or sex: it was not taken for"
        " this one, which is kept by its own number; a person at your desk looks at both"
    )


def _remark_on_numbers(said: Said, found: Found, choice: Choice) -> None:
    number, stated = said.citizen_id, said.details
    if number and citizen_id.speaks_against(number.value, stated.birth_date, stated.sex):
        choice.remarks.append("its citizen id says another year of birth, or another sex")
    meant = None if choice.chart is None else choice.chart.id
    for identifier in said.numbers.own:
        if set(found.get(identifier, ())) - {meant}:
            choice.remarks.append(_SHARED.format(system=identifier.system))
        elif identifier in said.numbers.undeclared:
            choice.remarks.append(_UNDECLARED.format(system=identifier.system))


def shared_faults(numbers: Sequence[Identifier], path: str = "identifier") -> list[Issue]:
    """Name the systems of numbers that two charts have; never a value."""
    return [
        Issue(path, f"two of your charts have this number of system '{system}'")
        for system in dict.fromkeys(number.system for number in numbers)
    ]
