"""Lists the charts that a session reaches, and those that it has only found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.auth.access.gate import Caller
from backend.auth.phones.phones import TAKES_CODES
from backend.auth.rules import Level, RecordClass, may_read
from backend.auth.sessions.session_charts import FOUND, lock_session
from backend.auth.sign_in.pairs import CHART_TAKES_CODES, CITIZEN, OWN_MOBILE
from backend.core.audit import Act, write_down
from backend.core.database import Row, execute, fetch, transaction
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, unsealed

FOUND_NOW: Final = (
    "SELECT sc.id, sc.chart, c.id AS contact, sc.yes_takes_code FROM session_chart sc"
    f" JOIN patient p ON p.id = sc.chart AND {CHART_TAKES_CODES}"
    f" LEFT JOIN LATERAL {OWN_MOBILE} c ON {TAKES_CODES}"
    " WHERE sc.session = $1 AND sc.ended_at IS NULL AND sc.level = 'found'"
    " AND (sc.contact = c.id OR sc.proof = 'vneid') AND EXISTS (SELECT FROM patient_lookup l"
    "  WHERE l.patient = sc.chart AND l.hash = ANY(sc.found_by))"
)
"""The found charts that may still be said yes to: id and number that found one are still its own.
"""
_FIND_MORE: Final = (
    "WITH mine AS (SELECT sc.chart, sc.contact, p.facility FROM session_chart sc"
    "  JOIN patient p ON p.id = sc.chart WHERE sc.session = $1 AND sc.ended_at IS NULL"
    "  AND sc.level <> 'found'),"
    " numbers AS (SELECT c.number_hash FROM mine JOIN patient p ON p.id = mine.chart"
    f"  CROSS JOIN LATERAL {OWN_MOBILE} c WHERE c.id = mine.contact"
    "   AND c.confirmed_by IN ('patient', 'desk')),"
    " same AS (SELECT o.patient, array_agg(o.hash) AS found_by FROM mine"
    f"  JOIN patient_lookup l ON l.patient = mine.chart AND l.kind = '{CITIZEN}'"
    "  JOIN patient_lookup o ON o.kind = l.kind AND o.hash = l.hash GROUP BY o.patient)"
    " INSERT INTO session_chart (id, session, chart, level, proof, contact, yes_takes_code,"
    "  reached_at, found_by)"
    " SELECT DISTINCT ON (p.facility) uuidv7(), $1, p.id, 'found', 'code', c.id, true,"
    "  hub_clock(), same.found_by"
    f" FROM same JOIN patient p ON p.id = same.patient AND {CHART_TAKES_CODES}"
    f" CROSS JOIN LATERAL {OWN_MOBILE} c WHERE c.number_hash IN (SELECT number_hash FROM numbers)"
    f" AND {TAKES_CODES} AND p.facility NOT IN (SELECT facility FROM mine)"
    " ORDER BY p.facility, p.id"
    " ON CONFLICT (session, chart) WHERE ended_at IS NULL DO NOTHING"
)
"""Charts that came later: their facility states the same citizen id, and a number that is bound in
this session."""
YEAR: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class MyChart:
    """A chart in the list of a session. Of a found one it says no more than this."""

    chart: UUID
    facility: str
    year_of_birth: str | None
    sex: str
    level: str
    """otp-limited, otp, desk, vneid; or found."""
    takes_code: bool
    """Of a found one: a yes is asked for by a code."""
    proof: str | None = None
    name: str | None = None
    """Where the level opens the profile."""
    reached_at: datetime | None = None
    stepped_up_until: datetime | None = None

    @property
    def is_found(self) -> bool:
        return self.level == FOUND


async def my_charts(caller: Caller) -> list[MyChart]:
    """List what the session reaches and has found, the first one opened first.

    A discreet facility's chart is left out until it is stepped up.

    Raises:
        NotSignedIn: the session was ended or is over.
    """
    async with transaction():
        await lock_session(caller)
        await execute(_FIND_MORE, caller.session)
        listed = await charts_in(caller.session)
        for one in listed:
            if not one.is_found:
                await write_down(
                    Act(actor_kind="patient", actor=caller.session, patient=one.chart,
                        action="charts.read", from_where=caller.address)
                )  # fmt: skip
    return listed


async def charts_in(session: UUID) -> list[MyChart]:
    """List the charts of a session, in the caller's transaction."""
    rows = await fetch(
        f"WITH found AS ({FOUND_NOW})"
        " SELECT sc.chart, f.name AS facility, p.birth_date, p.sex, p.name, sc.level, sc.proof,"
        " sc.yes_takes_code, sc.reached_at,"
        " CASE WHEN sc.stepped_up_until > hub_clock() THEN sc.stepped_up_until END"
        "  AS stepped_up_until"
        " FROM session_chart sc JOIN patient p ON p.id = sc.chart AND p.deceased_at IS NULL"
        " JOIN facility f ON f.id = p.facility"
        " WHERE sc.session = $1 AND sc.ended_at IS NULL"
        " AND (NOT f.discreet OR sc.stepped_up_until > hub_clock())"
        " AND (sc.level <> 'found' OR sc.id IN (SELECT id FROM found))"
        " ORDER BY sc.level = 'found', sc.id",
        session,
    )
    return [_listed(row) for row in rows]


def _listed(row: Row) -> MyChart:
    chart: UUID = row["chart"]
    seen = MyChart(
        chart=chart, facility=row["facility"], year_of_birth=_year(row["birth_date"], chart),
        sex=row["sex"], level=row["level"], takes_code=row["yes_takes_code"],
    )  # fmt: skip
    if seen.is_found:
        return seen
    return MyChart(
        chart=chart, facility=seen.facility, year_of_birth=seen.year_of_birth, sex=seen.sex,
        level=seen.level, takes_code=False, proof=row["proof"], reached_at=row["reached_at"],
        stepped_up_until=row["stepped_up_until"],
        name=name_of(row["name"], chart) if may_read(Level(seen.level), RecordClass.PROFILE)
        else None,
    )  # fmt: skip


def name_of(sealed: bytes, chart: UUID) -> str:
    name = unsealed(sealed, table="patient", column="name", row=chart)
    return UNREADABLE_NAME if name is None else name


def _year(sealed: bytes | None, chart: UUID) -> str | None:
    if sealed is None:
        return None
    born = unsealed(sealed, table="patient", column="birth_date", row=chart)
    return None if born is None else born[:YEAR]
