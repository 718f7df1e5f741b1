"""The gate decides level and scope too, and reads a page in the same trip. Body of `m0130_gate`."""

GATE = """
DROP FUNCTION open_reading(uuid, uuid, text, text);
CREATE FUNCTION open_reading(the_session uuid, the_patient uuid, what text, from_where text,
                             levels text[] DEFAULT NULL, scopes text[] DEFAULT NULL)
    RETURNS TABLE (answer text, patient uuid, level text, scope text, grant_id uuid)
    LANGUAGE plpgsql AS $$
DECLARE
    who uuid;
    whose uuid;
    how text;
    reach record;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT s.patient, s.level INTO who, how FROM session s
     WHERE s.id = the_session AND s.ended_at IS NULL AND s.expires_at > hub_clock();
    IF who IS NULL THEN
        RETURN QUERY SELECT 'not_signed_in', NULL::uuid, NULL::text, NULL::text, NULL::uuid;
        RETURN;
    END IF;
    whose := coalesce(the_patient, who);
    PERFORM set_config('hub.session', the_session::text, true),
            set_config('hub.patient', whose::text, true);
    SELECT r.patient, r.scope, r.grant_id INTO reach FROM hub_reach() r;
    IF reach.patient IS NULL OR NOT coalesce(reach.scope = ANY (scopes), scopes IS NULL) THEN
        RETURN QUERY SELECT 'not_found', whose, how, NULL::text, reach.grant_id; RETURN;
    END IF;
    IF NOT coalesce(how = ANY (levels), levels IS NULL) THEN
        RETURN QUERY SELECT 'stronger_sign_in_needed', whose, how, reach.scope, reach.grant_id;
        RETURN;
    END IF;
    INSERT INTO audit_event (actor_kind, actor, patient, what, subject, from_where)
         VALUES ('patient', who, whose, open_reading.what, reach.grant_id,
                 open_reading.from_where);
    PERFORM set_config('role', 'hub_patient', true);
    RETURN QUERY SELECT 'open', whose, how, reach.scope, reach.grant_id;
END $$;
"""
"""Which levels and scopes open a class of records, `rules` says: the gate is told, and decides
before it writes down that anything was read."""

PAGE = """
CREATE FUNCTION read_{table}_page(the_session uuid, the_patient uuid, what text, from_where text,
                                  levels text[], scopes text[],
                                  before timestamptz, before_id uuid, most integer)
    RETURNS TABLE (answer text, patient uuid, grant_id uuid, id uuid, at timestamptz, body text)
    LANGUAGE plpgsql AS $$
DECLARE
    gate record;
BEGIN
    SELECT * INTO STRICT gate
      FROM open_reading(the_session, the_patient, what, from_where, levels, scopes);
    IF gate.answer <> 'open' THEN
        RETURN QUERY SELECT gate.answer, gate.patient, gate.grant_id,
                            NULL::uuid, NULL::timestamptz, NULL::text;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT gate.answer, t.patient, gate.grant_id, t.id, t.{order}, t.{column}::text
      FROM {table} t
     WHERE t.patient = gate.patient AND NOT t.hidden
       AND (before IS NULL OR (t.{order}, t.id) < (before, before_id))
     ORDER BY t.{order} DESC, t.id DESC LIMIT most;
END $$;
"""

PAGES = "".join(
    PAGE.format(table=table, order=order, column=column)
    for table, order, column in (
        ("result", "happened_at", "header"),
        ("appointment", "starts_at", "document"),
        ("medicine", "happened_at", "document"),
    )
)
"""A statement inside a function is planned as the role of that moment, so what comes after the
gate is read as `hub_patient`, under its policies; with the statement's end the role is gone."""
