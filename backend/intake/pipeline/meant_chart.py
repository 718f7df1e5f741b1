"""Lets a desk's word say which chart a waiting message means: its other numbers are left out."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from uuid import UUID

from backend.auth.identity.identifiers import (
    CITIZEN_ID,
    FHIR_ID,
    IN_MESSAGE,
    Identifier,
    charts_with,
    filed_of,
    is_citizen_id,
    name_of_chart,
)
from backend.auth.identity.numbering import Numbering, StatedNumbers, read_numbers
from backend.core.errors import HubError
from backend.intake.pipeline.events import InboundMessage, PatientRegistered
from backend.intake.pipeline.patient_matching import numbers_of


class NoChartMeant(HubError):
    """This message names two patients itself: a desk cannot say that it means one chart."""

    code = "no_chart_meant"
    status = 422


async def about_chart(message: InboundMessage, chart: UUID, numbering: Numbering) -> InboundMessage:
    """Give the message as if its Patient had been named by the hub's own name of the chart.

    Numbers that lead to other charts, and a citizen id beside the one that the chart has, are left
    out; what leads nowhere is taken for the chart.

    Raises:
        NoChartMeant: it merges two.
    """
    if message.replaced:
        raise NoChartMeant
    name = Identifier(FHIR_ID, f"Patient/{name_of_chart(numbering.facility, chart)}")
    left_out = await _anothers(numbers_of(message), chart, numbering)
    return replace(
        message,
        about=tuple(
            each if each.identifier.system == IN_MESSAGE else replace(each, identifier=name)
            for each in message.about
        ),
        events=tuple(
            replace(event, person=replace(
                event.person, identifiers=(name, *(
                    each for each in event.person.identifiers if each not in left_out
                )),
            ))
            if isinstance(event, PatientRegistered) else event
            for event in message.events
        ),
    )  # fmt: skip


async def charts_named(message: InboundMessage, numbering: Numbering) -> list[UUID]:
    """Give the charts that the message's numbers lead to, each once."""
    read = [_read(each, numbering) for each in numbers_of(message)]
    found = await charts_with(
        [number for one in read for number in (*one.citizen_ids, *one.own)], numbering.facility
    )
    return list(dict.fromkeys(chart for charts in found.values() for chart in charts))


async def _anothers(
    numbers: Iterable[Identifier], chart: UUID, numbering: Numbering
) -> Collection[Identifier]:
    """Give the numbers, as they were sent, that cannot be this chart's."""
    has = {each.identifier for each in await filed_of(chart) if each.active}
    named = {each for each in has if is_citizen_id(each)}
    left_out = set()
    for number in numbers:
        read = _read(number, numbering)
        means = [*read.citizen_ids, *read.own]
        found = await charts_with(means, numbering.facility)
        others = any(set(charts) - {chart} for charts in found.values())
        other_citizen = named and any(
            each.system == CITIZEN_ID and each not in named for each in read.citizen_ids
        )
        if others or other_citizen:
            left_out.add(number)
    return left_out


def _read(number: Identifier, numbering: Numbering) -> StatedNumbers:
    return read_numbers([number], numbering, None, "")
