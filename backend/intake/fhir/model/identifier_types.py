"""Reads the type of an identifier: what a number is, in HL7's words."""

from typing import Final

from backend.intake.fhir.model.datatypes import Resource

_SYSTEMS: Final = frozenset(
    {
        "",
        "http://terminology.hl7.org/CodeSystem/v2-0203",
        "http://hl7.org/fhir/v2/0203",
        "urn:oid:2.16.840.1.113883.18.108",
    }
)
"""Table 0203 of HL7 v2, as it is written; a code without a system is taken for one of it."""
_FIRST: Final = ("MR", "PI", "NI", "NNVNM")
"""Of several types, the one that finds a chart counts."""


def type_of(identifier: Resource) -> str:
    """Give the code of an identifier's type; empty where it says none that the hub can read."""
    codings = identifier.get("type", {}).get("coding", [])
    codes = [
        coding["code"].upper()
        for coding in codings
        if coding.get("code") and coding.get("system", "") in _SYSTEMS
    ]
    return next((code for code in _FIRST if code in codes), codes[0] if codes else "")


_OF_SEVERAL: Final = frozenset(
    {"PLAC", "PGN", "ACSN", "VN", "AN", "MR", "PI", "PT", "NI", "NNVNM", "SS", "DL", "PPN", "HC"}
)
"""Numbers of orders, groups, visits and people: several records have the same one."""


def is_of_several(identifier: Resource) -> bool:
    """Tell whether its type says that it names something that several records are part of."""
    codings = identifier.get("type", {}).get("coding", [])
    return any(
        str(coding.get("code", "")).upper() in _OF_SEVERAL and coding.get("system", "") in _SYSTEMS
        for coding in codings
    )
