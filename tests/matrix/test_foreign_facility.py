"""What B does with its key and at its desk changes and shows nothing of what A or the person made.

Generated: every column of the tables below, for A's chart and the person's session, before and
after every route of the desk with A's ids, and after all that B's key may say of the same person.
A lost phone on B's own chart, which the person's session reaches too, is the one exception.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.core.crypto.reasons import reason
from backend.core.database import new_id
from backend.sandbox.demo.story_bundles import StoryPerson, registration, visit
from backend.support.patients.cases import OPENED
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago, without_message_id
from tests.harness.records.reaching import reaches
from tests.harness.support.makers import WHY, Desk, a_desk, an_agent
from tests.matrix.kinds import Route
from tests.matrix.table import TABLE

LAN: Final = StoryPerson(
    "Trần Thị Lan", "BN1", "079185000011", "1985-03-12", "female", "0901234567"
)
AT_B: Final = replace(LAN, name="Khác Tên", hospital_number="XX7", mobile="0977777777")
"""The same citizen id and birth date, as B's clerk may know them."""
CANARY: Final = "Kanarie"
OF_CHART: Final = {
    "patient": "id", "contact_point": "patient", "patient_identifier": "patient",
    "patient_lookup": "patient", "session_chart": "chart", "activation_slip": "patient",
    "caregiver_grant": "patient", "desk_task": "patient", "result": "patient",
    "appointment": "patient", "medicine": "patient", "notification": "patient",
    "delivery": "patient", "patient_change": "patient", "patient_merge": "patient",
    "number_report": "", "desk_number": "", "chart_hold": "chart", "lost_phone": "chart",
}  # fmt: skip
"""Each table, and the column that names the chart; none where the number names it."""
DESK: Final = {name: route for name, route in TABLE.items() if " /support/v1/" in name}
ALONE: Final = ("POST /support/v1/sign-in", "POST /support/v1/sign-out")


@dataclass(frozen=True, slots=True)
class Scene:
    database: Database
    a: Hospital
    b: Hospital
    chart: UUID
    """A's."""
    own: UUID
    """B's, of the same person."""
    session: UUID
    desks: Mapping[str, Desk]
    ids: Mapping[str, str]


async def rows_of(scene: Scene) -> dict[str, Any]:
    """Give every column of every row that A's chart or the person's session has."""
    kept: dict[str, Any] = {}
    for table, column in OF_CHART.items():
        which = f"{column} = $1" if column else (
            "contact IN (SELECT id FROM contact_point WHERE patient = $1)"
        )  # fmt: skip
        for row in await scene.database.owner.fetch(
            f"SELECT * FROM {table} WHERE {which}", scene.chart
        ):
            place = row.get("id") or row.get("patient")
            kept |= {f"{table}.{name}[{place}]": value for name, value in row.items()}
    for table, which in (
        ("session", "id = $1"), ("session_chart", "session = $1"),
        ("device", "id = (SELECT device FROM session WHERE id = $1)"),
    ):  # fmt: skip
        for row in await scene.database.owner.fetch(
            f"SELECT * FROM {table} WHERE {which}", scene.session
        ):
            kept |= {f"{table}.{name}[{row['id']}]": value for name, value in row.items()}
    return kept


async def secrets_of(scene: Scene) -> set[str]:
    """List every id that belongs to A's chart or the session, and the words and numbers of A."""
    before = await rows_of(scene)
    known = {str(scene.own), str(scene.b.facility)}
    ids = {str(value) for value in before.values() if isinstance(value, UUID)} - known
    return ids | {CANARY, LAN.name, LAN.mobile[1:], "4321*****67"}


@pytest.fixture
async def scene(client: AsyncClient, database: Database) -> Scene:
    a, b = await a_hospital(database, client), await a_hospital(database, client, "BV KHAC")
    await a.registers(LAN)
    text = without_message_id(visit(LAN, an_hour_ago()))
    assert (await a.posts(text)).status_code == 200
    await b.registers(AT_B)
    of = "SELECT id FROM patient WHERE facility = $1"
    chart, own = [await database.owner.fetchval(of, each.facility) for each in (a, b)]
    session = await _a_session(database, chart)
    await database.owner.execute(
        "UPDATE contact_point SET confirmed_by = 'patient' WHERE patient = $1", chart
    )
    await _made_by_the_desk_of_a(database, chart)
    desks = {
        role: await a_desk(client, await an_agent(f"b-{role}", role, b.facility))
        for role in ("agent", "supervisor", "facility_admin", "auditor")
    }
    ids = await _ids(database, chart, session)
    return Scene(database, a, b, chart, own, session, desks, ids)


async def _a_session(database: Database, chart: UUID) -> UUID:
    device, session = new_id(), new_id()
    await database.owner.execute("INSERT INTO device (id, platform) VALUES ($1, 'android')", device)
    await database.owner.execute(
        "INSERT INTO session (id, device, created_at, used_at, expires_at, refresh_hash)"
        " VALUES ($1, $2, hub_clock(), hub_clock(), hub_clock() + interval '1 day', $3)",
        session, device, session.bytes,
    )  # fmt: skip
    await reaches(database.owner, session, chart, "otp")
    return session


async def _made_by_the_desk_of_a(database: Database, chart: UUID) -> None:
    await database.owner.execute(
        "INSERT INTO activation_slip (id, patient, handle, secret_hash, proof, made_by, expires_at)"
        " VALUES ($1, $2, 'CANARY22', '', 'card', $1, hub_clock() + interval '1 day')",
        new_id(), chart,
    )  # fmt: skip
    await database.owner.execute(
        "INSERT INTO desk_task (id, kind, patient, facility, subject)"
        " SELECT $1, 'phone_proposed', id, facility, $1 FROM patient WHERE id = $2",
        new_id(), chart,
    )  # fmt: skip


async def _ids(database: Database, chart: UUID, session: UUID) -> dict[str, str]:
    row = await database.owner.fetchrow(
        "SELECT $1::uuid AS patient, $1::uuid AS other, $1::uuid AS chart,"
        " (SELECT id FROM contact_point WHERE patient = $1 LIMIT 1) AS contact,"
        " (SELECT id FROM contact_point WHERE patient = $1 LIMIT 1) AS proposed,"
        " (SELECT id FROM activation_slip WHERE patient = $1) AS slip,"
        " (SELECT id FROM desk_task WHERE patient = $1) AS task, $2::uuid AS session,"
        " (SELECT id FROM notification WHERE patient = $1 LIMIT 1) AS notification,"
        " (SELECT id FROM received_event ORDER BY id LIMIT 1) AS message,"
        " (SELECT reference FROM delivery WHERE patient = $1 LIMIT 1) AS reference",
        chart, session,
    )  # fmt: skip
    ids = {name: str(value) for name, value in row.items()}
    return ids | {"citizen": LAN.citizen_id, "grant": str(new_id()), "nobody": str(new_id())}


async def look_up(scene: Scene, chart: UUID) -> None:
    """Open a case about a chart for everybody at B's desk, as if they had found it."""
    why = reason(WHY)
    assert why is not None
    for row in await scene.database.owner.fetch(
        "SELECT id FROM staff WHERE facility = $1", scene.b.facility
    ):
        await scene.database.owner.execute(
            "INSERT INTO audit_event (id, actor_kind, actor, patient, action, why, why_digest)"
            " VALUES ($1, 'staff', $2, $3, $4, $5, $6)",
            new_id(), row["id"], chart, OPENED, why.sealed(), why.digest,
        )  # fmt: skip


def filled(text: str, ids: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: ids.get(found[1], found[0]), text)


def body_of(route: Route, ids: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(route.body, dict):
        return {}
    return {
        name: filled(value, ids) if isinstance(value, str) else value
        for name, value in route.body.items()
    }


async def knocks(scene: Scene, name: str, desk: Desk, ids: Mapping[str, str]) -> Response:
    method, path = name.split(" ")
    route = DESK[name]
    named = dict(ids) | {part: ids[known] for part, known in route.ids.items() if known in ids}
    return await desk.asks(
        method, filled(path, named).removeprefix("/support/v1"), **body_of(route, named)
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {
        place: (before.get(place), after.get(place))
        for place in before.keys() | after.keys()
        if before.get(place) != after.get(place)
    }


@pytest.mark.parametrize("name", [name for name in DESK if name not in ALONE])
async def test_no_route_of_bs_desk_changes_or_shows_anything_of_as_chart(
    scene: Scene, name: str
) -> None:
    """With A's ids, and with a case about A's chart that no search could have opened."""
    await look_up(scene, scene.chart)
    before, secrets = await rows_of(scene), await secrets_of(scene)
    said = set(scene.ids.values())

    for desk in scene.desks.values():
        answer = await knocks(scene, name, desk, scene.ids)

        told = {each for each in secrets - said if each in answer.text}
        assert told == set(), answer.text
        assert differences(before, await rows_of(scene)) == {}


Said = Callable[[Scene], Awaitable[Any]]


def _registers(**changes: Any) -> Said:
    async def says(scene: Scene) -> Any:
        bundle = registration(AT_B)
        bundle["entry"][0]["resource"] |= changes
        return await scene.b.posts(without_message_id(bundle))

    return says


async def _states_as_phone(scene: Scene) -> Any:
    return await scene.b.posts(without_message_id(registration(replace(AT_B, mobile=LAN.mobile))))


async def _says_as_own_number(scene: Scene) -> Any:
    """Name A's chart by A's own number."""
    stolen = replace(AT_B, hospital_number=LAN.hospital_number)
    return await scene.b.posts(without_message_id(registration(stolen)))


async def _replaces_the_citizen_id(scene: Scene) -> Any:
    bundle = registration(replace(AT_B, citizen_id="079185999999"))
    person = bundle["entry"][0]["resource"]
    person["identifier"].append(
        {"system": "urn:vn:citizen-id", "value": LAN.citizen_id, "use": "old"}
    )
    return await scene.b.posts(without_message_id(bundle))


async def _sends_results(scene: Scene) -> Any:
    return await scene.b.posts(without_message_id(visit(AT_B, an_hour_ago())))


async def _calls(scene: Scene) -> Any:
    return await scene.b.says(
        {"eventId": "q1", "type": "queue.called", "patient": {"citizenId": LAN.citizen_id},
         "ticket": "7", "counter": "1"}
    )  # fmt: skip


async def _merges(scene: Scene) -> Any:
    bundle = registration(replace(AT_B, hospital_number="XX8", citizen_id="079185000029"))
    person = bundle["entry"][0]["resource"]
    person["identifier"] = person["identifier"][1:]
    person["link"] = [
        {"type": "replaced-by", "other": {"identifier": {
            "system": "urn:bvmau:patient", "value": AT_B.hospital_number,
        }}}
    ]  # fmt: skip
    person["active"] = False
    return await scene.b.posts(without_message_id(bundle))


OF_KEY: Final[dict[str, Said]] = {
    "another name": _registers(name=[{"text": "Tên Khác Hẳn"}]),
    "another birth date": _registers(birthDate="1985-03-13"),
    "another sex": _registers(gender="male"),
    "a death": _registers(deceasedBoolean=True),
    "not active": _registers(active=False),
    "the number of A as phone": _states_as_phone,
    "the number of A as own": _says_as_own_number,
    "another citizen id": _replaces_the_citizen_id,
    "results": _sends_results,
    "a call": _calls,
    "a merge": _merges,
}


@pytest.mark.parametrize("what", OF_KEY)
async def test_nothing_that_bs_key_says_changes_or_shows_anything_of_as_chart(
    scene: Scene, what: str
) -> None:
    before, secrets = await rows_of(scene), await secrets_of(scene)

    answer = await OF_KEY[what](scene)
    pages = [
        await scene.b.sends("GET", path, b"")
        for path in ("/hospital/deliveries", "/hospital/messages")
    ]

    assert differences(before, await rows_of(scene)) == {}
    said = {LAN.mobile[1:]} if what == "the number of A as phone" else set[str]()
    for each in (answer, *pages):
        assert {word for word in secrets - said if word in each.text} == set()


async def own_ids(scene: Scene) -> dict[str, str]:
    """B's own chart, looked up, with what B's desk may name of it."""
    await look_up(scene, scene.own)
    contact = await scene.database.owner.fetchval(
        "SELECT id FROM contact_point WHERE patient = $1", scene.own
    )
    own = dict(scene.ids) | {"patient": str(scene.own), "contact": str(contact)}
    return own | {"proposed": str(contact), "other": str(scene.own)}


@pytest.mark.parametrize(
    "name", [name for name in DESK if name not in ALONE and "{patient}" in name]
)
async def test_no_act_on_bs_own_chart_changes_or_shows_anything_of_as(
    scene: Scene, name: str
) -> None:
    own = await own_ids(scene)
    before, secrets = await rows_of(scene), await secrets_of(scene)
    said = set(own.values())

    for desk in scene.desks.values():
        answer = await knocks(scene, name, desk, own)

        assert {each for each in secrets - said if each in answer.text} == set()
        assert differences(before, await rows_of(scene)) == {}


async def test_a_lost_phone_on_bs_own_chart_is_the_one_act_that_ends_the_persons_session(
    scene: Scene,
) -> None:
    await reaches(scene.database.owner, scene.session, scene.own, "otp")
    own = await own_ids(scene)
    before, secrets = await rows_of(scene), await secrets_of(scene)

    answer = await knocks(
        scene, "POST /support/v1/patients/{patient}/lost-phone", scene.desks["agent"], own
    )

    assert (answer.status_code, answer.content) == (204, b"")
    changed = {re.sub(r"\[.*", "", place) for place in differences(before, await rows_of(scene))}
    tables = {place.partition(".")[0] for place in changed}
    assert tables <= {"session", "session_chart", "device", "chart_hold", "notification",
                      "delivery"}  # fmt: skip
    assert {"session.ended_at", "session_chart.ended_at", "chart_hold.until"} <= changed
    pages = [
        await scene.b.sends("GET", "/hospital/deliveries", b""),
        await knocks(
            scene, "GET /support/v1/patients/{patient}/messages", scene.desks["agent"], own
        ),
    ]
    for each in pages:
        assert {word for word in secrets if word in each.text} == set()


async def test_every_column_of_chart_contact_identifier_and_session_is_looked_at(
    scene: Scene,
) -> None:
    looked_at = {re.sub(r"\[.*", "", place) for place in await rows_of(scene)}
    there = await scene.database.owner.fetch(
        "SELECT table_name || '.' || column_name AS name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = ANY($1)",
        ["patient", "contact_point", "patient_identifier", "patient_lookup", "session",
         "session_chart", "device", "activation_slip", "desk_task"],
    )  # fmt: skip

    assert {row["name"] for row in there} - looked_at == set()
