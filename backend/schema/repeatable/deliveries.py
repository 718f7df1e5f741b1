"""What holds for each delivery: when it ends, whose it is, and what the brakes on texts count."""

from typing import Final

from backend.auth.facilities.suspension import SUSPENSION_LOCK

AS_ITS_NOTIFICATION: Final = """
CREATE FUNCTION delivery_as_its_notification() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT n.expires_at, n.facility INTO NEW.expires_at, NEW.facility
      FROM notification n WHERE n.id = NEW.notification;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a delivery says when it ends, and whose it is'
            USING ERRCODE = 'not_null_violation';
    END IF;
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

SUSPENDED: Final = f"""
CREATE FUNCTION hub_suspended() RETURNS uuid[] LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({SUSPENSION_LOCK});
    RETURN coalesce((SELECT array_agg(id) FROM facility WHERE suspended_at IS NOT NULL), '{{}}');
END $$;
"""
"""Two statements in one function: the second sees what was committed before the lock was free."""

INDEXES: Final = """
CREATE INDEX IF NOT EXISTS booked_text_number ON booked_text (number_hash, booked_at);
CREATE INDEX IF NOT EXISTS booked_text_by_time ON booked_text (booked_at);
CREATE INDEX IF NOT EXISTS reached_number_by_time ON reached_number (facility, reached_at)
    WHERE counted;
CREATE INDEX IF NOT EXISTS reached_number_by_prefix
    ON reached_number (facility, prefix_hash, reached_at) WHERE counted;
CREATE INDEX IF NOT EXISTS waiting_text_of_facility ON waiting_text (facility, lane);
CREATE INDEX IF NOT EXISTS delivery_suspended ON delivery (facility, lane)
    WHERE status = 'held' AND reason = 'facility_suspended';
"""

SQL: Final = AS_ITS_NOTIFICATION + SUSPENDED + INDEXES
