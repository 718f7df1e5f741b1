"""What the person does at A and C, of which B must learn nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from backend.core.clock import now
from backend.sandbox.demo.story_bundles import CITIZEN_ID, Resource, transaction
from tests.alike.masking import CODE
from tests.alike.people import Dice, Somebody
from tests.alike.world import World
from tests.harness.intake.hospital import Hospital

SYSTEM: Final = "urn:elsewhere:patient"


@dataclass
class Life:
    """The person, known at A and C, and what their app holds."""

    dice: Dice
    person: Somebody
    tokens: list[str] = field(default_factory=list)
    count: int = 0

    def next(self) -> int:
        self.count += 1
        return self.count


def _described(life: Life, phone: str) -> Resource:
    person = life.person
    return {
        "resourceType": "Patient",
        "identifier": [{"system": SYSTEM, "value": "P1"},
                       {"system": CITIZEN_ID, "value": person.citizen_id}],
        "name": [{"text": person.name}],
        "gender": person.gender,
        "birthDate": person.birth_date,
        "telecom": [{"system": "phone", "use": "mobile", "value": phone}],
    }  # fmt: skip


async def _at(hospital: Hospital, life: Life, *resources: Resource) -> None:
    answer = await hospital.posts(transaction(f"x{life.next()}", list(resources)))
    assert answer.status_code == 200, answer.text


async def is_registered(world: World, life: Life) -> None:
    for hospital in (world.a, world.c):
        await _at(hospital, life, _described(life, life.person.phones[0]))


async def gets_results(world: World, life: Life) -> None:
    number = quote(f"{SYSTEM}|P1", safe=":|")
    for hospital in (world.a, world.c):
        n = life.next()
        await _at(hospital, life, {
            "resourceType": "Observation",
            "identifier": [{"system": "urn:elsewhere:observation", "value": f"O{n}"}],
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hb"},
            "subject": {"reference": f"Patient?identifier={number}"},
            "effectiveDateTime": now().replace(second=0, microsecond=0).isoformat(),
            "valueQuantity": {"value": n, "unit": "g/dL"},
        })  # fmt: skip


async def signs_in(world: World, life: Life) -> None:
    """Ask for a code with the number, and show it as soon as it came."""
    phone = life.person.phones[0]
    said = {"citizenId": life.person.citizen_id, "phone": phone}
    asked = await world.client.post("/v1/sign-in/codes", json=said)
    await world.works()
    sent = [CODE.search(each) for each in world.texts_to(phone)]
    code = next((found[0] for found in reversed(sent) if found), None)
    if asked.status_code != 202 or code is None:
        return
    shown = {"challengeId": asked.json()["challengeId"], "code": code,
             "device": {"platform": "android", "model": "Pixel", "name": ""}}  # fmt: skip
    opened = await world.client.post("/v1/sign-in/sessions", json=shown)
    if opened.status_code == 201:
        life.tokens.append(opened.json()["accessToken"])


async def uses_the_app(world: World, life: Life) -> None:
    """Read, opt out, add a number, say yes to charts that are not B's, sign out."""
    if not life.tokens:
        await signs_in(world, life)
        return
    shown = {"Authorization": f"Bearer {life.tokens[-1]}"}
    acts: tuple[tuple[str, str, Any], ...] = (
        ("GET", "/v1/patients/me/results", None),
        ("GET", "/v1/me/charts", None),
        ("GET", "/v1/me/notifications", None),
        ("PUT", "/v1/me/preferences", {"results": False}),
        ("POST", "/v1/me/phones", {"phone": life.person.phones[1]}),
        ("PUT", "/v1/me/devices/current/push-token", {"token": f"t{life.next()}"}),
        ("POST", "/v1/sign-out", None),
    )
    method, path, body = life.dice.choice(acts)
    await world.client.request(method, path, json=body, headers=shown)


async def says_yes(world: World, life: Life) -> None:
    """Open the charts of A and C that were found; whatever is B's stays closed."""
    if not life.tokens:
        return
    shown = {"Authorization": f"Bearer {life.tokens[-1]}"}
    listed = await world.client.get("/v1/me/charts", headers=shown)
    if listed.status_code != 200:
        return
    rows = await world.database.owner.fetch(
        "SELECT id FROM patient WHERE facility = ANY($1)", [world.a.facility, world.c.facility]
    )
    not_b = {str(row["id"]) for row in rows}
    found = [each["id"] for each in listed.json()["items"] if each["state"] == "found"]
    elsewhere = [each for each in found if each in not_b]
    if not elsewhere:
        return
    body = {"charts": elsewhere}
    await world.client.post("/v1/me/charts", json=body, headers=shown)


async def changes_numbers(world: World, life: Life) -> None:
    hospital = life.dice.choice((world.a, world.c))
    await _at(hospital, life, _described(life, life.dice.choice(life.person.phones)))


LIVES: Final[tuple[Callable[[World, Life], Awaitable[None]], ...]] = (
    gets_results, signs_in, signs_in, says_yes, uses_the_app, uses_the_app, uses_the_app,
    changes_numbers,
)  # fmt: skip
