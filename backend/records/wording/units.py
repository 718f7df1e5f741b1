"""Writes units as people read them: pure rules over the codes of UCUM.

What is no code of UCUM, as «viên» or «mmHg», stays as it is.
"""

import re
from typing import Final

from backend.core.i18n import LocalText

TIMES: Final[dict[str, LocalText]] = {
    "s": LocalText("giây", "seconds"),
    "min": LocalText("phút", "minutes"),
    "h": LocalText("giờ", "hours"),
    "d": LocalText("ngày", "days"),
    "wk": LocalText("tuần", "weeks"),
    "mo": LocalText("tháng", "months"),
    "a": LocalText("năm", "years"),
}
"""Units of time, which FHIR too writes with these codes."""
_WHOLE: Final = {
    "1": "", "10*": "", "mm[Hg]": "mmHg", "cm[H2O]": "cmH₂O", "mm[H2O]": "mmH₂O",
    "m[H2O]": "mH₂O", "[in_i'Hg]": "inHg", "[pH]": "pH", "[arb'U]": "U", "[CFU]": "CFU",
    "[PFU]": "PFU",
}  # fmt: skip
_ATOMS: Final = {
    "Cel": "°C", "degF": "°F", "[degF]": "°F", "deg": "°", "Ohm": "Ω", "[in_i]": "in",
    "[in_us]": "in", "[ft_i]": "ft", "[ft_us]": "ft", "[lb_av]": "lb", "[oz_av]": "oz",
    "[foz_us]": "fl oz", "[cup_us]": "cup", "[tbs_us]": "tbsp", "[tsp_us]": "tsp",
    "[drp]": "giọt", "[iU]": "IU", "[IU]": "IU", "[HPF]": "HPF", "[LPF]": "LPF",
    "[CCID_50]": "CCID50", "osm": "Osm", "mosm": "mOsm",
}  # fmt: skip
_MICRO: Final = re.compile(r"u(?=(?:g|L|l|mol|m|s|kat|U|IU|\[iU\]|\[IU\]|eq|Eq|V|A|Bq|Ci|osm)$)")
_MILLI_UNITS: Final = re.compile(r"([mkµ]?)\[(?:iU|IU)\]")
_POWER_OF_TEN: Final = re.compile(r"10[*^](-?\d{1,2})")
_POWER: Final = re.compile(r"\b([kcdmµn]?m|s|min|h|d)(-?[1-9])$")
_ANNOTATION: Final = re.compile(r"\{[^{}]*\}")
_SURFACE: Final = re.compile(r"\{?1[.,]73 ?_?(?:m2|m\^2|m²|sq\.? ?m)\}?")
_BRACKETS: Final = re.compile(r"\[([^\[\]]*)\]")
_SPLIT: Final = re.compile(r"([/.])")
_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGEST: Final = 60
"""Letters of a unit; a longer text is none."""


def unit_text(unit: str | None) -> str | None:
    """Write a unit for people; None where nothing is left of it.

    Args:
        unit: as sent, a word or a code of UCUM.
    """
    if not unit or len(unit) > _LONGEST:
        return unit or None
    if unit in TIMES:
        return TIMES[unit].vi
    said = _SURFACE.sub("\0", unit)
    said = _ANNOTATION.sub("", said)
    if " " in said or not said.isascii():
        return said.replace("\0", "1.73 m²").strip() or None
    said = "".join(map(_written, _SPLIT.split(_WHOLE.get(said, said))))
    said = said.replace(".", "·").strip("·").replace("\0", "1.73 m²")
    return (said if said.strip("/") else _annotated(unit)) or None


def _annotated(unit: str) -> str:
    """Keep the word of an annotation that alone says per what: «/{HPF}»."""
    return without_braces(unit) if "/" in unit else ""


def without_braces(annotated: str) -> str:
    """Give the words of annotations, for a dose: «{puff}» is what is counted."""
    return annotated.replace("{", "").replace("}", "").strip()


def _written(part: str) -> str:
    """Write one atom of a unit; what separates two of them stays."""
    if part in _WHOLE:
        return _WHOLE[part]
    if part in _ATOMS:
        return _ATOMS[part]
    part = _MILLI_UNITS.sub(r"\1IU", _MICRO.sub("µ", part))
    part = _POWER_OF_TEN.sub(lambda found: "10" + found[1].translate(_RAISED), part)
    part = _POWER.sub(lambda found: found[1] + found[2].translate(_RAISED), part)
    return _BRACKETS.sub(lambda found: found[1].replace("_", " ").replace("'", " "), part)
