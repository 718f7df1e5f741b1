"""What B's systems, its desk and somebody without a name can do: each act is one random choice."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from httpx import Response

from backend.core.clock import now
from backend.sandbox.demo.story_bundles import CITIZEN_ID, Resource, encoded, transaction
from tests.alike.people import Dice, Somebody, a_mobile, somebody
from tests.alike.world import World

OWN: Final = "urn:b:patient"
WHY: Final = "calls about a missing message"


@dataclass
class Cast:
    """Whom B speaks about, and the phones that B holds."""

    dice: Dice
    person: Somebody
    """Known at A and C too, in one of the two worlds."""
    others: list[Somebody]
    phones: list[str]
    charts: list[str] = field(default_factory=list)
    """Ids that B's desk has seen."""
    contacts: list[tuple[str, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    challenges: list[str] = field(default_factory=list)
    count: int = 0

    def next(self) -> int:
        self.count += 1
        return self.count

    def one(self) -> Somebody:
        """Choose somebody: the person in two of three cases."""
        return self.person if self.dice.random() < 2 / 3 else self.dice.choice(self.others)

    def number(self, who: Somebody) -> str:
        """Give one of the two own numbers that B has for somebody."""
        place = [self.person, *self.others].index(who)
        return f"B{place:03}{self.dice.choice('11112')}"


def a_cast(dice: Dice) -> Cast:
    person = somebody(dice)
    return Cast(
        dice, person, [somebody(dice) for _ in range(2)], [a_mobile(dice) for _ in range(3)]
    )


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
        made["telecom"] = [{"system": "phone", "use": "mobile", "value": dice.choice(cast.phones)}]
    return made | more


def _observation(cast: Cast, who: Somebody) -> Resource:
    n = cast.next()
    number = quote(f"{OWN}|{cast.number(who)}", safe=":|")
    return {
        "resourceType": "Observation",
        "identifier": [{"system": "urn:b:observation", "value": f"O{n}"}],
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
    bundle = transaction(f"m{cast.next()}", [_observation(cast, cast.one())])
    _keep_message(cast, world.note("reports", await world.b.posts(bundle)))


async def tells(world: World, cast: Cast) -> None:
    who = cast.one()
    named = cast.dice.choice(({"citizenId": who.citizen_id}, {"hospitalNumber": cast.number(who)}))
    kind = cast.dice.choice(
        (
            {"type": "result.ready", "orderId": f"o{cast.next()}"},
            {"type": "queue.called", "ticket": "A12", "counter": "3"},
            {"type": "document.ready", "documentId": f"d{cast.next()}"},
        )
    )
    event = {"eventId": f"e{cast.next()}", "patient": named} | kind
    world.note("tells", await world.b.says(event))


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
        cast.notices += _ids(said_in(said), "notification")


async def looks_at_tasks(world: World, cast: Cast) -> None:
    answer = world.note("desk reads tasks", await world.desk("GET", "/tasks"))
    cast.tasks += _ids(said_in(answer), "task")
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
            ("POST", f"/patients/{chart}/slips", {"proof": "card"}),
            ("GET", f"/patients/{chart}/slips", {}),
            ("DELETE", f"/patients/{chart}/slips", {"reason": WHY}),
            ("GET", f"/patients/{chart}/caregivers", {}),
            ("POST", f"/patients/{contact[0]}/contacts/{contact[1]}/wrong", {"reason": WHY}),
            ("POST", f"/patients/{contact[0]}/contacts/{contact[1]}/confirm",
             {"proof": "card", "reason": WHY}),
            ("POST", f"/patients/{chart}/lost-phone", {"proof": "card", "reason": WHY}),
            ("POST", f"/patients/{chart}/numbers",
             {"phone": cast.dice.choice(cast.phones), "proof": "card", "reason": WHY}),
            ("POST", f"/patients/{chart}/held/confirm", {"proof": "card", "reason": WHY}),
            ("POST", f"/patients/{chart}/death/undo", {"proof": "card", "reason": WHY}),
            ("GET", f"/patients/{chart}/merges", {}),
            ("POST", f"/patients/{chart}/merges/undo", {"proof": "card", "reason": WHY}),
            ("POST", "/audit/search", {"patient": chart, "reason": WHY}),
        )
    )  # fmt: skip
    method, path, body = act
    world.note(f"desk {method}", await world.desk(method, path, **body))


async def looks_at_what_waits(world: World, cast: Cast) -> None:
    """Read the quarantine, both versions of a message, and decide about one."""
    listed = world.note("desk reads the quarantine", await world.desk("GET", "/quarantine"))
    waiting = _ids(said_in(listed), "message")
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


async def knocks(world: World, cast: Cast) -> None:
    """Ask for a code without a name, for somebody and one of B's numbers; show a wrong one."""
    said = {"citizenId": cast.one().citizen_id, "phone": cast.dice.choice(cast.phones)}
    answer = world.note("anonymous asks", await world.client.post("/v1/sign-in/codes", json=said))
    challenge = said_in(answer).get("challengeId")
    if challenge:
        shown = {"challengeId": challenge, "code": "000000", "device": {"platform": "android"}}
        wrong = await world.client.post("/v1/sign-in/sessions", json=shown)
        world.note("anonymous guesses", wrong)


async def reads_along(world: World, cast: Cast) -> None:
    """Look at what is open to anybody."""
    for path in ("/health/live", "/v1/sign-in/methods", "/v1/me/charts", "/metrics"):
        world.note(f"anonymous {path}", await world.client.get(path))


ACTS: Final[tuple[Callable[[World, Cast], Awaitable[None]], ...]] = (
    registers, registers, registers, puts, reports, reports, tells, tells, merges, declares,
    lists, searches, searches, looks_at_tasks, acts_at_the_desk, acts_at_the_desk,
    acts_at_the_desk, looks_at_what_waits, resends, knocks,
    reads_along,
)  # fmt: skip


def said_in(answer: Response) -> dict[str, Any]:
    """Give an answer's JSON object; an empty one where there is none."""
    if "json" not in answer.headers.get("content-type", "") or not answer.content:
        return {}
    said = answer.json()
    return said if isinstance(said, dict) else {}


def _keep_message(cast: Cast, answer: Response) -> None:
    if message := answer.headers.get("hub-message-id"):
        cast.messages.append(message)


def _ids(said: Any, name: str) -> list[str]:
    """Collect the values of a field, wherever it stands in an answer."""
    if isinstance(said, dict):
        own = [said[name]] if isinstance(said.get(name), str) else []
        return own + [each for value in said.values() for each in _ids(value, name)]
    return [each for value in said for each in _ids(value, name)] if isinstance(said, list) else []


def pause(dice: Dice) -> timedelta:
    """How long B waits before its next act."""
    return timedelta(minutes=dice.choice((1, 2, 3, 5, 8, 35, 61)))
