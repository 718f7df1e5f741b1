"""Default values of columns: the hub's time, and the reference of a delivery."""

from typing import Final

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

SQL: Final = CLOCK + REFERENCE
