"""Reads the files of an import piece by piece, in constant memory, and says of each what it is.

A piece is a file with one resource or Bundle (.json), or a line of a FHIR bulk export (.ndjson,
.jsonl). Each of them may be compressed (.gz). Nothing is opened but files with these endings.
"""

import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from gzip import GzipFile
from pathlib import Path
from typing import IO, Final

import msgspec

from backend.core.errors import HubError
from backend.intake.fhir.model.bundle import PARTIES
from backend.intake.fhir.model.parsing import LARGEST

LINES: Final = frozenset({".ndjson", ".jsonl"})
"""The endings of files with a resource a line."""
ENDINGS: Final = LINES | {".json"}
COMPRESSED: Final = ".gz"
FIRST: Final = frozenset({"Patient", "Bundle", *PARTIES})
"""What is taken in before everything else: patients, and what may contain one, and their names."""
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_MADE_OF_OTHERS: Final = "DiagnosticReport"


class NothingToImport(HubError):
    """There is no file there that an import reads: .json, .ndjson or .jsonl, or one of them .gz."""

    code = "nothing_to_import"
    status = 404


@dataclass(frozen=True, slots=True)
class Piece:
    """A file, or a line of one: one message."""

    name: str
    raw: bytes | None
    """None where it cannot be read from the disk, or not be unpacked."""
    size: int
    """Bytes of the file, as it lies on the disk, that were read since the piece before."""
    kind: str = ""
    """The `resourceType` that it says; empty where it says none."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that an import reads, and those that it leaves out."""

    files: list[Path]
    left_out: list[Path]

    @property
    def size(self) -> int:
        """Give the bytes of all files that are read, as they lie on the disk."""
        return sum(_size(file) for file in self.files)


class _Head(msgspec.Struct, rename={"kind": "resourceType"}):
    kind: str = ""


_HEAD: Final = msgspec.json.Decoder(_Head)


def files_in(path: Path) -> Sources:
    """List the files: names before those whom they name, else in the order of the alphabet.

    A pipe, a socket or a device is left out whatever it is called: reading it may never end.

    Raises:
        NothingToImport: none of them can be read.
    """
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if not p.is_dir())
    files = [file for file in found if _ending(file) in ENDINGS and not _may_never_end(file)]
    if not files:
        raise NothingToImport
    read = set(files)
    left_out = [file for file in found if file not in read]
    return Sources(sorted(files, key=_is_about_somebody), left_out)


def by_kind(files: list[Path]) -> list[Path]:
    """Put files with reports behind those with what the reports are made of.

    The other order is right too, and costs a second writing of each report.
    """
    return sorted(files, key=lambda file: _first_kind(file) == _MADE_OF_OTHERS)


def pieces_of(file: Path) -> Iterator[Piece]:
    """Read the file piece by piece. Of one that is too large a bit more than the hub takes is read.

    A file that cannot be opened, or read to its end, ends with a piece without content.
    """
    n = 0
    try:
        with ExitStack() as opened:
            packed = opened.enter_context(file.open("rb"))
            content: IO[bytes] | GzipFile = packed
            if file.suffix.lower() == COMPRESSED:
                content = opened.enter_context(GzipFile(fileobj=packed))
            read = _lines if _ending(file) in LINES else _whole
            at = 0
            for n, raw in read(content):
                now_at = _position(packed)
                yield Piece(_name(file, n), raw, now_at - at, _kind(raw))
                at = now_at
    except (OSError, EOFError, zlib.error):
        yield Piece(_name(file, n + 1 if _ending(file) in LINES else 0), None, 0)


def _whole(content: IO[bytes] | GzipFile) -> Iterator[tuple[int, bytes]]:
    yield 0, content.read(LARGEST + 1).removeprefix(_BYTE_ORDER_MARK)


def _lines(content: IO[bytes] | GzipFile) -> Iterator[tuple[int, bytes]]:
    """Give each line that is not empty, with its number; of a longer one than is taken, a part."""
    n, begins = 1, True
    while line := content.readline(LARGEST + 2):
        if n == 1 and begins:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if begins and line.strip():
            yield n, line if len(line) > LARGEST else line.strip()
        begins = line.endswith(b"\n")
        n += begins


def _name(file: Path, n: int) -> str:
    return f"{file.name}:{n}" if n else file.name


def _kind(raw: bytes) -> str:
    try:
        return _HEAD.decode(raw).kind
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""  # it is refused where it is read whole, and there it is said why


def _ending(file: Path) -> str:
    """Give the ending that says how the file is read, in small letters and without .gz."""
    name = file.name.lower().removesuffix(COMPRESSED)
    return name[name.rindex(".") :] if "." in name else ""


def _may_never_end(file: Path) -> bool:
    return file.exists() and not file.is_file()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # it cannot be read either, and is named then


def _position(packed: IO[bytes]) -> int:
    return packed.tell() if packed.seekable() else 0


def _is_about_somebody(file: Path) -> bool:
    """Tell files with patients from those with only doctors and departments."""
    return any(
        piece.raw is not None and (b'"Patient' in piece.raw or b"Patient/" in piece.raw)
        for piece in pieces_of(file)
    )


def _first_kind(file: Path) -> str:
    return next((piece.kind for piece in pieces_of(file)), "")
