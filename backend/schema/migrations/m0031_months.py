"""Partitions what grows with every message by the month that stands in its ids."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-12-01T03:31:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "months: partitions"

PARTITIONED: Final = """
CREATE SCHEMA months;
REVOKE ALL ON SCHEMA months FROM PUBLIC;
DO $$
DECLARE
    name text;
    later text[];
    line text;
BEGIN
    FOREACH name IN ARRAY ARRAY['attempt', 'audit_event', 'delivery_event', 'received_event'] LOOP
        later := ARRAY(
            SELECT format('ALTER TABLE public.%I ADD CONSTRAINT %I %s', name, c.conname,
                          pg_get_constraintdef(c.oid))
              FROM pg_constraint c
             WHERE c.conrelid = name::regclass AND c.contype IN ('p', 'c', 'f')
            UNION ALL
            SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i
             WHERE i.indrelid = name::regclass
               AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid
                                  AND c.conrelid = i.indrelid));
        EXECUTE format('ALTER TABLE public.%I RENAME TO %I', name, name || '_whole');
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS'
                       ' INCLUDING STORAGE) PARTITION BY RANGE (id)', name, name || '_whole');
        EXECUTE format('CREATE TABLE months.%I PARTITION OF public.%I DEFAULT',
                       name || '_other', name);
        EXECUTE format('INSERT INTO public.%I SELECT * FROM public.%I', name, name || '_whole');
        EXECUTE format('DROP TABLE public.%I CASCADE', name || '_whole');
        FOREACH line IN ARRAY later LOOP
            EXECUTE line;
        END LOOP;
    END LOOP;
END $$;
"""
"""Whatever is of no month that is there stands in the partition `_other`: a clock was wrong, or
nobody made the month. It is why no row is ever refused. What depended on the tables that go, a
function or a policy, is written anew with the rules."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(PARTITIONED)

    manager.add_raw(run)
    return manager
