"""`make conformance`: runs the outside material of ../shared/data, where that folder is there."""

import subprocess
import sys
from pathlib import Path

from typer import echo

from conformance.material import SHARED

PARTS = {
    "json_bodies": "fuzz/json/test_parsing",
    "access_tokens": "fuzz/jwt",
    "cards": "vn_samples",
    "providers": ".",
    "dose_text": "vn_samples",
    "dosages": ".",
    "fhir_primitives": "fhir_r4_examples",
    "synthea": "synthea_r4",
    "bulk_export": "synthea_r4",
    "summaries": "synthea_r4",
    "fhir_examples": "fhir_r4_examples",
    "single_puts": "fhir_r4_examples",
    "what_is_shown": ".",
    "same_again": ".",
}
"""Which part reads which folder of the data."""
LONGEST_SECONDS = 900
PASSED = "passed"


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    if not data.is_dir():
        echo("there is no ../shared/data beside this checkout: nothing to run")
        return
    became = {part: _run(part, data / folder) for part, folder in PARTS.items()}
    for part, outcome in became.items():
        echo(f"{outcome:9} {part}")
    if set(became.values()) != {PASSED}:
        raise SystemExit(1)


def _run(part: str, folder: Path) -> str:
    """Run one part to its end, or until it takes longer than any does."""
    echo(f"== {part}")
    sys.stdout.flush()
    command = [sys.executable, "-m", f"conformance.{part}", str(folder)]
    try:
        done = subprocess.run(command, check=False, timeout=LONGEST_SECONDS)  # noqa: S603  # our own modules
    except subprocess.TimeoutExpired:
        return "TOO LONG"
    return "FAILED" if done.returncode else PASSED


if __name__ == "__main__":
    main()
