"""Reads the card texts of ../shared/data/vn_samples, and compares with what they say of each.

python -m conformance.cards [FOLDER]      (../shared/data/vn_samples unless told)
"""

import json
import sys
from typing import Any

from typer import echo

from backend.support.desk.card_qr import CardText, read_card
from conformance.material import end_with, folder_told

FIELDS = {
    "id": "number",
    "old_id": "former_number",
    "name": "name",
    "dob": "birth_date",
    "sex": "sex",
    "issued": "issued_on",
}
"""What the material calls a field, and what the hub calls it."""
THIS_YEAR = 2026
"""The material was written in it."""


def main() -> None:
    folder = folder_told(sys.argv[1:], "vn_samples")
    samples = json.loads((folder / "cccd_qr_examples.json").read_text("utf-8"))
    wrong = [
        each["kind"]
        for each in samples
        if not _fits(read_card(each["text"], THIS_YEAR), each["expect"])
    ]
    echo(f"{len(samples)} card texts, {len(samples) - len(wrong)} as expected")
    end_with(wrong)


def _fits(card: CardText, expected: dict[str, Any]) -> bool:
    read = {theirs: getattr(card, ours) for theirs, ours in FIELDS.items()}
    read["warn"] = [each for each in card.warnings if each != "unknown_province"]
    return all(read[name] == value for name, value in expected.items() if name in read)


if __name__ == "__main__":
    main()
