"""Stores the answers of providers, a batch in one statement, and acts on refusals."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.auth.phones.phones import IN_USE, NEWEST_FIRST
from backend.core.clock import now
from backend.core.database import execute, fetch, fetch_one, transaction
from backend.core.log import log
from backend.core.metrics import ACCEPTED_TO_SENT, ATTEMPTS, PROVEN_DOUBLES
from backend.gateways.sender import Channel, FailureScope, SendOutcome, SendResult
from backend.notifications.delivery.claims import Claim
from backend.notifications.delivery.lifecycle import ENDS, MAY_MOVE
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import CODES, OF_RECORDS
from backend.notifications.planning.planning import plan_again
from backend.notifications.rules import ADDRESS_GONE, MERGED, backoff


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """The result of one attempt, and the next status of its delivery."""

    claim: Claim
    outcome: str
    """One of the four words, or `not_sent`."""
    status: Status
    code: str = ""
    provider_id: str = ""
    wait: float = 0.0
    """Seconds until the next try, where there is one; 0 keeps the due time."""
    failure_scope: FailureScope = FailureScope.NOBODY


def classify(claim: Claim, result: SendResult, jitter: float) -> AttemptResult:
    """Decide what a provider's answer means for the delivery. A pure function.

    A push in doubt may be repeated, since it replaces itself on the phone; a text in doubt is
    looked up first; a code in doubt is never repeated: the patient asks anew.
    """
    status, wait = Status.IN_DOUBT, 0.0
    match result.outcome:
        case SendOutcome.ACCEPTED:
            status = Status.SENT
        case SendOutcome.REFUSED:
            status = Status.REFUSED
        case SendOutcome.TRY_LATER:
            status = Status.PLANNED
            wait = result.retry_after or backoff(claim.number, jitter).total_seconds()
        case SendOutcome.IN_DOUBT if claim.channel is Channel.PUSH:
            status = Status.PLANNED
            wait = result.retry_after or backoff(claim.number, jitter).total_seconds()
        case SendOutcome.IN_DOUBT if claim.kind in CODES:
            status = Status.TECHNICAL_FAILURE
        case SendOutcome.IN_DOUBT:
            status = Status.IN_DOUBT
    return AttemptResult(
        claim,
        result.outcome.value,
        status,
        result.code,
        result.provider_id,
        wait,
        result.failure_scope,
    )


GIVEN_BACK: Final = "given_back"
"""Why a delivery is planned again that was claimed and never begun: it keeps its place."""


def given_back(claim: Claim) -> AttemptResult:
    """Give the result of a claim of which not one byte was written, nor will be."""
    return AttemptResult(claim, "not_sent", Status.PLANNED, GIVEN_BACK)


_COMPLETE = f"""
WITH patience AS MATERIALIZED (
    SELECT set_config('lock_timeout', $8, true)
), a AS MATERIALIZED (
    SELECT a.* FROM patience, unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[],
                                     $6::text[], $7::float8[])
        AS a (attempt, delivery, outcome, status, code, provider_id, wait)
), noted AS (
    UPDATE attempt t
       SET answered_at = hub_clock(), code = a.code,
           outcome = CASE WHEN t.outcome = 'accepted' THEN t.outcome ELSE a.outcome END,
           provider_id = CASE WHEN t.provider_id = '' THEN a.provider_id ELSE t.provider_id END
      FROM a WHERE t.id = a.attempt
    RETURNING t.id, t.number, a.delivery
), moved AS (
    UPDATE delivery d
       SET status = a.status, reason = a.code, lease_until = NULL,
           provider_id = CASE WHEN a.provider_id = '' THEN d.provider_id ELSE a.provider_id END,
           sent_at = CASE WHEN a.status = 'sent' THEN coalesce(d.sent_at, hub_clock())
                          ELSE d.sent_at END,
           ended_at = CASE WHEN a.status IN ({ENDS}) THEN hub_clock() ELSE NULL END,
           due_at = CASE WHEN a.status = 'planned' AND a.wait > 0
                         THEN hub_clock() + make_interval(secs => a.wait) ELSE d.due_at END,
           empty_listings = 0,
           next_listing_at = CASE WHEN a.status = 'in_doubt'
                               THEN coalesce(d.lease_until, hub_clock()) END
      FROM a JOIN noted ON noted.id = a.attempt
     WHERE d.id = a.delivery AND {MAY_MOVE}
       AND (a.status = 'sent' OR d.attempts = noted.number)
    RETURNING d.id, d.status, d.reason
), told AS (
    INSERT INTO delivery_event (delivery, status, source, code)
    SELECT id, status, 'worker', reason FROM moved
)
SELECT delivery FROM (
    SELECT delivery, provider_id FROM attempt WHERE delivery = ANY($9) AND provider_id <> ''
     UNION SELECT delivery, provider_id FROM a WHERE delivery = ANY($9)
) AS known GROUP BY delivery HAVING count(*) > 1
"""
"""An attempt's own answer is always written down, however late. Only the newest attempt moves its
delivery, except that whatever was accepted is `sent`. What a receipt proved before is kept. Gives
the deliveries that were accepted under two ids. One statement, so that it is one round trip."""


LOCKED_MS: Final = 1000
"""How long a batch waits for a row that somebody holds: far less than a lease."""


async def complete(answers: Sequence[AttemptResult]) -> None:
    """Write a batch of answers, then act on refusals.

    Raises:
        LockNotAvailableError: somebody holds one of the rows; nothing was written.
    """
    if not answers:
        return
    follow_ups = [act for answer in answers if (act := _follow_up(answer)) is not None]
    if follow_ups:
        async with transaction():
            doubles = await _write(answers)
            for act in follow_ups:
                await act()
    else:
        doubles = await _write(answers)
    for delivery in doubles:
        PROVEN_DOUBLES.labels(Channel.SMS.value).inc()
        log.error("proven_double", delivery=delivery, channel=Channel.SMS.value)
    for answer in answers:
        ATTEMPTS.labels(answer.claim.channel.value, answer.outcome).inc()
        if answer.status is Status.SENT:
            took = (now() - answer.claim.accepted_at).total_seconds()
            ACCEPTED_TO_SENT.labels(answer.claim.channel.value).observe(took)


async def _write(answers: Sequence[AttemptResult]) -> list[UUID]:
    """Write them; give the texts that were accepted under two ids: a double is never silent."""
    rows = await fetch(
        _COMPLETE,
        [answer.claim.attempt for answer in answers],
        [answer.claim.delivery for answer in answers],
        [answer.outcome for answer in answers],
        [answer.status.value for answer in answers],
        [answer.code[:60] for answer in answers],
        [answer.provider_id for answer in answers],
        [answer.wait for answer in answers],
        f"{LOCKED_MS}ms",
        [
            answer.claim.delivery
            for answer in answers
            if answer.provider_id and answer.claim.channel is Channel.SMS
        ],
    )
    return [row["delivery"] for row in rows]


def _follow_up(answer: AttemptResult) -> Callable[[], Awaitable[None]] | None:
    """Give what must be done in the transaction of the answer, where there is something."""
    if answer.failure_scope is FailureScope.ADDRESS:
        return lambda: _drop_address(answer.claim)
    if _is_without_a_phone(answer):
        return lambda: _fall_back_to_text(answer.claim.notification)
    if answer.code == ADDRESS_GONE:
        return lambda: _text_the_one_in_use(answer.claim)
    if answer.code == MERGED:
        return lambda: _tell_the_owner(answer.claim.notification)
    return None


async def _drop_address(claim: Claim) -> None:
    """A dead token or number is not used again; a text follows where no other phone is left."""
    if claim.channel is Channel.SMS:
        await execute(
            "UPDATE contact_point SET wrong_since = hub_clock()"
            " WHERE id = $1 AND wrong_since IS NULL",
            claim.contact,
        )
        return
    await execute(
        "UPDATE device SET push_token = NULL, push_token_hash = NULL WHERE id = $1", claim.device
    )
    await _fall_back_to_text(claim.notification)


def _is_without_a_phone(answer: AttemptResult) -> bool:
    """Tell whether a push found no phone: its token cannot be read, or its app reaches no more."""
    gone = answer.claim.present.unreadable or answer.code == ADDRESS_GONE
    return gone and answer.claim.channel is Channel.PUSH


async def _text_the_one_in_use(claim: Claim) -> None:
    """Tell the chart's number in use what was not sent: it has taken the place of this one."""
    if claim.kind not in OF_RECORDS:
        return
    await execute(
        "INSERT INTO delivery (id, notification, patient, channel, contact, lane, due_at, reason,"
        " expires_at, facility)"
        " SELECT uuidv7(), n.id, n.patient, 'sms', c.id, n.lane, hub_clock(), 'number_changed',"
        " n.expires_at, n.facility"
        " FROM notification n JOIN LATERAL (SELECT c.id FROM contact_point c"
        f"  WHERE c.patient = n.patient AND {IN_USE} ORDER BY {NEWEST_FIRST} LIMIT 1) c ON true"
        " WHERE n.id = $1 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.notification = n.id"
        "  AND d.channel = 'sms' AND (d.contact = c.id OR d.status <> 'suppressed'))",
        claim.notification,
    )


async def _fall_back_to_text(notification: UUID) -> None:
    alive = await fetch_one(
        "SELECT 1 FROM delivery WHERE notification = $1 AND channel = 'push'"
        " AND status IN ('planned', 'sending', 'sent', 'delivered', 'read')",
        notification,
    )
    if alive is not None:
        return
    moved = await execute(
        "UPDATE delivery SET due_at = hub_clock() WHERE notification = $1 AND channel = 'sms'"
        " AND status = 'planned'",
        notification,
    )
    if moved != "UPDATE 0":
        return
    await execute(
        "INSERT INTO delivery (id, notification, patient, channel, contact, lane, due_at, reason,"
        " expires_at, facility)"
        " SELECT uuidv7(), n.id, n.patient, 'sms', c.id, n.lane, hub_clock(), 'no_phone_left',"
        " n.expires_at, n.facility"
        " FROM notification n JOIN LATERAL (SELECT c.id FROM contact_point c"
        f"  WHERE c.patient = n.patient AND {IN_USE} ORDER BY {NEWEST_FIRST} LIMIT 1) c ON true"
        " WHERE n.id = $1 AND NOT EXISTS"
        " (SELECT 1 FROM delivery d WHERE d.notification = n.id AND d.channel = 'sms')",
        notification,
    )


async def _tell_the_owner(notification: UUID) -> None:
    """Plan a notice for the chart it has moved to, where nothing of it may have left before.

    Who moved it found it claimed, and took it for sent.
    """
    row = await fetch_one(
        "SELECT n.patient FROM notification n WHERE n.id = $1 AND n.read_at IS NULL"
        " AND n.expires_at > hub_clock() AND NOT EXISTS (SELECT FROM delivery d"
        "  LEFT JOIN attempt t ON t.delivery = d.id AND t.outcome NOT IN ('not_sent', 'try_later')"
        "  WHERE d.notification = n.id"
        "   AND (t.id IS NOT NULL OR d.status NOT IN ('cancelled', 'superseded')))",
        notification,
    )
    if row is not None:
        await plan_again(row["patient"], [notification])
