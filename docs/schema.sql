-- The schema as it is. `make schema` writes this file from a new database.

CREATE FUNCTION audit_guard(part regclass) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON %s FOR EACH STATEMENT'
                   ' EXECUTE FUNCTION audit_kept()', part);
    EXECUTE format('CREATE TRIGGER sealed_once AFTER UPDATE ON %s REFERENCING OLD TABLE AS was'
                   ' NEW TABLE AS became FOR EACH STATEMENT'
                   ' EXECUTE FUNCTION audit_sealed_once()', part);
END $$;

CREATE FUNCTION audit_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION audit_sealed_once() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    sealed record;
BEGIN
    IF EXISTS (SELECT FROM was w LEFT JOIN became b USING (id)
                WHERE w.id IS DISTINCT FROM b.id OR w.at IS DISTINCT FROM b.at OR w.actor_kind IS DISTINCT FROM b.actor_kind OR w.actor IS DISTINCT FROM b.actor OR w.patient IS DISTINCT FROM b.patient OR w.action IS DISTINCT FROM b.action OR w.subject IS DISTINCT FROM b.subject OR w.why_digest IS DISTINCT FROM b.why_digest OR w.from_where IS DISTINCT FROM b.from_where OR w.result IS DISTINCT FROM b.result OR w.stands_for IS DISTINCT FROM b.stands_for
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
    PERFORM pg_advisory_xact_lock(7301);
    IF (sealed.last - sealed.first + 1 <> sealed.rows
        OR sealed.first <> 1 + coalesce((SELECT max(a.place) FROM audit_event a
                                          WHERE a.place < sealed.first), 0)
        OR sealed.rows <> (SELECT count(*) FROM audit_event a
                            WHERE a.place >= sealed.first)) THEN
        RAISE EXCEPTION 'an audit row takes the next place of the chain'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION audit_written_here() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION authorized_charts(extent text, levels text[]) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    the_session CONSTANT uuid := hub_setting('hub.session');
    the_chart CONSTANT uuid := hub_setting('hub.patient');
    charts uuid[];
BEGIN
    charts := ARRAY(
        SELECT c.chart FROM session s JOIN (
    session_chart c JOIN patient p ON p.id = c.chart AND p.deceased_at IS NULL
    LEFT JOIN facility f ON f.id = p.facility
) ON c.session = s.id AND c.ended_at IS NULL AND (f.discreet IS NOT TRUE OR c.stepped_up_until > hub_clock())
         WHERE s.id = the_session AND s.ended_at IS NULL AND s.expires_at > hub_clock() AND c.level = ANY (levels)
           AND (the_chart IS NULL OR c.chart = the_chart)
           AND (extent <> 'restricted' OR c.stepped_up_until > hub_clock()));
    IF the_chart IS NULL OR extent = 'own' OR charts <> '{}' THEN
        RETURN charts;
    END IF;
    RETURN ARRAY(
        SELECT g.patient FROM caregiver_grant g
      JOIN session_chart c ON c.chart = g.caregiver AND c.ended_at IS NULL
      JOIN session s ON s.id = c.session AND s.ended_at IS NULL AND s.expires_at > hub_clock()
      JOIN patient a ON a.id = g.caregiver AND a.deceased_at IS NULL
      JOIN patient p ON p.id = g.patient AND p.deceased_at IS NULL
      LEFT JOIN facility f ON f.id = p.facility
     WHERE (f.discreet IS NOT TRUE OR c.stepped_up_until > hub_clock()) AND (c.proof IN ('code', 'vneid') OR (c.proof = 'slip' AND a.facility = p.facility)) AND g.ended_at IS NULL
       AND g.begins_at <= hub_clock() AND (g.ends_at IS NULL OR g.ends_at > hub_clock())
       AND (g.review_at IS NULL OR g.review_at > hub_clock())
           AND s.id = the_session AND g.patient = the_chart AND c.level = ANY ('{otp,desk,vneid}'::text[])
           AND (g.scope <> 'summary' OR extent = 'summary')
           AND (extent <> 'restricted' OR c.stepped_up_until > hub_clock())
         LIMIT 1);
END $$;

CREATE FUNCTION caregiver_grant_never_widens() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (NEW.id, NEW.patient, NEW.caregiver, NEW.scope, NEW.kind, NEW.evidence, NEW.act,
        NEW.made_by, NEW.begins_at, NEW.ends_at, NEW.created_at)
       IS DISTINCT FROM
       (OLD.id, OLD.patient, OLD.caregiver, OLD.scope, OLD.kind, OLD.evidence, OLD.act,
        OLD.made_by, OLD.begins_at, OLD.ends_at, OLD.created_at)
       OR OLD.ended_at IS NOT NULL
       OR (NEW.review_at IS DISTINCT FROM OLD.review_at
           AND (NEW.review_at IS NULL OR OLD.review_at <= hub_clock()))
    THEN
        RAISE EXCEPTION 'a grant never widens by itself'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION deliveries_follow_their_notification() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE delivery d SET expires_at = NEW.expires_at, facility = NEW.facility
     WHERE d.notification = NEW.id AND d.status IN ('planned', 'held', 'sending', 'in_doubt');
    RETURN NULL;
END $$;

CREATE FUNCTION delivery_as_its_notification() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    SELECT n.expires_at, n.facility INTO NEW.expires_at, NEW.facility
      FROM notification n WHERE n.id = NEW.notification;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a delivery says when it ends, and whose it is'
            USING ERRCODE = 'not_null_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION hub_access_log(before uuid, most integer) RETURNS TABLE(id uuid, chart uuid, at timestamp with time zone, last_at timestamp with time zone, times bigint, actor_kind text, actor uuid, own boolean, relation text, person uuid, name bytea, role text, facility text, action text, why bytea, why_digest bytea, result text, from_where text, device uuid, details bytea, disputed_at timestamp with time zone, dispute_done_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    charts CONSTANT uuid[] := authorized_charts('own', '{otp,desk,vneid}'::text[]);
    held CONSTANT uuid[] := hub_held_until(charts);
    edge uuid := coalesce(hub_first_id(hub_piece(before) + interval '10 minutes'),
                          'ffffffff-ffff-ffff-ffff-ffffffffffff');
    newest uuid;
    lowest uuid;
    given integer := 0;
    more integer;
BEGIN
    LOOP
        EXIT WHEN given >= most;
        SELECT n.id INTO newest FROM unnest(charts, held) AS r (chart, held), LATERAL (
            SELECT a.id FROM audit_event a
             WHERE a.patient = r.chart AND a.id < edge AND a.id > r.held
               AND NOT (a.action = 'access-log' AND a.result = 'done')
             ORDER BY a.id DESC LIMIT 1) n ORDER BY n.id DESC LIMIT 1;
        EXIT WHEN newest IS NULL;
        lowest := least(coalesce(hub_first_id(hub_piece(newest)), newest), newest);
        RETURN QUERY
        WITH act AS (
            SELECT a.*, a.actor_kind = 'patient' AND EXISTS (
                       SELECT FROM session_chart c
                        WHERE c.session = a.actor AND c.chart = a.patient
                          AND c.level = ANY ('{otp-limited,otp,desk,vneid}'::text[])) AS own
              FROM unnest(charts, held) AS r (chart, held), LATERAL (
                SELECT * FROM audit_event e
                 WHERE e.patient = r.chart AND e.id < edge AND e.id >= lowest AND e.id > r.held
                   AND NOT (e.action = 'access-log' AND e.result = 'done')) a
        ), line AS (
            SELECT (array_agg(a.id ORDER BY a.id))[1] AS id, a.patient AS chart, min(a.at) AS at,
                   max(a.at) AS last_at,
                   sum(a.stands_for) AS times, a.actor_kind::text, a.actor, a.action::text,
                   (array_agg(a.why ORDER BY a.id))[1] AS why, a.why_digest, a.result::text,
                   a.own, CASE WHEN a.own THEN a.from_where::text END AS from_where,
                   CASE WHEN a.action LIKE 'sign\_in.%' THEN a.subject END AS session,
                   (array_agg(d.id) FILTER (WHERE d.id IS NOT NULL))[1] AS dispute
              FROM act a
              LEFT JOIN access_dispute d ON d.line = a.id AND d.withdrawn_at IS NULL
             GROUP BY a.patient, a.actor_kind, a.actor, a.action, a.why_digest, a.result, a.own,
                      13, 14)
        SELECT l.id, l.chart, l.at, l.last_at, l.times, l.actor_kind, l.actor, l.own, g.relation,
               g.person, p.name, s.role::text, f.name, l.action,
               l.why, l.why_digest, l.result, l.from_where,
               v.id, v.details, d.created_at, t.done_at
          FROM line l
          LEFT JOIN LATERAL (
               SELECT CASE WHEN g.patient = l.chart THEN 'caregiver' ELSE 'cared_for' END
                          AS relation,
                      CASE WHEN g.patient = l.chart THEN g.caregiver ELSE g.patient END AS person
                 FROM session_chart c JOIN caregiver_grant g
                   ON (g.patient, g.caregiver) IN ((l.chart, c.chart), (c.chart, l.chart))
                WHERE l.actor_kind = 'patient' AND NOT l.own AND c.session = l.actor
                  AND c.level = ANY ('{otp-limited,otp,desk,vneid}'::text[])
                ORDER BY g.patient = l.chart DESC, g.id LIMIT 1) g ON true
          LEFT JOIN patient p ON p.id = g.person
          LEFT JOIN staff s ON l.actor_kind = 'staff' AND s.id = l.actor
          LEFT JOIN facility f ON f.id = CASE l.actor_kind WHEN 'facility' THEN l.actor
                                              WHEN 'staff' THEN s.facility END
          LEFT JOIN session o ON o.id = l.session AND l.own
          LEFT JOIN device v ON v.id = o.device
          LEFT JOIN access_dispute d ON d.id = l.dispute
          LEFT JOIN desk_task t ON t.kind = 'access_disputed' AND t.subject = d.id
         WHERE before IS NULL OR l.id < before
         ORDER BY l.id DESC LIMIT most - given;
        GET DIAGNOSTICS more = ROW_COUNT;
        given := given + more;
        edge := lowest;
    END LOOP;
END $$;

CREATE TABLE clock_offset (
    one boolean DEFAULT true NOT NULL,
    ahead interval DEFAULT '00:00:00'::interval NOT NULL,
    CONSTRAINT clock_offset_one_check CHECK (one)
);

CREATE FUNCTION hub_clock() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (clock_timestamp() + (SELECT clock_offset.ahead FROM clock_offset));

CREATE FUNCTION hub_data_keys() RETURNS text[]
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7302);
    RETURN (SELECT array_agg(name::text) FROM hub_key
             WHERE purpose = 'data' AND (ends_at IS NULL OR ends_at > hub_clock()));
END $$;

CREATE TABLE dropped_month (
    id uuid DEFAULT uuidv7() NOT NULL,
    table_name character varying(30) DEFAULT ''::character varying NOT NULL,
    month timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    rows_estimated bigint DEFAULT 0 NOT NULL,
    first_place bigint,
    first_chain bytea,
    last_place bigint,
    last_chain bytea,
    entry uuid DEFAULT gen_random_uuid() NOT NULL
);

CREATE FUNCTION hub_digest_of(kept dropped_month) RETURNS bytea
    LANGUAGE sql STABLE
    RETURN sha256(convert_to(concat_ws('|'::text, (kept).id, (kept).table_name, (EXTRACT(epoch FROM (kept).month))::bigint, (kept).rows_estimated, COALESCE((kept).first_place, (0)::bigint), COALESCE(encode((kept).first_chain, 'hex'::text), ''::text), COALESCE((kept).last_place, (0)::bigint), COALESCE(encode((kept).last_chain, 'hex'::text), ''::text)), 'UTF8'::name));

CREATE FUNCTION hub_drop_month(the_table text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    old record;
    line text;
    gone integer;
    kept dropped_month;
BEGIN
    PERFORM set_config('lock_timeout', '100ms', true);
    PERFORM pg_advisory_xact_lock(7331);
    old := hub_oldest(the_table);
    IF old.part IS NULL THEN
        RETURN NULL;
    END IF;
    IF the_table = 'received_event' THEN
        DELETE FROM known_sender_id WHERE id IN (
            SELECT k.id FROM known_sender_id k
             WHERE k.id < hub_first_id(hub_next_month(old.month, 1)) ORDER BY k.id LIMIT 10000);
        GET DIAGNOSTICS gone = ROW_COUNT;
        IF gone = 10000 THEN
            RETURN 'known_sender_id';
        END IF;
    END IF;
    FOR line IN SELECT DISTINCT confrelid::regclass::text FROM pg_constraint
                 WHERE conrelid = old.part AND contype = 'f' LOOP
        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', line);
    END LOOP;
    EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', the_table);
    EXECUTE format('LOCK TABLE %s, months.%I IN ACCESS EXCLUSIVE MODE', old.part,
                   the_table || '_other');
    kept := ROW (uuidv7(), the_table, old.month, (SELECT greatest(reltuples, 0) FROM pg_class
                                                   WHERE oid = old.part),
                 NULL, NULL, NULL, NULL, uuidv7());
    IF the_table = 'audit_event' THEN
        IF hub_hindrance(the_table, old.month, old.part) <> '' THEN
            RETURN NULL;
        END IF;
        EXECUTE format('SELECT place, chain FROM %s ORDER BY place LIMIT 1', old.part)
           INTO kept.first_place, kept.first_chain;
        EXECUTE format('SELECT place, chain FROM %s ORDER BY place DESC LIMIT 1', old.part)
           INTO kept.last_place, kept.last_chain;
    END IF;
    line := old.part::text;
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %s', the_table, line);
    EXECUTE format('DROP TABLE %s', line);
    INSERT INTO audit_event (actor_kind, action, subject, why_digest)
    VALUES ('system', 'month.dropped', kept.id, hub_digest_of(kept)) RETURNING id INTO kept.entry;
    INSERT INTO dropped_month SELECT kept.*;
    RETURN line;
END $$;

CREATE TABLE care_plan (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    happened_until timestamp with time zone,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL
);

CREATE TABLE condition (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    happened_until timestamp with time zone
);

CREATE TABLE document (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    happened_until timestamp with time zone
);

CREATE TABLE family_history (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    happened_until timestamp with time zone,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL
);

CREATE TABLE filled_form (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    happened_until timestamp with time zone,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL
);

CREATE TABLE given_medicine (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    happened_until timestamp with time zone,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL
);

CREATE TABLE imaging_study (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    happened_until timestamp with time zone
);

CREATE TABLE immunisation (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    happened_until timestamp with time zone
);

CREATE TABLE observation (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    code text DEFAULT ''::text NOT NULL,
    orders text[] DEFAULT '{}'::text[] NOT NULL,
    reported boolean DEFAULT false NOT NULL,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    members text[] DEFAULT '{}'::text[] NOT NULL,
    happened_until timestamp with time zone
);

CREATE TABLE patient_change (
    patient uuid NOT NULL,
    n bigint DEFAULT 0 NOT NULL,
    epoch integer DEFAULT 0 NOT NULL,
    forgotten_n bigint DEFAULT 0 NOT NULL
);

CREATE TABLE procedure (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    happened_until timestamp with time zone
);

CREATE TABLE result (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    observation_keys text[] DEFAULT '{}'::text[] NOT NULL,
    header text DEFAULT ''::text NOT NULL,
    orders text[] DEFAULT '{}'::text[] NOT NULL,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    parts text[] DEFAULT '{}'::text[] NOT NULL,
    missing text[] DEFAULT '{}'::text[] NOT NULL,
    happened_until timestamp with time zone
);

CREATE TABLE service_request (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    order_group text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    force character varying(10) DEFAULT 'order'::character varying NOT NULL,
    happened_until timestamp with time zone
);

CREATE TABLE visit (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    visit_class character varying(20) DEFAULT ''::character varying NOT NULL,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    happened_until timestamp with time zone
);

CREATE FUNCTION hub_due_for_release(but uuid[]) RETURNS TABLE(patient uuid, change_n bigint)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 SELECT c.patient,
     c.n
    FROM patient_change c
   WHERE (c.patient = ANY (ARRAY( SELECT due.patient
            FROM (( SELECT t.patient
                    FROM result t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM observation t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM document t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM visit t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM condition t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM immunisation t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM procedure t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM imaging_study t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM service_request t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM care_plan t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM family_history t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM filled_form t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)
                 UNION ALL
                 ( SELECT t.patient
                    FROM given_medicine t
                   WHERE ((t.release_at <= hub_clock()) AND (t.patient <> ALL (hub_due_for_release.but)))
                   ORDER BY t.release_at
                  LIMIT 100)) due)))
  LIMIT 1
  FOR UPDATE OF c SKIP LOCKED;
END;

CREATE FUNCTION hub_end_of_due_audit() RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    old CONSTANT record := hub_oldest('audit_event');
    last bigint;
BEGIN
    IF old.part IS NOT NULL THEN
        EXECUTE format('SELECT max(place) FROM %s', old.part) INTO last;
    END IF;
    RETURN last;
END $$;

CREATE FUNCTION hub_first_id(at timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (rpad(lpad(to_hex(((EXTRACT(epoch FROM at) * (1000)::numeric))::bigint), 12, '0'::text), 32, '0'::text))::uuid;

CREATE FUNCTION hub_has_form(said text, form jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    document jsonb;
BEGIN
    IF octet_length(said) > 2097152 OR NOT pg_input_is_valid(said, 'jsonb') THEN
        RETURN false;
    END IF;
    document := said::jsonb;
    RETURN jsonb_typeof(document) = 'object' AND NOT EXISTS (
           SELECT FROM jsonb_each(form) f
            WHERE NOT f.value ? coalesce(jsonb_typeof(document -> f.key), 'missing'));
END $$;

CREATE FUNCTION hub_setting(name text) RETURNS uuid
    LANGUAGE sql STABLE
    RETURN (NULLIF(current_setting(name, true), ''::text))::uuid;

CREATE TABLE session (
    id uuid DEFAULT uuidv7() NOT NULL,
    device uuid,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    used_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    expires_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    ended_at timestamp with time zone,
    ended_why character varying(20) DEFAULT ''::character varying NOT NULL,
    refresh_hash bytea DEFAULT '\x'::bytea NOT NULL,
    refresh_generation integer DEFAULT 0 NOT NULL,
    key_thumbprint character varying(43) DEFAULT ''::character varying NOT NULL,
    rotated_at timestamp with time zone,
    approval_tries integer DEFAULT 0 NOT NULL,
    approval_asked_at timestamp with time zone
);

CREATE TABLE session_chart (
    id uuid DEFAULT uuidv7() NOT NULL,
    session uuid NOT NULL,
    chart uuid NOT NULL,
    level character varying(12) NOT NULL,
    proof character varying(10) NOT NULL,
    contact uuid,
    reached_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    stepped_up_until timestamp with time zone,
    ended_at timestamp with time zone,
    ended_why character varying(20) DEFAULT ''::character varying NOT NULL,
    raised_at timestamp with time zone,
    slip uuid,
    found_by bytea[] DEFAULT '{}'::bytea[] NOT NULL,
    yes_takes_code boolean DEFAULT false NOT NULL,
    yes_at timestamp with time zone,
    never_restricted boolean DEFAULT false NOT NULL,
    tell_again_at timestamp with time zone
);

CREATE FUNCTION hub_proven() RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 SELECT COALESCE(array_agg(c.chart), '{}'::uuid[]) AS "coalesce"
    FROM (session_chart c
      JOIN session s ON (((s.id = c.session) AND (s.ended_at IS NULL) AND (s.expires_at > hub_clock()))))
   WHERE ((c.session = hub_setting('hub.session'::text)) AND (c.ended_at IS NULL) AND (((c.proof)::text = ANY ((ARRAY['slip'::character varying, 'vneid'::character varying])::text[])) OR ((c.level)::text = ANY ((ARRAY['desk'::character varying, 'vneid'::character varying])::text[]))));
END;

CREATE TABLE audit_event (
    id uuid DEFAULT uuidv7() NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_kind character varying(12) DEFAULT ''::character varying NOT NULL,
    actor uuid,
    patient uuid,
    action character varying(60) DEFAULT ''::character varying NOT NULL,
    subject uuid,
    why bytea,
    from_where character varying(45) DEFAULT ''::character varying NOT NULL,
    result character varying(40) DEFAULT 'done'::character varying NOT NULL,
    place bigint,
    chain bytea,
    written_by xid8 NOT NULL,
    stands_for integer DEFAULT 1 NOT NULL,
    why_digest bytea
)
PARTITION BY RANGE (id);

CREATE TABLE patient (
    id uuid DEFAULT uuidv7() NOT NULL,
    name bytea DEFAULT '\x'::bytea NOT NULL,
    birth_date bytea,
    sex character varying(8) DEFAULT 'unknown'::character varying NOT NULL,
    language character varying(8) DEFAULT 'vi'::character varying NOT NULL,
    deceased_at timestamp with time zone,
    registered_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    facility uuid NOT NULL,
    active boolean DEFAULT true NOT NULL,
    held_since timestamp with time zone,
    content_hash bytea
);

CREATE FUNCTION hub_held_until(charts uuid[]) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 SELECT array_agg(
         CASE
             WHEN ((p.held_since IS NULL) OR (p.id = ANY (hub_proven()))) THEN '00000000-0000-0000-0000-000000000000'::uuid
             ELSE ( SELECT a.id
                FROM audit_event a
               WHERE ((a.patient = p.id) AND ((a.action)::text = 'citizen_id.replaced'::text))
               ORDER BY a.id DESC
              LIMIT 1)
         END ORDER BY r.place) AS array_agg
    FROM (unnest(hub_held_until.charts) WITH ORDINALITY r(chart, place)
      JOIN patient p ON ((p.id = r.chart)));
END;

CREATE FUNCTION hub_hindrance(the_table text, the_month timestamp with time zone, part regclass) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    this_month CONSTANT timestamptz := hub_month_of(hub_clock());
    edge CONSTANT uuid := hub_first_id(hub_next_month(the_month, 1));
    keeps CONSTANT integer := coalesce((SELECT r.months FROM retention r
                                         WHERE r.table_name = the_table), 0);
    last bigint;
    found boolean;
BEGIN
    IF keeps = 0 OR hub_next_month(the_month, keeps + 1) > this_month THEN
        RETURN 'kept';
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE id >= %L AND id < %L)', the_table,
                   hub_first_id(hub_next_month(this_month, -1)), hub_first_id(this_month))
       INTO found;
    IF NOT found THEN
        RETURN 'silent';
    ELSIF the_table = 'received_event' THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE outcome = ''quarantined'')', part)
           INTO found;
        RETURN CASE WHEN found THEN 'waiting' ELSE '' END;
    ELSIF the_table <> 'audit_event' THEN
        RETURN CASE WHEN EXISTS (SELECT FROM delivery d WHERE d.id < edge
                                    AND d.status IN ('sending', 'in_doubt'))
                    THEN 'unfinished' ELSE '' END;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE place IS NULL)', part) INTO found;
    EXECUTE format('SELECT max(place) FROM %s', part) INTO last;
    RETURN CASE
        WHEN found THEN 'unsealed'
        WHEN EXISTS (SELECT FROM audit_event WHERE place < last
                        AND id >= hub_first_id(hub_next_month(this_month, -keeps))) THEN 'mixed'
        WHEN last IS NOT NULL AND NOT EXISTS (SELECT FROM audit_event WHERE place > last)
            THEN 'last'
        ELSE '' END;
END $$;

CREATE FUNCTION hub_reference() RETURNS character varying
    LANGUAGE plpgsql
    AS $$
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

CREATE TABLE delivery (
    id uuid DEFAULT uuidv7() NOT NULL,
    notification uuid,
    patient uuid,
    channel character varying(4) DEFAULT ''::character varying NOT NULL,
    contact uuid,
    device uuid,
    status character varying(20) DEFAULT 'planned'::character varying NOT NULL,
    lane smallint DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    lease_until timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    reference character varying(5) DEFAULT hub_reference() NOT NULL,
    provider_id character varying(200) DEFAULT ''::character varying NOT NULL,
    rank smallint DEFAULT 0 NOT NULL,
    reason character varying(60) DEFAULT ''::character varying NOT NULL,
    created_at timestamp with time zone DEFAULT hub_clock() NOT NULL,
    sent_at timestamp with time zone,
    delivered_at timestamp with time zone,
    ended_at timestamp with time zone,
    empty_listings smallint DEFAULT 0 NOT NULL,
    next_listing_at timestamp with time zone,
    verify_before_retry boolean DEFAULT false NOT NULL,
    expires_at timestamp with time zone,
    facility uuid
);

CREATE TABLE facility (
    id uuid DEFAULT uuidv7() NOT NULL,
    code character varying(13) DEFAULT ''::character varying NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    short_name character varying(20) DEFAULT ''::character varying NOT NULL,
    hotline character varying(15) DEFAULT ''::character varying NOT NULL,
    late_after interval,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    suspended_at timestamp with time zone,
    let_go_at timestamp with time zone,
    first_texts_per_hour integer,
    discreet boolean DEFAULT false NOT NULL,
    base_url text DEFAULT ''::text NOT NULL,
    stable_ids boolean DEFAULT false NOT NULL
);

CREATE TABLE received_event (
    raw bytea DEFAULT '\x'::bytea NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    dialect character varying(10) DEFAULT ''::character varying NOT NULL,
    sender_id bytea,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    received_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    outcome character varying(12) DEFAULT 'applied'::character varying NOT NULL,
    reason character varying(60) DEFAULT ''::character varying NOT NULL,
    waits_for bytea[] DEFAULT '{}'::bytea[] NOT NULL,
    answer bytea,
    posted boolean DEFAULT false NOT NULL,
    backfilled character varying(30)[] DEFAULT '{}'::character varying[] NOT NULL
)
PARTITION BY RANGE (id);

CREATE FUNCTION hub_late(lanes smallint[], messages_after interval) RETURNS TABLE(upstream text, name text, since timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 SELECT 'facility'::text,
     f.name,
     heard.at
    FROM (facility f
      CROSS JOIN LATERAL ( SELECT e.received_at AS at
            FROM received_event e
           WHERE (e.facility = f.id)
           ORDER BY e.received_at DESC
          LIMIT 1) heard)
   WHERE (heard.at < (hub_clock() - f.late_after))
 UNION ALL
  SELECT 'messages'::text,
     NULL::text,
     min(waiting.due_at) AS min
    FROM (unnest(hub_late.lanes) of(lane)
      CROSS JOIN LATERAL ( SELECT d.due_at
            FROM delivery d
           WHERE (((d.status)::text = 'planned'::text) AND (d.lane = of.lane))
           ORDER BY d.due_at
          LIMIT 1) waiting)
  HAVING (min(waiting.due_at) < (hub_clock() - hub_late.messages_after))
  ORDER BY 1, 3, 2;
END;

CREATE FUNCTION hub_make_month(most integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    missing record;
    part text;
    other text;
    bounds text;
    outside bigint;
BEGIN
    PERFORM set_config('lock_timeout', '100ms', true);
    PERFORM pg_advisory_xact_lock(7331);
    FOR missing IN SELECT * FROM hub_missing_months() LOOP
        part := format('months.%I', missing.table_name || to_char(missing.month AT TIME ZONE 'UTC',
                                                                  '_YYYY_MM'));
        other := format('months.%I', missing.table_name || '_other');
        bounds := format('id >= %L AND id < %L', hub_first_id(missing.month),
                         hub_first_id(hub_next_month(missing.month, 1)));
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %s WHERE %s LIMIT %s) few',
                       other, bounds, most::bigint + 1) INTO outside;
        CONTINUE WHEN outside > most;
        EXECUTE format('CREATE TABLE %s (LIKE %I INCLUDING DEFAULTS INCLUDING STORAGE)',
                       part, missing.table_name);
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', other);
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', other);
        EXECUTE format('WITH moved AS (DELETE FROM %s WHERE %s RETURNING *)'
                       ' INSERT INTO %s SELECT * FROM moved', other, bounds, part);
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', other);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
                       missing.table_name, part, hub_first_id(missing.month),
                       hub_first_id(hub_next_month(missing.month, 1)));
        IF missing.table_name = 'audit_event' THEN
            PERFORM audit_guard(part::regclass);
        END IF;
        RETURN part;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION hub_mark_header_readable() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.readable := hub_has_form(NEW.body, TG_ARGV[0]::jsonb)
        AND hub_has_form(NEW.header, TG_ARGV[1]::jsonb);
    RETURN NEW;
END $$;

CREATE FUNCTION hub_mark_readable() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.readable := hub_has_form(NEW.body, TG_ARGV[0]::jsonb);
    RETURN NEW;
END $$;

CREATE FUNCTION hub_month_of(at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    RETURN date_trunc('month'::text, at, 'UTC'::text);

CREATE FUNCTION hub_months() RETURNS TABLE(table_name text, month timestamp with time zone, part regclass)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT (p.relname)::text AS relname,
     ((to_date("right"((c.relname)::text, 7), 'YYYY_MM'::text))::timestamp without time zone AT TIME ZONE 'UTC'::text) AS timezone,
     (c.oid)::regclass AS oid
    FROM ((pg_inherits i
      JOIN pg_class p ON ((p.oid = i.inhparent)))
      JOIN pg_class c ON ((c.oid = i.inhrelid)))
   WHERE ((c.relkind = 'r'::"char") AND (p.relnamespace = ('public'::regnamespace)::oid) AND (c.relnamespace = ('months'::regnamespace)::oid) AND (c.relname ~ '_[0-9]{4}_[0-9]{2}$'::text));
END;

CREATE FUNCTION hub_next_month(month timestamp with time zone, steps integer) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    RETURN (((month AT TIME ZONE 'UTC'::text) + ((steps)::double precision * '1 mon'::interval)) AT TIME ZONE 'UTC'::text);

CREATE FUNCTION hub_missing_months() RETURNS TABLE(table_name text, month timestamp with time zone)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT t.name,
     m.month
    FROM (unnest(ARRAY['attempt'::text, 'audit_event'::text, 'delivery_event'::text, 'received_event'::text]) t(name)
      CROSS JOIN LATERAL ( SELECT hub_next_month(hub_month_of(hub_clock()), s.s) AS month
            FROM generate_series(0, 3) s(s)) m)
   WHERE (NOT (EXISTS ( SELECT
            FROM hub_months() h(table_name, month, part)
           WHERE ((h.table_name = t.name) AND (h.month = m.month)))))
   ORDER BY m.month, t.name;
END;

CREATE FUNCTION hub_month_state() RETURNS TABLE(table_name text, missing bigint, outside bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    FOREACH table_name IN ARRAY ARRAY['attempt', 'audit_event', 'delivery_event', 'received_event'] LOOP
        SELECT count(*) INTO missing FROM hub_missing_months() m
         WHERE m.table_name = hub_month_state.table_name
           AND m.month <= hub_next_month(hub_month_of(hub_clock()), 1);
        EXECUTE format('SELECT count(*) FROM (SELECT FROM months.%I LIMIT 10000) few',
                       table_name || '_other') INTO outside;
        RETURN NEXT;
    END LOOP;
END $$;

CREATE TABLE allergy (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    happened_until timestamp with time zone
);

CREATE TABLE appointment (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    starts_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    sequence integer DEFAULT 0 NOT NULL,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    happened_until timestamp with time zone,
    taken_back_at timestamp with time zone
);

CREATE TABLE dispensed_medicine (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    happened_until timestamp with time zone,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL
);

CREATE TABLE medication_statement (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    happened_until timestamp with time zone
);

CREATE TABLE medicine (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    updated timestamp with time zone,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid,
    filed_under uuid,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    visible_from timestamp with time zone,
    release_at timestamp with time zone,
    kept_back boolean DEFAULT false NOT NULL,
    finished_at timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    change_n bigint DEFAULT 0 NOT NULL,
    received_event uuid DEFAULT gen_random_uuid() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    starts_at timestamp with time zone,
    replaces_key text DEFAULT ''::text NOT NULL,
    replaces_local_id text DEFAULT ''::text NOT NULL,
    replaced_by uuid,
    replaced_from timestamp with time zone,
    readable boolean DEFAULT true NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    force character varying(10) DEFAULT 'order'::character varying NOT NULL,
    happened_until timestamp with time zone
);

CREATE TABLE tombstone (
    id uuid DEFAULT uuidv7() NOT NULL,
    patient uuid NOT NULL,
    kind character varying(20) NOT NULL,
    record uuid NOT NULL,
    restricted boolean NOT NULL,
    change_n bigint NOT NULL
);

CREATE FUNCTION hub_newest(the_owner uuid, of_all_kinds boolean, restricted_too boolean, held_too boolean) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 SELECT GREATEST(( SELECT t.change_n
            FROM result t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM observation t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM appointment t
           WHERE ((t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM medicine t
           WHERE ((t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM document t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM visit t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM condition t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM allergy t
           WHERE ((t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM immunisation t
           WHERE ((t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM procedure t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM imaging_study t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM service_request t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM medication_statement t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM care_plan t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM family_history t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM filled_form t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM dispensed_medicine t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM given_medicine t
           WHERE (hub_newest.of_all_kinds AND (t.patient = hub_newest.the_owner) AND (NOT t.hidden) AND (t.visible_from IS NOT NULL) AND (hub_newest.restricted_too OR ((t.restriction)::text = ''::text)) AND (hub_newest.held_too OR (t.held = 0)))
           ORDER BY t.change_n DESC, t.id DESC
          LIMIT 1), ( SELECT t.change_n
            FROM tombstone t
           WHERE ((t.patient = hub_newest.the_owner) AND (t.restricted = hub_newest.restricted_too) AND (hub_newest.of_all_kinds OR ((t.kind)::text = ANY ((ARRAY['allergy'::character varying, 'appointment'::character varying, 'immunisation'::character varying, 'medicine'::character varying])::text[]))))
           ORDER BY t.change_n DESC, t.record DESC
          LIMIT 1), (0)::bigint) AS "greatest";
END;

CREATE FUNCTION hub_oldest(the_table text, OUT month timestamp with time zone, OUT part regclass) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    SELECT m.month, m.part INTO month, part FROM hub_months() m
     WHERE m.table_name = the_table ORDER BY m.month LIMIT 1;
    IF part IS NOT NULL AND hub_hindrance(the_table, month, part) <> '' THEN
        part := NULL;
    END IF;
END $$;

CREATE FUNCTION hub_piece(id uuid) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_bin('00:10:00'::interval, uuid_extract_timestamp(id), '2000-01-01 00:00:00+00'::timestamp with time zone);

CREATE FUNCTION hub_purge_tombstones(older interval, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    before uuid := uuidv7(hub_clock() - clock_timestamp() - older);
    due uuid[] := ARRAY(SELECT t.id FROM tombstone t WHERE t.id < before ORDER BY t.id LIMIT most);
    item record;
BEGIN
    FOR item IN SELECT t.patient, max(t.change_n) AS n FROM tombstone t WHERE t.id = ANY (due)
                 GROUP BY t.patient ORDER BY t.patient LOOP
        UPDATE patient_change c SET forgotten_n = greatest(c.forgotten_n, item.n)
         WHERE c.patient = item.patient;
    END LOOP;
    DELETE FROM tombstone t WHERE t.id = ANY (due);
    RETURN cardinality(due);
END $$;

CREATE FUNCTION hub_release_due(the_owner uuid, the_n bigint) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    found_any boolean := false;
BEGIN
    RETURN QUERY WITH shown AS (
        UPDATE result t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
         WHERE t.patient = the_owner AND t.release_at <= hub_clock()
        RETURNING t.id, t.facility, t.observation_keys, t.hidden
    ), measured AS (
        UPDATE observation o SET visible_from = hub_clock(), release_at = NULL, change_n = the_n FROM shown s
         WHERE o.patient = the_owner AND o.facility = s.facility AND NOT s.hidden
           AND o.key = ANY (s.observation_keys) AND o.visible_from IS NULL
        RETURNING o.id
    ) SELECT s.id FROM shown s UNION ALL SELECT m.id FROM measured m;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE observation t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE document t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE visit t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE condition t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE immunisation t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE procedure t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE imaging_study t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE service_request t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE care_plan t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE family_history t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE filled_form t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    RETURN QUERY UPDATE given_medicine t SET visible_from = hub_clock(), release_at = NULL, change_n = the_n
     WHERE t.patient = the_owner AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;
    IF found_any THEN
        UPDATE patient_change c SET n = the_n WHERE c.patient = the_owner AND c.n < the_n;
    END IF;
END $$;

CREATE FUNCTION hub_suspended() RETURNS uuid[]
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7305);
    RETURN coalesce((SELECT array_agg(id) FROM facility WHERE suspended_at IS NOT NULL), '{}');
END $$;

CREATE FUNCTION hub_taken_back_appointments(charts uuid[]) RETURNS TABLE(id uuid, facility uuid, status text, restriction text, happened_at timestamp with time zone, starts_at timestamp with time zone, sequence integer, readable boolean, body text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY SELECT a.id, a.facility, a.status::text, a.restriction::text, a.happened_at,
                        a.starts_at, a.sequence, a.readable, a.body
      FROM appointment a
     WHERE a.patient = ANY (charts) AND coalesce(a.patient = ANY ((SELECT authorized_charts('summary', '{otp-limited,otp,desk,vneid}'::text[]))::uuid[]), false)
       AND (a.restriction = '' OR coalesce(a.patient = ANY ((SELECT authorized_charts('restricted', '{otp,desk,vneid}'::text[]))::uuid[]), false))
       AND (a.held = 0 OR coalesce(a.patient = ANY ((SELECT hub_proven())::uuid[]), false))
       AND a.hidden AND a.visible_from IS NOT NULL
       AND a.taken_back_at > hub_clock() - interval '30 days';
END $$;

CREATE FUNCTION hub_waiting_messages(longer_than interval) RETURNS TABLE(facility uuid, since timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 SELECT f.id,
     waiting.at
    FROM (facility f
      CROSS JOIN LATERAL ( SELECT e.received_at AS at
            FROM received_event e
           WHERE ((e.facility = f.id) AND ((e.outcome)::text = 'quarantined'::text))
           ORDER BY e.received_at
          LIMIT 1) waiting)
   WHERE (waiting.at < (hub_clock() - hub_waiting_messages.longer_than));
END;

CREATE FUNCTION lock_owners(patients uuid[], identifiers uuid[]) RETURNS TABLE(place integer, change_n bigint, owner uuid, homes uuid[])
    LANGUAGE plpgsql
    AS $$
DECLARE
    locked bigint;
BEGIN
    PERFORM FROM patient_change c WHERE c.patient = ANY (patients) ORDER BY c.patient FOR UPDATE;
    GET DIAGNOSTICS locked = ROW_COUNT;
    IF locked < (SELECT count(DISTINCT p) FROM unnest(patients) p) THEN
        INSERT INTO patient_change (patient, n, epoch)
            SELECT DISTINCT p, 0, 0 FROM unnest(patients) p ORDER BY p ON CONFLICT DO NOTHING;
        PERFORM FROM patient_change c WHERE c.patient = ANY (patients)
            ORDER BY c.patient FOR UPDATE;
    END IF;
    RETURN QUERY
        SELECT w.place::integer, c.n, i.patient,
               ARRAY (SELECT DISTINCT coalesce(o.home, o.patient) FROM patient_identifier o
                      WHERE o.patient = i.patient ORDER BY 1)
        FROM unnest(patients, identifiers) WITH ORDINALITY w (patient, identifier, place)
        JOIN patient_change c ON c.patient = w.patient
        JOIN patient_identifier i ON i.id = w.identifier;
END $$;

CREATE FUNCTION open_intake(the_facility uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('hub.facility', the_facility::text, true),
            set_config('role', 'hub_intake', true);
END $$;

CREATE FUNCTION open_reading(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[] DEFAULT NULL::text[], scopes text[] DEFAULT NULL::text[], OUT answer text, OUT patient uuid, OUT scope text, OUT grant_id uuid, OUT reach uuid[], OUT held text[], OUT weak text[]) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    one record;
    too_weak uuid[];
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true),
            set_config('hub.session', the_session::text, true),
            set_config('hub.patient', coalesce(the_chart::text, ''), true);
    FOR one IN
        SELECT c.chart, c.level, f.name, coalesce(c.level = ANY (levels), levels IS NULL) AS strong
          FROM session s LEFT JOIN (
    session_chart c JOIN patient p ON p.id = c.chart AND p.deceased_at IS NULL
    LEFT JOIN facility f ON f.id = p.facility
) ON c.session = s.id AND c.ended_at IS NULL AND (f.discreet IS NOT TRUE OR c.stepped_up_until > hub_clock()) AND c.level = ANY ('{otp-limited,otp,desk,vneid}'::text[])
               AND (the_chart IS NULL OR c.chart = the_chart)
         WHERE s.id = the_session AND s.ended_at IS NULL AND s.expires_at > hub_clock() ORDER BY c.id
    LOOP
        answer := 'open'; scope := 'own';
        IF one.chart IS NULL THEN
            EXIT;
        ELSIF one.strong THEN
            reach := reach || one.chart; held := held || one.level::text;
        ELSE
            too_weak := too_weak || one.chart;
            IF one.name <> ALL (coalesce(weak, '{}')) THEN
                weak := weak || one.name;
            END IF;
        END IF;
    END LOOP;
    IF answer IS NULL THEN
        answer := 'not_signed_in';
        RETURN;
    END IF;
    IF the_chart IS NOT NULL AND reach IS NULL THEN
        SELECT g.id, g.scope, c.level, coalesce(g.scope = ANY (scopes), scopes IS NULL) AS fits,
               c.level = ANY ('{otp,desk,vneid}'::text[]) AS strong
          INTO one FROM caregiver_grant g
      JOIN session_chart c ON c.chart = g.caregiver AND c.ended_at IS NULL
      JOIN session s ON s.id = c.session AND s.ended_at IS NULL AND s.expires_at > hub_clock()
      JOIN patient a ON a.id = g.caregiver AND a.deceased_at IS NULL
      JOIN patient p ON p.id = g.patient AND p.deceased_at IS NULL
      LEFT JOIN facility f ON f.id = p.facility
     WHERE (f.discreet IS NOT TRUE OR c.stepped_up_until > hub_clock()) AND (c.proof IN ('code', 'vneid') OR (c.proof = 'slip' AND a.facility = p.facility)) AND g.ended_at IS NULL
       AND g.begins_at <= hub_clock() AND (g.ends_at IS NULL OR g.ends_at > hub_clock())
       AND (g.review_at IS NULL OR g.review_at > hub_clock())
           AND s.id = the_session AND g.patient = the_chart AND c.level = ANY ('{otp-limited,otp,desk,vneid}'::text[])
         ORDER BY fits DESC, strong DESC, g.scope, c.stepped_up_until DESC NULLS LAST, g.id LIMIT 1;
        grant_id := one.id;
        IF one.fits AND one.strong THEN
            reach := ARRAY[the_chart]; held := ARRAY[one.level]; scope := one.scope; weak := NULL;
        ELSIF one.fits OR too_weak IS NOT NULL THEN
            too_weak := ARRAY[the_chart];
        ELSE
            answer := 'not_found'; patient := the_chart; reach := ARRAY[the_chart];
            RETURN;
        END IF;
    END IF;
    patient := reach[1];
    IF reach IS NULL AND too_weak IS NOT NULL THEN
        answer := 'stronger_sign_in_needed'; patient := too_weak[1]; reach := too_weak;
        RETURN;
    END IF;
    INSERT INTO audit_event (actor_kind, actor, patient, action, subject, from_where)
    SELECT 'patient', the_session, r.chart, open_reading.record_class, open_reading.grant_id,
           open_reading.from_where
      FROM unnest(reach) r (chart);
    reach := coalesce(reach, '{}');
    PERFORM set_config('role', 'hub_patient', true);
END $$;

CREATE FUNCTION own_chart_of_medicine(the_session uuid, the_medicine uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 SELECT m.patient
    FROM (medicine m
      JOIN session_chart c ON ((c.chart = m.patient)))
   WHERE ((m.id = own_chart_of_medicine.the_medicine) AND (c.session = own_chart_of_medicine.the_session) AND (c.ended_at IS NULL) AND ((c.level)::text = ANY ('{otp,desk,vneid}'::text[])));
END;

CREATE FUNCTION read_access_log_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], before uuid, most integer) RETURNS TABLE(answer text, reach uuid[], grant_id uuid, weak text[], id uuid, chart uuid, at timestamp with time zone, last_at timestamp with time zone, times bigint, actor_kind text, actor uuid, own boolean, relation text, person uuid, name bytea, role text, facility text, code text, why bytea, why_digest bytea, result text, address text, device uuid, details bytea, disputed_at timestamp with time zone, dispute_done_at timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    reach := CASE WHEN answer <> 'open' THEN gate.reach END;
    RETURN NEXT;
    IF answer = 'open' THEN
        RETURN QUERY SELECT NULL::text, NULL::uuid[], NULL::uuid, NULL::text[], l.*
          FROM hub_access_log(before, most) l;
    END IF;
END $$;

CREATE FUNCTION read_allergy_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], before text, before_id uuid, most integer, OUT answer text, OUT reach uuid[], OUT grant_id uuid, OUT weak text[], OUT body bytea, OUT at text, OUT id uuid, OUT left_out integer) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
    the_one uuid;
    top CONSTANT timestamptz := coalesce(before, 'infinity')::timestamptz;
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    shown integer := most - 1;
    texts text[];
    times timestamptz[];
    ids uuid[];
    with_text bigint;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    IF answer <> 'open' THEN
        reach := gate.reach;
        RETURN;
    ELSIF cardinality(gate.reach) = 1 THEN
        the_one := gate.reach[1];
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text FROM (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM allergy t
                 WHERE t.patient = the_one AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) p;
    ELSE
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text
          FROM (SELECT t.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM allergy t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) t
                 ORDER BY t.at DESC, t.id DESC LIMIT most) p;
    END IF;
    IF with_text < cardinality(ids) THEN
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), least(shown, count(*) FILTER (WHERE p.fits))
          INTO texts, times, ids, shown
          FROM (SELECT q.id, q.at, CASE WHEN q.fits THEN q.text END AS text, q.fits
                  FROM (SELECT t.*, coalesce(sum(octet_length(t.text)) OVER rows_before, 0) < 1048576 AS fits FROM (
                      SELECT e.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable THEN t.body END AS text
                  FROM allergy t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) e
                       ORDER BY e.at DESC, e.id DESC LIMIT most) t WINDOW rows_before AS (ORDER BY t.at DESC, t.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) q) p;
        left_out := cardinality(array_positions(texts[:shown], NULL));
    END IF;
    IF cardinality(ids) > shown THEN
        at := times[shown]; id := ids[shown];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:shown], ','), ''), 'UTF8');
END $$;

CREATE FUNCTION read_appointment_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], before text, before_id uuid, most integer, OUT answer text, OUT reach uuid[], OUT grant_id uuid, OUT weak text[], OUT body bytea, OUT at text, OUT id uuid, OUT left_out integer) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
    the_one uuid;
    top CONSTANT timestamptz := coalesce(before, 'infinity')::timestamptz;
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    shown integer := most - 1;
    texts text[];
    times timestamptz[];
    ids uuid[];
    with_text bigint;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    IF answer <> 'open' THEN
        reach := gate.reach;
        RETURN;
    ELSIF cardinality(gate.reach) = 1 THEN
        the_one := gate.reach[1];
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text FROM (
                SELECT t.id, t.starts_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM appointment t
                 WHERE t.patient = the_one AND NOT t.hidden
                   AND (t.starts_at, t.id) < (top, top_id)
                 ORDER BY t.starts_at DESC, t.id DESC LIMIT most) p;
    ELSE
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text
          FROM (SELECT t.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.starts_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM appointment t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.starts_at, t.id) < (top, top_id)
                 ORDER BY t.starts_at DESC, t.id DESC LIMIT most) t
                 ORDER BY t.at DESC, t.id DESC LIMIT most) p;
    END IF;
    IF with_text < cardinality(ids) THEN
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), least(shown, count(*) FILTER (WHERE p.fits))
          INTO texts, times, ids, shown
          FROM (SELECT q.id, q.at, CASE WHEN q.fits THEN q.text END AS text, q.fits
                  FROM (SELECT t.*, coalesce(sum(octet_length(t.text)) OVER rows_before, 0) < 1048576 AS fits FROM (
                      SELECT e.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.starts_at AS at,
                       CASE WHEN t.readable THEN t.body END AS text
                  FROM appointment t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.starts_at, t.id) < (top, top_id)
                 ORDER BY t.starts_at DESC, t.id DESC LIMIT most) e
                       ORDER BY e.at DESC, e.id DESC LIMIT most) t WINDOW rows_before AS (ORDER BY t.at DESC, t.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) q) p;
        left_out := cardinality(array_positions(texts[:shown], NULL));
    END IF;
    IF cardinality(ids) > shown THEN
        at := times[shown]; id := ids[shown];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:shown], ','), ''), 'UTF8');
END $$;

CREATE FUNCTION read_changes_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], kept uuid[], after_n bigint[], after_id uuid[], tombstones_after bigint[], most integer) RETURNS TABLE(answer text, reach uuid[], grant_id uuid, weak text[], scope text, chart uuid, level text, n bigint, epoch integer, forgotten_n bigint, stepped_up boolean, proven boolean, kind text, id uuid, change_n bigint, body text, left_out boolean, fits boolean)
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    reach := CASE WHEN answer <> 'open' THEN gate.reach END;
    scope := gate.scope;
    RETURN NEXT;
    IF answer <> 'open' THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH state AS MATERIALIZED (
        SELECT r.chart, r.level, r.place,
               coalesce(n.n, 0) AS n, coalesce(n.epoch, 0) AS epoch,
               coalesce(n.forgotten_n, 0) AS forgotten_n,
               coalesce(r.chart = ANY ((SELECT authorized_charts('restricted', '{otp,desk,vneid}'::text[]))::uuid[]), false) AS stepped_up,
               r.chart = ANY ((SELECT hub_proven())::uuid[]) AS proven,
               coalesce(k.n, 0) AS after_n, coalesce(k.id, '00000000-0000-0000-0000-000000000000') AS after_id,
               k.tombstones_after
          FROM unnest(gate.reach, gate.held) WITH ORDINALITY AS r (chart, level, place)
          LEFT JOIN patient_change n ON n.patient = r.chart
          LEFT JOIN unnest(kept, after_n, after_id, tombstones_after)
               AS k (chart, n, id, tombstones_after) ON k.chart = r.chart)
    SELECT NULL::text, NULL::uuid[], NULL::uuid, NULL::text[], NULL::text, s.chart, s.level, s.n,
           s.epoch, s.forgotten_n, s.stepped_up, s.proven,
           NULL::text, NULL::uuid, NULL::bigint, NULL::text, NULL::boolean, NULL::boolean
      FROM state s
    UNION ALL (
    SELECT NULL::text, NULL::uuid[], NULL::uuid, NULL::text[], NULL::text, w.chart, NULL::text,
           NULL::bigint, NULL::integer, NULL::bigint, NULL::boolean, NULL::boolean,
           w.kind::text, w.id, w.change_n, CASE WHEN w.fits THEN w.body END, w.left_out, w.fits
      FROM (
        SELECT u.*, coalesce(sum(octet_length(u.body)) OVER rows_before, 0) < 1048576 AS fits FROM (
            SELECT s.chart, s.place, found.* FROM state s, LATERAL (
                SELECT * FROM (
        (SELECT 'result' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM result t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'observation' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM observation t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'appointment' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM appointment t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'medicine' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM medicine t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'document' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM document t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'visit' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM visit t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'condition' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM condition t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'allergy' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM allergy t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'immunisation' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM immunisation t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'procedure' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM procedure t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'imaging_study' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM imaging_study t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'service_request' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM service_request t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'medication_statement' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM medication_statement t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'care_plan' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM care_plan t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'family_history' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM family_history t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'filled_form' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM filled_form t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'dispensed_medicine' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM dispensed_medicine t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT 'given_medicine' AS kind, t.id, t.change_n,
                CASE WHEN t.readable THEN t.body END AS body, NOT t.readable AS left_out
           FROM given_medicine t
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.id LIMIT most) UNION ALL 
        (SELECT t.kind, t.record, t.change_n, NULL::text, false FROM tombstone t
          WHERE t.patient = s.chart AND t.change_n > coalesce(s.tombstones_after, s.n)
            AND (t.change_n, t.record) > (s.after_n, s.after_id)
          ORDER BY t.change_n, t.record LIMIT most)) item
                 ORDER BY item.change_n, item.id LIMIT most) found
             WHERE s.after_id <> 'ffffffff-ffff-ffff-ffff-ffffffffffff' OR s.n > s.after_n
             ORDER BY s.place, found.change_n, found.id LIMIT most) u
        WINDOW rows_before AS (ORDER BY u.place, u.change_n, u.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) w
     ORDER BY w.place, w.change_n, w.id);
END $$;

CREATE FUNCTION read_condition_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], before text, before_id uuid, most integer, OUT answer text, OUT reach uuid[], OUT grant_id uuid, OUT weak text[], OUT body bytea, OUT at text, OUT id uuid, OUT left_out integer) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
    the_one uuid;
    top CONSTANT timestamptz := coalesce(before, 'infinity')::timestamptz;
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    shown integer := most - 1;
    texts text[];
    times timestamptz[];
    ids uuid[];
    with_text bigint;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    IF answer <> 'open' THEN
        reach := gate.reach;
        RETURN;
    ELSIF cardinality(gate.reach) = 1 THEN
        the_one := gate.reach[1];
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text FROM (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM condition t
                 WHERE t.patient = the_one AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) p;
    ELSE
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text
          FROM (SELECT t.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM condition t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) t
                 ORDER BY t.at DESC, t.id DESC LIMIT most) p;
    END IF;
    IF with_text < cardinality(ids) THEN
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), least(shown, count(*) FILTER (WHERE p.fits))
          INTO texts, times, ids, shown
          FROM (SELECT q.id, q.at, CASE WHEN q.fits THEN q.text END AS text, q.fits
                  FROM (SELECT t.*, coalesce(sum(octet_length(t.text)) OVER rows_before, 0) < 1048576 AS fits FROM (
                      SELECT e.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable THEN t.body END AS text
                  FROM condition t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) e
                       ORDER BY e.at DESC, e.id DESC LIMIT most) t WINDOW rows_before AS (ORDER BY t.at DESC, t.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) q) p;
        left_out := cardinality(array_positions(texts[:shown], NULL));
    END IF;
    IF cardinality(ids) > shown THEN
        at := times[shown]; id := ids[shown];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:shown], ','), ''), 'UTF8');
END $$;

CREATE FUNCTION read_document_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], before text, before_id uuid, most integer, OUT answer text, OUT reach uuid[], OUT grant_id uuid, OUT weak text[], OUT body bytea, OUT at text, OUT id uuid, OUT left_out integer) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
    the_one uuid;
    top CONSTANT timestamptz := coalesce(before, 'infinity')::timestamptz;
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    shown integer := most - 1;
    texts text[];
    times timestamptz[];
    ids uuid[];
    with_text bigint;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    IF answer <> 'open' THEN
        reach := gate.reach;
        RETURN;
    ELSIF cardinality(gate.reach) = 1 THEN
        the_one := gate.reach[1];
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text FROM (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM document t
                 WHERE t.patient = the_one AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) p;
    ELSE
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text
          FROM (SELECT t.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM document t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) t
                 ORDER BY t.at DESC, t.id DESC LIMIT most) p;
    END IF;
    IF with_text < cardinality(ids) THEN
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), least(shown, count(*) FILTER (WHERE p.fits))
          INTO texts, times, ids, shown
          FROM (SELECT q.id, q.at, CASE WHEN q.fits THEN q.text END AS text, q.fits
                  FROM (SELECT t.*, coalesce(sum(octet_length(t.text)) OVER rows_before, 0) < 1048576 AS fits FROM (
                      SELECT e.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable THEN t.body END AS text
                  FROM document t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) e
                       ORDER BY e.at DESC, e.id DESC LIMIT most) t WINDOW rows_before AS (ORDER BY t.at DESC, t.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) q) p;
        left_out := cardinality(array_positions(texts[:shown], NULL));
    END IF;
    IF cardinality(ids) > shown THEN
        at := times[shown]; id := ids[shown];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:shown], ','), ''), 'UTF8');
END $$;

CREATE FUNCTION read_file_piece(the_session uuid, the_chart uuid, the_record uuid, the_place integer, the_file uuid, the_piece integer) RETURNS TABLE(file uuid, piece smallint, is_last boolean, body bytea)
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('hub.session', the_session::text, true),
            set_config('hub.patient', the_chart::text, true),
            set_config('role', 'hub_patient', true);
    RETURN QUERY SELECT c.file, c.piece, c.is_last, c.body FROM document_content c
                  WHERE c.record = the_record AND c.place = the_place AND c.piece = the_piece
                    AND c.file = the_file AND c.patient = the_chart;
END $$;

CREATE FUNCTION read_immunisation_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], before text, before_id uuid, most integer, OUT answer text, OUT reach uuid[], OUT grant_id uuid, OUT weak text[], OUT body bytea, OUT at text, OUT id uuid, OUT left_out integer) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
    the_one uuid;
    top CONSTANT timestamptz := coalesce(before, 'infinity')::timestamptz;
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    shown integer := most - 1;
    texts text[];
    times timestamptz[];
    ids uuid[];
    with_text bigint;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    IF answer <> 'open' THEN
        reach := gate.reach;
        RETURN;
    ELSIF cardinality(gate.reach) = 1 THEN
        the_one := gate.reach[1];
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text FROM (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM immunisation t
                 WHERE t.patient = the_one AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) p;
    ELSE
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text
          FROM (SELECT t.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM immunisation t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) t
                 ORDER BY t.at DESC, t.id DESC LIMIT most) p;
    END IF;
    IF with_text < cardinality(ids) THEN
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), least(shown, count(*) FILTER (WHERE p.fits))
          INTO texts, times, ids, shown
          FROM (SELECT q.id, q.at, CASE WHEN q.fits THEN q.text END AS text, q.fits
                  FROM (SELECT t.*, coalesce(sum(octet_length(t.text)) OVER rows_before, 0) < 1048576 AS fits FROM (
                      SELECT e.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable THEN t.body END AS text
                  FROM immunisation t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) e
                       ORDER BY e.at DESC, e.id DESC LIMIT most) t WINDOW rows_before AS (ORDER BY t.at DESC, t.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) q) p;
        left_out := cardinality(array_positions(texts[:shown], NULL));
    END IF;
    IF cardinality(ids) > shown THEN
        at := times[shown]; id := ids[shown];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:shown], ','), ''), 'UTF8');
END $$;

CREATE FUNCTION read_medicine_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], before text, before_id uuid, most integer, OUT answer text, OUT reach uuid[], OUT grant_id uuid, OUT weak text[], OUT body bytea, OUT at text, OUT id uuid, OUT left_out integer) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
    the_one uuid;
    top CONSTANT timestamptz := coalesce(before, 'infinity')::timestamptz;
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    shown integer := most - 1;
    texts text[];
    times timestamptz[];
    ids uuid[];
    with_text bigint;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    IF answer <> 'open' THEN
        reach := gate.reach;
        RETURN;
    ELSIF cardinality(gate.reach) = 1 THEN
        the_one := gate.reach[1];
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text FROM (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM medicine t
                 WHERE t.patient = the_one AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) p;
    ELSE
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text
          FROM (SELECT t.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM medicine t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) t
                 ORDER BY t.at DESC, t.id DESC LIMIT most) p;
    END IF;
    IF with_text < cardinality(ids) THEN
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), least(shown, count(*) FILTER (WHERE p.fits))
          INTO texts, times, ids, shown
          FROM (SELECT q.id, q.at, CASE WHEN q.fits THEN q.text END AS text, q.fits
                  FROM (SELECT t.*, coalesce(sum(octet_length(t.text)) OVER rows_before, 0) < 1048576 AS fits FROM (
                      SELECT e.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable THEN t.body END AS text
                  FROM medicine t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) e
                       ORDER BY e.at DESC, e.id DESC LIMIT most) t WINDOW rows_before AS (ORDER BY t.at DESC, t.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) q) p;
        left_out := cardinality(array_positions(texts[:shown], NULL));
    END IF;
    IF cardinality(ids) > shown THEN
        at := times[shown]; id := ids[shown];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:shown], ','), ''), 'UTF8');
END $$;

CREATE FUNCTION read_next_appointment_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], from_at text, from_id uuid, most integer, over text[], day timestamp with time zone) RETURNS TABLE(answer text, reach uuid[], grant_id uuid, weak text[], id uuid, at text, body text, fits boolean)
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
BEGIN
    
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    reach := CASE WHEN answer <> 'open' THEN gate.reach END;
    RETURN NEXT;
    IF answer <> 'open' THEN
        RETURN;
    END IF;
    RETURN QUERY 
    SELECT NULL::text, NULL::uuid[], NULL::uuid, NULL::text[], w.id, w.at::text, CASE WHEN w.fits THEN w.body END, w.fits FROM (
        SELECT u.*, coalesce(sum(octet_length(u.body)) OVER rows_before, 0) < 1048576 AS fits FROM (
        SELECT a.id, a.at, a.body FROM unnest(gate.reach) AS r (chart), LATERAL (
            SELECT t.id, t.starts_at AS at, CASE WHEN t.readable THEN t.body END AS body
              FROM appointment t
             WHERE t.patient = r.chart AND NOT t.hidden AND (t.starts_at, t.id) > (from_at::timestamptz, from_id) AND t.starts_at >= day AND t.status <> ALL (over)
             ORDER BY t.starts_at, t.id LIMIT most) a
         ORDER BY a.at, a.id LIMIT most) u
        WINDOW rows_before AS (ORDER BY u.at, u.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) w ORDER BY w.at, w.id;
END $$;

CREATE FUNCTION read_observation_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], before text, before_id uuid, most integer, OUT answer text, OUT reach uuid[], OUT grant_id uuid, OUT weak text[], OUT body bytea, OUT at text, OUT id uuid, OUT left_out integer) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
    the_one uuid;
    top CONSTANT timestamptz := coalesce(before, 'infinity')::timestamptz;
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    shown integer := most - 1;
    texts text[];
    times timestamptz[];
    ids uuid[];
    with_text bigint;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    IF answer <> 'open' THEN
        reach := gate.reach;
        RETURN;
    ELSIF cardinality(gate.reach) = 1 THEN
        the_one := gate.reach[1];
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text FROM (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM observation t
                 WHERE t.patient = the_one AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) p;
    ELSE
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text
          FROM (SELECT t.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM observation t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) t
                 ORDER BY t.at DESC, t.id DESC LIMIT most) p;
    END IF;
    IF with_text < cardinality(ids) THEN
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), least(shown, count(*) FILTER (WHERE p.fits))
          INTO texts, times, ids, shown
          FROM (SELECT q.id, q.at, CASE WHEN q.fits THEN q.text END AS text, q.fits
                  FROM (SELECT t.*, coalesce(sum(octet_length(t.text)) OVER rows_before, 0) < 1048576 AS fits FROM (
                      SELECT e.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable THEN t.body END AS text
                  FROM observation t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) e
                       ORDER BY e.at DESC, e.id DESC LIMIT most) t WINDOW rows_before AS (ORDER BY t.at DESC, t.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) q) p;
        left_out := cardinality(array_positions(texts[:shown], NULL));
    END IF;
    IF cardinality(ids) > shown THEN
        at := times[shown]; id := ids[shown];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:shown], ','), ''), 'UTF8');
END $$;

CREATE FUNCTION read_past_appointment_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], from_at text, from_id uuid, most integer, over text[], day timestamp with time zone) RETURNS TABLE(answer text, reach uuid[], grant_id uuid, weak text[], id uuid, at text, body text, fits boolean)
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
BEGIN
    
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    reach := CASE WHEN answer <> 'open' THEN gate.reach END;
    RETURN NEXT;
    IF answer <> 'open' THEN
        RETURN;
    END IF;
    RETURN QUERY 
    SELECT NULL::text, NULL::uuid[], NULL::uuid, NULL::text[], w.id, w.at::text, CASE WHEN w.fits THEN w.body END, w.fits FROM (
        SELECT u.*, coalesce(sum(octet_length(u.body)) OVER rows_before, 0) < 1048576 AS fits FROM (
        SELECT a.id, a.at, a.body FROM unnest(gate.reach) AS r (chart), LATERAL (
            SELECT t.id, t.starts_at AS at, CASE WHEN t.readable THEN t.body END AS body
              FROM appointment t
             WHERE t.patient = r.chart AND NOT t.hidden AND (t.starts_at, t.id) < (from_at::timestamptz, from_id) AND (t.starts_at < day OR t.status = ANY (over))
             ORDER BY t.starts_at DESC, t.id DESC LIMIT most) a
         ORDER BY a.at DESC, a.id DESC LIMIT most) u
        WINDOW rows_before AS (ORDER BY u.at DESC, u.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) w ORDER BY w.at DESC, w.id DESC;
END $$;

CREATE FUNCTION read_result_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], before text, before_id uuid, most integer, OUT answer text, OUT reach uuid[], OUT grant_id uuid, OUT weak text[], OUT body bytea, OUT at text, OUT id uuid, OUT left_out integer) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
    the_one uuid;
    top CONSTANT timestamptz := coalesce(before, 'infinity')::timestamptz;
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    shown integer := most - 1;
    texts text[];
    times timestamptz[];
    ids uuid[];
    with_text bigint;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    IF answer <> 'open' THEN
        reach := gate.reach;
        RETURN;
    ELSIF cardinality(gate.reach) = 1 THEN
        the_one := gate.reach[1];
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text FROM (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.header) <= 2097152 / most THEN t.header END AS text
                  FROM result t
                 WHERE t.patient = the_one AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) p;
    ELSE
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text
          FROM (SELECT t.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.header) <= 2097152 / most THEN t.header END AS text
                  FROM result t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) t
                 ORDER BY t.at DESC, t.id DESC LIMIT most) p;
    END IF;
    IF with_text < cardinality(ids) THEN
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), least(shown, count(*) FILTER (WHERE p.fits))
          INTO texts, times, ids, shown
          FROM (SELECT q.id, q.at, CASE WHEN q.fits THEN q.text END AS text, q.fits
                  FROM (SELECT t.*, coalesce(sum(octet_length(t.text)) OVER rows_before, 0) < 1048576 AS fits FROM (
                      SELECT e.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable THEN t.header END AS text
                  FROM result t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) e
                       ORDER BY e.at DESC, e.id DESC LIMIT most) t WINDOW rows_before AS (ORDER BY t.at DESC, t.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) q) p;
        left_out := cardinality(array_positions(texts[:shown], NULL));
    END IF;
    IF cardinality(ids) > shown THEN
        at := times[shown]; id := ids[shown];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:shown], ','), ''), 'UTF8');
END $$;

CREATE FUNCTION read_timeline_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], before text, before_id uuid, most integer, wanted text[], since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(answer text, reach uuid[], grant_id uuid, weak text[], id uuid, at timestamp with time zone, body text, fits boolean, kind text, place text)
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
    top timestamptz := CASE WHEN since >= until THEN '-infinity'
                            ELSE least(before::timestamptz, until, hub_clock()) END;
    top_id uuid := CASE WHEN before::timestamptz <= top THEN before_id
                        ELSE '00000000-0000-0000-0000-000000000000' END;
    first CONSTANT timestamptz := coalesce(since, '-infinity');
    earliest CONSTANT timestamptz := first - interval '366 days';
BEGIN
    
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    reach := CASE WHEN answer <> 'open' THEN gate.reach END;
    RETURN NEXT;
    IF answer <> 'open' THEN
        RETURN;
    END IF;
    RETURN QUERY 
    SELECT NULL::text, NULL::uuid[], NULL::uuid, NULL::text[], w.id, w.at, CASE WHEN w.fits THEN w.body END, w.fits, w.kind, w.at::text FROM (
        SELECT u.*, coalesce(sum(octet_length(u.body)) OVER rows_before, 0) < 1048576 AS fits FROM (
    SELECT b.id, b.at, b.kind, b.body FROM unnest(gate.reach) AS r (chart), LATERAL (
    (SELECT t.id, t.happened_at AS at, 'result' AS kind,
            CASE WHEN t.readable THEN t.header END AS body
       FROM result t
      WHERE (wanted IS NULL OR 'result' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'observation' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM observation t
      WHERE (wanted IS NULL OR 'observation' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden AND NOT t.reported
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.starts_at AS at, 'appointment' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM appointment t
      WHERE (wanted IS NULL OR 'appointment' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.starts_at, t.id) < (top, top_id) AND t.starts_at >= earliest
        AND (t.starts_at >= first OR t.happened_until > first)
      ORDER BY t.starts_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'medicine' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM medicine t
      WHERE (wanted IS NULL OR 'medicine' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'document' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM document t
      WHERE (wanted IS NULL OR 'document' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'visit' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM visit t
      WHERE (wanted IS NULL OR 'visit' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'condition' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM condition t
      WHERE (wanted IS NULL OR 'condition' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'allergy' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM allergy t
      WHERE (wanted IS NULL OR 'allergy' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'immunisation' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM immunisation t
      WHERE (wanted IS NULL OR 'immunisation' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'procedure' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM procedure t
      WHERE (wanted IS NULL OR 'procedure' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'imaging_study' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM imaging_study t
      WHERE (wanted IS NULL OR 'imaging_study' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'service_request' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM service_request t
      WHERE (wanted IS NULL OR 'service_request' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'medication_statement' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM medication_statement t
      WHERE (wanted IS NULL OR 'medication_statement' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'care_plan' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM care_plan t
      WHERE (wanted IS NULL OR 'care_plan' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'family_history' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM family_history t
      WHERE (wanted IS NULL OR 'family_history' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'filled_form' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM filled_form t
      WHERE (wanted IS NULL OR 'filled_form' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'dispensed_medicine' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM dispensed_medicine t
      WHERE (wanted IS NULL OR 'dispensed_medicine' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most) UNION ALL 
    (SELECT t.id, t.happened_at AS at, 'given_medicine' AS kind,
            CASE WHEN t.readable THEN t.body END AS body
       FROM given_medicine t
      WHERE (wanted IS NULL OR 'given_medicine' = ANY (wanted))
        AND t.patient = r.chart AND NOT t.hidden 
        AND (t.happened_at, t.id) < (top, top_id) AND t.happened_at >= earliest
        AND (t.happened_at >= first OR t.happened_until > first)
      ORDER BY t.happened_at DESC, t.id DESC LIMIT most)) b
     ORDER BY b.at DESC, b.id DESC LIMIT most) u
        WINDOW rows_before AS (ORDER BY u.at DESC, u.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) w ORDER BY w.at DESC, w.id DESC;
END $$;

CREATE FUNCTION read_trend_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], the_observation uuid, most integer) RETURNS TABLE(answer text, reach uuid[], grant_id uuid, weak text[], id uuid, at timestamp with time zone, body text, fits boolean)
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
    meant record;
BEGIN
    
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    reach := CASE WHEN answer <> 'open' THEN gate.reach END;
    IF answer <> 'open' THEN
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT o.id, o.patient, o.code, o.facility INTO meant FROM observation o
     WHERE o.id = the_observation AND o.patient = ANY (gate.reach) AND NOT o.hidden;
    IF NOT FOUND THEN
        RAISE no_data_found;
    END IF;
    RETURN NEXT;
    IF meant.code = '' THEN
        RETURN QUERY SELECT NULL::text, NULL::uuid[], NULL::uuid, NULL::text[], o.id, o.happened_at,
                            CASE WHEN o.readable THEN o.body END, true
          FROM observation o WHERE o.id = meant.id AND o.patient = meant.patient;
    ELSE
        RETURN QUERY 
    SELECT NULL::text, NULL::uuid[], NULL::uuid, NULL::text[], w.id, w.at, CASE WHEN w.fits THEN w.body END, w.fits FROM (
        SELECT u.*, coalesce(sum(octet_length(u.body)) OVER rows_before, 0) < 1048576 AS fits FROM (
    SELECT c.id, c.at, c.body FROM unnest(gate.reach) AS r (chart), LATERAL (
        SELECT o.id, o.happened_at AS at, CASE WHEN o.readable THEN o.body END AS body
          FROM observation o
         WHERE o.patient = r.chart AND o.code = meant.code AND NOT o.hidden
           AND (o.code NOT LIKE '|%' OR o.facility = meant.facility)
         ORDER BY o.happened_at DESC, o.id DESC LIMIT most) c
     ORDER BY c.at DESC, c.id DESC LIMIT most) u
        WINDOW rows_before AS (ORDER BY u.at DESC, u.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) w ORDER BY w.at DESC, w.id DESC;
    END IF;
EXCEPTION WHEN no_data_found THEN
    answer := 'not_found'; reach := gate.reach;
    RETURN NEXT;
END $$;

CREATE FUNCTION read_visit_page(the_session uuid, the_chart uuid, record_class text, from_where text, levels text[], scopes text[], before text, before_id uuid, most integer, OUT answer text, OUT reach uuid[], OUT grant_id uuid, OUT weak text[], OUT body bytea, OUT at text, OUT id uuid, OUT left_out integer) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    gate record;
    the_one uuid;
    top CONSTANT timestamptz := coalesce(before, 'infinity')::timestamptz;
    top_id CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    shown integer := most - 1;
    texts text[];
    times timestamptz[];
    ids uuid[];
    with_text bigint;
BEGIN
    gate := open_reading(the_session, the_chart, record_class, from_where, levels, scopes);
    answer := gate.answer; grant_id := gate.grant_id; weak := gate.weak;
    IF answer <> 'open' THEN
        reach := gate.reach;
        RETURN;
    ELSIF cardinality(gate.reach) = 1 THEN
        the_one := gate.reach[1];
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text FROM (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM visit t
                 WHERE t.patient = the_one AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) p;
    ELSE
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), count(p.text) INTO texts, times, ids, with_text
          FROM (SELECT t.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable AND octet_length(t.body) <= 2097152 / most THEN t.body END AS text
                  FROM visit t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) t
                 ORDER BY t.at DESC, t.id DESC LIMIT most) p;
    END IF;
    IF with_text < cardinality(ids) THEN
        SELECT array_agg(p.text ORDER BY p.at DESC, p.id DESC),
               array_agg(p.at ORDER BY p.at DESC, p.id DESC),
               array_agg(p.id ORDER BY p.at DESC, p.id DESC), least(shown, count(*) FILTER (WHERE p.fits))
          INTO texts, times, ids, shown
          FROM (SELECT q.id, q.at, CASE WHEN q.fits THEN q.text END AS text, q.fits
                  FROM (SELECT t.*, coalesce(sum(octet_length(t.text)) OVER rows_before, 0) < 1048576 AS fits FROM (
                      SELECT e.* FROM unnest(gate.reach) AS r (chart), LATERAL (
                SELECT t.id, t.happened_at AS at,
                       CASE WHEN t.readable THEN t.body END AS text
                  FROM visit t
                 WHERE t.patient = r.chart AND NOT t.hidden
                   AND (t.happened_at, t.id) < (top, top_id)
                 ORDER BY t.happened_at DESC, t.id DESC LIMIT most) e
                       ORDER BY e.at DESC, e.id DESC LIMIT most) t WINDOW rows_before AS (ORDER BY t.at DESC, t.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) q) p;
        left_out := cardinality(array_positions(texts[:shown], NULL));
    END IF;
    IF cardinality(ids) > shown THEN
        at := times[shown]; id := ids[shown];
    END IF;
    body := convert_to(coalesce(array_to_string(texts[:shown], ','), ''), 'UTF8');
END $$;

CREATE FUNCTION session_chart_never_restricted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.stepped_up_until := NULL;
    RETURN NEW;
END $$;

CREATE FUNCTION stream_marks(sessions uuid[]) RETURNS TABLE(session uuid, chart uuid, own boolean, records text, inbox text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY
    WITH open_to AS (
        SELECT s.id, c.id AS place, c.chart, true AS own, 'own' AS extent,
               coalesce(c.stepped_up_until > hub_clock(), false) AS stepped_up,
               true AS of_all_kinds, (c.proof IN ('slip', 'vneid') OR c.level IN ('desk', 'vneid')) AS proven, c.level = ANY ('{otp,desk,vneid}'::text[]) AS reads
          FROM session s LEFT JOIN (
    session_chart c JOIN patient p ON p.id = c.chart AND p.deceased_at IS NULL
    LEFT JOIN facility f ON f.id = p.facility
) ON c.session = s.id AND c.ended_at IS NULL AND (f.discreet IS NOT TRUE OR c.stepped_up_until > hub_clock()) AND c.level = ANY ('{otp-limited,otp,desk,vneid}'::text[])
         WHERE s.id = ANY (sessions) AND s.ended_at IS NULL AND s.expires_at > hub_clock()
        UNION ALL
        SELECT s.id, g.id, g.patient, false, g.id::text,
               coalesce(c.stepped_up_until > hub_clock(), false) AND g.scope <> 'summary',
               g.scope <> 'summary', false, true
          FROM caregiver_grant g
      JOIN session_chart c ON c.chart = g.caregiver AND c.ended_at IS NULL
      JOIN session s ON s.id = c.session AND s.ended_at IS NULL AND s.expires_at > hub_clock()
      JOIN patient a ON a.id = g.caregiver AND a.deceased_at IS NULL
      JOIN patient p ON p.id = g.patient AND p.deceased_at IS NULL
      LEFT JOIN facility f ON f.id = p.facility
     WHERE (f.discreet IS NOT TRUE OR c.stepped_up_until > hub_clock()) AND (c.proof IN ('code', 'vneid') OR (c.proof = 'slip' AND a.facility = p.facility)) AND g.ended_at IS NULL
       AND g.begins_at <= hub_clock() AND (g.ends_at IS NULL OR g.ends_at > hub_clock())
       AND (g.review_at IS NULL OR g.review_at > hub_clock()) AND s.id = ANY (sessions) AND c.level = ANY ('{otp,desk,vneid}'::text[])
    )
    SELECT o.id, o.chart, o.own,
           CASE WHEN o.reads THEN concat_ws('/', o.extent, o.stepped_up, o.proven,
               (SELECT n.epoch FROM patient_change n WHERE n.patient = o.chart),
               hub_newest(o.chart, o.of_all_kinds, o.stepped_up, o.proven)) END,
           CASE WHEN o.own THEN (
               SELECT md5(string_agg(concat(n.id, n.read_at), '/' ORDER BY n.id)) FROM (
                   SELECT n.id, n.read_at FROM notification n
                    WHERE n.patient = o.chart
                      AND n.kind NOT IN ('phone.code', 'sign_in.code', 'step_up.code')
                    ORDER BY n.id DESC LIMIT 50) n) END
      FROM open_to o ORDER BY o.id, o.place;
END $$;

CREATE FUNCTION write_tombstone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    always_own CONSTANT boolean := TG_ARGV[1];
    for_restricted boolean;
    was_seen boolean;
    is_seen boolean;
BEGIN
    IF NEW.patient <> OLD.patient THEN
        DELETE FROM tombstone WHERE record = NEW.id;
        RETURN NULL;
    END IF;
    FOREACH for_restricted IN ARRAY ARRAY[false, true] LOOP
        was_seen := NOT OLD.hidden AND OLD.visible_from IS NOT NULL
            AND (for_restricted OR always_own OR OLD.restriction = '');
        is_seen := NOT NEW.hidden AND NEW.visible_from IS NOT NULL
            AND (for_restricted OR NEW.restriction = '');
        IF was_seen AND NOT is_seen THEN
            INSERT INTO tombstone (patient, kind, record, restricted, change_n)
            VALUES (NEW.patient, TG_ARGV[0], NEW.id, for_restricted, NEW.change_n)
            ON CONFLICT (record, restricted) DO UPDATE SET change_n = excluded.change_n;
        ELSIF is_seen AND (always_own OR NOT was_seen) THEN
            DELETE FROM tombstone WHERE record = NEW.id AND restricted = for_restricted;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE TABLE attempt (
    id uuid DEFAULT uuidv7() NOT NULL,
    delivery uuid,
    number integer DEFAULT 1 NOT NULL,
    worker character varying(40) DEFAULT ''::character varying NOT NULL,
    claimed_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    answered_at timestamp with time zone,
    outcome character varying(10) DEFAULT ''::character varying NOT NULL,
    provider_id character varying(200) DEFAULT ''::character varying NOT NULL,
    code character varying(60) DEFAULT ''::character varying NOT NULL
)
PARTITION BY RANGE (id);

CREATE TABLE delivery_event (
    id uuid DEFAULT uuidv7() NOT NULL,
    delivery uuid,
    at timestamp with time zone DEFAULT hub_clock() NOT NULL,
    status character varying(20) DEFAULT ''::character varying NOT NULL,
    source character varying(12) DEFAULT ''::character varying NOT NULL,
    code character varying(60) DEFAULT ''::character varying NOT NULL
)
PARTITION BY RANGE (id);

CREATE TABLE access_dispute (
    id uuid DEFAULT uuidv7() NOT NULL,
    patient uuid,
    line uuid DEFAULT gen_random_uuid() NOT NULL,
    words bytea,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    withdrawn_at timestamp with time zone
);

CREATE TABLE activation_slip (
    id uuid DEFAULT uuidv7() NOT NULL,
    patient uuid,
    facility uuid,
    handle character varying(8) DEFAULT ''::character varying NOT NULL,
    secret_hash bytea DEFAULT '\x'::bytea NOT NULL,
    proof character varying(20) DEFAULT ''::character varying NOT NULL,
    made_by uuid DEFAULT gen_random_uuid() NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    expires_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    confirmed_by uuid,
    confirmed_at timestamp with time zone,
    objected_at timestamp with time zone
);

CREATE TABLE alarm (
    id uuid DEFAULT uuidv7() NOT NULL,
    kind character varying(20) NOT NULL,
    about bytea DEFAULT '\x'::bytea NOT NULL,
    times integer DEFAULT 1 NOT NULL,
    raised_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE applied_repeatable (
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE audit_check (
    id uuid DEFAULT uuidv7() NOT NULL,
    started_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    ended_at timestamp with time zone,
    place bigint DEFAULT 0 NOT NULL,
    fault character varying(20) DEFAULT ''::character varying NOT NULL
);

CREATE TABLE awaiting (
    id uuid DEFAULT uuidv7() NOT NULL,
    record uuid DEFAULT gen_random_uuid() NOT NULL,
    facility uuid NOT NULL,
    patient uuid,
    kind character varying(20) DEFAULT ''::character varying NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    blanks text DEFAULT ''::text NOT NULL
);

CREATE TABLE booked_text (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid DEFAULT gen_random_uuid() NOT NULL,
    contact uuid DEFAULT gen_random_uuid() NOT NULL,
    number_hash bytea DEFAULT '\x'::bytea NOT NULL,
    origin character varying(8) DEFAULT ''::character varying NOT NULL,
    bound boolean DEFAULT false NOT NULL,
    booked_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    counted boolean DEFAULT true NOT NULL,
    leaves boolean DEFAULT true NOT NULL
);

CREATE TABLE caregiver_grant (
    id uuid DEFAULT uuidv7() NOT NULL,
    patient uuid,
    caregiver uuid,
    scope character varying(8) DEFAULT ''::character varying NOT NULL,
    begins_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    ends_at timestamp with time zone,
    kind character varying(20) DEFAULT 'chosen'::character varying NOT NULL,
    evidence character varying(200) DEFAULT ''::character varying NOT NULL,
    made_by uuid,
    review_at timestamp with time zone,
    review_age integer,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    ended_at timestamp with time zone,
    ended_by character varying(10) DEFAULT ''::character varying NOT NULL,
    act uuid DEFAULT uuidv7() NOT NULL,
    CONSTRAINT caregiver_is_another CHECK ((patient <> caregiver)),
    CONSTRAINT caregiver_scope CHECK (((scope)::text = ANY ((ARRAY['summary'::character varying, 'full'::character varying])::text[])))
);

CREATE TABLE caregiver_invitation (
    id uuid DEFAULT uuidv7() NOT NULL,
    scope character varying(8) DEFAULT ''::character varying NOT NULL,
    kind character varying(20) DEFAULT ''::character varying NOT NULL,
    grant_ends_at timestamp with time zone,
    handle character varying(8) DEFAULT ''::character varying NOT NULL,
    secret_hash bytea DEFAULT '\x'::bytea NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    expires_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    session uuid NOT NULL
);

CREATE TABLE chart_hold (
    id uuid DEFAULT uuidv7() NOT NULL,
    lost_phone uuid NOT NULL,
    chart uuid NOT NULL,
    until timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    ended_at timestamp with time zone
);

CREATE TABLE contact_point (
    id uuid DEFAULT uuidv7() NOT NULL,
    patient uuid,
    number bytea DEFAULT '\x'::bytea NOT NULL,
    number_hash bytea DEFAULT '\x'::bytea NOT NULL,
    kind character varying(10) DEFAULT 'own'::character varying NOT NULL,
    confirmed_at timestamp with time zone,
    proposed_by uuid,
    wrong_since timestamp with time zone,
    confirmed_by character varying(10) DEFAULT ''::character varying NOT NULL,
    usable_from timestamp with time zone,
    proved_at timestamp with time zone,
    declined_at timestamp with time zone,
    declined_by character varying(10) DEFAULT ''::character varying NOT NULL,
    replaced_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    home uuid,
    stated_since timestamp with time zone,
    stated_until timestamp with time zone,
    needs_desk boolean DEFAULT false NOT NULL,
    not_theirs_since timestamp with time zone
);

CREATE TABLE deferred_notice (
    id uuid DEFAULT uuidv7() NOT NULL,
    patient uuid,
    facility uuid,
    kind character varying(30) DEFAULT ''::character varying NOT NULL,
    subject uuid DEFAULT gen_random_uuid() NOT NULL,
    subject_version character varying(40) DEFAULT ''::character varying NOT NULL,
    happened_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    accepted_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    received_event uuid,
    sender_id bytea,
    due_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    until_released boolean DEFAULT false NOT NULL
);

CREATE SEQUENCE delivery_number
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE desk_number (
    id uuid DEFAULT uuidv7() NOT NULL,
    contact uuid NOT NULL,
    staff uuid DEFAULT gen_random_uuid() NOT NULL,
    proof character varying(20) DEFAULT ''::character varying NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    done_at timestamp with time zone,
    done_by uuid,
    undone_at timestamp with time zone
);

CREATE TABLE desk_task (
    id uuid DEFAULT uuidv7() NOT NULL,
    kind character varying(30) DEFAULT ''::character varying NOT NULL,
    patient uuid,
    facility uuid,
    subject uuid,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    done_at timestamp with time zone,
    done_by uuid,
    outcome character varying(20) DEFAULT ''::character varying NOT NULL
);

CREATE TABLE device (
    id uuid DEFAULT uuidv7() NOT NULL,
    platform character varying(10) DEFAULT ''::character varying NOT NULL,
    push_token bytea,
    push_token_hash bytea,
    key_thumbprint character varying(43) DEFAULT ''::character varying NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    seen_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    details bytea
);

CREATE TABLE document_content (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    patient uuid,
    record uuid DEFAULT gen_random_uuid() NOT NULL,
    place smallint DEFAULT 0 NOT NULL,
    media_type text DEFAULT ''::text NOT NULL,
    body bytea DEFAULT '\x'::bytea NOT NULL,
    piece smallint DEFAULT 0 NOT NULL,
    is_last boolean DEFAULT false NOT NULL,
    file uuid DEFAULT gen_random_uuid() NOT NULL,
    size integer DEFAULT 0 NOT NULL,
    tag bytea DEFAULT '\x'::bytea NOT NULL
);
ALTER TABLE ONLY document_content ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE dose_note (
    id uuid DEFAULT uuidv7() NOT NULL,
    patient uuid NOT NULL,
    medicine uuid NOT NULL,
    dose text NOT NULL,
    day date NOT NULL,
    state character varying(8) NOT NULL,
    taken_at timestamp with time zone,
    noted_at timestamp with time zone DEFAULT hub_clock() NOT NULL,
    CONSTRAINT dose_note_state_check CHECK (((state)::text = ANY ((ARRAY['taken'::character varying, 'skipped'::character varying])::text[])))
);

CREATE TABLE dose_rule (
    id uuid DEFAULT uuidv7() NOT NULL,
    medicine uuid,
    facility uuid,
    patient uuid,
    plan text NOT NULL,
    first_day date DEFAULT CURRENT_DATE NOT NULL,
    last_day date,
    since timestamp with time zone,
    until timestamp with time zone
);

CREATE TABLE facility_dose_hours (
    facility uuid NOT NULL,
    morning time without time zone NOT NULL,
    noon time without time zone NOT NULL,
    afternoon time without time zone NOT NULL,
    evening time without time zone NOT NULL,
    CONSTRAINT facility_dose_hours_check CHECK (((morning < noon) AND (noon < afternoon) AND (afternoon < evening)))
);

CREATE TABLE facility_key (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    hash bytea DEFAULT '\x'::bytea NOT NULL,
    label character varying(60) DEFAULT ''::character varying NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    scopes text DEFAULT ''::text NOT NULL,
    networks text DEFAULT ''::text NOT NULL
);

CREATE TABLE facility_numbers (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid NOT NULL,
    system text DEFAULT ''::text NOT NULL,
    meaning character varying(12) DEFAULT ''::character varying NOT NULL,
    main boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE hub_key (
    id uuid DEFAULT uuidv7() NOT NULL,
    name character varying(20) DEFAULT ''::character varying NOT NULL,
    purpose character varying(8) DEFAULT ''::character varying NOT NULL,
    secret bytea DEFAULT '\x'::bytea NOT NULL,
    made_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    current_from timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    ends_at timestamp with time zone
);

CREATE TABLE invited_chart (
    id uuid DEFAULT uuidv7() NOT NULL,
    invitation uuid NOT NULL,
    chart uuid NOT NULL,
    revoked_at timestamp with time zone
);

CREATE TABLE known_sender_id (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid DEFAULT gen_random_uuid() NOT NULL,
    dialect character varying(10) DEFAULT ''::character varying NOT NULL,
    sender_hash character varying(32) DEFAULT ''::character varying NOT NULL
);

CREATE TABLE lost_phone (
    id uuid DEFAULT uuidv7() NOT NULL,
    chart uuid NOT NULL,
    facility uuid NOT NULL,
    staff uuid DEFAULT gen_random_uuid() NOT NULL,
    proof character varying(20) DEFAULT ''::character varying NOT NULL,
    made_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    lifted_at timestamp with time zone,
    lifted_by uuid
);

CREATE TABLE migration (
    id integer NOT NULL,
    name character varying(200) DEFAULT ''::character varying NOT NULL,
    app_name character varying(200) DEFAULT ''::character varying NOT NULL,
    ran_on timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE SEQUENCE migration_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE migration_id_seq OWNED BY migration.id;

CREATE TABLE notification (
    id uuid DEFAULT uuidv7() NOT NULL,
    patient uuid,
    facility uuid,
    kind character varying(30) DEFAULT ''::character varying NOT NULL,
    subject uuid DEFAULT gen_random_uuid() NOT NULL,
    subject_version character varying(40) DEFAULT ''::character varying NOT NULL,
    urgency character varying(10) DEFAULT ''::character varying NOT NULL,
    lane smallint DEFAULT 0 NOT NULL,
    ticket character varying(8) DEFAULT ''::character varying NOT NULL,
    counter character varying(8) DEFAULT ''::character varying NOT NULL,
    starts_at timestamp with time zone,
    received_event uuid,
    sender_id bytea,
    accepted_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    created_at timestamp with time zone DEFAULT hub_clock() NOT NULL,
    expires_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    read_at timestamp with time zone,
    grouped_into uuid,
    kept_back boolean DEFAULT false NOT NULL,
    held smallint DEFAULT 0 NOT NULL,
    not_told character varying(20) DEFAULT ''::character varying NOT NULL,
    resent_at timestamp with time zone
);

CREATE TABLE number_report (
    id uuid DEFAULT uuidv7() NOT NULL,
    contact uuid,
    staff uuid,
    confirmed_before timestamp with time zone,
    wrong_before timestamp with time zone,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    undone_at timestamp with time zone
);

CREATE TABLE party (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid,
    kind character varying(20) DEFAULT ''::character varying NOT NULL,
    key text DEFAULT ''::text NOT NULL,
    local_id character varying(64) DEFAULT ''::character varying NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    content_hash bytea DEFAULT '\x'::bytea NOT NULL,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    identifiers text[] DEFAULT '{}'::text[] NOT NULL,
    has_id boolean DEFAULT false NOT NULL,
    coded text DEFAULT ''::text NOT NULL,
    restriction character varying(20) DEFAULT ''::character varying NOT NULL,
    withholds boolean DEFAULT false NOT NULL,
    is_whole boolean DEFAULT true NOT NULL,
    filed_under uuid
);

CREATE TABLE patient_dose_hours (
    patient uuid NOT NULL,
    morning time without time zone NOT NULL,
    noon time without time zone NOT NULL,
    afternoon time without time zone NOT NULL,
    evening time without time zone NOT NULL,
    CONSTRAINT patient_dose_hours_check CHECK (((morning < noon) AND (noon < afternoon) AND (afternoon < evening)))
);

CREATE TABLE patient_identifier (
    id uuid DEFAULT uuidv7() NOT NULL,
    patient uuid,
    facility uuid,
    system text DEFAULT ''::text NOT NULL,
    value bytea DEFAULT '\x'::bytea NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    home uuid
);

CREATE TABLE patient_lookup (
    id uuid DEFAULT uuidv7() NOT NULL,
    kind character varying(20) DEFAULT ''::character varying NOT NULL,
    key_id character varying(20) DEFAULT ''::character varying NOT NULL,
    hash bytea DEFAULT '\x'::bytea NOT NULL,
    patient uuid
);

CREATE TABLE patient_merge (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid NOT NULL,
    patient uuid NOT NULL,
    into_patient uuid,
    said_at timestamp with time zone,
    changed_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    CONSTRAINT patient_merge_check CHECK ((into_patient <> patient))
);

CREATE TABLE printed_summary (
    id uuid DEFAULT uuidv7() NOT NULL,
    code_hash bytea NOT NULL,
    patient uuid NOT NULL,
    printed_by uuid NOT NULL,
    sha256 bytea NOT NULL,
    facilities uuid[] NOT NULL,
    language character varying(2) NOT NULL,
    printed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE reached_number (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid DEFAULT gen_random_uuid() NOT NULL,
    number_hash bytea DEFAULT '\x'::bytea NOT NULL,
    prefix_hash bytea DEFAULT '\x'::bytea NOT NULL,
    reached_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    counted boolean DEFAULT true NOT NULL
);

CREATE TABLE refusal_tally (
    id uuid DEFAULT uuidv7() NOT NULL,
    key bytea DEFAULT '\x'::bytea NOT NULL,
    actor_kind character varying(12) DEFAULT ''::character varying NOT NULL,
    actor uuid,
    patient uuid,
    subject uuid,
    action character varying(60) DEFAULT ''::character varying NOT NULL,
    result character varying(40) DEFAULT ''::character varying NOT NULL,
    network character varying(45) DEFAULT ''::character varying NOT NULL,
    times integer DEFAULT 1 NOT NULL,
    begun_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE release_policy (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid NOT NULL,
    record_class character varying(80) NOT NULL,
    release character varying(10) NOT NULL,
    CONSTRAINT release_policy_release_check CHECK (((release)::text ~ '^(at-once|clinician|never|[1-9][0-9]{0,4}h)$'::text))
);

CREATE TABLE retention (
    id uuid DEFAULT uuidv7() NOT NULL,
    table_name character varying(30) DEFAULT ''::character varying NOT NULL,
    months integer DEFAULT 0 NOT NULL
);

CREATE TABLE sign_in_challenge (
    id uuid DEFAULT uuidv7() NOT NULL,
    pair_hash bytea DEFAULT '\x'::bytea NOT NULL,
    subject_hint character varying(3) DEFAULT ''::character varying NOT NULL,
    patient uuid,
    contact uuid,
    code_hash bytea,
    tries integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    expires_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    told_at timestamp with time zone,
    used_at timestamp with time zone,
    key_thumbprint character varying(43) DEFAULT ''::character varying NOT NULL,
    withheld character varying(20) DEFAULT ''::character varying NOT NULL,
    purpose character varying(10) DEFAULT 'sign-in'::character varying NOT NULL,
    subject_kind character varying(20) DEFAULT ''::character varying NOT NULL,
    subject_hashes bytea[] DEFAULT '{}'::bytea[] NOT NULL,
    number_hashes bytea[] DEFAULT '{}'::bytea[] NOT NULL,
    counted_for character varying(43) DEFAULT ''::character varying NOT NULL,
    session uuid
);

CREATE TABLE sign_in_pair (
    id uuid DEFAULT uuidv7() NOT NULL,
    updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    patient uuid,
    subject_hash bytea NOT NULL,
    number_hash bytea NOT NULL,
    counted_for character varying(43) DEFAULT ''::character varying NOT NULL,
    wrong_at timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    closed_until timestamp with time zone
);

CREATE TABLE sms_code (
    id uuid DEFAULT uuidv7() NOT NULL,
    pair_hash bytea NOT NULL,
    number_hash bytea NOT NULL,
    due_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE staff (
    id uuid DEFAULT uuidv7() NOT NULL,
    name character varying(60) DEFAULT ''::character varying NOT NULL,
    password_hash text DEFAULT ''::text NOT NULL,
    totp_secret bytea DEFAULT '\x'::bytea NOT NULL,
    totp_step bigint DEFAULT 0 NOT NULL,
    role character varying(15) DEFAULT 'agent'::character varying NOT NULL,
    facility uuid,
    disabled_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    hour_begun_at timestamp with time zone,
    requests integer DEFAULT 0 NOT NULL,
    openings integer DEFAULT 0 NOT NULL
);

CREATE TABLE staff_place (
    id uuid DEFAULT uuidv7() NOT NULL,
    about character varying(36) DEFAULT ''::character varying NOT NULL,
    network character varying(45) DEFAULT ''::character varying NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    begun_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    locked_until timestamp with time zone,
    known_at timestamp with time zone
);

CREATE TABLE staff_session (
    id uuid DEFAULT uuidv7() NOT NULL,
    staff uuid,
    token_hash bytea DEFAULT '\x'::bytea NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    used_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    ended_at timestamp with time zone
);

CREATE TABLE used_proof (
    id uuid DEFAULT uuidv7() NOT NULL,
    hash bytea DEFAULT '\x'::bytea NOT NULL,
    expires_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE vneid_sign_in (
    id uuid DEFAULT uuidv7() NOT NULL,
    session uuid,
    acr character varying(60) DEFAULT ''::character varying NOT NULL,
    amr character varying(60) DEFAULT ''::character varying NOT NULL,
    authenticated_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE waiting_text (
    id uuid DEFAULT uuidv7() NOT NULL,
    facility uuid DEFAULT gen_random_uuid() NOT NULL,
    contact uuid DEFAULT gen_random_uuid() NOT NULL,
    number_hash bytea DEFAULT '\x'::bytea NOT NULL,
    prefix_hash bytea DEFAULT '\x'::bytea NOT NULL,
    brake character varying(20) DEFAULT ''::character varying NOT NULL,
    lane smallint DEFAULT 0 NOT NULL,
    waits_since timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

ALTER TABLE ONLY migration ALTER COLUMN id SET DEFAULT nextval('migration_id_seq'::regclass);

ALTER TABLE ONLY access_dispute
    ADD CONSTRAINT access_dispute_pkey PRIMARY KEY (id);

ALTER TABLE ONLY activation_slip
    ADD CONSTRAINT activation_slip_handle_key UNIQUE (handle);

ALTER TABLE ONLY activation_slip
    ADD CONSTRAINT activation_slip_pkey PRIMARY KEY (id);

ALTER TABLE ONLY alarm
    ADD CONSTRAINT alarm_once UNIQUE (kind, about);

ALTER TABLE ONLY alarm
    ADD CONSTRAINT alarm_pkey PRIMARY KEY (id);

ALTER TABLE ONLY allergy
    ADD CONSTRAINT allergy_once UNIQUE (facility, key);

ALTER TABLE ONLY allergy
    ADD CONSTRAINT allergy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY applied_repeatable
    ADD CONSTRAINT applied_repeatable_pkey PRIMARY KEY (name);

ALTER TABLE ONLY appointment
    ADD CONSTRAINT appointment_once UNIQUE (facility, key);

ALTER TABLE ONLY appointment
    ADD CONSTRAINT appointment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit_check
    ADD CONSTRAINT audit_check_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit_event
    ADD CONSTRAINT audit_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY awaiting
    ADD CONSTRAINT awaiting_pkey PRIMARY KEY (id);

ALTER TABLE ONLY awaiting
    ADD CONSTRAINT awaiting_record_key UNIQUE (record);

ALTER TABLE ONLY booked_text
    ADD CONSTRAINT booked_text_pkey PRIMARY KEY (id);

ALTER TABLE ONLY care_plan
    ADD CONSTRAINT care_plan_once UNIQUE (facility, key);

ALTER TABLE ONLY care_plan
    ADD CONSTRAINT care_plan_pkey PRIMARY KEY (id);

ALTER TABLE ONLY caregiver_grant
    ADD CONSTRAINT caregiver_grant_pkey PRIMARY KEY (id);

ALTER TABLE ONLY caregiver_invitation
    ADD CONSTRAINT caregiver_invitation_handle_key UNIQUE (handle);

ALTER TABLE ONLY caregiver_invitation
    ADD CONSTRAINT caregiver_invitation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY chart_hold
    ADD CONSTRAINT chart_hold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY clock_offset
    ADD CONSTRAINT clock_offset_pkey PRIMARY KEY (one);

ALTER TABLE ONLY condition
    ADD CONSTRAINT condition_once UNIQUE (facility, key);

ALTER TABLE ONLY condition
    ADD CONSTRAINT condition_pkey PRIMARY KEY (id);

ALTER TABLE ONLY contact_point
    ADD CONSTRAINT contact_point_pkey PRIMARY KEY (id);

ALTER TABLE ONLY deferred_notice
    ADD CONSTRAINT deferred_notice_once UNIQUE (subject);

ALTER TABLE ONLY deferred_notice
    ADD CONSTRAINT deferred_notice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY delivery_event
    ADD CONSTRAINT delivery_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY desk_number
    ADD CONSTRAINT desk_number_pkey PRIMARY KEY (id);

ALTER TABLE ONLY desk_task
    ADD CONSTRAINT desk_task_pkey PRIMARY KEY (id);

ALTER TABLE ONLY device
    ADD CONSTRAINT device_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dispensed_medicine
    ADD CONSTRAINT dispensed_medicine_once UNIQUE (facility, key);

ALTER TABLE ONLY dispensed_medicine
    ADD CONSTRAINT dispensed_medicine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY document_content
    ADD CONSTRAINT document_content_pkey PRIMARY KEY (id);

ALTER TABLE ONLY document
    ADD CONSTRAINT document_once UNIQUE (facility, key);

ALTER TABLE ONLY document_content
    ADD CONSTRAINT document_piece_once UNIQUE (record, place, piece);

ALTER TABLE ONLY document
    ADD CONSTRAINT document_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dose_note
    ADD CONSTRAINT dose_note_once UNIQUE (medicine, dose);

ALTER TABLE ONLY dose_note
    ADD CONSTRAINT dose_note_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dose_rule
    ADD CONSTRAINT dose_rule_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dropped_month
    ADD CONSTRAINT dropped_month_pkey PRIMARY KEY (id);

ALTER TABLE ONLY facility
    ADD CONSTRAINT facility_code_key UNIQUE (code);

ALTER TABLE ONLY facility_dose_hours
    ADD CONSTRAINT facility_dose_hours_pkey PRIMARY KEY (facility);

ALTER TABLE ONLY facility_key
    ADD CONSTRAINT facility_key_hash_key UNIQUE (hash);

ALTER TABLE ONLY facility_key
    ADD CONSTRAINT facility_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY facility_numbers
    ADD CONSTRAINT facility_numbers_once UNIQUE (facility, system);

ALTER TABLE ONLY facility_numbers
    ADD CONSTRAINT facility_numbers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY facility
    ADD CONSTRAINT facility_pkey PRIMARY KEY (id);

ALTER TABLE ONLY family_history
    ADD CONSTRAINT family_history_once UNIQUE (facility, key);

ALTER TABLE ONLY family_history
    ADD CONSTRAINT family_history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY filled_form
    ADD CONSTRAINT filled_form_once UNIQUE (facility, key);

ALTER TABLE ONLY filled_form
    ADD CONSTRAINT filled_form_pkey PRIMARY KEY (id);

ALTER TABLE ONLY given_medicine
    ADD CONSTRAINT given_medicine_once UNIQUE (facility, key);

ALTER TABLE ONLY given_medicine
    ADD CONSTRAINT given_medicine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY hub_key
    ADD CONSTRAINT hub_key_name_key UNIQUE (name);

ALTER TABLE ONLY hub_key
    ADD CONSTRAINT hub_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY imaging_study
    ADD CONSTRAINT imaging_study_once UNIQUE (facility, key);

ALTER TABLE ONLY imaging_study
    ADD CONSTRAINT imaging_study_pkey PRIMARY KEY (id);

ALTER TABLE ONLY immunisation
    ADD CONSTRAINT immunisation_once UNIQUE (facility, key);

ALTER TABLE ONLY immunisation
    ADD CONSTRAINT immunisation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY invited_chart
    ADD CONSTRAINT invited_chart_pkey PRIMARY KEY (id);

ALTER TABLE ONLY known_sender_id
    ADD CONSTRAINT known_sender_id_once UNIQUE (facility, dialect, sender_hash);

ALTER TABLE ONLY known_sender_id
    ADD CONSTRAINT known_sender_id_pkey PRIMARY KEY (id);

ALTER TABLE ONLY lost_phone
    ADD CONSTRAINT lost_phone_pkey PRIMARY KEY (id);

ALTER TABLE ONLY medication_statement
    ADD CONSTRAINT medication_statement_once UNIQUE (facility, key);

ALTER TABLE ONLY medication_statement
    ADD CONSTRAINT medication_statement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY medicine
    ADD CONSTRAINT medicine_once UNIQUE (facility, key);

ALTER TABLE ONLY medicine
    ADD CONSTRAINT medicine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (id);

ALTER TABLE ONLY notification
    ADD CONSTRAINT notification_once UNIQUE (patient, kind, subject, subject_version);

ALTER TABLE ONLY notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (id);

ALTER TABLE ONLY number_report
    ADD CONSTRAINT number_report_pkey PRIMARY KEY (id);

ALTER TABLE ONLY observation
    ADD CONSTRAINT observation_once UNIQUE (facility, key);

ALTER TABLE ONLY observation
    ADD CONSTRAINT observation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY party
    ADD CONSTRAINT party_once UNIQUE (facility, kind, key);

ALTER TABLE ONLY party
    ADD CONSTRAINT party_pkey PRIMARY KEY (id);

ALTER TABLE ONLY patient_change
    ADD CONSTRAINT patient_change_pkey PRIMARY KEY (patient);

ALTER TABLE ONLY patient_dose_hours
    ADD CONSTRAINT patient_dose_hours_pkey PRIMARY KEY (patient);

ALTER TABLE ONLY patient_identifier
    ADD CONSTRAINT patient_identifier_pkey PRIMARY KEY (id);

ALTER TABLE ONLY patient_lookup
    ADD CONSTRAINT patient_lookup_once UNIQUE (kind, hash, patient);

ALTER TABLE ONLY patient_lookup
    ADD CONSTRAINT patient_lookup_pkey PRIMARY KEY (id);

ALTER TABLE ONLY patient_merge
    ADD CONSTRAINT patient_merge_once UNIQUE (facility, patient);

ALTER TABLE ONLY patient_merge
    ADD CONSTRAINT patient_merge_pkey PRIMARY KEY (id);

ALTER TABLE ONLY patient
    ADD CONSTRAINT patient_pkey PRIMARY KEY (id);

ALTER TABLE ONLY printed_summary
    ADD CONSTRAINT printed_summary_code_hash_key UNIQUE (code_hash);

ALTER TABLE ONLY printed_summary
    ADD CONSTRAINT printed_summary_pkey PRIMARY KEY (id);

ALTER TABLE ONLY procedure
    ADD CONSTRAINT procedure_once UNIQUE (facility, key);

ALTER TABLE ONLY procedure
    ADD CONSTRAINT procedure_pkey PRIMARY KEY (id);

ALTER TABLE ONLY reached_number
    ADD CONSTRAINT reached_number_once UNIQUE (facility, number_hash);

ALTER TABLE ONLY reached_number
    ADD CONSTRAINT reached_number_pkey PRIMARY KEY (id);

ALTER TABLE ONLY received_event
    ADD CONSTRAINT received_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY refusal_tally
    ADD CONSTRAINT refusal_tally_key_key UNIQUE (key);

ALTER TABLE ONLY refusal_tally
    ADD CONSTRAINT refusal_tally_pkey PRIMARY KEY (id);

ALTER TABLE ONLY release_policy
    ADD CONSTRAINT release_policy_once UNIQUE (facility, record_class);

ALTER TABLE ONLY release_policy
    ADD CONSTRAINT release_policy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY result
    ADD CONSTRAINT result_once UNIQUE (facility, key);

ALTER TABLE ONLY result
    ADD CONSTRAINT result_pkey PRIMARY KEY (id);

ALTER TABLE ONLY retention
    ADD CONSTRAINT retention_pkey PRIMARY KEY (id);

ALTER TABLE ONLY retention
    ADD CONSTRAINT retention_table_name_key UNIQUE (table_name);

ALTER TABLE ONLY service_request
    ADD CONSTRAINT service_request_once UNIQUE (facility, key);

ALTER TABLE ONLY service_request
    ADD CONSTRAINT service_request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY session_chart
    ADD CONSTRAINT session_chart_pkey PRIMARY KEY (id);

ALTER TABLE ONLY session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY session
    ADD CONSTRAINT session_refresh_hash_key UNIQUE (refresh_hash);

ALTER TABLE ONLY sign_in_challenge
    ADD CONSTRAINT sign_in_challenge_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sign_in_pair
    ADD CONSTRAINT sign_in_pair_once UNIQUE (subject_hash, number_hash, counted_for);

ALTER TABLE ONLY sign_in_pair
    ADD CONSTRAINT sign_in_pair_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sms_code
    ADD CONSTRAINT sms_code_pkey PRIMARY KEY (id);

ALTER TABLE ONLY staff
    ADD CONSTRAINT staff_name_key UNIQUE (name);

ALTER TABLE ONLY staff
    ADD CONSTRAINT staff_pkey PRIMARY KEY (id);

ALTER TABLE ONLY staff_place
    ADD CONSTRAINT staff_place_once UNIQUE (about, network);

ALTER TABLE ONLY staff_place
    ADD CONSTRAINT staff_place_pkey PRIMARY KEY (id);

ALTER TABLE ONLY staff_session
    ADD CONSTRAINT staff_session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY staff_session
    ADD CONSTRAINT staff_session_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY tombstone
    ADD CONSTRAINT tombstone_once UNIQUE (record, restricted);

ALTER TABLE ONLY tombstone
    ADD CONSTRAINT tombstone_pkey PRIMARY KEY (id);

ALTER TABLE ONLY used_proof
    ADD CONSTRAINT used_proof_hash_key UNIQUE (hash);

ALTER TABLE ONLY used_proof
    ADD CONSTRAINT used_proof_pkey PRIMARY KEY (id);

ALTER TABLE ONLY visit
    ADD CONSTRAINT visit_once UNIQUE (facility, key);

ALTER TABLE ONLY visit
    ADD CONSTRAINT visit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY vneid_sign_in
    ADD CONSTRAINT vneid_sign_in_pkey PRIMARY KEY (id);

ALTER TABLE ONLY waiting_text
    ADD CONSTRAINT waiting_text_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX access_dispute_once ON access_dispute USING btree (line) WHERE (withdrawn_at IS NULL);

CREATE INDEX access_dispute_patient ON access_dispute USING btree (patient);

CREATE INDEX activation_slip_made_by ON activation_slip USING btree (made_by, created_at);

CREATE INDEX activation_slip_patient ON activation_slip USING btree (patient);

CREATE INDEX alarm_by_time ON alarm USING btree (raised_at);

CREATE INDEX allergy_changes ON allergy USING btree (patient, change_n, id);

CREATE INDEX allergy_names ON allergy USING gin (names) WITH (fastupdate=off);

CREATE INDEX allergy_of_patient ON allergy USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX allergy_release ON allergy USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX appointment_by_time ON appointment USING btree (patient, starts_at DESC, id DESC);

CREATE INDEX appointment_changes ON appointment USING btree (patient, change_n, id);

CREATE INDEX appointment_names ON appointment USING gin (names) WITH (fastupdate=off);

CREATE INDEX appointment_release ON appointment USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX appointment_starts_at ON appointment USING btree (starts_at);

CREATE INDEX attempt_delivery ON ONLY attempt USING btree (delivery);

CREATE INDEX audit_check_begun ON audit_check USING btree (started_at);

CREATE INDEX audit_event_of_patient ON ONLY audit_event USING btree (patient, id DESC) WHERE (patient IS NOT NULL);

CREATE INDEX audit_event_place ON ONLY audit_event USING btree (place);

CREATE INDEX audit_event_unsealed ON ONLY audit_event USING btree (id) WHERE (place IS NULL);

CREATE INDEX awaiting_by_name ON awaiting USING gin (names);

CREATE INDEX booked_text_by_time ON booked_text USING btree (booked_at);

CREATE INDEX booked_text_number ON booked_text USING btree (number_hash, booked_at);

CREATE INDEX care_plan_changes ON care_plan USING btree (patient, change_n, id);

CREATE INDEX care_plan_names ON care_plan USING gin (names) WITH (fastupdate=off);

CREATE INDEX care_plan_of_patient ON care_plan USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX care_plan_release ON care_plan USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX care_plan_unseen ON care_plan USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX caregiver_grant_act ON caregiver_grant USING btree (act);

CREATE INDEX caregiver_grant_caregiver ON caregiver_grant USING btree (caregiver);

CREATE UNIQUE INDEX caregiver_grant_live ON caregiver_grant USING btree (patient, caregiver) WHERE (ended_at IS NULL);

CREATE INDEX caregiver_grant_patient ON caregiver_grant USING btree (patient);

CREATE INDEX caregiver_grant_review ON caregiver_grant USING btree (review_at) WHERE (ended_at IS NULL);

CREATE INDEX caregiver_invitation_session ON caregiver_invitation USING btree (session);

CREATE INDEX challenge_by_time ON sign_in_challenge USING btree (created_at);

CREATE INDEX challenge_of_patient ON sign_in_challenge USING btree (patient);

CREATE INDEX challenge_recent ON sign_in_challenge USING btree (contact, created_at);

CREATE INDEX challenge_untold ON sign_in_challenge USING btree (created_at) WHERE (told_at IS NULL);

CREATE INDEX chart_hold_of_chart ON chart_hold USING btree (chart) WHERE (ended_at IS NULL);

CREATE INDEX condition_changes ON condition USING btree (patient, change_n, id);

CREATE INDEX condition_names ON condition USING gin (names) WITH (fastupdate=off);

CREATE INDEX condition_of_patient ON condition USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX condition_release ON condition USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX condition_unseen ON condition USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX contact_point_number_hash ON contact_point USING btree (number_hash);

CREATE INDEX contact_point_patient ON contact_point USING btree (patient);

CREATE INDEX deferred_notice_due ON deferred_notice USING btree (due_at) WHERE (NOT until_released);

CREATE INDEX deferred_notice_of_facility ON deferred_notice USING btree (facility, id);

CREATE INDEX deferred_notice_of_message ON deferred_notice USING btree (received_event) WHERE (received_event IS NOT NULL);

CREATE INDEX deferred_notice_of_patient ON deferred_notice USING btree (patient);

CREATE INDEX delivery_by_facility ON notification USING btree (facility, id);

CREATE INDEX delivery_doubted ON delivery USING btree (next_listing_at) WHERE ((status)::text = 'in_doubt'::text);

CREATE INDEX delivery_due ON delivery USING btree (lane, due_at) WHERE ((status)::text = 'planned'::text);

CREATE INDEX delivery_event_delivery ON ONLY delivery_event USING btree (delivery);

CREATE INDEX delivery_expiring ON delivery USING btree (status, expires_at) WHERE ((status)::text = ANY ((ARRAY['planned'::character varying, 'held'::character varying])::text[]));

CREATE INDEX delivery_held ON delivery USING btree (due_at) WHERE (((status)::text = 'held'::text) AND ((reason)::text <> ALL ((ARRAY['first_texts_spent'::character varying, 'prefix_burst'::character varying, 'facility_suspended'::character varying])::text[])));

CREATE INDEX delivery_leased ON delivery USING btree (lease_until) WHERE ((status)::text = 'sending'::text);

CREATE INDEX delivery_notification ON delivery USING btree (notification);

CREATE INDEX delivery_patient ON delivery USING btree (patient);

CREATE INDEX delivery_provider_id ON delivery USING btree (provider_id);

CREATE INDEX delivery_reference ON delivery USING btree (reference);

CREATE INDEX delivery_suspended ON delivery USING btree (facility, lane) WHERE (((status)::text = 'held'::text) AND ((reason)::text = 'facility_suspended'::text));

CREATE INDEX desk_number_contact ON desk_number USING btree (contact);

CREATE INDEX desk_task_about ON desk_task USING btree (subject, kind);

CREATE INDEX desk_task_open ON desk_task USING btree (facility, id) WHERE (done_at IS NULL);

CREATE UNIQUE INDEX desk_task_open_once ON desk_task USING btree (kind, subject) WHERE (done_at IS NULL);

CREATE INDEX desk_task_patient ON desk_task USING btree (patient);

CREATE INDEX device_by_key ON device USING btree (key_thumbprint, id) WHERE ((key_thumbprint)::text <> ''::text);

CREATE INDEX device_push_token_hash ON device USING btree (push_token_hash);

CREATE INDEX dispensed_medicine_changes ON dispensed_medicine USING btree (patient, change_n, id);

CREATE INDEX dispensed_medicine_names ON dispensed_medicine USING gin (names) WITH (fastupdate=off);

CREATE INDEX dispensed_medicine_of_patient ON dispensed_medicine USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX dispensed_medicine_release ON dispensed_medicine USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX document_changes ON document USING btree (patient, change_n, id);

CREATE INDEX document_names ON document USING gin (names) WITH (fastupdate=off);

CREATE INDEX document_of_patient ON document USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX document_release ON document USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX document_unseen ON document USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX dose_note_of_patient ON dose_note USING btree (patient, day);

CREATE INDEX dose_rule_medicine ON dose_rule USING btree (medicine);

CREATE INDEX dose_rule_patient ON dose_rule USING btree (patient);

CREATE UNIQUE INDEX dose_rule_said_now ON dose_rule USING btree (medicine) WHERE (until IS NULL);

CREATE INDEX facility_key_facility ON facility_key USING btree (facility);

CREATE INDEX family_history_changes ON family_history USING btree (patient, change_n, id);

CREATE INDEX family_history_names ON family_history USING gin (names) WITH (fastupdate=off);

CREATE INDEX family_history_of_patient ON family_history USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX family_history_release ON family_history USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX family_history_unseen ON family_history USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX filled_form_changes ON filled_form USING btree (patient, change_n, id);

CREATE INDEX filled_form_names ON filled_form USING gin (names) WITH (fastupdate=off);

CREATE INDEX filled_form_of_patient ON filled_form USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX filled_form_release ON filled_form USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX filled_form_unseen ON filled_form USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX given_medicine_changes ON given_medicine USING btree (patient, change_n, id);

CREATE INDEX given_medicine_names ON given_medicine USING gin (names) WITH (fastupdate=off);

CREATE INDEX given_medicine_of_patient ON given_medicine USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX given_medicine_release ON given_medicine USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX given_medicine_unseen ON given_medicine USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX imaging_study_changes ON imaging_study USING btree (patient, change_n, id);

CREATE INDEX imaging_study_names ON imaging_study USING gin (names) WITH (fastupdate=off);

CREATE INDEX imaging_study_of_patient ON imaging_study USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX imaging_study_release ON imaging_study USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX imaging_study_unseen ON imaging_study USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX immunisation_changes ON immunisation USING btree (patient, change_n, id);

CREATE INDEX immunisation_names ON immunisation USING gin (names) WITH (fastupdate=off);

CREATE INDEX immunisation_of_patient ON immunisation USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX immunisation_release ON immunisation USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX immunisation_unseen ON immunisation USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX invited_chart_of_chart ON invited_chart USING btree (chart);

CREATE UNIQUE INDEX invited_chart_once ON invited_chart USING btree (invitation, chart);

CREATE INDEX lost_phone_of_chart ON lost_phone USING btree (chart, made_at);

CREATE INDEX medication_statement_changes ON medication_statement USING btree (patient, change_n, id);

CREATE INDEX medication_statement_names ON medication_statement USING gin (names) WITH (fastupdate=off);

CREATE INDEX medication_statement_of_patient ON medication_statement USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX medication_statement_release ON medication_statement USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX medicine_changes ON medicine USING btree (patient, change_n, id);

CREATE INDEX medicine_names ON medicine USING gin (names) WITH (fastupdate=off);

CREATE INDEX medicine_of_patient ON medicine USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX medicine_release ON medicine USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX medicine_replaced ON medicine USING btree (replaced_by) WHERE (replaced_by IS NOT NULL);

CREATE INDEX medicine_replacing ON medicine USING btree (patient) WHERE ((replaces_key <> ''::text) OR (replaces_local_id <> ''::text));

CREATE INDEX notification_inbox ON notification USING btree (patient, id);

CREATE INDEX notification_of_message ON notification USING btree (received_event) WHERE (received_event IS NOT NULL);

CREATE INDEX notification_subject ON notification USING btree (subject);

CREATE INDEX notification_told ON notification USING btree (patient, created_at DESC) WHERE (grouped_into IS NULL);

CREATE INDEX number_report_contact ON number_report USING btree (contact);

CREATE INDEX observation_alone ON observation USING btree (patient, happened_at DESC, id DESC) WHERE (NOT reported);

CREATE INDEX observation_by_order ON observation USING gin (orders);

CREATE INDEX observation_by_reference ON observation USING btree (facility, local_id);

CREATE INDEX observation_by_time ON observation USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX observation_changes ON observation USING btree (patient, change_n, id);

CREATE INDEX observation_names ON observation USING gin (names) WITH (fastupdate=off);

CREATE INDEX observation_of_patient ON observation USING btree (patient, code, happened_at DESC);

CREATE INDEX observation_release ON observation USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX observation_unseen ON observation USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX pair_spent ON sign_in_pair USING btree (closed_until) WHERE (closed_until IS NOT NULL);

CREATE INDEX party_by_key ON party USING btree (facility, key);

CREATE INDEX party_by_reference ON party USING btree (facility, local_id);

CREATE INDEX party_names ON party USING gin (names) WITH (fastupdate=off);

CREATE INDEX patient_identifier_home ON patient_identifier USING btree (home, facility);

CREATE INDEX patient_identifier_patient ON patient_identifier USING btree (patient);

CREATE INDEX patient_lookup_hash ON patient_lookup USING btree (hash);

CREATE INDEX patient_lookup_patient ON patient_lookup USING btree (patient);

CREATE INDEX patient_merge_into ON patient_merge USING btree (facility, into_patient);

CREATE INDEX printed_summary_of_patient ON printed_summary USING btree (patient);

CREATE INDEX procedure_changes ON procedure USING btree (patient, change_n, id);

CREATE INDEX procedure_names ON procedure USING gin (names) WITH (fastupdate=off);

CREATE INDEX procedure_of_patient ON procedure USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX procedure_release ON procedure USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX procedure_unseen ON procedure USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX reached_number_by_age ON reached_number USING btree (reached_at);

CREATE INDEX reached_number_by_prefix ON reached_number USING btree (facility, prefix_hash, reached_at) WHERE counted;

CREATE INDEX reached_number_by_time ON reached_number USING btree (facility, reached_at) WHERE counted;

CREATE INDEX reached_number_number_hash ON reached_number USING btree (number_hash);

CREATE INDEX received_event_heard ON ONLY received_event USING btree (facility, received_at DESC);

CREATE INDEX received_event_waiting ON ONLY received_event USING btree (facility, received_at) WHERE ((outcome)::text = 'quarantined'::text);

CREATE INDEX refusal_tally_begun ON refusal_tally USING btree (begun_at);

CREATE INDEX result_by_missing ON result USING gin (missing) WHERE (missing <> '{}'::text[]);

CREATE INDEX result_by_observation ON result USING gin (observation_keys);

CREATE INDEX result_by_order ON result USING gin (orders);

CREATE INDEX result_changes ON result USING btree (patient, change_n, id);

CREATE INDEX result_names ON result USING gin (names) WITH (fastupdate=off);

CREATE INDEX result_of_patient ON result USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX result_release ON result USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX result_unseen ON result USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX service_request_by_group ON service_request USING btree (facility, order_group) WHERE (order_group <> ''::text);

CREATE INDEX service_request_changes ON service_request USING btree (patient, change_n, id);

CREATE INDEX service_request_names ON service_request USING gin (names) WITH (fastupdate=off);

CREATE INDEX service_request_of_patient ON service_request USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX service_request_release ON service_request USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX service_request_unseen ON service_request USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX session_by_key ON session USING btree (key_thumbprint) WHERE ((key_thumbprint)::text <> ''::text);

CREATE INDEX session_chart_by_slip ON session_chart USING btree (slip) WHERE ((slip IS NOT NULL) AND ((level)::text = 'otp'::text) AND (ended_at IS NULL));

CREATE INDEX session_chart_of_chart ON session_chart USING btree (chart);

CREATE INDEX session_chart_of_session ON session_chart USING btree (session);

CREATE INDEX session_chart_of_slip ON session_chart USING btree (slip) WHERE (slip IS NOT NULL);

CREATE UNIQUE INDEX session_chart_reached ON session_chart USING btree (session, chart) WHERE (ended_at IS NULL);

CREATE INDEX session_chart_told_again ON session_chart USING btree (tell_again_at) WHERE (tell_again_at IS NOT NULL);

CREATE INDEX session_of_device ON session USING btree (device);

CREATE INDEX sign_in_challenge_pair_hash ON sign_in_challenge USING btree (pair_hash);

CREATE INDEX sign_in_pair_number_hash ON sign_in_pair USING btree (number_hash);

CREATE INDEX sign_in_pair_subject_hash ON sign_in_pair USING btree (subject_hash);

CREATE INDEX slip_live ON activation_slip USING btree (patient) WHERE ((used_at IS NULL) AND (revoked_at IS NULL));

CREATE INDEX sms_code_due ON sms_code USING btree (due_at);

CREATE INDEX sms_code_number ON sms_code USING btree (number_hash, due_at);

CREATE INDEX sms_code_pair ON sms_code USING btree (pair_hash, due_at);

CREATE INDEX staff_place_last ON staff_place USING btree (GREATEST(known_at, begun_at));

CREATE INDEX staff_place_unknown ON staff_place USING btree (begun_at) WHERE (known_at IS NULL);

CREATE INDEX staff_session_staff ON staff_session USING btree (staff);

CREATE INDEX tombstone_changes ON tombstone USING btree (patient, change_n, record);

CREATE INDEX used_proof_expires_at ON used_proof USING btree (expires_at);

CREATE INDEX visit_changes ON visit USING btree (patient, change_n, id);

CREATE INDEX visit_names ON visit USING gin (names) WITH (fastupdate=off);

CREATE INDEX visit_of_patient ON visit USING btree (patient, happened_at DESC, id DESC);

CREATE INDEX visit_release ON visit USING btree (release_at) WHERE (release_at IS NOT NULL);

CREATE INDEX visit_unseen ON visit USING btree (facility, patient) WHERE (visible_from IS NULL);

CREATE INDEX vneid_sign_in_session ON vneid_sign_in USING btree (session);

CREATE INDEX waiting_text_number_hash ON waiting_text USING btree (number_hash);

CREATE INDEX waiting_text_of_facility ON waiting_text USING btree (facility, lane);

CREATE TRIGGER as_its_notification BEFORE INSERT ON delivery FOR EACH ROW WHEN (((new.expires_at IS NULL) OR (new.facility IS NULL))) EXECUTE FUNCTION delivery_as_its_notification();

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON allergy FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"name":["string"],"noneKnown":["boolean"],"noneKnownOf":["null","string"],"verification":["null","string"],"type":["null","string"],"categories":["array"],"criticality":["null","string"],"onset":["null","string"],"recordedAt":["null","string"],"reactions":["array"],"lastOccurrence":["missing","null","string"],"recorder":["missing","null","string"],"asserter":["missing","null","string"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON appointment FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"startsAt":["string"],"endsAt":["null","string"],"what":["null","string"],"where":["null","string"],"people":["array","missing"],"instructions":["null","string"],"locations":["array","missing"],"participants":["array","missing"],"serviceTypes":["array","missing"],"specialties":["array","missing"],"appointmentType":["missing","null","string"],"reasons":["array","missing"],"cancellationReason":["missing","null","string"],"note":["missing","null","string"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON care_plan FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"title":["string"],"description":["null","string"],"intent":["string"],"categories":["array"],"begins":["null","string"],"ends":["null","string"],"createdAt":["null","string"],"addresses":["array"],"goals":["array"],"activities":["array"],"others":["array"],"products":["array"],"locations":["array"],"outcomes":["array"],"caution":["null","object"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON condition FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"name":["string"],"verification":["null","string"],"categories":["array"],"severity":["null","string"],"onset":["null","string"],"abated":["null","string"],"recordedAt":["null","string"],"bodySites":["array","missing"],"stages":["array","missing"],"evidence":["array","missing"],"recorder":["missing","null","string"],"asserter":["missing","null","string"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON dispensed_medicine FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"name":["string"],"handedOut":["boolean"],"caution":["null","object"],"quantity":["null","string"],"daysSupply":["null","string"],"kind":["null","string"],"category":["null","string"],"preparedAt":["null","string"],"handedOutAt":["null","string"],"dosage":["null","string"],"dosageInWords":["null","object"],"statusReason":["null","string"],"where":["null","string"],"destination":["null","string"],"substituted":["boolean","null"],"substitution":["null","string"],"substitutionReasons":["array"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON document FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"title":["null","string"],"kind":["null","string"],"categories":["array"],"written":["null","string"],"createdAt":["null","string"],"files":["array"],"events":["array","missing"],"practiceSetting":["missing","null","string"],"facilityKind":["missing","null","string"],"begins":["missing","null","string"],"ends":["missing","null","string"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON family_history FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"relation":["string"],"conditions":["array"],"recordedAt":["null","string"],"whyUnknown":["null","string"],"reasons":["array"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON filled_form FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"title":["null","string"],"answeredAt":["null","string"],"questions":["array"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON given_medicine FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"name":["string"],"given":["boolean"],"caution":["null","object"],"begins":["null","string"],"ends":["null","string"],"dosage":["null","string"],"dosageInWords":["null","object"],"category":["null","string"],"statusReasons":["array"],"reasons":["array"],"devices":["array"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON imaging_study FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"name":["null","string"],"started":["null","string"],"modalities":["array"],"bodySites":["array"],"series":["null","number"],"images":["null","number"],"reasons":["array","missing"],"where":["missing","null","string"],"descriptions":["array","missing"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON immunisation FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"vaccine":["string"],"occurred":["null","string"],"lot":["null","string"],"doseNumber":["null","string"],"targets":["array"],"site":["null","string"],"route":["null","string"],"statusReason":["missing","null","string"],"protocols":["array","missing"],"maker":["missing","null","string"],"expires":["missing","null","string"],"dose":["missing","null","string"],"where":["missing","null","string"],"reasons":["array","missing"],"subpotent":["boolean","missing","null"],"reactions":["array","missing"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON medication_statement FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"name":["string"],"dosage":["null","string"],"begins":["null","string"],"ends":["null","string"],"reasons":["array"],"statusReasons":["array","missing"],"category":["missing","null","string"],"statedAt":["missing","null","string"],"dosageInWords":["missing","null","object"],"caution":["missing","null","object"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON medicine FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"name":["string"],"dosage":["null","string"],"instructions":["null","string"],"prescribedAt":["null","string"],"scheduled":["boolean"],"replacedBy":["missing","null","string"],"replacedFrom":["missing","null","string"],"dosageInWords":["missing","null","object"],"intent":["missing","string"],"doNotPerform":["boolean","missing"],"caution":["missing","null","object"],"prescriptionCode":["missing","null","string"],"requester":["missing","null","string"],"reasons":["array","missing"],"quantity":["missing","null","string"],"repeats":["missing","null","number"],"statusReason":["missing","null","string"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON observation FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"name":["string"],"value":["boolean","null","number","string"],"comparator":["missing","null","string"],"unit":["missing","null","string"],"series":["missing","null","object"],"referenceRanges":["array","missing"],"interpretations":["array","missing"],"absentReason":["missing","null","string"],"absentCode":["missing","null","string"],"unitAsSent":["missing","null","string"],"valueAsSent":["missing","null","string"],"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"correctedAt":["null","string"],"measuredAt":["null","string"],"note":["null","string"],"method":["null","string"],"bodySite":["null","string"],"specimen":["null","string"],"components":["array"],"people":["array","missing"],"device":["missing","null","string"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON procedure FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"name":["string"],"performed":["null","string"],"ended":["null","string"],"reasons":["array"],"bodySites":["array"],"outcome":["null","string"],"category":["missing","null","string"],"statusReason":["missing","null","string"],"where":["missing","null","string"],"complications":["array","missing"],"followUp":["array","missing"],"devices":["array","missing"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body, header ON result FOR EACH ROW EXECUTE FUNCTION hub_mark_header_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"testName":["string"],"category":["null","string"],"issuedAt":["null","string"],"correctedAt":["null","string"],"people":["array"],"missing":["missing","number"],"conclusion":["null","string"],"orderComplete":["boolean","null"],"files":["array"],"conclusionCodes":["array","missing"],"specimens":["array","missing"],"measuredAt":["missing","null","string"],"observations":["array"]}', '{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"testName":["string"],"category":["null","string"],"issuedAt":["null","string"],"correctedAt":["null","string"],"people":["array"],"missing":["missing","number"],"conclusion":["null","string"],"orderComplete":["boolean","null"],"files":["array"],"conclusionCodes":["array","missing"],"specimens":["array","missing"],"measuredAt":["missing","null","string"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON service_request FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"name":["string"],"intent":["string"],"orderedAt":["null","string"],"plannedFor":["null","string"],"reasons":["array"],"categories":["array","missing"],"priority":["missing","null","string"],"orderDetails":["array","missing"],"bodySites":["array","missing"],"specimens":["array","missing"],"locations":["array","missing"],"instructions":["missing","null","string"],"doNotPerform":["boolean","missing"],"caution":["missing","null","object"]}');

CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON visit FOR EACH ROW EXECUTE FUNCTION hub_mark_readable('{"id":["string"],"status":["string"],"facility":["string"],"asOf":["null","string"],"people":["array"],"note":["null","string"],"visitClass":["string"],"kind":["null","string"],"reasons":["array"],"startsAt":["null","string"],"endsAt":["null","string"],"serviceType":["missing","null","string"],"participants":["array","missing"],"locations":["array","missing"],"diagnoses":["array","missing"],"admittedFrom":["missing","null","string"],"discharge":["missing","null","string"],"dischargedTo":["missing","null","string"],"priority":["missing","null","string"]}');

CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_kept();

CREATE TRIGGER kept BEFORE DELETE OR UPDATE OR TRUNCATE ON dropped_month FOR EACH STATEMENT EXECUTE FUNCTION audit_kept();

CREATE TRIGGER never_restricted BEFORE INSERT OR UPDATE ON session_chart FOR EACH ROW WHEN ((new.never_restricted AND (new.stepped_up_until IS NOT NULL))) EXECUTE FUNCTION session_chart_never_restricted();

CREATE TRIGGER never_widens BEFORE UPDATE ON caregiver_grant FOR EACH ROW EXECUTE FUNCTION caregiver_grant_never_widens();

CREATE TRIGGER sealed_once AFTER UPDATE ON audit_event REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION audit_sealed_once();

CREATE TRIGGER with_its_deliveries AFTER UPDATE OF expires_at, facility ON notification FOR EACH ROW EXECUTE FUNCTION deliveries_follow_their_notification();

CREATE TRIGGER write_tombstone AFTER UPDATE ON allergy FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('allergy', 'True');

CREATE TRIGGER write_tombstone AFTER UPDATE ON appointment FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('appointment', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON care_plan FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('care_plan', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON condition FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('condition', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON dispensed_medicine FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('dispensed_medicine', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON document FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('document', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON family_history FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('family_history', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON filled_form FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('filled_form', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON given_medicine FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('given_medicine', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON imaging_study FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('imaging_study', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON immunisation FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('immunisation', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON medication_statement FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('medication_statement', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON medicine FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('medicine', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON observation FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('observation', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON procedure FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('procedure', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON result FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('result', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON service_request FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('service_request', 'False');

CREATE TRIGGER write_tombstone AFTER UPDATE ON visit FOR EACH ROW WHEN (((((old.hidden IS DISTINCT FROM new.hidden) OR ((old.visible_from IS NULL) IS DISTINCT FROM (new.visible_from IS NULL))) OR (((old.restriction)::text = ''::text) IS DISTINCT FROM ((new.restriction)::text = ''::text))) OR (old.patient IS DISTINCT FROM new.patient))) EXECUTE FUNCTION write_tombstone('visit', 'False');

CREATE TRIGGER written_here BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_written_here();

ALTER TABLE ONLY access_dispute
    ADD CONSTRAINT access_dispute_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY activation_slip
    ADD CONSTRAINT activation_slip_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY activation_slip
    ADD CONSTRAINT activation_slip_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY allergy
    ADD CONSTRAINT allergy_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY allergy
    ADD CONSTRAINT allergy_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY allergy
    ADD CONSTRAINT allergy_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY appointment
    ADD CONSTRAINT appointment_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY appointment
    ADD CONSTRAINT appointment_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY appointment
    ADD CONSTRAINT appointment_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE attempt
    ADD CONSTRAINT attempt_delivery_fkey FOREIGN KEY (delivery) REFERENCES delivery(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY awaiting
    ADD CONSTRAINT awaiting_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id);

ALTER TABLE ONLY awaiting
    ADD CONSTRAINT awaiting_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id);

ALTER TABLE ONLY care_plan
    ADD CONSTRAINT care_plan_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY care_plan
    ADD CONSTRAINT care_plan_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY care_plan
    ADD CONSTRAINT care_plan_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY caregiver_grant
    ADD CONSTRAINT caregiver_grant_caregiver_fkey FOREIGN KEY (caregiver) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY caregiver_grant
    ADD CONSTRAINT caregiver_grant_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY caregiver_invitation
    ADD CONSTRAINT caregiver_invitation_session_fkey FOREIGN KEY (session) REFERENCES session(id);

ALTER TABLE ONLY chart_hold
    ADD CONSTRAINT chart_hold_chart_fkey FOREIGN KEY (chart) REFERENCES patient(id);

ALTER TABLE ONLY chart_hold
    ADD CONSTRAINT chart_hold_lost_phone_fkey FOREIGN KEY (lost_phone) REFERENCES lost_phone(id);

ALTER TABLE ONLY condition
    ADD CONSTRAINT condition_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY condition
    ADD CONSTRAINT condition_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY condition
    ADD CONSTRAINT condition_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY contact_point
    ADD CONSTRAINT contact_point_home_fkey FOREIGN KEY (home) REFERENCES patient(id);

ALTER TABLE ONLY contact_point
    ADD CONSTRAINT contact_point_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY contact_point
    ADD CONSTRAINT contact_point_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY deferred_notice
    ADD CONSTRAINT deferred_notice_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY deferred_notice
    ADD CONSTRAINT deferred_notice_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY delivery
    ADD CONSTRAINT delivery_contact_fkey FOREIGN KEY (contact) REFERENCES contact_point(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY delivery
    ADD CONSTRAINT delivery_device_fkey FOREIGN KEY (device) REFERENCES device(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE delivery_event
    ADD CONSTRAINT delivery_event_delivery_fkey FOREIGN KEY (delivery) REFERENCES delivery(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY delivery
    ADD CONSTRAINT delivery_notification_fkey FOREIGN KEY (notification) REFERENCES notification(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY delivery
    ADD CONSTRAINT delivery_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY desk_number
    ADD CONSTRAINT desk_number_contact_fkey FOREIGN KEY (contact) REFERENCES contact_point(id);

ALTER TABLE ONLY desk_task
    ADD CONSTRAINT desk_task_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY desk_task
    ADD CONSTRAINT desk_task_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY dispensed_medicine
    ADD CONSTRAINT dispensed_medicine_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY dispensed_medicine
    ADD CONSTRAINT dispensed_medicine_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY dispensed_medicine
    ADD CONSTRAINT dispensed_medicine_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY document_content
    ADD CONSTRAINT document_content_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY document_content
    ADD CONSTRAINT document_content_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY document
    ADD CONSTRAINT document_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY document
    ADD CONSTRAINT document_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY document
    ADD CONSTRAINT document_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY dose_note
    ADD CONSTRAINT dose_note_medicine_fkey FOREIGN KEY (medicine) REFERENCES medicine(id);

ALTER TABLE ONLY dose_note
    ADD CONSTRAINT dose_note_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id);

ALTER TABLE ONLY dose_rule
    ADD CONSTRAINT dose_rule_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY dose_rule
    ADD CONSTRAINT dose_rule_medicine_fkey FOREIGN KEY (medicine) REFERENCES medicine(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY dose_rule
    ADD CONSTRAINT dose_rule_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY facility_dose_hours
    ADD CONSTRAINT facility_dose_hours_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id);

ALTER TABLE ONLY facility_key
    ADD CONSTRAINT facility_key_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY facility_numbers
    ADD CONSTRAINT facility_numbers_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id);

ALTER TABLE ONLY family_history
    ADD CONSTRAINT family_history_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY family_history
    ADD CONSTRAINT family_history_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY family_history
    ADD CONSTRAINT family_history_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY filled_form
    ADD CONSTRAINT filled_form_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY filled_form
    ADD CONSTRAINT filled_form_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY filled_form
    ADD CONSTRAINT filled_form_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY given_medicine
    ADD CONSTRAINT given_medicine_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY given_medicine
    ADD CONSTRAINT given_medicine_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY given_medicine
    ADD CONSTRAINT given_medicine_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY imaging_study
    ADD CONSTRAINT imaging_study_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY imaging_study
    ADD CONSTRAINT imaging_study_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY imaging_study
    ADD CONSTRAINT imaging_study_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY immunisation
    ADD CONSTRAINT immunisation_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY immunisation
    ADD CONSTRAINT immunisation_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY immunisation
    ADD CONSTRAINT immunisation_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY invited_chart
    ADD CONSTRAINT invited_chart_chart_fkey FOREIGN KEY (chart) REFERENCES patient(id);

ALTER TABLE ONLY invited_chart
    ADD CONSTRAINT invited_chart_invitation_fkey FOREIGN KEY (invitation) REFERENCES caregiver_invitation(id);

ALTER TABLE ONLY lost_phone
    ADD CONSTRAINT lost_phone_chart_fkey FOREIGN KEY (chart) REFERENCES patient(id);

ALTER TABLE ONLY lost_phone
    ADD CONSTRAINT lost_phone_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id);

ALTER TABLE ONLY medication_statement
    ADD CONSTRAINT medication_statement_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY medication_statement
    ADD CONSTRAINT medication_statement_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY medication_statement
    ADD CONSTRAINT medication_statement_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY medicine
    ADD CONSTRAINT medicine_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY medicine
    ADD CONSTRAINT medicine_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY medicine
    ADD CONSTRAINT medicine_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY notification
    ADD CONSTRAINT notification_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY notification
    ADD CONSTRAINT notification_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY number_report
    ADD CONSTRAINT number_report_contact_fkey FOREIGN KEY (contact) REFERENCES contact_point(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY number_report
    ADD CONSTRAINT number_report_staff_fkey FOREIGN KEY (staff) REFERENCES staff(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY observation
    ADD CONSTRAINT observation_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY observation
    ADD CONSTRAINT observation_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY observation
    ADD CONSTRAINT observation_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY party
    ADD CONSTRAINT party_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY party
    ADD CONSTRAINT party_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id);

ALTER TABLE ONLY patient_change
    ADD CONSTRAINT patient_change_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY patient_dose_hours
    ADD CONSTRAINT patient_dose_hours_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id);

ALTER TABLE ONLY patient
    ADD CONSTRAINT patient_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id);

ALTER TABLE ONLY patient_identifier
    ADD CONSTRAINT patient_identifier_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY patient_identifier
    ADD CONSTRAINT patient_identifier_home_fkey FOREIGN KEY (home) REFERENCES patient(id);

ALTER TABLE ONLY patient_identifier
    ADD CONSTRAINT patient_identifier_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY patient_lookup
    ADD CONSTRAINT patient_lookup_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY patient_merge
    ADD CONSTRAINT patient_merge_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id);

ALTER TABLE ONLY patient_merge
    ADD CONSTRAINT patient_merge_into_patient_fkey FOREIGN KEY (into_patient) REFERENCES patient(id);

ALTER TABLE ONLY patient_merge
    ADD CONSTRAINT patient_merge_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id);

ALTER TABLE ONLY printed_summary
    ADD CONSTRAINT printed_summary_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id);

ALTER TABLE ONLY procedure
    ADD CONSTRAINT procedure_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY procedure
    ADD CONSTRAINT procedure_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY procedure
    ADD CONSTRAINT procedure_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE received_event
    ADD CONSTRAINT received_event_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY release_policy
    ADD CONSTRAINT release_policy_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id);

ALTER TABLE ONLY result
    ADD CONSTRAINT result_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY result
    ADD CONSTRAINT result_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY result
    ADD CONSTRAINT result_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY service_request
    ADD CONSTRAINT service_request_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY service_request
    ADD CONSTRAINT service_request_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY service_request
    ADD CONSTRAINT service_request_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY session_chart
    ADD CONSTRAINT session_chart_chart_fkey FOREIGN KEY (chart) REFERENCES patient(id);

ALTER TABLE ONLY session_chart
    ADD CONSTRAINT session_chart_contact_fkey FOREIGN KEY (contact) REFERENCES contact_point(id);

ALTER TABLE ONLY session_chart
    ADD CONSTRAINT session_chart_session_fkey FOREIGN KEY (session) REFERENCES session(id);

ALTER TABLE ONLY session_chart
    ADD CONSTRAINT session_chart_slip_fkey FOREIGN KEY (slip) REFERENCES activation_slip(id);

ALTER TABLE ONLY session
    ADD CONSTRAINT session_device_fkey FOREIGN KEY (device) REFERENCES device(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY sign_in_challenge
    ADD CONSTRAINT sign_in_challenge_contact_fkey FOREIGN KEY (contact) REFERENCES contact_point(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY sign_in_challenge
    ADD CONSTRAINT sign_in_challenge_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY sign_in_challenge
    ADD CONSTRAINT sign_in_challenge_session_fkey FOREIGN KEY (session) REFERENCES session(id);

ALTER TABLE ONLY staff
    ADD CONSTRAINT staff_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY staff_session
    ADD CONSTRAINT staff_session_staff_fkey FOREIGN KEY (staff) REFERENCES staff(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY tombstone
    ADD CONSTRAINT tombstone_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id);

ALTER TABLE ONLY visit
    ADD CONSTRAINT visit_facility_fkey FOREIGN KEY (facility) REFERENCES facility(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY visit
    ADD CONSTRAINT visit_filed_under_fkey FOREIGN KEY (filed_under) REFERENCES patient_identifier(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY visit
    ADD CONSTRAINT visit_patient_fkey FOREIGN KEY (patient) REFERENCES patient(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY vneid_sign_in
    ADD CONSTRAINT vneid_sign_in_session_fkey FOREIGN KEY (session) REFERENCES session(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE access_dispute ENABLE ROW LEVEL SECURITY;

ALTER TABLE allergy ENABLE ROW LEVEL SECURITY;

ALTER TABLE appointment ENABLE ROW LEVEL SECURITY;

ALTER TABLE awaiting ENABLE ROW LEVEL SECURITY;

ALTER TABLE care_plan ENABLE ROW LEVEL SECURITY;

ALTER TABLE condition ENABLE ROW LEVEL SECURITY;

ALTER TABLE delivery ENABLE ROW LEVEL SECURITY;

ALTER TABLE dispensed_medicine ENABLE ROW LEVEL SECURITY;

ALTER TABLE document ENABLE ROW LEVEL SECURITY;

ALTER TABLE document_content ENABLE ROW LEVEL SECURITY;

ALTER TABLE dose_note ENABLE ROW LEVEL SECURITY;

ALTER TABLE dose_rule ENABLE ROW LEVEL SECURITY;

ALTER TABLE facility_dose_hours ENABLE ROW LEVEL SECURITY;

ALTER TABLE family_history ENABLE ROW LEVEL SECURITY;

ALTER TABLE filled_form ENABLE ROW LEVEL SECURITY;

ALTER TABLE given_medicine ENABLE ROW LEVEL SECURITY;

CREATE POLICY held ON allergy AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON appointment AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON care_plan AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON condition AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON dispensed_medicine AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON document AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON dose_rule AS RESTRICTIVE FOR SELECT TO hub_patient USING ((EXISTS ( SELECT
   FROM medicine m
  WHERE (m.id = dose_rule.medicine))));

CREATE POLICY held ON family_history AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON filled_form AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON given_medicine AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON imaging_study AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON immunisation AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON medication_statement AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON medicine AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON notification AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON observation AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON procedure AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON result AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON service_request AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

CREATE POLICY held ON visit AS RESTRICTIVE FOR SELECT TO hub_patient USING (((held = 0) OR COALESCE((patient = ANY (( SELECT hub_proven() AS hub_proven)::uuid[])), false)));

ALTER TABLE imaging_study ENABLE ROW LEVEL SECURITY;

ALTER TABLE immunisation ENABLE ROW LEVEL SECURITY;

CREATE POLICY inbox ON delivery TO hub_patient USING (COALESCE((patient = ANY (( SELECT authorized_charts('own'::text, '{otp-limited,otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) WITH CHECK (COALESCE((patient = ANY (( SELECT authorized_charts('own'::text, '{otp-limited,otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false));

CREATE POLICY inbox ON notification TO hub_patient USING (COALESCE((patient = ANY (( SELECT authorized_charts('own'::text, '{otp-limited,otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) WITH CHECK (COALESCE((patient = ANY (( SELECT authorized_charts('own'::text, '{otp-limited,otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false));

CREATE POLICY intake ON allergy TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON appointment TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON awaiting TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON care_plan TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON condition TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON dispensed_medicine TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON document TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON document_content TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON dose_rule TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON family_history TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON filled_form TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON given_medicine TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON imaging_study TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON immunisation TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON known_sender_id TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON medication_statement TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON medicine TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON observation TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON party TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON patient_change TO hub_intake USING (true) WITH CHECK (true);

CREATE POLICY intake ON patient_merge TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON procedure TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON received_event TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON result TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON service_request TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

CREATE POLICY intake ON visit TO hub_intake USING ((facility = hub_setting('hub.facility'::text))) WITH CHECK ((facility = hub_setting('hub.facility'::text)));

ALTER TABLE known_sender_id ENABLE ROW LEVEL SECURITY;

ALTER TABLE medication_statement ENABLE ROW LEVEL SECURITY;

ALTER TABLE medicine ENABLE ROW LEVEL SECURITY;

CREATE POLICY moving ON dose_note TO hub_intake USING ((EXISTS ( SELECT
   FROM medicine m
  WHERE (m.id = dose_note.medicine)))) WITH CHECK ((EXISTS ( SELECT
   FROM medicine m
  WHERE (m.id = dose_note.medicine))));

ALTER TABLE notification ENABLE ROW LEVEL SECURITY;

ALTER TABLE observation ENABLE ROW LEVEL SECURITY;

CREATE POLICY operating ON facility_dose_hours TO hub_api USING (true) WITH CHECK (true);

CREATE POLICY own ON dose_note TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('own'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (EXISTS ( SELECT
   FROM medicine m
  WHERE (m.id = dose_note.medicine))))) WITH CHECK ((COALESCE((patient = ANY (( SELECT authorized_charts('own'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (EXISTS ( SELECT
   FROM medicine m
  WHERE (m.id = dose_note.medicine)))));

CREATE POLICY own ON patient_dose_hours TO hub_patient USING (COALESCE((patient = ANY (( SELECT authorized_charts('own'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) WITH CHECK (COALESCE((patient = ANY (( SELECT authorized_charts('own'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false));

CREATE POLICY owner_and_staff ON access_dispute TO hub_api USING (true) WITH CHECK (true);

ALTER TABLE party ENABLE ROW LEVEL SECURITY;

ALTER TABLE patient ENABLE ROW LEVEL SECURITY;

ALTER TABLE patient_change ENABLE ROW LEVEL SECURITY;

ALTER TABLE patient_dose_hours ENABLE ROW LEVEL SECURITY;

ALTER TABLE patient_merge ENABLE ROW LEVEL SECURITY;

ALTER TABLE procedure ENABLE ROW LEVEL SECURITY;

CREATE POLICY reading ON allergy FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('summary'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('own'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON appointment FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('summary'::text, '{otp-limited,otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON care_plan FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON condition FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON dispensed_medicine FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON document FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON document_content FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND ((EXISTS ( SELECT
   FROM document d
  WHERE (d.id = document_content.record))) OR (EXISTS ( SELECT
   FROM result r
  WHERE (r.id = document_content.record))))));

CREATE POLICY reading ON dose_note FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (EXISTS ( SELECT
   FROM medicine m
  WHERE (m.id = dose_note.medicine)))));

CREATE POLICY reading ON dose_rule FOR SELECT TO hub_patient USING (COALESCE((patient = ANY (( SELECT authorized_charts('summary'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false));

CREATE POLICY reading ON facility_dose_hours FOR SELECT TO hub_patient USING (true);

CREATE POLICY reading ON family_history FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON filled_form FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON given_medicine FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON imaging_study FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON immunisation FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('summary'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON medication_statement FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON medicine FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('summary'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON observation FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON patient FOR SELECT TO hub_patient USING (COALESCE((id = ANY (( SELECT authorized_charts('summary'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false));

CREATE POLICY reading ON patient_change FOR SELECT TO hub_patient USING (COALESCE((patient = ANY (( SELECT authorized_charts('summary'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false));

CREATE POLICY reading ON patient_dose_hours FOR SELECT TO hub_patient USING (COALESCE((patient = ANY (( SELECT authorized_charts('summary'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false));

CREATE POLICY reading ON procedure FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON result FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON service_request FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

CREATE POLICY reading ON tombstone FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('summary'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((kind)::text = ANY ((ARRAY['allergy'::character varying, 'appointment'::character varying, 'immunisation'::character varying, 'medicine'::character varying])::text[])) OR COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (restricted = COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (((kind)::text <> 'allergy'::text) OR (NOT (EXISTS ( SELECT
   FROM allergy t
  WHERE (t.id = tombstone.record)))))));

CREATE POLICY reading ON visit FOR SELECT TO hub_patient USING ((COALESCE((patient = ANY (( SELECT authorized_charts('full'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false) AND (((restriction)::text = ''::text) OR COALESCE((patient = ANY (( SELECT authorized_charts('restricted'::text, '{otp,desk,vneid}'::text[]) AS authorized_charts)::uuid[])), false)) AND (NOT hidden) AND (visible_from IS NOT NULL)));

ALTER TABLE received_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE result ENABLE ROW LEVEL SECURITY;

CREATE POLICY sending ON delivery TO hub_api, hub_intake, hub_worker USING (true) WITH CHECK (true);

CREATE POLICY sending ON notification TO hub_api, hub_intake, hub_worker USING (true) WITH CHECK (true);

ALTER TABLE service_request ENABLE ROW LEVEL SECURITY;

CREATE POLICY staff_and_intake ON patient TO hub_api, hub_intake, hub_worker USING (true) WITH CHECK (true);

ALTER TABLE tombstone ENABLE ROW LEVEL SECURITY;

ALTER TABLE visit ENABLE ROW LEVEL SECURITY;

GRANT ALL ON SCHEMA public TO hub_owner;

REVOKE ALL ON FUNCTION deliveries_follow_their_notification() FROM PUBLIC;

REVOKE ALL ON FUNCTION delivery_as_its_notification() FROM PUBLIC;

REVOKE ALL ON FUNCTION hub_access_log(before uuid, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION hub_access_log(before uuid, most integer) TO hub_patient;

GRANT SELECT ON TABLE clock_offset TO PUBLIC;

GRANT SELECT ON TABLE dropped_month TO hub_sealer;

REVOKE ALL ON FUNCTION hub_drop_month(the_table text) FROM PUBLIC;
GRANT ALL ON FUNCTION hub_drop_month(the_table text) TO hub_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE care_plan TO hub_intake;
GRANT SELECT ON TABLE care_plan TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE condition TO hub_intake;
GRANT SELECT ON TABLE condition TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE document TO hub_intake;
GRANT SELECT ON TABLE document TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE family_history TO hub_intake;
GRANT SELECT ON TABLE family_history TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE filled_form TO hub_intake;
GRANT SELECT ON TABLE filled_form TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE given_medicine TO hub_intake;
GRANT SELECT ON TABLE given_medicine TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE imaging_study TO hub_intake;
GRANT SELECT ON TABLE imaging_study TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE immunisation TO hub_intake;
GRANT SELECT ON TABLE immunisation TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE observation TO hub_intake;
GRANT SELECT ON TABLE observation TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE patient_change TO hub_intake;
GRANT SELECT ON TABLE patient_change TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE procedure TO hub_intake;
GRANT SELECT ON TABLE procedure TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE result TO hub_intake;
GRANT SELECT ON TABLE result TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE service_request TO hub_intake;
GRANT SELECT ON TABLE service_request TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE visit TO hub_intake;
GRANT SELECT ON TABLE visit TO hub_patient;

REVOKE ALL ON FUNCTION hub_due_for_release(but uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION hub_due_for_release(but uuid[]) TO hub_worker;

REVOKE ALL ON FUNCTION hub_end_of_due_audit() FROM PUBLIC;
GRANT ALL ON FUNCTION hub_end_of_due_audit() TO hub_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE session TO hub_api;
GRANT SELECT ON TABLE session TO hub_worker;
GRANT SELECT ON TABLE session TO hub_intake;

GRANT UPDATE(ended_at) ON TABLE session TO hub_intake;

GRANT UPDATE(ended_why) ON TABLE session TO hub_intake;

GRANT SELECT,INSERT,UPDATE ON TABLE session_chart TO hub_api;
GRANT SELECT ON TABLE session_chart TO hub_worker;
GRANT SELECT ON TABLE session_chart TO hub_intake;

GRANT UPDATE(level) ON TABLE session_chart TO hub_worker;

GRANT UPDATE(stepped_up_until) ON TABLE session_chart TO hub_worker;

GRANT UPDATE(ended_at) ON TABLE session_chart TO hub_intake;

GRANT UPDATE(ended_why) ON TABLE session_chart TO hub_intake;

GRANT UPDATE(tell_again_at) ON TABLE session_chart TO hub_worker;

REVOKE ALL ON FUNCTION hub_proven() FROM PUBLIC;
GRANT ALL ON FUNCTION hub_proven() TO hub_patient;

GRANT SELECT ON TABLE audit_event TO hub_sealer;

GRANT SELECT(id) ON TABLE audit_event TO hub_api;

GRANT SELECT(at) ON TABLE audit_event TO hub_api;

GRANT SELECT(actor_kind),INSERT(actor_kind) ON TABLE audit_event TO hub_api;
GRANT INSERT(actor_kind) ON TABLE audit_event TO hub_worker;
GRANT INSERT(actor_kind) ON TABLE audit_event TO hub_intake;

GRANT SELECT(actor),INSERT(actor) ON TABLE audit_event TO hub_api;
GRANT INSERT(actor) ON TABLE audit_event TO hub_worker;
GRANT INSERT(actor) ON TABLE audit_event TO hub_intake;

GRANT SELECT(patient),INSERT(patient) ON TABLE audit_event TO hub_api;
GRANT INSERT(patient) ON TABLE audit_event TO hub_worker;
GRANT INSERT(patient) ON TABLE audit_event TO hub_intake;

GRANT SELECT(action),INSERT(action) ON TABLE audit_event TO hub_api;
GRANT INSERT(action) ON TABLE audit_event TO hub_worker;
GRANT INSERT(action) ON TABLE audit_event TO hub_intake;

GRANT SELECT(subject),INSERT(subject) ON TABLE audit_event TO hub_api;
GRANT INSERT(subject) ON TABLE audit_event TO hub_worker;
GRANT INSERT(subject) ON TABLE audit_event TO hub_intake;

GRANT SELECT(why),INSERT(why) ON TABLE audit_event TO hub_api;
GRANT INSERT(why) ON TABLE audit_event TO hub_worker;
GRANT INSERT(why) ON TABLE audit_event TO hub_intake;

GRANT INSERT(from_where) ON TABLE audit_event TO hub_api;
GRANT INSERT(from_where) ON TABLE audit_event TO hub_worker;
GRANT INSERT(from_where) ON TABLE audit_event TO hub_intake;

GRANT SELECT(result),INSERT(result) ON TABLE audit_event TO hub_api;
GRANT INSERT(result) ON TABLE audit_event TO hub_worker;
GRANT INSERT(result) ON TABLE audit_event TO hub_intake;

GRANT UPDATE(place) ON TABLE audit_event TO hub_sealer;

GRANT UPDATE(chain) ON TABLE audit_event TO hub_sealer;

GRANT SELECT(stands_for),INSERT(stands_for) ON TABLE audit_event TO hub_api;
GRANT INSERT(stands_for) ON TABLE audit_event TO hub_worker;
GRANT INSERT(stands_for) ON TABLE audit_event TO hub_intake;

GRANT SELECT(why_digest),INSERT(why_digest) ON TABLE audit_event TO hub_api;
GRANT INSERT(why_digest) ON TABLE audit_event TO hub_worker;
GRANT INSERT(why_digest) ON TABLE audit_event TO hub_intake;

GRANT SELECT ON TABLE patient TO hub_api;
GRANT SELECT,INSERT,UPDATE ON TABLE patient TO hub_intake;
GRANT SELECT ON TABLE patient TO hub_patient;

GRANT SELECT(id) ON TABLE patient TO hub_worker;

GRANT SELECT(language) ON TABLE patient TO hub_worker;

GRANT SELECT(deceased_at) ON TABLE patient TO hub_worker;

GRANT SELECT(facility) ON TABLE patient TO hub_worker;

GRANT SELECT(active) ON TABLE patient TO hub_worker;

REVOKE ALL ON FUNCTION hub_held_until(charts uuid[]) FROM PUBLIC;

GRANT SELECT,INSERT,UPDATE ON TABLE delivery TO hub_api;
GRANT SELECT,INSERT,UPDATE ON TABLE delivery TO hub_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE delivery TO hub_intake;
GRANT SELECT ON TABLE delivery TO hub_patient;

GRANT UPDATE(status) ON TABLE delivery TO hub_patient;

GRANT UPDATE(rank) ON TABLE delivery TO hub_patient;

GRANT UPDATE(delivered_at) ON TABLE delivery TO hub_patient;

GRANT UPDATE(ended_at) ON TABLE delivery TO hub_patient;

GRANT SELECT,INSERT ON TABLE facility TO hub_api;
GRANT SELECT ON TABLE facility TO hub_worker;
GRANT SELECT ON TABLE facility TO hub_intake;
GRANT SELECT ON TABLE facility TO hub_patient;

GRANT UPDATE(late_after) ON TABLE facility TO hub_api;

GRANT UPDATE(suspended_at) ON TABLE facility TO hub_api;

GRANT UPDATE(let_go_at) ON TABLE facility TO hub_api;

GRANT UPDATE(first_texts_per_hour) ON TABLE facility TO hub_api;

GRANT UPDATE(discreet) ON TABLE facility TO hub_api;

GRANT UPDATE(base_url) ON TABLE facility TO hub_api;

GRANT UPDATE(stable_ids) ON TABLE facility TO hub_api;

GRANT SELECT,INSERT ON TABLE received_event TO hub_intake;

GRANT UPDATE(outcome) ON TABLE received_event TO hub_intake;

GRANT UPDATE(reason) ON TABLE received_event TO hub_intake;

GRANT UPDATE(waits_for) ON TABLE received_event TO hub_intake;

GRANT UPDATE(answer) ON TABLE received_event TO hub_intake;

GRANT UPDATE(backfilled) ON TABLE received_event TO hub_intake;

REVOKE ALL ON FUNCTION hub_late(lanes smallint[], messages_after interval) FROM PUBLIC;
GRANT ALL ON FUNCTION hub_late(lanes smallint[], messages_after interval) TO hub_api;

REVOKE ALL ON FUNCTION hub_make_month(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION hub_make_month(most integer) TO hub_worker;

REVOKE ALL ON FUNCTION hub_month_state() FROM PUBLIC;
GRANT ALL ON FUNCTION hub_month_state() TO hub_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE allergy TO hub_intake;
GRANT SELECT ON TABLE allergy TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE appointment TO hub_intake;
GRANT SELECT ON TABLE appointment TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE dispensed_medicine TO hub_intake;
GRANT SELECT ON TABLE dispensed_medicine TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE medication_statement TO hub_intake;
GRANT SELECT ON TABLE medication_statement TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE medicine TO hub_intake;
GRANT SELECT ON TABLE medicine TO hub_patient;

GRANT SELECT ON TABLE tombstone TO hub_patient;

REVOKE ALL ON FUNCTION hub_newest(the_owner uuid, of_all_kinds boolean, restricted_too boolean, held_too boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION hub_purge_tombstones(older interval, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION hub_purge_tombstones(older interval, most integer) TO hub_worker;

REVOKE ALL ON FUNCTION hub_release_due(the_owner uuid, the_n bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION hub_release_due(the_owner uuid, the_n bigint) TO hub_worker;
GRANT ALL ON FUNCTION hub_release_due(the_owner uuid, the_n bigint) TO hub_intake;

REVOKE ALL ON FUNCTION hub_taken_back_appointments(charts uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION hub_taken_back_appointments(charts uuid[]) TO hub_patient;

REVOKE ALL ON FUNCTION hub_waiting_messages(longer_than interval) FROM PUBLIC;
GRANT ALL ON FUNCTION hub_waiting_messages(longer_than interval) TO hub_worker;

REVOKE ALL ON FUNCTION own_chart_of_medicine(the_session uuid, the_medicine uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION own_chart_of_medicine(the_session uuid, the_medicine uuid) TO hub_api;

REVOKE ALL ON FUNCTION stream_marks(sessions uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stream_marks(sessions uuid[]) TO hub_api;

GRANT SELECT ON TABLE attempt TO hub_api;
GRANT SELECT ON TABLE attempt TO hub_worker;

GRANT INSERT(id) ON TABLE attempt TO hub_worker;

GRANT INSERT(delivery) ON TABLE attempt TO hub_worker;

GRANT INSERT(number) ON TABLE attempt TO hub_worker;

GRANT INSERT(worker) ON TABLE attempt TO hub_worker;

GRANT INSERT(claimed_at) ON TABLE attempt TO hub_worker;

GRANT UPDATE(answered_at) ON TABLE attempt TO hub_api;
GRANT UPDATE(answered_at) ON TABLE attempt TO hub_worker;

GRANT UPDATE(outcome) ON TABLE attempt TO hub_api;
GRANT UPDATE(outcome) ON TABLE attempt TO hub_worker;

GRANT UPDATE(provider_id) ON TABLE attempt TO hub_api;
GRANT UPDATE(provider_id) ON TABLE attempt TO hub_worker;

GRANT UPDATE(code) ON TABLE attempt TO hub_api;
GRANT UPDATE(code) ON TABLE attempt TO hub_worker;

GRANT SELECT ON TABLE delivery_event TO hub_api;

GRANT INSERT(delivery) ON TABLE delivery_event TO hub_api;
GRANT INSERT(delivery) ON TABLE delivery_event TO hub_worker;
GRANT INSERT(delivery) ON TABLE delivery_event TO hub_intake;
GRANT INSERT(delivery) ON TABLE delivery_event TO hub_patient;

GRANT INSERT(status) ON TABLE delivery_event TO hub_api;
GRANT INSERT(status) ON TABLE delivery_event TO hub_worker;
GRANT INSERT(status) ON TABLE delivery_event TO hub_intake;
GRANT INSERT(status) ON TABLE delivery_event TO hub_patient;

GRANT INSERT(source) ON TABLE delivery_event TO hub_api;
GRANT INSERT(source) ON TABLE delivery_event TO hub_worker;
GRANT INSERT(source) ON TABLE delivery_event TO hub_intake;
GRANT INSERT(source) ON TABLE delivery_event TO hub_patient;

GRANT INSERT(code) ON TABLE delivery_event TO hub_api;
GRANT INSERT(code) ON TABLE delivery_event TO hub_worker;
GRANT INSERT(code) ON TABLE delivery_event TO hub_intake;
GRANT INSERT(code) ON TABLE delivery_event TO hub_patient;

GRANT SELECT,INSERT ON TABLE access_dispute TO hub_api;

GRANT UPDATE(withdrawn_at) ON TABLE access_dispute TO hub_api;

GRANT SELECT,INSERT,UPDATE ON TABLE activation_slip TO hub_api;
GRANT SELECT ON TABLE activation_slip TO hub_worker;
GRANT SELECT ON TABLE activation_slip TO hub_intake;

GRANT SELECT(id) ON TABLE activation_slip TO hub_worker;

GRANT SELECT(used_at) ON TABLE activation_slip TO hub_worker;

GRANT UPDATE(revoked_at) ON TABLE activation_slip TO hub_intake;

GRANT SELECT(objected_at) ON TABLE activation_slip TO hub_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE alarm TO hub_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE alarm TO hub_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE audit_check TO hub_sealer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE awaiting TO hub_intake;

GRANT SELECT,INSERT,DELETE ON TABLE booked_text TO hub_worker;

GRANT UPDATE(leaves) ON TABLE booked_text TO hub_worker;

GRANT SELECT,INSERT ON TABLE caregiver_grant TO hub_api;
GRANT SELECT ON TABLE caregiver_grant TO hub_worker;
GRANT SELECT ON TABLE caregiver_grant TO hub_intake;

GRANT UPDATE(review_at) ON TABLE caregiver_grant TO hub_intake;

GRANT UPDATE(review_age) ON TABLE caregiver_grant TO hub_intake;

GRANT UPDATE(ended_at) ON TABLE caregiver_grant TO hub_api;
GRANT UPDATE(ended_at) ON TABLE caregiver_grant TO hub_worker;
GRANT UPDATE(ended_at) ON TABLE caregiver_grant TO hub_intake;

GRANT UPDATE(ended_by) ON TABLE caregiver_grant TO hub_api;
GRANT UPDATE(ended_by) ON TABLE caregiver_grant TO hub_worker;
GRANT UPDATE(ended_by) ON TABLE caregiver_grant TO hub_intake;

GRANT SELECT,INSERT,UPDATE ON TABLE caregiver_invitation TO hub_api;

GRANT SELECT,INSERT ON TABLE chart_hold TO hub_api;
GRANT SELECT ON TABLE chart_hold TO hub_worker;

GRANT UPDATE(ended_at) ON TABLE chart_hold TO hub_api;

GRANT SELECT,INSERT,UPDATE ON TABLE contact_point TO hub_api;
GRANT SELECT ON TABLE contact_point TO hub_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE contact_point TO hub_intake;

GRANT UPDATE(wrong_since) ON TABLE contact_point TO hub_worker;

GRANT SELECT,DELETE,UPDATE ON TABLE deferred_notice TO hub_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE deferred_notice TO hub_intake;

GRANT SELECT(id) ON TABLE deferred_notice TO hub_api;

GRANT SELECT(patient) ON TABLE deferred_notice TO hub_api;

GRANT SELECT(facility) ON TABLE deferred_notice TO hub_api;

GRANT SELECT(kind) ON TABLE deferred_notice TO hub_api;

GRANT SELECT(accepted_at) ON TABLE deferred_notice TO hub_api;

GRANT SELECT(received_event) ON TABLE deferred_notice TO hub_api;

GRANT SELECT(sender_id) ON TABLE deferred_notice TO hub_api;

GRANT SELECT(until_released) ON TABLE deferred_notice TO hub_api;

GRANT USAGE ON SEQUENCE delivery_number TO hub_api;
GRANT USAGE ON SEQUENCE delivery_number TO hub_worker;
GRANT USAGE ON SEQUENCE delivery_number TO hub_intake;

GRANT SELECT,INSERT,UPDATE ON TABLE desk_number TO hub_api;

GRANT SELECT,INSERT ON TABLE desk_task TO hub_intake;
GRANT SELECT,INSERT,UPDATE ON TABLE desk_task TO hub_api;
GRANT SELECT,INSERT ON TABLE desk_task TO hub_worker;

GRANT UPDATE(done_at) ON TABLE desk_task TO hub_intake;
GRANT UPDATE(done_at) ON TABLE desk_task TO hub_worker;

GRANT UPDATE(done_by) ON TABLE desk_task TO hub_intake;
GRANT UPDATE(done_by) ON TABLE desk_task TO hub_worker;

GRANT UPDATE(outcome) ON TABLE desk_task TO hub_intake;
GRANT UPDATE(outcome) ON TABLE desk_task TO hub_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE device TO hub_api;
GRANT SELECT ON TABLE device TO hub_worker;
GRANT SELECT ON TABLE device TO hub_intake;

GRANT UPDATE(push_token) ON TABLE device TO hub_worker;
GRANT UPDATE(push_token) ON TABLE device TO hub_intake;

GRANT UPDATE(push_token_hash) ON TABLE device TO hub_worker;
GRANT UPDATE(push_token_hash) ON TABLE device TO hub_intake;

GRANT SELECT,INSERT,DELETE ON TABLE document_content TO hub_intake;
GRANT SELECT ON TABLE document_content TO hub_patient;

GRANT UPDATE(patient) ON TABLE document_content TO hub_intake;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dose_note TO hub_patient;

GRANT UPDATE(patient) ON TABLE dose_note TO hub_intake;

GRANT SELECT(medicine) ON TABLE dose_note TO hub_intake;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dose_rule TO hub_intake;
GRANT SELECT ON TABLE dose_rule TO hub_patient;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE facility_dose_hours TO hub_api;
GRANT SELECT ON TABLE facility_dose_hours TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE facility_key TO hub_api;

GRANT SELECT,INSERT,DELETE ON TABLE facility_numbers TO hub_api;
GRANT SELECT ON TABLE facility_numbers TO hub_intake;

GRANT UPDATE(meaning) ON TABLE facility_numbers TO hub_api;

GRANT UPDATE(main) ON TABLE facility_numbers TO hub_api;

GRANT SELECT ON TABLE hub_key TO hub_api;
GRANT SELECT ON TABLE hub_key TO hub_worker;
GRANT SELECT ON TABLE hub_key TO hub_intake;

GRANT SELECT,INSERT ON TABLE invited_chart TO hub_api;

GRANT UPDATE(revoked_at) ON TABLE invited_chart TO hub_api;

GRANT SELECT,INSERT ON TABLE known_sender_id TO hub_intake;

GRANT SELECT,INSERT ON TABLE lost_phone TO hub_api;

GRANT UPDATE(lifted_at) ON TABLE lost_phone TO hub_api;

GRANT UPDATE(lifted_by) ON TABLE lost_phone TO hub_api;

GRANT SELECT,INSERT,UPDATE ON TABLE notification TO hub_api;
GRANT SELECT,INSERT,UPDATE ON TABLE notification TO hub_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE notification TO hub_intake;
GRANT SELECT ON TABLE notification TO hub_patient;

GRANT UPDATE(read_at) ON TABLE notification TO hub_patient;

GRANT SELECT,INSERT,UPDATE ON TABLE number_report TO hub_api;

GRANT SELECT(contact) ON TABLE number_report TO hub_worker;
GRANT SELECT(contact) ON TABLE number_report TO hub_intake;

GRANT SELECT(undone_at) ON TABLE number_report TO hub_worker;
GRANT SELECT(undone_at) ON TABLE number_report TO hub_intake;

GRANT SELECT,INSERT,UPDATE ON TABLE party TO hub_intake;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patient_dose_hours TO hub_patient;

GRANT SELECT ON TABLE patient_identifier TO hub_api;
GRANT SELECT,INSERT,UPDATE ON TABLE patient_identifier TO hub_intake;

GRANT SELECT(patient) ON TABLE patient_identifier TO hub_worker;

GRANT SELECT(facility) ON TABLE patient_identifier TO hub_worker;

GRANT UPDATE(active) ON TABLE patient_identifier TO hub_api;

GRANT SELECT(created_at) ON TABLE patient_identifier TO hub_worker;

GRANT SELECT,INSERT,DELETE ON TABLE patient_lookup TO hub_api;
GRANT SELECT,INSERT,DELETE ON TABLE patient_lookup TO hub_intake;

GRANT SELECT,INSERT,UPDATE ON TABLE patient_merge TO hub_intake;

GRANT INSERT ON TABLE printed_summary TO hub_api;

GRANT SELECT(code_hash) ON TABLE printed_summary TO hub_api;

GRANT SELECT(sha256) ON TABLE printed_summary TO hub_api;

GRANT SELECT(printed_at) ON TABLE printed_summary TO hub_api;

GRANT SELECT(expires_at) ON TABLE printed_summary TO hub_api;

GRANT SELECT,INSERT,DELETE ON TABLE reached_number TO hub_worker;

GRANT SELECT,INSERT ON TABLE refusal_tally TO hub_api;
GRANT SELECT,DELETE ON TABLE refusal_tally TO hub_worker;

GRANT UPDATE(times) ON TABLE refusal_tally TO hub_api;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE release_policy TO hub_api;
GRANT SELECT ON TABLE release_policy TO hub_intake;

GRANT SELECT,INSERT,UPDATE ON TABLE sign_in_challenge TO hub_api;
GRANT SELECT,DELETE ON TABLE sign_in_challenge TO hub_worker;
GRANT SELECT ON TABLE sign_in_challenge TO hub_intake;

GRANT UPDATE(code_hash) ON TABLE sign_in_challenge TO hub_worker;

GRANT UPDATE(expires_at) ON TABLE sign_in_challenge TO hub_intake;

GRANT UPDATE(told_at) ON TABLE sign_in_challenge TO hub_worker;

GRANT UPDATE(withheld) ON TABLE sign_in_challenge TO hub_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE sign_in_pair TO hub_api;
GRANT SELECT,DELETE ON TABLE sign_in_pair TO hub_worker;

GRANT UPDATE(closed_until) ON TABLE sign_in_pair TO hub_worker;

GRANT SELECT,INSERT,DELETE ON TABLE sms_code TO hub_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE staff TO hub_api;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE staff_place TO hub_api;
GRANT SELECT,DELETE ON TABLE staff_place TO hub_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE staff_session TO hub_api;

GRANT SELECT,INSERT,DELETE ON TABLE used_proof TO hub_api;
GRANT SELECT,DELETE ON TABLE used_proof TO hub_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE vneid_sign_in TO hub_api;

GRANT SELECT,INSERT,DELETE ON TABLE waiting_text TO hub_worker;
