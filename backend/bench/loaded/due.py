"""Plans deliveries that are due now, by SQL: one for each of the next patients."""

from typing import Final

import asyncpg

from backend.bench.loaded.at_rest import LONGEST_STATEMENT
from backend.gateways.sender import Channel

PLAN: Final = """
WITH next AS MATERIALIZED (
    SELECT p.id AS patient, p.facility, c.id AS contact, s.device,
           uuidv7() AS notification, uuidv7() AS delivery,
           hub_clock() + interval '3 days' AS expires_at
      FROM (SELECT id, facility FROM patient ORDER BY id OFFSET $2 LIMIT $3) p
      JOIN contact_point c ON c.patient = p.id
      JOIN session_chart r ON r.chart = p.id JOIN session s ON s.id = r.session
      JOIN device d ON d.id = s.device AND d.push_token IS NOT NULL
), told AS (
    INSERT INTO notification (id, patient, facility, kind, subject, urgency, lane, expires_at)
    SELECT notification, patient, facility, 'result.ready', notification, 'important', 2,
           expires_at
      FROM next
), planned AS (
    INSERT INTO delivery (id, notification, patient, channel, contact, device, status, lane, due_at,
                          expires_at, facility)
    SELECT delivery, notification, patient, $1::text,
           CASE $1::text WHEN 'sms' THEN contact END, CASE $1::text WHEN 'push' THEN device END,
           'planned', 2, hub_clock(), expires_at, facility
      FROM next
)
INSERT INTO delivery_event (delivery, status, source)
SELECT delivery, 'planned', 'planning' FROM next
"""
"""As an event leaves them, but for the message that it came with."""
UNFINISHED: Final = """
SELECT count(*) FROM delivery
 WHERE status IN ('planned', 'sending', 'held', 'in_doubt') AND due_at <= hub_clock()
"""
ENDS: Final = """
SELECT count(*) FILTER (WHERE d.status = 'sent') AS sent, count(*) AS attempts,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM answered_at - claimed_at))
           AS p50,
       percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM answered_at - claimed_at))
           AS p99
  FROM attempt a JOIN delivery d ON d.id = a.delivery WHERE a.claimed_at >= $1
"""
"""What became of the attempts since then; the seconds from a claim to its written answer."""

OUTCOMES: Final = """
SELECT d.status, a.outcome, a.code, count(*) FROM attempt a JOIN delivery d ON d.id = a.delivery
 WHERE a.claimed_at >= $1 GROUP BY 1, 2, 3
"""


async def plan_due(owner: asyncpg.Connection, channel: Channel, *, first: int, count: int) -> None:
    """Plan one delivery for each of so many patients, from the one with this number on."""
    await owner.execute(PLAN, channel.value, first, count, timeout=LONGEST_STATEMENT)
