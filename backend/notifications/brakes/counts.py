"""Statements that count what a facility and a number have had before, for texts that are due."""

FACTS = """
WITH t AS MATERIALIZED (
    SELECT now - interval '1 hour' AS hour, now - interval '1 day' AS day
      FROM (SELECT hub_clock() AS now) clock
)
SELECT a.id, r.id IS NOT NULL AS reached, w.brake AS waits, s.*,
       EXISTS (SELECT FROM booked_text b WHERE b.id = a.id) AS counts_already
  FROM t CROSS JOIN unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::text[])
       AS a (id, facility, contact, number_hash, origin)
  JOIN delivery d ON d.id = a.id AND d.status = 'planned'
  LEFT JOIN reached_number r ON r.facility = a.facility AND r.number_hash = a.number_hash
  LEFT JOIN LATERAL (SELECT w.brake FROM waiting_text w
       WHERE w.facility = a.facility AND w.number_hash = a.number_hash
       AND EXISTS (SELECT FROM delivery o WHERE o.id = w.id AND o.status = 'held')
       LIMIT 1) w ON r.id IS NULL
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE own AND b.booked_at > t.hour) AS chart_hour,
              count(*) FILTER (WHERE own) AS chart_day,
              min(b.booked_at) FILTER (WHERE own AND b.booked_at > t.hour) AS chart_hour_since,
              min(b.booked_at) FILTER (WHERE own) AS chart_day_since,
              count(*) FILTER (WHERE here AND b.booked_at > t.hour) AS number_hour,
              count(*) FILTER (WHERE here) AS number_day,
              min(b.booked_at) FILTER (WHERE here AND b.booked_at > t.hour)
                  AS number_hour_since,
              min(b.booked_at) FILTER (WHERE here) AS number_day_since,
              count(*) FILTER (WHERE everywhere AND b.booked_at > t.hour) AS unproved_hour,
              count(*) FILTER (WHERE everywhere) AS unproved_day,
              min(b.booked_at) FILTER (WHERE everywhere AND b.booked_at > t.hour)
                  AS unproved_hour_since,
              min(b.booked_at) FILTER (WHERE everywhere) AS unproved_day_since
         FROM booked_text b CROSS JOIN LATERAL (
              SELECT b.facility = a.facility AND b.contact = a.contact AS own,
                     b.facility = a.facility AND NOT b.bound AS here,
                     NOT b.bound AND b.leaves AS everywhere) o
        WHERE b.number_hash = a.number_hash AND b.booked_at > t.day AND b.counted
          AND b.origin = a.origin AND b.id <> a.id) s
 WHERE NOT EXISTS (SELECT FROM booked_text b WHERE b.id = a.id AND b.leaves)
"""
"""Asked once the facilities are locked: it sees what whoever had the lock before has booked."""

FACILITIES = """
SELECT f.id AS facility, coalesce(f.first_texts_per_hour, $2) AS budget,
       (SELECT count(*) FROM reached_number r WHERE r.facility = f.id AND r.counted
           AND r.reached_at > (SELECT hub_clock() - interval '1 hour')) AS hour
  FROM facility f WHERE f.id = ANY($1::uuid[])
"""

PREFIXES = """
WITH t AS MATERIALIZED (
    SELECT now - interval '1 hour' AS hour, now - interval '1 day' AS day
      FROM (SELECT hub_clock() AS now) clock
)
SELECT r.facility, r.prefix_hash, count(*) AS day,
       count(*) FILTER (WHERE r.reached_at > (SELECT hour FROM t)) AS hour
  FROM unnest($1::uuid[], $2::bytea[]) AS a (facility, prefix_hash)
  JOIN reached_number r ON r.facility = a.facility AND r.prefix_hash = a.prefix_hash
 WHERE r.counted AND r.reached_at > (SELECT day FROM t) GROUP BY r.facility, r.prefix_hash
"""

WAITING = """
SELECT w.facility, w.prefix_hash, count(DISTINCT w.number_hash) AS numbers,
       count(DISTINCT w.number_hash) FILTER (WHERE w.brake = $2) AS of_facility
  FROM waiting_text w JOIN delivery d ON d.id = w.id AND d.status = 'held'
 WHERE w.facility = ANY($1::uuid[]) GROUP BY w.facility, w.prefix_hash
"""
"""What waits for room has it before what comes new."""
