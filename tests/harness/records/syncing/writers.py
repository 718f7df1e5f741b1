"""Writers of a record, each a transaction that is held open wherever the story wants it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, cast
from uuid import UUID

import asyncpg

from backend.core.clock import now
from backend.core.database import execute, fetch, fetch_value, new_id, transaction
from backend.records.filing import other_kinds
from backend.records.filing.contents import RecordReference, SimpleContent
from backend.records.filing.filing import Filing
from backend.records.lifecycle.merge import merge, unmerge
from backend.records.lifecycle.release import apply_decision, next_due, publish_due
from backend.records.patient_lock import OwnerChanged, lock_owner, stamp_patient
from backend.records.views.kind_views import (
    UNFILED,
    AllergyView,
    ConditionView,
    ProcedureView,
    ShownView,
)
from backend.records.visibility.release_rules import parse_policy
from tests.harness.records.syncing.chance import Chance
from tests.harness.records.syncing.worker_transaction import worker_transaction

KINDS: Final = {
    "Condition": "condition",
    "AllergyIntolerance": "allergy",
    "Procedure": "procedure",
}
"""One that a summary has not, one that it has, and one that no list shows."""
CAN_WAIT: Final = ("Condition", "Procedure")
POLICIES: Final = ("at-once", "1h", "2h", "clinician")
TABLES: Final = tuple(KINDS.values())
_NOTHING: Final[dict[str, Any]] = {
    "Condition": dict.fromkeys(("verification", "severity", "onset", "abated", "recorded_at"), None)
    | {"categories": []},
    "AllergyIntolerance": dict.fromkeys(
        ("verification", "type", "criticality", "onset", "recorded_at"), None
    )
    | {"categories": [], "reactions": [], "none_known": False, "none_known_of": None},
    "Procedure": dict.fromkeys(("performed", "ended", "outcome"), None)
    | {"reasons": [], "body_sites": []},
}
_VIEWS: Final[dict[str, Callable[..., ShownView]]] = {
    "Condition": ConditionView,
    "AllergyIntolerance": AllergyView,
    "Procedure": ProcedureView,
}

_texts = count(1)

Act = Callable[["Writer", UUID, int], Awaitable[None]]
"""What becomes of a patient's record in the change of this number."""
Move = Callable[["Writer"], Awaitable[bool]]


@dataclass(eq=False)
class Writer:
    """One transaction: it stops at every point until it is told to go on."""

    facility: UUID
    number: UUID
    """Of the patient it writes about, as that facility knows them."""
    other: UUID
    """The number of who may be the same person."""
    does: "Act | Move"
    chance: Chance
    worker: asyncpg.Pool
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
        if self.does is shown_by_the_hour:
            await self._do_the_duty()
            return
        with suppress(OwnerChanged):  # undone as a whole, and the sender would send it again
            async with transaction():
                self.pid = await fetch_value("SELECT pg_backend_pid()")
                await self._point()
                if self.does in MOVES:
                    await self.does(self)
                    await self._point()
                else:
                    await self._change(cast("Act", self.does))

    async def _do_the_duty(self) -> None:
        """Do as a worker does, once: it passes over whoever is being written about."""
        async with worker_transaction(self.worker):
            self.pid = await fetch_value("SELECT pg_backend_pid()")
            await self._point()
            due = await next_due([])
            await self._point()
            if due is not None:
                await publish_due(*due)
                await self._point()

    async def _change(self, act: Act) -> None:
        """Do as intake does: who is meant is found before the lock, and again behind it."""
        await execute("SELECT open_intake($1)", self.facility)
        patient = await fetch_value(
            "SELECT patient FROM patient_identifier WHERE id = $1", self.number
        )
        await self._point()
        n = (await lock_owner(patient, self.number)).change_n
        await self._point()
        await act(self, patient, n)
        await self._point()
        await stamp_patient(patient, n)

    async def _point(self) -> None:
        self.arrived.set()
        await self.go.wait()
        self.go.clear()

    def filing(self, patient: UUID, n: int) -> Filing:
        return Filing(
            facility=self.facility, facility_name="Bệnh viện Mẫu", patient=patient,
            filed_under=self.number, received_event=new_id(), sender_id=None, accepted_at=now(),
            change_n=n,
            policies={
                KINDS[kind]: parse_policy(self.chance.choice(POLICIES)) for kind in CAN_WAIT
            },
        )  # fmt: skip


async def new_records(self: Writer, patient: UUID, n: int) -> None:
    for _ in range(self.chance.randint(3, 8)):
        kind = self.chance.choice(list(KINDS))
        restriction = self.chance.choice(["", "", "hiv"])
        await _store(self, patient, n, kind, str(new_id()), restriction)


async def corrected(self: Writer, patient: UUID, n: int) -> None:
    """Other words, and perhaps another restriction, or withdrawn, or there again."""
    kind = self.chance.choice(list(KINDS))
    rows = await fetch(f"SELECT key FROM {KINDS[kind]} WHERE patient = $1 ORDER BY key", patient)
    for row in self.chance.sample(list(rows), k=min(len(rows), 2)):
        restriction = self.chance.choice(["", "", "hiv"])
        status = self.chance.choice(["active", "active", "entered-in-error"])
        await _store(self, patient, n, kind, row["key"], restriction, status)


async def kept_back(self: Writer, patient: UUID, n: int) -> None:
    """A clinician keeps back one of each kind that can wait."""
    await _say(self, patient, n, "visible_from IS NOT NULL AND NOT hidden", keep_back=True)


async def released(self: Writer, patient: UUID, n: int) -> None:
    """A clinician lets one of each kind be seen."""
    await _say(self, patient, n, "visible_from IS NULL", keep_back=False)


async def _say(self: Writer, patient: UUID, n: int, which: str, *, keep_back: bool) -> None:
    for kind in CAN_WAIT:
        key = await fetch_value(
            f"SELECT key FROM {KINDS[kind]} WHERE patient = $1 AND {which} ORDER BY id LIMIT 1",
            patient,
        )
        if key is not None:
            record = RecordReference(path="$", kind=kind, key=key)
            await apply_decision(self.filing(patient, n), record, keep_back=keep_back)


async def shown_by_the_hour(_: Writer) -> bool:
    """The duty of any worker: `Writer` opens another transaction for it."""
    raise AssertionError


async def merged(self: Writer) -> bool:
    return await merge(self.facility, self.number, self.other)


async def unmerged(self: Writer) -> bool:
    return await unmerge(self.facility, self.number)


MOVES: Final[tuple[Move, ...]] = (merged, unmerged)


async def _store(
    writer: Writer, patient: UUID, n: int, kind: str, key: str, restriction: str,
    status: str = "active",
) -> None:  # fmt: skip
    text = str(next(_texts))
    view = _VIEWS[kind](name=text, status=status, note=None, **UNFILED, **_NOTHING[kind])
    content = SimpleContent(
        path="$", key=key, content_hash=text.encode(), status=status,
        happened_at=None, restriction=restriction, kind=kind, view=view,
    )  # fmt: skip
    await other_kinds.store_content(writer.filing(patient, n), content)
