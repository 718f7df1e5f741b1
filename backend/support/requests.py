"""The parts that many requests of staff have in common."""

from typing import Annotated

from msgspec import Meta, Struct

Number = Annotated[str, Meta(max_length=40)]
Reason = Annotated[str, Meta(min_length=5, max_length=500, pattern=r"\S{2}")]
"""Why somebody looks at a patient's data, kept in the audit row."""


class ReasonIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    reason: Reason


Short = Annotated[str, Meta(max_length=200)]
