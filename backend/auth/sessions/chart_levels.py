"""Says at what level a code opens a chart on a device: reckoned for that chart alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.auth.notices import DEVICE_RISES, send_notice
from backend.auth.phones.phones import IS_BOUND, trust_of_number
from backend.auth.rules import Level, level_by_code
from backend.auth.sessions.session_charts import ENDED_BY_HAND, RISES_AFTER
from backend.core.database import Row, fetch, fetch_one, fetch_value, transaction
from backend.core.odd_rows.row_isolation import PutAside, in_batch_or_apart

_AT_ONCE: Final = 500
_TELLING: Final = PutAside("tell_of_devices")


@dataclass(frozen=True, slots=True)
class CodeLevel:
    """What a right code opens."""

    level: Level
    never_restricted: bool = False
    """It rests on waiting alone, so no code opens restricted records."""


@dataclass(frozen=True, slots=True)
class CodeAt:
    """A code that came to a number of a chart, and the device it is shown on."""

    chart: UUID
    contact: UUID
    key: str
    """The thumbprint of the device's key; empty without one."""
    session: UUID | None = None
    """The living session it is shown in; None at a sign-in."""


async def level_of_code(shown: CodeAt) -> CodeLevel:
    """Give the level that a right code opens on this device, of this chart.

    A device is known by its key, or within its living session. What somebody ended by hand made it
    new again.
    """
    before = await _before(shown)
    number = await trust_of_number(shown.chart)
    level = level_by_code(
        before["devices"], before["registered_for"], number, before["trusted_idle"]
    )
    if level is not Level.OTP_LIMITED:
        return CodeLevel(level, bool(before["by_waiting"]))
    steady = number is not None and not number.changed and not number.idle
    if steady and before["first_code_at"] is not None and await _has_waited(shown, before):
        return CodeLevel(Level.OTP, never_restricted=True)
    return CodeLevel(level)


async def _before(shown: CodeAt) -> Row:
    """Read which devices reached the chart before, and since when this one does by this number."""
    row = await fetch_one(
        "WITH reached AS (SELECT s.device, sc.level, sc.contact, sc.reached_at, s.used_at,"
        "  sc.never_restricted,"
        "  (s.key_thumbprint = $3::text AND $3::text <> '' OR s.id = $4) IS TRUE AS mine,"
        f"  {ENDED_BY_HAND} AS by_hand"
        "  FROM session_chart sc JOIN session s ON s.id = sc.session"
        "  WHERE sc.chart = $1 AND sc.level <> 'found'),"
        " lasting AS (SELECT r.* FROM reached r WHERE r.mine AND r.reached_at > coalesce("
        "  (SELECT max(e.reached_at) FROM reached e WHERE e.mine AND e.by_hand), '-infinity')),"
        " trusted AS (SELECT * FROM lasting WHERE level <> 'otp-limited')"
        " SELECT (SELECT count(DISTINCT device) FROM reached) AS devices,"
        " hub_clock() - p.registered_at AS registered_for,"
        " (SELECT hub_clock() - max(greatest(reached_at, used_at)) FROM trusted) AS trusted_idle,"
        " (SELECT bool_and(never_restricted) FROM trusted) AS by_waiting,"
        " (SELECT min(reached_at) FROM lasting WHERE contact = $2) AS first_code_at"
        " FROM patient p WHERE p.id = $1",
        shown.chart, shown.contact, shown.key, shown.session,
    )  # fmt: skip
    assert row, "a chart is never deleted"
    return row


async def _has_waited(shown: CodeAt, before: Row) -> bool:
    """Tell whether 72 hours passed on a new phone with a number that had opened another one."""
    return bool(
        await fetch_value(
            f"SELECT $3::timestamptz + $4::interval <= hub_clock() AND {IS_BOUND} AND EXISTS"
            " (SELECT FROM session_chart sc JOIN session s ON s.id = sc.session"
            "  WHERE sc.chart = $1 AND sc.level <> 'found' AND sc.reached_at < $3"
            "  AND (sc.contact = $2 OR c.confirmed_by = 'desk' AND c.confirmed_at < $3)"
            "  AND (s.key_thumbprint <> $5::text OR $5::text = '') AND s.id IS DISTINCT FROM $6)"
            " FROM contact_point c WHERE c.id = $2",
            shown.chart, shown.contact, before["first_code_at"], RISES_AFTER, shown.key,
            shown.session,
        )
    )  # fmt: skip


async def tell_of_waiting_devices() -> None:
    """Tell who has a chart that a new phone has waited long enough for a second code."""
    await in_batch_or_apart(_TELLING, _due, _tell)


async def _due(but: Sequence[UUID]) -> list[UUID]:
    rows = await fetch(
        "SELECT id FROM session_chart WHERE tell_again_at <= hub_clock()"
        " AND id <> ALL($1) LIMIT $2",
        but, _AT_ONCE,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def _tell(charts: Sequence[UUID]) -> int:
    async with transaction():
        rows = await fetch(
            "UPDATE session_chart sc SET tell_again_at = NULL FROM session s"
            " WHERE sc.id = ANY($1) AND s.id = sc.session AND sc.tell_again_at <= hub_clock()"
            " RETURNING sc.id, sc.chart, sc.level = 'otp-limited' AND sc.ended_at IS NULL"
            " AND s.ended_at IS NULL AND s.expires_at > hub_clock() AS waits",
            charts,
        )
        for row in rows:
            if row["waits"]:
                await send_notice(row["chart"], DEVICE_RISES, row["id"])
    return len(rows)
