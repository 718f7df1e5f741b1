"""Functions that read the changes of a record, and tell a stream whether there are any."""

from typing import Final
from uuid import UUID

from backend.schema.repeatable.row_security import FROM_SUMMARY, IN_SUMMARY, OPEN_TO

AFTER_ALL_ROWS: Final = UUID(int=2**128 - 1)
"""Stands in a position for the id of whoever has read all rows of that change."""

_STATE = """
    SELECT coalesce(max(c.n), 0) AS n, coalesce(max(c.epoch), 0) AS epoch,
           coalesce(max(c.forgotten_n), 0) AS forgotten_n,
           hub_restricted() IS NOT NULL AS stepped_up
      FROM patient_change c WHERE c.patient = gate.patient
"""
"""A patient of whom nothing was ever filed has no row there: aggregates give one all the same."""

_ROWS = " UNION ALL ".join(
    f"""
        (SELECT '{table}' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM {table} t
          WHERE t.patient = gate.patient AND (t.change_n, t.id) > (after_n, after_id)
          ORDER BY t.change_n, t.id LIMIT most)"""
    for table in OPEN_TO
)
_TOMBSTONES = """
        (SELECT t.kind, t.record, t.change_n, NULL::text, false FROM tombstone t
          WHERE t.patient = gate.patient AND t.change_n > coalesce(tombstones_after, s.n)
            AND (t.change_n, t.record) > (after_n, after_id)
          ORDER BY t.change_n, t.record LIMIT most)"""

CHANGES: Final = f"""
CREATE FUNCTION read_changes_page(the_session uuid, the_patient uuid, record_class text,
from_where text,
                                  levels text[], scopes text[],
                                  after_n bigint, after_id uuid, tombstones_after bigint, most
                                  integer)
    RETURNS TABLE (answer text, patient uuid, grant_id uuid, level text, scope text,
                   n bigint, epoch integer, forgotten_n bigint, stepped_up boolean,
                   kind text, id uuid, change_n bigint, body text, left_out boolean)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
BEGIN
    SELECT * INTO STRICT gate
      FROM open_reading(the_session, the_patient, record_class, from_where, levels, scopes);
    IF gate.answer <> 'open' THEN
        RETURN QUERY SELECT gate.answer, gate.patient, gate.grant_id, gate.level, gate.scope,
                            NULL::bigint, NULL::integer, NULL::bigint, NULL::boolean,
                            NULL::text, NULL::uuid, NULL::bigint, NULL::text, NULL::boolean;
        RETURN;
    END IF;
    IF after_id = '{AFTER_ALL_ROWS}' AND NOT EXISTS (
        SELECT FROM patient_change c WHERE c.patient = gate.patient AND c.n > after_n)
    THEN
        RETURN QUERY
        SELECT gate.answer, gate.patient, gate.grant_id, gate.level, gate.scope,
               s.n, s.epoch, s.forgotten_n, s.stepped_up,
               NULL::text, NULL::uuid, NULL::bigint, NULL::text, NULL::boolean
          FROM ({_STATE}) s;
        RETURN;
    END IF;
    RETURN QUERY
    WITH state AS MATERIALIZED ({_STATE})
    SELECT gate.answer, gate.patient, gate.grant_id, gate.level, gate.scope,
           s.n, s.epoch, s.forgotten_n, s.stepped_up,
           found.kind::text, found.id, found.change_n, found.body, found.left_out
      FROM state s LEFT JOIN LATERAL (
        SELECT * FROM ({_ROWS} UNION ALL {_TOMBSTONES}) item
         ORDER BY item.change_n, item.id LIMIT most) found ON true
     ORDER BY found.change_n, found.id;
END $$;
"""
"""State and rows are of one snapshot, so that a merge, or a step-up that begins, comes before both
or after both; and the state is read first, so that a step-up that is just running out leaves a
cursor of the stepped-up kind, which fits nothing that follows."""

FORGETTING: Final = """
CREATE FUNCTION hub_purge_tombstones(older interval, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before uuid := uuidv7(hub_clock() - clock_timestamp() - older);
    due uuid[] := ARRAY(SELECT t.id FROM tombstone t WHERE t.id < before ORDER BY t.id LIMIT most);
    item record;
BEGIN
    FOR item IN SELECT t.patient, max(t.change_n) AS n FROM tombstone t WHERE t.id = ANY (due)
                 GROUP BY t.patient ORDER BY t.patient LOOP
        UPDATE patient_change c SET forgotten_n = greatest(c.forgotten_n, item.n)
         WHERE c.patient = item.patient;
    END LOOP;
    DELETE FROM tombstone t WHERE t.id = ANY (due);
    RETURN cardinality(due);
END $$;
REVOKE ALL ON FUNCTION hub_purge_tombstones FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_purge_tombstones TO hub_worker;
"""
"""The ids of tombstones are in the order of time, so the oldest are found by the key. The floor is
raised under the patients' locks, in the order in which writers take them."""

_NEWEST = ", ".join(
    f"""
        (SELECT t.change_n FROM {table} t
          WHERE {"" if the_owner == FROM_SUMMARY else "of_all_kinds AND "}t.patient = the_owner
            AND NOT t.hidden AND t.visible_from IS NOT NULL
            AND (restricted_too OR t.restriction = '')
          ORDER BY t.change_n DESC, t.id DESC LIMIT 1)"""
    for table, the_owner in OPEN_TO.items()
)

NEWEST: Final = f"""
CREATE FUNCTION hub_newest(the_owner uuid, of_all_kinds boolean, restricted_too boolean) RETURNS
bigint
    LANGUAGE sql STABLE SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT greatest({_NEWEST},
        (SELECT t.change_n FROM tombstone t
          WHERE t.patient = the_owner AND t.restricted = restricted_too
            AND (of_all_kinds OR t.kind IN ({IN_SUMMARY}))
          ORDER BY t.change_n DESC, t.record DESC LIMIT 1), 0);
END;
REVOKE ALL ON FUNCTION hub_newest FROM PUBLIC;
"""
"""Gives the newest change that a reader can see, by the same rules as the policies. Not the newest
there is: a stream that stirred at that would tell of what is not for this reader."""

MARKS: Final = """
CREATE FUNCTION stream_marks(sessions uuid[], levels text[])
    RETURNS TABLE (session uuid, patient uuid, own boolean, records text, inbox text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    WITH live AS (
        SELECT s.id, s.patient, s.level = ANY (levels) AS reads,
               coalesce(s.stepped_up_until > hub_clock(), false) AS stepped_up
          FROM session s
         WHERE s.id = ANY (sessions) AND s.ended_at IS NULL AND s.expires_at > hub_clock()
    ), open_to AS (
        SELECT l.id, l.patient, true AS own, 'own' AS extent, l.stepped_up, true AS of_all_kinds,
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
           CASE WHEN o.reads THEN concat_ws('/', o.extent, o.stepped_up,
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

SQL: Final = CHANGES + FORGETTING + NEWEST + MARKS
