"""Where the choices of a story come from."""

from random import Random  # noqa: TID251  # it chooses a story by its seed, and guards nothing


class Chance(Random):
    """The same seed gives the same choices."""
