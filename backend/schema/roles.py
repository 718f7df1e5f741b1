"""The database's roles. Roles belong to the whole server, so they are made before any migration."""

ROLES = """
DO $$
DECLARE each text;
BEGIN
    FOREACH each IN ARRAY ARRAY['hub_owner', 'hub_patient', 'hub_intake'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = each) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', each);
        END IF;
    END LOOP;
    FOREACH each IN ARRAY ARRAY['hub_api', 'hub_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = each) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', each);
        END IF;
    END LOOP;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO hub_owner', current_database());
END $$;
GRANT hub_patient TO hub_api WITH INHERIT FALSE, SET TRUE;
GRANT hub_intake TO hub_api WITH INHERIT FALSE, SET TRUE;
GRANT USAGE, CREATE ON SCHEMA public TO hub_owner;
"""
"""`hub_owner` owns the tables and cannot log in. `hub_api` and `hub_worker` are what the processes
log in as. `hub_patient` and `hub_intake` are only ever stepped into, by the gate and by intake."""
