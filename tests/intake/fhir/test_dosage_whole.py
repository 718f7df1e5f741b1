"""Whatever a dosage says, its words say all of it, or that more was sent; never half an amount."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.intake.fhir.dosage.dosage_words import dosage_of
from backend.intake.fhir.dosage.terms import CONTRADICTS, MORE, WEEKDAYS, WHEN
from backend.sandbox.demo.story_bundles import Resource

COUNTS = st.integers(1, 40)
NUMBERS = st.one_of(
    st.integers(1, 2000).map(Decimal),
    st.decimals(Decimal("0.001"), Decimal(500), places=3),
    st.sampled_from([Decimal("5E+2"), Decimal("2.50"), Decimal("1E-3")]),
)
UNITS = st.sampled_from(["viên", "ml", "giọt", "mg", "gói"])
TIMES = {
    "s": "giây",
    "min": "phút",
    "h": "giờ",
    "d": "ngày",
    "wk": "tuần",
    "mo": "tháng",
    "a": "năm",
}
PERIODS = st.sampled_from([*TIMES, "fortnight"])
WORDS = st.sampled_from(["bôi ngoài da", "khi sốt trên 38,5 độ", "tiêm chậm", "mắt trái"])
CODE_ONLY = st.just({"coding": [{"code": "123456"}]})
CONCEPTS = st.one_of(WORDS.map(lambda text: {"text": text}), CODE_ONLY)


def some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Resource]:
    return st.fixed_dictionaries(required, optional=optional)


QUANTITIES = some({"value": NUMBERS}, {"unit": UNITS})
RANGES = some({}, {"low": QUANTITIES, "high": QUANTITIES})
RATIOS = some({}, {"numerator": QUANTITIES, "denominator": QUANTITIES})
REPEATS = some(
    {},
    {
        "frequency": COUNTS, "frequencyMax": COUNTS, "period": NUMBERS, "periodMax": NUMBERS,
        "periodUnit": PERIODS, "count": COUNTS, "countMax": COUNTS, "duration": NUMBERS,
        "durationMax": NUMBERS, "durationUnit": PERIODS, "offset": COUNTS,
        "when": st.lists(st.sampled_from([*WHEN, "IMD"]), min_size=1, max_size=3),
        "dayOfWeek": st.lists(st.sampled_from([*WEEKDAYS]), min_size=1, max_size=3, unique=True),
        "timeOfDay": st.lists(st.sampled_from(["08:00:00", "21:30:00"]), min_size=1, max_size=2),
        "boundsDuration": QUANTITIES, "boundsRange": RANGES,
        "boundsPeriod": some({}, {"start": st.just("2026-12-01"), "end": st.just("2027-02")}),
    },
)  # fmt: skip
TIMINGS = some(
    {},
    {
        "repeat": REPEATS,
        "event": st.just(["2026-12-24"]),
        "code": st.sampled_from([{"text": "xen kẽ"}, {"coding": [{"code": "Q48H"}]}]),
        "extension": st.just([{"url": "http://x.example"}]),
    },
)
DOSAGES = some(
    {},
    {
        "timing": TIMINGS, "asNeededBoolean": st.just(value=True),
        "asNeededCodeableConcept": CONCEPTS, "route": CONCEPTS, "site": CONCEPTS,
        "method": CONCEPTS, "maxDosePerPeriod": RATIOS, "maxDosePerAdministration": QUANTITIES,
        "maxDosePerLifetime": QUANTITIES, "extension": st.just([{"url": "http://x.example"}]),
        "doseAndRate": st.lists(
            some({}, {"doseQuantity": QUANTITIES, "doseRange": RANGES, "rateRatio": RATIOS,
                      "rateQuantity": QUANTITIES, "rateRange": RANGES}),
            min_size=1, max_size=2,
        ),
    },
)  # fmt: skip


def written(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else f"{value}"


def leaves(part: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Give every value that was sent, with the name of its element."""
    if isinstance(part, dict):
        for inner, value in part.items():
            yield from leaves(value, inner)
    elif isinstance(part, list):
        for value in part:
            yield from leaves(value, name)
    else:
        yield name, part


IN_WORDS: dict[str, Callable[[Any], str]] = {
    "when": lambda code: WHEN[code].vi if code in WHEN else MORE.vi,
    "dayOfWeek": lambda code: WEEKDAYS[code].vi,
    "periodUnit": lambda unit: TIMES.get(unit, MORE.vi),
    "durationUnit": lambda unit: TIMES.get(unit, MORE.vi),
    "timeOfDay": lambda text: str(text)[:5],
    **dict.fromkeys(
        ("start", "end", "event"), lambda text: "/".join(reversed(str(text).split("-")))
    ),
    "asNeededBoolean": lambda _: "khi cần",
    "code": lambda _: MORE.vi,
    "url": lambda _: MORE.vi,
}
"""What a reader must find for a value; any other as it was sent."""


def missing(dosage: Resource, said: str) -> list[str]:
    """List what was sent and is not in the words of a dosage."""
    wanted = [IN_WORDS.get(name, written)(value) for name, value in leaves(dosage)]
    return [word for word in wanted if word.lower() not in said.lower()]


@settings(max_examples=600)
@given(DOSAGES)
def test_words_say_every_element_or_that_more_was_sent(dosage: Resource) -> None:
    said, both = dosage_of([dosage])

    if said is None:
        assert not [name for name, _ in leaves(dosage)]
        return
    assert both is not None
    if MORE.vi not in said.lower():
        assert missing(dosage, said) in ([], ["1"])  # «mỗi ngày», «once a day»: a 1 goes without
        assert MORE.en not in both.en.lower()
    else:
        assert MORE.en in both.en.lower()


@settings(max_examples=600)
@given(DOSAGES)
def test_an_amount_is_said_only_with_all_that_decides_about_it(dosage: Resource) -> None:
    said, _ = dosage_of([dosage])

    if said and "mỗi lần" in said.lower():
        decides = {
            name: part for name, part in dosage.items()
            if name in {"timing", "doseAndRate", "asNeededCodeableConcept", "maxDosePerPeriod"}
        }  # fmt: skip
        doses = dosage.get("doseAndRate", [{}])[0]
        shows_dose = any(
            f"mỗi lần {written(part['value'])}" in said.lower()
            for part in [doses.get("doseQuantity", {})] if "value" in part
        )  # fmt: skip
        if shows_dose:
            assert [word for word in missing(decides, said) if word != "1"] == []


@settings(max_examples=300)
@given(DOSAGES, st.sampled_from(["Uống theo đơn", "4 viên", "Ngày 2 lần", "Sáng 1 viên"]))
def test_beside_a_text_nothing_is_lost_and_the_text_stands(dosage: Resource, text: str) -> None:
    said, _ = dosage_of([{"text": text} | dosage])

    assert said is not None
    assert said.startswith(text)
    if MORE.vi not in said.lower() and CONTRADICTS.vi not in said.lower():
        assert [word for word in missing(dosage, said) if word != "1"] == []


@given(st.lists(DOSAGES, min_size=2, max_size=4))
def test_several_dosages_lose_nothing_either(dosages: list[Resource]) -> None:
    numbered = [dosage | {"sequence": n} for n, dosage in enumerate(dosages, start=1)]

    said, _ = dosage_of(numbered)

    if said and MORE.vi not in said.lower():
        assert [word for dosage in dosages for word in missing(dosage, said) if word != "1"] == []
