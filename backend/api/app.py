"""Builds the API from its parts. No other module builds one part from another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from backend.api.docs_api import Docs
from backend.api.error_handlers import EXCEPTION_HANDLERS
from backend.api.large_bodies.helper import BodyHelper
from backend.api.large_bodies.relay import LargeBodies
from backend.api.query_parameters import KnownParameters
from backend.api.repeats import Repeats
from backend.api.request_bodies import checked, read_body
from backend.api.request_log import log_requests
from backend.api.request_target import RequestTargets
from backend.api.routes import CONTROLLERS, DEPENDENCIES
from backend.api.status_api import Board
from backend.api.unread_body import drop_unread
from backend.auth.notices import use_sink
from backend.core.change_signals import stop_publishing
from backend.core.crypto.key_ring import keep_ring_fresh, open_ring
from backend.core.database import START_PATIENCE_SECONDS, close_pool, open_pool
from backend.core.odd_rows.unreadable import stop_noting
from backend.core.redis import close_redis, open_redis
from backend.core.settings import Settings, load_settings
from backend.gateways.outbound_call import Failpoint, no_failpoint
from backend.notifications.inbox.streams import Streams
from backend.notifications.planning.security_notices import plan_notice
from backend.records.visibility.restriction_config import rules
from backend.wiring import identity_verifier


def create_app(failpoint: Failpoint = no_failpoint) -> Litestar:
    """Build the API. A server opens its pools through the lifespan; tests bring their own."""
    app = create_routes(failpoint)
    drop_unread(app)
    log_requests(app)
    return app


def create_routes(failpoint: Failpoint) -> Litestar:
    """Build the API without its log lines: the helper answers requests that are logged already."""
    parameters, targets = KnownParameters(), RequestTargets()
    app = Litestar(
        route_handlers=[*CONTROLLERS, Docs],
        dependencies=DEPENDENCIES,
        plugins=[parameters, targets, Repeats()],
        middleware=[targets.as_written, parameters.only_these, checked],
        before_request=read_body,
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[connected],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,  # backend.api.request_bodies knows what each route takes
    )
    app.state.failpoint = failpoint
    app.state.identity_verifier = None
    app.state.streams = Streams()
    app.state.board = Board()
    app.state.large_bodies = None  # who has no helper reads every body itself, as the helper does
    use_sink(plan_notice)
    return app


@asynccontextmanager
async def connected(app: Litestar) -> AsyncIterator[None]:
    settings = load_settings()
    async with engines_open(settings, settings.pool_size, "hub-api"):
        app.state.streams.start(settings.redis_url)
        vneid = app.state.identity_verifier = identity_verifier(settings)
        large_bodies = app.state.large_bodies = LargeBodies(settings.spool_folder, BodyHelper())
        try:
            yield
        finally:
            app.state.large_bodies = None
            await large_bodies.helper.end()
            await app.state.streams.stop()
            if vneid is not None:
                await vneid.close()


@asynccontextmanager
async def engines_open(settings: Settings, pool_size: int, process: str) -> AsyncIterator[None]:
    """Have the rules, the database, the keys and Redis for the block.

    Raises:
        DatabaseAway, NoRing: they did not come in time.
    """
    rules()  # unreadable ones end the start, not the first message
    await open_pool(
        settings.database_url, size=pool_size, process=process, patience=START_PATIENCE_SECONDS
    )
    await open_ring(START_PATIENCE_SECONDS)
    open_redis(settings.redis_url)
    fresh = asyncio.create_task(keep_ring_fresh())
    try:
        yield
    finally:
        fresh.cancel()
        await stop_noting()
        await stop_publishing()
        await close_redis()
        await close_pool()
