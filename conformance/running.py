"""A hub of real processes for the parts that play a hospital: one facility, and APIs to send to."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import asyncpg
import msgspec

from backend.auth.facilities.rules import KeyScope
from backend.auth.tables import Facility, FacilityKey
from backend.core.crypto.key_ring import HubKey
from backend.core.crypto.sealing import new_secret, secret_hash
from backend.core.database import new_id
from backend.core.subprocesses import output_of
from backend.intake.pipeline.take_in import MESSAGE_ID
from backend.sandbox.demo.engines import engines
from backend.schema.piccolo_app import TABLES
from conformance.json_bodies import api, prepared

FHIR_JSON = "application/fhir+json"
AT_ONCE = 8
STAYS = frozenset({HubKey, Facility, FacilityKey})
"""What a hub knows before it hears of anybody."""
_WRITER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said."""

    status: int
    body: Any
    message: str
    """What the hub calls the message, where it took one."""

    @property
    def issues(self) -> list[dict[str, Any]]:
        """List what is wrong; nothing where it was no OperationOutcome."""
        found = self.body if isinstance(self.body, dict) else {}
        return list(found.get("issue", []))


@dataclass(frozen=True, slots=True)
class RunningHub:
    """Engines, and API processes that share them."""

    owner: asyncpg.Connection
    apis: Sequence[aiohttp.ClientSession]

    async def facility(self, code: str) -> str:
        """Add a facility as an operator does; give its key."""
        await output_of(["facility", "add", code, f"Bệnh viện {code}", f"BV {code}"], {})
        return (await output_of(["facility", "key", code], {})).strip()

    async def another_facility(self, code: str) -> str:
        """Add a facility without its commands, where hundreds are needed; give its key."""
        facility, key = new_id(), new_secret()
        await self.owner.execute(
            "INSERT INTO facility (id, code, name, short_name)"
            " VALUES ($1, $2, 'Bệnh viện Mẫu', 'BV MAU')",
            facility, code,
        )  # fmt: skip
        await self.owner.execute(
            "INSERT INTO facility_key (id, facility, hash, scopes) VALUES ($1, $2, $3, $4)",
            new_id(), facility, secret_hash(key), " ".join(KeyScope),
        )  # fmt: skip
        return key

    async def sends(
        self, key: str, address: str, body: bytes, *, by: int = 0, name: str = "",
        method: str = "POST", strict: bool = False,
    ) -> Answer:  # fmt: skip
        """Send it by the nth API; `name` is the sender's own id of the message.

        Strict handling refuses faults also where no patient would see them.
        """
        headers = {"Authorization": f"Bearer {key}", "Content-Type": FHIR_JSON}
        headers |= {"Prefer": "handling=strict"} if strict else {}
        headers |= {"Idempotency-Key": name} if name else {}
        async with self.apis[by % len(self.apis)].request(
            method, address, data=body, headers=headers
        ) as heard:
            text = await heard.read()
            said = msgspec.json.decode(text) if text else None
            return Answer(heard.status, said, heard.headers.get(MESSAGE_ID, ""))

    async def forget(self) -> None:
        """Empty every table but keys and facilities: a hub that has heard of nobody.

        A facility that stays hashes its own names as before, so what it sends can be compared.
        """
        tables = [each._meta.tablename for each in TABLES if each not in STAYS]  # noqa: SLF001  # Piccolo's own place for it
        emptied = "".join(f'DELETE FROM "{each}";' for each in tables)
        await self.owner.execute(
            f"BEGIN; SET LOCAL session_replication_role = replica; {emptied} COMMIT"
        )


@asynccontextmanager
async def running_hub(apis: int = 1) -> AsyncIterator[RunningHub]:
    """Have a hub in a folder of its own while the block lasts; commands find it by its settings."""
    os.environ |= {"HUB_POOL_SIZE": str(AT_ONCE), "HUB_TRUSTED_PROXIES": "127.0.0.0/8"}
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="hub-conformance-"))
        owner = await prepared(stack.enter_context(engines(Path(folder) / "engines")))
        stack.push_async_callback(owner.close)
        clients = []
        for _ in range(apis):
            url = await stack.enter_async_context(api())
            client = aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=AT_ONCE))
            clients.append(await stack.enter_async_context(client))
        yield RunningHub(owner, clients)


def encoded(resource: Any) -> bytes:
    return _WRITER.encode(resource)
