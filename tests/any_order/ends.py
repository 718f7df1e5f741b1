"""What a facility has in the end, without ids and times: for comparing two facilities."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from httpx import AsyncClient

from backend.core.crypto.name_hashes import hash_name
from backend.records.kinds import KINDS
from tests.conftest import Database
from tests.harness.auth.steps import sign_in

Row = dict[str, Any]
_TIMES: Final = frozenset({"asOf"})
_ALIKE: Final = ("restriction", "coded", "status", "hidden", "kept_back", "held", "readable")
_OF_SOME: Final = ("observation_keys", "missing", "parts", "members", "orders", "reported",
                   "order_group")  # fmt: skip
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


async def rows_of(
    database: Database, facility: UUID, said: list[Row]
) -> tuple[dict[str, Row], dict[str, str]]:
    """Give all records of a facility by the sender's names, and the names of their ids."""
    named = _sender_names(facility, said)
    found, ids = {}, dict[str, str]()
    for kind in KINDS:
        for row in await database.owner.fetch(
            f"SELECT * FROM {kind.table} WHERE facility = $1", facility
        ):
            name = named.get(row["local_id"], row["local_id"])
            ids[str(row["id"])] = name
            found[name] = dict(row)
    return {name: _end_of(row, ids, named) for name, row in found.items()}, ids


def _sender_names(facility: UUID, said: list[Row]) -> dict[str, str]:
    """Give what the sender wrote for each hash that may stand in a row."""
    found = {}
    for one in said:
        name, kind = f"{one['resourceType']}/{one['id']}", one["resourceType"]
        found[hash_name(facility, kind, one["id"])] = name
        for number in one.get("identifier", []):
            key = f"{number['system']}|{number['value']}"
            found[hash_name(facility, kind, key)] = name
    return found


def _end_of(row: Row, ids: Mapping[str, str], named: Mapping[str, str]) -> Row:
    end = {column: row[column] for column in _ALIKE}
    end |= {column: _unhashed(row[column], named) for column in _OF_SOME if column in row}
    end |= {"body": masked(json.loads(row["body"]), ids), "seen": row["visible_from"] is not None}
    if "header" in row:
        end["header"] = masked(json.loads(row["header"]), ids)
    if "replaced_by" in row:
        end["replaces"] = _unhashed(row["replaces_key"] or row["replaces_local_id"], named)
        end["replaced_by"] = ids.get(str(row["replaced_by"]))
    return end


def _unhashed(said: Any, named: Mapping[str, str]) -> Any:
    if isinstance(said, list):
        return [_unhashed(one, named) for one in said]
    if not isinstance(said, str):
        return said
    return named.get(said.removeprefix("ServiceRequest/"), "" if not said else "unknown")


def masked(said: Any, ids: Mapping[str, str]) -> Any:
    """Leave out times of the hub, and write the sender's names for ids."""
    if isinstance(said, dict):
        return {key: masked(one, ids) for key, one in said.items() if key not in _TIMES}
    if isinstance(said, list):
        return [masked(one, ids) for one in said]
    if isinstance(said, str):
        return _ID.sub(lambda found: ids.get(found[0], "?"), said)
    return said


async def told(database: Database, facility: UUID, ids: Mapping[str, str]) -> list[tuple[str, str]]:
    rows = await database.owner.fetch(
        "SELECT kind, subject FROM notification WHERE facility = $1 UNION ALL"
        " SELECT 'deferred ' || kind, subject FROM deferred_notice WHERE facility = $1",
        facility,
    )
    return sorted((row["kind"], ids.get(str(row["subject"]), "?")) for row in rows)


def _name_of(item: Row, ids: Mapping[str, str]) -> str:
    name = str(item.get("id") or item.get("medicineId"))
    return _ID.sub(lambda found: ids.get(found[0], "?"), name) + str(item.get("at", ""))


_LISTS: Final = ("results", "observations", "medicines", "medicines/schedule", "appointments",
                 "documents", "visits", "conditions", "allergies", "immunisations",
                 "timeline")  # fmt: skip


async def read_by_app(
    client: AsyncClient, database: Database, citizen_id: str, ids: Mapping[str, str]
) -> dict[str, Any]:
    """Give all that the patient reads, with the bytes of the files."""
    tokens = await sign_in(client, database, citizen_id)
    read: dict[str, Any] = {}
    for name in _LISTS:
        answer = await client.get(
            f"/v1/patients/me/{name}",
            params={} if name == "medicines/schedule" else {"limit": 100},
            headers=tokens.bearer,
        )
        assert answer.status_code == 200, (name, answer.text)
        items = answer.json()["items"]
        if name == "timeline":
            items = [{key: said for key, said in one.items() if key != "at"} for one in items]
        read[name] = {_name_of(one, ids): masked(one, ids) for one in items}
        for one in items if name in {"results", "documents"} else []:
            at = f"/v1/patients/me/{name}/{one['id']}"
            if name == "results":
                alone = await client.get(at, headers=tokens.bearer)
                read[f"{name} {ids[one['id']]}"] = masked(alone.json(), ids)
            for place in range(len(one["files"])):
                file = await client.get(
                    f"{at}/content", params={"file": place}, headers=tokens.bearer
                )
                said = file.content[:200] if file.status_code == 200 else b""
                read[f"{name} {ids[one['id']]} {place}"] = (file.status_code, said)
    return read
