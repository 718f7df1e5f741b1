"""Planted rows of what is planned, released, ended, counted and forgotten."""

from tests.harness.makers import a_patient
from tests.planted_rows.ground import MANY, Ground, Look
from tests.planted_rows.sending import NEWER

_DEFER = (
    "INSERT INTO deferred_notice (patient, facility, kind, subject, due_at)"
    " SELECT $1, $2, $3, uuidv7(), hub_clock() - interval '1 minute' * $4"
    " FROM generate_series(1, $5)"
)


async def a_deferred_notice_of_a_newer_kind(ground: Ground) -> Look:
    tu = ground.tu
    await ground.run(_DEFER, tu.id, tu.facility, NEWER, 60, MANY)
    await ground.run(_DEFER, tu.id, tu.facility, "result.ready", 1, 1)

    async def look() -> str:
        assert await ground.column("SELECT kind FROM notification") == {"result.ready"}
        waiting = await ground.value("SELECT count(*) FROM deferred_notice WHERE kind = $1", NEWER)
        assert waiting == MANY
        return f"the notice behind {MANY} is planned; they wait for a newer process"

    return look


async def a_deferred_notice_that_postgresql_refuses(ground: Ground) -> Look:
    tu = ground.tu
    others = [await a_patient(ground.database, tu.facility, phone=None) for _ in range(60)]
    for other in others:
        await ground.run(_DEFER, other.id, tu.facility, "document.ready", 60, 1)
    await ground.refuse("INSERT", "notification", "NEW.kind = 'document.ready'")
    await ground.run(_DEFER, tu.id, tu.facility, "document.ready", 50, 1)
    await ground.run(_DEFER, tu.id, tu.facility, "result.ready", 1, 1)

    async def look() -> str:
        assert await ground.column("SELECT kind FROM notification") == {"result.ready"}
        assert await ground.value("SELECT count(*) FROM deferred_notice") == len(others) + 1
        return "the notice behind 61 is planned, also of the same patient; they wait"

    return look


async def a_record_that_cannot_be_shown(ground: Ground) -> Look:
    tu = ground.tu
    others = [await a_patient(ground.database, tu.facility, phone=None) for _ in range(MANY)]
    ids = [other.id for other in others] + [tu.id]
    await ground.run(
        "INSERT INTO procedure (facility, patient, release_at, key)"
        " SELECT $1, p, hub_clock() - interval '1 hour', p::text FROM unnest($2::uuid[]) p",
        tu.facility, ids,
    )  # fmt: skip
    await ground.run("INSERT INTO patient_change (patient) SELECT unnest($1::uuid[])", ids)
    await ground.refuse(
        "UPDATE", "procedure", f"NEW.patient <> '{tu.id}' AND NEW.visible_from IS NOT NULL"
    )

    async def look() -> str:
        shown = await ground.column("SELECT patient FROM procedure WHERE visible_from IS NOT NULL")
        assert shown == {tu.id}
        return f"the record behind those of {MANY} patients is shown; theirs wait"

    return look


async def a_grant_that_cannot_be_reviewed(ground: Ground) -> Look:
    tu = ground.tu
    others = [await a_patient(ground.database, tu.facility, phone=None) for _ in range(60)]
    await ground.run(
        "INSERT INTO caregiver_grant (patient, caregiver, scope, review_at, review_age, begins_at)"
        " SELECT p, $1, 'full', hub_clock() - interval '1 day', 7, hub_clock()"
        " FROM unnest($2::uuid[]) WITH ORDINALITY AS u (p, n) ORDER BY n",
        tu.id, [other.id for other in others],
    )  # fmt: skip
    await ground.refuse("INSERT", "desk_task", f"NEW.patient <> '{others[-1].id}'")

    async def look() -> str:
        assert await ground.column("SELECT patient FROM desk_task") == {others[-1].id}
        return "the review behind 59 is on the desk; they wait"

    return look


async def a_pair_that_cannot_be_closed(ground: Ground) -> Look:
    await ground.run(
        "INSERT INTO sign_in_pair (id, subject_hash, number_hash, patient, wrong_at,"
        "  closed_until) SELECT uuidv7(), int4send(n), '', $1, array_fill(t, ARRAY[20]), t"
        " FROM (SELECT hub_clock() - interval '1 minute' AS t) ago, generate_series(0, $2) n",
        ground.tu.id, MANY,
    )  # fmt: skip
    await ground.refuse("UPDATE", "sign_in_pair", f"NEW.subject_hash <> int4send({MANY})")

    async def look() -> str:
        closed = await ground.column(
            "SELECT subject_hash FROM sign_in_pair WHERE closed_until > hub_clock()"
        )
        assert closed == {MANY.to_bytes(4)}
        return f"the pair behind {MANY} is closed; they wait"

    return look


async def a_row_that_cannot_be_deleted(ground: Ground) -> Look:
    await ground.run(
        "INSERT INTO used_proof (hash, expires_at)"
        " SELECT int4send(n), hub_clock() - interval '1 hour' FROM generate_series(0, $1) n",
        MANY,
    )
    await ground.run(
        "INSERT INTO alarm (kind, about, raised_at)"
        " VALUES ('codes.day', '', hub_clock() - interval '60 days')"
    )
    await ground.refuse("DELETE", "used_proof", f"OLD.hash <> int4send({MANY})")

    async def look() -> str:
        assert await ground.value("SELECT count(*) FROM used_proof") == MANY
        assert await ground.value("SELECT count(*) FROM alarm WHERE kind = 'codes.day'") == 0
        return f"the proof behind {MANY}, and old alarms, are deleted; they stay"

    return look


async def a_held_delivery_that_somebody_locks(ground: Ground) -> Look:
    good = (await ground.deliveries(2, status="held"))[1]

    async def look() -> str:
        assert await ground.statuses([good]) == {("planned", "")}
        return "the other delivery is planned; the locked one waits"

    return look


async def a_late_delivery_that_somebody_locks(ground: Ground) -> Look:
    good = (await ground.deliveries(2))[1]
    await ground.run("UPDATE notification SET expires_at = hub_clock() - interval '1 minute'")

    async def look() -> str:
        assert await ground.statuses([good]) == {("expired", "too_late")}
        return "the other delivery has ended; the locked one waits"

    return look


async def a_held_delivery_that_postgresql_refuses(ground: Ground) -> Look:
    bad, good = sorted(await ground.deliveries(2, status="held"))
    await ground.refuse("UPDATE", "delivery", f"NEW.id = '{bad}'")

    async def look() -> str:
        assert await ground.statuses([good]) == {("planned", "")}
        return "the other delivery is planned; it waits"

    return look


async def a_late_delivery_that_postgresql_refuses(ground: Ground) -> Look:
    bad, good = sorted(await ground.deliveries(2))
    await ground.run("UPDATE notification SET expires_at = hub_clock() - interval '1 minute'")
    await ground.refuse("UPDATE", "delivery", f"NEW.id = '{bad}'")

    async def look() -> str:
        assert await ground.statuses([good]) == {("expired", "too_late")}
        return "the other delivery has ended; it waits"

    return look


async def a_dead_claim_that_postgresql_refuses(ground: Ground) -> Look:
    bad, good = sorted(await ground.deliveries(2, status="sending"))
    await ground.refuse("UPDATE", "delivery", f"NEW.id = '{bad}'")

    async def look() -> str:
        assert await ground.statuses([good]) == {("in_doubt", "worker_silent")}
        return "the other dead claim is in doubt; it waits"

    return look


async def a_status_of_a_newer_process(ground: Ground) -> Look:
    await ground.deliveries(3, status="paused")
    await ground.deliveries(2)

    async def look() -> str:
        return "counted without it"

    return look


async def a_challenge_of_a_newer_purpose(ground: Ground) -> Look:
    await ground.challenge(ground.tu.contact, "approval")

    async def look() -> str:
        return "counted like any other"

    return look


async def an_audit_row_of_a_newer_process(ground: Ground) -> Look:
    await ground.run(
        "INSERT INTO audit_event (actor_kind, action, result)"
        " VALUES ('robot', 'charts.joined', 'half'), ('system', 'test', 'done')"
    )

    async def look() -> str:
        assert await ground.value("SELECT count(*) FROM audit_event WHERE place IS NULL") == 0
        return "it and the row behind it are sealed"

    return look


async def a_tombstone_of_a_newer_kind(ground: Ground) -> Look:
    await ground.run(
        "INSERT INTO tombstone (id, patient, kind, record, restricted, change_n)"
        " SELECT uuidv7(interval '-401 days'), $1, kind, uuidv7(), false, 1"
        " FROM unnest(ARRAY['genome', 'result']) kind",
        ground.tu.id,
    )

    async def look() -> str:
        assert await ground.value("SELECT count(*) FROM tombstone") == 0
        return "it and the one behind it are deleted"

    return look


async def a_signing_key_that_does_not_open(ground: Ground) -> Look:
    await ground.run(
        "INSERT INTO hub_key (name, purpose, secret, current_from) VALUES"
        " ('signing8', 'signing', '\\x00', hub_clock()), ('cards1', 'cards', '\\x00', hub_clock())"
    )

    async def look() -> str:
        await ground.run("DELETE FROM hub_key WHERE name IN ('signing8', 'cards1')")
        return "the other keys are in use"

    return look
