"""FCM's HTTP v1 API: one message to one phone."""

import re
import secrets

import msgspec
from aiohttp import web
from msgspec import UNSET

from backend.core.clock import now
from backend.sandbox.fcm import errors, oauth
from backend.sandbox.fcm.message import LARGEST, FcmMessage, SendRequest, parse_send, size
from backend.sandbox.peer import PEER, Peer
from backend.sandbox.provider.answering import Answers, answer
from backend.sandbox.provider.behaviour import FcmMood
from backend.sandbox.provider.forms import json_answer
from backend.sandbox.provider.phones import Arrived

_TOKEN = re.compile(r"[\w:.~%-]{1,4096}\Z", re.ASCII)
_WHERE = re.compile(r" - at `\$\.?(.*)`$")


async def send_push(request: web.Request) -> web.Response:
    peer = request.app[PEER]
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not peer.service_account.admits(bearer):
        return errors.not_authenticated()
    if request.match_info["project"] != peer.service_account.project:
        return errors.other_project()
    body = await request.read()
    mood = peer.behaviour.fcm_now()
    answers = Answers(lambda: _accept(peer, body, mood), errors.too_many, errors.broken)
    return await answer(request, mood, answers, peer.stopping)


async def token(request: web.Request) -> web.Response:
    return await oauth.give_token(request, request.app[PEER].service_account)


ROUTES = [
    web.post("/token", token),
    web.post("/v1/projects/{project}/messages:send", send_push),
]


def _accept(peer: Peer, body: bytes, mood: FcmMood) -> web.Response:
    try:
        sent = parse_send(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        where = _WHERE.search(str(wrong))
        return errors.invalid_payload(where[1] if where else "", _WHERE.sub("", str(wrong)))
    return _refused(sent.message, mood) or _kept(peer, body, sent)


def _refused(message: FcmMessage, mood: FcmMood) -> web.Response | None:
    addresses = [message.token, message.fid, message.topic, message.condition]
    if sum(address is not None for address in addresses) != 1:
        return errors.invalid_payload("message", "Exactly one recipient must be given")
    address = message.token or message.fid
    if address is None:
        return errors.invalid_payload("message", "This sandbox sends to single phones")
    if not _TOKEN.match(address):
        return errors.invalid_token()
    if size(message) > LARGEST:
        return errors.invalid_payload("message", "Message is too big")
    return errors.unregistered() if address in mood.dead_tokens else None


def _kept(peer: Peer, body: bytes, sent: SendRequest) -> web.Response:
    name = f"projects/{peer.service_account.project}/messages/"
    if sent.validate_only:
        return json_answer({"name": f"{name}fake_message_id"})
    name += secrets.token_hex(16)
    peer.pushes.keep(body)
    peer.phones.show(_arrived(sent.message, name))
    return json_answer({"name": name})


def _arrived(message: FcmMessage, name: str) -> Arrived:
    shown = message.notification
    texts = {} if shown is None else {"title": shown.title, "body": shown.body}
    return Arrived(
        channel="push",
        to=message.token or message.fid or "",
        at=now(),
        provider_id=name,
        notification={key: text for key, text in texts.items() if text is not None},
        data=message.data or {},
        text=UNSET,
    )
