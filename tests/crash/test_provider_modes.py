"""However a provider misbehaves, and however long a worker was frozen: one text."""

from typing import Any
from uuid import UUID

import pytest

from tests.crash.crashing_hub import CrashingHub, patiently


async def came_to(hub: CrashingHub, attempt: UUID) -> tuple[str, str]:
    row = await hub.owner.fetchrow("SELECT outcome, code FROM attempt WHERE id = $1", attempt)
    return row["outcome"], row["code"]


@pytest.mark.parametrize(
    ("mood", "requests"),
    [
        ({"mode": "accept_then_drop"}, 1),
        ({"mode": "accept_then_500"}, 1),
        ({"mode": "drop_before_accept"}, 2),
        ({"mode": "429", "retryAfter": 1}, 2),
    ],
    ids=lambda value: value["mode"] if isinstance(value, dict) else "",
)
async def test_a_provider_that_misbehaves_once_sends_one_text_without_any_receipt(
    hub: CrashingHub, mood: dict[str, Any], requests: int
) -> None:
    await hub.misbehave(**mood, times=1, receipts=False)
    await hub.start_worker()

    await hub.texts_come_due()

    await hub.everything_ends_well(("sent",))
    assert [each["to"] for each in await hub.texts()] == list(hub.expected)
    assert len(await hub.posts()) == requests


async def test_a_worker_frozen_before_it_wrote_does_not_write_after_its_lease(
    hub: CrashingHub,
) -> None:
    frozen = await hub.start_worker()
    await hub.misbehave(receipts=False)
    await frozen.hold("before_write")
    await hub.texts_come_due()
    attempt = await frozen.held()
    frozen.freeze()
    frozen.let_go()

    await hub.start_worker()
    await hub.everything_ends_well(("sent",))
    frozen.thaw()

    async def the_late_answer_is_written_down() -> bool:
        return await came_to(hub, attempt) == ("try_later", "deadline")

    await patiently(the_late_answer_is_written_down)
    assert await hub.posts() == list(hub.expected.values())
    assert len(await hub.texts()) == 1
    assert await hub.statuses() == {"sent": 1}


async def test_a_worker_frozen_while_the_provider_thinks_writes_down_its_late_answer(
    hub: CrashingHub,
) -> None:
    frozen = await hub.start_worker()
    await hub.misbehave(mode="slow", delayMs=2500, times=1, receipts=False)
    await frozen.hold("written")
    await hub.texts_come_due()
    await frozen.held()
    frozen.freeze()
    frozen.let_go()

    await hub.start_worker()
    await hub.everything_ends_well(("sent",))
    proven_at = await hub.owner.fetchval("SELECT max(answered_at) FROM attempt")
    frozen.thaw()

    async def the_late_answer_is_written_down() -> bool:
        rows = await hub.owner.fetch("SELECT answered_at, provider_id, outcome FROM attempt")
        return (
            len(rows) == 1
            and rows[0]["answered_at"] > proven_at
            and rows[0]["outcome"] == "accepted"
            and rows[0]["provider_id"] == (await hub.texts())[0]["providerId"]
        )

    await patiently(the_late_answer_is_written_down)
    assert await hub.posts() == list(hub.expected.values())
    assert len(await hub.texts()) == 1
    assert await hub.statuses() == {"sent": 1}
