"""A hub with three hospitals: B, whose every answer is written down, and A and C beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import time_machine
from httpx import AsyncClient, Response

from backend.core.clock import now
from backend.gateways.sender import Channel
from backend.notifications.delivery.dispatcher import deliver_due
from backend.notifications.delivery.sending import Providers
from backend.notifications.planning.deferred import plan_deferred
from backend.notifications.planning.scheduled import close_codes, expire, plan_codes, release_held
from tests.alike.masking import Masks
from tests.conftest import Database
from tests.harness.fakes.sender import FakeProvider
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.support.makers import Desk, a_desk, an_agent

MORNING: Final = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
"""Nine o'clock where the patients live: each run begins then."""
LEASE: Final = 60.0
FIRST_TEXTS: Final = 2
"""How many numbers B may text for the first time in an hour: few, so that scripts reach that."""
NAMES: Final = ("BV A", "BV B", "BV C")


@dataclass
class World:
    """One run: the hub, who speaks to it, and what B and its phones have got so far."""

    database: Database
    client: AsyncClient
    traveller: time_machine.Traveller
    a: Hospital
    b: Hospital
    c: Hospital
    outside: FakeProvider
    b_phones: frozenset[str] = frozenset()
    """Numbers that B has stated and that are in B's hands."""
    masks: Masks = field(default_factory=Masks)
    lines: list[str] = field(default_factory=list)
    _desk: Desk | None = None
    _colleague: Desk | None = None
    _auditor: Desk | None = None
    _agents: int = 0
    _heard: int = 0

    def note(self, title: str, answer: Response) -> Response:
        """Write down what B, or somebody without a name, was answered."""
        self.lines.append(f"{title}\n{self.masks.answer(answer)}")
        return answer

    async def passes(self, time: timedelta) -> None:
        """Move the clocks of processes and database on."""
        self.traveller.shift(time)
        await self.database.owner.execute("UPDATE clock_offset SET ahead = ahead + $1", time)

    async def works(self) -> None:
        """Let the worker do all that is due, and write down what B's phones got."""
        senders = Providers({Channel.SMS: self.outside, Channel.PUSH: self.outside}, self.outside)
        duties: tuple[Callable[[], Any], ...] = (
            close_codes, release_held, plan_deferred, expire, plan_codes,
        )  # fmt: skip
        async with self.database.as_worker():
            for duty in duties:
                await duty()
            while await deliver_due(senders, lease=LEASE):
                pass
        for address, message, _ in self.outside.sent[self._heard :]:
            if f"0{address[3:]}" in self.b_phones:
                self.lines.append(f"text\n{address}\n{self.masks.message(message.text)}")
        self._heard = len(self.outside.sent)

    async def desk(self, method: str, path: str, **body: Any) -> Response:
        """Ask as B's own desk; who was signed out by time signs in again."""
        self._desk, answer = await self._asks(self._desk, method, path, body)
        return answer

    async def colleague(self, method: str, path: str, **body: Any) -> Response:
        """Ask as a second person at B's desk."""
        self._colleague, answer = await self._asks(self._colleague, method, path, body)
        return answer

    async def auditor(self, method: str, path: str, **body: Any) -> Response:
        """Ask as B's auditor."""
        self._auditor, answer = await self._asks(self._auditor, method, path, body, "auditor")
        return answer

    async def _asks(
        self, desk: Desk | None, method: str, path: str, body: dict[str, Any],
        role: str = "supervisor",
    ) -> tuple[Desk, Response]:  # fmt: skip
        if desk is not None:
            answer = await desk.asks(method, path, **body)
            if answer.status_code != HTTPStatus.UNAUTHORIZED:
                return desk, answer
        self._agents += 1
        agent = await an_agent(f"desk{self._agents}", role, self.b.facility)
        desk = await a_desk(self.client, agent)
        return desk, await desk.asks(method, path, **body)

    def heard(self, phone: str | None = None) -> list[str]:
        """Give the texts that B's phones got, or one of them, the newest first."""
        return [
            message.text for address, message, _ in reversed(self.outside.sent)
            if f"0{address[3:]}" in ({phone} if phone else self.b_phones)
        ]  # fmt: skip

    def texts_to(self, phone: str) -> list[str]:
        return [
            message.text for address, message, _ in self.outside.sent if f"0{address[3:]}" == phone
        ]


async def a_world(
    database: Database, client: AsyncClient, traveller: time_machine.Traveller
) -> World:
    """Begin a run on an empty hub, at nine in the morning."""
    traveller.move_to(MORNING)
    real: datetime = await database.owner.fetchval("SELECT clock_timestamp()")
    await database.owner.execute("UPDATE clock_offset SET ahead = $1", now() - real)
    a, b, c = [await a_hospital(database, client, name) for name in NAMES]
    await database.owner.execute(
        "UPDATE facility SET first_texts_per_hour = $2 WHERE id = $1", b.facility, FIRST_TEXTS
    )
    return World(database, client, traveller, a, b, c, FakeProvider())
