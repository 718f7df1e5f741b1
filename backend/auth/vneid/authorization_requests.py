"""Sign-ins at the provider that are not finished: each is used once, by the app that began it.

Redis stores only hashes and the name of a key. Nonce and verifier are derived from the state, so a
reader of Redis can finish no sign-in. If Redis loses the row, the sign-in begins again.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from redis.exceptions import RedisError

from backend.auth.dpop.device_key import DeviceKey
from backend.auth.rules import VNEID_LIFETIME
from backend.core.clock import now
from backend.core.crypto.sealing import lookup_hash, lookup_hashes, new_secret, secret_hash
from backend.core.redis import FastStoreAway, redis
from backend.gateways.oidc.verifier import OneSignIn


@dataclass(frozen=True, slots=True)
class Begun:
    request_id: str = field(repr=False)
    """Stays in the app that began; the browser and the provider never see it."""
    one: OneSignIn
    expires_at: datetime


class _Kept(Struct, frozen=True):
    state_hash: str
    key_name: str
    """Of the hub's key that nonce and verifier are derived with."""
    thumbprint: str
    """Of the device's key; empty when it showed none."""
    expires_at: datetime
    session: str = ""
    """The living session that it adds charts to; empty for a sign-in."""


async def begin(key: DeviceKey, session: UUID | None = None) -> Begun:
    """Store the beginning of a sign-in, or of adding charts to a session.

    Raises:
        FastStoreAway: it could not be noted, so it could not be finished.
    """
    request_id, state = new_secret(), new_secret()
    key_name, one = _with_current_key(state)
    until = now() + VNEID_LIFETIME
    kept = _Kept(secret_hash(state).hex(), key_name, key.thumbprint, until, str(session or ""))
    try:
        await redis().set(_place(request_id), msgspec.json.encode(kept), ex=VNEID_LIFETIME)
    except (RedisError, OSError) as away:
        raise FastStoreAway from away
    return Begun(request_id, one, until)


async def take(
    request_id: str, state: str, key: DeviceKey, session: UUID | None = None
) -> OneSignIn | None:
    """Use up a sign-in that began; None, and the end of it, for a caller who did not begin it.

    Raises:
        FastStoreAway: nobody can say.
    """
    try:
        found = await redis().getdel(_place(request_id))
    except (RedisError, OSError) as away:
        raise FastStoreAway from away
    if found is None:
        return None
    kept = msgspec.json.decode(found, type=_Kept)
    same = hmac.compare_digest(kept.state_hash, secret_hash(state).hex())
    same = same and kept.session == str(session or "")
    if not same or kept.thumbprint not in {"", key.thumbprint} or kept.expires_at <= now():
        return None
    return _by_key(state).get(kept.key_name)


def _with_current_key(state: str) -> tuple[str, OneSignIn]:
    nonce = lookup_hash("vneid-nonce", state).hex()
    return next((name, one) for name, one in _by_key(state).items() if one.nonce == nonce)


def _by_key(state: str) -> dict[str, OneSignIn]:
    """Derive nonce and verifier with every live key: the keys may be turned meanwhile."""
    nonces = dict(lookup_hashes("vneid-nonce", state))
    verifiers = dict(lookup_hashes("vneid-verifier", state))
    return {
        name: OneSignIn(state=state, nonce=nonces[name].hex(), verifier=verifiers[name].hex())
        for name in nonces
    }


def _place(request_id: str) -> str:
    return f"vneid-request:{secret_hash(request_id).hex()}"
