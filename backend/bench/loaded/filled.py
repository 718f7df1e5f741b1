"""Fills a hub as years fill it: messages and notices of the past, and notices that are due later.

The patients are there already, each with a phone that reaches the chart. Foreign keys are not
checked and triggers do not run: a million rows of each table take a minute.
"""

from datetime import timedelta
from typing import Final

import asyncpg

from backend.bench.loaded.at_rest import LONGEST_STATEMENT

PAST_OF: Final = timedelta(days=300)
"""Over what time the past is spread; its newest is a day old, and groups nothing new."""
USEFUL_FOR: Final = timedelta(days=3)
USEFUL_LATER: Final = timedelta(days=60)
"""What is due later ends only long after that."""

BEGIN_FILLING: Final = """
SET LOCAL session_replication_role = replica;
CREATE TEMPORARY TABLE reached ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY p.id) - 1 AS n, p.id AS patient, p.facility, s.device
  FROM patient p JOIN session_chart c ON c.chart = p.id JOIN session s ON s.id = c.session
  JOIN device d ON d.id = s.device AND d.push_token IS NOT NULL;
CREATE TEMPORARY TABLE filling (
    n integer, at timestamptz, patient uuid, facility uuid, device uuid,
    message uuid, notification uuid, delivery uuid
) ON COMMIT DROP
"""
PAST: Final = """
INSERT INTO filling
SELECT i, a.at, r.patient, r.facility, r.device,
       uuidv7(a.at - clock_timestamp()), uuidv7(a.at - clock_timestamp()),
       uuidv7(a.at - clock_timestamp())
  FROM generate_series(1, $1::integer) i
  CROSS JOIN LATERAL (SELECT date_trunc('second', hub_clock()) - interval '1 day'
                           - ($1 - i) * ($2::interval / $1) AS at OFFSET 0) a
  JOIN reached r ON r.n = i % (SELECT count(*) FROM reached)
"""
LATER: Final = """
INSERT INTO filling
SELECT i, hub_clock() - interval '2 days', r.patient, r.facility, r.device,
       NULL, uuidv7(), uuidv7()
  FROM generate_series(1, $1::integer) i
  JOIN reached r ON r.n = i % (SELECT count(*) FROM reached)
"""
"""Planned two days ago: a new event of the patient is not grouped with it."""

OLD_MONTHS: Final = """
DO $$
DECLARE
    made text;
BEGIN
    IF to_regprocedure('hub_make_month(integer)') IS NULL THEN RETURN; END IF;
    FOR back IN REVERSE 10..1 LOOP
        UPDATE clock_offset SET ahead = -back * interval '1 month';
        LOOP
            EXECUTE 'SELECT hub_make_month(0)' INTO made;
            EXIT WHEN made IS NULL;
        END LOOP;
    END LOOP;
    UPDATE clock_offset SET ahead = '0';
END $$
"""
"""Makes the partitions that were made in those months: the hub's clock stands in each of them."""
MESSAGES: Final = """
INSERT INTO received_event (id, facility, dialect, sender_id, content_hash, received_at, outcome,
                            raw, answer)
SELECT message, facility, 'hub', sha256(uuid_send(message)), sha256(uuid_send(message)), at,
       'applied', decode(repeat('00ff', 130), 'hex'), decode(repeat('00ff', 60), 'hex')
  FROM filling
"""
SENDERS_IDS: Final = """
INSERT INTO known_sender_id (id, facility, dialect, sender_hash)
SELECT message, facility, 'hub', md5(message::text) FROM filling
"""
NOTIFICATIONS: Final = """
INSERT INTO notification (id, patient, facility, kind, subject, urgency, lane, received_event,
                          accepted_at, created_at, expires_at)
SELECT notification, patient, facility, 'result.ready', notification, 'important', 2, message,
       at, at, at + $1::interval
  FROM filling
"""
SENT: Final = """
INSERT INTO delivery (id, notification, patient, channel, device, status, lane, due_at, attempts,
                      reference, provider_id, rank, created_at, sent_at)
SELECT delivery, notification, patient, 'push', device, 'sent', 2, at, 1,
       left(md5(delivery::text), 5), md5(delivery::text), 1, at, at
  FROM filling
"""
ATTEMPTS: Final = """
INSERT INTO attempt (id, delivery, number, worker, claimed_at, answered_at, outcome, provider_id)
SELECT uuidv7(at - clock_timestamp()), delivery, 1, 'bench', at, at, 'accepted',
       md5(delivery::text)
  FROM filling
"""
STEPS: Final = """
INSERT INTO delivery_event (id, delivery, at, status, source)
SELECT uuidv7(at - clock_timestamp()), delivery, at, $1, 'worker' FROM filling
"""
AUDITED: Final = """
INSERT INTO audit_event (id, at, actor_kind, actor, patient, action, subject, written_by, place,
                         chain)
SELECT uuidv7(at - clock_timestamp()), at, 'facility', facility, patient, 'event.received', message,
       '1', last + n, sha256(uuid_send(message))
  FROM filling, (SELECT coalesce(max(place), 0) AS last FROM audit_event) sealed
"""
"""Rows that are sealed already: nobody checks their hashes, and the sealer has nothing to do."""
CHECKED: Final = """
INSERT INTO audit_check (started_at, ended_at, place, fault)
SELECT hub_clock(), hub_clock(), max(place), '' FROM audit_event
"""
"""The chain was checked today: a worker that starts does not read a million rows first."""
PLANNED: Final = """
INSERT INTO delivery (id, notification, patient, channel, device, status, lane, due_at, created_at,
                      expires_at, facility)
SELECT delivery, notification, patient, 'push', device, 'planned', 2,
       hub_clock() + interval '1 day' + n * interval '1 second', at, at + $1::interval, facility
  FROM filling
"""


async def fill_past(owner: asyncpg.Connection, rows: int) -> None:
    """Add so many messages that were told: a row of each in every table that grows with them."""
    async with owner.transaction():
        await owner.execute(OLD_MONTHS)
        await owner.execute(BEGIN_FILLING)
        await owner.execute(PAST, rows, PAST_OF, timeout=LONGEST_STATEMENT)
        await owner.execute(MESSAGES, timeout=LONGEST_STATEMENT)
        await owner.execute(SENDERS_IDS, timeout=LONGEST_STATEMENT)
        await owner.execute(NOTIFICATIONS, USEFUL_FOR, timeout=LONGEST_STATEMENT)
        await owner.execute(SENT, timeout=LONGEST_STATEMENT)
        await owner.execute(ATTEMPTS, timeout=LONGEST_STATEMENT)
        await owner.execute(STEPS, "sent", timeout=LONGEST_STATEMENT)
        await owner.execute(AUDITED, timeout=LONGEST_STATEMENT)
        await owner.execute(CHECKED)


async def fill_later(owner: asyncpg.Connection, rows: int) -> None:
    """Add so many notifications whose delivery is due from tomorrow on, one each second."""
    async with owner.transaction():
        await owner.execute(BEGIN_FILLING)
        await owner.execute(LATER, rows, timeout=LONGEST_STATEMENT)
        await owner.execute(NOTIFICATIONS, USEFUL_LATER, timeout=LONGEST_STATEMENT)
        await owner.execute(PLANNED, USEFUL_LATER, timeout=LONGEST_STATEMENT)
        await owner.execute(STEPS, "planned", timeout=LONGEST_STATEMENT)
