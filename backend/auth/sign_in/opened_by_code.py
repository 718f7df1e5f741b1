"""Says which charts a right code opens, and which it only finds."""

from collections.abc import Collection, Sequence
from uuid import UUID

from backend.auth.phones.phones import note_code_shown
from backend.auth.sessions.chart_levels import CodeAt, level_of_code
from backend.auth.sessions.session_charts import CODE, FOUND, Proved
from backend.auth.sign_in.pairs import ChartOfPair, Pair, charts_of, lock_charts_of
from backend.core.database import execute


def opened_of(charts: Sequence[ChartOfPair], yes: Collection[UUID] = ()) -> list[ChartOfPair]:
    """Choose what a right code opens: bound charts, those with a yes, else the only one there is.

    What it does not open, it finds: a facility states the number, and that alone opens nothing.
    """
    opened = [each for each in charts if each.bound or each.chart in yes]
    return opened or (list(charts) if len(charts) == 1 else [])


async def proved_by_code(
    pair: Pair, key: str, session: UUID | None = None, yes: Collection[UUID] = ()
) -> list[Proved]:
    """Open and find the charts of a pair whose code was right; an opened one is bound by it.

    Joins the caller's transaction, and locks the numbers of these charts: a facility that states
    another one meanwhile comes before or after.

    Args:
        pair: as it was asked for.
        key: the thumbprint of the device's key.
        session: the living session that it is shown in.
        yes: found charts that the person said yes to.
    """
    await lock_charts_of(pair.kind, pair.subject)
    charts = await charts_of(pair)
    opened = opened_of(charts, yes)
    return [await _open(each, key, session) if each in opened else _found(each) for each in charts]


async def _open(chart: ChartOfPair, key: str, session: UUID | None) -> Proved:
    level = await level_of_code(CodeAt(chart.chart, chart.contact, key, session))
    await bind(chart.contact)
    await note_code_shown(chart.contact)
    return Proved(
        chart=chart.chart, level=level.level, proof=CODE, contact=chart.contact,
        never_restricted=level.never_restricted,
    )  # fmt: skip


def _found(chart: ChartOfPair) -> Proved:
    return Proved(chart=chart.chart, level=FOUND, proof=CODE, contact=chart.contact)


async def bind(contact: UUID) -> None:
    """Write down that a person has shown a number that a facility stated: it is theirs now."""
    await execute(
        "UPDATE contact_point SET confirmed_by = 'patient', proved_at = hub_clock()"
        " WHERE id = $1 AND confirmed_by NOT IN ('patient', 'desk')",
        contact,
    )
