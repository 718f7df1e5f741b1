"""What B's desk can do with the charts that it has looked up: each act is one random choice."""

from http import HTTPStatus
from typing import Any

from tests.alike.cast import SEEN, WHY, Cast, ids_in, said_in
from tests.alike.masking import CODE, REFERENCE
from tests.alike.world import World


async def searches(world: World, cast: Cast) -> None:
    """Look somebody up at the desk, and their messages."""
    by: dict[str, str] = cast.dice.choice(
        ({"citizenId": cast.one().citizen_id}, {"phone": cast.dice.choice(cast.phones)},
         {"phone": cast.person.phones[0]})
    )  # fmt: skip
    answer = world.note(
        "desk searches", await world.desk("POST", "/patients/search", **by, reason=WHY)
    )
    for item in answer.json().get("items", []) if answer.status_code == 200 else []:
        cast.charts.append(item["patient"])
        cast.contacts += [(item["patient"], each["contact"]) for each in item.get("phones", [])]
        said = await world.desk("GET", f"/patients/{item['patient']}/messages")
        world.note("desk reads messages", said)
        cast.notices += ids_in(said_in(said), "notification")


async def looks_at_tasks(world: World, cast: Cast) -> None:
    answer = world.note("desk reads tasks", await world.desk("GET", "/tasks"))
    cast.tasks += ids_in(said_in(answer), "task")
    if cast.tasks:
        path = f"/tasks/{cast.dice.choice(cast.tasks)}/done"
        world.note("desk settles", await world.desk("POST", path, outcome="seen", reason=WHY))


async def acts_at_the_desk(world: World, cast: Cast) -> None:
    """Do one of the desk's acts on a chart that it has seen."""
    if not cast.charts:
        await searches(world, cast)
        return
    chart = cast.dice.choice(cast.charts)
    contact = cast.dice.choice(cast.contacts or [(chart, chart)])
    act: tuple[str, str, dict[str, Any]] = cast.dice.choice(
        (
            ("GET", f"/patients/{chart}/slips", {}),
            ("DELETE", f"/patients/{chart}/slips", {"reason": WHY}),
            ("GET", f"/patients/{chart}/caregivers", {}),
            ("POST", f"/patients/{contact[0]}/contacts/{contact[1]}/wrong", {"reason": WHY}),
            ("DELETE", f"/patients/{contact[0]}/contacts/{contact[1]}/wrong", {}),
            ("POST", f"/patients/{contact[0]}/contacts/{contact[1]}/decline", {"reason": WHY}),
            ("DELETE", f"/patients/{contact[0]}/contacts/{contact[1]}/decision", {}),
            ("POST", f"/patients/{chart}/lost-phone", SEEN),
            ("POST", f"/patients/{chart}/held/confirm", SEEN),
            ("POST", f"/patients/{chart}/death/undo", SEEN),
            ("GET", f"/patients/{chart}/merges", {}),
            ("POST", f"/patients/{chart}/merges/undo", SEEN),
            ("POST", f"/patients/{chart}/citizen-id/cancel",
             SEEN | {"citizenId": cast.one().citizen_id}),
            ("POST", f"/patients/{chart}/citizen-id/issue",
             SEEN | {"citizenId": cast.one().citizen_id}),
            ("POST", "/audit/search", {"patient": chart, "reason": WHY}),
        )
    )  # fmt: skip
    method, path, body = act
    world.note(f"desk {method}", await world.desk(method, path, **body))


async def looks_at_what_waits(world: World, cast: Cast) -> None:
    """Read the quarantine, both versions of a message, and decide about one."""
    listed = world.note("desk reads the quarantine", await world.desk("GET", "/quarantine"))
    waiting = ids_in(said_in(listed), "message")
    if not waiting:
        return
    path = f"/quarantine/{cast.dice.choice(waiting)}"
    shown = await world.desk("POST", f"{path}/versions", reason=WHY)
    world.note("desk compares", shown)
    if cast.dice.random() < 1 / 2:
        taken = await world.desk("POST", f"{path}/let-in", proof="card", reason=WHY)
        world.note("desk lets in", taken)
    else:
        refused = await world.desk("POST", f"{path}/refuse", why="other_person", reason=WHY)
        world.note("desk refuses", refused)


async def resends(world: World, cast: Cast) -> None:
    """Look somebody up, which opens the case, and resend a notice that was seen last."""
    await searches(world, cast)
    for notice in cast.notices[-1:]:
        world.note(
            "desk resends", await world.desk("POST", f"/notices/{notice}/resend", reason=WHY)
        )


async def makes_a_slip(world: World, cast: Cast) -> None:
    """Print one, and have a colleague confirm it in half of the cases."""
    if not cast.charts:
        await searches(world, cast)
    for chart in cast.charts[-1:]:
        made = world.note(
            "desk prints", await world.desk("POST", f"/patients/{chart}/slips", proof="card")
        )
        if made.status_code != HTTPStatus.CREATED:
            return
        slip = said_in(made)
        cast.slips.append((chart, slip["slip"], slip["activationCode"]))
        if cast.dice.random() < 1 / 2:
            path = f"/patients/{chart}/slips/{slip['slip']}/confirm"
            await world.colleague("POST", "/patients/search", **_by_phone(cast))
            world.note("desk confirms a slip", await world.colleague("POST", path, **SEEN))


async def binds_a_number(world: World, cast: Cast) -> None:
    """See a paper for a number; bind it by the code that came to it, or by a colleague."""
    if not cast.contacts:
        await searches(world, cast)
    for chart, contact in cast.contacts[-1:]:
        if cast.dice.random() < 1 / 2:
            phone = cast.dice.choice(cast.phones)
            asked = await world.desk("POST", f"/patients/{chart}/numbers", phone=phone, **SEEN)
        else:
            path = f"/patients/{chart}/contacts/{contact}/confirm"
            asked = await world.desk("POST", path, **SEEN)
        world.note("desk sees a paper", asked)
        said = said_in(asked)
        if "challengeId" not in said:
            return
        path = f"/patients/{chart}/contacts/{said['contact']}"
        if cast.dice.random() < 1 / 2:
            await world.works()
            code = next((found[0] for found in map(CODE.search, world.heard()) if found), "000000")
            shown = {"challengeId": said["challengeId"], "code": code}
            bound = await world.desk("POST", f"{path}/code", **shown)
        else:
            await world.colleague("POST", "/patients/search", **_by_phone(cast))
            bound = await world.colleague("POST", f"{path}/confirm", **SEEN)
        world.note("desk binds", bound)


async def admits_a_caregiver(world: World, cast: Cast) -> None:
    """Let one chart's person read another chart, and end that again."""
    charts = list(dict.fromkeys(cast.charts))
    if len(charts) < 2:  # a pair
        await searches(world, cast)
        return
    patient, caregiver = cast.dice.sample(charts, 2)
    scope = cast.dice.choice(("full", "summary"))
    said = {"caregiver": caregiver, "kind": "chosen", "scope": scope,
            "evidence": "written_request"}  # fmt: skip
    made = await world.desk("POST", f"/patients/{patient}/caregivers", **said)
    world.note("desk admits", made)
    cast.grants += [(patient, grant) for grant in ids_in(said_in(made), "grant")]
    if cast.grants and cast.dice.random() < 1 / 2:
        chart, grant = cast.grants[-1]
        ended = await world.desk("DELETE", f"/patients/{chart}/caregivers/{grant}")
        world.note("desk ends a grant", ended)


async def reads_a_card(world: World, cast: Cast) -> None:
    who = cast.one()
    born = "".join(reversed(who.birth_date.split("-")))
    text = f"{who.citizen_id}||{who.name}|{born}|Nữ|Hà Nội|01012022"
    world.note("desk reads a card", await world.desk("POST", "/cards", text=text, reason=WHY))


async def looks_a_text_up(world: World, cast: Cast) -> None:
    """Search by the reference of the text that B's phones got last."""
    found = [each[0] for each in map(REFERENCE.search, world.heard()) if each]
    said = {"reference": found[0] if found else "AAAAA", "reason": WHY}
    answer = await world.desk("POST", "/messages/search", **said)
    world.note("desk looks a text up", answer)
    cast.charts += ids_in(said_in(answer), "patient")


def _by_phone(cast: Cast) -> dict[str, str]:
    return {"phone": cast.dice.choice(cast.phones), "reason": WHY}
