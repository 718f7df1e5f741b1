"""Says of what was stored before as of when it stands. Body of `m0190_as_of`.

The texts are lengthened at their front and otherwise left as they are: to read a number and to
write it again could spell it differently from the laboratory.
"""

from backend.schema.visibility_rules import OPEN_TO

COLUMNS = """
ALTER TABLE observation ADD COLUMN reported boolean NOT NULL DEFAULT false;
ALTER TABLE appointment ADD COLUMN sequence integer NOT NULL DEFAULT 0;
UPDATE observation o SET reported = true FROM result r
 WHERE r.facility = o.facility AND r.patient = o.patient AND o.key = ANY (r.observation_keys);
"""

_SAID = """coalesce('"' || to_char(least(t.updated, uuid_extract_timestamp(t.received_event))
    AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"', 'null')"""
"""The hospital's own time, else when its message came in, which the id of the message says."""
_CORRECTED = f"""CASE WHEN t.status IN ('amended', 'corrected', 'appended') THEN {_SAID}
    ELSE 'null' END"""
_MARKED = f"""'{{"asOf":' || {_SAID} || ',"correctedAt":' || {_CORRECTED} || ','"""

_PLAIN = "".join(
    f"""
UPDATE {table} t SET document = '{{"asOf":' || {_SAID} || ',' || substr(t.document, 2);
"""
    for table in OPEN_TO
    if table not in {"result", "observation", "allergy"}
)
_ALLERGY = f"""
UPDATE allergy t SET document =
    '{{"asOf":' || {_SAID} || ',"noneKnownOf":null,' || substr(t.document, 2);
"""
_OBSERVATION = f"""
UPDATE observation t SET document = {_MARKED}
    || '"facility":' || to_json(f.name)::text || ',' || substr(t.document, 2)
  FROM facility f WHERE f.id = t.facility;
"""
_RESULT = f"""
UPDATE result t SET header = {_MARKED} || substr(t.header, 2),
                    document = {_MARKED} || substr(t.document, 2);
UPDATE result t SET document = left(t.header, -1) || ',"observations":[' || coalesce(
    (SELECT string_agg(o.document, ',' ORDER BY array_position(t.observation_keys, o.key))
       FROM observation o
      WHERE o.facility = t.facility AND o.patient = t.patient AND NOT o.hidden
        AND o.key = ANY (t.observation_keys)), '') || ']}}'
 WHERE t.document <> t.header;
"""
"""A result is put together anew from its measurements, as intake does it."""

DOCUMENTS = _PLAIN + _ALLERGY + _OBSERVATION + _RESULT

INDEXES = """
CREATE INDEX observation_alone ON observation (patient, happened_at DESC, id DESC)
    WHERE NOT reported;
DROP INDEX appointment_of_patient;
"""

AS_OF = COLUMNS + DOCUMENTS + INDEXES
