"""`make conformance`: runs the outside material of ../shared/data, where that folder is there."""

import subprocess
import sys
from pathlib import Path

from typer import echo

from conformance.providers import DATA

PARTS = {
    "json_bodies": "fuzz/json/test_parsing",
    "access_tokens": "fuzz/jwt",
    "cards": "vn_samples",
    "providers": ".",
}
"""Which part reads which folder of the data."""


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not data.is_dir():
        echo("there is no ../shared/data beside this checkout: nothing to run")
        return
    failed = []
    for part, folder in PARTS.items():
        echo(f"== {part}")
        command = [sys.executable, "-m", f"conformance.{part}", str(data / folder)]
        done = subprocess.run(command, check=False)  # noqa: S603  # our own modules
        if done.returncode:
            failed.append(part)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
