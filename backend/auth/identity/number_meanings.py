"""What an operator can say that the numbers of one system are."""

from enum import StrEnum


class NumberMeaning(StrEnum):
    CHART = "chart"
    """Numbers of a patient: each finds one."""
    CITIZEN_ID = "citizen-id"
    INSURANCE = "insurance"
    ORDER = "order"
    """Numbers of an order or a visit."""
    IGNORED = "ignored"
