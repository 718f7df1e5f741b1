"""Says of each file that came with a record what it is, and whether it can be read here."""

from collections.abc import Sequence

from backend.records.contents import FileContent
from backend.records.views import FileView


def views_of(files: Sequence[FileContent]) -> list[FileView]:
    return [
        FileView(
            title=each.title,
            media_type=each.media_type,
            size=each.size,
            shown=not each.why_not,
            why_not=each.why_not or None,
        )
        for each in files
    ]
