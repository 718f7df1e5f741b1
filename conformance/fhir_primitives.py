"""Sends every primitive of the outside set to the FHIR endpoint, in an extension of a Patient.

Exits 1 when strict handling takes an invalid one, or refuses it without its path, or stores any of
it; when the usual handling takes one without a remark at its path, since no patient sees it; and
when a valid one is refused.

python -m conformance.fhir_primitives [FOLDER]      (../shared/data/fhir_r4_examples unless told)
"""

import asyncio
import sys
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from typer import echo

from conformance.fhir_examples import ACCEPTED
from conformance.material import end_with, folder_told
from conformance.running import Answer, RunningHub, running_hub
from conformance.stored import changes, stored

_PATIENT = (
    '{{"resourceType":"Patient","identifier":[{{"system":"urn:oid:1.2.3","value":"1"}}],{0}}}'
)
_EXTENSION = '"extension":[{{"url":"urn:example:primitive","value{0}":{1}}}]'
_TEXT = '"text":{{"status":"generated","div":{0}}}'
TAKEN, WITH_PATH = "taken", "refused with its path"
NO_JSON = "refused as no JSON at all"
REMARKED = "taken, with a remark at its path: no patient sees it"
UNDERSTOOD = "understood, and refused for pointing to nobody here"
NOTHING = "null or empty, which FHIR's JSON leaves out: refused, or remarked, with its path"


def body_of(kind: str, value: str) -> tuple[bytes, str]:
    """Put a value, letter by letter, into a Patient; give its path too."""
    if kind == "xhtml":
        return _PATIENT.format(_TEXT.format(value)).encode(), "Patient.text.div"
    name = "".join(each.capitalize() for each in kind.split("_"))
    body = _PATIENT.format(_EXTENSION.format(name, value)).encode()
    return body, f"Patient.extension[0].value{name}"


@dataclass(frozen=True, slots=True)
class Value:
    """One line of the set."""

    file: str
    kind: str
    said: str
    """valid or invalid."""
    text: str


def values(folder: Path, said: str) -> list[Value]:
    return [
        Value(file.name, file.name.partition(".")[0], said, line)
        for file in sorted(folder.glob(f"*.{said}.ndjson"))
        for line in file.read_text("utf-8").splitlines()
        if line
    ]


async def check(folder: Path) -> list[str]:
    invalid, valid = values(folder, "invalid"), values(folder, "valid")
    counted, wrong = Counter[str](), list[str]()
    async with running_hub() as hub:
        key = await hub.facility("01001")
        before = await stored(hub.owner)
        for each in invalid:
            wrong += await _sent(hub, key, each, counted, strict=True)
        wrong += changes("an invalid one", before, await stored(hub.owner))
        for each in invalid:
            wrong += await _sent(hub, key, each, counted)
        for each in valid:
            wrong += await _sent(hub, key, each, counted)
    echo(f"{len(invalid)} invalid and {len(valid)} valid primitives")
    for what, count in sorted(counted.items()):
        echo(f"  {count:4}  {what}")
    return wrong


async def _sent(
    hub: RunningHub, key: str, value: Value, counted: Counter[str], *, strict: bool = False
) -> list[str]:
    body, path = body_of(value.kind, value.text)
    became = _became(await hub.sends(key, "/fhir/R4/Patient", body, strict=strict), path)
    if value.said == "valid" and value.text in {"null", '""'} and became in {WITH_PATH, REMARKED}:
        became = NOTHING
    handled = f"{value.said}, strict" if strict else value.said
    counted[f"{handled}: {became}"] += 1
    fits = became in _RIGHT[handled]
    return [] if fits else [f"{value.file}: {value.text[:60]}: {became}"]


_RIGHT = {
    "valid": {TAKEN, UNDERSTOOD, NOTHING},
    "invalid, strict": {WITH_PATH, NO_JSON},
    "invalid": {WITH_PATH, NO_JSON, REMARKED},
}


def _became(answer: Answer, path: str) -> str:
    named = [where for each in answer.issues for where in each.get("expression", [])]
    is_named = any(each == path or each.startswith(f"{path}.") for each in named)
    if answer.status in ACCEPTED:
        return REMARKED if is_named else TAKEN
    if answer.status == HTTPStatus.BAD_REQUEST:
        return NO_JSON
    if not is_named:
        return f"{answer.status} {named}"
    invalid = any(each["code"] == "invalid" for each in answer.issues)
    return WITH_PATH if invalid else UNDERSTOOD


def main() -> None:
    folder = folder_told(sys.argv[1:], "fhir_r4_examples") / "google_primitive_validation"
    wrong = asyncio.run(check(folder))
    end_with(wrong)


if __name__ == "__main__":
    main()
