"""Planted rows of what guards the hub: held texts, counts, refusals, the audit chain."""

from backend.core.audit_chain.heads_file import heads_in
from backend.notifications.kinds import Lane
from tests.harness.audit import an_hour_of
from tests.harness.makers import a_facility
from tests.harness.unguarded import unguarded
from tests.planted_rows.ground import MANY, Ground, Look

_WAIT = """
INSERT INTO waiting_text (id, facility, contact, number_hash, prefix_hash, brake, lane, waits_since)
SELECT d.id, $2, d.contact, uuid_send(d.id), uuid_send(d.id), 'first_texts_spent', $3,
       hub_clock() - interval '1 hour'
  FROM delivery d WHERE d.id = ANY($1)
"""
ROBOT_TEXTS = 20_001
"""One more than all facilities together may send in an hour."""


async def a_waiting_text_that_postgresql_refuses(ground: Ground) -> Look:
    bad = await ground.deliveries(status="held")
    good = await ground.deliveries(2, status="held")
    other = await a_facility(ground.database)
    await ground.run(_WAIT, [*bad, good[0]], ground.tu.facility, int(Lane.IN_BUILDING))
    await ground.run(_WAIT, [good[1]], other, int(Lane.IN_BUILDING))
    await ground.refuse("UPDATE", "delivery", f"NEW.id <= '{max(bad)}'")

    async def look() -> str:
        assert await ground.statuses(good) == {("planned", "")}
        assert await ground.column("SELECT id FROM waiting_text") == set(bad)
        return f"the text behind {MANY} leaves, and that of another facility; they wait"

    return look


async def a_waiting_text_that_somebody_locks(ground: Ground) -> Look:
    texts = sorted(await ground.deliveries(2, status="held"))
    await ground.run(_WAIT, texts, ground.tu.facility, int(Lane.IN_BUILDING))

    async def look() -> str:
        assert await ground.statuses(texts[1:]) == {("planned", "")}
        assert await ground.statuses(texts[:1]) == {("held", "")}
        return "the other text leaves; the locked one waits"

    return look


async def a_returning_text_that_postgresql_refuses(ground: Ground) -> Look:
    texts = sorted(await ground.deliveries(status="held"))
    bad, good = texts[:-1], texts[-1]
    await ground.run("UPDATE delivery SET reason = 'facility_suspended'")
    await ground.refuse("UPDATE", "delivery", f"NEW.id <> '{good}'")

    async def look() -> str:
        assert await ground.statuses([good]) == {("held", "let_go")}
        assert await ground.statuses(bad) == {("held", "facility_suspended")}
        return f"the text behind {len(bad)} returns with its facility; they wait"

    return look


async def a_booked_text_of_a_newer_process(ground: Ground) -> Look:
    await ground.run(
        "INSERT INTO booked_text (id, facility, contact, number_hash, origin, bound, booked_at,"
        " counted) SELECT uuidv7(), $1, $2, int4send(n), 'robot', false, hub_clock(), true"
        " FROM generate_series(1, $3) n",
        ground.tu.facility, ground.tu.contact, ROBOT_TEXTS,
    )  # fmt: skip

    async def look() -> str:
        return "counted like any other"

    return look


async def a_tally_that_postgresql_refuses(ground: Ground) -> Look:
    await ground.run(
        "INSERT INTO refusal_tally (id, key, actor_kind, action, result, network, times, begun_at)"
        " SELECT uuidv7(), int4send(n), 'nobody', 'sign_in', 'refused', '', 2 + n,"
        "  hub_clock() - interval '1 hour' FROM generate_series(0, $1) n",
        MANY,
    )
    await ground.refuse("DELETE", "refusal_tally", f"OLD.key <> int4send({MANY})")

    async def look() -> str:
        assert await ground.value("SELECT count(*) FROM refusal_tally") == MANY
        written = await ground.column("SELECT stands_for FROM audit_event WHERE action = 'sign_in'")
        assert written == {MANY + 1}
        return f"the refusals behind {MANY} are written down; they wait"

    return look


async def a_head_that_cannot_be_read(ground: Ground) -> Look:
    await an_hour_of(ground.database, ground.heads)
    before = len(heads_in(ground.heads))
    with ground.heads.open("r+b") as file:
        file.write(b"\xff" * 20)

    async def look() -> str:
        assert (before, len(heads_in(ground.heads))) == (1, 1)
        assert ground.heads.read_bytes().startswith(b"\xff")
        return "a new head stands behind it; it is left as it is"

    return look


async def a_sealed_row_of_a_newer_process(ground: Ground) -> Look:
    await ground.run(
        "INSERT INTO audit_event (actor_kind, action, result, why, why_digest)"
        " VALUES ('robot', 'charts.joined', 'half', 'x', 'y')"
    )
    await an_hour_of(ground.database, ground.heads)

    async def look() -> str:
        checks = await ground.database.owner.fetch("SELECT place, fault FROM audit_check")
        assert [tuple(check) for check in checks] == [(4, "")]
        return "it and the rows behind it are checked"

    return look


async def a_row_whose_id_has_no_time(ground: Ground) -> Look:
    owner = ground.database.owner
    newest = await owner.fetchval("SELECT max(part::text) FROM hub_months()")
    await ground.run(f"ALTER TABLE received_event DETACH PARTITION {newest}; DROP TABLE {newest}")
    async with unguarded(owner):
        await ground.run(
            "INSERT INTO audit_event (id, at, actor_kind, action, written_by)"
            " VALUES (gen_random_uuid(), now(), 'robot', 'half', pg_current_xact_id())"
        )

    async def look() -> str:
        assert await ground.value("SELECT count(*) FROM audit_event WHERE actor_kind = 'robot'")
        assert await ground.value("SELECT max(part::text) FROM hub_months()") == newest
        return "it stays among the rows of no month, and the missing month is made"

    return look


async def a_sealed_row_that_was_changed(ground: Ground) -> Look:
    await an_hour_of(ground.database, ground.heads)
    async with unguarded(ground.database.owner):
        await ground.run("UPDATE audit_event SET action = 'x' WHERE place = 1")

    async def look() -> str:
        checks = await ground.database.owner.fetch("SELECT place, fault FROM audit_check")
        assert [tuple(check) for check in checks] == [(3, "hash")]
        return "the check has come to its end and says what is wrong"

    return look
