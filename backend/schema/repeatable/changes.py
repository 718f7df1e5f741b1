"""Functions that read the changes of a record, and tell a stream whether there are any."""

from typing import Final
from uuid import UUID

from backend.schema.repeatable.gate import GRANTED, LIVING, REACHED, REACHES, STRONG
from backend.schema.repeatable.held import PROVEN_BY
from backend.schema.repeatable.pages import BEFORE, FITS
from backend.schema.repeatable.row_security import (
    IN_SUMMARY,
    LISTED_IN_SUMMARY,
    OPEN_TO,
    among,
)

AFTER_ALL_ROWS: Final = UUID(int=2**128 - 1)
"""Stands in a position for the id of whoever has read all rows of that change."""

FIRST: Final = UUID(int=0)

_STATES = f"""
        SELECT r.chart, r.level, r.place,
               coalesce(n.n, 0) AS n, coalesce(n.epoch, 0) AS epoch,
               coalesce(n.forgotten_n, 0) AS forgotten_n,
               {among("restricted", STRONG, "r.chart")} AS stepped_up,
               r.chart = ANY ((SELECT hub_proven())::uuid[]) AS proven,
               coalesce(k.n, 0) AS after_n, coalesce(k.id, '{FIRST}') AS after_id,
               k.tombstones_after
          FROM unnest(gate.reach, gate.held) WITH ORDINALITY AS r (chart, level, place)
          LEFT JOIN patient_change n ON n.patient = r.chart
          LEFT JOIN unnest(kept, after_n, after_id, tombstones_after)
               AS k (chart, n, id, tombstones_after) ON k.chart = r.chart"""
"""The state of each chart that is open, and up to where its reader knows it. A chart of which
nothing was ever filed has no change number: it counts as 0."""

_ROWS = " UNION ALL ".join(
    f"""
        (SELECT '{table}' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM {table} t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most)"""
    for table in OPEN_TO
)
_TOMBSTONES = """
        (SELECT t.kind, t.record, t.change_n, NULL::text, false FROM tombstone t
          WHERE t.patient = s.chart AND t.change_n > coalesce(s.tombstones_after, s.n)
            AND (t.change_n, t.record) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.record LIMIT most)"""

CHANGES: Final = f"""
CREATE FUNCTION read_changes_page(the_session uuid, the_chart uuid, record_class text,
from_where text,
                                  levels text[], scopes text[],
                                  kept uuid[], after_n bigint[], after_id uuid[],
                                  tombstones_after bigint[], most integer)
    RETURNS TABLE (answer text, reach uuid[], grant_id uuid, weak text[], scope text,
                   chart uuid, level text, n bigint, epoch integer, forgotten_n bigint,
                   stepped_up boolean, proven boolean,
                   kind text, id uuid, change_n bigint, body text, left_out boolean, fits boolean)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    reach := CASE WHEN answer <> 'open' THEN gate.reach END;
    scope := gate.scope;
    RETURN NEXT;
    IF answer <> 'open' THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH state AS MATERIALIZED ({_STATES})
    SELECT NULL::text, NULL::uuid[], NULL::uuid, NULL::text[], NULL::text, s.chart, s.level, s.n,
           s.epoch, s.forgotten_n, s.stepped_up, s.proven,
           NULL::text, NULL::uuid, NULL::bigint, NULL::text, NULL::boolean, NULL::boolean
      FROM state s
    UNION ALL (
    SELECT NULL::text, NULL::uuid[], NULL::uuid, NULL::text[], NULL::text, w.chart, NULL::text,
           NULL::bigint, NULL::integer, NULL::bigint, NULL::boolean, NULL::boolean,
           w.kind::text, w.id, w.change_n, CASE WHEN w.fits THEN w.body END, w.left_out, w.fits
      FROM (
        SELECT u.*, {FITS.format(text="u.body")} AS fits FROM (
            SELECT s.chart, s.place, found.* FROM state s, LATERAL (
                SELECT * FROM ({_ROWS} UNION ALL {_TOMBSTONES}) item
                 ORDER BY item.change_n, item.id LIMIT most) found
             WHERE s.after_id <> '{AFTER_ALL_ROWS}' OR s.n > s.after_n
             ORDER BY s.place, found.change_n, found.id LIMIT most) u
        {BEFORE.format(order="u.place, u.change_n, u.id")}) w
     ORDER BY w.place, w.change_n, w.id);
END $$;
"""
"""The first row says what the gate said; one for each chart says its state, in the order of the
reach; the others are what is new, chart by chart. Of a chart in which nothing has happened no
table is asked.

State and rows are of one snapshot, so that a merge, or a step-up that begins, comes before both
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
          WHERE {"" if table in IN_SUMMARY else "of_all_kinds AND "}t.patient = the_owner
            AND NOT t.hidden AND t.visible_from IS NOT NULL
            AND (restricted_too OR t.restriction = '') AND (held_too OR t.held = 0)
          ORDER BY t.change_n DESC, t.id DESC LIMIT 1)"""
    for table in OPEN_TO
)

NEWEST: Final = f"""
CREATE FUNCTION hub_newest(the_owner uuid, of_all_kinds boolean, restricted_too boolean,
                           held_too boolean) RETURNS bigint
    LANGUAGE sql STABLE SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT greatest({_NEWEST},
        (SELECT t.change_n FROM tombstone t
          WHERE t.patient = the_owner AND t.restricted = restricted_too
            AND (of_all_kinds OR t.kind IN ({LISTED_IN_SUMMARY}))
          ORDER BY t.change_n DESC, t.record DESC LIMIT 1), 0);
END;
REVOKE ALL ON FUNCTION hub_newest FROM PUBLIC;
"""
"""Gives the newest change that a reader can see, by the same rules as the policies. Not the newest
there is: a stream that stirred at that would tell of what is not for this reader."""

MARKS: Final = f"""
CREATE FUNCTION stream_marks(sessions uuid[])
    RETURNS TABLE (session uuid, chart uuid, own boolean, records text, inbox text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH open_to AS (
        SELECT s.id, c.id AS place, c.chart, true AS own, 'own' AS extent,
               coalesce(c.stepped_up_until > hub_clock(), false) AS stepped_up,
               true AS of_all_kinds, {PROVEN_BY} AS proven, c.level = ANY ({STRONG}) AS reads
          FROM session s LEFT JOIN {REACHED} AND c.level = ANY ({REACHES})
         WHERE s.id = ANY (sessions) AND {LIVING}
        UNION ALL
        SELECT s.id, g.id, g.patient, false, g.id::text,
               coalesce(c.stepped_up_until > hub_clock(), false) AND g.scope <> 'summary',
               g.scope <> 'summary', false, true
          FROM {GRANTED} AND s.id = ANY (sessions) AND c.level = ANY ({STRONG})
    )
    SELECT o.id, o.chart, o.own,
           CASE WHEN o.reads THEN concat_ws('/', o.extent, o.stepped_up, o.proven,
               (SELECT n.epoch FROM patient_change n WHERE n.patient = o.chart),
               hub_newest(o.chart, o.of_all_kinds, o.stepped_up, o.proven)) END,
           CASE WHEN o.own THEN (
               SELECT md5(string_agg(concat(n.id, n.read_at), '/' ORDER BY n.id)) FROM (
                   SELECT n.id, n.read_at FROM notification n
                    WHERE n.patient = o.chart
                      AND n.kind NOT IN ('phone.code', 'sign_in.code', 'step_up.code')
                    ORDER BY n.id DESC LIMIT 50) n) END
      FROM open_to o ORDER BY o.id, o.place;
END $$;
REVOKE ALL ON FUNCTION stream_marks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stream_marks TO hub_api;
"""
"""One row for each chart that a living session shows, or may open by a grant: what differs from the
last time is new. A session that reaches no chart has one row without one; a session that ended
has none. Inbox: its first pages as they are, since ids that were made at the same moment may be
stored in another order."""

SQL: Final = CHANGES + FORGETTING + NEWEST + MARKS
