"""The bare comparators by their names."""

from litestar import Litestar

from backend.bench import bare_bundle, bare_event, bare_reading


def create_bare(which: str) -> Litestar:
    bares = {"reading": bare_reading, "event": bare_event, "bundle": bare_bundle}
    return bares[which].create_bare()
