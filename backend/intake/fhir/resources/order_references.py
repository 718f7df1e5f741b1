"""Reads which orders were placed together, and which order a result answers."""

from backend.intake.fhir.model.bundle import Entry
from backend.intake.fhir.model.business_keys import Keys, key_of, record_reference
from backend.intake.fhir.model.references import References
from backend.records.filing.orders import name_of_order

_ORDER = "ServiceRequest"


def orders_of(entry: Entry, keys: Keys, references: References) -> tuple[str, ...]:
    """Name the orders a resource is based on."""
    names = []
    for n, reference in enumerate(entry.resource.get("basedOn", [])):
        target = references.target(reference, entry, f"{entry.path}.basedOn[{n}]")
        if target.kind == _ORDER and target.contained is None:
            said = record_reference(target, keys)
            names.append(said.key or name_of_order(said.local_id))
    return tuple(dict.fromkeys(names))


def group_of(entry: Entry, keys: Keys, references: References) -> str:
    """Give the group of an order: its requisition, or the order above it."""
    requisition = entry.resource.get("requisition", {})
    if requisition.get("value"):
        return f"requisition:{key_of((requisition.get('system', ''), requisition['value']))}"
    return next(iter(orders_of(entry, keys, references)), "")
