"""Guards the audit log: who may write, seal and check it, and what a row may never become.

Application roles insert, and choose neither time, place nor writer of a row. `hub_sealer` alone
sets a row's place and hash, once. Whoever owns the tables could take these rules away: then
`hub audit verify` finds what was done.
"""

from typing import Final

from backend.core.audit import CHAINED, RESEALED
from backend.core.audit_chain.sealer import SEALER_LOCK

ACT: Final = (
    "actor_kind, actor, patient, action, subject, why, why_digest, from_where, result, stands_for"
)
"""What an application role says about an act."""

RIGHTS: Final = f"""
GRANT SELECT (id, at, actor_kind, actor, patient, action, subject, why, why_digest, result,
              stands_for)
    ON audit_event TO hub_api;
GRANT INSERT ({ACT}) ON audit_event TO hub_api, hub_worker, hub_intake;
GRANT SELECT, UPDATE (place, chain) ON audit_event TO hub_sealer;
GRANT SELECT, INSERT, UPDATE ON audit_check TO hub_sealer;
GRANT SELECT ON dropped_month TO hub_sealer;
"""
"""From where somebody acted, auditors do not read. The worker cannot even read the log, but as
`hub_sealer`, for the length of a transaction."""

WRITTEN_HERE: Final = """
CREATE FUNCTION audit_written_here() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (pg_catalog.uuid_extract_timestamp(pg_catalog.uuidv7())
        - pg_catalog.uuid_extract_timestamp(NEW.id)
        BETWEEN interval '0' AND interval '1 minute') IS NOT TRUE THEN
        RAISE EXCEPTION 'nobody names an audit row'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.at := pg_catalog.clock_timestamp();
    NEW.written_by := pg_catalog.pg_current_xact_id();
    NEW.place := NULL;
    NEW.chain := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER written_here BEFORE INSERT ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_written_here();
ALTER TABLE audit_event ALTER COLUMN id SET DEFAULT uuidv7(), ALTER COLUMN at DROP DEFAULT,
    ALTER COLUMN written_by DROP DEFAULT;
"""
"""Holds for the owner of the tables too, and so for every function that runs as the owner. Values
are made once, here: without this trigger the log takes no row, and each reading would pay twice.
The id alone is made before, since it says in which month the row stands; it can only be of now. The
two times come from one source, which never goes back: a clock that is set refuses no act."""

_STANDS: Final = [column for column in CHAINED if column not in RESEALED]

SEALED_ONCE: Final = f"""
CREATE FUNCTION audit_sealed_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed record;
BEGIN
    IF EXISTS (SELECT FROM was w LEFT JOIN became b USING (id)
                WHERE {" OR ".join(f"w.{c} IS DISTINCT FROM b.{c}" for c in _STANDS)}
                   OR w.written_by IS DISTINCT FROM b.written_by
                   OR (w.place IS NOT NULL
                       AND (w.place, w.chain) IS DISTINCT FROM (b.place, b.chain))
                   OR (b.place IS NULL) <> (b.chain IS NULL)) THEN
        RAISE EXCEPTION 'an audit row is sealed once and never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT count(*) AS rows, min(b.place) AS first, max(b.place) AS last INTO sealed
      FROM became b JOIN was w USING (id) WHERE w.place IS NULL AND b.place IS NOT NULL;
    IF sealed.rows = 0 THEN
        RETURN NULL;
    END IF;
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the chain is sealed by what is committed now'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM pg_advisory_xact_lock({SEALER_LOCK});
    IF (sealed.last - sealed.first + 1 <> sealed.rows
        OR sealed.first <> 1 + coalesce((SELECT max(a.place) FROM public.audit_event a
                                          WHERE a.place < sealed.first), 0)
        OR sealed.rows <> (SELECT count(*) FROM public.audit_event a
                            WHERE a.place >= sealed.first)) THEN
        RAISE EXCEPTION 'an audit row takes the next place of the chain'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sealed_once AFTER UPDATE ON audit_event
    REFERENCING OLD TABLE AS was NEW TABLE AS became
    FOR EACH STATEMENT EXECUTE FUNCTION audit_sealed_once();
"""
"""Two months have no index in common: who seals waits for who sealed before, and then sees it, so
no place is given twice. `why` may be sealed anew with a newer key by the owner of the tables, who
alone may write it."""

KEPT: Final = """
CREATE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_kept();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON dropped_month
    FOR EACH STATEMENT EXECUTE FUNCTION audit_kept();
"""

MONTHS: Final = """
CREATE FUNCTION audit_guard(part regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON %s FOR EACH STATEMENT'
                   ' EXECUTE FUNCTION public.audit_kept()', part);
    EXECUTE format('CREATE TRIGGER sealed_once AFTER UPDATE ON %s REFERENCING OLD TABLE AS was'
                   ' NEW TABLE AS became FOR EACH STATEMENT'
                   ' EXECUTE FUNCTION public.audit_sealed_once()', part);
END $$;
SELECT audit_guard(inhrelid::regclass) FROM pg_inherits
 WHERE inhparent = 'public.audit_event'::regclass;
"""
"""A partition inherits what is for each row of it, and nothing that is for a whole statement."""

SQL: Final = RIGHTS + WRITTEN_HERE + SEALED_ONCE + KEPT + MONTHS
