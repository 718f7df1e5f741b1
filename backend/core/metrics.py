"""Defines the metrics. Labels come from closed lists: never an id, a name or an address."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

REQUESTS = Counter("hub_requests", "Answers given", ["route", "status"], registry=REGISTRY)
EVENTS = Counter("hub_events", "What hospitals said", ["dialect", "outcome"], registry=REGISTRY)
INTAKE_SETS = Counter(
    "hub_intake_sets", "Sets of messages that were begun", ["outcome"], registry=REGISTRY
)
LARGE_BODIES = Counter(
    "hub_large_bodies", "Bodies that the helper of an API was asked to read", ["outcome"],
    registry=REGISTRY,
)  # fmt: skip
ATTEMPTS = Counter("hub_attempts", "Calls to providers", ["channel", "outcome"], registry=REGISTRY)
PROVEN_DOUBLES = Counter(
    "hub_proven_doubles", "Second provider ids for one attempt: a message went out twice",
    ["channel"], registry=REGISTRY,
)  # fmt: skip
FORGED_RECEIPTS = Counter(
    "hub_forged_receipts", "Receipts whose signature was wrong", registry=REGISTRY
)
ALARMS = Counter("hub_alarms", "Alarms raised", ["kind"], registry=REGISTRY)
UNREADABLE = Counter(
    "hub_unreadable_rows", "Stored rows that could not be read or moved", ["where"],
    registry=REGISTRY,
)  # fmt: skip
CODES_WITHHELD = Counter(
    "hub_codes_withheld", "Codes that were asked for and not sent", ["why"], registry=REGISTRY
)
TEXTS_BRAKED = Counter(
    "hub_texts_braked", "Texts that a brake held or dropped", ["brake"], registry=REGISTRY
)
OPEN_CONNECTIONS = Gauge(
    "hub_open_connections", "Connections of callers", ["listener"], registry=REGISTRY
)
CONNECTIONS_ENDED = Counter(
    "hub_connections_ended", "Connections that the hub closed or refused", ["listener", "why"],
    registry=REGISTRY,
)  # fmt: skip
DATABASE_REPEATS = Counter(
    "hub_database_repeats", "What was done again because the database failed it",
    ["part"], registry=REGISTRY,
)  # fmt: skip
UNAVAILABLE = Counter("hub_unavailable", "Answers 503", ["code"], registry=REGISTRY)
FAST_STORE_AWAY = Gauge(
    "hub_fast_store_away", "1 while Redis hangs and this process does not ask it", registry=REGISTRY
)
FAST_STORE_TIMEOUTS = Counter(
    "hub_fast_store_timeouts", "Questions that Redis did not answer in time", registry=REGISTRY
)
DUTY_FAILURES = Counter(
    "hub_duty_failures", "Times that a duty of the worker failed as a whole", ["duty"],
    registry=REGISTRY,
)  # fmt: skip
MONTHS_MISSING = Gauge(
    "hub_missing_months", "Of this month and the next: partitions that are not there", ["table"],
    registry=REGISTRY,
)  # fmt: skip
OF_NO_MONTH = Gauge(
    "hub_rows_of_no_month", "Rows whose month has no partition, counted to 10,000", ["table"],
    registry=REGISTRY,
)  # fmt: skip
STREAMS = Gauge("hub_open_streams", "Phones that listen", registry=REGISTRY)
UNFINISHED = Gauge(
    "hub_unfinished_deliveries", "Deliveries not at their end", ["status"], registry=REGISTRY
)
ACCEPTED_TO_SENT = Histogram(
    "hub_accepted_to_sent_seconds", "From the hospital's POST to the provider's answer",
    ["channel"], registry=REGISTRY, buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600),
)  # fmt: skip


class Increment(Struct, frozen=True):
    """How far a count of another process went up."""

    name: str
    labels: tuple[str, ...]
    by: float


Counts = Mapping[tuple[str, tuple[str, ...]], float]
_TOTAL: Final = "_total"


def counts_now() -> Counts:
    """Give the value of every counter, by its name and its labels in their order."""
    return {
        (metric.name, tuple(sample.labels.values())): sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == metric.name + _TOTAL
    }


def counted_since(before: Counts) -> list[Increment]:
    """Say how far the counters of this process went up since `before`."""
    return [
        Increment(name, labels, value - before.get((name, labels), 0.0))
        for (name, labels), value in counts_now().items()
        if value > before.get((name, labels), 0.0)
    ]


def count_again(increments: Iterable[Increment]) -> None:
    """Count in this process what another one has counted, so that it is seen at `/metrics`."""
    for increment in increments:
        counter = REGISTRY._names_to_collectors[increment.name]  # noqa: SLF001  # it has no getter
        assert isinstance(counter, Counter), "only counters are reported"
        (counter.labels(*increment.labels) if increment.labels else counter).inc(increment.by)
