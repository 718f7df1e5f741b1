"""Writes the JSON of a record once, at intake, so that a reader only copies text.

Every document is put together from the texts of its parts: no number is read and written again on
the way from the laboratory to the phone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import normalize
from uuid import UUID

from msgspec import Raw, Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from backend.records.filing.blanks import Value
from backend.records.filing.contents import (
    AppointmentContent,
    MedicineContent,
    ObservationContent,
    ReportContent,
)
from backend.records.filing.files import views_of
from backend.records.views.kind_views import ShownView
from backend.records.views.record_views import (
    WRITER,
    AppointmentView,
    FileView,
    MeasuredView,
    MedicineView,
    ObservationView,
    ResultHeader,
    stronger_sign_in,
)
from backend.records.visibility.restriction_config import rules
from backend.records.wording.order_force import OrderForce, medicine_caution

_PARTS = Decoder(dict[str, Raw])
_LIST = Decoder(list[dict[str, Raw]])
_FILES = Decoder(list[FileView])
_NOT_NEWS = frozenset({"people", "orderComplete", "missing", "asOf", "correctedAt"})
"""What may change on a result without anything being found anew."""
_EMPTY = frozenset({b"null", b"[]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The origin of a record: its id, its facility, and the time of the statement."""

    id: UUID
    facility: str
    as_of: datetime
    corrected_at: datetime | None = None


def observation(content: ObservationContent, provenance: Provenance) -> str:
    return _written(
        ObservationView(
            id=provenance.id,
            status=content.status,
            facility=provenance.facility,
            as_of=provenance.as_of,
            corrected_at=provenance.corrected_at,
            measured_at=content.measured_at,
            note=content.note,
            method=content.method,
            body_site=content.body_site,
            specimen=None,
            components=list(content.components),
            **{name: getattr(content.measured, name) for name in MeasuredView.__struct_fields__},
        )
    )


_HEADER = Decoder(ResultHeader)


class _Corrected(Struct, rename="camel"):
    corrected_at: datetime | None = None


_CORRECTED = Decoder(_Corrected)


def filled(body: str, fields: Mapping[str, Value]) -> str:
    """Write what other resources are called into the fields of a body; see `blanks`.

    Its other fields stay letter for letter: no number is read and written again.
    """
    parts = _PARTS.decode(body) if fields else {}
    said = {name: Raw(WRITER.encode(value)) for name, value in fields.items() if name in parts}
    return _written(parts | said) if said else body


def with_files(body: str, files: Sequence[FileView]) -> str:
    """Write anew what a body says of its files."""
    return _written(_PARTS.decode(body) | {"files": Raw(WRITER.encode(files))})


def files_in(body: str) -> list[FileView]:
    return _FILES.decode(_PARTS.decode(body).get("files", b"[]"))


def result_header(content: ReportContent, provenance: Provenance, missing: int) -> str:
    return _written(
        ResultHeader(
            id=provenance.id,
            test_name=content.test_name,
            category=content.category,
            status=content.status,
            issued_at=content.issued_at,
            facility=provenance.facility,
            as_of=provenance.as_of,
            corrected_at=provenance.corrected_at,
            people=[],
            missing=missing,
            conclusion=content.conclusion,
            conclusion_codes=list(content.conclusion_codes),
            measured_at=content.measured_at,
            order_complete=None,
            files=views_of(content.files),
        )
    )


def result(header: str, observations: Iterable[str]) -> str:
    return f'{header[:-1]},"observations":[{",".join(observations)}]}}'


def with_order(header: str, body: str, *, complete: bool | None) -> tuple[str, str]:
    """Add to a result whether everything ordered with it is there."""
    if _HEADER.decode(header).order_complete is complete:
        return header, body
    again = _again(header, order_complete=complete)
    return again, again[:-1] + body[len(header) - 1 :]


def as_of_later(header: str, as_of: datetime, *, corrected: bool, **said: Any) -> str:
    """Update the time of a result after one of its measurements was sent; `said` goes along."""
    before = _HEADER.decode(header)
    as_of = max(as_of, before.as_of or as_of)
    return _again(header, as_of=as_of, **said, **({"corrected_at": as_of} if corrected else {}))


def _again(header: str, **changes: Any) -> str:
    return _written(replace(_HEADER.decode(header), **changes))


def corrected_at(body: str) -> datetime | None:
    return _CORRECTED.decode(body).corrected_at


def differs_clinically(before: str, after: str, come: Collection[UUID] = ()) -> bool:
    """Tell whether two versions of a result or measurement differ for the patient.

    Args:
        before: one of them.
        after: the other one.
        come: measurements that the result was waiting for: that one has come corrects nothing.
    """
    late = {f'"{row}"'.encode() for row in come}
    return _clinical_part(before, late) != _clinical_part(after, late)


def _clinical_part(body: str, late: Collection[bytes]) -> dict[str, Any]:
    parts = _PARTS.decode(body)
    measured = [
        _news(news_item)
        for news_item in _LIST.decode(parts.pop("observations", Raw(b"[]")))
        if bytes(news_item["id"]) not in late
    ]
    return {**_news(parts), "observations": measured}


def _news(parts: Mapping[str, Raw]) -> dict[str, bytes]:
    """Leave out what is empty: a record from before a field was shown is without it."""
    said = {name: bytes(text) for name, text in parts.items() if name not in _NOT_NEWS}
    return {name: text for name, text in said.items() if text not in _EMPTY}


def appointment(content: AppointmentContent, starts_at: datetime, provenance: Provenance) -> str:
    ends_at = content.ends_at
    if content.lasts and (ends_at is None or ends_at <= starts_at):
        ends_at = starts_at + content.lasts
    return _written(
        AppointmentView(
            id=provenance.id,
            status=content.status,
            starts_at=starts_at,
            ends_at=ends_at,
            what=content.description,
            where=None,
            service_types=list(content.service_types),
            specialties=list(content.specialties),
            appointment_type=content.appointment_type,
            cancellation_reason=content.cancellation_reason,
            note=content.note,
            instructions=content.instructions,
            facility=provenance.facility,
            as_of=provenance.as_of,
            people=[],
        )
    )


_MEDICINE = Decoder(MedicineView)


def medicine(
    content: MedicineContent,
    provenance: Provenance,
    *,
    scheduled: bool,
    replaced_by: UUID | None,
    replaced_from: datetime | None,
) -> str:
    return _written(
        MedicineView(
            id=provenance.id,
            name=content.name,
            status=content.status,
            dosage=content.dosage,
            instructions=content.instructions,
            prescribed_at=content.prescribed_at,
            scheduled=scheduled,
            facility=provenance.facility,
            as_of=provenance.as_of,
            replaced_by=replaced_by,
            replaced_from=replaced_from,
            quantity=content.quantity,
            repeats=content.repeats,
            status_reason=content.status_reason,
            dosage_in_words=content.dosage_in_words,
            intent=content.intent,
            do_not_perform=content.force is OrderForce.FORBIDDEN,
            caution=medicine_caution(content.status, content.force),
            prescription_code=content.prescription_code,
        )
    )


def replaced_medicine(
    body: str, by: UUID | None, since: datetime | None, *, scheduled: bool
) -> str:
    """Add to a medicine its replacement. Its status stays as sent."""
    before = _MEDICINE.decode(body)
    return _written(replace(before, replaced_by=by, replaced_from=since, scheduled=scheduled))


def without_replacement(body: str) -> str:
    """Name no medicine that took the place of this one."""
    return _written(_PARTS.decode(body) | {"replacedBy": Raw(b"null")})


def body_of(view: ShownView) -> str:
    return _written(view)


def page(
    items: bytes,
    next_cursor: str | None,
    left_out: int = 0,
    weak: Sequence[str] | None = None,
    **said: str,
) -> bytes:
    """Write a page; `said` are fields of the page itself, which come first.

    Where records of it could not be read, it says how many, and where a stronger sign-in would
    show more, at which facilities (`weak`): without either it looks complete.
    """
    cursor = b"null" if next_cursor is None else b'"%s"' % next_cursor.encode()
    words = "".join(f'"{name}":"{word}",' for name, word in said.items()).encode()
    missing = b',"leftOut":%d' % left_out if left_out else b""
    more = stronger_sign_in(weak)
    return b'{%s"items":[%s],"nextCursor":%s%s%s}' % (words, items, cursor, missing, more)


def _written(view: Struct | Mapping[str, Raw]) -> str:
    """Write it in composed letters (NFC), without what no output may say."""
    return rules().masked(normalize("NFC", WRITER.encode(view).decode()))
