"""Everything one sandbox knows, in one place."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from backend.sandbox.behaviour import Behaviour
from backend.sandbox.fcm_pushes import Pushes
from backend.sandbox.ledger import Ledger
from backend.sandbox.oauth import ServiceAccount
from backend.sandbox.phones import Phones
from backend.sandbox.twilio_callbacks import Callbacks
from backend.sandbox.twilio_texts import Texts


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
