"""Reads the dose texts of ../shared/data/vn_samples: no wrong slot, and how many were read at all.

python -m conformance.dose_text [FOLDER]      (../shared/data/vn_samples unless told)
"""

import json
import sys
from decimal import Decimal
from typing import Any

from typer import echo

from backend.records.dosage.insurance_text import DoseText, read_dose_text
from conformance.material import end_with, folder_told


def main() -> None:
    folder = folder_told(sys.argv[1:], "vn_samples")
    samples = json.loads((folder / "lieu_dung_examples.json").read_text("utf-8"))
    doses = [(each, read_dose_text(each["text"])) for each in samples]
    readable = [dose for each, dose in doses if not each.get("unparsed")]
    was_read = sum(dose is not None for dose in readable)
    wrong = [
        f"«{each['text']}»: {differs}"
        for each, dose in doses
        for differs in differences(each, dose)
    ]
    echo(f"{len(samples)} dose texts, {len(wrong)} wrong slots, recall {was_read}/{len(readable)}")
    end_with(wrong)


def differences(expected: dict[str, Any], dose: DoseText | None) -> list[str]:
    """List what was read otherwise than the material says; not reading it is never wrong."""
    if dose is None:
        return []
    if expected.get("unparsed"):
        return ["was read, and means nothing exact"]
    said = {name: value for name, value in expected.items() if value is not None}
    return [
        f"{name} is {found}, not {said[name]}"
        for name, found in _as_they_say_it(dose).items()
        if name in said and found != said[name]
    ]


def _as_they_say_it(dose: DoseText) -> dict[str, Any]:
    parts = dose.parts or {}
    return {
        "per_dose": None if dose.per_dose is None else _plain(dose.per_dose),
        "unit": dose.unit,
        "times_per_day": dose.times_a_day,
        "days": dose.days,
        "per_day": _plain(dose.per_day),
        "thang": dose.decoctions,
        "slots": {part.value: _plain(amount) for part, amount in parts.items()},
    }


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


if __name__ == "__main__":
    main()
