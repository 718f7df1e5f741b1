"""Functions that release records when a facility's policy allows it."""

from typing import Final

from backend.records.kinds import CAN_WAIT

_DUE = " UNION ALL ".join(
    f"""
        (SELECT t.patient FROM {table} t
          WHERE t.release_at <= hub_clock() AND t.patient <> ALL (but)
          ORDER BY t.release_at LIMIT 100)"""
    for table in CAN_WAIT
)

NEXT: Final = f"""
CREATE FUNCTION hub_due_for_release(but uuid[]) RETURNS TABLE (patient uuid, change_n bigint)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT c.patient, c.n FROM patient_change c
     WHERE c.patient = ANY (ARRAY(SELECT due.patient FROM ({_DUE}) due))
     LIMIT 1 FOR UPDATE OF c SKIP LOCKED;
END;
REVOKE ALL ON FUNCTION hub_due_for_release FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_due_for_release TO hub_worker;
"""
"""Locks the record of a patient of whom something is due. Whoever is being written about just now
is left for the next time: nobody waits for anybody. Who is due is looked for first, as an array:
`IN` may be answered by reading all patients."""

_SEEN = "SET visible_from = hub_clock(), release_at = NULL, change_n = the_n"
_SHOW_RESULTS = f"""
    RETURN QUERY WITH shown AS (
        UPDATE result t {_SEEN}
         WHERE t.patient = the_owner AND t.release_at <= hub_clock()
        RETURNING t.id, t.facility, t.observation_keys, t.hidden
    ), measured AS (
        UPDATE observation o {_SEEN} FROM shown s
         WHERE o.patient = the_owner AND o.facility = s.facility AND NOT s.hidden
           AND o.key = ANY (s.observation_keys) AND o.visible_from IS NULL
        RETURNING o.id
    ) SELECT s.id FROM shown s UNION ALL SELECT m.id FROM measured m;
    found_any := found_any OR FOUND;"""
_SHOW = _SHOW_RESULTS + "".join(
    f"""
    RETURN QUERY UPDATE {table} t {_SEEN}
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;"""
    for table in CAN_WAIT
    if table != "result"
)

SHOWING: Final = f"""
CREATE FUNCTION hub_release_due(the_owner uuid, the_n bigint) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found_any boolean := false;
BEGIN{_SHOW}
    IF found_any THEN
        UPDATE patient_change c SET n = the_n WHERE c.patient = the_owner AND c.n < the_n;
    END IF;
END $$;
REVOKE ALL ON FUNCTION hub_release_due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_release_due TO hub_worker, hub_intake;
"""
"""Shows what is due of a patient, as one change, and gives the ids; with a report also what it
shows. The caller holds the patient's lock. The worker may show records and read none: of ids alone
it learns nothing."""

SQL: Final = NEXT + SHOWING
