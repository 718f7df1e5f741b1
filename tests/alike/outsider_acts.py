"""What somebody without a name tries, and what B's phones and slips open of B's own charts."""

from http import HTTPStatus
from typing import Final

from httpx import Response

from tests.alike.cast import Cast, said_in
from tests.alike.masking import CODE
from tests.alike.world import World

DEVICE: Final = {"platform": "android", "model": "B", "name": ""}
PAGES: Final = (
    "/v1/me/charts", "/v1/patients/me", "/v1/patients/me/results", "/v1/patients/me/timeline",
    "/v1/patients/me/appointments", "/v1/patients/me/access-log", "/v1/patients/me/changes",
    "/v1/me/notifications", "/v1/me/phones", "/v1/me/devices", "/v1/me/sessions",
    "/v1/me/caregivers", "/v1/me/cared-for",
)  # fmt: skip


async def knocks(world: World, cast: Cast) -> None:
    """Ask for a code without a name, for somebody and one of B's numbers; show a wrong one."""
    said = {"citizenId": cast.one().citizen_id, "phone": cast.dice.choice(cast.phones)}
    answer = world.note("anonymous asks", await world.client.post("/v1/sign-in/codes", json=said))
    challenge = said_in(answer).get("challengeId")
    if challenge:
        shown = {"challengeId": challenge, "code": "000000", "device": DEVICE}
        wrong = await world.client.post("/v1/sign-in/sessions", json=shown)
        world.note("anonymous guesses", wrong)


async def signs_in_as_the_person(world: World, cast: Cast) -> None:
    """Whoever holds a phone that B has stated asks for the person's code, and looks around."""
    phone = cast.dice.choice(cast.phones)
    said = {"citizenId": cast.person.citizen_id, "phone": phone}
    asked = world.note("thief asks", await world.client.post("/v1/sign-in/codes", json=said))
    await world.works()
    code = next((found[0] for found in map(CODE.search, world.heard(phone)) if found), "000000")
    shown = {"challengeId": said_in(asked).get("challengeId"), "code": code, "device": DEVICE}
    await _looks_around(world, cast, await world.client.post("/v1/sign-in/sessions", json=shown))


async def types_a_slip(world: World, cast: Cast) -> None:
    """Somebody of B types a slip of B's desk, and looks around."""
    code = cast.slips[-1][2] if cast.slips else "ABCD-EFGH-JKMN-PQRS-TUWX"
    shown = {"activationCode": code, "device": DEVICE}
    answer = await world.client.post("/v1/sign-in/activations", json=shown)
    await _looks_around(world, cast, answer)


async def _looks_around(world: World, cast: Cast, opened: Response) -> None:
    """Read all pages of an app, say yes to whatever was found, and try to add the person's."""
    world.note("signs in", opened)
    if opened.status_code != HTTPStatus.CREATED:
        return
    shown = {"Authorization": f"Bearer {opened.json()['accessToken']}"}
    for path in PAGES:
        world.note(path, await world.client.get(path, headers=shown))
    listed = await world.client.get("/v1/me/charts", headers=shown)
    found = [each["id"] for each in said_in(listed).get("items", []) if each["state"] == "found"]
    bodies: list[dict[str, object]] = [
        {"citizenId": cast.person.citizen_id, "phone": cast.dice.choice(cast.phones)},
        {"citizenId": cast.person.citizen_id, "phone": cast.person.phones[-1]},
    ]
    if found:
        bodies.append({"charts": found})
    for body in bodies:
        added = await world.client.post("/v1/me/charts", json=body, headers=shown)
        world.note("adds charts", added)
    world.note("/v1/me/charts", await world.client.get("/v1/me/charts", headers=shown))


async def reads_along(world: World, cast: Cast) -> None:  # one form for all acts
    """Look at what is open to anybody."""
    for path in ("/health/live", "/health/ready", "/v1/status", "/v1/sign-in/methods",
                 "/v1/me/charts", "/metrics", "/printed"):  # fmt: skip
        world.note(f"anonymous {path}", await world.client.get(path))
    check = {"code": "ABCD-EFGH-JKMN-PQRS-TUWX"}
    world.note("checks", await world.client.post("/v1/printed-summaries/checks", json=check))
