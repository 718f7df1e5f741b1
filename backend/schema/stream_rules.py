"""What a stream compares to know whether something is new. Body of `m0221_stream`."""

from backend.schema.kinds_rules import ANYTHING
from backend.schema.visibility_rules import OPEN_TO

_NEWEST = ", ".join(
    f"""
        (SELECT t.change_n FROM {table} t
          WHERE {"" if whose == ANYTHING else "of_all_kinds AND "}t.patient = whose
            AND NOT t.hidden AND t.visible_from IS NOT NULL
            AND (restricted_too OR t.restriction = '')
          ORDER BY t.change_n DESC, t.id DESC LIMIT 1)"""
    for table, whose in OPEN_TO.items()
)
_IN_SUMMARY = ", ".join(f"'{table}'" for table, whose in OPEN_TO.items() if whose == ANYTHING)

NEWEST = f"""
CREATE FUNCTION hub_newest(whose uuid, of_all_kinds boolean, restricted_too boolean) RETURNS bigint
    LANGUAGE sql STABLE SET search_path = public
BEGIN ATOMIC
    SELECT greatest({_NEWEST},
        (SELECT t.change_n FROM tombstone t
          WHERE t.patient = whose AND t.restricted = restricted_too
            AND (of_all_kinds OR t.kind IN ({_IN_SUMMARY}))
          ORDER BY t.change_n DESC, t.record DESC LIMIT 1), 0);
END;
REVOKE ALL ON FUNCTION hub_newest FROM PUBLIC;
"""
"""Gives the newest change that a reader can see, by the same rules as the policies. Not the newest
there is: a stream that stirred at that would tell of what is not for this reader."""

MARKS = """
CREATE FUNCTION stream_marks(sessions uuid[], levels text[])
    RETURNS TABLE (session uuid, patient uuid, own boolean, records text, inbox text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    WITH live AS (
        SELECT s.id, s.patient, s.level = ANY (levels) AS reads,
               coalesce(s.stepped_up_until > hub_clock(), false) AS stepped_up
          FROM session s
         WHERE s.id = ANY (sessions) AND s.ended_at IS NULL AND s.expires_at > hub_clock()
    ), open_to AS (
        SELECT l.id, l.patient, true AS own, 'own' AS how, l.stepped_up, true AS of_all_kinds,
               l.reads
          FROM live l
        UNION ALL
        SELECT l.id, g.patient, false, g.id::text, l.stepped_up AND g.scope <> 'summary',
               g.scope <> 'summary', true
          FROM live l JOIN caregiver_grant g ON g.caregiver = l.patient AND l.reads
          JOIN patient p ON p.id = g.patient AND p.deceased_at IS NULL
          JOIN patient c ON c.id = g.caregiver AND c.deceased_at IS NULL
         WHERE g.ended_at IS NULL
           AND g.begins_at <= hub_clock() AND (g.ends_at IS NULL OR g.ends_at > hub_clock())
           AND (g.review_at IS NULL OR g.review_at > hub_clock())
    )
    SELECT o.id, o.patient, o.own,
           CASE WHEN o.reads THEN concat_ws('/', o.how, o.stepped_up,
               (SELECT c.epoch FROM patient_change c WHERE c.patient = o.patient),
               hub_newest(o.patient, o.of_all_kinds, o.stepped_up)) END,
           CASE WHEN o.own THEN (
               SELECT md5(string_agg(concat(n.id, n.read_at), '/' ORDER BY n.id)) FROM (
                   SELECT n.id, n.read_at FROM notification n
                    WHERE n.patient = o.patient
                      AND n.kind NOT IN ('phone.code', 'sign_in.code', 'step_up.code')
                    ORDER BY n.id DESC LIMIT 50) n) END
      FROM open_to o;
END;
REVOKE ALL ON FUNCTION stream_marks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stream_marks TO hub_api;
"""
"""One row for each living session and whoever it may read: what differs from the last time is new.
A session that ended has no row. Inbox: its first pages as they are, since ids that were made at the
same moment may be stored in another order."""

INBOX = """
CREATE INDEX notification_inbox ON notification (patient, id);
"""

STREAM = INBOX + NEWEST + MARKS
