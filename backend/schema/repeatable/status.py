"""Reads for everybody what is late: names and times, no patient."""

from typing import Final

LATE: Final = """
CREATE FUNCTION hub_late(lanes smallint[], messages_after interval)
    RETURNS TABLE (upstream text, name text, since timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT 'facility', f.name, heard.at
      FROM facility f CROSS JOIN LATERAL (
           SELECT e.received_at AS at FROM received_event e WHERE e.facility = f.id
            ORDER BY e.received_at DESC LIMIT 1) heard
     WHERE heard.at < hub_clock() - f.late_after
    UNION ALL
    SELECT 'messages', NULL, min(waiting.due_at)
      FROM unnest(lanes) AS of (lane) CROSS JOIN LATERAL (
           SELECT d.due_at FROM delivery d WHERE d.status = 'planned' AND d.lane = of.lane
            ORDER BY d.due_at LIMIT 1) waiting
    HAVING min(waiting.due_at) < hub_clock() - messages_after
     ORDER BY 1, 3, 2;
END;
REVOKE ALL ON FUNCTION hub_late(smallint[], interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_late(smallint[], interval) TO hub_api;
"""
"""A facility that nobody watches, or that was never heard, is not late: there is nothing that would
be usual for it. Each lane and each facility costs one look at an index."""

WAITING: Final = """
CREATE FUNCTION hub_waiting_messages(longer_than interval)
    RETURNS TABLE (facility uuid, since timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT f.id, waiting.at
      FROM facility f CROSS JOIN LATERAL (
           SELECT e.received_at AS at FROM received_event e
            WHERE e.facility = f.id AND e.outcome = 'quarantined'
            ORDER BY e.received_at LIMIT 1) waiting
     WHERE waiting.at < hub_clock() - longer_than;
END;
REVOKE ALL ON FUNCTION hub_waiting_messages(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_waiting_messages(interval) TO hub_worker;
"""
"""Gives the facilities with a message that has waited longer, and since when: no message itself.
Each facility costs one look at an index, however many wait."""

SQL: Final = LATE + WAITING
