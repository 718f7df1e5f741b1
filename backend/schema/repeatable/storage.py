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
TURN_LOCK: Final = 7_331
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

KEPT: Final = """
CREATE FUNCTION hub_hindrance(the_table text, the_month timestamptz, part regclass) RETURNS text
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    this_month CONSTANT timestamptz := hub_month_of(hub_clock());
    edge CONSTANT uuid := hub_first_id(hub_next_month(the_month, 1));
    keeps CONSTANT integer := coalesce((SELECT r.months FROM retention r
                                         WHERE r.table_name = the_table), 0);
    last bigint;
    found boolean;
BEGIN
    IF keeps = 0 OR hub_next_month(the_month, keeps + 1) > this_month THEN
        RETURN 'kept';
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE id >= %L AND id < %L)', the_table,
                   hub_first_id(hub_next_month(this_month, -1)), hub_first_id(this_month))
       INTO found;
    IF NOT found THEN
        RETURN 'silent';
    ELSIF the_table = 'received_event' THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE outcome = ''quarantined'')', part)
           INTO found;
        RETURN CASE WHEN found THEN 'waiting' ELSE '' END;
    ELSIF the_table <> 'audit_event' THEN
        RETURN CASE WHEN EXISTS (SELECT FROM delivery d WHERE d.id < edge
                                    AND d.status IN ('sending', 'in_doubt'))
                    THEN 'unfinished' ELSE '' END;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE place IS NULL)', part) INTO found;
    EXECUTE format('SELECT max(place) FROM %s', part) INTO last;
    RETURN CASE
        WHEN found THEN 'unsealed'
        WHEN EXISTS (SELECT FROM audit_event WHERE place < last
                        AND id >= hub_first_id(hub_next_month(this_month, -keeps))) THEN 'mixed'
        WHEN last IS NOT NULL AND NOT EXISTS (SELECT FROM audit_event WHERE place > last)
            THEN 'last'
        ELSE '' END;
END $$;
"""
"""Says why a month stays; nothing when it may go. `kept`: its time is not over. `silent`: nothing
was written last month, so the clock may be wrong. `waiting`: a message is in quarantine.
`unfinished`: a delivery of then is still open. Of the audit log: `unsealed`; `mixed`: a row that
must stay was sealed before its end; `last`: the chain ends with it."""

DROPPED: Final = f"""
CREATE FUNCTION hub_oldest(the_table text, OUT month timestamptz, OUT part regclass)
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT m.month, m.part INTO month, part FROM hub_months() m
     WHERE m.table_name = the_table ORDER BY m.month LIMIT 1;
    IF part IS NOT NULL AND hub_hindrance(the_table, month, part) <> '' THEN
        part := NULL;
    END IF;
END $$;

CREATE FUNCTION hub_end_of_due_audit() RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    old CONSTANT record := hub_oldest('audit_event');
    last bigint;
BEGIN
    IF old.part IS NOT NULL THEN
        EXECUTE format('SELECT max(place) FROM %s', old.part) INTO last;
    END IF;
    RETURN last;
END $$;
REVOKE ALL ON FUNCTION hub_end_of_due_audit() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_end_of_due_audit() TO hub_worker;

CREATE FUNCTION hub_drop_month(the_table text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    old record;
    line text;
    gone integer;
    kept dropped_month;
BEGIN
    PERFORM set_config('lock_timeout', '{LOCKED_MS}ms', true);
    PERFORM pg_advisory_xact_lock({TURN_LOCK});
    old := hub_oldest(the_table);
    IF old.part IS NULL THEN
        RETURN NULL;
    END IF;
    IF the_table = 'received_event' THEN
        DELETE FROM known_sender_id WHERE id IN (
            SELECT k.id FROM known_sender_id k
             WHERE k.id < hub_first_id(hub_next_month(old.month, 1)) ORDER BY k.id LIMIT {FEW});
        GET DIAGNOSTICS gone = ROW_COUNT;
        IF gone = {FEW} THEN
            RETURN 'known_sender_id';
        END IF;
    END IF;
    FOR line IN SELECT DISTINCT confrelid::regclass::text FROM pg_constraint
                 WHERE conrelid = old.part AND contype = 'f' LOOP
        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', line);
    END LOOP;
    EXECUTE format('LOCK TABLE ONLY public.%I IN ACCESS EXCLUSIVE MODE', the_table);
    EXECUTE format('LOCK TABLE %s, months.%I IN ACCESS EXCLUSIVE MODE', old.part,
                   the_table || '_other');
    kept := ROW (uuidv7(), the_table, old.month, (SELECT greatest(reltuples, 0) FROM pg_class
                                                   WHERE oid = old.part),
                 NULL, NULL, NULL, NULL, uuidv7());
    IF the_table = 'audit_event' THEN
        IF hub_hindrance(the_table, old.month, old.part) <> '' THEN
            RETURN NULL;
        END IF;
        EXECUTE format('SELECT place, chain FROM %s ORDER BY place LIMIT 1', old.part)
           INTO kept.first_place, kept.first_chain;
        EXECUTE format('SELECT place, chain FROM %s ORDER BY place DESC LIMIT 1', old.part)
           INTO kept.last_place, kept.last_chain;
    END IF;
    line := old.part::text;
    EXECUTE format('ALTER TABLE public.%I DETACH PARTITION %s', the_table, line);
    EXECUTE format('DROP TABLE %s', line);
    INSERT INTO audit_event (actor_kind, action, subject, why_digest)
    VALUES ('system', 'month.dropped', kept.id, hub_digest_of(kept)) RETURNING id INTO kept.entry;
    INSERT INTO dropped_month SELECT kept.*;
    RETURN line;
END $$;
REVOKE ALL ON FUNCTION hub_drop_month(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_drop_month(text) TO hub_worker;
"""
"""Drops the oldest month of a table if nothing hinders it, and gives its name. In one transaction:
the rows, the ids of the senders, what is kept of the month, and a row of the audit log. All locks
are taken for a moment, or none: then PostgreSQL refuses, and whoever called tries again. DETACH
CONCURRENTLY would wait without them, but not in a transaction, and not beside `_other`."""

DIGEST: Final = """
CREATE FUNCTION hub_digest_of(kept dropped_month) RETURNS bytea LANGUAGE sql STABLE
    RETURN sha256(convert_to(concat_ws('|', kept.id, kept.table_name,
        extract(epoch FROM kept.month)::bigint, kept.rows_estimated,
        coalesce(kept.first_place, 0), coalesce(encode(kept.first_chain, 'hex'), ''),
        coalesce(kept.last_place, 0), coalesce(encode(kept.last_chain, 'hex'), '')), 'UTF8'));
"""
"""The chain covers it, so that what is kept of a month cannot be written anew unseen."""

STATE: Final = f"""
CREATE FUNCTION hub_month_state() RETURNS TABLE (table_name text, missing bigint, outside bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    FOREACH table_name IN ARRAY ARRAY[{_TABLES}] LOOP
        SELECT count(*) INTO missing FROM hub_missing_months() m
         WHERE m.table_name = hub_month_state.table_name
           AND m.month <= hub_next_month(hub_month_of(hub_clock()), 1);
        EXECUTE format('SELECT count(*) FROM (SELECT FROM months.%I LIMIT {FEW}) few',
                       table_name || '_other') INTO outside;
        RETURN NEXT;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION hub_month_state() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_month_state() TO hub_worker;
"""
"""For each table: whether this month or the next is missing, and how many rows are of no month."""

SQL: Final = CLOCK + REFERENCE + LISTED + MADE + KEPT + DIGEST + DROPPED + STATE
