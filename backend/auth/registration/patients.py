"""Registers patients from what their facility says, and finds them again: each is one chart.

Nothing here looks beyond the facility. A chart is known by the facility's own numbers and by a
citizen id; never by name, phone or year of birth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from backend.auth.access.chart_turn import take_turn_alone
from backend.auth.caregivers.reviews import move_reviews
from backend.auth.desk_tasks import DeskTaskKind, open_task_once
from backend.auth.identity import demographics, identifiers
from backend.auth.identity.blind_index import charts_having, lock_identifiers
from backend.auth.identity.identifiers import Filed, Identifier
from backend.auth.identity.number_systems import numbering_of
from backend.auth.identity.numbering import Numbering, StatedNumbers, read_numbers
from backend.auth.phones import contact_points
from backend.auth.registration.chart_endings import DECEASED, end_reach, replace_citizen_id
from backend.auth.registration.locked_charts import charts_in, locked_charts, turns
from backend.auth.registration.person import Known, Person, described, updated
from backend.auth.registration.which_chart import (
    Chart,
    Choice,
    IdentityConflict,
    OtherDetails,
    OwnNumbersConflict,
    Said,
    SharedNumber,
    choose,
    choose_as_told,
    shared_faults,
)
from backend.auth.sessions.kept_apart import end_what_is_anothers
from backend.core.audit import Act, write_down
from backend.core.errors import HubError

__all__ = ["Identifier", "IdentityConflict", "Known", "MergedAway", "NotIdentified",
           "OtherDetails", "OwnNumbersConflict", "Person", "SharedNumber", "charts_meant",
           "charts_of_citizen",
           "find", "register"]  # fmt: skip


class MergedAway(Exception):
    """This is said of a chart that was merged into another, as if that had not been."""

    def __init__(self, identifier: UUID) -> None:
        super().__init__()
        self.identifier = identifier
        """By which number."""


class NotIdentified(HubError):
    """A patient needs a citizen id or the facility's own patient number."""

    code = "not_identified"
    status = 422


async def register(
    person: Person,
    facility: UUID,
    numbering: Numbering | None = None,
    *,
    stands: bool = False,
    create_only: bool = False,
    meant: UUID | None = None,
) -> Known:
    """Create or update a chart, in intake's transaction. The same again changes nothing.

    What is said of a chart that was merged into another does not describe that one.

    Args:
        person: as the facility describes them.
        facility: whose chart it is.
        numbering: what is declared of its numbers; read where it is not given.
        stands: whether it says that this patient is merged into nobody.
        create_only: whether a chart that is there already is left as it is.
        meant: the chart that a person at the facility's desk has named.

    Raises:
        MergedAway: but is; nothing was changed.
        OwnNumbersConflict, OtherDetails: a human must say which chart is meant.
        NotIdentified: no number a patient can be known by.
        SharedNumber: each number is another chart's too.
        NotACitizenId: what was given as a citizen id is none.
        NotFound: the chart that was named is none of this facility.
    """
    numbering = numbering or await numbering_of(facility)
    said = _said(person, numbering)
    own = contact_points.readable([person.mobile])
    finding = [*said.numbers.citizen_ids, *said.numbers.own]
    if not finding:
        raise NotIdentified
    await lock_identifiers([*turns(finding, facility), *(("phone", number) for number in own)])
    found, charts = await locked_charts(finding, facility, meant)
    choice = choose_as_told(said, found, charts, meant) if meant else choose(said, found, charts)
    chart, created = choice.chart, choice.chart is None
    numbers = [number for number in said.numbers.all if number not in choice.left_out]
    if chart is None:
        chart = await _add(person, said, facility)
        hubs_own = f"Patient/{identifiers.name_of_chart(facility, chart.id)}"
        numbers.append(Identifier(identifiers.FHIR_ID, hubs_own))
    elif create_only:
        return _known(chart, said.numbers, choice)
    merged = identifiers.merged_away(chart.filed, said.numbers.own)
    if merged and stands:
        raise MergedAway(merged.id)
    if merged:
        numbers = [number for number in numbers if number in said.numbers.own]
    changed = created or (merged is None and await _update(chart, person, facility))
    if choice.replaces:
        await replace_citizen_id(chart.id, choice.replaces, facility)
    filed = await _file(chart, numbers, facility, said.numbers, merged)
    if not merged:
        others = contact_points.readable(person.other_phones)
        changed |= await _keep_phones(chart.id, facility, own, others)
    if changed or filed:
        await end_what_is_anothers(chart.id)
    await _move_reviews(chart, person, facility, merged)
    if choice.apart_from:
        await open_task_once(DeskTaskKind.KEPT_APART, choice.apart_from, facility, chart.id)
    known = _known(replace(chart, filed=[*chart.filed, *filed]), said.numbers, choice)
    return replace(known, changed=changed or bool(filed), created=created)


async def find(
    stated: Sequence[Identifier], facility: UUID, numbering: Numbering | None = None
) -> Known | None:
    """Find which of the facility's charts is meant.

    Raises:
        OwnNumbersConflict: the numbers lead to two charts.
        SharedNumber: each is a number of two charts.
        NotACitizenId: what was given as a citizen id is none.
    """
    numbering = numbering or await numbering_of(facility)
    meant = _meant(stated, numbering)
    found = await identifiers.charts_with(meant, facility)
    charts = {charts[0] for charts in found.values() if len(charts) == 1}
    shared = [number for number, charts in found.items() if len(charts) > 1]
    if len(charts) > 1:
        raise OwnNumbersConflict
    if not charts and shared:
        raise SharedNumber(faults=shared_faults(await _written(shared, found)))
    if not charts:
        return None
    (chart,) = charts
    filed = identifiers.filed_under(await identifiers.filed_of(chart), meant)
    return Known(patient=chart, identifier=filed.id, home=filed.home or chart)


async def charts_meant(stated: Sequence[Identifier], facility: UUID) -> list[UUID]:
    """List every chart of the facility that one of these numbers leads to.

    Raises:
        NotACitizenId: what was given as a citizen id is none.
    """
    meant = _meant(stated, await numbering_of(facility))
    found = await identifiers.charts_with(meant, facility)
    return sorted(charts_in(found))


def _meant(stated: Sequence[Identifier], numbering: Numbering) -> list[Identifier]:
    """Give what a reference is looked up by: one that names no system means the main one."""
    read = read_numbers(stated, numbering, None, "")
    bare = [
        number for number in identifiers.tidy(stated) if number.system == identifiers.ANY_SYSTEM
    ]
    if numbering.main is not None:
        bare = [Identifier(numbering.main, number.value) for number in bare]
    return [*read.citizen_ids, *read.own, *read.aliases, *bare]


async def _written(
    shared: Sequence[Identifier], found: Mapping[Identifier, Sequence[UUID]]
) -> list[Identifier]:
    """Give shared numbers with the systems that they have in the charts."""
    values = {number.value for number in shared}
    charts = {chart for number in shared for chart in found[number]}
    filed = await identifiers.filed_of_all(sorted(charts))
    numbers = [entry.identifier for every in filed.values() for entry in every if entry.active]
    return [number for number in numbers if number.value in values]


async def charts_of_citizen(number: str, facility: UUID | None = None) -> list[UUID]:
    """Find every chart with this parsed citizen id, of one facility where one is named."""
    if facility is None:
        return await charts_having([("citizen-id", number)])
    wanted = Identifier(identifiers.CITIZEN_ID, number)
    return (await identifiers.charts_with([wanted], facility))[wanted]


def _said(person: Person, numbering: Numbering) -> Said:
    numbers = read_numbers(person.identifiers, numbering, person.birth_date, person.sex)
    former = read_numbers(person.former, numbering, None, "") if person.former else StatedNumbers()
    return Said(numbers, described(person), frozenset(former.citizen_ids))


async def _add(person: Person, said: Said, facility: UUID) -> Chart:
    chart = await demographics.store_new(described(person), facility)
    await _write_down("patient.registered", chart, facility)
    return Chart(chart, said.details, [])


async def _update(chart: Chart, person: Person, facility: UUID) -> bool:
    """Take over what is said. The facility's word about its own chart is enough."""
    before, after = chart.details, updated(chart.details, person)
    if after == before:
        return False
    await take_turn_alone(chart.id)  # who opens it meanwhile would compare it as it was
    await demographics.store(chart.id, after)
    if after.deceased_at and not before.deceased_at:
        await end_reach(chart.id, DECEASED, facility)
    await _write_down("patient.changed", chart.id, facility)
    return True


async def _move_reviews(chart: Chart, person: Person, facility: UUID, merged: Filed | None) -> None:
    """Let grants follow a corrected birth date: last of all, in the order of all locks."""
    before, after = chart.details, updated(chart.details, person)
    if not merged and after.birth_date != before.birth_date:
        await move_reviews(chart.id, after.birth_date, facility)


async def _file(
    chart: Chart,
    numbers: Sequence[Identifier],
    facility: UUID,
    stated: StatedNumbers,
    merged: Filed | None,
) -> list[Filed]:
    """Write down the numbers that are new: a cancelled one does not come back like this."""
    known = {entry.identifier for entry in chart.filed}
    new = [number for number in numbers if number not in known]
    if new and chart.filed:
        await take_turn_alone(chart.id)
    return [
        await identifiers.file(
            chart.id, number, facility, merged.home if merged else None,
            finds=() if number in stated.kept else identifiers.found_by(number, facility),
        )
        for number in new
    ]  # fmt: skip


def _known(chart: Chart, numbers: StatedNumbers, choice: Choice) -> Known:
    stated = [number for number in numbers.all if number not in choice.left_out]
    filed = identifiers.filed_under(chart.filed, stated)
    return Known(
        patient=chart.id,
        identifier=filed.id,
        home=filed.home or chart.id,
        replaced=bool(choice.replaces),
        remarks=tuple(choice.remarks),
    )


async def _keep_phones(patient: UUID, facility: UUID, own: list[str], others: list[str]) -> bool:
    changed = False
    for number in own:
        changed |= await contact_points.keep_own(patient, facility, number)
    for number in others:
        if number not in own:
            changed |= await contact_points.keep_relative(patient, facility, number)
    return changed


async def _write_down(action: str, patient: UUID, facility: UUID) -> None:
    await write_down(Act(actor_kind="facility", actor=facility, patient=patient, action=action))
