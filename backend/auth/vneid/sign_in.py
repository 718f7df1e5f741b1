"""Signs a patient in with VNeID: begins in the app, continues at the provider, ends here.

The answer never tells whether the hub knows a person: unknown people and people who do not match
get the same one.
"""

from dataclasses import dataclass, field
from uuid import UUID

from backend.auth import rules
from backend.auth.credentials import lockout
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.identity import citizen_id
from backend.auth.identity.citizen_id import NotACitizenId
from backend.auth.sessions import sessions
from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sessions.sessions import OpenedSession, Opening
from backend.auth.vneid import authorization_requests, identity_links
from backend.auth.vneid.authorization_requests import Begun
from backend.auth.vneid.identity_links import Linked
from backend.core.audit import Act, write_down
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import execute, new_id, transaction
from backend.core.errors import HubError, Unavailable
from backend.core.http.client_address import network_of
from backend.core.http.rate_limits import LimitedKey, count
from backend.core.log import log
from backend.core.refusals import note_refusal
from backend.gateways.oidc.verifier import (
    Identity,
    IdentityVerifier,
    NotProven,
    OneSignIn,
    ProviderAway,
    Returned,
)


class VneidOff(HubError):
    """Sign-in with VNeID is not offered here."""

    code = "vneid_off"
    status = 404


class VneidAway(Unavailable):
    """VNeID does not answer just now. Sign in with a code, or try again in a moment."""

    code = "vneid_away"


class BeginAgain(HubError):
    """This sign-in with VNeID is over, or was not begun here. Begin again."""

    code = "vneid_begin_again"
    status = 401


class OpensNothing(HubError):
    """This VNeID account cannot sign in here. Ask at the desk of your hospital."""

    code = "vneid_opens_nothing"
    status = 401


@dataclass(frozen=True, slots=True)
class VneidCallback:
    """The parameters that the app brings back from the provider."""

    request_id: str = field(repr=False)
    state: str = field(repr=False)
    returned: Returned


async def begin_sign_in(vneid: IdentityVerifier, key: DeviceKey, address: str) -> tuple[Begun, str]:
    """Begin a sign-in; give its handle and the address to open in the browser.

    Raises:
        TooOften: from one place too often.
        FastStoreAway: it could not be noted.
        VneidAway: the provider does not say where.
    """
    place = lookup_hash("limit", network_of(address)).hex()
    await count(LimitedKey(f"vneid:address:{place}", rules.CODES_PER_ADDRESS))
    begun = await authorization_requests.begin(key)
    try:
        return begun, await vneid.authorization_url(begun.one)
    except ProviderAway as away:
        raise _away(away) from away


async def finish(
    vneid: IdentityVerifier,
    shown: VneidCallback,
    device: DeviceDetails,
    key: DeviceKey,
    address: str,
) -> OpenedSession:
    """Open a session for the person whom the provider has verified.

    Raises:
        BeginAgain: not begun here, over, or nothing in it can be believed.
        OpensNothing: not a citizen's account, or nobody whom the hub knows for sure.
        FastStoreAway: nobody can say whether it was begun.
        VneidAway: the provider does not answer.
    """
    one = await authorization_requests.take(shown.request_id, shown.state, key)
    if one is None:
        raise BeginAgain
    identity = await _verified(vneid, shown.returned, one)
    opened: OpenedSession | None = None
    async with transaction():
        found = await _linked_patient(identity)
        if found is not None:
            opened = await _open(found, identity, device, key)
            await write_down(_act(found, opened.session, address, "done"))
    if opened is None:
        await note_refusal(_act(None, None, address, OpensNothing.code))
        raise OpensNothing
    return opened


async def _verified(vneid: IdentityVerifier, returned: Returned, one: OneSignIn) -> Identity:
    try:
        return await vneid.verify(returned, one)
    except NotProven as doubtful:
        log.warning("vneid_not_proven", code=doubtful.reason)
        raise BeginAgain from doubtful
    except ProviderAway as away:
        raise _away(away) from away


def _away(away: ProviderAway) -> VneidAway:
    log.warning("vneid_away", code=away.reason)
    return VneidAway()


async def _linked_patient(identity: Identity) -> Linked | None:
    try:
        number = citizen_id.parse(identity.citizen_id)
    except NotACitizenId:
        return None
    return await identity_links.linked(identity, number) if identity.is_citizen else None


async def _open(
    found: Linked, identity: Identity, device: DeviceDetails, key: DeviceKey
) -> OpenedSession:
    """Open the session, and note where its trust comes from; the provider's tokens are gone."""
    level = rules.level_by_vneid(identity.level)
    opened = await sessions.open_session(
        Opening(patient=found.patient, device=device, level=level, opened_by="vneid", key=key)
    )
    await execute(
        "INSERT INTO vneid_sign_in (id, session, link, acr, amr, authenticated_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, hub_clock())",
        new_id(), opened.session, found.link, identity.assurance, identity.amr,
        identity.authenticated_at,
    )  # fmt: skip
    if level is rules.Level.VNEID:
        await lockout.reopen_codes(found.patient)
    return opened


def _act(found: Linked | None, session: UUID | None, address: str, result: str) -> Act:
    patient = found.patient if found else None
    return Act(
        actor_kind="patient", actor=patient, patient=patient, action="sign_in.vneid",
        subject=session, from_where=address, result=result,
    )  # fmt: skip
