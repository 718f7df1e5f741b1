"""Signs a patient in with VNeID: begins in the app, continues at the provider, ends here.

The answer never tells whether the hub knows a person: unknown people and people who do not match
get the same one.
"""

from dataclasses import dataclass, field
from uuid import UUID

from backend.auth import rules
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.identity import citizen_id
from backend.auth.identity.citizen_id import NotACitizenId
from backend.auth.sessions import sessions
from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sessions.session_charts import Proved
from backend.auth.sessions.sessions import OpenedSession, Opening
from backend.auth.vneid import authorization_requests
from backend.auth.vneid.authorization_requests import Begun
from backend.auth.vneid.proved_charts import proved_by_vneid
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


async def begin_sign_in(
    vneid: IdentityVerifier, key: DeviceKey, address: str, session: UUID | None = None
) -> tuple[Begun, str]:
    """Begin a sign-in; give its handle and the address to open in the browser.

    With a session it is no sign-in: what is proved is added there.

    Raises:
        TooOften: from one place too often.
        FastStoreAway: it could not be noted.
        VneidAway: the provider does not say where.
    """
    place = lookup_hash("limit", network_of(address)).hex()
    await count(LimitedKey(f"vneid:address:{place}", rules.CODES_PER_ADDRESS))
    begun = await authorization_requests.begin(key, session)
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
    """Open a session with the charts of the person whom the provider has verified.

    Raises:
        BeginAgain: not begun here, over, or nothing in it can be believed.
        OpensNothing: not a citizen's account, or nobody whom the hub knows for sure.
        FastStoreAway: nobody can say whether it was begun.
        VneidAway: the provider does not answer.
    """
    identity = await verified(vneid, shown, key)
    opened: OpenedSession | None = None
    async with transaction():
        charts = await proved_by(identity)
        if charts:
            opened = await _open(charts, identity, device, key)
            for chart in charts:
                if not chart.is_found:
                    await write_down(_act(chart.chart, opened.session, address, "done"))
    if opened is None:
        await note_refusal(_act(None, None, address, OpensNothing.code))
        raise OpensNothing
    return opened


async def verified(
    vneid: IdentityVerifier, shown: VneidCallback, key: DeviceKey, session: UUID | None = None
) -> Identity:
    """Ask the provider who it was, once.

    Raises:
        BeginAgain: not begun by this app, or in this session; over; or nothing can be believed.
        FastStoreAway, VneidAway: as in `finish`.
    """
    one = await authorization_requests.take(shown.request_id, shown.state, key, session)
    if one is None:
        raise BeginAgain
    try:
        return await vneid.verify(shown.returned, one)
    except NotProven as doubtful:
        log.warning("vneid_not_proven", code=doubtful.reason)
        raise BeginAgain from doubtful
    except ProviderAway as away:
        raise _away(away) from away


def _away(away: ProviderAway) -> VneidAway:
    log.warning("vneid_away", code=away.reason)
    return VneidAway()


async def proved_by(identity: Identity) -> list[Proved]:
    """Give the charts of a citizen whom the police have checked in person; none for others."""
    try:
        number = citizen_id.parse(identity.citizen_id)
    except NotACitizenId:
        return []
    if not identity.is_citizen or not rules.is_proof_by_vneid(identity.level):
        return []
    return await proved_by_vneid(number, identity.birth_date)


async def _open(
    charts: list[Proved], identity: Identity, device: DeviceDetails, key: DeviceKey
) -> OpenedSession:
    """Open the session; the provider's tokens are gone."""
    opened = await sessions.open_session(Opening(charts=charts, device=device, key=key))
    await note_trust(opened.session, identity)
    return opened


async def note_trust(session: UUID, identity: Identity) -> None:
    """Keep where the trust of a session comes from."""
    await execute(
        "INSERT INTO vneid_sign_in (id, session, acr, amr, authenticated_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, hub_clock())",
        new_id(), session, identity.assurance, identity.amr, identity.authenticated_at,
    )  # fmt: skip


def _act(chart: UUID | None, session: UUID | None, address: str, result: str) -> Act:
    return Act(
        actor_kind="patient", actor=session, patient=chart, action="sign_in.vneid",
        subject=session, from_where=address, result=result,
    )  # fmt: skip
