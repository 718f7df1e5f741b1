"""What a table needs to take rows: the hub's time, the reference of a delivery, and its months.

Four tables grow with every message: each has a partition for each month, by the time in its ids.
"""

from typing import Final

from backend.core.months.tables import MONTHLY

CLOCK: Final = """
CREATE FUNCTION hub_clock() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN clock_timestamp() + (SELECT ahead FROM clock_offset);

ALTER TABLE delivery_event ALTER COLUMN at SET DEFAULT hub_clock();
ALTER TABLE delivery ALTER COLUMN created_at SET DEFAULT hub_clock();
ALTER TABLE notification ALTER COLUMN created_at SET DEFAULT hub_clock();
ALTER TABLE dose_note ALTER COLUMN noted_at SET DEFAULT hub_clock();
"""
"""Leases and due times are set and compared by this one clock. Tests move it; nobody else can."""

REFERENCE: Final = """
CREATE FUNCTION hub_reference() RETURNS varchar LANGUAGE plpgsql AS $$
DECLARE
    letters CONSTANT text := 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
    n bigint := (nextval('delivery_number') * 17835037 + 9814072) % 28629151;
    text varchar := '';
BEGIN
    FOR _ IN 1..5 LOOP
        text := text || substr(letters, (n % 31)::int + 1, 1);
        n := n / 31;
    END LOOP;
    RETURN text;
END $$;
ALTER TABLE delivery ALTER COLUMN reference SET DEFAULT hub_reference();
"""
"""Five letters out of 31 that nobody mistakes for another, one after the other in an order that
looks random: 31^5 = 28,629,151 deliveries before one comes again."""

AHEAD: Final = 3
"""Months that are there before they begin."""
LOCKED_MS: Final = 100
"""How long a change of the partitions waits for a lock. Those who come meanwhile wait behind it."""
TURN_LOCK: Final = 7_316
FEW: Final = 10_000
"""Rows that a worker moves from the partition of all other times: a moment's work."""
_TABLES: Final = ", ".join(f"'{table}'" for table in MONTHLY)

LISTED: Final = f"""
CREATE FUNCTION hub_month_of(at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE
    RETURN date_trunc('month', at, 'UTC');
CREATE FUNCTION hub_next_month(month timestamptz, steps integer) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE
    RETURN ((month AT TIME ZONE 'UTC') + steps * interval '1 month') AT TIME ZONE 'UTC';

CREATE FUNCTION hub_months() RETURNS TABLE (table_name text, month timestamptz, part regclass)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT p.relname::text, to_date(right(c.relname, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC',
           c.oid::regclass
      FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
      JOIN pg_class c ON c.oid = i.inhrelid
     WHERE c.relkind = 'r' AND p.relnamespace = 'public'::regnamespace
       AND c.relnamespace = 'months'::regnamespace AND c.relname ~ '_[0-9]{{4}}_[0-9]{{2}}$';
END;

CREATE FUNCTION hub_missing_months() RETURNS TABLE (table_name text, month timestamptz)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT t.name, m.month FROM unnest(ARRAY[{_TABLES}]) AS t (name)
     CROSS JOIN LATERAL (SELECT hub_next_month(hub_month_of(hub_clock()), s) AS month
                           FROM generate_series(0, {AHEAD}) AS s) m
     WHERE NOT EXISTS (SELECT FROM hub_months() h
                        WHERE h.table_name = t.name AND h.month = m.month)
     ORDER BY m.month, t.name;
END;
"""
"""A month begins at midnight in UTC, as the time in an id does. Its partition has no rights for
anybody, and stands in a schema that nobody may enter: rows are reached through their table."""

MADE: Final = f"""
CREATE FUNCTION hub_make_month(most integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    missing record;
    part text;
    other text;
    bounds text;
    outside bigint;
BEGIN
    PERFORM set_config('lock_timeout', '{LOCKED_MS}ms', true);
    PERFORM pg_advisory_xact_lock({TURN_LOCK});
    FOR missing IN SELECT * FROM hub_missing_months() LOOP
        part := format('months.%I', missing.table_name || to_char(missing.month AT TIME ZONE 'UTC',
                                                                  '_YYYY_MM'));
        other := format('months.%I', missing.table_name || '_other');
        bounds := format('id >= %L AND id < %L', hub_first_id(missing.month),
                         hub_first_id(hub_next_month(missing.month, 1)));
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %s WHERE %s LIMIT %s) few',
                       other, bounds, most::bigint + 1) INTO outside;
        CONTINUE WHEN outside > most;
        EXECUTE format('CREATE TABLE %s (LIKE public.%I INCLUDING DEFAULTS INCLUDING STORAGE)',
                       part, missing.table_name);
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', other);
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', other);
        EXECUTE format('WITH moved AS (DELETE FROM %s WHERE %s RETURNING *)'
                       ' INSERT INTO %s SELECT * FROM moved', other, bounds, part);
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', other);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
                       missing.table_name, part, hub_first_id(missing.month),
                       hub_first_id(hub_next_month(missing.month, 1)));
        IF missing.table_name = 'audit_event' THEN
            PERFORM audit_guard(part::regclass);
        END IF;
        RETURN part;
    END LOOP;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION hub_make_month(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_make_month(integer) TO hub_worker;
"""
"""Makes the first month that is missing, and gives its name. It locks the partition of all other
times for a moment, but neither readers nor writers of its table. Rows of that month that have come
too early are moved; are there more than `most`, the month waits for `hub migrate`."""

SQL: Final = CLOCK + REFERENCE + LISTED + MADE
