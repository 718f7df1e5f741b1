"""Default values of columns: the hub's time, the reference of a delivery, when and whose it is."""

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

DELIVERY: Final = """
CREATE FUNCTION delivery_as_its_notification() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT n.expires_at, n.facility INTO NEW.expires_at, NEW.facility
      FROM notification n WHERE n.id = NEW.notification;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION delivery_as_its_notification FROM PUBLIC;
CREATE TRIGGER as_its_notification BEFORE INSERT ON delivery FOR EACH ROW
    WHEN (NEW.expires_at IS NULL OR NEW.facility IS NULL)
    EXECUTE FUNCTION delivery_as_its_notification();

CREATE FUNCTION deliveries_follow_their_notification() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE delivery d SET expires_at = NEW.expires_at, facility = NEW.facility
     WHERE d.notification = NEW.id AND d.status IN ('planned', 'held', 'sending', 'in_doubt');
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION deliveries_follow_their_notification FROM PUBLIC;
CREATE TRIGGER with_its_deliveries AFTER UPDATE OF expires_at, facility ON notification
    FOR EACH ROW EXECUTE FUNCTION deliveries_follow_their_notification();

UPDATE delivery d SET expires_at = n.expires_at, facility = n.facility
  FROM notification n
 WHERE n.id = d.notification AND d.status IN ('planned', 'held') AND d.expires_at IS NULL;
"""
"""A delivery that says neither when it ends nor whose it is would never expire, and never come back
from a suspension. Planning says both; what a process of before has planned is filled here. The hub
moves neither of them later on; who does so by hand moves the deliveries too."""

SQL: Final = CLOCK + REFERENCE + DELIVERY
