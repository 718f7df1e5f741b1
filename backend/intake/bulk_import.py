"""Imports files of FHIR resources, each piece as if its hospital had sent it, and counts them.

Every piece is a message, and the hash of its content is its id. So a stopped import can run again
and continues. Old events cause no notices, as always.

The files are read twice, and nothing of them is held: patients and Bundles first, then everything
else, and what in the first pass was about somebody who had not come yet.
"""

import asyncio
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from backend.core.errors import HubError, Issue
from backend.core.http.strict_json import AmbiguousJson, check_json
from backend.core.log import log
from backend.core.postgres.database_failures import is_engine_away
from backend.intake.fhir.interactions import RequestOptions, take_bundle, take_resource
from backend.intake.fhir.model.opening import ResourceRequest
from backend.intake.fhir.model.parsing import LARGEST
from backend.intake.import_sources import FIRST, Piece, by_kind, pieces_of
from backend.intake.pipeline.patient_matching import UnknownPatient
from backend.intake.pipeline.take_in import IntakeResult

MOST_ISSUES_SHOWN: Final = 5


class UnreadableFile(HubError):
    """The file is too large, or is not JSON that the hub accepts."""

    code = "unreadable_file"
    status = 422


@dataclass(slots=True)
class Summary:
    """The result of an import."""

    pieces: int = 0
    """How many were taken in or refused."""
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    """By FHIR's word for the kind: created, updated, unchanged, waiting, not shown, refused."""
    refused: int = 0
    stopped: bool = False
    """It ended before its end, because somebody asked for it."""

    def note(self, kind: str, became: str) -> None:
        self.kinds.setdefault(kind, Counter())[became] += 1


def _nothing(_: object) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Hears of an import while it runs, and may end it."""

    done: Callable[[Piece], object] = _nothing
    """Called for each piece that was taken in or refused."""
    refused: Callable[[str], object] = _nothing
    """Called with a line for each file, or entry, that was refused: its name and the reason; no
    value in it."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Ends the import after the piece in hand."""


async def import_files(
    files: list[Path], facility: UUID, watcher: Watcher | None = None
) -> Summary:
    """Take in every file for this facility; a refused piece is named and stops no other."""
    return await _Import(facility, watcher or Watcher(), Summary()).run(files)


@dataclass(frozen=True, slots=True)
class _Import:
    facility: UUID
    watcher: Watcher
    summary: Summary

    async def run(self, files: list[Path]) -> Summary:
        waits = {file: array("Q") for file in files}
        for file in files:
            for n, piece in self._until_stopped(file):
                if piece.kind in FIRST and not await self._taken(piece, wait=True):
                    waits[file].append(n)
        for file in by_kind(files):
            still = iter(waits.pop(file))
            waiting = next(still, None)
            for n, piece in self._until_stopped(file):
                if n == waiting:
                    waiting = next(still, None)
                elif piece.kind in FIRST:
                    continue
                await self._taken(piece, wait=False)
        return self.summary

    def _until_stopped(self, file: Path) -> Iterator[tuple[int, Piece]]:
        if self.watcher.stop.is_set():
            return
        for numbered in enumerate(pieces_of(file)):
            yield numbered
            if self.watcher.stop.is_set():
                self.summary.stopped = True
                return

    async def _taken(self, piece: Piece, *, wait: bool) -> bool:
        """Take one in, or refuse it; give False when its patient may still come."""
        if await self._was_heard(piece, wait=wait):
            self.summary.pieces += 1
            self.watcher.done(piece)
            return True
        return False

    async def _was_heard(self, piece: Piece, *, wait: bool) -> bool:
        try:
            said = await _take(piece, self.facility)
        except HubError as refused:
            if wait and isinstance(refused, UnknownPatient):
                return False
            self._refuse(f"{piece.name}: {_reason(refused.code, refused.faults)}")
            return True
        except Exception as surprise:
            if is_engine_away(surprise):
                raise
            log.error("import_failed", error=type(surprise).__name__)
            self._refuse(f"{piece.name}: failed ({type(surprise).__name__})")
            return True
        if wait and any(_is_about_a_stranger(response) for response in said.responses):
            return False
        self._note(piece, said)
        return True

    def _note(self, piece: Piece, said: "_Answered") -> None:
        heard = iter(said.heard)
        for n, response in enumerate(said.responses):
            if response["status"][0] == "4":
                faults = [_issue(issue) for issue in _issues(response)]
                self._refuse(f"{piece.name} entry {n}: {_reason(response['status'], faults)}")
                continue
            of_message = next(heard) if said.each_alone else said.heard[0]
            self.summary.note(_kind_of(response), _became(response, of_message))

    def _refuse(self, line: str) -> None:
        self.summary.refused += 1
        self.watcher.refused(line)


@dataclass(frozen=True, slots=True)
class _Answered:
    """The answer to one piece."""

    responses: list[dict[str, Any]]
    """One for each resource in it."""
    heard: list[IntakeResult]
    """One for each message that was taken in: the piece, or each entry of a batch."""
    each_alone: bool
    """Each entry is a message."""


async def _take(piece: Piece, facility: UUID) -> _Answered:
    if piece.raw is None:
        raise UnreadableFile(faults=[Issue("$", "cannot be read from the disk, or unpacked")])
    resource = _unambiguous(piece.raw)
    heard: list[IntakeResult] = []
    wishes = RequestOptions(
        facility=facility, sender_id=f"import:{sha256(piece.raw).hexdigest()}", exported=True,
        heard=heard.append,
    )  # fmt: skip
    if resource.kind == "Bundle":
        answer = msgspec.json.decode((await take_bundle(piece.raw, wishes)).content)
        responses = [entry["response"] for entry in answer.get("entry", [])]
        return _Answered(responses, heard, answer["type"] == "batch-response")
    alone = await take_resource(
        piece.raw, resource.kind, ResourceRequest(put_id=resource.id), wishes
    )
    outcome = {"outcome": msgspec.json.decode(alone.content)} if alone.content else {}
    response = {"status": str(alone.status_code), "location": f"{resource.kind}/", **outcome}
    return _Answered([response], heard, each_alone=False)


class _Named(msgspec.Struct, rename={"kind": "resourceType"}):
    kind: str = ""
    id: str = ""


_NAMED: Final = msgspec.json.Decoder(_Named)


def _unambiguous(raw: bytes) -> _Named:
    if len(raw) > LARGEST:
        raise UnreadableFile(faults=[Issue("$", "is too large")])
    try:
        check_json(raw)
    except (AmbiguousJson, ValueError) as unreadable:
        raise UnreadableFile(faults=[Issue("$", "is not JSON")]) from unreadable
    try:
        return _NAMED.decode(raw)
    except msgspec.MsgspecError:
        return _Named()  # it is no resource, or its id is none: its reader says so


def _became(response: dict[str, Any], heard: IntakeResult) -> str:
    words = [issue["diagnostics"] for issue in _issues(response)]
    if response["status"].startswith("202"):
        return "waiting"
    if heard.replayed or "unchanged" in words:
        return "unchanged"
    if any(word.startswith("kept as it came") for word in words):
        return "not shown"
    return "created" if response["status"].startswith("201") else "updated"


def _issues(response: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = response.get("outcome", {}).get("issue", [])
    return found


def _issue(issue: dict[str, Any]) -> Issue:
    return Issue((issue.get("expression") or [""])[0], issue["diagnostics"])


def _kind_of(response: dict[str, Any]) -> str:
    """Name the kind of a taken entry; a Patient that waits has no address yet."""
    return str(response.get("location", "Patient/")).partition("/")[0]


def _is_about_a_stranger(response: dict[str, Any]) -> bool:
    """Tell whether an entry of a batch was refused for a patient who may still come."""
    return response["status"][0] == "4" and any(
        issue["code"] == "not-found" for issue in _issues(response)
    )


def _reason(code: str, faults: Iterable[Issue]) -> str:
    said = [f"{issue.path} {issue.message}".strip() for issue in faults]
    more = [f"and {len(said) - MOST_ISSUES_SHOWN} more"] if len(said) > MOST_ISSUES_SHOWN else []
    return "; ".join([code, *said[:MOST_ISSUES_SHOWN], *more])
