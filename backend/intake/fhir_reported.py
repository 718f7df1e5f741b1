"""Reads the smaller parts of what a laboratory says: what sort, from what, how it is printed."""

from typing import Final

from backend.intake.fhir_bundle import Entry
from backend.intake.fhir_values import Resource, first_of, words_of

_LABORATORY: Final = frozenset(
    {"LAB", "laboratory", "AU", "BG", "BLB", "CG", "CH", "CP", "CTH", "GE", "HM", "ICU",
     "IMM", "MB", "MCB", "MYC", "OSL", "PAR", "PHR", "SP", "SR", "TX", "URN", "VR"}
)  # fmt: skip
_IMAGING: Final = frozenset(
    {"imaging", "CT", "CUS", "IMG", "MRI", "NMR", "NMS", "OUS", "RAD", "RUS", "RX", "US", "VUS",
     "XRC"}
)  # fmt: skip
"""HL7's diagnostic service sections (v2-0074) and its categories of observations."""


def category_of(report: Resource) -> str | None:
    """Say which of the two sorts that an app shows apart it is, if it is one of them."""
    codes = {
        coding.get("code")
        for category in report.get("category", [])
        for coding in category.get("coding", [])
    }
    if codes & _IMAGING:
        return "imaging"
    return "laboratory" if codes & _LABORATORY else None


def specimen_of(observation: Resource) -> str | None:
    """Name the specimen, from the reference itself or from what is contained."""
    reference = observation.get("specimen", {})
    name = reference.get("reference", "")
    kinds = (
        words_of(each.get("type"))
        for each in observation.get("contained", [])
        if each["resourceType"] == "Specimen" and name == f"#{each.get('id')}"
    )
    return first_of(reference.get("display"), *kinds)


def forms_of(entry: Entry) -> list[tuple[str, Resource]]:
    """Give the report as it is printed, each form with its path."""
    forms = entry.resource.get("presentedForm", [])
    return [(f"{entry.path}.presentedForm[{n}]", each) for n, each in enumerate(forms)]
