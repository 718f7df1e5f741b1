"""Papers that are set without a hub: what stands on them is invented here."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from backend.auth.rules import Scope
from backend.auth.self_service.profile import Profile
from backend.core.i18n import Language
from backend.records.coded import Coded, Coding
from backend.records.summary.collect import Gathered, Source
from backend.records.summary.pdf import Print, page_data
from backend.records.summary.rules import SummaryItem, parts_of

AT = datetime(2026, 11, 25, 3, 4, 5, tzinfo=UTC)
ONE, OTHER = UUID(int=1), UUID(int=2)
SOURCES = {
    ONE: Source(ONE, "79001", "Bệnh viện Đa khoa Mẫu"),
    OTHER: Source(OTHER, "79002", "Phòng khám Ví Dụ"),
}
LAN = Profile(
    id=UUID(int=9), facility="Bệnh viện Đa khoa Mẫu", name="Trần Thị Lan", birth_date="1957-08",
    sex="female", language="vi",
)  # fmt: skip


def an_item(kind: str, n: int, view: dict[str, Any], **more: Any) -> SummaryItem:
    usual: dict[str, Any] = {"note": None, "people": [], "status": "active", "verification": None}
    return SummaryItem(
        kind=kind, id=UUID(int=n), facility=more.pop("facility", ONE), happened_at=AT,
        view=usual | view, coded=Coded(**more),
    )  # fmt: skip


def an_allergy(n: int, name: str, *codes: str, **more: Any) -> SummaryItem:
    view = {
        "name": name, "noneKnown": False, "criticality": None, "reactions": [], "type": None,
        "categories": [], "onset": None, "recordedAt": None,
    }  # fmt: skip
    codings = [Coding(code=each) for each in codes]
    return an_item("allergy", n, view | more.pop("view", {}), code=codings, **more)


def a_medicine(n: int, name: str, dosage: str = "1 viên", **more: Any) -> SummaryItem:
    view = {"name": name, "dosage": dosage, "instructions": None, "prescribedAt": "2026-10-02"}
    return an_item("medicine", n, view | more.pop("view", {}), **more)


def a_measurement(n: int, name: str, value: Any, *categories: str, **more: Any) -> SummaryItem:
    view = {
        "name": name, "status": "final", "value": value, "unit": "mmol/L", "comparator": None,
        "series": None, "absentReason": None, "components": [], "interpretations": [],
        "referenceRanges": [], "measuredAt": "2026-11-20T09:15:00+07:00", "bodySite": None,
        "method": None, "specimen": None,
    }  # fmt: skip
    concepts = [[Coding(code=each)] for each in categories]
    return an_item("observation", n, view | more.pop("view", {}), categories=concepts, **more)


def gathered(items: Sequence[SummaryItem] = (), scope: Scope = Scope.OWN) -> Gathered:
    shown = {each.facility for each in items}
    sources = {name: source for name, source in SOURCES.items() if name in shown}
    return Gathered([LAN], parts_of(items, scope), sources)


def a_page(
    items: Sequence[SummaryItem] = (SummaryItem(
        kind="medicine", id=UUID(int=1), facility=ONE, happened_at=AT, coded=Coded(),
        view={"name": "Amlodipin", "status": "active", "dosage": "1 viên", "instructions": None,
              "prescribedAt": None},
    ),), language: Language = Language.VI,
) -> dict[str, Any]:  # fmt: skip
    printed = Print(
        at=AT, until=AT + timedelta(days=90), by="Trần Thị Lan", is_own=True, code="ABCD-EFGH"
    )
    return page_data(gathered(items), printed, language)


RANGE = {
    "low": Decimal("3.90"), "high": Decimal("6.4"), "unit": "mmol/L", "text": None, "kind": None,
    "appliesTo": [], "age": None,
}  # fmt: skip
