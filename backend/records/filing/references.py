"""Checks that a message refers only to its sender's records of the same patient."""

from collections.abc import Collection, Iterable, Sequence

from backend.core.database import fetch
from backend.core.errors import HubError, Issue
from backend.records.filing.contents import RecordReference
from backend.records.filing.filing import Filing, RecordOfAnother
from backend.records.kinds import TABLES
from backend.records.record_names import is_among, with_numbers


class UnknownRecord(HubError):
    """A reference points to a record that you have not sent."""

    code = "unknown_record"
    status = 422


async def check_references(filing: Filing, references: Sequence[RecordReference]) -> None:
    """Check that every record referred to is this facility's and about this patient.

    Raises:
        UnknownRecord: not sent by this facility; whether another has it, nobody learns.
        RecordOfAnother: about another patient of this facility.
    """
    unknown: list[Issue] = []
    of_others: list[Issue] = []
    for kind, table in TABLES.items():
        meant = [reference for reference in references if reference.kind == kind]
        if not meant:
            continue
        rows = await fetch(
            f"SELECT names, patient FROM {table} WHERE facility = $1 AND names && $2",
            filing.facility, searched(meant),
        )  # fmt: skip
        for mention in meant:
            owners = {r["patient"] for r in rows if is_meant(mention, r["names"])}
            if not owners and mention.may_dangle:
                continue
            if not owners:
                unknown.append(Issue(mention.path, "refers to nothing you sent"))
            elif owners != {filing.patient}:
                of_others.append(Issue(mention.path, "is about another patient"))
    if of_others:
        raise RecordOfAnother(faults=of_others + unknown)
    if unknown:
        raise UnknownRecord(faults=unknown)


def is_meant(reference: RecordReference, names: Collection[str]) -> bool:
    """Tell whether a reference means the record with these names."""
    return is_among(reference.key or reference.local_id, names)


def searched(references: Iterable[RecordReference]) -> list[str]:
    """Give the names to look for: a number of several records is a name of each, too."""
    return with_numbers(reference.key or reference.local_id for reference in references)
