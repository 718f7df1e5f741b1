"""The messages on the phones: everything that a provider accepted, oldest first."""

from collections import deque
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from backend.sandbox.provider.journal import Journal

MOST = 100_000


class Arrived(Struct, frozen=True, rename="camel"):
    """One message on one phone."""

    channel: Literal["sms", "push"]
    to: str
    at: datetime
    provider_id: str
    text: str | UnsetType = UNSET
    notification: dict[str, str] | UnsetType = UNSET
    data: dict[str, str] | UnsetType = UNSET


class Phones:
    """All messages of the phones. A null line in the journal means: forgotten up to here."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._arrived: deque[Arrived] = deque(maxlen=MOST)
        self.known_before: list[Arrived] = []
        """What an earlier process accepted: the provider's own memory outlives a wiped screen."""
        for line in journal.lines():
            entry = msgspec.json.decode(line, type=Arrived | None)
            if entry is None:
                self._arrived.clear()
            else:
                self._arrived.append(entry)
                self.known_before.append(entry)
        del self.known_before[:-MOST]

    def show(self, message: Arrived) -> None:
        self._journal.append(message)
        self._arrived.append(message)

    def shown(self) -> list[Arrived]:
        return list(self._arrived)

    def forget(self) -> None:
        self._journal.append(None)
        self._arrived.clear()

    def close(self) -> None:
        self._journal.close()
