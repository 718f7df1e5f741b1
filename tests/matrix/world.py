"""One patient with a record full of canaries, and a credential for everybody who may knock."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.access import access_tokens
from backend.auth.facilities.facility_keys import KeyTerms, new_key
from backend.auth.facilities.rules import KeyScope
from backend.core.crypto.reasons import reason
from backend.core.crypto.sealing import new_secret, seal, secret_hash
from backend.core.database import new_id
from backend.sandbox.demo.story_bundles import StoryPerson, encoded, registration, visit
from backend.support.patients.cases import OPENED
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago, without_message_id
from tests.harness.makers import a_facility, a_patient
from tests.harness.records.clinical import CLINICAL, MADE_CLINICAL, marked
from tests.harness.records.reaching import reaches
from tests.matrix.kinds import STAFF, Caller, Route

NAME: Final = "Kanarie"
"""Part of the owner's name."""
"""Stands in everything clinical of the owner's."""
RESTRICTED: Final = "Verborgen"
"""Stands in one result and one appointment that only they and who has a full grant may see."""
OWNER: Final = StoryPerson(
    f"{NAME} Thị Lan", "BN4711", "079185004711", "1985-03-12", "female", "0904711471"
)
NEW_MOBILE: Final = "0904711472"
"""What the hospital proposes as their number later on."""
GRANTS: Final = {
    Caller.SUMMARY: ("summary", None, None, None),
    Caller.FULL: ("full", None, None, None),
    Caller.ENDED: ("full", None, None, timedelta(hours=-1)),
    Caller.OVER: ("full", timedelta(hours=-1), None, None),
    Caller.REVIEWED: ("full", None, timedelta(hours=-1), None),
}
"""Scope, and how far from now it ends, is to be looked at again, and was ended."""


AT: Final = {
    Caller.AGENT: "own", Caller.SUPERVISOR: "own", Caller.FACILITY_ADMIN: "own",
    Caller.UNASKED_AGENT: "own", Caller.FOREIGN_ADMIN: "foreign",
}  # fmt: skip
"""Where staff work; who is not here works for the hub itself."""


@dataclass(frozen=True, slots=True)
class World:
    """What a request is made of."""

    client: AsyncClient
    tokens: dict[Caller, str]
    scoped: dict[KeyScope, dict[Caller, str]]
    """Keys of the hospital, by the scope of the endpoint they are shown at."""
    ids: Mapping[str, str]
    patients: Mapping[Caller, UUID]

    async def knock(
        self,
        name: str,
        route: Route,
        who: Caller,
        ids: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Response:
        """Make the table's request as somebody, with the owner's ids unless others are said."""
        method, path = name.split(" ")
        known = {**self.ids, **{k: self.ids[v] for k, v in route.ids.items()}, **(ids or {})}
        headers = dict(more.pop("headers", {}))
        shown = self.tokens | self.scoped[route.scope] if route.scope else self.tokens
        if who in shown:
            headers["Authorization"] = f"Bearer {shown[who]}"
        body = more.pop("body", route.body)
        if body is not None:
            headers["Content-Type"] = route.media_type
            more["content"] = self.encoded(body)
        address = path.format_map(_Known(known)) + route.query
        return await self.client.request(method, address, headers=headers, **more)

    def encoded(self, body: Any) -> bytes:
        text = body if isinstance(body, str) else encoded(body).decode()
        for name, value in self.ids.items():
            text = text.replace("{" + name + "}", value)
        return text.encode()

    def secrets(self) -> list[str]:
        """List what no answer to others may have: words, numbers and ids of the owner's."""
        own = (
            "patient", "result", "document", "appointment", "notification", "delivery", "contact",
            "proposed", "restricted", "restricted_appointment", "session", "device", "grant",
            "invitation", "task", "line",
        )  # fmt: skip
        return [NAME, CLINICAL, RESTRICTED, OWNER.citizen_id, OWNER.mobile, OWNER.mobile[1:],
                NEW_MOBILE, NEW_MOBILE[1:], OWNER.hospital_number,
                *(self.ids[each] for each in own)]  # fmt: skip


class _Known(dict[str, str]):
    def __missing__(self, name: str) -> str:
        raise LookupError(f"tests/matrix/world.py does not say which {{{name}}} is the owner's")


async def a_world(database: Database, client: AsyncClient) -> World:
    hospital = await a_hospital(database, client)
    owner = await _owner(database, hospital)
    patients = {Caller.OWNER: owner, Caller.LIMITED: owner}
    for who in (Caller.OTHER, *GRANTS):
        patients[who] = await _somebody(database, hospital)
    for who, grant in GRANTS.items():
        await _grant(database, owner, patients[who], *grant)
    sessions = {who: await _session(database, who, patient) for who, patient in patients.items()}
    shown = {who: access_tokens.issue(session) for who, session in sessions.items()}
    foreign = await a_facility(database, "BV KHAC")
    looking = dict[Caller, UUID]()
    for who in STAFF:
        at = {"own": hospital.facility, "foreign": foreign}.get(AT.get(who, ""))
        looking[who], shown[who] = await _staff(database, who, at)
        if who not in {Caller.FOREIGN_ADMIN, Caller.UNASKED_AGENT, Caller.HUB_SUPPORT}:
            await _look_up(database, looking[who], owner)
    for who in (Caller.AGENT, Caller.SUPERVISOR, Caller.FACILITY_ADMIN):
        await _look_up(database, looking[who], patients[Caller.OTHER])
    await _invitation(database, owner, sessions[Caller.OWNER])
    waiting = await _session(database, Caller.LIMITED, owner)
    ids = await _ids(database, owner, waiting) | {"other": str(patients[Caller.OTHER])}
    shown |= await _keys(hospital, foreign)
    scoped = {each: await _scoped(hospital, each) for each in KeyScope}
    return World(client, shown, scoped, ids, patients)


async def _owner(database: Database, hospital: Hospital) -> UUID:
    """Everything that is clinical here says so, in every field that takes text."""
    await hospital.registers(OWNER)
    answer = await hospital.posts(marked(visit(OWNER, an_hour_ago())))
    assert answer.status_code == 200, answer.text
    owner: UUID = await database.owner.fetchval("SELECT patient FROM result LIMIT 1")
    await database.owner.execute("UPDATE contact_point SET confirmed_by = 'patient'")
    answer = await hospital.posts(
        without_message_id(registration(replace(OWNER, mobile=NEW_MOBILE)))
    )
    assert answer.status_code == 200, answer.text
    for table in ("result", "appointment"):
        await _restricted(database, table)
    return owner


async def _restricted(database: Database, table: str) -> None:
    """Write a second one of what is there, as one that is restricted."""
    await database.owner.execute(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object('id', $1::uuid,"
        " 'key', 'restricted', 'names', ARRAY['restricted'], 'restriction', 'sensitive',"
        " 'body', replace(replace(body, $2, $3), id::text, $1::text),"
        " 'header', replace(replace(to_jsonb(r)->>'header', $2, $3), id::text, $1::text)))).*"
        f" FROM {table} r",
        new_id(), CLINICAL, RESTRICTED,
    )  # fmt: skip


async def _somebody(database: Database, hospital: Hospital) -> UUID:
    """A patient of the same hospital, with a number that can be unsealed."""
    patient = (await a_patient(database, hospital.facility, phone=None)).id
    number: UUID = await database.owner.fetchval(
        "SELECT id FROM patient_identifier WHERE patient = $1", patient
    )
    await database.owner.execute(
        "UPDATE patient_identifier SET value = $2 WHERE id = $1",
        number, seal("BN1", table="patient_identifier", column="value", row=number),
    )  # fmt: skip
    return patient


_ONE_OF_EACH: Final = ", ".join(
    f"(SELECT id FROM {table}) AS {table}" for table in ("document", *MADE_CLINICAL)
)


async def _ids(database: Database, owner: UUID, waiting: UUID) -> dict[str, str]:
    row = await database.owner.fetchrow(
        "SELECT (SELECT id FROM result WHERE restriction = '') AS result,"
        " (SELECT id FROM result WHERE restriction <> '') AS restricted,"
        " (SELECT id FROM observation WHERE restriction = '' ORDER BY id LIMIT 1) AS observation,"
        f" {_ONE_OF_EACH},"
        " (SELECT id FROM received_event ORDER BY id LIMIT 1) AS message,"
        " (SELECT id FROM appointment WHERE restriction = '') AS appointment,"
        " (SELECT id FROM appointment WHERE restriction <> '') AS restricted_appointment,"
        " (SELECT id FROM medicine) AS medicine,"
        " (SELECT id FROM notification LIMIT 1) AS notification,"
        " (SELECT id FROM delivery LIMIT 1) AS delivery,"
        " (SELECT reference FROM delivery LIMIT 1) AS reference,"
        " (SELECT device FROM session WHERE id = $2) AS device, $2::uuid AS session,"
        " (SELECT id FROM caregiver_invitation) AS invitation, (SELECT id FROM desk_task) AS task,"
        " (SELECT id FROM caregiver_grant WHERE patient = $1 AND scope = 'summary') AS grant,"
        " (SELECT id FROM contact_point WHERE patient = $1 AND confirmed_at IS NULL) AS proposed,"
        " (SELECT id FROM contact_point WHERE patient = $1 AND confirmed_at IS NOT NULL)"
        " AS contact,"
        " (SELECT id FROM audit_event WHERE patient = $1 ORDER BY id LIMIT 1) AS line",
        owner, waiting,
    )  # fmt: skip
    ids = {name: str(value) for name, value in row.items()}
    nobody = {"nobody": str(new_id()), "attempt": str(new_id())}
    nobody |= {"kind": "Patient", "resource_id": "p9"}
    day = await database.owner.fetchval("SELECT first_day FROM dose_rule")
    nobody |= {"dose": f"{ids['medicine']}.w{day.toordinal()}.morning"}
    whose = {"patient": str(owner), "chart": str(owner), "citizen": OWNER.citizen_id}
    return ids | nobody | whose


async def _grant(
    database: Database, owner: UUID, caregiver: UUID, scope: str, over: timedelta | None,
    review: timedelta | None, ended: timedelta | None,
) -> None:  # fmt: skip
    await database.owner.execute(
        "INSERT INTO caregiver_grant (id, patient, caregiver, scope, begins_at, ends_at, review_at,"
        " ended_at) VALUES ($1, $2, $3, $4, hub_clock() - interval '1 day',"
        " hub_clock() + $5::interval, hub_clock() + $6::interval, hub_clock() + $7::interval)",
        new_id(), owner, caregiver, scope, over, review, ended,
    )  # fmt: skip


async def _session(database: Database, who: Caller, patient: UUID) -> UUID:
    device, session = new_id(), new_id()
    level = "otp-limited" if who is Caller.LIMITED else "otp"
    await database.owner.execute("INSERT INTO device (id, platform) VALUES ($1, 'android')", device)
    await database.owner.execute(
        "INSERT INTO session (id, device, created_at, used_at, expires_at, refresh_hash,"
        " approval_asked_at) VALUES ($1, $2, hub_clock(), hub_clock(),"
        " hub_clock() + interval '1 day', $3, hub_clock())",
        session, device, session.bytes,
    )  # fmt: skip
    await reaches(database.owner, session, patient, level)
    return session


async def _staff(database: Database, who: Caller, facility: UUID | None) -> tuple[UUID, str]:
    """Somebody signed in."""
    staff, token = new_id(), new_secret()
    await database.owner.execute(
        "INSERT INTO staff (id, name, role, facility, password_hash, totp_secret)"
        " VALUES ($1, $2, $3, $4, '', '')",
        staff, who.name, STAFF[who].value, facility,
    )  # fmt: skip
    await database.owner.execute(
        "INSERT INTO staff_session (id, staff, token_hash, created_at, used_at)"
        " VALUES ($1, $2, $3, hub_clock(), hub_clock())",
        new_id(), staff, secret_hash(token),
    )  # fmt: skip
    return staff, token


async def _look_up(database: Database, staff: UUID, patient: UUID) -> None:
    """Open a case, as a search does."""
    why = reason("matrix")
    assert why is not None
    await database.owner.execute(
        "INSERT INTO audit_event (id, actor_kind, actor, patient, action, why, why_digest)"
        " VALUES ($1, 'staff', $2, $3, $4, $5, $6)",
        new_id(), staff, patient, OPENED, why.sealed(), why.digest,
    )  # fmt: skip


async def _invitation(database: Database, owner: UUID, session: UUID) -> None:
    invitation = new_id()
    await database.owner.execute(
        "INSERT INTO caregiver_invitation (id, session, scope, kind, handle, secret_hash,"
        " created_at, expires_at) VALUES ($1, $2, 'summary', 'chosen', 'MATRIX22', '',"
        " hub_clock(), hub_clock() + interval '1 day')",
        invitation, session,
    )  # fmt: skip
    await database.owner.execute(
        "INSERT INTO invited_chart (id, invitation, chart) VALUES ($1, $2, $3)",
        new_id(), invitation, owner,
    )  # fmt: skip


async def _keys(hospital: Hospital, foreign: UUID) -> dict[Caller, str]:
    over = KeyTerms(lifetime=timedelta(seconds=-1))
    return {
        Caller.KEY: hospital.key,
        Caller.FOREIGN_KEY: await new_key(foreign, "his"),
        Caller.SCOPELESS_KEY: await new_key(hospital.facility, "", KeyTerms(scopes=frozenset())),
        Caller.OLD_KEY: await new_key(hospital.facility, "over", over),
    }


async def _scoped(hospital: Hospital, scope: KeyScope) -> dict[Caller, str]:
    only, others = frozenset({scope}), frozenset(KeyScope) - {scope}
    return {
        Caller.KEY: await new_key(hospital.facility, "only", KeyTerms(scopes=only)),
        Caller.SCOPELESS_KEY: await new_key(hospital.facility, "others", KeyTerms(scopes=others)),
    }
