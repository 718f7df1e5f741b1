"""A table of a test's own, with faults that PostgreSQL itself raises."""

SCRATCH = """
DROP SCHEMA IF EXISTS scratch CASCADE;
CREATE SCHEMA scratch;
GRANT USAGE ON SCHEMA scratch TO PUBLIC;
CREATE TABLE scratch.note (n int, text varchar(20));
CREATE SEQUENCE scratch.times;
GRANT ALL ON scratch.note, scratch.times TO PUBLIC;
CREATE FUNCTION scratch.fails(state text, often int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('scratch.times') <= often THEN
        RAISE EXCEPTION 'on purpose' USING ERRCODE = state;
    END IF;
END $$;
CREATE FUNCTION scratch.ends_at_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF NEW.text = 'ends' AND nextval('scratch.times') = 1 THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ends_at_commit AFTER INSERT ON scratch.note DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scratch.ends_at_commit();
"""
"""A table, and faults that come as often as a test says: a sequence does not roll back."""
