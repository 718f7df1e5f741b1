"""Heads written to a file find what nothing in the database can show: a chain made anew."""

import asyncio
import fcntl
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from backend.core.audit import Act, write_down
from backend.core.audit_chain.heads import first_untrusted, sign_head
from backend.core.audit_chain.heads_file import append_when_due, heads_in
from backend.core.audit_chain.links import ChainFault, Finding
from backend.core.audit_chain.sealer import seal_chain
from backend.core.audit_chain.verifier import Checked, verify_chain
from backend.core.audit_chain.worker_tasks import HeadsDuty, check_heads
from backend.core.clock import now
from backend.core.crypto.keys import Key, Placed, Ring, _held, use_ring
from backend.core.database import new_id
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.audit import an_hour_of
from tests.harness.unguarded import unguarded

HOUR = timedelta(hours=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "heads.jsonl"


async def seal_all_anew(database: Database) -> None:
    """Do as the owner of the tables could: take all seals off, and make the whole chain again."""
    async with unguarded(database.owner):
        await database.owner.execute("UPDATE audit_event SET place = NULL, chain = NULL")
    async with database.as_worker():
        await seal_chain()


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def overwrite(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def remove(file: Path) -> None:
    file.unlink()


async def test_a_head_says_what_the_chain_has_and_nobody_else_reads_it(
    database: Database, file: Path
) -> None:
    await an_hour_of(database, file)

    (head,) = heads_in(file)
    assert head.place == 3
    assert head.hash == await database.owner.fetchval(
        "SELECT chain FROM audit_event WHERE place = 3"
    )
    assert mode_of(file) == 0o600
    async with database.as_worker():
        assert await check_heads(file, by_ring=True) is None
    assert await alarms(database) == []


async def test_one_of_several_workers_writes_one_head_an_hour(
    database: Database, file: Path, time_moves: Travel
) -> None:
    for hours in (0, 0.5, 0.99, 1.01, 1.5, 2.02):
        async with time_moves(hours * HOUR):
            await an_hour_of(database, file)  # each time a duty that knows nothing of the others

    assert [head.place for head in heads_in(file)] == [3, 12, 18]


async def test_a_chain_that_its_owner_made_anew_is_whole_and_does_not_fit_its_heads(
    database: Database, file: Path, time_moves: Travel
) -> None:
    await an_hour_of(database, file)
    async with unguarded(database.owner):
        await database.owner.execute("UPDATE audit_event SET action = 'x' WHERE place = 2")
    await seal_all_anew(database)

    async with database.as_worker():
        assert await verify_chain() == Checked(3)
        assert await check_heads(file, by_ring=True) == Finding(ChainFault.HEAD, 3)
        async with time_moves(HOUR):
            await HeadsDuty(str(file))()
    assert await alarms(database) == ["audit.chain"]


@pytest.mark.parametrize(
    "deletes", ["DELETE FROM audit_event WHERE place > 2", "TRUNCATE audit_event"]
)
async def test_an_end_that_was_cut_off_does_not_fit_the_heads(
    database: Database, file: Path, deletes: str
) -> None:
    await an_hour_of(database, file)
    async with unguarded(database.owner):
        await database.owner.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        await database.owner.execute(deletes)
        await database.owner.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")

    async with database.as_worker():
        assert (await verify_chain()).finding is None
        assert await check_heads(file, by_ring=True) == Finding(ChainFault.HEAD, 3)


async def test_a_head_that_others_signed_is_not_believed(database: Database, file: Path) -> None:
    await an_hour_of(database, file)
    ring = _held.ring
    assert ring is not None
    theirs = Placed(Key("data1", new_id().bytes * 2), now())
    use_ring(Ring((theirs,), ring.signing))
    forged = sign_head(now(), 3, b"x" * 32)
    use_ring(ring)
    with file.open("ab") as written:
        written.write(forged.line())

    async with database.as_worker():
        assert await check_heads(file, by_ring=False) == Finding(ChainFault.SIGNATURE)


async def test_a_whole_file_that_others_wrote_is_not_that_of_this_hub(
    database: Database, file: Path
) -> None:
    await an_hour_of(database, file)
    ring = _held.ring
    assert ring is not None
    (true,) = heads_in(file)
    use_ring(Ring((Placed(Key("data1", new_id().bytes * 2), now()),), ring.signing))
    overwrite(file, sign_head(true.at, true.place, true.hash).line())
    use_ring(ring)

    async with database.as_worker():
        assert await check_heads(file, by_ring=True) == Finding(ChainFault.SIGNATURE)


@pytest.mark.parametrize(
    ("old", "new"), [(b'"place":3', b'"place":2'), (b'"hash":"', b'"hash":"00'), (b"T", b"t")]
)
async def test_a_head_with_a_changed_word_is_not_believed(
    database: Database, file: Path, old: bytes, new: bytes
) -> None:
    await an_hour_of(database, file)
    (head,) = heads_in(file)
    overwrite(file, head.line().replace(old, new, 1))

    async with database.as_worker():
        found = await check_heads(file, by_ring=False)
    assert (found is None) == (old == b"T")  # the same instant, in other letters


async def test_heads_are_checked_without_a_database_from_key_to_key(ring: None) -> None:
    held = _held.ring
    assert held is not None
    one, two, three = (Placed(Key(f"data{n}", new_id().bytes * 2), now()) for n in range(3))
    heads = []
    for place, data in enumerate([(one,), (two, one), (two,), (three, two), (three,)], start=1):
        use_ring(Ring(data, held.signing))
        heads.append(sign_head(now(), place, bytes([place]) * 32))
    use_ring(held)
    first = frozenset(heads[0].keys.values())

    assert first_untrusted(heads, first) is None
    assert first_untrusted([heads[0], *heads[2:]], first) == heads[2]
    assert first_untrusted(heads, frozenset({b"k" * 32})) == heads[0]


async def test_a_torn_line_costs_nothing_but_itself(
    database: Database, file: Path, time_moves: Travel
) -> None:
    await an_hour_of(database, file)
    with file.open("ab") as written:
        written.write(b'{"at":"2026-11-')
    async with time_moves(HOUR + timedelta(seconds=1)):
        await an_hour_of(database, file)

        assert [head.place for head in heads_in(file)] == [3, 6]
        async with database.as_worker():
            assert await check_heads(file, by_ring=True) is None


@pytest.mark.parametrize("kind", ["a folder", "a link", "a pipe", "nowhere", "not set"])
async def test_a_file_that_cannot_be_written_raises_an_alarm_and_stops_nothing(
    database: Database, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "heads"
    match kind:
        case "a folder":
            path.mkdir()
        case "a link":
            path.symlink_to(tmp_path / "elsewhere")
        case "a pipe":
            os.mkfifo(path)
        case "nowhere":
            path = tmp_path / "missing" / "heads"
        case _:
            path = Path()
    await write_down(Act(actor_kind="system", action="test"))
    async with database.as_worker():
        await seal_chain()
        await HeadsDuty("" if kind == "not set" else str(path))()

    assert await alarms(database) == ["audit.heads"]


async def test_a_file_that_is_gone_is_begun_anew_with_an_alarm(
    database: Database, file: Path, time_moves: Travel
) -> None:
    await an_hour_of(database, file)
    async with unguarded(database.owner):
        await database.owner.execute("UPDATE audit_event SET at = at - interval '3 h'")
    remove(file)
    await an_hour_of(database, file)

    assert len(heads_in(file)) == 1
    assert await alarms(database) == ["audit.heads"]


async def test_old_heads_say_that_nobody_writes_them_down(
    database: Database, file: Path, time_moves: Travel
) -> None:
    await an_hour_of(database, file)

    async with database.as_worker():
        async with time_moves(2.9 * HOUR):
            assert await check_heads(file, by_ring=True) is None
        async with time_moves(3.1 * HOUR):
            assert await check_heads(file, by_ring=True) == Finding(ChainFault.LATE, 3)
            assert await check_heads(file, by_ring=False) is None


async def test_of_two_workers_that_write_at_once_one_does(file: Path, ring: None) -> None:
    at = now()
    first = sign_head(at, 1, b"a" * 32)
    with file.open("ab", buffering=0) as written:
        fcntl.flock(written, fcntl.LOCK_EX)
        other = asyncio.create_task(
            asyncio.to_thread(append_when_due, file, at, lambda: sign_head(at, 2, b"b" * 32))
        )
        assert await asyncio.wait([other], timeout=0.2) == (set(), {other})
        written.write(first.line())

    assert await other == (first, first)
    assert heads_in(file) == [first]
