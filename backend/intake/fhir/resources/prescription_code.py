"""Finds the code of an electronic prescription, which a pharmacy asks for (Circular 26/2025)."""

import re
from collections.abc import Iterator
from typing import Final

from backend.core.i18n import in_plain_letters
from backend.core.settings import load_settings
from backend.intake.fhir.model.datatypes import Resource

SYSTEM: Final = "urn:vn:prescription-code"
_NATIONAL: Final = re.compile(
    r"https?://(?:[a-z0-9-]+\.)*donthuocquocgia\.vn(?:[:/].*)?|urn:donthuocquocgia\.vn(?::.*)?",
    re.IGNORECASE,
)
"""The national system of prescriptions, in whatever address a sender names it by."""
_NAMES: Final = frozenset(
    {"ma don thuoc", "ma don thuoc dien tu", "ma don thuoc quoc gia", "prescription code",
     "electronic prescription code", "e-prescription code"}
)  # fmt: skip
_CODE: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z./_-]{0,62}[0-9A-Za-z])?")
"""A code that a pharmacist can type. As Circular 26/2025 has it: 12 letters, `-`, N, H, C or T."""


def prescription_code_of(request: Resource) -> str | None:
    """Give the code, from the group of the request or its own identifiers.

    A group is one paper for several medicines, so its code counts first. The code itself is never
    guessed from its form: an order number could look alike.
    """
    return next(
        (
            identifier["value"]
            for identifier in _identifiers(request)
            if _is_declared(identifier) and _CODE.fullmatch(identifier.get("value", ""))
        ),
        None,
    )


def _identifiers(request: Resource) -> Iterator[Resource]:
    if "groupIdentifier" in request:
        yield request["groupIdentifier"]
    yield from request.get("identifier", [])


def _is_declared(identifier: Resource) -> bool:
    """Tell whether its system or its type says that it is one, and it is not of old."""
    system, kind = identifier.get("system", ""), identifier.get("type", {})
    codings = kind.get("coding", [])
    names = [kind.get("text", ""), *(coding.get("display", "") for coding in codings)]
    return identifier.get("use") != "old" and (
        system == SYSTEM
        or system in load_settings().prescription_systems.split()
        or bool(_NATIONAL.fullmatch(system))
        or any(in_plain_letters(name) in _NAMES for name in names)
        or any(coding.get("code") == "prescription-code" for coding in codings)
    )
