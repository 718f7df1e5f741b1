"""Lets patients read who read or changed their record, and dispute it.

`hub_patient` has no right on `audit_event`: one function reads it, for the charts that the gate has
opened to a session by its own proofs, and for no other.
"""

from typing import Final

from backend.auth.registration.chart_endings import REPLACED_ACT as REPLACED
from backend.schema.repeatable.gate import REACHES, STRONG

DISPUTES: Final = """
ALTER TABLE access_dispute ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_and_staff ON access_dispute FOR ALL TO hub_api USING (true) WITH CHECK (true);
"""
"""Patients reach it as themselves, after a look at their session; it is no part of the record."""

SPAN: Final = "interval '10 minutes'"
"""What somebody did several times within such a piece of the clock is one line."""

LOG: Final = f"""
CREATE FUNCTION hub_first_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN rpad(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0'), 32, '0')::uuid;

CREATE FUNCTION hub_piece(id uuid) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_bin({SPAN}, uuid_extract_timestamp(id), timestamptz '2000-01-01T00:00:00Z');

CREATE FUNCTION hub_held_until(charts uuid[]) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT array_agg(CASE WHEN p.held_since IS NULL OR p.id = ANY (hub_proven())
               THEN '00000000-0000-0000-0000-000000000000'
               ELSE (SELECT a.id FROM audit_event a
                      WHERE a.patient = p.id AND a.action = '{REPLACED}'
                      ORDER BY a.id DESC LIMIT 1) END ORDER BY r.place)
      FROM unnest(charts) WITH ORDINALITY r (chart, place) JOIN patient p ON p.id = r.chart;
END;
REVOKE ALL ON FUNCTION hub_held_until FROM PUBLIC;

CREATE FUNCTION hub_access_log(before uuid, most integer)
    RETURNS TABLE (id uuid, chart uuid, at timestamptz, last_at timestamptz, times bigint,
                   actor_kind text, actor uuid, own boolean, relation text, person uuid,
                   name bytea, role text,
                   facility text, action text, why bytea, why_digest bytea, result text,
                   from_where text, device uuid, details bytea,
                   disputed_at timestamptz, dispute_done_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    charts CONSTANT uuid[] := authorized_charts('own', {STRONG});
    held CONSTANT uuid[] := hub_held_until(charts);
    edge uuid := coalesce(hub_first_id(hub_piece(before) + {SPAN}),
                          'ffffffff-ffff-ffff-ffff-ffffffffffff');
    newest uuid;
    lowest uuid;
    given integer := 0;
    more integer;
BEGIN
    LOOP
        EXIT WHEN given >= most;
        SELECT n.id INTO newest FROM unnest(charts, held) AS r (chart, held), LATERAL (
            SELECT a.id FROM audit_event a
             WHERE a.patient = r.chart AND a.id < edge AND a.id > r.held
               AND NOT (a.action = 'access-log' AND a.result = 'done')
             ORDER BY a.id DESC LIMIT 1) n ORDER BY n.id DESC LIMIT 1;
        EXIT WHEN newest IS NULL;
        lowest := least(coalesce(hub_first_id(hub_piece(newest)), newest), newest);
        RETURN QUERY
        WITH act AS (
            SELECT a.*, a.actor_kind = 'patient' AND EXISTS (
                       SELECT FROM session_chart c
                        WHERE c.session = a.actor AND c.chart = a.patient
                          AND c.level = ANY ({REACHES})) AS own
              FROM unnest(charts, held) AS r (chart, held), LATERAL (
                SELECT * FROM audit_event e
                 WHERE e.patient = r.chart AND e.id < edge AND e.id >= lowest AND e.id > r.held
                   AND NOT (e.action = 'access-log' AND e.result = 'done')) a
        ), line AS (
            SELECT (array_agg(a.id ORDER BY a.id))[1] AS id, a.patient AS chart, min(a.at) AS at,
                   max(a.at) AS last_at,
                   sum(a.stands_for) AS times, a.actor_kind::text, a.actor, a.action::text,
                   (array_agg(a.why ORDER BY a.id))[1] AS why, a.why_digest, a.result::text,
                   a.own, CASE WHEN a.own THEN a.from_where::text END AS from_where,
                   CASE WHEN a.action LIKE 'sign\\_in.%' THEN a.subject END AS session,
                   (array_agg(d.id) FILTER (WHERE d.id IS NOT NULL))[1] AS dispute
              FROM act a
              LEFT JOIN access_dispute d ON d.line = a.id AND d.withdrawn_at IS NULL
             GROUP BY a.patient, a.actor_kind, a.actor, a.action, a.why_digest, a.result, a.own,
                      13, 14)
        SELECT l.id, l.chart, l.at, l.last_at, l.times, l.actor_kind, l.actor, l.own, g.relation,
               g.person, p.name, s.role::text, f.name, l.action,
               l.why, l.why_digest, l.result, l.from_where,
               v.id, v.details, d.created_at, t.done_at
          FROM line l
          LEFT JOIN LATERAL (
               SELECT CASE WHEN g.patient = l.chart THEN 'caregiver' ELSE 'cared_for' END
                          AS relation,
                      CASE WHEN g.patient = l.chart THEN g.caregiver ELSE g.patient END AS person
                 FROM session_chart c JOIN caregiver_grant g
                   ON (g.patient, g.caregiver) IN ((l.chart, c.chart), (c.chart, l.chart))
                WHERE l.actor_kind = 'patient' AND NOT l.own AND c.session = l.actor
                  AND c.level = ANY ({REACHES})
                ORDER BY g.patient = l.chart DESC, g.id LIMIT 1) g ON true
          LEFT JOIN patient p ON p.id = g.person
          LEFT JOIN staff s ON l.actor_kind = 'staff' AND s.id = l.actor
          LEFT JOIN facility f ON f.id = CASE l.actor_kind WHEN 'facility' THEN l.actor
                                              WHEN 'staff' THEN s.facility END
          LEFT JOIN session o ON o.id = l.session AND l.own
          LEFT JOIN device v ON v.id = o.device
          LEFT JOIN access_dispute d ON d.id = l.dispute
          LEFT JOIN desk_task t ON t.kind = 'access_disputed' AND t.subject = d.id
         WHERE before IS NULL OR l.id < before
         ORDER BY l.id DESC LIMIT most - given;
        GET DIAGNOSTICS more = ROW_COUNT;
        given := given + more;
        edge := lowest;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION hub_access_log(uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_access_log(uuid, integer) TO hub_patient;
"""
"""A line has the id of its first act, so more of the same neither moves it nor makes it another,
and a page begins after an id whatever was written meanwhile. An id that has no time in it is a
piece of its own, so that the log goes on behind it. Of a chart that has another citizen id, what
was done before waits for its desk, as its records do (`held.py`). That the owner looked at this log
is written down and not shown: a log that grows by being read would never be the one an app has."""

PAGE: Final = """
CREATE FUNCTION read_access_log_page(the_session uuid, the_chart uuid, record_class text,
from_where text,
                                     levels text[], scopes text[], before uuid, most integer)
    RETURNS TABLE (answer text, reach uuid[], grant_id uuid, weak text[],
                   id uuid, chart uuid, at timestamptz, last_at timestamptz, times bigint,
                   actor_kind text, actor uuid, own boolean, relation text, person uuid,
                   name bytea, role text,
                   facility text, code text, why bytea, why_digest bytea, result text,
                   address text, device uuid, details bytea,
                   disputed_at timestamptz, dispute_done_at timestamptz)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    reach := CASE WHEN answer <> 'open' THEN gate.reach END;
    RETURN NEXT;
    IF answer = 'open' THEN
        RETURN QUERY SELECT NULL::text, NULL::uuid[], NULL::uuid, NULL::text[], l.*
          FROM hub_access_log(before, most) l;
    END IF;
END $$;
"""
"""As the other pages: the gate, and what it opened, in one statement."""

SQL: Final = DISPUTES + LOG + PAGE
