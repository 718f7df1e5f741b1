"""Runs an import in the test's own process, and keeps what it told."""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from backend.intake.bulk_import import Summary, Watcher, import_files
from backend.intake.import_sources import Piece, files_in


@dataclass
class Told:
    """What an import told while it ran."""

    done: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    read: int = 0
    """Bytes of the pieces that were done, as they lie on the disk."""


async def import_folder(folder: Path, facility: UUID) -> tuple[Summary, Told]:
    told = Told()

    def done(piece: Piece) -> None:
        told.done.append(piece.name)
        told.read += piece.size

    watcher = Watcher(done=done, refused=told.refused.append)
    return await import_files(files_in(folder).files, facility, watcher), told
