"""The sandbox: Twilio and FCM on this machine."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from backend.sandbox import control_api, fcm_api, twilio_api
from backend.sandbox.fcm.oauth import service_account
from backend.sandbox.peer import PEER, Peer, TwilioAccount
from backend.sandbox.provider.journal import Journal
from backend.sandbox.provider.ledger import Ledger, counting
from backend.sandbox.provider.phones import Phones
from backend.sandbox.twilio.callbacks import Callbacks
from backend.sandbox.twilio.texts import Text

PROJECT = "patient-hub-sandbox"
LARGEST_BODY = 256 * 1024


@dataclass(frozen=True, slots=True)
class Files:
    """The files that outlive the process; without a path, the state is in memory only."""

    service_account: Path | None = None
    """Written for the hub when the address is known; the key in it is used again."""
    ledger: Path | None = None
    """The raw requests, one JSON object a line, as in `GET /ledger`."""
    accepted: Path | None = None
    """What the providers accepted, so that a restarted Twilio still lists it."""


IN_MEMORY = Files()


def create_sandbox(
    account_sid: str, auth_token: str, *, files: Files = IN_MEMORY, project: str = PROJECT
) -> web.Application:
    """Build a sandbox; it continues from the state in its files.

    aiohttp serves it and not Litestar, because a provider that hangs up without an answer needs
    the transport.
    """
    peer = Peer(
        account=TwilioAccount(account_sid, auth_token),
        service_account_file=files.service_account,
        service_account=service_account(project, files.service_account),
        ledger=Ledger(Journal(files.ledger)),
        phones=Phones(Journal(files.accepted)),
        callbacks=Callbacks(account_sid, auth_token),
    )
    _remember_texts(peer)
    app = web.Application(middlewares=[counting(peer.ledger)], client_max_size=LARGEST_BODY)
    app[PEER] = peer
    app.add_routes([*control_api.ROUTES, *twilio_api.ROUTES, *fcm_api.ROUTES])
    app.cleanup_ctx.append(_working)
    app.on_shutdown.append(_let_go_of_slow_answers)
    return app


def _remember_texts(peer: Peer) -> None:
    for known in peer.phones.known_before:
        if known.channel == "sms" and isinstance(known.text, str):
            peer.texts.keep(
                Text(
                    to=known.to, body=known.text, sid=known.provider_id, status="delivered",
                    created_at=known.at, updated_at=known.at, sent_at=known.at,
                )
            )  # fmt: skip
    peer.phones.known_before.clear()


async def _working(app: web.Application) -> AsyncIterator[None]:
    peer = app[PEER]
    async with peer.callbacks.running():
        yield
    peer.ledger.close()
    peer.phones.close()


async def _let_go_of_slow_answers(app: web.Application) -> None:
    app[PEER].stopping.set()
