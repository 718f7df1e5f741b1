"""Reads what has changed of a record since a point in its history. Body of `m0220_sync`."""

from typing import Final
from uuid import UUID

from backend.schema.visibility_rules import OPEN_TO

AFTER_ALL_ROWS: Final = UUID(int=2**128 - 1)
"""Stands in a position for the id of whoever has read all rows of that change."""

FORGOTTEN = """
ALTER TABLE patient_change ADD COLUMN forgotten_n bigint NOT NULL DEFAULT 0;
"""

_STATE = """
    SELECT coalesce(max(c.n), 0) AS n, coalesce(max(c.epoch), 0) AS epoch,
           coalesce(max(c.forgotten_n), 0) AS forgotten_n,
           hub_restricted() IS NOT NULL AS stepped_up
      FROM patient_change c WHERE c.patient = gate.patient
"""
"""A patient of whom nothing was ever filed has no row there: aggregates give one all the same."""

_ROWS = " UNION ALL ".join(
    f"""
        (SELECT '{table}' AS kind, t.id, t.change_n, t.document AS body FROM {table} t
          WHERE t.patient = gate.patient AND (t.change_n, t.id) > (after_n, after_id)
          ORDER BY t.change_n, t.id LIMIT most)"""
    for table in OPEN_TO
)
_STONES = """
        (SELECT t.kind, t.record, t.change_n, NULL::text FROM tombstone t
          WHERE t.patient = gate.patient AND t.change_n > coalesce(stones_after, s.n)
            AND (t.change_n, t.record) > (after_n, after_id)
          ORDER BY t.change_n, t.record LIMIT most)"""

CHANGES = f"""
CREATE FUNCTION read_changes_page(the_session uuid, the_patient uuid, what text, from_where text,
                                  levels text[], scopes text[],
                                  after_n bigint, after_id uuid, stones_after bigint, most integer)
    RETURNS TABLE (answer text, patient uuid, grant_id uuid, level text, scope text,
                   n bigint, epoch integer, forgotten_n bigint, stepped_up boolean,
                   kind text, id uuid, change_n bigint, body text)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
BEGIN
    SELECT * INTO STRICT gate
      FROM open_reading(the_session, the_patient, what, from_where, levels, scopes);
    IF gate.answer <> 'open' THEN
        RETURN QUERY SELECT gate.answer, gate.patient, gate.grant_id, gate.level, gate.scope,
                            NULL::bigint, NULL::integer, NULL::bigint, NULL::boolean,
                            NULL::text, NULL::uuid, NULL::bigint, NULL::text;
        RETURN;
    END IF;
    IF after_id = '{AFTER_ALL_ROWS}' AND NOT EXISTS (
        SELECT FROM patient_change c WHERE c.patient = gate.patient AND c.n > after_n)
    THEN
        RETURN QUERY
        SELECT gate.answer, gate.patient, gate.grant_id, gate.level, gate.scope,
               s.n, s.epoch, s.forgotten_n, s.stepped_up,
               NULL::text, NULL::uuid, NULL::bigint, NULL::text
          FROM ({_STATE}) s;
        RETURN;
    END IF;
    RETURN QUERY
    WITH state AS MATERIALIZED ({_STATE})
    SELECT gate.answer, gate.patient, gate.grant_id, gate.level, gate.scope,
           s.n, s.epoch, s.forgotten_n, s.stepped_up,
           found.kind::text, found.id, found.change_n, found.body
      FROM state s LEFT JOIN LATERAL (
        SELECT * FROM ({_ROWS} UNION ALL {_STONES}) each
         ORDER BY each.change_n, each.id LIMIT most) found ON true
     ORDER BY found.change_n, found.id;
END $$;
"""
"""State and rows are of one snapshot, so that a merge, or a step-up that begins, comes before both
or after both; and the state is read first, so that a step-up that is just running out leaves a
cursor of the stepped-up kind, which fits nothing that follows."""

FORGETTING = """
CREATE FUNCTION hub_forget_stones(older interval, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    before uuid := uuidv7(hub_clock() - clock_timestamp() - older);
    due uuid[] := ARRAY(SELECT t.id FROM tombstone t WHERE t.id < before ORDER BY t.id LIMIT most);
    each record;
BEGIN
    FOR each IN SELECT t.patient, max(t.change_n) AS n FROM tombstone t WHERE t.id = ANY (due)
                 GROUP BY t.patient ORDER BY t.patient LOOP
        UPDATE patient_change c SET forgotten_n = greatest(c.forgotten_n, each.n)
         WHERE c.patient = each.patient;
    END LOOP;
    DELETE FROM tombstone t WHERE t.id = ANY (due);
    RETURN cardinality(due);
END $$;
REVOKE ALL ON FUNCTION hub_forget_stones FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_forget_stones TO hub_worker;
"""
"""The ids of stones are in the order of time, so the oldest are found by the key. The floor is
raised under the patients' locks, in the order in which writers take them."""

SYNC = FORGOTTEN + CHANGES + FORGETTING
