"""Holds the whole state of one sandbox."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from backend.sandbox.fcm.oauth import ServiceAccount
from backend.sandbox.provider.behaviour import Behaviour
from backend.sandbox.provider.ledger import Ledger
from backend.sandbox.provider.phones import Phones
from backend.sandbox.twilio.callbacks import Callbacks
from backend.sandbox.twilio.texts import Texts

MOST = 1000


class Pushes:
    def __init__(self) -> None:
        self._bodies: deque[bytes] = deque(maxlen=MOST)

    def keep(self, body: bytes) -> None:
        self._bodies.append(body)

    def bodies(self) -> list[Any]:
        return [msgspec.json.decode(body) for body in self._bodies]


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    sid: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Peer:
    account: TwilioAccount
    service_account: ServiceAccount
    service_account_file: Path | None
    ledger: Ledger
    phones: Phones
    callbacks: Callbacks
    texts: Texts = field(default_factory=Texts)
    pushes: Pushes = field(default_factory=Pushes)
    behaviour: Behaviour = field(default_factory=Behaviour)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


PEER = web.AppKey("peer", Peer)
