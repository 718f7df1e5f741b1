"""The views of parts that several kinds of records have."""

from msgspec import Struct


class NamedView(Struct, frozen=True, rename="camel", kw_only=True):
    """A person, a place or another record by its name, and what it is for this record."""

    name: str
    role: str | None
    """In its sender's words, as in attending doctor, ward or discharge diagnosis."""


class StageView(Struct, frozen=True, rename="camel", kw_only=True):
    """How far a condition has gone, in one way of staging."""

    stage: str
    kind: str | None
    """The way of staging, as in clinical or pathological."""


class ProtocolView(Struct, frozen=True, rename="camel", kw_only=True):
    """What one dose of a vaccine counts as in one plan of doses."""

    series: str | None
    """The plan's name."""
    dose_number: str | None
    """Which dose of the plan it is."""
    series_doses: str | None
    """How many doses the plan has."""
    targets: list[str]
    """The diseases it is against."""
