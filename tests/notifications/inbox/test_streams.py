"""Who is told on a stream that something is new, of what, and when it is over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID

import asyncpg
import pytest

from backend.auth.access.gate import NotSignedIn
from backend.core.change_signals import CHANNEL, patients_in, publish
from backend.core.database import execute, transaction
from backend.core.redis import redis
from backend.notifications.inbox import streams as rules
from backend.notifications.inbox.sse import EventStream, events
from backend.notifications.inbox.streams import INBOX, ME, RECORDS, Stream, Streams, TooManyStreams
from tests.conftest import Database
from tests.harness.records.reaching import at_level
from tests.harness.records.syncing.apps import App
from tests.harness.records.syncing.world import World, a_world, signed_in_at
from tests.harness.records.syncing.writers import kept_back, new_records


@pytest.fixture
async def world(database: Database, client: object) -> World:
    return await a_world(database, client)  # type: ignore[arg-type]  # nobody asks through it


@pytest.fixture
async def streams(database: Database) -> AsyncIterator[Streams]:
    running = Streams()
    running.start(database.servers.redis_url)
    yield running
    await running.stop()


async def hears(stream: Stream) -> list[tuple[str, str]]:
    async with asyncio.timeout(10):
        news = await stream.next()
    assert news is not None
    return news


async def hears_nothing(streams: Streams, stream: Stream) -> bool:
    await streams._look([stream])
    return not stream.news


async def make(database: Database, table: str, **values: object) -> None:
    names = list(values)
    await database.owner.execute(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ("
        + ", ".join(f"${n}" for n, _ in enumerate(names, start=1))
        + ")",
        *values.values(),
    )


def phones(world: World) -> tuple[App, App, App]:
    own, full, summary = world.apps
    return own, full, summary


async def test_owner_and_whoever_may_read_hear_of_a_new_record_by_the_name_they_know(
    world: World, streams: Streams
) -> None:
    own, full, summary = phones(world)
    async with AsyncExitStack() as all_of_them:
        listening = [
            await all_of_them.enter_async_context(streams.joined(each.session))
            for each in (own, full, summary)
        ]

        await world.writes(new_records)

        heard = [await hears(each) for each in listening]
    patient = str(world.patient)
    assert heard == [[(RECORDS, ME)], [(RECORDS, patient)], [(RECORDS, patient)]]


@pytest.mark.parametrize(
    ("table", "became", "owner_hears", "summary_hears"),
    [
        ("condition", "restriction = '', visible_from = hub_clock()", True, False),
        ("allergy", "restriction = '', visible_from = hub_clock()", True, True),
        ("allergy", "restriction = 'hiv'", False, False),
        ("condition", "visible_from = NULL", False, False),
        ("allergy", "hidden = true", False, False),
    ],
)
async def test_a_stream_says_nothing_of_what_is_not_for_this_reader(
    database: Database,
    world: World,
    streams: Streams,
    table: str,
    became: str,
    owner_hears: bool,  # noqa: FBT001  # pytest names it
    summary_hears: bool,  # noqa: FBT001  # as above
) -> None:
    own, _, summary = phones(world)
    for seed in range(4):
        await world.writes(new_records, seed)
    await database.owner.execute(f"UPDATE {table} SET {became}")
    await database.owner.execute("DELETE FROM tombstone")
    async with streams.joined(own.session) as owner, streams.joined(summary.session) as short:
        changed = await database.owner.execute(f"UPDATE {table} SET change_n = 90")
        await database.owner.execute("UPDATE patient_change SET n = 90")

        heard = [not await hears_nothing(streams, each) for each in (owner, short)]

    assert changed != "UPDATE 0"
    assert heard == [owner_hears, summary_hears]


async def test_what_is_taken_back_is_news(world: World, streams: Streams) -> None:
    own, *_ = phones(world)
    await world.writes(new_records)
    async with streams.joined(own.session) as stream:
        await world.writes(kept_back)

        assert await hears(stream) == [(RECORDS, ME)]


async def test_a_step_up_a_grant_and_its_end_are_news(world: World, streams: Streams) -> None:
    own, full, _ = phones(world)
    async with streams.joined(own.session) as stream, streams.joined(full.session) as caring:
        await world.steps_up(own, on=True)
        await streams._look([stream])
        assert stream.news == {(RECORDS, ME)}

        await world.takes_back(full)
        await streams._look([caring])
        assert caring.news == {(RECORDS, str(world.patient))}


async def test_the_inbox_is_told_of_to_its_owner_alone_at_any_level(
    database: Database, world: World, streams: Streams
) -> None:
    own, full, _ = phones(world)
    await at_level(database.owner, "otp-limited", own.session)
    async with streams.joined(own.session) as stream, streams.joined(full.session) as caring:
        await make(
            database, "notification", patient=world.patient, facility=world.facility,
            kind="result.ready", subject=world.patient, urgency="important", lane=1,
            accepted_at=await database.owner.fetchval("SELECT hub_clock()"),
            expires_at=await database.owner.fetchval("SELECT hub_clock() + '1 day'"),
        )  # fmt: skip
        await world.writes(new_records)
        streams.hint([world.patient])

        assert await hears(stream) == [(INBOX, ME)]
        assert await hears(caring) == [(RECORDS, str(world.patient))]


async def test_an_ended_session_ends_its_streams_without_redis(
    database: Database, world: World
) -> None:
    own, *_ = phones(world)
    streams = Streams()
    streams.start("redis://127.0.0.1:1")
    async with streams.joined(own.session) as stream:
        await database.owner.execute(
            "UPDATE session SET ended_at = hub_clock() WHERE id = $1", own.session
        )

        async with asyncio.timeout(rules.LOOK_SECONDS * 2):
            assert await stream.next() is None
    await streams.stop()


async def test_who_has_no_session_any_more_has_no_stream(
    database: Database, world: World, streams: Streams
) -> None:
    own, *_ = phones(world)
    await database.owner.execute("UPDATE session SET ended_at = hub_clock()")

    with pytest.raises(NotSignedIn):
        async with streams.joined(own.session):
            pytest.fail("somebody listens")
    assert (streams.open, streams.count) == ({}, 0)


async def test_of_many_streams_of_one_phone_the_newest_stay(world: World, streams: Streams) -> None:
    own, *_ = phones(world)
    async with AsyncExitStack() as all_of_them:
        opened = [
            await all_of_them.enter_async_context(streams.joined(own.session))
            for _ in range(rules.MOST_OF_ONE + 2)
        ]

        assert [each.over.is_set() for each in opened] == [True] * 2 + [False] * rules.MOST_OF_ONE


async def test_a_process_takes_so_many_streams_and_says_no_to_the_next(
    database: Database, world: World, streams: Streams
) -> None:
    sessions = [await signed_in_at(database, world.patient) for _ in range(3)]
    async with streams.joined(sessions[0]):
        streams.count += rules.MOST_STREAMS - 2
        async with streams.joined(sessions[1]):
            with pytest.raises(TooManyStreams):
                async with streams.joined(sessions[2]):
                    pytest.fail("one too many")
        streams.count -= rules.MOST_STREAMS - 2
    assert streams.count == 0


async def test_a_phone_that_takes_nothing_costs_no_more_for_all_that_happens(
    database: Database, world: World, streams: Streams
) -> None:
    own, *_ = phones(world)
    async with streams.joined(own.session) as stream:
        for n in range(100):
            await database.owner.execute("UPDATE patient_change SET epoch = $1", n)
            stream.found([_as_row(world.patient, n)])

        assert stream.news == {(RECORDS, ME)}


def _as_row(patient: UUID, n: int) -> dict[str, object]:
    return {"own": True, "chart": patient, "records": str(n), "inbox": None}


async def test_a_phone_that_takes_nothing_for_too_long_is_let_go(
    world: World, streams: Streams
) -> None:
    own, *_ = phones(world)
    never = asyncio.Event()

    async def takes_nothing(_: object) -> None:
        await never.wait()

    async def never_leaves() -> dict[str, object]:
        await never.wait()
        return {}

    before = asyncio.all_tasks()
    answer = EventStream(streams, own.session, patience=0.05).to_asgi_response(None, None)

    async def head_then_nothing(message: dict[str, object]) -> None:
        if message["type"] != "http.response.start":
            await takes_nothing(message)

    async with asyncio.timeout(10):
        await answer({}, never_leaves, head_then_nothing)  # type: ignore[arg-type]  # a small peer
    left_over = asyncio.all_tasks() - before
    _, running = await asyncio.wait(left_over, timeout=1)

    assert (streams.count, streams.open) == (0, {})
    assert running == set()


async def test_nothing_is_hinted_at_that_was_not_kept(database: Database, world: World) -> None:
    """The hint of what is undone would come first: the one that is kept is heard alone."""
    async with redis().pubsub(ignore_subscribe_messages=True) as channel:
        await channel.subscribe(CHANNEL)
        await channel.get_message(timeout=10)

        with pytest.raises(asyncpg.DivisionByZeroError):
            await _hints_at_and_fails(world.double)
        async with transaction():
            publish(world.patient)
        heard = await channel.get_message(timeout=10)

    assert heard is not None
    assert patients_in(heard["data"]) == {world.patient}


async def _hints_at_and_fails(patient: UUID) -> None:
    async with transaction():
        publish(patient)
        await execute("SELECT 1 / 0")


def test_an_event_says_whose_and_nothing_else() -> None:
    assert events([(INBOX, ME), (RECORDS, ME)]) == (
        'event: inbox\ndata: {"patient": "me"}\n\nevent: records\ndata: {"patient": "me"}\n\n'
    )
    assert events([]) == ": quiet\n\n"
