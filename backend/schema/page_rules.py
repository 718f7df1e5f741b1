"""Reads a page of a record as one text, through the gate in one trip. Body of `m0170_pages`."""

from typing import Final

INDEXES: Final = """
CREATE INDEX IF NOT EXISTS appointment_by_time ON appointment (patient, starts_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS medicine_of_patient ON medicine (patient, happened_at DESC, id DESC);
"""
"""As the other kinds have one: the order of the list, so that a page is read and nothing sorted."""

PAGE: Final = """
DROP FUNCTION IF EXISTS read_{table}_page(uuid, uuid, text, text, text[], text[],
                                          timestamptz, uuid, integer);
CREATE FUNCTION read_{table}_page(the_session uuid, the_patient uuid, what text, from_where text,
                                  levels text[], scopes text[],
                                  before timestamptz, before_id uuid, most integer,
                                  OUT answer text, OUT patient uuid, OUT grant_id uuid,
                                  OUT body bytea, OUT at timestamptz, OUT id uuid)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
    top CONSTANT timestamptz := coalesce(before, 'infinity');
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    texts text[];
    times timestamptz[];
    ids uuid[];
BEGIN
    SELECT * INTO STRICT gate
      FROM open_reading(the_session, the_patient, what, from_where, levels, scopes);
    answer := gate.answer; patient := gate.patient; grant_id := gate.grant_id;
    IF answer <> 'open' THEN
        RETURN;
    END IF;
    SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
           array_agg(p.at ORDER BY p.at DESC, p.id DESC),
           array_agg(p.id ORDER BY p.at DESC, p.id DESC)
      INTO texts, times, ids
      FROM (SELECT t.id, t.{order} AS at, t.{column} AS text FROM {table} t
             WHERE t.patient = gate.patient AND NOT t.hidden AND (t.{order}, t.id) < (top, top_id)
             ORDER BY t.{order} DESC, t.id DESC LIMIT most) p;
    IF cardinality(ids) = most THEN
        at := times[most - 1]; id := ids[most - 1];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:most - 1], ','), ''), 'UTF8');
END $$;
"""
"""The last of the rows asked for is not shown: where there is one, `at` and `id` say after which
row the list goes on. A page without a beginning begins after everything, so that each is found by
its index. One row of bytes costs the API less than a row for each record."""

LISTS: Final = {
    "result": ("happened_at", "header"),
    "observation": ("happened_at", "document"),
    "appointment": ("starts_at", "document"),
    **dict.fromkeys(
        ("medicine", "visit", "condition", "allergy", "immunisation", "document"),
        ("happened_at", "document"),
    ),
}
"""Each table that is listed: by which time it is in order, and which text a list shows."""

PAGES: Final = INDEXES + "".join(
    PAGE.format(table=table, order=order, column=column) for table, (order, column) in LISTS.items()
)
