"""Facility keys: a hospital's systems send one with each request to sign themselves in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from typing import Final
from uuid import UUID

from backend.auth.facilities.facilities import FacilityCaller, UnknownFacilityKey, WrongKey
from backend.auth.facilities.rules import KEY_LIFETIME, KeyRefusal, KeyScope, ShownKey, why_not_open
from backend.auth.facilities.suspension import FacilitySuspended
from backend.core.audit import Act, write_down
from backend.core.crypto.sealing import new_secret, secret_hash
from backend.core.database import (
    Row,
    execute,
    fetch,
    fetch_one,
    fetch_value,
    new_id,
    transaction,
)
from backend.core.errors import HubError
from backend.core.postgres.shared_lookup import SharedLookup
from backend.core.refusals import note_refusal

_MARK = "hubkey_"


class UnknownScope(HubError):
    """There is no scope of that name. The scopes are `intake` and `deliveries`."""

    code = "unknown_scope"
    status = 422


class NotANetwork(HubError):
    """A network is written as a CIDR block, as in 192.0.2.0/24 or 2001:db8::/32."""

    code = "not_a_network"
    status = 422


class ScopeMissing(HubError):
    """This facility key is not for this address of the API."""

    code = "key_scope"
    status = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTerms:
    """The scopes, the networks and the lifetime of a key."""

    scopes: frozenset[KeyScope] = frozenset(KeyScope)
    networks: tuple[str, ...] = ()
    lifetime: timedelta = KEY_LIFETIME


def terms(
    scopes: Iterable[str], networks: Iterable[str], lifetime: timedelta = KEY_LIFETIME
) -> KeyTerms:
    """Read the terms of a new key. A scope must be spelled exactly as in the list.

    Raises:
        UnknownScope: there is no such scope.
        NotANetwork: not a block of addresses.
    """
    wanted, known = frozenset(scopes), {one.value: one for one in KeyScope}
    if not wanted <= known.keys():
        raise UnknownScope
    try:
        blocks = tuple(sorted({str(ip_network(network)) for network in networks}))
    except ValueError as malformed:
        raise NotANetwork from malformed
    scope = frozenset(known[name] for name in wanted) or frozenset(KeyScope)
    return KeyTerms(scopes=scope, networks=blocks, lifetime=lifetime)


async def new_key(facility: UUID, label: str, wanted: KeyTerms | None = None) -> str:
    """Make a key and give it, only this once: the hub stores its hash."""
    wanted = wanted or KeyTerms()
    plain, key = _MARK + new_secret(), new_id()
    async with transaction():
        await execute(
            "INSERT INTO facility_key (id, facility, hash, label, created_at, expires_at, scopes,"
            " networks) VALUES ($1, $2, $3, $4, hub_clock(), hub_clock() + $5::interval, $6, $7)",
            key, facility, secret_hash(plain), label, wanted.lifetime,
            " ".join(sorted(wanted.scopes)), " ".join(wanted.networks),
        )  # fmt: skip
        await write_down(Act(actor_kind="system", action="facility.key_made", subject=key))
    return plain


async def replace_key(
    facility: UUID, old: UUID, overlap: timedelta, lifetime: timedelta = KEY_LIFETIME
) -> str:
    """Make a key with the terms of `old`; the old key ends after the overlap.

    Raises:
        UnknownKey: this facility has no such key.
    """
    async with transaction():
        row = await fetch_one(
            "UPDATE facility_key"
            " SET expires_at = least(expires_at, hub_clock() + $3::interval)"
            " WHERE id = $1 AND facility = $2 RETURNING label, scopes, networks",
            old, facility, overlap,
        )  # fmt: skip
        if row is None:
            raise UnknownFacilityKey
        wanted = KeyTerms(
            scopes=frozenset(KeyScope(scope) for scope in row["scopes"].split()),
            networks=tuple(row["networks"].split()),
            lifetime=lifetime,
        )
        await write_down(Act(actor_kind="system", action="facility.key_replaced", subject=old))
        return await new_key(facility, row["label"], wanted)


async def keys_of(facility: UUID) -> list[dict[str, str]]:
    """List a facility's keys, the oldest first: their terms, never the keys."""
    rows = await fetch(
        "SELECT id, label, scopes, networks, created_at, expires_at, revoked_at FROM facility_key"
        " WHERE facility = $1 ORDER BY id",
        facility,
    )
    return [{name: "" if value is None else str(value) for name, value in row.items()}
            for row in rows]  # fmt: skip


async def revoke_key(key: UUID) -> None:
    """Revoke a key from the next request on. A second call is harmless.

    Raises:
        UnknownKey: there is none with this id.

    """
    async with transaction():
        revoked = await fetch_value(
            "UPDATE facility_key SET revoked_at = hub_clock() WHERE id = $1 AND revoked_at IS NULL"
            " RETURNING id",
            key,
        )
        if revoked is None and not await fetch_value(
            "SELECT true FROM facility_key WHERE id = $1", key
        ):
            raise UnknownFacilityKey
        if revoked:
            await write_down(Act(actor_kind="system", action="facility.key_revoked", subject=key))


async def facility_of(shown: str, needed: KeyScope | None, address: str) -> FacilityCaller:
    """Find the facility of a key that may use a route with this scope from this address.

    Raises:
        WrongKey: unknown, revoked, expired, or sent from elsewhere: the caller learns not which.
        ScopeMissing: the key is for other routes.
        FacilitySuspended: the key would open it, but its facility is suspended.
    """
    row = await _KEYS.of(secret_hash(shown))
    if row is None:
        raise WrongKey
    key = ShownKey(
        revoked=row["revoked"],
        over=row["over"],
        scopes=frozenset(row["scopes"].split()),
        networks=frozenset(row["networks"].split()),
        address=address,
    )
    refusal = why_not_open(key, needed)
    if refusal is not None:
        await _write_down_refusal(row["facility"], row["id"], refusal, address)
        raise ScopeMissing if refusal is KeyRefusal.SCOPE else WrongKey
    if row["suspended"]:
        raise FacilitySuspended
    return FacilityCaller(row["facility"], row["id"])


async def _keys_with(hashes: Sequence[bytes]) -> Mapping[bytes, Row]:
    rows = await fetch(
        "SELECT k.hash, k.facility, k.id, k.scopes, k.networks,"
        " k.revoked_at IS NOT NULL AS revoked,"
        " coalesce(k.expires_at <= hub_clock(), false) AS over,"
        " f.suspended_at IS NOT NULL AS suspended"
        " FROM facility_key k JOIN facility f ON f.id = k.facility WHERE k.hash = ANY($1)",
        hashes,
    )
    return {row["hash"]: row for row in rows}


_KEYS: Final = SharedLookup(_keys_with)
"""One look serves all requests that came before it began: a key ends with the next request."""


async def _write_down_refusal(facility: UUID, key: UUID, refusal: KeyRefusal, address: str) -> None:
    """A key of ours that is shown in vain is a forgotten system, or a stolen key."""
    await note_refusal(
        Act(actor_kind="facility", actor=facility, subject=key, action="facility.key_refused",
            from_where=address, result=refusal),
        by_subject=True,
    )  # fmt: skip
