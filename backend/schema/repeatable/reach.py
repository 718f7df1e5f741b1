"""Keeps restricted records closed to what rose by waiting alone, whatever steps a session up."""

from typing import Final

SQL: Final = """
CREATE FUNCTION session_chart_never_restricted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.stepped_up_until := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER never_restricted BEFORE INSERT OR UPDATE ON session_chart
    FOR EACH ROW WHEN (NEW.never_restricted AND NEW.stepped_up_until IS NOT NULL)
    EXECUTE FUNCTION session_chart_never_restricted();
"""
"""A new phone with the same SIM card waits for 72 hours: a code to it proves nothing more."""
