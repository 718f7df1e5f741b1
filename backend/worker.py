"""The worker process: sends due deliveries, reconciles those in doubt, seals the audit chain."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final

from redis.exceptions import RedisError

from backend.auth.caregivers.reviews import ask_for_reviews
from backend.auth.credentials.enumeration import detect
from backend.auth.notices import use_sink
from backend.auth.retention import purge_expired
from backend.auth.sessions.chart_levels import tell_of_waiting_devices
from backend.auth.sessions.slip_rise import raise_slips
from backend.core.audit_chain.sealer import seal_chain
from backend.core.audit_chain.worker_tasks import CheckDuty, HeadsDuty
from backend.core.change_signals import stop_publishing
from backend.core.crypto.key_ring import load_ring, open_ring
from backend.core.crypto.sealing import UnreadableSeal
from backend.core.database import START_PATIENCE_SECONDS, close_pool, open_pool
from backend.core.errors import Unavailable
from backend.core.http.metrics_listener import metrics_served
from backend.core.log import log
from backend.core.metrics import DUTY_FAILURES
from backend.core.months.duty import MonthsDuty
from backend.core.odd_rows.row_isolation import PutAside
from backend.core.odd_rows.unreadable import stop_noting
from backend.core.postgres.database_failures import AWAY
from backend.core.redis import WAKE_CHANNEL, close_redis, heard_on, open_redis
from backend.core.refusals import close_refusals
from backend.core.settings import Settings, load_settings
from backend.gateways.outbound_call import Failpoint, no_failpoint
from backend.intake.waiting_alarm import look_at_waiting
from backend.notifications.brakes.booking import look_at_the_total
from backend.notifications.brakes.held_texts import let_leave
from backend.notifications.delivery.claiming import BOOKING, book_texts
from backend.notifications.delivery.dispatcher import Dispatcher
from backend.notifications.delivery.reconciliation import expire_leases, reconcile
from backend.notifications.planning.deferred import plan_deferred
from backend.notifications.planning.scheduled import (
    close_codes,
    count_unfinished,
    expire,
    plan_codes,
    release_held,
)
from backend.notifications.planning.security_notices import plan_notice
from backend.records.lifecycle.release import release_due
from backend.records.sync.tombstones import purge_tombstones
from backend.wiring import make_dispatcher, outside

POLL_SECONDS = 0.5
"""How long a worker that was not woken waits before it looks for work."""
DUTY_SECONDS = 1.0
TOGETHER_SECONDS = 0.005
"""How long a wake waits for others: what comes due meanwhile is looked at together."""
BOOK_SECONDS = 0.05
"""Between two looks for texts to book, while there are some: many are booked together."""
SELDOM: Final = {
    "let_leave": 5.0,
    "look_at_the_total": 10.0,
    "ask_for_reviews": 60.0,
    "look_at_waiting": 60.0,
    "count_unfinished": 5.0,
    "detect": 10.0,
    "forget": 10.0,
    "forget_stones": 10.0,
}
"""Seconds between two turns of a duty for which nobody waits a second; of all others, one."""
STOP_SECONDS = 20.0
"""How long open calls may take to finish when the worker is asked to stop."""
LET_GO_SECONDS = 3.0
"""How long a duty may take to be cancelled: what it was doing is in the database anyway."""


async def read_ring() -> None:
    """Read the keys; raise an alarm about one that cannot be read. What runs goes on without it."""
    for key in set(await load_ring()) - set(_KEYS.rows()):
        await _KEYS.put(key, UnreadableSeal())


_KEYS = PutAside("hub_key.secret")
Duty = Callable[[], Awaitable[object]]

DUTIES: dict[str, Duty] = {
    "release_held": release_held,
    "let_leave": let_leave,
    "look_at_the_total": look_at_the_total,
    "expire": expire,
    "find_dead": expire_leases,
    "seal_chain": seal_chain,
    "ask_for_reviews": ask_for_reviews,
    "look_at_waiting": look_at_waiting,
    "count_unfinished": count_unfinished,
    "load_ring": read_ring,
    "close_codes": close_codes,
    "tell_of_devices": tell_of_waiting_devices,
    "detect": detect,
    "forget": purge_expired,
    "tell_waiting": plan_deferred,
    "forget_stones": purge_tombstones,
    "release_due": release_due,
    "close_refusals": close_refusals,
    "raise_slips": raise_slips,
}
"""What any worker does again and again; none of them minds another worker doing it too."""
CODES, CLAIM, DOUBTS, WAKE = "plan_codes", "claim", "doubts", "wake"
HEAD, CHAIN, MONTHS = "write_head", "check_chain", "turn_months"
EVERY_DUTY = (*DUTIES, CODES, BOOKING, CLAIM, DOUBTS, HEAD, CHAIN, MONTHS, WAKE)
"""Each is attempted apart: one that fails, or takes long, is counted and stops no other."""


async def run_worker(stop: asyncio.Event, failpoint: Failpoint = no_failpoint) -> None:
    """Work until `stop` is set, then wait for open calls and write their answers."""
    settings = load_settings()
    await open_pool(
        settings.database_url, size=settings.pool_size, process="hub-worker",
        patience=START_PATIENCE_SECONDS,
    )  # fmt: skip
    await open_ring(START_PATIENCE_SECONDS)
    open_redis(settings.redis_url)
    use_sink(plan_notice)
    world = outside(settings, failpoint)
    dispatcher = make_dispatcher(settings, world)
    writer = asyncio.create_task(dispatcher.write_answers())
    for name in EVERY_DUTY:
        DUTY_FAILURES.labels(name)
    asked, to_book = asyncio.Event(), asyncio.Event()
    wakes = (dispatcher.woken, asked, to_book)
    apart: dict[str, Duty] = {
        **DUTIES,
        DOUBTS: lambda: _doubts(settings, dispatcher),
        HEAD: HeadsDuty(settings.audit_heads),
        CHAIN: CheckDuty(settings.audit_heads),
        MONTHS: MonthsDuty(),
        WAKE: lambda: _listen(settings, wakes),
    }
    assert {*apart, CODES, BOOKING, CLAIM} == set(EVERY_DUTY), "each duty is in the register"
    duties = [
        asyncio.create_task(work)
        for work in (
            *(
                _keep_doing(name, duty, SELDOM.get(name, DUTY_SECONDS))
                for name, duty in apart.items()
            ),
            _keep_planning_codes(asked, to_book),
            _keep_booking(to_book, dispatcher.woken),
        )
    ]
    log.info("worker_started")
    try:
        await deliver_until(stop, dispatcher)
    finally:
        for duty in duties:
            duty.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(dispatcher.drain(), STOP_SECONDS)
        writer.cancel()
        await asyncio.wait([*duties, writer], timeout=LET_GO_SECONDS)
        for sender in world.senders.values():
            await sender.close()
        await stop_noting()
        await stop_publishing()
        await close_redis()
        await close_pool()


async def deliver_until(
    stop: asyncio.Event, dispatcher: Dispatcher, poll: float = POLL_SECONDS
) -> None:
    """Claim and send. A wake is taken before the claim, so one during the claim is not lost."""
    stopping = asyncio.create_task(stop.wait())
    while not stop.is_set():
        dispatcher.woken.clear()
        claimed = await attempt(CLAIM, dispatcher.claim_and_send)
        if claimed and dispatcher.is_hungry:
            await asyncio.sleep(0)
            continue
        waking = asyncio.create_task(dispatcher.woken.wait())
        await asyncio.wait({stopping, waking}, timeout=poll, return_when=asyncio.FIRST_COMPLETED)
        waking.cancel()
        if not dispatcher.is_hungry:
            await asyncio.sleep(TOGETHER_SECONDS)


async def _keep_planning_codes(asked: asyncio.Event, to_book: asyncio.Event) -> None:
    """Plan codes at once when somebody asks; then their texts are booked at once."""
    while True:
        asked.clear()
        if await attempt(CODES, plan_codes):
            to_book.set()
            continue
        with suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), POLL_SECONDS)
            await asyncio.sleep(TOGETHER_SECONDS)


async def _keep_booking(to_book: asyncio.Event, woken: asyncio.Event) -> None:
    """Book texts beside the claims; then they are claimed at once."""
    while True:
        to_book.clear()
        if await attempt(BOOKING, book_texts):
            woken.set()
            await asyncio.sleep(BOOK_SECONDS)
            continue
        with suppress(TimeoutError):
            await asyncio.wait_for(to_book.wait(), POLL_SECONDS)
            await asyncio.sleep(TOGETHER_SECONDS)


async def _doubts(settings: Settings, dispatcher: Dispatcher) -> None:
    await reconcile(dispatcher.outside.lister, doubt=settings.doubt_seconds)


async def _listen(settings: Settings, wakes: Iterable[asyncio.Event]) -> None:
    """Be woken through Redis. Without it the worker still looks twice a second."""
    async for _ in heard_on(WAKE_CHANNEL, settings.redis_url):
        for wake in wakes:
            wake.set()


async def _keep_doing(name: str, duty: Duty, seconds: float) -> None:
    while True:
        await attempt(name, duty)
        await asyncio.sleep(seconds)


async def attempt(name: str, duty: Duty) -> object:
    """Do it; when an engine is away, or the duty has a bug, say so and go on with the next."""
    try:
        return await duty()
    except (*AWAY, Unavailable, RedisError) as away:
        log.warning("engine_away", where=name, error=type(away).__name__)
    except asyncio.CancelledError as cancelled:
        if _is_stopped():
            raise  # the worker stops; else something inside the duty was cancelled
        log.error("duty_failed", where=name, error=type(cancelled).__name__)
    except Exception as surprise:  # noqa: BLE001  # one duty's bug must not stop the others
        log.error("duty_failed", where=name, error=type(surprise).__name__)
    DUTY_FAILURES.labels(name).inc()
    await asyncio.sleep(POLL_SECONDS)
    return None


def _is_stopped() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def serve_worker(metrics: socket.socket | None = None) -> None:
    """Run until SIGTERM or SIGINT; a bound socket for the metrics takes the settings' place."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with metrics_served(metrics):
        await run_worker(stop)
