"""Fills a hub with what it has told and will tell, by SQL: a million rows a table in a minute."""

from typing import Final

import asyncpg

LONGEST_STATEMENT: Final = 900
"""Seconds: a million rows of a table, and their indexes."""
_PEOPLE: Final = """
SET session_replication_role = replica;
CREATE TEMPORARY TABLE told_person AS
SELECT p.id AS patient, p.facility, c.id AS contact, row_number() OVER (ORDER BY p.id) - 1 AS place
  FROM patient p
  LEFT JOIN LATERAL (SELECT id FROM contact_point WHERE patient = p.id LIMIT 1) c ON true
"""
_PAST: Final = """
CREATE TEMPORARY TABLE told AS
SELECT uuidv7(at - clock_timestamp()) AS id, uuidv7(at - clock_timestamp()) AS delivery,
       uuidv7(at - clock_timestamp()) AS message, patient, facility, contact, at, n
  FROM (SELECT n, clock_timestamp() - interval '1 hour' - n * (interval '60 days' / rows) AS at
          FROM (SELECT current_setting('bench.past')::integer AS rows) size
         CROSS JOIN LATERAL generate_series(1, rows) n) moments
  JOIN told_person ON place = n % (SELECT count(*) FROM told_person);
INSERT INTO received_event (id, facility, dialect, content_hash, raw, received_at, answer, posted)
SELECT message, facility, 'hub-json', uuid_send(message), convert_to(repeat('x', 280), 'UTF8'), at,
       uuid_send(message), true FROM told;

INSERT INTO notification (id, patient, facility, kind, subject, subject_version, urgency, lane,
                          received_event, accepted_at, created_at, expires_at)
SELECT id, patient, facility, 'result.ready', message, 'final', 'important', 2, message, at, at,
       at + interval '3 days' FROM told;

INSERT INTO delivery (id, notification, patient, channel, contact, status, lane, due_at, attempts,
                      provider_id, rank, created_at, sent_at, delivered_at, ended_at)
SELECT delivery, id, patient, 'sms', contact, 'delivered', 2, at, 1, 'SM' || md5(delivery::text), 4,
       at, at, at, at FROM told;

INSERT INTO attempt (id, delivery, number, worker, claimed_at, answered_at, outcome, provider_id)
SELECT uuidv7(at - clock_timestamp()), delivery, 1, 'bench', at, at, 'accepted',
       'SM' || md5(delivery::text) FROM told;

INSERT INTO delivery_event (id, delivery, at, status, source)
SELECT uuidv7(at - clock_timestamp()), delivery, at, status, source
  FROM told CROSS JOIN (VALUES ('planned', 'planning'), ('sent', 'worker')) AS s (status, source);

INSERT INTO audit_event (id, at, actor_kind, actor, patient, action, subject, place, chain,
                         written_by)
SELECT uuidv7(at - clock_timestamp()), at, 'facility', facility, patient, 'message.taken_in',
       message, first.place + row_number() OVER (ORDER BY at), sha256(uuid_send(message)),
       pg_current_xact_id()
  FROM told CROSS JOIN (SELECT coalesce(max(place), 0) AS place FROM audit_event) first;
DROP TABLE told;
"""
_FUTURE: Final = """
CREATE TEMPORARY TABLE coming AS
SELECT uuidv7() AS id, uuidv7() AS delivery, patient, facility, contact,
       clock_timestamp() + interval '2 days' + n * (interval '60 days' / rows) AS due_at, n
  FROM (SELECT current_setting('bench.future')::integer AS rows) size
 CROSS JOIN LATERAL generate_series(1, rows) n
  JOIN told_person ON place = n % (SELECT count(*) FROM told_person);
INSERT INTO notification (id, patient, facility, kind, subject, subject_version, urgency, lane,
                          accepted_at, created_at, expires_at)
SELECT id, patient, facility, 'appointment.reminder', delivery, '', 'normal', 3,
       clock_timestamp(), clock_timestamp(), due_at + interval '1 day' FROM coming;

INSERT INTO delivery (id, notification, patient, channel, contact, status, lane, due_at, facility,
                      expires_at)
SELECT delivery, id, patient, 'sms', contact, 'planned', 3, due_at, facility,
       due_at + interval '1 day' FROM coming;
DROP TABLE coming;
"""


async def load_history(owner: asyncpg.Connection, *, past: int, future: int) -> None:
    """Add what was told in the last 60 days, and what is planned for the 60 days from the third on.

    Every patient that is there gets as much. The past has its message, notification, delivery,
    attempt, two steps and audit row; the future a notification and its delivery. What is due, and
    what is not sealed, is as before.

    Args:
        owner: who owns the tables.
        past: notifications that were sent and delivered.
        future: notifications that wait for their hour.
    """
    await owner.execute(
        "SELECT set_config('bench.past', $1::text, false), set_config('bench.future', $2::text,"
        " false)",
        str(past), str(future),
    )  # fmt: skip
    await owner.execute(_PEOPLE, timeout=LONGEST_STATEMENT)  # what is referred to is there
    if past:
        await owner.execute(_PAST, timeout=LONGEST_STATEMENT)
    if future:
        await owner.execute(_FUTURE, timeout=LONGEST_STATEMENT)
    await owner.execute("SET session_replication_role = origin; DROP TABLE told_person")
