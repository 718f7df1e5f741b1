"""What B's systems can say: each act is one random choice."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from httpx import Response

from backend.core.clock import now
from backend.sandbox.demo.story_bundles import CITIZEN_ID, Resource, encoded, transaction
from tests.alike.cast import Cast
from tests.alike.people import Somebody
from tests.alike.world import World

OWN: Final = "urn:b:patient"
OBSERVATION: Final = "urn:b:observation"


def _patient(cast: Cast, who: Somebody, **more: Any) -> Resource:
    """Describe somebody as B may: rightly, or with a wrong date, sex or citizen id."""
    dice = cast.dice
    numbers = [{"system": OWN, "value": cast.number(who)}]
    if dice.random() < 0.8:
        other = dice.choice([cast.person, *cast.others])
        said = who if dice.random() < 0.85 else other
        numbers.append({"system": CITIZEN_ID, "value": said.citizen_id})
    birth = dice.choice((who.birth_date, who.birth_date, who.birth_date[:4],
                         f"{who.birth_date[:4]}-01-01", "1971-07-07"))  # fmt: skip
    made: Resource = {
        "resourceType": "Patient",
        "identifier": numbers,
        "name": [{"text": dice.choice((who.name, who.name, "Tên Khác"))}],
        "gender": dice.choice((who.gender, who.gender, "female")),
        "birthDate": birth,
    }
    if dice.random() < 0.7:
        made["telecom"] = [{"system": "phone", "use": "mobile", "value": _mobile(cast, who)}]
    return made | more


def _mobile(cast: Cast, who: Somebody) -> str:
    """Choose one that B holds, or the true one that is stated elsewhere and never bound."""
    if who is cast.person and cast.dice.random() < 0.3:
        return who.phones[-1]
    return cast.dice.choice(cast.phones)


def _observation(cast: Cast, own: str) -> Resource:
    n = cast.next()
    number = quote(f"{OWN}|{own}", safe=":|")
    return {
        "resourceType": "Observation",
        "identifier": [{"system": OBSERVATION, "value": f"O{n}"}],
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hb"},
        "subject": {"reference": f"Patient?identifier={number}"},
        "effectiveDateTime": now().replace(second=0, microsecond=0).isoformat(),
        "valueQuantity": {"value": n, "unit": "g/dL"},
    }


async def registers(world: World, cast: Cast) -> None:
    person = _patient(cast, cast.one())
    bundle = transaction(f"m{cast.next()}", [person])
    _keep_message(cast, world.note("registers", await world.b.posts(bundle)))


async def puts(world: World, cast: Cast) -> None:
    who = cast.one()
    place = [cast.person, *cast.others].index(who)
    body = encoded(_patient(cast, who, id=f"p{place}"))
    world.note("puts", await world.b.sends("PUT", f"/fhir/R4/Patient/p{place}", body))


async def reports(world: World, cast: Cast) -> None:
    bundle = transaction(f"m{cast.next()}", [_observation(cast, cast.number(cast.one()))])
    _keep_message(cast, world.note("reports", await world.b.posts(bundle)))


async def tells(world: World, cast: Cast) -> None:
    who = cast.one()
    named = cast.dice.choice(({"citizenId": who.citizen_id}, {"hospitalNumber": cast.number(who)}))
    visit = {"appointmentId": f"v{cast.dice.randrange(3)}"}
    starts_at = (now() + timedelta(days=cast.dice.randrange(1, 9))).isoformat()
    kind = cast.dice.choice(
        (
            {"type": "result.ready", "orderId": f"o{cast.next()}"},
            {"type": "queue.called", "ticket": "A12", "counter": "3"},
            {"type": "document.ready", "documentId": f"d{cast.next()}"},
            {"type": "appointment.booked", "startsAt": starts_at} | visit,
            {"type": "appointment.moved", "startsAt": starts_at} | visit,
            {"type": "appointment.cancelled"} | visit,
        )
    )
    event = {"eventId": f"e{cast.next()}", "patient": named} | kind
    world.note("tells", await world.b.says(event))


async def announces(world: World, cast: Cast) -> None:
    """Register the person with a phone that B holds, and tell of a document."""
    person = _patient(cast, cast.person) | {
        "telecom": [{"system": "phone", "use": "mobile", "value": cast.dice.choice(cast.phones)}]
    }
    world.note("registers", await world.b.posts(transaction(f"m{cast.next()}", [person])))
    own = {"system": OWN, "value": person["identifier"][0]["value"]}
    event = {"eventId": f"e{cast.next()}", "patient": {"hospitalNumber": own},
             "type": "document.ready", "documentId": f"d{cast.next()}"}  # fmt: skip
    world.note("announces", await world.b.says(event))


async def tells_often(world: World, cast: Cast) -> None:
    """Call somebody to the counter until a cap holds, half of the time at their true number."""
    who = cast.one()
    said = _patient(cast, who)
    if cast.dice.random() < 1 / 2:
        said["telecom"] = [{"system": "phone", "use": "mobile", "value": who.phones[-1]}]
    world.note("registers", await world.b.posts(transaction(f"m{cast.next()}", [said])))
    own = {"system": OWN, "value": said["identifier"][0]["value"]}
    for _ in range(8):
        event = {"eventId": f"e{cast.next()}", "patient": {"hospitalNumber": own},
                 "type": "queue.called", "ticket": "A12", "counter": "3"}  # fmt: skip
        world.note("tells often", await world.b.says(event))
        await world.works()
    world.note("lists", await world.b.sends("GET", "/hospital/deliveries", b""))


async def replaces_the_citizen_id(world: World, cast: Cast) -> None:
    one, other = cast.dice.sample([cast.person, *cast.others], 2)
    person = _patient(cast, one)
    person["identifier"] = [
        {"system": OWN, "value": cast.number(one)},
        {"system": CITIZEN_ID, "value": one.citizen_id, "use": "old"},
        {"system": CITIZEN_ID, "value": other.citizen_id},
    ]
    answer = await world.b.posts(transaction(f"m{cast.next()}", [person]))
    _keep_message(cast, world.note("replaces", answer))


async def rules_on_a_record(world: World, cast: Cast) -> None:
    """Keep a measurement back that was sent just now, or let it be seen."""
    person = _patient(cast, cast.one())
    own = person["identifier"][0]["value"]
    measured = _observation(cast, own)
    sent = await world.b.posts(transaction(f"m{cast.next()}", [person, measured]))
    world.note("reports", sent)
    event = {"eventId": f"e{cast.next()}",
             "type": cast.dice.choice(("record.released", "record.kept_back")),
             "patient": {"hospitalNumber": {"system": OWN, "value": own}},
             "record": {"type": "Observation",
                        "identifier": measured["identifier"][0]}}  # fmt: skip
    world.note("rules", await world.b.says(event))


async def merges(world: World, cast: Cast) -> None:
    one, other = cast.dice.sample([cast.person, *cast.others], 2)
    number = quote(f"{OWN}|{cast.number(other)}", safe=":|")
    link = {"type": "replaced-by", "other": {"reference": f"Patient?identifier={number}"}}
    person = _patient(cast, one, link=[link])
    world.note("merges", await world.b.posts(transaction(f"m{cast.next()}", [person])))


async def declares(world: World, cast: Cast) -> None:
    """Say that somebody died, lives after all, or is not active."""
    state: dict[str, Any] = cast.dice.choice(
        ({"deceasedBoolean": True}, {"deceasedBoolean": False}, {"active": False},
         {"active": True}, {"deceasedDateTime": "2026-11-20"})
    )  # fmt: skip
    person = _patient(cast, cast.one(), **state)
    world.note("declares", await world.b.posts(transaction(f"m{cast.next()}", [person])))


async def lists(world: World, cast: Cast) -> None:
    for path in ("/hospital/deliveries", "/hospital/messages"):
        answer = await world.b.sends("GET", path, b"")
        world.note(f"lists {path}", answer)
    for message in cast.messages[-2:]:
        world.note("message", await world.b.sends("GET", f"/hospital/messages/{message}", b""))


async def reads_metadata(world: World, cast: Cast) -> None:
    path = cast.dice.choice(("/fhir/R4/metadata", "/openapi.json"))
    world.note(path, await world.b.sends("GET", path, b""))


def _keep_message(cast: Cast, answer: Response) -> None:
    if message := answer.headers.get("hub-message-id"):
        cast.messages.append(message)
