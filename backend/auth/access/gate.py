"""The one gate to records: session, reach, grant, level, audit rows and role in one statement.

The statement calls a function of `schema/repeatable/gate.py`. A session may read the charts that it
reaches, or another chart by a grant.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID

from backend.auth.rules import Level, RecordClass, Scope, levels_that_read, scopes_that_open
from backend.core.audit import Act, write_down
from backend.core.database import Row, fetch, fetch_one, transaction
from backend.core.errors import HubError, NotFound

OPEN: Final = "open"
_OPEN_TO: Final[Mapping[str, tuple[list[Level], list[Scope]]]] = {
    record_class: (levels_that_read(record_class), scopes_that_open(record_class))
    for record_class in RecordClass
}
"""Which levels and scopes open a class of records. Any other word asks for no level, no scope."""


class StrongerSignInNeeded(HubError):
    """A stronger sign-in is needed for this: confirm on your other phone or at the desk."""

    code = "stronger_sign_in_needed"
    status = 403


class NotSignedIn(HubError):
    """Sign in, then try again."""

    code = "not_signed_in"
    status = 401


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request, from a verified access token. The gate checks the session."""

    session: UUID
    address: str = ""
    """From which network address, for the audit row."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The charts that are open to a session, and the scope of that access."""

    charts: list[UUID]
    """In the order in which the session reached them; none where it reaches none."""
    scope: str
    """own, full or summary (`rules.Scope`)."""
    grant: UUID | None = None
    """What lets the caller read another's chart."""
    weak: list[str] | None = None
    """The facilities whose charts need a stronger sign-in for this, where there are some."""

    @property
    def patient(self) -> UUID:
        """Give the chart that was reached first.

        Raises:
            NotFound: the session reaches none.
        """
        if not self.charts:
            raise NotFound
        return self.charts[0]


async def read_page_of(
    table: str, caller: Caller, chart: UUID | None, record_class: RecordClass, *page: object
) -> Sequence[Row]:
    """Open the charts of a session and read a page of them, all in one statement: one round trip.

    Args:
        table: of the function `read_<table>_page` (`pages`, `changes` and `access_log` in
            `schema/repeatable/`): a table of records, or a word such as `timeline`.
        caller: who asks.
        chart: the one that is asked for; `None` is every chart that the session reaches.
        record_class: what of it.
        page: what this function asks for besides: where the page begins, and how many rows.

    Returns:
        First what the gate said, with the facilities in `weak` that need a stronger sign-in (of a
        refusal, with the charts in `reach` that it is about). The rest is as the function says.

    Raises:
        NotSignedIn, NotFound, StrongerSignInNeeded: as `reading_as` does.
    """
    statement = _page_statement(table, record_class, len(page))
    rows = await fetch(statement, caller.session, chart, caller.address, *page)
    if rows[0]["answer"] != OPEN:
        refused = _refusal(rows[0]["answer"])
        await _write_denial(caller, chart, record_class, rows[0], refused)
        raise refused
    return rows


@cache
def _page_statement(table: str, record_class: RecordClass, most: int) -> str:
    """Write what `read_page_of` asks: what is the same for every reader stands in the text."""
    levels, scopes = (_listed(names) for names in _OPEN_TO[record_class])
    page = "".join(f", ${place}" for place in range(4, 4 + most))
    gate = f"$1, $2, '{record_class}', $3, {levels}, {scopes}"
    return f"SELECT * FROM read_{table}_page({gate}{page})"


def _listed(names: Iterable[str]) -> str:
    return f"'{{{','.join(names)}}}'"


@asynccontextmanager
async def reading_as(
    caller: Caller, chart: UUID | None, record_class: str
) -> AsyncIterator[Reader]:
    """Open charts for the block, as `hub_patient`; `None` is every chart that the session reaches.

    A `RecordClass` opens the charts that are reached at a level for it, or the one of a grant with
    a scope for it. Any other word only names the act in the audit row: use it for what is the
    caller's own alone, since every level and every grant would open it.

    Raises:
        NotSignedIn: the session was ended or is over.
        NotFound: no such chart, no grant, or one that does not open this: nobody learns which.
        StrongerSignInNeeded: none of the charts is reached at a level that opens it.
    """
    gate: Row | None = None
    try:
        async with transaction():
            gate = await fetch_one(
                "SELECT answer, reach, scope, grant_id, weak"
                " FROM open_reading($1, $2, $3, $4, $5, $6)",
                *_gate_arguments(caller, chart, record_class),
            )
            assert gate, "open_reading always answers"
            if gate["answer"] != OPEN:
                raise _refusal(gate["answer"])
            yield Reader(gate["reach"], gate["scope"], gate["grant_id"], gate["weak"])
    except HubError as refused:
        await _write_denial(caller, chart, record_class, gate, refused)
        raise


def _gate_arguments(caller: Caller, chart: UUID | None, record_class: str) -> tuple[object, ...]:
    """List what `open_reading` takes, in its order."""
    return (
        caller.session,
        chart,
        str(record_class),
        caller.address,
        *_OPEN_TO.get(record_class, (None, None)),
    )


def _refusal(answer: str) -> HubError:
    match answer:
        case NotSignedIn.code:
            return NotSignedIn()
        case StrongerSignInNeeded.code:
            return StrongerSignInNeeded()
        case _:
            return NotFound()


async def _write_denial(
    caller: Caller, chart: UUID | None, record_class: str, gate: Row | None, refused: HubError
) -> None:
    """Write the audit rows of a refusal, outside the transaction that the refusal rolled back."""
    if isinstance(refused, NotSignedIn):  # nobody is known to have asked
        return
    charts = gate["reach"] if gate else [chart]
    for about in charts or [None]:
        await write_down(
            Act(
                actor_kind="patient",
                actor=caller.session,
                patient=about,
                action=record_class,
                subject=gate["grant_id"] if gate else None,
                from_where=caller.address,
                result=refused.code,
            )
        )


def patient_in_path(text: str) -> UUID | None:
    """Read the chart of a route's path: `None` for `me`, every chart that the session reaches.

    Raises:
        NotFound: neither `me` nor an id; the answer is that of an id that nobody has.
    """
    if text == "me":
        return None
    try:
        patient = UUID(text)
    except ValueError as malformed:
        raise NotFound from malformed
    if str(patient) != text.lower():  # without hyphens, or with braces: another spelling
        raise NotFound
    return patient
