"""Reads FHIR Attachments: their bytes, their true type, and whether they are shown.

The hub does not fetch an attachment that has only an address: it never calls an address from a
message.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from unicodedata import normalize

from backend.intake.fhir.model.bundle import BINARY, Entry
from backend.intake.fhir.model.business_keys import Keys, record_reference
from backend.intake.fhir.model.datatypes import Resource, refuse
from backend.intake.fhir.model.references import References, Target
from backend.intake.files.file_types import (
    LARGEST_FILE,
    SAID,
    TEXT,
    NotShownBecause,
    not_shown_because,
    type_of,
)
from backend.records.filing.contents import FileContent
from backend.records.filing.files import is_digest_of
from backend.records.visibility.restriction_config import rules

_UNKNOWN_TYPE = "application/octet-stream"


def files_of(
    entry: Entry,
    attachments: Sequence[tuple[str, Resource]],
    keys: Keys,
    references: References,
    *,
    withheld: bool,
) -> tuple[FileContent, ...]:
    """Read each attachment, with its path.

    Args:
        entry: the record.
        attachments: in the sender's order.
        keys: of the message.
        references: of the message: a file may stand in a Binary beside its record.
        withheld: nothing but text of this record is shown, because nothing else can be masked.

    Raises:
        NotUnderstood: it is too large, or arrived otherwise than it was sent.
    """
    files = []
    for path, attachment in attachments:
        binary = _binary_of(attachment, references.target, entry)
        if binary is not None and binary.entry is not None:
            attachment = _in_one(attachment, binary.entry.resource)  # noqa: PLW2901  # with its bytes
        file = _file(attachment, path, withheld=withheld)
        if binary is not None and binary.entry is None and "data" not in attachment:
            digest = b64decode(attachment.get("hash", ""))
            file = replace(
                file, elsewhere=record_reference(binary, keys), digest=digest, withheld=withheld
            )
        files.append(file)
    return tuple(files)


def file_of_binary(binary: Resource, path: str) -> FileContent:
    """Read the file in a Binary.

    Raises:
        NotUnderstood: it is too large.
    """
    return _file(binary, path, withheld=False)


def _binary_of(
    attachment: Resource, target: Callable[[Resource, Entry, str], Target], entry: Entry
) -> Target | None:
    """Give the Binary that an attachment names: beside it, sent before, or yet to come."""
    if "data" in attachment or "url" not in attachment:
        return None
    named = target({"reference": attachment["url"]}, entry, "")
    return named if named.kind == BINARY and named.is_found else None


def _in_one(attachment: Resource, binary: Resource) -> Resource:
    if "data" not in binary:
        return attachment
    said = {"contentType": binary["contentType"]} if "contentType" in binary else {}
    return said | attachment | {"data": binary["data"]}


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
    body = bytes_of(attachment, path)
    _check(attachment, body, path)
    found = type_of(body)
    why_not = not_shown_because(body, declared)
    if why_not is None and withheld and found != TEXT:
        why_not = NotShownBecause.WITHHELD
    if why_not is None and found == TEXT:
        body = _masked(body)
    return FileContent(
        title=title,
        media_type=found or declared or _UNKNOWN_TYPE,
        size=len(body),
        body=b"" if why_not else body,
        not_shown_because=why_not or "",
    )


def bytes_of(attachment: Resource, path: str) -> bytes:
    """Read the bytes. Some write a large file in parts, each with `=` at its end: all count.

    Raises:
        NotUnderstood: a part of it is no base64.
    """
    data: str = attachment["data"]
    parts = _PART.findall(data) if "=" in data.rstrip(_BLANKS_AND_ENDS) else [data]
    try:
        return b"".join(map(b64decode, parts))
    except binascii.Error:
        raise refuse(f"{path}.data", "is not base64") from None


_BLANKS_AND_ENDS: Final = "= \t\r\n"
_PART: Final = re.compile(r"[^=]+=*")


def _masked(body: bytes) -> bytes:
    """Mask a text; one in which nothing has to be masked stays as it came."""
    text = normalize("NFC", body.decode())
    masked = rules().masked(text)
    return body if masked == text else masked.encode()


def _check(attachment: Resource, body: bytes, path: str) -> None:
    if len(body) > LARGEST_FILE:
        raise refuse(f"{path}.data", "is larger than 20 MB")
    if "size" in attachment and int(attachment["size"]) != len(body):
        raise refuse(f"{path}.size", "is not the number of bytes that came")
    if "hash" in attachment and not is_digest_of(b64decode(attachment["hash"]), body):
        raise refuse(f"{path}.hash", "is not the hash of the bytes that came")
