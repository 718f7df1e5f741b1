"""Looks through everything that is stored, as a thief of a dump would, in every spelling."""

import base64
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from redis.asyncio import Redis

from tests.conftest import Database

COLUMNS: Final = """
SELECT c.table_name AS table, array_agg(c.column_name::text) AS columns
  FROM information_schema.columns c
  JOIN information_schema.tables t USING (table_schema, table_name)
 WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE' GROUP BY 1 ORDER BY 1
"""


def spellings(words: str) -> set[bytes]:
    """Give every way in which words can stand in bytes, in small letters."""
    forms = {unicodedata.normalize(form, words) for form in ("NFC", "NFD", "NFKC")}
    bare = "".join(
        each for each in unicodedata.normalize("NFD", words) if not unicodedata.combining(each)
    )
    forms |= {bare, bare.replace("đ", "d").replace("Đ", "D")}
    forms |= {quote(form) for form in set(forms)} | {form.replace(" ", "-") for form in set(forms)}
    plain = {
        form.encode(code) for form in forms for code in ("utf-8", "utf-16-le", "utf-16-be")
    } | {form.upper().encode() for form in forms}
    in_letters = {found for each in plain for found in _in_base64(each)}
    return {each.lower() for each in plain | in_letters | {each.hex().encode() for each in plain}}


def _in_base64(said: bytes) -> Iterator[bytes]:
    """Give the letters that are the same wherever it begins in what is encoded."""
    for before in range(3):
        whole = b"\0" * before + said
        inner = whole[: len(whole) - len(whole) % 3]
        start = 4 if before else 0
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found = encode(inner)[start:]
            if len(found) >= len("8 letters"):
                yield found


async def found_in(database: Database, needles: Mapping[str, str]) -> set[str]:
    """Name every column of every table that holds one of these, and which."""
    found: set[str] = set()
    looked_for = {name: spellings(words) for name, words in needles.items()}
    for table in await database.owner.fetch(COLUMNS):
        rows = await database.owner.fetch(f"SELECT {', '.join(map(_quoted, table['columns']))}"
                                          f" FROM {_quoted(table['table'])}")  # fmt: skip
        for row in rows:
            for column, value in row.items():
                for name in _told(value, looked_for):
                    found.add(f"{table['table']}.{column}: {name}")
    return found


async def found_in_redis(redis: Redis, needles: Mapping[str, str]) -> set[str]:
    looked_for = {name: spellings(words) for name, words in needles.items()}
    found: set[str] = set()
    async for key in redis.scan_iter("*"):
        held = [key, await _held_under(redis, key)]
        found |= {f"{key!r}: {name}" for each in held for name in _told(each, looked_for)}
    return found


async def _held_under(redis: Redis, key: Any) -> Any:
    match await redis.type(key):
        case b"zset" | "zset":
            return await redis.zrange(key, 0, -1)
        case b"set" | "set":
            return list(await redis.smembers(key))
        case b"hash" | "hash":
            return [part for pair in (await redis.hgetall(key)).items() for part in pair]
        case _:
            return await redis.get(key)


def _told(value: Any, looked_for: Mapping[str, set[bytes]]) -> Iterable[str]:
    text = _bytes_of(value).lower()
    return [name for name, ways in looked_for.items() if any(way in text for way in ways)]


def _bytes_of(value: Any) -> bytes:
    match value:
        case bytes():
            return value
        case str():
            return value.encode()
        case list() | tuple():
            return b"\n".join(map(_bytes_of, value))
        case _:
            return str(value).encode()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
