"""Writes what a patient reads: once, when it comes in, so that reading only copies text.

Every document is put together from the texts of its parts: no number is read and written again on
the way from the laboratory to the phone.
"""

from collections.abc import Iterable
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from msgspec import Struct
from msgspec.structs import asdict

from backend.records.contents import (
    AppointmentContent,
    MedicineContent,
    ObservationContent,
    ReportContent,
)
from backend.records.kind_views import ShownView
from backend.records.restricting import rules
from backend.records.views import (
    WRITER,
    AppointmentView,
    MedicineView,
    ObservationView,
    ResultHeader,
)


def observation(content: ObservationContent, row: UUID) -> str:
    return _written(
        ObservationView(
            id=row,
            status=content.status,
            measured_at=content.measured_at,
            note=content.note,
            components=list(content.components),
            **asdict(content.measured),
        )
    )


def result_header(content: ReportContent, row: UUID, facility: str) -> str:
    return _written(
        ResultHeader(
            id=row,
            test_name=content.test_name,
            status=content.status,
            issued_at=content.issued_at,
            facility=facility,
            conclusion=content.conclusion,
        )
    )


def result(header: str, observations: Iterable[str]) -> str:
    return f'{header[:-1]},"observations":[{",".join(observations)}]}}'


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


def medicine(content: MedicineContent, row: UUID, facility: str) -> str:
    return _written(
        MedicineView(
            id=row,
            name=content.name,
            status=content.status,
            dosage=content.dosage,
            instructions=content.instructions,
            prescribed_at=content.prescribed_at,
            scheduled=content.dose_rule is not None,
            facility=facility,
        )
    )


def shown(view: ShownView) -> str:
    return _written(view)


def page(documents: Iterable[str], next_cursor: str | None) -> bytes:
    cursor = "null" if next_cursor is None else f'"{next_cursor}"'
    return f'{{"items":[{",".join(documents)}],"nextCursor":{cursor}}}'.encode()


def _written(view: Struct) -> str:
    """Write it in composed letters (NFC), without what no output may say."""
    return rules().masked(normalize("NFC", WRITER.encode(view).decode()))
