"""Says which facilities are suspended, and indexes what the brakes on texts count."""

from typing import Final

from backend.auth.facilities.suspension import SUSPENSION_LOCK

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
CREATE INDEX IF NOT EXISTS waiting_text_of_facility ON waiting_text (facility);
CREATE INDEX IF NOT EXISTS delivery_suspended ON delivery (facility, lane)
    WHERE status = 'held' AND reason = 'facility_suspended';
"""

SQL: Final = SUSPENDED + INDEXES
