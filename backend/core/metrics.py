"""Defines the metrics. Labels come from closed lists: never an id, a name or an address."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

REQUESTS = Counter("hub_requests", "Answers given", ["route", "status"], registry=REGISTRY)
EVENTS = Counter("hub_events", "What hospitals said", ["dialect", "outcome"], registry=REGISTRY)
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
    "hub_unreadable_rows", "Readings of a stored row that could not be shown", ["where"],
    registry=REGISTRY,
)  # fmt: skip
CODES_WITHHELD = Counter(
    "hub_codes_withheld", "Codes that were asked for and not sent", ["why"], registry=REGISTRY
)
STREAMS = Gauge("hub_open_streams", "Phones that listen", registry=REGISTRY)
UNFINISHED = Gauge(
    "hub_unfinished_deliveries", "Deliveries not at their end", ["status"], registry=REGISTRY
)
ACCEPTED_TO_SENT = Histogram(
    "hub_accepted_to_sent_seconds", "From the hospital's POST to the provider's answer",
    ["channel"], registry=REGISTRY, buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600),
)  # fmt: skip
