"""What the person does at A and C, of which B must learn nothing."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from httpx import Response

from backend.core.clock import now
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import new_id
from backend.sandbox.demo.story_bundles import CITIZEN_ID, Resource, transaction
from tests.alike.masking import CODE
from tests.alike.people import Dice, Somebody
from tests.alike.world import World
from tests.harness.auth.slips import a_slip
from tests.harness.intake.hospital import Hospital

SYSTEM: Final = "urn:elsewhere:patient"
DEVICE: Final = {"platform": "android", "model": "Pixel", "name": ""}
MANY: Final = 100
"""Texts of others to one number: more than the cap over all lets through in a day."""


@dataclass
class Life:
    """The person, known at A and C, and what their app holds."""

    dice: Dice
    person: Somebody
    tokens: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    """How often each act did what it is about."""
    count: int = 0

    def next(self) -> int:
        self.count += 1
        return self.count

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[-1]}"}


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
    assert answer.status_code == HTTPStatus.OK, answer.text


async def is_registered(world: World, life: Life) -> None:
    """Become a patient of A and of C, with the number that is used first."""
    for hospital in (world.a, world.c):
        await _at(hospital, life, _described(life, life.person.phones[0]))


async def gets_results(world: World, life: Life) -> None:
    """Have a result filed at A or C, and be told of it and of a document."""
    n = life.next()
    number = quote(f"{SYSTEM}|P1", safe=":|")
    hospital = life.dice.choice((world.a, world.c))
    await _at(hospital, life, {
            "resourceType": "Observation",
            "identifier": [{"system": "urn:elsewhere:observation", "value": f"R{n}"}],
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hb"},
            "subject": {"reference": f"Patient?identifier={number}"},
            "effectiveDateTime": now().replace(second=0, microsecond=0).isoformat(),
            "valueQuantity": {"value": n, "unit": "g/dL"},
        })  # fmt: skip
    event = {"eventId": f"y{n}", "type": "document.ready", "documentId": f"y{n}",
             "patient": {"citizenId": life.person.citizen_id}}  # fmt: skip
    told = await hospital.says(event)
    life.done["gets results"] += told.is_success


async def is_texted_often(world: World, life: Life) -> None:
    """Have a number that nobody has proved texted by others, until the cap over all holds."""
    phone = f"+84{life.person.phones[-1][1:]}"
    await world.database.owner.executemany(
        "INSERT INTO booked_text (id, facility, contact, number_hash, origin, bound, booked_at)"
        " VALUES ($1, $2, $3, $4, 'facility', false, hub_clock())",
        [(new_id(), world.a.facility, new_id(), lookup_hash("phone", phone)) for _ in range(MANY)],
    )  # fmt: skip
    life.done["is texted often"] += 1


async def signs_in(world: World, life: Life) -> None:
    """Ask for a code with the number, and show it as soon as it came."""
    phone = life.dice.choice(life.person.phones[:2])
    said = {"citizenId": life.person.citizen_id, "phone": phone}
    asked = await world.client.post("/v1/sign-in/codes", json=said)
    code = await _code_at(world, phone)
    if asked.status_code != HTTPStatus.ACCEPTED or code is None:
        return
    shown = {"challengeId": asked.json()["challengeId"], "code": code, "device": DEVICE}
    _keep(life, await world.client.post("/v1/sign-in/sessions", json=shown), "signs in")


async def types_a_slip(world: World, life: Life) -> None:
    """Have a slip of A printed, and open A's chart with it."""
    chart = await _chart_at(world, world.a)
    shown = {"activationCode": await a_slip(chart), "device": DEVICE}
    _keep(life, await world.client.post("/v1/sign-in/activations", json=shown), "types a slip")


async def uses_the_app(world: World, life: Life) -> None:
    """Read, list, sign out."""
    if not life.tokens:
        await signs_in(world, life)
        return
    acts: tuple[tuple[str, str, Any], ...] = (
        ("GET", "/v1/patients/me/results", None),
        ("GET", "/v1/patients/me/access-log", None),
        ("GET", "/v1/me/charts", None),
        ("GET", "/v1/me/notifications", None),
        ("GET", "/v1/me/phones", None),
        ("PUT", "/v1/me/devices/current/push-token", {"token": f"t{life.next()}"}),
        ("POST", "/v1/sign-out", None),
    )
    method, path, body = life.dice.choice(acts)
    answer = await world.client.request(method, path, json=body, headers=life.bearer)
    life.done["uses the app"] += answer.is_success


async def says_yes(world: World, life: Life) -> None:
    """Sign in, and open the charts of A and C that were found; whatever is B's stays closed."""
    await signs_in(world, life)
    if not life.tokens:
        return
    listed = await world.client.get("/v1/me/charts", headers=life.bearer)
    if listed.status_code != HTTPStatus.OK:
        return
    elsewhere = {str(await _chart_at(world, each)) for each in (world.a, world.c)}
    found = [each["id"] for each in listed.json()["items"] if each["state"] == "found"]
    if wanted := [each for each in found if each in elsewhere]:
        body = {"charts": wanted}
        said = await world.client.post("/v1/me/charts", json=body, headers=life.bearer)
        life.done["says yes"] += said.is_success


async def binds_another_number(world: World, life: Life) -> None:
    """Sign in, type another number of one's own, and show the code that came there."""
    await signs_in(world, life)
    if not life.tokens:
        return
    phone = life.dice.choice(life.person.phones[:2])
    said = {"number": phone, "chart": str(await _chart_at(world, world.a))}
    asked = await world.client.post("/v1/me/phones", json=said, headers=life.bearer)
    code = await _code_at(world, phone)
    if asked.status_code != HTTPStatus.ACCEPTED or code is None:
        return
    shown = {"challengeId": asked.json()["challengeId"], "code": code}
    path = f"/v1/me/phones/{asked.json()['phone']}/accept"
    bound = await world.client.post(path, json=shown, headers=life.bearer)
    life.done["binds another number"] += bound.is_success


async def opts_out(world: World, life: Life) -> None:
    """Say yes, step up, and leave the chart of A or C for good: nothing of it comes any more."""
    await says_yes(world, life)
    await world.database.owner.execute(
        "UPDATE session_chart SET stepped_up_until = hub_clock() + interval '15 minutes',"
        " level = replace(level, 'otp-limited', 'otp')"
        " WHERE chart IN (SELECT id FROM patient WHERE facility = ANY($1))",
        [world.a.facility, world.c.facility],
    )
    if life.tokens:
        chart = await _chart_at(world, life.dice.choice((world.a, world.c)))
        left = await world.client.delete(f"/v1/me/charts/{chart}", headers=life.bearer)
        life.done["opts out"] += left.is_success


async def changes_numbers(world: World, life: Life) -> None:
    hospital = life.dice.choice((world.a, world.c))
    await _at(hospital, life, _described(life, life.dice.choice(life.person.phones)))
    life.done["changes numbers"] += 1


async def _chart_at(world: World, hospital: Hospital) -> UUID:
    found: UUID = await world.database.owner.fetchval(
        "SELECT id FROM patient WHERE facility = $1 ORDER BY id LIMIT 1", hospital.facility
    )
    return found


async def _code_at(world: World, phone: str) -> str | None:
    await world.works()
    sent = [CODE.search(each) for each in world.texts_to(phone)]
    return next((found[0] for found in reversed(sent) if found), None)


def _keep(life: Life, opened: Response, what: str) -> None:
    if opened.status_code == HTTPStatus.CREATED:
        life.tokens.append(opened.json()["accessToken"])
        life.done[what] += 1


LIVES: Final[tuple[Callable[[World, Life], Awaitable[None]], ...]] = (
    gets_results, gets_results, signs_in, says_yes, uses_the_app, uses_the_app, changes_numbers,
    is_texted_often, binds_another_number, types_a_slip, opts_out,
)  # fmt: skip
TEXTED: Final = (gets_results, gets_results, is_texted_often)
"""What the person is told at A and C, beside a script of texts."""
