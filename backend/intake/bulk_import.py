"""Imports a folder of FHIR files, each as if its hospital had sent it, and counts the results.

Every file is a message, and the hash of its content is its id. So a stopped import can run again
and continues. Old events cause no notices, as always.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import UUID

import msgspec

from backend.core.errors import HubError, Issue
from backend.core.http.strict_json import AmbiguousJson, check_json
from backend.core.log import log
from backend.core.postgres.database_failures import is_engine_away
from backend.intake.fhir.interactions import RequestOptions, take_bundle, take_resource
from backend.intake.fhir.model.opening import Asked
from backend.intake.fhir.model.parsing import LARGEST
from backend.intake.pipeline.patient_matching import UnknownPatient

ENDINGS: Final = frozenset({".json", ".ndjson"})
"""Bundles or single resources, and the lines of a FHIR bulk export."""
MOST_ISSUES_SHOWN: Final = 5


class NothingToImport(HubError):
    """There is no .json or .ndjson file there."""

    code = "nothing_to_import"
    status = 404


class UnreadableFile(HubError):
    """The file is too large, or is not JSON that the hub accepts."""

    code = "unreadable_file"
    status = 422


@dataclass(frozen=True, slots=True)
class Piece:
    """A file, or a line of an NDJSON file: one message."""

    name: str
    raw: bytes | None
    """None where it cannot be read from the disk."""


@dataclass(slots=True)
class Summary:
    """The result of an import."""

    pieces: int = 0
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    """By FHIR's word for the kind: created, updated, unchanged, not shown, refused."""
    refused: list[str] = field(default_factory=list)
    """One line for each file, or entry, that was refused: its name and why; no value in it."""

    def note(self, kind: str, became: str) -> None:
        self.kinds.setdefault(kind, Counter())[became] += 1


Progress = Callable[[str], object]
"""MessageOutcome the name of each piece that is done."""


def files_in(path: Path) -> list[Path]:
    """List the files; those with patients, doctors and departments come first.

    Raises:
        NothingToImport: there is none.
    """
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if not p.is_dir())
    files = [file for file in found if file.suffix.lower() in ENDINGS]
    if not files:
        raise NothingToImport
    return sorted(files, key=_is_about_somebody)


def pieces_of(file: Path) -> Iterator[Piece]:
    """Read the file piece by piece. Of one that is too large a bit more than the hub takes is read.

    A file that cannot be opened, or read to its end, is a piece without content.
    """
    try:
        with file.open("rb") as content:
            if file.suffix.lower() == ".ndjson":
                yield from _lines(file.name, content)
            else:
                yield Piece(file.name, content.read(LARGEST + 1))
    except OSError:
        yield Piece(file.name, None)


def _lines(name: str, content: BinaryIO) -> Iterator[Piece]:
    n, begins = 1, True
    while line := content.readline(LARGEST + 2):
        if begins and line.strip():
            yield Piece(f"{name}:{n}", line if len(line) > LARGEST else line.strip())
        begins = line.endswith(b"\n")
        n += begins


async def import_files(
    files: Iterable[Path], facility: UUID, progress: Progress = lambda _: None
) -> Summary:
    """Take in every file for this facility; a refused file is named and stops no other.

    What is about a patient whose own file comes later is tried once more at the end.
    """
    summary, later = Summary(), list[Piece]()
    for file in files:
        for piece in pieces_of(file):
            summary.pieces += 1
            if not await _taken(piece, facility, summary, wait=True):
                later.append(piece)
                continue
            progress(piece.name)
    for piece in later:
        await _taken(piece, facility, summary, wait=False)
        progress(piece.name)
    return summary


async def _taken(piece: Piece, facility: UUID, summary: Summary, *, wait: bool) -> bool:
    """Take one in; give False when its patient may still come."""
    try:
        said = await _take(piece, facility)
    except HubError as refused:
        if wait and isinstance(refused, UnknownPatient):
            return False
        summary.refused.append(f"{piece.name}: {_why(refused.code, refused.faults)}")
        return True
    except Exception as surprise:
        if is_engine_away(surprise):
            raise
        log.error("import_failed", error=type(surprise).__name__)
        summary.refused.append(f"{piece.name}: failed ({type(surprise).__name__})")
        return True
    if wait and any(_is_about_a_stranger(answer) for answer in said):
        return False
    for n, response in enumerate(said):
        _note(summary, f"{piece.name} entry {n}", response)
    return True


async def _take(piece: Piece, facility: UUID) -> list[dict[str, Any]]:
    """Give what was answered for each resource in it."""
    if piece.raw is None:
        raise UnreadableFile(faults=[Issue("$", "cannot be read from the disk")])
    resource = _unambiguous(piece.raw)
    wishes = RequestOptions(
        facility=facility, sender_id=f"import:{sha256(piece.raw).hexdigest()}", exported=True
    )
    kind, said_id = resource.get("resourceType"), resource.get("id")
    if kind == "Bundle":
        answer = msgspec.json.decode((await take_bundle(piece.raw, wishes)).content)
        return [entry["response"] for entry in answer.get("entry", [])]
    alone = await take_resource(piece.raw, str(kind), Asked(put_id=str(said_id or "")), wishes)
    outcome = {"outcome": msgspec.json.decode(alone.content)} if alone.content else {}
    return [{"status": str(alone.status_code), "location": f"{kind}/", **outcome}]


def _unambiguous(raw: bytes) -> dict[str, Any]:
    if len(raw) > LARGEST:
        raise UnreadableFile(faults=[Issue("$", "is too large")])
    try:
        check_json(raw)
        read = json.loads(raw)
    except (AmbiguousJson, ValueError) as unreadable:
        raise UnreadableFile(faults=[Issue("$", "is not JSON")]) from unreadable
    return read if isinstance(read, dict) else {}


def _note(summary: Summary, name: str, response: dict[str, Any]) -> None:
    issues = response.get("outcome", {}).get("issue", [])
    if response["status"][0] == "4":
        faults = [
            Issue((issue.get("expression") or [""])[0], issue["diagnostics"]) for issue in issues
        ]
        summary.refused.append(f"{name}: {_why(response['status'], faults)}")
        return
    kind, words = _kind_of(response), [issue["diagnostics"] for issue in issues]
    if response["status"].startswith("202"):
        summary.note(kind, "waiting")
    elif "unchanged" in words:
        summary.note(kind, "unchanged")
    elif any(word.startswith("kept as it came") for word in words):
        summary.note(kind, "not shown")
    else:
        summary.note(kind, "created" if response["status"].startswith("201") else "updated")


def _kind_of(response: dict[str, Any]) -> str:
    """Name the kind of a taken entry; a Patient that waits has no address yet."""
    return str(response.get("location", "Patient/")).partition("/")[0]


def _is_about_a_stranger(response: dict[str, Any]) -> bool:
    """Tell whether an entry of a batch was refused for a patient who may still come."""
    issues = response.get("outcome", {}).get("issue", [])
    return response["status"][0] == "4" and any(issue["code"] == "not-found" for issue in issues)


def _why(code: str, faults: Iterable[Issue]) -> str:
    said = [f"{issue.path} {issue.message}".strip() for issue in faults]
    more = [f"and {len(said) - MOST_ISSUES_SHOWN} more"] if len(said) > MOST_ISSUES_SHOWN else []
    return "; ".join([code, *said[:MOST_ISSUES_SHOWN], *more])


def _is_about_somebody(file: Path) -> bool:
    """Tell files with patients from those with only doctors and departments."""
    try:
        with file.open("rb") as lines:
            return any(b'"Patient' in line or b"Patient/" in line for line in lines)
    except OSError:
        return False
