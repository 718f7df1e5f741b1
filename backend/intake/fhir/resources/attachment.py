"""Reads FHIR Attachments: their bytes, their true type, and whether they are shown.

The hub does not fetch an attachment that has only an address: it never calls an address from a
message.
"""

from base64 import b64decode
from collections.abc import Sequence
from hashlib import sha1, sha256

from backend.intake.fhir.model.datatypes import Resource, refuse
from backend.intake.files.file_types import (
    LARGEST_FILE,
    SAID,
    TEXT,
    NotShownBecause,
    not_shown_because,
    type_of,
)
from backend.records.filing.contents import FileContent
from backend.records.visibility.restriction_config import rules

_BY_LENGTH = {20: sha1, 32: sha256}
"""R4 says SHA-1; who knows better sends SHA-256."""
_UNKNOWN_TYPE = "application/octet-stream"


def files_of(
    attachments: Sequence[tuple[str, Resource]], *, withheld: bool
) -> tuple[FileContent, ...]:
    """Read each attachment, with its path.

    Args:
        attachments: in the sender's order.
        withheld: nothing but text of this record is shown, because nothing else can be masked.

    Raises:
        NotUnderstood: it is too large, or arrived otherwise than it was sent.
    """
    return tuple(_file(attachment, path, withheld=withheld) for path, attachment in attachments)


def remarks_on(files: Sequence[FileContent]) -> tuple[str, ...]:
    """Give one remark for each reason why a file is stored but not shown."""
    whys = dict.fromkeys(file.not_shown_because for file in files if file.not_shown_because)
    return tuple(f"a file is kept and not shown: {SAID[NotShownBecause(cause)]}" for cause in whys)


def _file(attachment: Resource, path: str, *, withheld: bool) -> FileContent:
    declared, title = attachment.get("contentType", ""), attachment.get("title")
    if "data" not in attachment:
        return FileContent(
            title=title,
            media_type=declared or _UNKNOWN_TYPE,
            size=int(attachment.get("size", 0)),
            not_shown_because=NotShownBecause.ELSEWHERE,
        )
    body = b64decode(attachment["data"])
    _check(attachment, body, path)
    found = type_of(body)
    why_not = not_shown_because(body, declared)
    if why_not is None and withheld and found != TEXT:
        why_not = NotShownBecause.WITHHELD
    if why_not is None and found == TEXT:
        body = rules().masked(body.decode()).encode()
    return FileContent(
        title=title,
        media_type=found or declared or _UNKNOWN_TYPE,
        size=len(body),
        body=b"" if why_not else body,
        not_shown_because=why_not or "",
    )


def _check(attachment: Resource, body: bytes, path: str) -> None:
    if len(body) > LARGEST_FILE:
        raise refuse(f"{path}.data", "is larger than 20 MB")
    if "size" in attachment and int(attachment["size"]) != len(body):
        raise refuse(f"{path}.size", "is not the number of bytes that came")
    if "hash" in attachment:
        said = b64decode(attachment["hash"])
        known = _BY_LENGTH.get(len(said))
        if known is None or known(body).digest() != said:
            raise refuse(f"{path}.hash", "is not the hash of the bytes that came")
