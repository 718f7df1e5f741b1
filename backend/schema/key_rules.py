"""What the key ring asks of the database. The body of `m0010_keys`."""

RING_LOCK = 7_302
"""Shared by whoever writes what people are found by, alone to whoever changes the data keys."""

KEYS = f"""
CREATE FUNCTION hub_data_keys() RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({RING_LOCK});
    RETURN (SELECT array_agg(name::text) FROM hub_key
             WHERE purpose = 'data' AND (ends_at IS NULL OR ends_at > hub_clock()));
END $$;
GRANT SELECT ON hub_key TO hub_intake;
"""
"""Two statements in one function: the second sees what whoever held the lock has committed."""

NUMBERS = """
GRANT DELETE ON patient_lookup TO hub_api, hub_intake;
GRANT UPDATE (active) ON patient_identifier TO hub_api;
"""
"""A cancelled number stays in the history, and nobody is found by it any more."""
