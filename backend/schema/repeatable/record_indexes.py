"""Gives each table of records the indexes that every one has; what one has alone, migrations make.

A new kind gets them with its table. An index stays when its rule goes: a migration drops it.
"""

from typing import Final

from backend.records.kinds import KINDS

SQL: Final = (
    "".join(
        f"""
CREATE INDEX IF NOT EXISTS {kind.table}_changes ON {kind.table} (patient, change_n, id);
CREATE INDEX IF NOT EXISTS {kind.table}_release ON {kind.table} (release_at)
    WHERE release_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS {kind.table}_names ON {kind.table} USING gin (names)
    WITH (fastupdate = off);
"""
        for kind in KINDS
    )
    + "".join(
        f"""
CREATE INDEX IF NOT EXISTS {kind.table}_unseen ON {kind.table} (facility, patient)
    WHERE visible_from IS NULL;
"""
        for kind in KINDS
        if kind.can_wait
    )
    + "".join(
        f"""
CREATE INDEX IF NOT EXISTS {kind.table}_of_patient
    ON {kind.table} (patient, happened_at DESC, id DESC);
"""
        for kind in KINDS
        if kind.listed_by == "happened_at" and not kind.alone
    )
)
"""What is new to an app; what is due, and what waits to be seen; what its sender calls it; the
order of a list. Names are looked for with each message, so none waits in a pending list."""
