"""Maps a provider's claims to an identity of the hub: pure rules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from backend.gateways.oidc.verifier import AccountLevel, Identity, NotProven

_OURS: Final = frozenset({"citizen_id", "birth_date", "account_type", "level"})
_BIRTH: Final = re.compile(r"([0-9]{4})(?:-?([0-9]{2})(?:-?([0-9]{2}))?)?")
_LONGEST: Final = 60

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClaimMap:
    """The name of the claim for each fact."""

    citizen_id: str
    birth_date: str
    level: str
    account_type: str
    """Empty where only citizens have an account."""
    citizen_value: str
    """What the account type of a citizen is."""
    level_two: frozenset[str]
    """The level values that mean level 2. Any other, known or not, is the lowest."""


def read_claim_map(text: str, level_two: str) -> ClaimMap:
    """Read `citizen_id=SoDinhDanh birth_date=... account_type=LoaiTaiKhoan:1 level=loAs`.

    Raises:
        ValueError: something is missing, unknown or said twice.
    """
    pairs = [pair.partition("=") for pair in text.split()]
    named = {ours: theirs for ours, _, theirs in pairs if theirs}
    if len(named) != len(pairs) or not {"citizen_id", "birth_date", "level"} <= set(named) <= _OURS:
        raise ValueError("HUB_VNEID_CLAIMS names citizen_id, birth_date, level, account_type")
    account_type, _, citizen_value = named.get("account_type", "").partition(":")
    if account_type and not citizen_value:
        raise ValueError("HUB_VNEID_CLAIMS does not say which account type is a citizen's")
    return ClaimMap(
        named["citizen_id"], named["birth_date"], named["level"],
        account_type, citizen_value, frozenset(level_two.split()),
    )  # fmt: skip


def identity_of(
    signed: Claims, told: Claims, claims: ClaimMap, *, issuer: str, fresh: bool
) -> Identity:
    """Combine the claims of the ID token and of userinfo to one identity.

    Raises:
        NotProven: they contradict each other, or leave out who this is.
    """
    if told and told.get("sub") != signed["sub"]:
        raise NotProven("other_subject")
    assurance = _said(signed, told, claims.level)
    account_type = _said(signed, told, claims.account_type) if claims.account_type else ""
    return Identity(
        issuer=issuer,
        subject=signed["sub"],
        citizen_id=_said(signed, told, claims.citizen_id),
        birth_date=birth_date(_said(signed, told, claims.birth_date)),
        is_citizen=account_type == claims.citizen_value,
        level=AccountLevel.TWO if fresh and assurance in claims.level_two else AccountLevel.ONE,
        assurance=assurance[:_LONGEST],
        amr=_methods(signed.get("amr")),
        authenticated_at=_instant(signed.get("auth_time")),
    )


def birth_date(said: str) -> str:
    """Normalise a birth date: 19530502, 19530500, 1953 and 1953-05-02 all occur.

    Raises:
        NotProven: it is none.
    """
    found = _BIRTH.fullmatch(said)
    if found is None:
        raise NotProven("no_birth_date")
    parts = [part for part in found.groups() if part is not None]
    while len(parts) > 1 and parts[-1] == "00":
        parts.pop()
    try:
        date(*map(int, [*parts, "1", "1"][:3]))
    except ValueError as impossible:
        raise NotProven("no_birth_date") from impossible
    return "-".join(parts)


def _said(signed: Claims, told: Claims, name: str) -> str:
    """Read a claim from where it stands; what is signed and what is told may not differ."""
    values = {str(claims[name]).strip() for claims in (signed, told) if _is_said(claims.get(name))}
    if len(values) > 1:
        raise NotProven("contradiction")
    return next(iter(values), "")


def _is_said(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _methods(said: object) -> str:
    listed = said if isinstance(said, list) else [said]
    return " ".join(method for method in listed if isinstance(method, str))[:_LONGEST]


def _instant(said: object) -> datetime | None:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    try:
        return datetime.fromtimestamp(said, UTC)
    except (OverflowError, OSError, ValueError):
        return None
