"""Keeps what waits for its facility's desk from sessions that only a code opened.

These policies are restrictive: whatever else a reader may see, it must pass them too.
"""

from typing import Final

from backend.records.kinds import KINDS

PROVEN_BY: Final = "(c.proof IN ('slip', 'vneid') OR c.level IN ('desk', 'vneid'))"
"""Of a reach `c`: more than a code was shown."""

PROVEN: Final = f"""
CREATE FUNCTION hub_proven() RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT coalesce(array_agg(c.chart), '{{}}') FROM session_chart c
      JOIN session s ON s.id = c.session AND s.ended_at IS NULL AND s.expires_at > hub_clock()
     WHERE c.session = hub_setting('hub.session') AND c.ended_at IS NULL
       AND {PROVEN_BY};
END;
REVOKE ALL ON FUNCTION hub_proven FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_proven TO hub_patient;
"""
"""Gives the charts for which the session has shown more than a code: a slip, VNeID or a desk. It is
asked only where something held is met. A caregiver never has: nothing held is read by a grant."""

RECORDS: Final = "".join(
    f"""
CREATE POLICY held ON {table} AS RESTRICTIVE FOR SELECT TO hub_patient
    USING (held = 0 OR coalesce(patient = ANY ((SELECT hub_proven())::uuid[]), false));
"""
    for table in (*(kind.table for kind in KINDS), "notification")
)

DOSES: Final = """
CREATE POLICY held ON dose_rule AS RESTRICTIVE FOR SELECT TO hub_patient
    USING (EXISTS (SELECT FROM medicine m WHERE m.id = medicine));
"""
"""Doses are open to whom their medicine is: its policies decide inside this one."""

CONFIRMING: Final = """
GRANT SELECT, UPDATE (done_at, done_by, outcome) ON desk_task TO hub_intake;
"""
"""Whoever confirms what is held settles the task about it, in the same transaction."""

SQL: Final = PROVEN + RECORDS + DOSES + CONFIRMING
