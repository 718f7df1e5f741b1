"""Functions that read a page of a record through the gate in one trip.

Each function goes through `open_reading` first. A statement inside a function is planned as the
role of that moment, so what comes after the gate is read as `hub_patient`, under its policies; with
the end of the statement the role is gone.
"""

from typing import Final

from backend.records.kinds import KINDS, LISTED

PAGE: Final = """
CREATE FUNCTION read_{table}_page(the_session uuid, the_patient uuid, record_class text,
from_where text,
                                  levels text[], scopes text[],
                                  before text, before_id uuid, most integer,
                                  OUT answer text, OUT patient uuid, OUT grant_id uuid,
                                  OUT body bytea, OUT at text, OUT id uuid,
                                  OUT left_out integer)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
    top CONSTANT timestamptz := coalesce(before, 'infinity')::timestamptz;
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    texts text[];
    times timestamptz[];
    ids uuid[];
    with_text bigint;
BEGIN
    gate := open_reading(the_session, the_patient, record_class, from_where, levels, scopes);
    answer := gate.answer; patient := gate.patient; grant_id := gate.grant_id;
    IF answer <> 'open' THEN
        RETURN;
    END IF;
    SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
           array_agg(p.at ORDER BY p.at DESC, p.id DESC),
           array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text)
      INTO texts, times, ids, with_text
      FROM (SELECT t.id, t.{order} AS at, CASE WHEN t.readable THEN t.{column} END AS text
              FROM {table} t
             WHERE t.patient = gate.patient AND NOT t.hidden AND (t.{order}, t.id) < (top, top_id)
             ORDER BY t.{order} DESC, t.id DESC LIMIT most) p;
    IF cardinality(ids) = most THEN
        at := times[most - 1]; id := ids[most - 1];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:most - 1], ','), ''), 'UTF8');
    IF with_text < cardinality(ids) THEN
        left_out := cardinality(array_positions(texts[:most - 1], NULL));
    END IF;
END $$;
"""
"""The last of the rows asked for is not shown: where there is one, `at` and `id` say after which
row the list goes on. A page without a beginning begins after everything, so that each is found by
its index. One row of bytes costs the API less than a row for each record. A record that cannot be
read is NULL, which `array_to_string` leaves out; the list goes on behind it."""

PAGES: Final = "".join(
    PAGE.format(table=kind.table, order=kind.listed_by, column=kind.text) for kind in LISTED
)

_OPENED = """
    gate := open_reading(the_session, the_patient, record_class, from_where, levels, scopes);
    IF gate.answer <> 'open' THEN
        RETURN QUERY SELECT gate.answer, gate.patient, gate.grant_id, {nothing};
        RETURN;
    END IF;
"""
_ASKED = """the_session uuid, the_patient uuid, record_class text, from_where text,
    levels text[], scopes text[]"""
_NO_ROW = "NULL::uuid, NULL::timestamptz, NULL::text"
_NO_PLACE = "NULL::uuid, NULL::text, NULL::text"

BRANCH: Final = """
    (SELECT t.id, t.{order} AS at, '{table}' AS kind,
            CASE WHEN t.readable THEN t.{column} END AS body
       FROM {table} t
      WHERE (wanted IS NULL OR '{table}' = ANY (wanted))
        AND t.patient = gate.patient AND NOT t.hidden {more}
        AND (t.{order}, t.id) < (top, top_id) AND t.{order} >= first
      ORDER BY t.{order} DESC, t.id DESC LIMIT most)"""

TIMELINE: Final = f"""
CREATE FUNCTION read_timeline_page({_ASKED}, before text, before_id uuid, most integer,
                                   wanted text[], since timestamptz, until timestamptz)
    RETURNS TABLE (answer text, patient uuid, grant_id uuid, id uuid, at timestamptz, body text,
                   kind text, place text)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
    top timestamptz := least(before::timestamptz, until, hub_clock());
    top_id uuid := CASE WHEN before::timestamptz <= top THEN before_id
                        ELSE '00000000-0000-0000-0000-000000000000' END;
    first timestamptz := coalesce(since, '-infinity');
BEGIN
    {_OPENED.format(nothing=_NO_ROW + ", NULL::text, NULL::text")}
    RETURN QUERY
    SELECT gate.answer, gate.patient, gate.grant_id, u.id, u.at, u.body, u.kind, u.at::text
      FROM (
    {
    " UNION ALL ".join(
        BRANCH.format(table=kind.table, order=kind.listed_by, column=kind.text, more=kind.alone)
        for kind in KINDS
    )
}) u
     ORDER BY u.at DESC, u.id DESC LIMIT most;
END $$;
"""
"""One scan of each kind's index, each no longer than the page. What is still to come has not
happened: `top` is never ahead of the clock. A measurement that a report shows stands in
that report."""

TREND: Final = f"""
CREATE FUNCTION read_trend_page({_ASKED}, the_observation uuid, most integer)
    RETURNS TABLE (answer text, patient uuid, grant_id uuid, id uuid, at timestamptz, body text)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
    meant record;
BEGIN
    {_OPENED.format(nothing=_NO_ROW)}
    SELECT o.id, o.code, o.facility INTO meant FROM observation o
     WHERE o.id = the_observation AND o.patient = gate.patient AND NOT o.hidden;
    IF NOT FOUND THEN
        RAISE no_data_found;
    END IF;
    IF meant.code = '' THEN
        RETURN QUERY SELECT gate.answer, gate.patient, gate.grant_id, o.id, o.happened_at,
                            CASE WHEN o.readable THEN o.body END
          FROM observation o WHERE o.id = meant.id AND o.patient = gate.patient;
    ELSE
        RETURN QUERY SELECT gate.answer, gate.patient, gate.grant_id, o.id, o.happened_at,
                            CASE WHEN o.readable THEN o.body END
          FROM observation o
         WHERE o.patient = gate.patient AND o.code = meant.code AND NOT o.hidden
           AND (o.code NOT LIKE '|%' OR o.facility = meant.facility)
         ORDER BY o.happened_at DESC, o.id DESC LIMIT most;
    END IF;
EXCEPTION WHEN no_data_found THEN
    RETURN QUERY SELECT 'not_found', gate.patient, gate.grant_id, {_NO_ROW};
END $$;
"""
"""What was measured under the code of one; without a system, a code means something to its facility
only. Where there is no such one, what the gate wrote down of a reading goes with the block."""

_SOONEST = "ORDER BY t.starts_at, t.id LIMIT most"
_LATEST = "ORDER BY t.starts_at DESC, t.id DESC LIMIT most"
_APPOINTMENTS = f"""
CREATE FUNCTION read_{{when}}_appointment_page({_ASKED}, from_at text, from_id uuid,
                                             most integer, over text[], day timestamptz)
    RETURNS TABLE (answer text, patient uuid, grant_id uuid, id uuid, at text, body text)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
BEGIN
    {_OPENED.format(nothing=_NO_PLACE)}
    RETURN QUERY
    SELECT gate.answer, gate.patient, gate.grant_id, t.id, t.starts_at::text,
           CASE WHEN t.readable THEN t.body END
      FROM appointment t
     WHERE t.patient = gate.patient AND NOT t.hidden AND {{which}};
END $$;
"""
APPOINTMENTS: Final = _APPOINTMENTS.format(
    when="next",
    which=f"(t.starts_at, t.id) > (from_at::timestamptz, from_id) AND t.starts_at >= day"
    f" AND t.status <> ALL (over) {_SOONEST}",
) + _APPOINTMENTS.format(
    when="past",
    which=f"(t.starts_at, t.id) < (from_at::timestamptz, from_id)"
    f" AND (t.starts_at < day OR t.status = ANY (over)) {_LATEST}",
)

SQL: Final = PAGES + TIMELINE + TREND + APPOINTMENTS
