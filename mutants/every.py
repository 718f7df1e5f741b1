"""Every mutant there is: what each module of `mutants/catalogue` lists, by name."""

import importlib
import pkgutil
from collections import Counter

from mutants import catalogue
from mutants.mutant import Mutant, NotRunnable


def every_mutant() -> list[Mutant]:
    """Give all mutants in the order of their names.

    Raises:
        NotRunnable: two have one name.
    """
    modules = pkgutil.iter_modules(catalogue.__path__, "mutants.catalogue.")
    found: list[Mutant] = [
        mutant for module in modules for mutant in importlib.import_module(module.name).MUTANTS
    ]
    twice = [name for name, times in Counter(mutant.name for mutant in found).items() if times > 1]
    if twice:
        raise NotRunnable(f"two mutants have one name: {', '.join(twice)}")
    return sorted(found, key=lambda mutant: mutant.name)
