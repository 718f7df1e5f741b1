"""What a sender coded: kept beside the words people read, for the programs that read a summary."""

from typing import Final

from msgspec import Struct
from msgspec.json import Decoder, Encoder


class Coding(Struct, frozen=True, omit_defaults=True):
    """FHIR's Coding, as sent."""

    system: str = ""
    code: str = ""
    display: str = ""


Concept = list[Coding]
"""The codings of one CodeableConcept. Its text stands in the document."""


class Coded(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The coded elements of one record, or of one component of a measurement."""

    code: Concept = []
    """Of the record itself: the code, the vaccine, the medicine."""
    categories: list[Concept] = []
    value: Concept = []
    """Where what was found is a concept."""
    unit: Coding | None = None
    interpretations: list[Concept] = []
    manifestations: list[list[Concept]] = []
    """Of an allergy, reaction by reaction."""
    targets: list[Concept] = []
    """What a vaccine is against."""
    intent: str = ""
    forbidden: bool = False
    """The medicine is not to be taken."""
    components: list["Coded"] = []


_WRITER: Final = Encoder()
_READER: Final = Decoder(Coded)
NOTHING: Final = Coded()


def categories_in(text: str) -> frozenset[str]:
    """Give the codes of what was kept of a record's categories, in whatever system."""
    return frozenset(coding.code for concept in read(text).categories for coding in concept)


def written(coded: Coded) -> str:
    return "" if coded == NOTHING else _WRITER.encode(coded).decode()


def read(text: str) -> Coded:
    """Read what was kept; of a row from before there is nothing."""
    return _READER.decode(text) if text else NOTHING
