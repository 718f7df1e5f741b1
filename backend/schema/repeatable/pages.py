"""Functions that read a page of a record through the gate in one trip.

Each function goes through `open_reading` first. A statement inside a function is planned as the
role of that moment, so what comes after the gate is read as `hub_patient`, under its policies; with
the end of the statement the role is gone.
"""

from typing import Final

from backend.records.kinds import KINDS, LISTED, Kind
from backend.records.rules import FULL_PAGE

PAGE: Final = """
CREATE FUNCTION read_{table}_page(the_session uuid, the_chart uuid, record_class text,
from_where text,
                                  levels text[], scopes text[],
                                  before text, before_id uuid, most integer,
                                  OUT answer text, OUT reach uuid[], OUT grant_id uuid,
                                  OUT weak text[], OUT body bytea, OUT at text, OUT id uuid,
                                  OUT left_out integer)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
    the_one uuid;
    top CONSTANT timestamptz := coalesce(before, 'infinity')::timestamptz;
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    shown integer := most - 1;
    texts text[];
    times timestamptz[];
    ids uuid[];
    with_text bigint;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    IF answer <> 'open' THEN
        reach := gate.reach;
        RETURN;
    ELSIF cardinality(gate.reach) = 1 THEN
        the_one := gate.reach[1];
        SELECT {arrays}, count(p.text) INTO texts, times, ids, with_text FROM ({of_one}) p;
    ELSE
        SELECT {arrays}, count(p.text) INTO texts, times, ids, with_text
          FROM (SELECT t.* FROM unnest(gate.reach) AS r (chart), LATERAL ({of_each}) t
                 ORDER BY t.at DESC, t.id DESC LIMIT most) p;
    END IF;
    IF with_text < cardinality(ids) THEN
        SELECT {arrays}, least(shown, count(*) FILTER (WHERE p.fits))
          INTO texts, times, ids, shown
          FROM (SELECT q.id, q.at, CASE WHEN q.fits THEN q.text END AS text, q.fits
                  FROM (SELECT t.*, {fits} AS fits FROM (
                      SELECT e.* FROM unnest(gate.reach) AS r (chart), LATERAL ({of_each_large}) e
                       ORDER BY e.at DESC, e.id DESC LIMIT most) t {window}) q) p;
        left_out := cardinality(array_positions(texts[:shown], NULL));
    END IF;
    IF cardinality(ids) > shown THEN
        at := times[shown]; id := ids[shown];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:shown], ','), ''), 'UTF8');
END $$;
"""
"""The last of the rows asked for is not shown: where there is one, `at` and `id` say after which
row the list goes on. A page without a beginning begins after everything, so that each is found by
its index. One row of bytes costs the API less than a row for each record. A record that cannot be
read is NULL, which `array_to_string` leaves out; the list goes on behind it.

Texts are looked at again where one cannot be read, or has more than its share of two full pages:
then the page ends with the row that fills it. Where none has, all of them fit.

Of several charts a page takes the newest of one index descent each. One chart needs no merging."""

FITS: Final = f"coalesce(sum(octet_length({{text}})) OVER rows_before, 0) < {FULL_PAGE}"
"""Whether the rows before this one leave room on the page; the first always has it. The length of a
text is known without reading it."""
BEFORE: Final = (
    "WINDOW rows_before AS (ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
)

_ARRAYS: Final = """array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC)"""
_OF_CHART: Final = """
                SELECT t.id, t.{order} AS at,
                       CASE WHEN t.readable{more} THEN t.{column} END AS text
                  FROM {table} t
                 WHERE t.patient = {chart} AND NOT t.hidden
                   AND (t.{order}, t.id) < (top, top_id)
                 ORDER BY t.{order} DESC, t.id DESC LIMIT most"""


def _page_of(kind: Kind) -> str:
    share = f" AND octet_length(t.{kind.text}) <= {2 * FULL_PAGE} / most"
    of_one, of_each, of_each_large = (
        _OF_CHART.format(
            table=kind.table, order=kind.listed_by, column=kind.text, chart=chart, more=more
        )
        for chart, more in (("the_one", share), ("r.chart", share), ("r.chart", ""))
    )
    return PAGE.format(
        table=kind.table,
        arrays=_ARRAYS,
        of_one=of_one,
        of_each=of_each,
        of_each_large=of_each_large,
        fits=FITS.format(text="t.text"),
        window=BEFORE.format(order="t.at DESC, t.id DESC"),
    )


PAGES: Final = "".join(map(_page_of, LISTED))

_ASK = """
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    reach := CASE WHEN answer <> 'open' THEN gate.reach END;"""
_OPENED = f"""{_ASK}
    RETURN NEXT;
    IF answer <> 'open' THEN
        RETURN;
    END IF;"""
"""The first row says what the gate said; the others are the records."""
_ASKED = """the_session uuid, the_chart uuid, record_class text, from_where text,
    levels text[], scopes text[]"""
_GATE = "answer text, reach uuid[], grant_id uuid, weak text[]"
_NO_GATE = "NULL::text, NULL::uuid[], NULL::uuid, NULL::text[]"


def _as_page(columns: str, rows: str, order: str) -> str:
    """Say of each row whether it fits on the page, and give the text of those that do."""
    return f"""
    SELECT {_NO_GATE}, {columns} FROM (
        SELECT u.*, {FITS.format(text="u.body")} AS fits FROM ({rows}) u
        {BEFORE.format(order=order)}) w ORDER BY {order.replace("u.", "w.")};"""


BRANCH: Final = """
    (SELECT t.id, t.{order} AS at, '{table}' AS kind,
            CASE WHEN t.readable THEN t.{column} END AS body
       FROM {table} t
      WHERE (wanted IS NULL OR '{table}' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden {more}
        AND (t.{order}, t.id) < (top, top_id) AND t.{order} >= earliest
        AND (t.{order} >= first OR t.happened_until > first)
      ORDER BY t.{order} DESC, t.id DESC LIMIT most)"""

_OF_ALL_KINDS = f"""
    SELECT b.id, b.at, b.kind, b.body FROM unnest(gate.reach) AS r (chart), LATERAL ({
    " UNION ALL ".join(
        BRANCH.format(table=kind.table, order=kind.listed_by, column=kind.text, more=kind.alone)
        for kind in KINDS
    )
}) b
     ORDER BY b.at DESC, b.id DESC LIMIT most"""
_ITEM = "w.id, w.at, CASE WHEN w.fits THEN w.body END, w.fits"
_NEWEST_FIRST = "u.at DESC, u.id DESC"

TIMELINE: Final = f"""
CREATE FUNCTION read_timeline_page({_ASKED}, before text, before_id uuid, most integer,
                                   wanted text[], since timestamptz, until timestamptz)
    RETURNS TABLE ({_GATE}, id uuid, at timestamptz, body text, fits boolean, kind text, place text)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
    top timestamptz := CASE WHEN since >= until THEN '-infinity'
                            ELSE least(before::timestamptz, until, hub_clock()) END;
    top_id uuid := CASE WHEN before::timestamptz <= top THEN before_id
                        ELSE '00000000-0000-0000-0000-000000000000' END;
    first CONSTANT timestamptz := coalesce(since, '-infinity');
    earliest CONSTANT timestamptz := first - interval '366 days';
BEGIN
    {_OPENED}
    RETURN QUERY {_as_page(f"{_ITEM}, w.kind, w.at::text", _OF_ALL_KINDS, _NEWEST_FIRST)}
END $$;
"""
"""One scan of each kind's index for each chart, each no longer than the page. What is still to come
has not happened: `top` is never ahead of the clock. A month or a year that is all a date says is
found wherever it overlaps what was asked for; none begins longer before than a year. A measurement
that a report shows stands in that report."""

_SAME_CODE = """
    SELECT c.id, c.at, c.body FROM unnest(gate.reach) AS r (chart), LATERAL (
        SELECT o.id, o.happened_at AS at, CASE WHEN o.readable THEN o.body END AS body
          FROM observation o
         WHERE o.patient = r.chart AND o.code = meant.code AND NOT o.hidden
           AND (o.code NOT LIKE '|%' OR o.facility = meant.facility)
         ORDER BY o.happened_at DESC, o.id DESC LIMIT most) c
     ORDER BY c.at DESC, c.id DESC LIMIT most"""

TREND: Final = f"""
CREATE FUNCTION read_trend_page({_ASKED}, the_observation uuid, most integer)
    RETURNS TABLE ({_GATE}, id uuid, at timestamptz, body text, fits boolean)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
    meant record;
BEGIN
    {_ASK}
    IF answer <> 'open' THEN
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT o.id, o.patient, o.code, o.facility INTO meant FROM observation o
     WHERE o.id = the_observation AND o.patient = ANY (gate.reach) AND NOT o.hidden;
    IF NOT FOUND THEN
        RAISE no_data_found;
    END IF;
    RETURN NEXT;
    IF meant.code = '' THEN
        RETURN QUERY SELECT {_NO_GATE}, o.id, o.happened_at,
                            CASE WHEN o.readable THEN o.body END, true
          FROM observation o WHERE o.id = meant.id AND o.patient = meant.patient;
    ELSE
        RETURN QUERY {_as_page(_ITEM, _SAME_CODE, _NEWEST_FIRST)}
    END IF;
EXCEPTION WHEN no_data_found THEN
    answer := 'not_found'; reach := gate.reach;
    RETURN NEXT;
END $$;
"""
"""What was measured under the code of one, in every chart; without a system, a code means something
to its facility only. Where there is no such one, what the gate wrote down of a reading goes with
the block."""

_APPOINTMENTS = """
CREATE FUNCTION read_{when}_appointment_page({asked}, from_at text, from_id uuid,
                                             most integer, over text[], day timestamptz)
    RETURNS TABLE ({gate}, id uuid, at text, body text, fits boolean)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
BEGIN
    {opened}
    RETURN QUERY {page}
END $$;
"""
_APPOINTMENT = "w.id, w.at::text, CASE WHEN w.fits THEN w.body END, w.fits"


def _appointments(when: str, which: str, order: str) -> str:
    rows = f"""
        SELECT a.id, a.at, a.body FROM unnest(gate.reach) AS r (chart), LATERAL (
            SELECT t.id, t.starts_at AS at, CASE WHEN t.readable THEN t.body END AS body
              FROM appointment t
             WHERE t.patient = r.chart AND NOT t.hidden AND {which}
             ORDER BY {order.replace("u.at", "t.starts_at").replace("u.", "t.")} LIMIT most) a
         ORDER BY {order.replace("u.", "a.")} LIMIT most"""
    return _APPOINTMENTS.format(
        when=when, asked=_ASKED, gate=_GATE, opened=_OPENED,
        page=_as_page(_APPOINTMENT, rows, order),
    )  # fmt: skip


APPOINTMENTS: Final = _appointments(
    "next",
    "(t.starts_at, t.id) > (from_at::timestamptz, from_id) AND t.starts_at >= day"
    " AND t.status <> ALL (over)",
    "u.at, u.id",
) + _appointments(
    "past",
    "(t.starts_at, t.id) < (from_at::timestamptz, from_id)"
    " AND (t.starts_at < day OR t.status = ANY (over))",
    _NEWEST_FIRST,
)

SQL: Final = PAGES + TIMELINE + TREND + APPOINTMENTS
