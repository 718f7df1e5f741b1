"""Keeps people apart: one session never reaches the charts of two.

Different citizen ids are two people. Where one chart has none, a contradicting birth date or sex
says so. Two charts of one facility are two people, too: that facility keeps them apart itself.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.auth.identity.demographic_match import conflicts
from backend.auth.identity.demographics import Details, details_of
from backend.auth.sessions.session_charts import IS_REACHED
from backend.core.change_signals import publish
from backend.core.database import execute, fetch
from backend.core.errors import HubError

APART = "another_person"
"""Why a reach ended: the chart turned out to be another person's."""


class AnotherPerson(HubError):
    """This is another person's, or another patient of the same hospital. Sign in for them apart."""

    code = "another_person"
    status = 409


@dataclass(frozen=True, slots=True)
class PersonOfChart:
    """What a chart says about who it is about."""

    chart: UUID
    facility: UUID | None
    citizen_ids: frozenset[bytes]
    """Keyed hashes: equal ones are one id. Empty where it has none that finds anybody."""
    details: Details


def is_another(one: PersonOfChart, other: PersonOfChart) -> bool:
    """Tell whether two charts cannot be in one session."""
    if one.chart == other.chart:
        return False
    if one.facility is not None and one.facility == other.facility:
        return True
    if one.citizen_ids and other.citizen_ids:
        return not one.citizen_ids & other.citizen_ids
    return conflicts(one.details, other.details)


async def check_one_person(session: UUID | None, charts: Collection[UUID]) -> None:
    """Refuse charts that cannot be in this session, or in one with each other.

    Raises:
        AnotherPerson: two of them, or one of them and one that the session reaches.
    """
    before = await _reached(session) if session else []
    people = await _people([*before, *charts])
    if any(_clash(person, people) for person in people if person.chart in charts):
        raise AnotherPerson


async def can_join(session: UUID, chart: UUID) -> bool:
    """Tell whether nothing that a session reaches is another person's than this chart."""
    try:
        await check_one_person(session, [chart])
    except AnotherPerson:
        return False
    return True


async def end_what_is_anothers(chart: UUID) -> list[UUID]:
    """End the reach of a chart wherever it has become another person's; give the sessions.

    Joins the caller's transaction. Whoever gives a chart another citizen id, birth date or sex
    calls it in its turn: a session that reaches others keeps those, and loses this one.
    """
    await execute(
        "SELECT FROM session s WHERE EXISTS (SELECT FROM session_chart sc WHERE sc.session = s.id"
        f" AND sc.chart = $1 AND {IS_REACHED}) ORDER BY s.id FOR NO KEY UPDATE OF s",
        chart,
    )
    rows = await fetch(
        "SELECT sc.session, array_agg(o.chart) AS others FROM session_chart sc"
        " JOIN session_chart o ON o.session = sc.session AND o.chart <> sc.chart"
        "  AND o.ended_at IS NULL AND o.level <> 'found'"
        f" WHERE sc.chart = $1 AND {IS_REACHED} GROUP BY sc.session ORDER BY sc.session",
        chart,
    )
    ended = []
    for row in rows:
        (mine,) = await _people([chart])
        if _clash(mine, await _people(row["others"])):
            await execute(
                "UPDATE session_chart SET ended_at = hub_clock(), ended_why = $3"
                " WHERE session = $1 AND chart = $2 AND ended_at IS NULL",
                row["session"], chart, APART,
            )  # fmt: skip
            ended.append(row["session"])
    if ended:
        publish(chart)
    return ended


def _clash(one: PersonOfChart, others: Iterable[PersonOfChart]) -> bool:
    return any(is_another(one, other) for other in others)


async def _reached(session: UUID) -> list[UUID]:
    rows = await fetch(
        f"SELECT sc.chart FROM session_chart sc WHERE sc.session = $1 AND {IS_REACHED}", session
    )
    return [row["chart"] for row in rows]


async def _people(charts: Sequence[UUID]) -> list[PersonOfChart]:
    rows = await fetch(
        "SELECT p.id, p.facility, coalesce(array_agg(l.hash) FILTER (WHERE l.hash IS NOT NULL),"
        " '{}') AS ids FROM patient p LEFT JOIN patient_lookup l ON l.patient = p.id"
        " AND l.kind = 'citizen-id' WHERE p.id = ANY($1) GROUP BY p.id ORDER BY p.id",
        list(charts),
    )
    return [
        PersonOfChart(
            row["id"], row["facility"], frozenset(map(bytes, row["ids"])),
            await details_of(row["id"]),
        )
        for row in rows
    ]  # fmt: skip
