"""Reads a page of each further kind through the gate in one trip. Body of `m0140_kind_pages`."""

from backend.schema.gate_rules import PAGE

PAGES = "".join(
    PAGE.format(table=table, order="happened_at", column="document")
    for table in ("visit", "condition", "allergy", "immunisation", "document")
)
