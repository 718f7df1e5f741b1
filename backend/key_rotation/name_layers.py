"""Lays a new naming key over every stored hash of a name, all at once, while nobody takes in.

The names themselves are not needed: `name_hashes` hashes a new one with every key in turn, and what
is stored is hashed once more. A message that came meanwhile could be looked for under a hash that
is no longer there, so nobody may take in until it is done.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Final, cast
from uuid import UUID

from piccolo.table import Table

from backend.core.crypto.key_ring import NAMING, load_ring
from backend.core.crypto.keys import KEY_BYTES, Key
from backend.core.crypto.name_hashes import from_letters, in_letters, lay_over
from backend.core.database import execute, fetch, fetch_value
from backend.core.errors import HubError
from backend.key_rotation.ring_changes import add_key, as_owner
from backend.records.filing.orders import local_id_in, name_of_order
from backend.records.tables import RecordRow

BATCH: Final = 2_000
NOBODY: Final = UUID(int=0)
_IN_NAME: Final = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{32}(?![A-Za-z0-9_-])")
"""A hash, alone or in a name: behind a sign (`record_names`), or two of them with a dot."""


class HashForm(Enum):
    """How a column holds hashes."""

    WORD = auto()
    """In letters, maybe as the name of an order; or a word of the hub's own, which stays."""
    LIST = auto()
    """Several of them."""
    DIGEST = auto()
    """In bytes."""


class HubRunning(HubError):
    """An API or an import is running. Stop them all, and start none until this is done."""

    code = "hub_running"
    status = 409


@dataclass(frozen=True, slots=True)
class HashedColumn:
    name: str
    form: HashForm = HashForm.WORD


_RECORD: Final = (
    HashedColumn("key"), HashedColumn("local_id"), HashedColumn("names", HashForm.LIST),
    HashedColumn("identifiers", HashForm.LIST), HashedColumn("content_hash", HashForm.DIGEST),
)  # fmt: skip
_OF_SOME: Final = (
    HashedColumn("observation_keys", HashForm.LIST),
    HashedColumn("parts", HashForm.LIST),
    HashedColumn("missing", HashForm.LIST),
    HashedColumn("members", HashForm.LIST),
    HashedColumn("orders", HashForm.LIST),
    HashedColumn("replaces_key"),
    HashedColumn("replaces_local_id"),
    HashedColumn("order_group"),
)


_RECORD_TABLES: Final = cast("list[type[Table]]", RecordRow.__subclasses__())


def _of_records(table: type[Table]) -> tuple[HashedColumn, ...]:
    there = {column._meta.name for column in table._meta.columns}  # noqa: SLF001  # Piccolo's own way
    return (*_RECORD, *(column for column in _OF_SOME if column.name in there))


HASHED_COLUMNS: Final = {
    **{table._meta.tablename: _of_records(table) for table in _RECORD_TABLES},  # noqa: SLF001  # the same
    "party": _RECORD,
    "patient": (HashedColumn("content_hash", HashForm.DIGEST),),
    "awaiting": (HashedColumn("names", HashForm.LIST),),
    "received_event": (HashedColumn("content_hash", HashForm.DIGEST),),
    "known_sender_id": (HashedColumn("sender_hash"),),
    "document_content": (HashedColumn("tag", HashForm.DIGEST),),
    "notification": (HashedColumn("subject_version"),),
    "deferred_notice": (HashedColumn("subject_version"),),
}
"""Every column that `own_names` and `files` fill with hashes, by table."""


async def lay_new_key() -> str:
    """Make a new naming key and lay it over all hashes; give its name. Stopped, it did nothing.

    What an event without a record was about (`notification.subject`) is forgotten: such an event,
    sent once more, is told once more.

    Raises:
        HubRunning: an API or an import is connected.
    """
    async with as_owner():
        if await fetch_value(_SOMEBODY_TAKES_IN):
            raise HubRunning
        name = await lay_key_over()
    await load_ring()
    return name


_SOMEBODY_TAKES_IN: Final = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename = 'hub_api' AND pid <> pg_backend_pid())"
)
_FORGET: Final = (
    "UPDATE notification SET subject = gen_random_uuid() WHERE uuid_extract_version(subject) = 5"
)


async def lay_key_over() -> str:
    """Do it, inside the owner's transaction."""
    await execute("LOCK TABLE received_event IN EXCLUSIVE MODE")
    secret = secrets.token_bytes(KEY_BYTES)
    made = await add_key(NAMING, secret, timedelta(0))
    for table, columns in HASHED_COLUMNS.items():
        await _lay_over_table(table, columns, Key(made.name, secret))
    await execute(_FORGET)
    return made.name


async def _lay_over_table(table: str, columns: Sequence[HashedColumn], key: Key) -> None:
    after = NOBODY
    named = ", ".join(column.name for column in columns)
    while rows := await fetch(
        f"SELECT id, {named} FROM {table} WHERE id > $1 ORDER BY id LIMIT {BATCH}", after
    ):
        after = rows[-1]["id"]
        changes = ", ".join(f"{column.name} = {_read(column)}" for column in columns)
        places = ", ".join(f"${n}::text[]" for n in range(2, len(columns) + 2))
        await execute(
            f"UPDATE {table} t SET {changes} FROM unnest($1::uuid[], {places})"
            f" AS s (id, {named}) WHERE t.id = s.id",
            [row["id"] for row in rows],
            *([_laid(row[column.name], key) for row in rows] for column in columns),
        )


def _read(column: HashedColumn) -> str:
    """Give the SQL that reads back what `_laid` has written."""
    match column.form:
        case HashForm.LIST:
            return f"string_to_array(s.{column.name}, ',')"
        case HashForm.DIGEST:
            return f"decode(s.{column.name}, 'hex')"
        case _:
            return f"s.{column.name}"


def _laid(value: Any, key: Key) -> str | None:
    match value:
        case None:
            return None
        case bytes():
            return lay_over(value, key).hex()
        case list():
            return ",".join(_laid_word(word, key) for word in value)
        case _:
            return _laid_word(value, key)


def _laid_word(word: str, key: Key) -> str:
    local_id = local_id_in(word)
    if local_id:
        return name_of_order(_laid_word(local_id, key))
    return _IN_NAME.sub(lambda found: in_letters(lay_over(from_letters(found[0]), key)), word)
