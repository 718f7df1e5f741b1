"""`python -m mutants [name ...]`: breaks the hub in each listed way; the named test must see it."""

import asyncio
import sys
import tempfile
from pathlib import Path

from mutants.every import every_mutant
from mutants.mutant import Mutant, NotRunnable
from mutants.run import judge_all


def main(names: list[str]) -> int:
    try:
        return report(_chosen(names))
    except NotRunnable as wrong:
        sys.stderr.write(f"mutants: {wrong}\n")
        return 2


def _chosen(names: list[str]) -> list[Mutant]:
    mutants = every_mutant()
    unknown = sorted(set(names) - {mutant.name for mutant in mutants})
    if unknown:
        raise NotRunnable(f"there is no mutant called {', '.join(unknown)}")
    return [mutant for mutant in mutants if not names or mutant.name in names]


def report(mutants: list[Mutant]) -> int:
    with tempfile.TemporaryDirectory(prefix="patient-hub-mutants-") as folder:
        verdicts = asyncio.run(judge_all(mutants, Path(folder)))
    wide = max(len(mutant.name) for mutant in mutants)
    for mutant, verdict in zip(mutants, verdicts, strict=True):
        sys.stdout.write(f"{mutant.name:{wide}}  {verdict:10}  {mutant.breaks}\n")
    survived = [verdict for verdict in verdicts if verdict != "seen"]
    sys.stdout.write(f"{len(mutants) - len(survived)} of {len(mutants)} were seen.\n")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
