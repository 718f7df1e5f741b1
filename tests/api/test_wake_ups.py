"""Workers are woken for everybody who asks, and not once for each of them."""

from redis.asyncio.client import PubSub

from backend.core.redis import WAKE_CHANNEL, redis, wake_workers_soon
from tests.conftest import Database

PATIENCE = 5.0


async def heard(channel: PubSub) -> str:
    message = await channel.get_message(ignore_subscribe_messages=True, timeout=PATIENCE)
    return "" if message is None else str(message["data"])


async def test_fifty_who_ask_at_once_wake_the_workers_once(database: Database) -> None:
    async with redis().pubsub() as channel:
        await channel.subscribe(WAKE_CHANNEL)
        await channel.get_message(timeout=PATIENCE)

        for ask_again in ("first", "second"):
            for _ in range(50):
                wake_workers_soon()
            woken = await heard(channel)
            await redis().publish(WAKE_CHANNEL, ask_again)

            assert (woken, await heard(channel)) == ("1", ask_again)
