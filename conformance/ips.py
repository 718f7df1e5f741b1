"""What HL7's International Patient Summary demands of a document, checked by nothing of the hub's.

fhirkit knows FHIR R4 itself and loads no implementation guide, so the guide's own demands (IPS 2.0:
Bundle-uv-ips, Composition-uv-ips and the profiles of what a section refers to) are written here.
"""

import re
import xml.etree.ElementTree as ET  # reads what our own process has just written
from collections.abc import Iterator
from typing import Any, Final

import fhirkit

from conformance.whole_records import as_written

ALWAYS: Final = {"48765-2": {"AllergyIntolerance"}, "11450-4": {"Condition"},
                 "10160-0": {"MedicationStatement", "MedicationRequest"}}  # fmt: skip
SOMETIMES: Final = {"11369-6": {"Immunization"}, "30954-2": {"Observation", "DiagnosticReport"},
                    "47519-4": {"Procedure"}, "8716-3": {"Observation"}}  # fmt: skip
EMPTY: Final = {"nilknown", "notasked", "withheld", "unavailable", "notstarted", "closed"}
NEEDED: Final = {
    "AllergyIntolerance": ("clinicalStatus", "code", "patient"),
    "Condition": ("clinicalStatus", "code", "subject"),
    "MedicationRequest": ("status", "intent", "medication", "subject"),
    "MedicationStatement": ("status", "medication", "subject", "effective"),
    "Immunization": ("status", "vaccineCode", "patient", "occurrence"),
    "Observation": ("status", "category", "code", "subject", "effective", "performer"),
    "Procedure": ("status", "code", "subject", "performed"),
    "Patient": ("name", "birthDate"),
    "Organization": ("name",),
    "Device": ("deviceName",),
}
"""Elements that must be there, with a value or with the reason why there is none."""
_URN: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_DIV: Final = "{http://www.w3.org/1999/xhtml}div"
_ALLOWED: Final = {"div", "p", "table", "thead", "tbody", "tr", "th", "td", "br"}


def wrong_with(text: str) -> list[str]:
    """List everything that keeps a text from being an International Patient Summary."""
    issues = [f"{each.path}: {each.message}" for each in fhirkit.validate(text)]
    bundle = as_written(text)
    resources = {each["fullUrl"]: each["resource"] for each in bundle["entry"]}
    return [
        *issues,
        *_of_bundle(bundle, resources),
        *_of_composition(bundle["entry"][0]["resource"], resources),
        *(fault for each in resources.values() for fault in _of_resource(each)),
    ]


def _of_bundle(bundle: Any, resources: dict[str, Any]) -> Iterator[str]:
    if (bundle["resourceType"], bundle.get("type")) != ("Bundle", "document"):
        yield "it is not a document"
    if not bundle.get("identifier", {}).get("value") or not bundle["identifier"].get("system"):
        yield "it has no identifier"
    if "timestamp" not in bundle:
        yield "it has no timestamp"
    if len(resources) != len(bundle["entry"]) or not all(map(_URN.match, resources)):
        yield "a fullUrl is missing, no uuid or there twice"
    kinds = [each["resourceType"] for each in resources.values()]
    if kinds[0] != "Composition" or kinds.count("Composition") != 1 or kinds.count("Patient") != 1:
        yield "it does not begin with the Composition, or is not of one Patient"
    for name, resource in resources.items():
        if name != f"urn:uuid:{resource['id']}":
            yield f"{resource['resourceType']}: fullUrl and id differ"
        yield from (
            f"{resource['resourceType']} refers to what is not here"
            for reference in _references(resource)
            if reference not in resources
        )


def _of_composition(head: Any, resources: dict[str, Any]) -> Iterator[str]:
    coding = head["type"]["coding"][0]
    if (coding["system"], coding["code"]) != ("http://loinc.org", "60591-5"):
        yield "the Composition is no patient summary"
    missing = [
        each for each in ("status", "subject", "date", "author", "title") if each not in head
    ]
    yield from (f"Composition.{each} is missing" for each in missing)
    subject = resources.get(head.get("subject", {}).get("reference"), {})
    if subject.get("resourceType") != "Patient":
        yield "Composition.subject is no Patient"
    yield from _of_text("Composition", head.get("text"))
    found = [each["code"]["coding"][0]["code"] for each in head["section"]]
    yield from (f"there is no section {code}" for code in ALWAYS if code not in found)
    yield from (
        f"section {code} stands there twice" for code in set(found) if found.count(code) > 1
    )
    referred = {"Composition", "Patient", "Organization", "Device"}
    for code, section in zip(found, head["section"], strict=True):
        kinds = (ALWAYS | SOMETIMES).get(code, set())
        named = [each["reference"] for each in section.get("entry", [])]
        entries = [resources[each] for each in named if each in resources]
        if {each["resourceType"] for each in entries} - kinds:
            yield f"section {code} has what does not belong there"
        reason = section.get("emptyReason", {}).get("coding", [{}])[0].get("code")
        if bool(entries) == bool(reason) or (reason and reason not in EMPTY):
            yield f"section {code} has neither entries nor a reason, or both"
        if not section.get("title"):
            yield f"section {code} has no title"
        yield from _of_text(f"section {code}", section.get("text"))
        referred |= {each["resourceType"] for each in entries}
    unused = {each["resourceType"] for each in resources.values()} - referred
    yield from (f"no section has the {each}" for each in unused)


def _of_text(where: str, text: Any) -> Iterator[str]:
    """Read the narrative as XML: FHIR allows a few elements, and something must be said."""
    try:
        div = ET.fromstring((text or {}).get("div", ""))  # noqa: S314  # as above
    except ET.ParseError:
        yield f"{where}: the text is no XHTML"
        return
    names = {each.tag.rpartition("}")[2] for each in div.iter()}
    if div.tag != _DIV or names - _ALLOWED or not "".join(div.itertext()).strip():
        yield f"{where}: the text is no narrative"
    if text.get("status") not in {"generated", "extensions", "additional"}:
        yield f"{where}: the text has no status"


def _of_resource(resource: Any) -> Iterator[str]:
    kind = resource["resourceType"]
    for element in NEEDED.get(kind, ()):
        if not any(name.lstrip("_").startswith(element) for name in resource):
            yield f"{kind}.{element} is missing"
    if kind == "Observation" and not any(
        name.startswith("value") or name in {"dataAbsentReason", "component", "hasMember"}
        for name in resource
    ):
        yield "an Observation says neither what was found nor why nothing was"
    if kind in {"Observation", "Condition", "AllergyIntolerance", "Immunization", "Procedure"} | {
        "MedicationRequest", "MedicationStatement",
    } and not _URN.match(resource.get("meta", {}).get("source", "")):  # fmt: skip
        yield f"{kind} does not say from where it is"


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for each in value.values():
            yield from _references(each)
