"""Handles what is due by time: held deliveries, requested codes, expired deliveries."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.auth.credentials.lockout import close_spent, spent_pairs
from backend.auth.credentials.one_time_codes import (
    CHARTS,
    PHONE,
    SIGN_IN,
    STEP_UP,
    Challenge,
    Untold,
    take_up,
    untold_challenges,
    untold_ids,
)
from backend.auth.credentials.rules import Withheld
from backend.auth.credentials.sms_quota import one_worker_counts, when_to_send
from backend.auth.notices import CODES_CLOSED
from backend.core.database import execute, fetch, fetch_value, new_id, transaction
from backend.core.log import log
from backend.core.metrics import CODES_WITHHELD, UNFINISHED
from backend.core.odd_rows.row_isolation import (
    PutAside,
    in_batch_or_apart,
    is_about_the_row,
    report_unreadable,
)
from backend.gateways.sender import Channel
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import POLICIES, Kind
from backend.notifications.planning.planning import store_deliveries
from backend.notifications.planning.security_notices import CHARTS_FACILITY, plan_notice
from backend.notifications.rules import NOT_BY_TIME, Planned

_AT_ONCE: Final = 1000
_HELD_BY_TIME: Final = "status = 'held' AND reason NOT IN ({})".format(
    ", ".join(f"'{reason}'" for reason in NOT_BY_TIME)
)
"""Written out, as their index has it: what waits for room is not looked at again and again."""
_MOST_COUNTED: Final = 10_000
_RELEASING: Final = PutAside("release_held")
_ENDING: Final = PutAside("expire")
_CHALLENGE: Final = "sign_in_challenge"
_CLOSING: Final = PutAside("sign_in_pair")
_KINDS: Final = {
    SIGN_IN: Kind.CODE,
    CHARTS: Kind.CODE,
    PHONE: Kind.PHONE_CODE,
    STEP_UP: Kind.STEP_UP_CODE,
}


async def release_held() -> None:
    """Release deliveries that were held until an hour or for a cap; each may fail alone."""
    await in_batch_or_apart(_RELEASING, _held, _release)


async def _held(but: Sequence[UUID]) -> list[UUID]:
    rows = await fetch(
        f"SELECT id FROM delivery WHERE {_HELD_BY_TIME} AND due_at <= hub_clock()"
        f" AND id <> ALL($1) ORDER BY due_at LIMIT {_AT_ONCE}",
        but,
    )
    return [row["id"] for row in rows]


async def _release(deliveries: Sequence[UUID]) -> int:
    done = await execute(
        "UPDATE delivery SET status = 'planned', reason = '' WHERE id IN"
        f" (SELECT id FROM delivery WHERE id = ANY($1) AND {_HELD_BY_TIME}"
        "  AND due_at <= hub_clock() FOR NO KEY UPDATE SKIP LOCKED)",
        deliveries,
    )
    return int(done.rpartition(" ")[2])


async def expire() -> None:
    """End deliveries past their time, which no longer help the patient; each may fail alone.

    What was never sent is over for good; what may have been sent still listens for a receipt.
    """
    await in_batch_or_apart(_ENDING, _late, _end)


async def _late(but: Sequence[UUID]) -> list[UUID]:
    rows = await fetch(
        "SELECT id FROM delivery WHERE status IN ('planned', 'held') AND expires_at <= hub_clock()"
        f" AND id <> ALL($1) LIMIT {_AT_ONCE}",
        but,
    )
    return [row["id"] for row in rows]


async def _end(deliveries: Sequence[UUID]) -> int:
    done = await execute(
        "WITH late AS (SELECT d.id, d.verify_before_retry AS doubted"
        " FROM delivery d WHERE d.id = ANY($1) AND d.status IN ('planned', 'held')"
        " FOR NO KEY UPDATE OF d SKIP LOCKED),"
        " moved AS (UPDATE delivery d SET ended_at = hub_clock(),"
        " status = CASE WHEN late.doubted THEN 'technical_failure' ELSE 'expired' END,"
        " reason = CASE WHEN late.doubted THEN 'never_found' ELSE 'too_late' END"
        " FROM late WHERE d.id = late.id RETURNING d.id, d.status, d.reason)"
        " INSERT INTO delivery_event (delivery, status, source, code)"
        " SELECT id, status, 'worker', reason FROM moved",
        deliveries,
    )
    return int(done.rpartition(" ")[2])


async def plan_codes(batch: int = 50) -> int:
    """Turn requests for a code into deliveries; give the number of codes to send.

    Where a batch fails, each request is taken up by itself, and one that cannot be read ends.
    """
    try:
        return await _plan_codes(batch)
    except Exception as surprise:
        if not is_about_the_row(surprise):
            raise
        log.error("batch_unreadable", where=_CHALLENGE, error=type(surprise).__name__)
    return sum([await _plan_alone(challenge) for challenge in await untold_ids(batch)])


async def _plan_alone(challenge: UUID) -> int:
    try:
        return await _plan_codes(1, challenge)
    except Exception as surprise:
        if not is_about_the_row(surprise):
            raise
        await take_up(Untold([challenge], []), {challenge: Withheld.UNREADABLE})
        CODES_WITHHELD.labels(Withheld.UNREADABLE.value).inc()
        await report_unreadable(_CHALLENGE, challenge, surprise)
        return 0


async def _plan_codes(batch: int, only: UUID | None = None) -> int:
    async with transaction():
        if not await one_worker_counts():
            return 0
        untold = await untold_challenges(batch, only)
        if not untold.ids:
            return 0
        ends = {code.id: await _plan_code(code) for code in untold.waiting}
        withheld = {code: why for code, why in ends.items() if why is not None}
        await take_up(untold, withheld)
    return len(ends) - len(withheld)


async def _plan_code(challenge: Challenge) -> Withheld | None:
    facility: UUID | None = await fetch_value(CHARTS_FACILITY, challenge.patient)
    if facility is None:
        return Withheld.NOBODYS
    due = await when_to_send(challenge)
    if isinstance(due, Withheld):
        return due
    kind = _KINDS[challenge.purpose]
    manner, notification = POLICIES[kind], new_id()
    await execute(
        "INSERT INTO notification (id, patient, facility, kind, subject, urgency, lane, ticket,"
        " accepted_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        notification, challenge.patient, facility, kind.value, challenge.id,
        manner.urgency.value, int(manner.lane), challenge.subject_hint, challenge.created_at,
        challenge.expires_at,
    )  # fmt: skip
    await store_deliveries(
        notification, challenge.patient, manner,
        [Planned(Channel.SMS, challenge.contact, due)],
    )  # fmt: skip
    return None


async def close_codes() -> None:
    """Lock citizen ids after too many wrong codes, and notify each patient once, each by itself."""
    for pair in await spent_pairs(but=_CLOSING.rows()):
        try:
            async with transaction():
                for closed in await close_spent(pair):
                    await plan_notice(closed["patient"], CODES_CLOSED, pair)
        except Exception as surprise:  # noqa: BLE001  # one pair must not keep the others open
            await _CLOSING.put(pair, surprise)


_UNFINISHED: Final = " UNION ALL ".join(
    f"SELECT '{status}' AS status, count(*) AS n FROM"
    f" (SELECT FROM delivery WHERE status = '{status}'{due} LIMIT {_MOST_COUNTED}) counted"
    for status, due in {
        Status.PLANNED: " AND due_at <= hub_clock()",
        Status.HELD: "",
        Status.SENDING: "",
        Status.IN_DOUBT: "",
    }.items()
)
"""What is planned for later is no work yet. Each is counted by its index, and up to a limit."""


async def count_unfinished() -> None:
    """Count what is due and not sent, held, being sent, and in doubt: 10,000 of each at most."""
    for row in await fetch(_UNFINISHED):
        UNFINISHED.labels(row["status"]).set(row["n"])
