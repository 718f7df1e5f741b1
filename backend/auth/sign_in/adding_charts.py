"""Adds charts to a living session: by a yes to what was found, or by a code to another number."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.auth.access.gate import Caller
from backend.auth.rules import Level
from backend.auth.sessions.chart_actions import ChartAction, refusals_written
from backend.auth.sessions.kept_apart import check_one_person
from backend.auth.sessions.session_charts import IS_REACHED, LivingSession, lock_session
from backend.auth.sign_in import code_requests, shown_codes
from backend.auth.sign_in.code_requests import Asking, IssuedChallenge
from backend.auth.sign_in.my_charts import FOUND_NOW
from backend.auth.sign_in.opened_by_code import open_by_code, open_chart
from backend.auth.sign_in.pairs import (
    CITIZEN,
    charts_with_numbers_locked,
    lock_numbers,
    pair_of_chart,
    take_turn,
)
from backend.auth.sign_in.shown_codes import WrongCode
from backend.core.database import Row, execute, fetch, fetch_value, transaction
from backend.core.errors import HubError, NotFound

ADDED = "charts.added"
_RISING = (
    "SELECT sc.id, sc.chart, sc.contact, true AS yes_takes_code FROM session_chart sc"
    " WHERE sc.session = $1 AND sc.ended_at IS NULL AND sc.contact IS NOT NULL"
    f" AND sc.level = '{Level.OTP_LIMITED}'"
)
"""Charts that a second code may lift."""


class SlipNeeded(HubError):
    """No code can open this: its hospital has no number for it. Ask for a slip at its desk."""

    code = "slip_needed"
    status = 409


@dataclass(frozen=True, slots=True)
class YesSaid:
    """What a yes has opened, and what it still takes."""

    opened: list[UUID]
    asked: IssuedChallenge | None
    """A code is on its way for the others."""


async def asking_of(caller: Caller) -> Asking:
    """Give who asks in a living session: its key counts as that of its device.

    Raises:
        NotSignedIn: it was ended or is over.
    """
    async with transaction():
        session = await lock_session(caller)
    return Asking(session.key, caller.address, session.id)


async def say_yes(caller: Caller, charts: Collection[UUID], asking: Asking) -> YesSaid:
    """Open found charts; where no code was shown to the number of one, ask for it first.

    A chart that is open too weakly may be named too: a second code may lift it.

    Raises:
        NotSignedIn: the session was ended or is over.
        NotFound: one of them is not found in this session, or not any more.
        AnotherPerson: one of them cannot be in this session.
        SlipNeeded: there is no number that a code could go to.
        TooOften, FastStoreAway: see `code_requests`.
    """
    act = ChartAction(caller, ADDED)
    async with refusals_written(act):
        async with transaction():
            waiting = await _open_those_without_code(act, sorted(set(charts)))
        if not waiting:
            return YesSaid(act.about, None)
        pair = await pair_of_chart(waiting[0]["chart"], waiting[0]["contact"])
        return YesSaid(act.about, await code_requests.ask(pair, asking, None))


async def show_code(caller: Caller, challenge: UUID, code: str, asking: Asking) -> list[UUID]:
    """Open what a right code proves, and what was said yes to before; give what is open anew.

    Raises:
        NotSignedIn: the session was ended or is over.
        WrongCode: wrong, too late, used, tried too often, asked for elsewhere, or never.
        AnotherPerson: it is right, and about charts that cannot be in this session.
        TooOften, FastStoreAway: see `shown_codes`.
    """
    act = ChartAction(caller, ADDED, challenge)
    async with refusals_written(act):
        shown = await shown_codes.compare(challenge, code, asking)
        if shown is None or not shown.right:
            raise WrongCode
        async with transaction():
            await take_turn(shown.pair.subject)
            named = await charts_with_numbers_locked(shown.pair)
            session = await lock_session(caller)
            if not await shown_codes.use(shown):
                raise WrongCode
            before = await _levels(session)
            opened = await open_by_code(session, shown.pair, named, await _said_yes(session))
            after = await _levels(session)
            act.about = [one for one in opened if before.get(one) != after.get(one)]
            await _note_shown(session, shown.pair.number)
            if act.about:
                await act.written_down()
    return act.about


async def _open_those_without_code(act: ChartAction, charts: Sequence[UUID]) -> Sequence[Row]:
    """Open what takes no code; note the yes to the others of one number, and give those."""
    await take_turn(await _subjects(charts), charts)
    await lock_numbers(charts)
    session = await lock_session(act.caller)
    rising, found = await fetch(_RISING, session.id), await fetch(FOUND_NOW, session.id)
    rows = {row["chart"]: row for row in (*rising, *found)}
    if not charts or any(chart not in rows for chart in charts):
        raise NotFound
    await check_one_person(session.id, charts)
    named = [rows[chart] for chart in charts]
    for row in named:
        if not row["yes_takes_code"]:
            await open_chart(session, row["chart"], row["contact"])
            act.about.append(row["chart"])
    if act.about:
        await act.written_down()
    waiting = [row for row in named if row["yes_takes_code"]]
    if any(row["contact"] is None for row in waiting):
        raise SlipNeeded
    return await _note_yes(waiting)


async def _note_yes(waiting: Sequence[Row]) -> Sequence[Row]:
    """Note the yes to charts with the number of the first; one code opens them all."""
    if not waiting:
        return []
    noted = await fetch(
        "UPDATE session_chart sc SET yes_at = hub_clock() FROM contact_point c, contact_point one"
        " WHERE sc.id = ANY($1) AND c.id = ANY($2) AND c.patient = sc.chart AND one.id = $3"
        " AND c.number_hash = one.number_hash RETURNING sc.id",
        [row["id"] for row in waiting], [row["contact"] for row in waiting],
        waiting[0]["contact"],
    )  # fmt: skip
    return [row for row in waiting if row["id"] in {one["id"] for one in noted}]


async def _levels(session: LivingSession) -> dict[UUID, str]:
    rows = await fetch(
        f"SELECT sc.chart, sc.level FROM session_chart sc WHERE sc.session = $1 AND {IS_REACHED}",
        session.id,
    )
    return {row["chart"]: row["level"] for row in rows}


async def _said_yes(session: LivingSession) -> list[UUID]:
    rows = await fetch(
        "SELECT chart FROM session_chart WHERE session = $1 AND ended_at IS NULL"
        " AND yes_at IS NOT NULL",
        session.id,
    )
    return [row["chart"] for row in rows]


async def _note_shown(session: LivingSession, number: Sequence[bytes]) -> None:
    """Let a yes to other found charts with this number need no further code."""
    await execute(
        "UPDATE session_chart sc SET yes_takes_code = false FROM contact_point c"
        " WHERE sc.session = $1 AND sc.ended_at IS NULL AND sc.level = 'found'"
        " AND sc.proof = 'code' AND c.id = sc.contact AND c.number_hash = ANY($2::bytea[])",
        session.id, number,
    )  # fmt: skip


async def _subjects(charts: Sequence[UUID]) -> list[bytes]:
    hashes = await fetch_value(
        "SELECT array_agg(DISTINCT hash) FROM patient_lookup WHERE kind = $2 AND patient = ANY($1)",
        charts, CITIZEN,
    )  # fmt: skip
    return list(hashes or [])
