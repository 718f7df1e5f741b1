"""Planted rows of what is sent: numbers, tokens, kinds, channels, codes, doubts."""

from datetime import timedelta

from backend.gateways.sender import ListedText
from backend.notifications.kinds import Kind
from tests.harness.notifications.steps import a_due_push, a_due_text
from tests.planted_rows.ground import MANY, Ground, Look

NEWER = "vaccine.due"
"""A kind that only a newer process knows."""


async def a_number_that_does_not_open(ground: Ground) -> Look:
    bad = await ground.deliveries(contacts=await ground.contacts())
    good = await a_due_text(ground.database, ground.tu)

    async def look() -> str:
        assert await ground.statuses([good]) == {("sent", "")}
        assert await ground.statuses(bad) == {("technical_failure", "address_unreadable")}
        assert len(ground.provider.sent) == 1
        return f"the text behind {MANY} was sent; they are technical_failure/address_unreadable"

    return look


async def a_push_token_that_does_not_open(ground: Ground) -> Look:
    bad = await ground.deliveries(1, channel="push")
    await ground.damage("device", "push_token", [ground.tu.devices[0]])
    good = await a_due_text(ground.database, ground.tu)

    async def look() -> str:
        assert await ground.statuses([good]) == {("sent", "")}
        assert await ground.statuses(bad) == {("technical_failure", "address_unreadable")}
        followed = await ground.column(
            "SELECT status || '/' || reason FROM delivery WHERE channel = 'sms' AND notification ="
            " (SELECT notification FROM delivery WHERE id = $1)",
            bad[0],
        )
        assert followed == {"sent/"}
        return "other texts were sent; a text followed in place of the push"

    return look


async def a_delivery_that_postgresql_refuses(ground: Ground) -> Look:
    bad = await ground.deliveries(3)
    await ground.refuse("UPDATE", "delivery", f"NEW.id <= '{max(bad)}' AND NEW.status = 'sending'")
    good = await a_due_text(ground.database, ground.tu)

    async def look() -> str:
        assert await ground.statuses([good]) == {("sent", "")}
        assert await ground.statuses(bad) == {("technical_failure", "unreadable")}
        return "the text behind it was sent; it is technical_failure/unreadable"

    return look


async def a_kind_of_a_newer_process(ground: Ground) -> Look:
    bad = await ground.deliveries(5 * MANY, kind=NEWER)
    bad += await ground.deliveries(3, kind=NEWER, channel="push")
    good = await a_due_text(ground.database, ground.tu)

    async def look() -> str:
        assert await ground.statuses([good]) == {("sent", "")}
        assert await ground.statuses(bad) == {("planned", "")}
        assert await ground.value("SELECT count(*) FROM attempt") == 1
        return (
            f"the text behind {len(bad)} was sent; they are planned as before, and were not tried"
        )

    return look


async def a_channel_of_a_newer_process(ground: Ground) -> Look:
    bad = await ground.deliveries(5 * MANY, channel="mail")
    good = await a_due_text(ground.database, ground.tu)

    async def look() -> str:
        assert await ground.statuses([good]) == {("sent", "")}
        assert await ground.statuses(bad) == {("planned", "")}
        return f"the text behind {5 * MANY} was sent; they are planned as before"

    return look


async def a_time_that_no_calendar_has(ground: Ground) -> Look:
    bad = await ground.deliveries(3, kind="appointment.booked")
    await ground.run("UPDATE notification SET starts_at = '20000-01-01 00:00Z' WHERE lane = 2")
    good = await a_due_text(ground.database, ground.tu, Kind.APPOINTMENT_MOVED)

    async def look() -> str:
        assert await ground.statuses([good]) == {("sent", "")}
        assert {status for status, _ in await ground.statuses(bad)} <= {
            "technical_failure", "sent",
        }  # fmt: skip
        return "the text behind it was sent; it is over, too"

    return look


async def a_code_for_a_number_that_does_not_open(ground: Ground) -> Look:
    for contact in await ground.contacts(60):
        await ground.challenge(contact)
    good = await ground.challenge(ground.tu.contact)

    async def look() -> str:
        found = await ground.column("SELECT withheld FROM sign_in_challenge WHERE id <> $1", good)
        assert found == {"unreadable"}
        assert await ground.column("SELECT subject FROM notification") == {good}
        return "the code behind 60 is planned; they are withheld as unreadable"

    return look


async def a_code_that_postgresql_refuses(ground: Ground) -> Look:
    bad = await ground.challenge(ground.tu.contact)
    await ground.refuse("INSERT", "notification", f"NEW.subject = '{bad}'")
    good = await ground.challenge(ground.tu.contact)

    async def look() -> str:
        withheld = "SELECT withheld FROM sign_in_challenge WHERE id = $1"
        assert await ground.value(withheld, bad) == "unreadable"
        assert await ground.column("SELECT subject FROM notification") == {good}
        return "the code behind it is planned; it is withheld as unreadable"

    return look


async def a_purpose_of_a_newer_process(ground: Ground) -> Look:
    for _ in range(60):
        await ground.challenge(ground.tu.contact, "approval")
    good = await ground.challenge(ground.tu.contact)

    async def look() -> str:
        untold = await ground.column("SELECT purpose FROM sign_in_challenge WHERE told_at IS NULL")
        assert untold == {"approval"}
        assert await ground.column("SELECT subject FROM notification") == {good}
        return "the code behind 60 is planned; nobody has taken them up"

    return look


async def _in_doubt(ground: Ground) -> tuple[Look, str]:
    good = (await ground.deliveries(1, status="in_doubt"))[0]
    await ground.run(
        "UPDATE delivery SET reference = 'ABCDE', next_listing_at = hub_clock() WHERE id = $1", good
    )
    await ground.run(
        "INSERT INTO attempt (delivery, worker, claimed_at, outcome) SELECT id, 'dead',"
        " hub_clock() - $1::interval, 'in_doubt' FROM delivery",
        timedelta(minutes=2),
    )
    now = await ground.value("SELECT hub_clock()")
    ground.provider.accepted.append(ListedText("SM-good", "Ban co tin ABCDE", "sent", now))

    async def look() -> str:
        assert await ground.statuses([good]) == {("sent", "")}
        return "the text behind it was found in the list"

    return look, str(good)


async def a_doubt_about_a_number_that_does_not_open(ground: Ground) -> Look:
    bad = await ground.deliveries(60, contacts=await ground.contacts(60), status="in_doubt")
    look_at_good, _ = await _in_doubt(ground)

    async def look() -> str:
        assert await ground.statuses(bad) == {("technical_failure", "address_unreadable")}
        return f"{await look_at_good()}; 60 are technical_failure/address_unreadable"

    return look


async def a_doubt_about_a_kind_of_a_newer_process(ground: Ground) -> Look:
    bad = await ground.deliveries(60, kind=NEWER, status="in_doubt")
    look_at_good, _ = await _in_doubt(ground)

    async def look() -> str:
        assert await ground.statuses(bad) == {("in_doubt", "")}
        return f"{await look_at_good()}; 60 are in doubt as before"

    return look


async def a_dead_claim_of_a_newer_kind(ground: Ground) -> Look:
    bad = await ground.deliveries(kind=NEWER, status="sending")
    good = await ground.deliveries(1, status="sending")

    async def look() -> str:
        assert await ground.statuses(good) == {("in_doubt", "worker_silent")}
        assert await ground.statuses(bad) == {("sending", "")}
        return "a dead worker's text is in doubt; a newer process decides about the newer kind"

    return look


async def a_push_beside_it(ground: Ground) -> Look:
    bad = await ground.deliveries(contacts=await ground.contacts())
    good = await a_due_push(ground.database, ground.tu)

    async def look() -> str:
        assert await ground.statuses([good]) == {("sent", "")}
        assert await ground.statuses(bad) == {("technical_failure", "address_unreadable")}
        return f"the push behind {MANY} texts was sent"

    return look


async def a_delivery_that_nobody_can_end(ground: Ground) -> Look:
    bad = await ground.deliveries(contacts=await ground.contacts())
    await ground.refuse("UPDATE", "delivery", f"NEW.id <= '{max(bad)}'")
    good = await a_due_text(ground.database, ground.tu)

    async def look() -> str:
        assert await ground.statuses([good]) == {("sent", "")}
        assert await ground.statuses(bad) == {("planned", "")}
        return f"the text behind {MANY} was sent; they wait"

    return look


async def a_text_that_cannot_be_booked(ground: Ground) -> Look:
    bad = await ground.deliveries(contacts=await ground.contacts())
    await ground.refuse("INSERT", "booked_text", f"NEW.id <= '{max(bad)}'")
    good = await a_due_text(ground.database, ground.tu)

    async def look() -> str:
        assert await ground.statuses([good]) == {("sent", "")}
        assert await ground.statuses(bad) == {("technical_failure", "unreadable")}
        return f"the text behind {MANY} was sent; they are technical_failure/unreadable"

    return look
