"""Opens and finds charts with a right code: for a new session, or for one that lives."""

from collections.abc import Collection, Sequence
from uuid import UUID

from backend.auth.phones.binding import bind
from backend.auth.phones.phones import IS_BOUND, note_code_shown
from backend.auth.sessions.chart_levels import CodeAt, level_of_code
from backend.auth.sessions.kept_apart import AnotherPerson, can_join, check_one_person
from backend.auth.sessions.session_charts import (
    CODE,
    FOUND,
    LivingSession,
    Proved,
    reach,
)
from backend.auth.sign_in.pairs import ChartOfPair, Pair
from backend.core.database import fetch_value


def opened_of(charts: Sequence[ChartOfPair], yes: Collection[UUID] = ()) -> list[ChartOfPair]:
    """Choose what a right code opens: bound charts, those with a yes, else the only one there is.

    What it does not open, it finds: a facility states the number, and that alone opens nothing.
    """
    opened = [chart for chart in charts if chart.bound or chart.chart in yes]
    return opened or (list(charts) if len(charts) == 1 else [])


async def open_by_code(
    session: LivingSession, pair: Pair, named: Sequence[ChartOfPair], yes: Collection[UUID] = ()
) -> list[UUID]:
    """Open and find the charts of a pair whose code was right; an opened one is bound by it.

    Joins the caller's transaction, in which `take_turn` came first: a facility that ends one of the
    proofs meanwhile comes before, or after all of this.

    Args:
        session: it is new, or locked.
        pair: as it was asked for.
        named: its charts, whose numbers are locked.
        yes: found charts that the person said yes to.

    Returns:
        What was opened.

    Raises:
        AnotherPerson: none of it can be in this session.
    """
    joining = [chart for chart in named if await can_join(session.id, chart.chart)]
    if named and not joining:
        raise AnotherPerson
    await reach(session, [_found(chart, pair) for chart in joining])
    opened = opened_of(joining, yes)
    await check_one_person(session.id, [chart.chart for chart in opened])
    for chart in opened:
        await open_chart(session, chart.chart, chart.contact)
    return [chart.chart for chart in opened]


async def open_chart(session: LivingSession, chart: UUID, contact: UUID) -> None:
    """Open one chart by a code that came to its own mobile in use, and bind the number to it."""
    shown = CodeAt(chart, contact, session.key, session.id)
    level = await level_of_code(shown)
    if not await note_code_at_bound(contact):
        await bind(chart, contact)
    await reach(
        session,
        [
            Proved(
                chart=chart, level=level.level, proof=CODE, contact=contact,
                never_restricted=level.never_restricted,
            )
        ],
    )  # fmt: skip


async def note_code_at_bound(contact: UUID) -> bool:
    """Tell whether a number is bound already; one that has grown idle stays idle."""
    await note_code_shown(contact)
    return bool(
        await fetch_value(f"SELECT {IS_BOUND} FROM contact_point c WHERE c.id = $1", contact)
    )


def _found(chart: ChartOfPair, pair: Pair) -> Proved:
    return Proved(
        chart=chart.chart, level=FOUND, proof=CODE, contact=chart.contact, found_by=pair.subject
    )
