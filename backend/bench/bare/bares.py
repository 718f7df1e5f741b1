"""Lists the bare comparators by name."""

from collections.abc import Callable
from typing import Final

from litestar import Litestar

from backend.bench.bare import bare_bundle, bare_event, bare_reading

BARES: Final[dict[str, Callable[[], Litestar]]] = {
    "reading": bare_reading.create_bare,
    "event": bare_event.create_bare,
    "bundle": bare_bundle.create_bare,
}
