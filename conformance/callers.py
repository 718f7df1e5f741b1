"""Somebody whom each guard of the API lets in, so that what stands behind it can be tried."""

from dataclasses import dataclass
from urllib.parse import parse_qsl
from uuid import UUID

import asyncpg
from litestar import Litestar
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from twilio.request_validator import (  # type: ignore[import-untyped]  # twilio has no types
    RequestValidator,
)

from backend.api.request_bodies import CARRIES_A_BODY, NOTHING_SAID, takes_a_body
from backend.api.routes import GUARDS
from backend.auth.access import access_tokens
from backend.auth.access.guards import sent_by_facility, signed_in
from backend.auth.facilities.rules import KeyScope
from backend.core.crypto.sealing import new_secret, seal, secret_hash
from backend.core.database import new_id
from backend.core.settings import load_settings
from backend.notifications.delivery.provider_api import signed_by_provider
from backend.support.rules import Action, Role, may
from backend.support.staff.guards import signed_in_staff


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address that takes a body, and who stands there."""

    method: str
    path: str
    guard: object
    takes_a_body: bool
    action: Action | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def refuses(self, body: bytes) -> bool:
        """Say whether this may be refused: an endpoint without one lets an empty one pass."""
        return self.takes_a_body or body.strip() not in NOTHING_SAID

    def address(self) -> str:
        """Fill the path with ids of nobody."""
        parts = [str(new_id()) if "{" in part else part for part in self.path.split("/")]
        return "/".join(parts)


def endpoints_with_bodies(app: Litestar) -> list[Endpoint]:
    return [each for each in every_endpoint(app) if each.method in CARRIES_A_BODY]


def every_endpoint(app: Litestar) -> list[Endpoint]:
    """List every route of the API by method, but what browsers ask of themselves."""
    return [
        Endpoint(
            method,
            route.path_format,
            _guard(handler),
            takes_a_body(handler),
            handler.opt.get("action"),
        )
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in sorted(route.route_handler_map.items())
        if method != HttpMethod.OPTIONS
    ]


def _guard(handler: HTTPRouteHandler) -> object:
    return next(guard for guard in handler.resolve_guards() if guard in GUARDS)


@dataclass(frozen=True, slots=True)
class Callers:
    """Credentials of one of each."""

    facility_key: str
    patient_token: str
    staff_tokens: dict[Role, str]

    def headers(self, endpoint: Endpoint, address: str, body: bytes) -> dict[str, str]:
        """Show at an endpoint what its guard asks for; the receipt's signature is over the body."""
        bearer = {
            sent_by_facility: self.facility_key,
            signed_in: self.patient_token,
            signed_in_staff: self._staff_token(endpoint),
        }
        if endpoint.guard is signed_by_provider:
            return {"X-Twilio-Signature": _signature(address, body)}
        shown = bearer.get(endpoint.guard)  # type: ignore[call-overload]  # any guard may be asked for
        return {"Authorization": f"Bearer {shown}"} if shown else {}

    def _staff_token(self, endpoint: Endpoint) -> str | None:
        """Give the token of the first role that may do what the endpoint's route does."""
        if endpoint.action is None:
            return None
        return next(t for role, t in self.staff_tokens.items() if may(role, endpoint.action))


def _signature(address: str, body: bytes) -> str:
    settings = load_settings()
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    validator = RequestValidator(settings.twilio_auth_token.get_secret_value())
    return str(validator.compute_signature(settings.public_url + address, form))


async def make_callers(owner: asyncpg.Connection) -> Callers:
    """Store a facility with a key, a signed-in patient, and one of the staff in each role."""
    facility = await _facility(owner)
    key, staff_tokens = new_secret(), {role: new_secret() for role in Role}
    await owner.execute(
        "INSERT INTO facility_key (id, facility, hash, scopes) VALUES ($1, $2, $3, $4)",
        new_id(), facility, secret_hash(key), " ".join(KeyScope),
    )  # fmt: skip
    session = await _session(owner, facility)
    for role, token in staff_tokens.items():
        await _staff_session(owner, facility, role, token)
    return Callers(key, access_tokens.issue(session), staff_tokens)


async def _facility(owner: asyncpg.Connection) -> UUID:
    facility = new_id()
    await owner.execute(
        "INSERT INTO facility (id, code, name, short_name) VALUES ($1, '79999', 'Mau', 'BV MAU')",
        facility,
    )
    return facility


async def _session(owner: asyncpg.Connection, facility: UUID) -> UUID:
    patient, device, session = new_id(), new_id(), new_id()
    await owner.execute(
        "INSERT INTO patient (id, name, facility) VALUES ($1, $2, $3)",
        patient, seal("Trần Thị Lan", table="patient", column="name", row=patient), facility,
    )  # fmt: skip
    await owner.execute("INSERT INTO device (id, platform) VALUES ($1, 'android')", device)
    await owner.execute(
        "INSERT INTO session (id, device, expires_at, refresh_hash)"
        " VALUES ($1, $2, hub_clock() + interval '1 day', $3)",
        session, device, session.bytes,
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO session_chart (id, session, chart, level, proof)"
        " VALUES ($1, $2, $3, 'otp', 'code')",
        new_id(), session, patient,
    )  # fmt: skip
    return session


async def _staff_session(owner: asyncpg.Connection, facility: UUID, role: Role, token: str) -> None:
    staff = new_id()
    await owner.execute(
        "INSERT INTO staff (id, name, role, facility, password_hash, totp_secret)"
        " VALUES ($1, 'one.' || $3, $3, $2, '', '')",
        staff, facility, role.value,
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO staff_session (id, staff, token_hash, created_at, used_at)"
        " VALUES ($1, $2, $3, hub_clock(), hub_clock())",
        new_id(), staff, secret_hash(token),
    )  # fmt: skip
