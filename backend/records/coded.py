"""The codes of a record, stored beside the texts, for programs that read a summary."""

from typing import Final

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace


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
    """Give the stored codes of a record's categories, from any code system."""
    return frozenset(coding.code for concept in read_coded(text).categories for coding in concept)


def coded_json(coded: Coded) -> str:
    return "" if coded == NOTHING else _WRITER.encode(coded).decode()


def with_codes(text: str, codes: str) -> str:
    """Add the codes of a medicine to a record that has none but refers to it; both are JSON."""
    if not codes:
        return text
    return coded_json(replace(read_coded(text), code=read_coded(codes).code))


def read_coded(text: str) -> Coded:
    """Read the stored codes; a row from before they were stored has none."""
    return _READER.decode(text) if text else NOTHING
