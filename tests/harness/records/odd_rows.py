"""Rows that no reader can show: bodies that are no JSON, or not of their kind; instants; words."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.conftest import Database

NOT_JSON: Final = ("", "{", "NaN", '{"id":', "\u200b", "[" * 300, '{"a":01}')
NO_OBJECT: Final = ("null", "[]", "[1]", '"text"', "5", "{}", '{"id":null}')
OF_NO_VALUE: Final = (r"\u0000", r"\ud800", r"\udc00\ud800")
"""Escapes that are JSON by its grammar, and no text."""
BEYOND: Final = "1e400000"
"""A number by the grammar of JSON that no program of ours holds."""
EDGES: Final = (
    "infinity", "-infinity", "4713-01-01 00:00:00+00 BC", "294276-12-31 23:59:59+00",
    "0001-01-01 00:00:00+07", "9999-12-31 23:59:59-14",
)  # fmt: skip
"""Instants that PostgreSQL keeps and Python cannot hold, or not in every zone."""


def odd_bodies(body: str) -> list[str]:
    """Make, of a body that can be shown, all those that cannot."""
    known: Mapping[str, Any] = json.loads(body)
    less = {name: value for name, value in known.items() if name != "status"}
    return [
        *NOT_JSON,
        *NO_OBJECT,
        *(body.replace('"status":"', f'"status":"{escape}', 1) for escape in OF_NO_VALUE),
        body.replace('"facility":"', f'"other":{BEYOND},"facility":"', 1),
        body[:-1],
        body + body,
        json.dumps(less),  # as an older version may have written it
        json.dumps({**known, "status": 5}),
        json.dumps({**known, "facility": ["a", "b"]}),
        json.dumps({**known, "asOf": {"at": "now"}}),
    ]


async def plant(database: Database, table: str, column: str, row: object, value: object) -> None:
    await database.owner.execute(f"UPDATE {table} SET {column} = $2 WHERE id = $1", row, value)
