"""Functions that open the charts of a session to their reader, and a facility's rows to intake.

`hub_patient` and `hub_intake` are roles that nobody logs in as: the functions here step into
them, for the rest of a transaction.
"""

from typing import Final

from backend.auth.access.reach import OPENS_GRANTS
from backend.auth.rules import RecordClass, levels_that_read


def levels_of(record_class: RecordClass) -> str:
    """Write the levels that open a class of records as an array of SQL."""
    return "'{{{}}}'::text[]".format(",".join(levels_that_read(record_class)))


REACHES: Final = levels_of(RecordClass.APPOINTMENTS)
"""Each level at which a chart is reached at all: what was only found is not."""
STRONG: Final = levels_of(RecordClass.CHANGES)
"""Each level at which a record is open, and at which a session may use a grant."""

SETTING: Final = """
CREATE FUNCTION hub_setting(name text) RETURNS uuid LANGUAGE sql STABLE
    RETURN nullif(current_setting(name, true), '')::uuid;
"""

LIVING: Final = "s.ended_at IS NULL AND s.expires_at > hub_clock()"
SHOWN: Final = "(f.discreet IS NOT TRUE OR c.stepped_up_until > hub_clock())"
"""Of a discreet facility nothing is shown but right after a step-up: not even that there is one."""

REACHED: Final = f"""(
    session_chart c JOIN patient p ON p.id = c.chart AND p.deceased_at IS NULL
    LEFT JOIN facility f ON f.id = p.facility
) ON c.session = s.id AND c.ended_at IS NULL AND {SHOWN}"""
"""The charts `c` that a session `s` shows by its own proofs. A chart whose owner has died opens to
nobody: a sign-in outlives its owner in somebody's hand."""

GRANTED: Final = f"""caregiver_grant g
      JOIN session_chart c ON c.chart = g.caregiver AND c.ended_at IS NULL
      JOIN session s ON s.id = c.session AND {LIVING}
      JOIN patient a ON a.id = g.caregiver AND a.deceased_at IS NULL
      JOIN patient p ON p.id = g.patient AND p.deceased_at IS NULL
      LEFT JOIN facility f ON f.id = p.facility
     WHERE {SHOWN} AND {OPENS_GRANTS} AND g.ended_at IS NULL
       AND g.begins_at <= hub_clock() AND (g.ends_at IS NULL OR g.ends_at > hub_clock())
       AND (g.review_at IS NULL OR g.review_at > hub_clock())"""
"""The grants `g` that open a chart to the session `s`, which reaches the caregiver's chart `c`. A
grant opens nothing once it was ended, is over, or waits for a review. It ends with the life of
either: nobody represents the dead."""

AUTHORIZED: Final = f"""
CREATE FUNCTION authorized_charts(extent text, levels text[]) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    the_session CONSTANT uuid := hub_setting('hub.session');
    the_chart CONSTANT uuid := hub_setting('hub.patient');
    charts uuid[];
BEGIN
    charts := ARRAY(
        SELECT c.chart FROM session s JOIN {REACHED}
         WHERE s.id = the_session AND {LIVING} AND c.level = ANY (levels)
           AND (the_chart IS NULL OR c.chart = the_chart)
           AND (extent <> 'restricted' OR c.stepped_up_until > hub_clock()));
    IF the_chart IS NULL OR extent = 'own' OR charts <> '{{}}' THEN
        RETURN charts;
    END IF;
    RETURN ARRAY(
        SELECT g.patient FROM {GRANTED}
           AND s.id = the_session AND g.patient = the_chart AND c.level = ANY ({STRONG})
           AND (g.scope <> 'summary' OR extent = 'summary')
           AND (extent <> 'restricted' OR c.stepped_up_until > hub_clock())
         LIMIT 1);
END $$;
"""
"""Says which charts the session that was named may read, each time anew: without a chart's name its
own, with one that one, its own or by a grant.

Args:
    extent: what must be open: `own`, by the session's own proof; `full`, the whole record;
        `summary`, at least what every grant opens; `restricted`, what a step-up opens.
    levels: the levels of the own charts that count. A grant always needs a full sign-in.
"""

READING: Final = f"""
CREATE FUNCTION open_reading(the_session uuid, the_chart uuid, record_class text, from_where text,
                             levels text[] DEFAULT NULL, scopes text[] DEFAULT NULL,
                             OUT answer text, OUT patient uuid, OUT scope text, OUT grant_id uuid,
                             OUT reach uuid[], OUT held text[], OUT weak text[])
    LANGUAGE plpgsql AS $$
DECLARE
    one record;
    too_weak uuid[];
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true),
            set_config('hub.session', the_session::text, true),
            set_config('hub.patient', coalesce(the_chart::text, ''), true);
    FOR one IN
        SELECT c.chart, c.level, f.name, coalesce(c.level = ANY (levels), levels IS NULL) AS strong
          FROM session s LEFT JOIN {REACHED} AND c.level = ANY ({REACHES})
               AND (the_chart IS NULL OR c.chart = the_chart)
         WHERE s.id = the_session AND {LIVING} ORDER BY c.id
    LOOP
        answer := 'open'; scope := 'own';
        IF one.chart IS NULL THEN
            EXIT;
        ELSIF one.strong THEN
            reach := reach || one.chart; held := held || one.level::text;
        ELSE
            too_weak := too_weak || one.chart;
            IF one.name <> ALL (coalesce(weak, '{{}}')) THEN
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
               c.level = ANY ({STRONG}) AS strong
          INTO one FROM {GRANTED}
           AND s.id = the_session AND g.patient = the_chart AND c.level = ANY ({REACHES})
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
    reach := coalesce(reach, '{{}}');
    PERFORM set_config('role', 'hub_patient', true);
END $$;
"""
"""`open_reading` is the one gate: it finds the charts that the session reaches strongly enough, or
the one that was named, writes an audit row for each, and steps into `hub_patient`. `rules` says
which levels and scopes open a class of records: the gate is told, and decides before it writes
down that anything was read.

It answers with the charts in the order in which the session reached them, each with the level that
is `held` there, and with the facilities of those that need a stronger sign-in; of a refusal, with
the charts that it is about. A session that reaches no chart opens none: its lists are empty.
"""

FILES: Final = """
CREATE FUNCTION read_file_piece(the_session uuid, the_chart uuid, the_record uuid,
                                the_place integer, the_file uuid, the_piece integer)
    RETURNS TABLE (file uuid, piece smallint, is_last boolean, body bytea)
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('hub.session', the_session::text, true),
            set_config('hub.patient', the_chart::text, true),
            set_config('role', 'hub_patient', true);
    RETURN QUERY SELECT c.file, c.piece, c.is_last, c.body FROM document_content c
                  WHERE c.record = the_record AND c.place = the_place AND c.piece = the_piece
                    AND c.file = the_file AND c.patient = the_chart;
END $$;
"""
"""A large file is read piece by piece, with no transaction in between: each piece looks again at
the session, its reach, the grant and the policies. Who reads was written down where the file
began."""

DOSES: Final = f"""
CREATE FUNCTION own_chart_of_medicine(the_session uuid, the_medicine uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT m.patient FROM medicine m JOIN session_chart c ON c.chart = m.patient
     WHERE m.id = the_medicine AND c.session = the_session AND c.ended_at IS NULL
       AND c.level = ANY ({STRONG});
END;
REVOKE ALL ON FUNCTION own_chart_of_medicine FROM PUBLIC;
GRANT EXECUTE ON FUNCTION own_chart_of_medicine TO hub_api;
"""
"""Says which of its charts a session means by one of its medicines, so that the gate opens no other
and no other chart's trail tells of it."""

INTAKE: Final = """
CREATE FUNCTION open_intake(the_facility uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('hub.facility', the_facility::text, true),
            set_config('role', 'hub_intake', true);
END $$;
"""

NEVER_WIDENS: Final = """
CREATE FUNCTION caregiver_grant_never_widens() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER never_widens BEFORE UPDATE ON caregiver_grant
    FOR EACH ROW EXECUTE FUNCTION caregiver_grant_never_widens();
"""
"""Also not by a mistake of ours: a grant's reach stands as it was made. A review still ahead may
move with a corrected birth date; one that is due stays due, and an end is for good."""

NEVER_RESTRICTED: Final = """
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

SQL: Final = (
    SETTING + AUTHORIZED + READING + FILES + DOSES + INTAKE + NEVER_WIDENS + NEVER_RESTRICTED
)
