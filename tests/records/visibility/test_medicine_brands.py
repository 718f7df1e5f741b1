"""A medicine is restricted by its brand as by what is in it; brands that sound alike are not."""

import pytest

from backend.records.visibility.restriction_config import rules
from backend.records.visibility.restriction_rules import security_labels


def restricted(name: str) -> set[str]:
    said = security_labels(codings=(), labels=(), departments=(), names=(name,))
    return {known.name for known, _ in rules().reasons(said)}


@pytest.mark.parametrize(
    ("brand", "held"),
    [
        ("Avonza 300/300/400 mg", "hiv"), ("STRIBILD", "hiv"), ("Duovir-N", "hiv"),
        ("Invega Sustenna 100 mg", "psychiatric"), ("Solian 200mg", "psychiatric"),
        ("tisercin", "psychiatric"), ("Zapnex-10", "psychiatric"), ("Haldol", "psychiatric"),
        ("Subutex 8 mg", "addiction"), ("Danapha-Natrex 50", "addiction"),
        ("Mifegyne", "abortion"),
    ],
)  # fmt: skip
def test_a_brand_is_restricted_as_its_substance(brand: str, held: str) -> None:
    assert restricted(brand) == {held}


@pytest.mark.parametrize(
    "brand",
    ["Solu-Medrol", "Celebrex 200 mg", "Ritalbumin", "Videtin", "Edurantin", "Zeldorine",
     "Effer-Paralmax", "Invegan", "Intelligence", "Duvadilan"],
)  # fmt: skip
def test_a_brand_that_sounds_alike_is_not(brand: str) -> None:
    assert restricted(brand) == set()
