"""Fills every table there is by SQL, as years of use do: most is told, ended and read.

A new table is filled by the types of its columns. Where that is not what it is like in use, and it
is a matter of what is due, it has a line in `LIKE_IN_USE`.
"""

import os
from datetime import timedelta
from typing import Any, Final

import asyncpg

from backend.core.clock import now

AGE: Final = timedelta(days=400)
ROWS: Final = int(os.environ.get("PLANS_ROWS", "4000"))
"""Of a table that grows: enough for statistics. `PLANS_ROWS=1000000` takes minutes more."""
FEW: Final[dict[str, int]] = {
    "facility": 40, "facility_key": 80, "facility_numbers": 80, "facility_dose_hours": 40,
    "release_policy": 80, "staff": 200, "staff_place": 400, "audit_check": 400, "alarm": 400,
    "refusal_tally": 400,
}  # fmt: skip
"""Tables of the size of an organisation, not of its work."""
SOMEBODY: Final = 7
"""The number of a chart of which a third of everything is: whoever reads all of it is seen."""
OF_SOMEBODY: Final = f"CASE WHEN n % 3 = 0 THEN nth({SOMEBODY}) ELSE {{fk}} END"
LEFT: Final = frozenset(
    {"migration", "applied_repeatable", "clock_offset", "hub_key", "retention", "dropped_month"}
)
"""What the schema and its owner write."""

LONG_AGO: Final = "clock_timestamp() - interval '400 days' * (1 - n::float / rows)"
SOON: Final = "clock_timestamp() + interval '1 day' * (1 + n % 90)"
_ONE_IN: Final = "CASE WHEN n % {n} = 0 THEN {then} ELSE {other} END"


def one_in(many: int, then: str, other: str = "NULL") -> str:
    """Write a value that one row in so many has."""
    return _ONE_IN.format(n=many, then=then, other=other)


RECORD: Final = {
    "patient": OF_SOMEBODY,
    "release_at": one_in(1000, SOON),
    "visible_from": one_in(1000, "NULL", LONG_AGO),
    "restriction": one_in(100, "'sensitive'", "''"),
    "names": "ARRAY['name ' || n]",
    "change_n": "1 + n / 1000",
    "body": "'{}'",
    "header": "'{}'",
    "readable": "true",
}
"""Of every table of records: almost all can be seen, some wait for their hour."""
HOURS: Final = {
    "morning": "time '07:00'", "noon": "time '12:00'", "afternoon": "time '16:00'",
    "evening": "time '20:00'",
}  # fmt: skip
LIKE_IN_USE: Final[dict[str, dict[str, str]]] = {
    "delivery": {
        "status": one_in(2, "'planned'", one_in(201, "'held'", "'delivered'")),
        "reason": one_in(
            2, "''", "CASE n / 201 % 3 WHEN 0 THEN 'quiet_hours' WHEN 1 THEN 'first_texts_spent'"
            " ELSE 'facility_suspended' END"),
        "due_at": one_in(2, SOON, one_in(603, SOON, LONG_AGO)),
        "expires_at": one_in(2, f"{SOON} + interval '1 day'", one_in(201, SOON, LONG_AGO)),
        "channel": one_in(3, "'push'", "'sms'"),
        "lane": "2 + n % 2",
        "provider_id": one_in(2, "''", "'SM' || n"),
        "reference": "'R' || n % 9999",
        "ended_at": one_in(2, "NULL", LONG_AGO),
    },
    "notification": {
        "patient": OF_SOMEBODY,
        "kind": "'result.ready'", "expires_at": one_in(2, SOON, LONG_AGO),
        "grouped_into": one_in(10, "nth(n)"), "read_at": one_in(3, LONG_AGO),
        "received_event": "nth(n)", "sender_id": "uuid_send(nth(n))",
    },
    "audit_event": {"place": "n", "chain": "uuid_send(nth(n))",
                    "patient": one_in(9, "NULL", "{fk}"),
                    "action": "'record.read'", "actor_kind": "'patient'",
                    "written_by": "pg_current_xact_id()"},
    "received_event": {"dialect": "'fhir'", "sender_hash": "md5(n::text)",
                       "outcome": one_in(97, "'quarantined'", "'applied'"),
                       "facility": one_in(2, "nth(1)", "{fk}")},
    "attempt": {"outcome": "'accepted'", "answered_at": LONG_AGO, "provider_id": "'SM' || n"},
    "session": {"expires_at": one_in(3, SOON, LONG_AGO), "ended_at": one_in(3, LONG_AGO)},
    "session_chart": {"level": "'otp'", "proof": "'code'", "slip": one_in(7, "{fk}"),
                      "ended_at": one_in(3, "NULL", LONG_AGO)},
    "sign_in_challenge": {"told_at": LONG_AGO, "used_at": one_in(2, LONG_AGO),
                          "purpose": "'sign-in'"},
    "caregiver_grant": {"caregiver": "nth(1 + n % rows)", "scope": "'full'",
                        "review_at": one_in(2, SOON), "ended_at": one_in(2, LONG_AGO)},
    "activation_slip": {"used_at": one_in(2, LONG_AGO), "made_by": "nth(1 + n % 200)"},
    "desk_task": {"done_at": one_in(50, "NULL", LONG_AGO), "kind": "'phone_proposed'"},
    "contact_point": {"number_hash": "uuid_send(nth(n))", "confirmed_at": LONG_AGO,
                      "kind": "'own'"},
    "deferred_notice": {"until_released": one_in(2, "true", "false"), "due_at": SOON,
                        "received_event": "nth(n)"},
    "booked_text": {"counted": "true", "booked_at":
                    "clock_timestamp() - interval '40 hours' * (1 - n::float / rows)"},
    "reached_number": {"counted": "true", "facility": "nth(1 + n % 40)", "reached_at":
                       "clock_timestamp() - interval '390 days' * (1 - n::float / rows)"},
    "waiting_text": {"facility": "nth(1 + n % 40)", "brake": "'first_texts_spent'", "lane": "2"},
    "sms_code": {"due_at": "clock_timestamp() - interval '40 hours' * (1 - n::float / rows)"},
    "used_proof": {"expires_at": f"{SOON}"},
    "alarm": {"raised_at": "clock_timestamp() - interval '20 days' * (1 - n::float / rows)"},
    "staff_place": {"known_at": "clock_timestamp()", "about": "uuid_send(nth(n))"},
    "refusal_tally": {"begun_at": "clock_timestamp()"},
    "sign_in_pair": {"updated_at": "clock_timestamp() - interval '50 days'"},
    "tombstone": {"patient": OF_SOMEBODY, "change_n": "n / 1000", "kind": "'result'"},
    "observation": {"code": "'code ' || n % 300", "reported": one_in(2, "true", "false"),
                    "key": "'key ' || n"},
    "patient_lookup": {"kind": "'citizen-id'", "hash": "uuid_send(nth(n))"},
    "dose_note": {"state": "'taken'"},
    "facility_dose_hours": HOURS,
    "patient_dose_hours": HOURS,
    "release_policy": {"release": "'at-once'"},
    "device": {"key_thumbprint": "md5(n::text)"},
    "medicine": {"starts_at": LONG_AGO},
    "chart_hold": {"ended_at": one_in(100, "NULL", LONG_AGO)},
    "access_dispute": {"withdrawn_at": one_in(100, "NULL", LONG_AGO)},
}  # fmt: skip
"""`n` counts the rows from 1, `rows` is their number, `nth(n)` the id of the nth row of any table,
and `{fk}` what stands there else."""
DEFAULT: Final = {
    "uuid": "nth(1 + (n * 7919) % {target})", "timestamp with time zone": LONG_AGO,
    "character varying": "''", "text": "''", "bytea": "uuid_send(nth(n))", "boolean": "false",
    "smallint": "0", "integer": "0", "bigint": "0", "date": "current_date - (n % 400)::integer",
    "interval": "interval '1 day'", "jsonb": "'{{}}'::jsonb", "double precision": "0",
    "time without time zone": "time '08:00'", "xid8": "pg_current_xact_id()", "inet": "'127.0.0.1'",
}  # fmt: skip
ALONE: Final = {
    "uuid": "nth(n)", "character varying": "left(md5(n::text), 8)", "text": "n::text",
    "bytea": "uuid_send(nth(n))", "integer": "n", "bigint": "n", "smallint": "n",
}  # fmt: skip
"""Where a column is in a unique index."""

NTH: Final = """
CREATE OR REPLACE FUNCTION pg_temp.nth(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN (
    lpad(to_hex({begins} + n * {step}), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid
"""
"""As a UUIDv7 of its time: the first row is 400 days old."""
OPEN: Final = f"""
UPDATE session_chart SET ended_at = NULL, level = 'otp' WHERE chart = nth({SOMEBODY});
UPDATE session SET ended_at = NULL, expires_at = clock_timestamp() + interval '9 days'
 WHERE id IN (SELECT session FROM session_chart WHERE chart = nth({SOMEBODY}));
"""
"""A session that lives and reaches that chart."""
COLUMNS: Final = """
SELECT t.relname AS table, a.attname AS column, a.attnotnull AS needed,
       format_type(a.atttypid, NULL) AS type, f.confrelid::regclass::text AS target,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisunique
                  AND a.attnum = ANY (i.indkey)) AS unique
  FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0
                                     AND NOT a.attisdropped AND a.attgenerated = ''
  LEFT JOIN pg_constraint f ON f.conrelid = t.oid AND f.contype = 'f' AND f.conkey[1] = a.attnum
                           AND f.conparentid = 0
 WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
 ORDER BY t.relname, a.attnum
"""


def rows_of(table: str) -> int:
    return FEW.get(table, ROWS)


def value_of(row: asyncpg.Record, like: dict[str, str]) -> str:
    """Write what stands in one column of the nth row."""
    kind = row["type"]
    if row["target"]:
        found = f"nth(1 + (n * 7919) % {rows_of(row['target'])})"
        if row["unique"] and rows_of(row["target"]) >= rows_of(row["table"]):
            found = "nth(n)"
    elif row["unique"] and kind in ALONE:
        found = ALONE[kind]
    elif kind.endswith("[]"):
        found = f"'{{}}'::{kind}"
    else:
        found = DEFAULT[kind].format(target=ROWS)
    empty = not (row["needed"] or row["target"] or row["unique"])
    return like.get(row["column"], "NULL" if empty else found).replace("{fk}", found)


async def fill(owner: asyncpg.Connection) -> dict[str, int]:
    """Fill all tables, count them for the planner, and give how many rows each has."""
    columns = await owner.fetch(COLUMNS)
    tables: dict[str, list[Any]] = {}
    for row in columns:
        if row["table"] not in LEFT:
            tables.setdefault(row["table"], []).append(row)
    begins = int((now() - AGE).timestamp() * 1000)
    step = int(AGE.total_seconds() * 1000) // ROWS
    await owner.execute(NTH.format(begins=begins, step=step))
    await owner.execute("SET session_replication_role = replica")  # all that is referred to comes
    for table, described in tables.items():
        like = (RECORD if any(each["column"] == "visible_from" for each in described) else {}) | (
            LIKE_IN_USE.get(table, {})
        )
        names = ", ".join(f'"{each["column"]}"' for each in described)
        values = ", ".join(value_of(each, like) for each in described)
        values = values.replace("nth(", "pg_temp.nth(")
        await owner.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {values}'
            f" FROM (SELECT {rows_of(table)} AS rows) size CROSS JOIN LATERAL"
            " generate_series(1, rows) n",
            timeout=900,
        )
    await owner.execute(OPEN.replace("nth(", "pg_temp.nth("))
    await owner.execute("SET session_replication_role = origin")
    await owner.execute("ANALYZE", timeout=900)
    return {table: rows_of(table) for table in tables}
