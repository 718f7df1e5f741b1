"""Writes what a patient reads: once, when it comes in, so that reading only copies text.

Every document is put together from the texts of its parts: no number is read and written again on
the way from the laboratory to the phone.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from msgspec import Raw, Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from backend.records.contents import (
    AppointmentContent,
    MedicineContent,
    ObservationContent,
    ReportContent,
)
from backend.records.file_views import views_of
from backend.records.kind_views import ShownView
from backend.records.restricting import rules
from backend.records.views import (
    WRITER,
    AppointmentView,
    MeasuredView,
    MedicineView,
    ObservationView,
    ResultHeader,
)

_PARTS = Decoder(dict[str, Raw])
_NOT_NEWS = frozenset({"people", "orderComplete"})
"""What may change on a result without anything being found anew."""


def observation(content: ObservationContent, row: UUID) -> str:
    return _written(
        ObservationView(
            id=row,
            status=content.status,
            measured_at=content.measured_at,
            note=content.note,
            method=content.method,
            body_site=content.body_site,
            specimen=content.specimen,
            components=list(content.components),
            **{name: getattr(content.measured, name) for name in MeasuredView.__struct_fields__},
        )
    )


_HEADER = Decoder(ResultHeader)


def result_header(content: ReportContent, row: UUID, facility: str, people: Sequence[str]) -> str:
    return _written(
        ResultHeader(
            id=row,
            test_name=content.test_name,
            category=content.category,
            status=content.status,
            issued_at=content.issued_at,
            facility=facility,
            people=list(people),
            conclusion=content.conclusion,
            order_complete=None,
            files=views_of(content.files),
        )
    )


def result(header: str, observations: Iterable[str]) -> str:
    return f'{header[:-1]},"observations":[{",".join(observations)}]}}'


def with_order(header: str, document: str, *, complete: bool | None) -> tuple[str, str]:
    """Write on a result whether everything is there that was ordered with it."""
    before = _HEADER.decode(header)
    if before.order_complete is complete:
        return header, document
    again = _written(replace(before, order_complete=complete))
    return again, again[:-1] + document[len(header) - 1 :]


def says_another_thing(before: str, after: str) -> bool:
    """Tell whether a patient who has read one result learns something from the other."""
    return _told_part(before) != _told_part(after)


def _told_part(document: str) -> dict[str, bytes]:
    parts = _PARTS.decode(document)
    return {name: bytes(text) for name, text in parts.items() if name not in _NOT_NEWS}


def appointment(content: AppointmentContent, starts_at: datetime, row: UUID, facility: str) -> str:
    return _written(
        AppointmentView(
            id=row,
            status=content.status,
            starts_at=starts_at,
            ends_at=content.ends_at,
            what=content.what,
            where=content.where,
            instructions=content.instructions,
            facility=facility,
        )
    )


_MEDICINE = Decoder(MedicineView)


def medicine(
    content: MedicineContent,
    row: UUID,
    facility: str,
    *,
    scheduled: bool,
    replaced_by: UUID | None,
    replaced_from: datetime | None,
) -> str:
    return _written(
        MedicineView(
            id=row,
            name=content.name,
            status=content.status,
            dosage=content.dosage,
            instructions=content.instructions,
            prescribed_at=content.prescribed_at,
            scheduled=scheduled,
            facility=facility,
            replaced_by=replaced_by,
            replaced_from=replaced_from,
        )
    )


def replaced_medicine(
    document: str, by: UUID | None, since: datetime | None, *, scheduled: bool
) -> str:
    """Write on a medicine what took its place. Its own status is as its sender says it."""
    before = _MEDICINE.decode(document)
    return _written(replace(before, replaced_by=by, replaced_from=since, scheduled=scheduled))


def shown(view: ShownView) -> str:
    return _written(view)


def page(items: bytes, next_cursor: str | None) -> bytes:
    cursor = b"null" if next_cursor is None else b'"%s"' % next_cursor.encode()
    return b'{"items":[%s],"nextCursor":%s}' % (items, cursor)


def _written(view: Struct) -> str:
    """Write it in composed letters (NFC), without what no output may say."""
    return rules().masked(normalize("NFC", WRITER.encode(view).decode()))
