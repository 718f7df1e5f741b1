"""Writers of a record, each a transaction that is held open wherever the story wants it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from uuid import UUID

import asyncpg

from backend.clock import now
from backend.database import execute, fetch, fetch_value, new_id, transaction
from backend.records import shown
from backend.records.contents import ShownContent
from backend.records.filing import Filing, lock_patient, stamp_patient
from backend.records.kind_views import UNFILED, AllergyView, ConditionView, ProcedureView, ShownView
from tests.records.syncing.chance import Chance

KINDS: Final = {
    "Condition": "condition",
    "AllergyIntolerance": "allergy",
    "Procedure": "procedure",
}
"""One that a summary has not, one that it has, and one that no list shows."""
TABLES: Final = tuple(KINDS.values())
_NOTHING: Final[dict[str, Any]] = {
    "Condition": dict.fromkeys(("verification", "severity", "onset", "abated", "recorded_at"), None)
    | {"categories": []},
    "AllergyIntolerance": dict.fromkeys(
        ("verification", "type", "criticality", "onset", "recorded_at"), None
    )
    | {"categories": [], "reactions": [], "none_known": False},
    "Procedure": dict.fromkeys(("performed", "ended", "outcome"), None)
    | {"reasons": [], "body_sites": []},
}
_VIEWS: Final[dict[str, Callable[..., ShownView]]] = {
    "Condition": ConditionView,
    "AllergyIntolerance": AllergyView,
    "Procedure": ProcedureView,
}

_texts = count(1)

Numbers = Mapping[UUID, int]
Act = Callable[["Writer", Numbers], Awaitable[None]]


@dataclass(eq=False)
class Writer:
    """One transaction: it stops at every point until it is told to go on."""

    facility: UUID
    filed_under: Mapping[UUID, UUID]
    """What each patient is known by there."""
    patients: Sequence[UUID]
    act: Act
    chance: Chance
    pid: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    def start(self) -> None:
        self.task = asyncio.create_task(self._write())

    @property
    def ended(self) -> bool:
        return self.task is not None and self.task.done()

    @property
    def waits(self) -> bool:
        return not self.ended and self.arrived.is_set()

    def go_on(self) -> None:
        self.arrived.clear()
        self.go.set()

    async def settles(self, owner: asyncpg.Connection) -> None:
        """Wait until it stands at a point, has ended, or waits for another transaction."""
        assert self.task is not None
        arrives = asyncio.create_task(self.arrived.wait())
        while not (self.ended or self.arrived.is_set()):
            await asyncio.wait(
                {self.task, arrives}, timeout=0.002, return_when=asyncio.FIRST_COMPLETED
            )
            if self.pid and await owner.fetchval(
                "SELECT cardinality(pg_blocking_pids($1)) > 0", self.pid
            ):
                break
        arrives.cancel()
        if self.ended:
            await self.task

    async def _write(self) -> None:
        async with transaction():
            self.pid = await fetch_value("SELECT pg_backend_pid()")
            await execute("SELECT open_intake($1)", self.facility)
            await self._point()
            numbers = {each: await lock_patient(each) for each in sorted(self.patients)}
            await self._point()
            await self.act(self, numbers)
            await self._point()
            for patient, n in numbers.items():
                await stamp_patient(patient, n)

    async def _point(self) -> None:
        self.arrived.set()
        await self.go.wait()
        self.go.clear()

    def filing(self, patient: UUID, n: int) -> Filing:
        return Filing(
            facility=self.facility, facility_name="Bệnh viện Mẫu", patient=patient,
            filed_under=self.filed_under[patient], received_event=new_id(), sender_id=None,
            accepted_at=now(), change_n=n,
        )  # fmt: skip


async def new_records(self: Writer, numbers: Numbers) -> None:
    patient, n = _first(numbers)
    for _ in range(self.chance.randint(3, 8)):
        kind = self.chance.choice(list(KINDS))
        restriction = self.chance.choice(["", "", "hiv"])
        await _store(self, patient, n, kind, f"{patient}/{new_id()}", restriction)


async def corrected(self: Writer, numbers: Numbers) -> None:
    """Other words, and perhaps another restriction, or withdrawn, or there again."""
    patient, n = _first(numbers)
    kind = self.chance.choice(list(KINDS))
    rows = await fetch(
        f"SELECT key FROM {KINDS[kind]} WHERE patient = $1 AND visible_from IS NOT NULL"
        " ORDER BY key",
        patient,
    )
    for row in self.chance.sample(list(rows), k=min(len(rows), 2)):
        restriction = self.chance.choice(["", "", "hiv"])
        status = self.chance.choice(["active", "active", "entered-in-error"])
        await _store(self, patient, n, kind, row["key"], restriction, status)


async def held_back(self: Writer, numbers: Numbers) -> None:
    """What a human took back until it is released."""
    patient, n = _first(numbers)
    for table in TABLES:
        await execute(
            f"UPDATE {table} SET visible_from = NULL, change_n = $2 WHERE id = ("
            f"SELECT id FROM {table} WHERE patient = $1 AND NOT hidden"
            " AND visible_from IS NOT NULL ORDER BY id LIMIT 1)",
            patient, n,
        )  # fmt: skip


async def released(_: Writer, numbers: Numbers) -> None:
    """What the duty does when the hour has come."""
    patient, n = _first(numbers)
    for table in TABLES:
        await execute(
            f"UPDATE {table} SET visible_from = hub_clock(), change_n = $2"
            " WHERE patient = $1 AND visible_from IS NULL",
            patient, n,
        )  # fmt: skip


async def merged(_: Writer, numbers: Numbers) -> None:
    """The second one's records become the first one's."""
    (first, n), (second, _n) = numbers.items()
    for table in TABLES:
        await execute(
            f"UPDATE {table} SET patient = $1, change_n = $2 WHERE patient = $3", first, n, second
        )
    await _another_epoch(numbers)


async def unmerged(_: Writer, numbers: Numbers) -> None:
    (_first_one, _n), (second, n) = numbers.items()
    for table in TABLES:
        await execute(
            f"UPDATE {table} SET patient = $1, change_n = $2 WHERE starts_with(key, $3)",
            second, n, str(second),
        )  # fmt: skip
    await _another_epoch(numbers)


async def _another_epoch(numbers: Numbers) -> None:
    await execute(
        "UPDATE patient_change SET epoch = epoch + 1 WHERE patient = ANY($1)", list(numbers)
    )


def _first(numbers: Numbers) -> tuple[UUID, int]:
    return next(iter(numbers.items()))


async def _store(
    writer: Writer, patient: UUID, n: int, kind: str, key: str, restriction: str,
    status: str = "active",
) -> None:  # fmt: skip
    text = str(next(_texts))
    view = _VIEWS[kind](name=text, status=status, note=None, **UNFILED, **_NOTHING[kind])
    content = ShownContent(
        path="$", key=key, local_id="", content_hash=text.encode(), status=status,
        happened_at=None, restriction=restriction, kind=kind, view=view,
    )  # fmt: skip
    await shown.store(writer.filing(patient, n), content)
