"""What B's desk can do with the charts that it has looked up: each act is one random choice."""

from http import HTTPStatus
from typing import Any, Final

from tests.alike.cast import SEEN, WHY, Cast, ids_in, said_in
from tests.alike.facility_acts import tells
from tests.alike.masking import CODE, REFERENCE
from tests.alike.people import Somebody
from tests.alike.world import World

OUTCOMES: Final = ("nothing_to_do", "settled")


async def searches(world: World, cast: Cast) -> None:
    """Look somebody up at the desk, and their messages."""
    await _looked_up(world, cast, cast.one())


async def _looked_up(world: World, cast: Cast, who: Somebody) -> str | None:
    """Look somebody up, which opens a case; give the chart that was found, if there is one."""
    by: dict[str, str] = cast.dice.choice(
        (
            {"citizenId": who.citizen_id},
            {"citizenId": who.citizen_id},
            {"phone": cast.dice.choice(cast.phones)},
            {"phone": who.phones[-1]},
            {"phone": who.phones[0]},
        )
    )
    cast.searched = by | {"reason": WHY}
    answer = await world.desk("POST", "/patients/search", **cast.searched)
    world.note("desk searches", answer)
    chart = None
    for item in said_in(answer).get("items", []):
        chart = item["patient"]
        cast.contacts += [(chart, each["contact"]) for each in item.get("phones", [])]
        said = await world.desk("GET", f"/patients/{chart}/messages")
        world.note("desk reads messages", said)
        cast.notices += ids_in(said_in(said), "notification")
    return chart


async def looks_at_tasks(world: World, cast: Cast) -> None:
    answer = world.note("desk reads tasks", await world.desk("GET", "/tasks"))
    tasks = ids_in(said_in(answer), "task")
    if tasks:
        said = {"outcome": cast.dice.choice(OUTCOMES), "reason": WHY}
        path = f"/tasks/{cast.dice.choice(tasks)}/done"
        world.note("desk settles", await world.desk("POST", path, **said))


async def acts_at_the_desk(world: World, cast: Cast) -> None:
    """Do one of the desk's acts on a chart that it has just looked up."""
    chart = await _looked_up(world, cast, cast.one())
    if chart is None:
        return
    own = [contact for of, contact in cast.contacts if of == chart] or [chart]
    at = f"/patients/{chart}/contacts/{cast.dice.choice(own)}"
    act: tuple[str, str, dict[str, Any]] = cast.dice.choice(
        (
            ("GET", f"/patients/{chart}/slips", {}),
            ("DELETE", f"/patients/{chart}/slips", {}),
            ("GET", f"/patients/{chart}/caregivers", {}),
            ("POST", f"{at}/wrong", {"reason": WHY}),
            ("DELETE", f"{at}/wrong", {}),
            ("POST", f"{at}/decline", {"reason": WHY}),
            ("DELETE", f"{at}/decision", {}),
            ("POST", f"/patients/{chart}/held/confirm", SEEN),
            ("POST", f"/patients/{chart}/death/undo", SEEN),
            ("GET", f"/patients/{chart}/merges", {}),
            ("POST", f"/patients/{chart}/merges/undo", SEEN),
            ("POST", f"/patients/{chart}/citizen-id/cancel",
             SEEN | {"citizenId": cast.one().citizen_id}),
            ("POST", f"/patients/{chart}/citizen-id/issue",
             SEEN | {"citizenId": cast.one().citizen_id}),
        )
    )  # fmt: skip
    method, path, body = act
    world.note(f"desk {method} {path.split('/')[-1]}", await world.desk(method, path, **body))
    read = await world.auditor("POST", "/audit/search", patient=chart, reason=WHY)
    world.note("auditor reads", read)


async def reports_a_lost_phone(world: World, cast: Cast) -> None:
    chart = await _looked_up(world, cast, cast.one())
    if chart is not None:
        path = f"/patients/{chart}/lost-phone"
        world.note("desk reports a lost phone", await world.desk("POST", path, **SEEN))


async def looks_at_what_waits(world: World, cast: Cast) -> None:
    """Read the quarantine, both versions of a message, and decide about one."""
    listed = world.note("desk reads the quarantine", await world.desk("GET", "/quarantine"))
    waiting = ids_in(said_in(listed), "message")
    if not waiting:
        return
    path = f"/quarantine/{cast.dice.choice(waiting)}"
    shown = await world.desk("POST", f"{path}/versions", reason=WHY)
    world.note("desk compares", shown)
    charts = ids_in(said_in(shown), "chart")
    if cast.dice.random() < 2 / 3:
        meant = {"chart": cast.dice.choice(charts)} if charts and cast.dice.random() < 0.5 else {}
        taken = await world.desk("POST", f"{path}/let-in", **SEEN, **meant)
        world.note("desk lets in", taken)
    else:
        refused = await world.desk("POST", f"{path}/refuse", why="other_person", reason=WHY)
        world.note("desk refuses", refused)


async def looks_at_all_lists(world: World, cast: Cast) -> None:
    """Read what waits and what is to do, and of each person the messages and the audit."""
    for path in ("/tasks", "/quarantine"):
        world.note(f"desk reads {path}", await world.desk("GET", path))
    for who in (cast.person, *cast.others):
        found = await world.desk("POST", "/patients/search", citizenId=who.citizen_id, reason=WHY)
        world.note("desk searches", found)
        for chart in ids_in(said_in(found), "patient"):
            for page in ("messages", "slips", "caregivers", "merges"):
                path = f"/patients/{chart}/{page}"
                world.note(f"desk reads {page}", await world.desk("GET", path))
            read = await world.auditor("POST", "/audit/search", patient=chart, reason=WHY)
            world.note("auditor reads", read)


async def resends(world: World, cast: Cast) -> None:
    """Tell something, look somebody up, which opens the case, and resend what was seen last."""
    await tells(world, cast)
    await searches(world, cast)
    for notice in cast.notices[-3:]:
        world.note(
            "desk resends", await world.desk("POST", f"/notices/{notice}/resend", reason=WHY)
        )


async def makes_a_slip(world: World, cast: Cast) -> None:
    """Print one, and have a colleague confirm it in half of the cases."""
    chart = await _looked_up(world, cast, cast.one())
    if chart is None:
        return
    path = f"/patients/{chart}/slips"
    made = world.note("desk prints", await world.desk("POST", path, proof="card"))
    if made.status_code != HTTPStatus.CREATED:
        return
    slip = said_in(made)
    cast.slips.append((chart, slip["slip"], slip["activationCode"]))
    if cast.dice.random() < 1 / 2:
        await world.colleague("POST", "/patients/search", **cast.searched)
        confirmed = await world.colleague("POST", f"{path}/{slip['slip']}/confirm", **SEEN)
        world.note("desk confirms a slip", confirmed)


async def binds_a_number(world: World, cast: Cast) -> None:
    """See a paper for a number; bind it by the code that came to it, or by a colleague."""
    chart = await _looked_up(world, cast, cast.one())
    if chart is None:
        return
    own = [contact for of, contact in cast.contacts if of == chart]
    if own and cast.dice.random() < 1 / 2:
        path = f"/patients/{chart}/contacts/{cast.dice.choice(own)}/confirm"
        asked = await world.desk("POST", path, **SEEN)
    else:
        said = SEEN | {"phone": cast.dice.choice(cast.phones)}
        asked = await world.desk("POST", f"/patients/{chart}/numbers", **said)
    answer = said_in(world.note("desk sees a paper", asked))
    if "challengeId" not in answer:
        return
    path = f"/patients/{chart}/contacts/{answer['contact']}"
    if cast.dice.random() < 1 / 2:
        await world.works()
        code = next((found[0] for found in map(CODE.search, world.heard()) if found), "000000")
        shown = {"challengeId": answer["challengeId"], "code": code}
        bound = await world.desk("POST", f"{path}/code", **shown)
    else:
        await world.colleague("POST", "/patients/search", **cast.searched)
        bound = await world.colleague("POST", f"{path}/confirm", **SEEN)
    world.note("desk binds", bound)


async def admits_a_caregiver(world: World, cast: Cast) -> None:
    """Let one chart's person read another chart, and end that again in half of the cases."""
    one, other = cast.dice.sample([cast.person, *cast.others], 2)
    charts = [await _looked_up(world, cast, who) for who in (one, other)]
    if None in charts or charts[0] == charts[1]:
        return
    patient, caregiver = charts
    path = f"/patients/{patient}/caregivers"
    said = {"caregiver": caregiver, "kind": "chosen", "scope": "summary",
            "evidence": "written_request"}  # fmt: skip
    made = world.note("desk admits", await world.desk("POST", path, **said))
    grants = ids_in(said_in(made), "grant")
    if grants and cast.dice.random() < 1 / 2:
        world.note("desk ends a grant", await world.desk("DELETE", f"{path}/{grants[0]}"))


async def reads_a_card(world: World, cast: Cast) -> None:
    who = cast.one()
    born = "".join(reversed(who.birth_date.split("-")))
    text = f"{who.citizen_id}||{who.name}|{born}|Nữ|Hà Nội|01012022"
    world.note("desk reads a card", await world.desk("POST", "/cards", text=text, reason=WHY))


async def looks_a_text_up(world: World, cast: Cast) -> None:
    """Search by the reference of one of the texts that B's phones got last."""
    found = [each[0] for each in map(REFERENCE.search, world.heard()[:8]) if each]
    said = {"reference": cast.dice.choice(found or ["AAAAA"]), "reason": WHY}
    world.note("desk looks a text up", await world.desk("POST", "/messages/search", **said))
