"""A pair of what somebody typed: a citizen id, or a hospital number, and a phone number.

It points to charts only where the number is the own mobile in use of a chart with that id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from backend.auth.access.chart_turn import share_turn
from backend.auth.identity import citizen_id
from backend.auth.identity.blind_index import hashes_of, turn_of
from backend.auth.identity.identifiers import CITIZEN_ID
from backend.auth.phones.e164 import normalise
from backend.auth.phones.phones import IN_USE, IS_BOUND, NEWEST_FIRST, TAKES_CODES
from backend.auth.sessions.lost_phone import chart_is_held, wait_for_lost_phones
from backend.auth.sessions.session_charts import ENDED_BY_HAND
from backend.core.crypto.sealing import unseal
from backend.core.database import Row, execute, fetch, fetch_value
from backend.core.errors import NotFound

CITIZEN: Final = "citizen-id"
HOSPITAL: Final = "hospital-number"

OWN_MOBILE: Final = (
    "(SELECT c.* FROM contact_point c WHERE c.patient = p.id"
    f" AND {IN_USE} ORDER BY {IS_BOUND} DESC, {NEWEST_FIRST} LIMIT 1)"
)
"""For statements with a patient as `p`: the own mobile in use. The bound one, else the one stated
last."""
CHART_TAKES_CODES: Final = (
    "(p.deceased_at IS NULL AND p.active"
    " AND EXISTS (SELECT FROM facility f WHERE f.id = p.facility AND NOT f.discreet)"
    f" AND NOT {chart_is_held('p.id')})"
)
"""For statements with a patient as `p`: a code may open or find this chart."""
CHARTS_OF_PAIR: Final = (
    "SELECT DISTINCT ON (p.facility) p.id AS chart, p.facility, c.id AS contact,"
    f" {IS_BOUND} AS bound FROM (SELECT DISTINCT l.patient FROM patient_lookup l"
    "  WHERE l.kind = $1 AND l.hash = ANY($2::bytea[])) named"
    f" JOIN patient p ON p.id = named.patient AND {CHART_TAKES_CODES}"
    f" CROSS JOIN LATERAL {OWN_MOBILE} c"
    f" WHERE c.number_hash = ANY($3::bytea[]) AND {TAKES_CODES}"
    f" AND ($1 = '{CITIZEN}' OR {IS_BOUND} AND NOT EXISTS"
    f"  (SELECT FROM patient_lookup o WHERE o.patient = p.id AND o.kind = '{CITIZEN}'))"
    f" ORDER BY p.facility, {IS_BOUND} DESC, p.id"
)
"""Takes the kind and the hashes of the id, and the hashes of the number. One chart of a facility;
by a hospital number only one that has no citizen id, and whose number is bound."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What was typed, as keyed hashes under every live key, the current one first."""

    kind: str
    """citizen-id or hospital-number."""
    subject: Sequence[bytes] = field(repr=False)
    number: Sequence[bytes] = field(repr=False)
    hint: str = field(repr=False)
    """The last three digits of the id: a text says by them whom it is for."""

    @property
    def counted(self) -> str:
        """Give under what it is counted."""
        return f"{self.subject[0].hex()} {self.number[0].hex()}"


async def pair_of_chart(chart: UUID, contact: UUID) -> Pair:
    """Give the pair of a chart that is known already, and a number of it."""
    ids = await fetch(
        "SELECT i.id, i.system, i.value FROM patient_identifier i WHERE i.patient = $1 AND i.active"
        " ORDER BY i.system <> $2, i.id",
        chart, CITIZEN_ID,
    )  # fmt: skip
    (phone,) = await fetch("SELECT number FROM contact_point WHERE id = $1", contact)
    number = unseal(phone["number"], table="contact_point", column="number", row=contact)
    for row in ids:
        value = unseal(row["value"], table="patient_identifier", column="value", row=row["id"])
        if row["system"] == CITIZEN_ID:
            return _pair(CITIZEN, value, value[-3:], number)
    raise NotFound


@dataclass(frozen=True, slots=True)
class ChartOfPair:
    """A chart that has this id, and this number as its own mobile in use."""

    chart: UUID
    facility: UUID
    contact: UUID
    bound: bool
    """A person has shown that the number is theirs; else the facility only states it."""


def pair_of_citizen(typed: str, phone: str) -> tuple[Pair, str]:
    """Give the pair, and the bare twelve digits.

    Raises:
        NotACitizenId: this cannot be one, whoever asks.
        NotAPhone: no mobile number of Vietnam.
    """
    number = citizen_id.parse(typed)
    return _pair(CITIZEN, number, number[-3:], normalise(phone)), number


def pair_of_hospital_number(facility: UUID | None, typed: str, phone: str) -> Pair:
    """Give the pair for a person without a citizen id; a facility that nobody has finds nobody.

    Raises:
        NotAPhone: no mobile number of Vietnam.
    """
    number = typed.strip()
    letters = "".join(one for one in number if one.isascii() and one.isalnum())
    return _pair(HOSPITAL, f"{facility}:{number}", letters[-3:], normalise(phone))


def _pair(kind: str, subject: str, hint: str, number: str) -> Pair:
    return Pair(kind, hashes_of(kind, subject), hashes_of("phone", number), hint)


async def charts_of(pair: Pair) -> list[ChartOfPair]:
    """List the charts of a pair; none for a stranger, the dead, the discreet and the inactive."""
    return _charts(await fetch(CHARTS_OF_PAIR, pair.kind, pair.subject, pair.number))


async def charts_with_numbers_locked(pair: Pair) -> list[ChartOfPair]:
    """List the charts of a pair once nobody else decides about their numbers, until the commit."""
    named = {chart.chart for chart in await charts_of(pair)}
    await lock_numbers(sorted(named))
    return [chart for chart in await charts_of(pair) if chart.chart in named]


async def take_turn(subject: Sequence[bytes], charts: Sequence[UUID] = ()) -> None:
    """Let nobody register under this id, report a lost phone, or end a proof of these charts.

    It comes before the numbers and the session are locked, and lasts until the transaction ends.

    Args:
        subject: the keyed hashes of the id.
        charts: those that may be opened, besides all that have the id.
    """
    await wait_for_lost_phones()
    await execute(
        "SELECT pg_advisory_xact_lock(key) FROM"
        " (SELECT key FROM unnest($1::bigint[]) WITH ORDINALITY AS k (key, n) ORDER BY n) k",
        sorted(turn_of(one) for one in subject),
    )
    rows = await fetch(
        "SELECT DISTINCT patient FROM patient_lookup WHERE hash = ANY($1::bytea[])", subject
    )
    await share_turn({*charts, *(row["patient"] for row in rows)})


async def lock_numbers(charts: Sequence[UUID]) -> None:
    """Let nobody decide about a number of these charts until the transaction ends."""
    await execute(
        "SELECT FROM contact_point c WHERE c.kind = 'own' AND c.patient = ANY($1)"
        " ORDER BY c.patient, c.id FOR NO KEY UPDATE",
        list(charts),
    )


async def is_known_key(pair: Pair, thumbprint: str) -> bool:
    """Tell whether a device with this key has reached a chart of the pair; nobody ended that."""
    return bool(thumbprint) and bool(
        await fetch_value(
            "SELECT bool_or(reached.lasts) FROM (SELECT"
            f" (array_agg(NOT {ENDED_BY_HAND} ORDER BY sc.reached_at DESC))[1] AS lasts"
            "  FROM session s JOIN session_chart sc ON sc.session = s.id"
            "  JOIN patient_lookup l ON l.patient = sc.chart AND l.kind = $2"
            "   AND l.hash = ANY($3::bytea[])"
            "  JOIN contact_point c ON c.patient = sc.chart AND c.number_hash = ANY($4::bytea[])"
            f"   AND {IN_USE}"
            "  WHERE s.key_thumbprint = $1 AND sc.level <> 'found' GROUP BY sc.chart) reached",
            thumbprint, pair.kind, pair.subject, pair.number,
        )
    )  # fmt: skip


def _charts(rows: Sequence[Row]) -> list[ChartOfPair]:
    return [
        ChartOfPair(row["chart"], row["facility"], row["contact"], row["bound"]) for row in rows
    ]
