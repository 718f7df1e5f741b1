"""Where rows are planted that nobody can read, before rows that everybody can."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from backend.core.audit_chain.worker_tasks import CheckDuty, HeadsDuty
from backend.core.database import new_id
from backend.core.months.duty import MonthsDuty
from backend.gateways.sender import Channel
from backend.notifications.delivery.claiming import BOOKING
from backend.notifications.delivery.dispatcher import deliver_due
from backend.notifications.delivery.reconciliation import reconcile
from backend.notifications.delivery.sending import Providers
from backend.notifications.planning.scheduled import plan_codes
from backend.worker import CHAIN, CLAIM, CODES, DOUBTS, DUTIES, HEAD, MONTHS
from tests.conftest import Database
from tests.harness.fakes.sender import FakeProvider
from tests.harness.makers import SomePatient

MANY: Final = 120
"""More than any duty takes in one turn: what stands behind them must come all the same."""

NEVER_READ: Final = "UPDATE {table} SET {column} = {column} || '\\x00' WHERE id = ANY($1)"
REFUSING: Final = """
CREATE FUNCTION refuse_planted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE 'no'; END $$;
CREATE TRIGGER refuse_planted BEFORE {act} ON {table} FOR EACH ROW
    WHEN ({which}) EXECUTE FUNCTION refuse_planted();
"""

Look = Callable[[], Awaitable[str]]
"""Fails unless the others went on and the planted rows are where they belong; gives it in words."""


@dataclass
class Ground:
    """The empty database of one test, somebody who can be told, and a provider."""

    database: Database
    tu: SomePatient
    heads: Path
    """Of the file of heads of the audit chain."""
    provider: FakeProvider = field(default_factory=FakeProvider)

    async def run(self, sql: str, *values: object) -> None:
        await self.database.owner.execute(sql, *values)

    async def value(self, sql: str, *values: object) -> Any:
        return await self.database.owner.fetchval(sql, *values)

    async def column(self, sql: str, *values: object) -> set[Any]:
        return {row[0] for row in await self.database.owner.fetch(sql, *values)}

    async def refuse(self, act: str, table: str, which: str) -> None:
        """Let PostgreSQL refuse a row, as a rule or an index could that it does not fit."""
        await self.run(REFUSING.format(act=act, table=table, which=which))

    async def damage(self, table: str, column: str, ids: list[UUID]) -> None:
        await self.run(NEVER_READ.format(table=table, column=column), ids)

    async def contacts(self, many: int = MANY) -> list[UUID]:
        """Give more numbers of one patient, sealed for other rows: none of them opens."""
        rows = await self.database.owner.fetch(
            "INSERT INTO contact_point (id, patient, number, number_hash, kind, confirmed_at)"
            " SELECT uuidv7(), patient, number, number_hash, kind, confirmed_at"
            " FROM contact_point, generate_series(1, $2) WHERE id = $1 RETURNING id",
            self.tu.contact, many,
        )  # fmt: skip
        return [row["id"] for row in rows]

    async def deliveries(
        self, many: int = MANY, *, kind: str = "result.ready", channel: str = "sms",
        contacts: Sequence[UUID | str] | None = None, status: str = "planned",
    ) -> list[UUID]:  # fmt: skip
        """Plan as many as that, all due an hour ago."""
        rows = await self.database.owner.fetch(
            "WITH told AS (INSERT INTO notification (id, patient, facility, kind, subject, urgency,"
            " lane, accepted_at, expires_at) SELECT uuidv7(), $1, $2, $3, uuidv7(), 'important', 2,"
            " hub_clock(), hub_clock() + interval '1 hour' FROM generate_series(1, $4)"
            " RETURNING id),"
            " numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM told)"
            " INSERT INTO delivery (id, notification, patient, channel, contact, device, lane,"
            "  due_at, status, lease_until, next_listing_at)"
            " SELECT uuidv7(), id, $1, $5::varchar, ($6::uuid[])[1 + n % cardinality($6::uuid[])],"
            "  $7, 2, hub_clock() - interval '1 hour', $8, hub_clock() - interval '1 hour',"
            "  hub_clock() - interval '1 hour' FROM numbered RETURNING id",
            self.tu.id, self.tu.facility, kind, many, channel,
            contacts or [str(self.tu.contact)],
            self.tu.devices[0] if channel == "push" else None, status,
        )  # fmt: skip
        return [row["id"] for row in rows]

    async def statuses(self, deliveries: list[UUID]) -> set[tuple[str, str]]:
        rows = await self.database.owner.fetch(
            "SELECT status, reason FROM delivery WHERE id = ANY($1)", deliveries
        )
        return {(row["status"], row["reason"]) for row in rows}

    async def challenge(self, contact: UUID | None, purpose: str = "sign-in") -> UUID:
        made = new_id()
        await self.run(
            "INSERT INTO sign_in_challenge (id, pair_hash, subject_hint, patient, contact,"
            " purpose, created_at, expires_at) VALUES ($1, uuid_send($1), '011', $2, $3, $4,"
            " hub_clock(), hub_clock() + interval '5 minutes')",
            made, self.tu.id, contact, purpose,
        )  # fmt: skip
        return made

    def work_of(self, duty: str) -> Callable[[], Awaitable[object]]:
        """Give what the worker attempts under this name."""
        outside = Providers(
            {Channel.SMS: self.provider, Channel.PUSH: self.provider}, self.provider
        )
        works: dict[str, Callable[[], Awaitable[object]]] = {
            **DUTIES,
            CODES: plan_codes,
            HEAD: HeadsDuty(str(self.heads)),
            CHAIN: CheckDuty(str(self.heads)),
            MONTHS: MonthsDuty(),
            CLAIM: lambda: deliver_due(outside),
            BOOKING: lambda: deliver_due(outside),
            DOUBTS: lambda: reconcile(self.provider, doubt=60.0),
        }
        return works[duty]
