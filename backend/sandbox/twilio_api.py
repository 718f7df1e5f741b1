"""Twilio's Messages API, as far as the hub uses it: send, list, fetch."""

from hmac import compare_digest

from aiohttp import encode_basic_auth, web

from backend.sandbox.peer import PEER, Peer
from backend.sandbox.provider.answering import Answers, answer
from backend.sandbox.provider.behaviour import TwilioMood
from backend.sandbox.provider.forms import fields_of, json_answer
from backend.sandbox.provider.phones import Arrived
from backend.sandbox.twilio.callbacks import is_loopback
from backend.sandbox.twilio.errors import broken, not_authenticated, too_many, twilio_error
from backend.sandbox.twilio.listing import page
from backend.sandbox.twilio.numbers import refusal_of
from backend.sandbox.twilio.texts import Text, resource

MESSAGES = "/2010-04-01/Accounts/{account}/Messages"
LONGEST = 1600


async def send_text(request: web.Request) -> web.Response:
    peer = request.app[PEER]
    denied = _denied(request, peer)
    if denied is not None:
        return denied
    fields = fields_of(await request.read())
    mood = peer.behaviour.twilio_now()
    answers = Answers(lambda: _accept(peer, fields, mood), too_many, broken)
    return await answer(request, mood, answers, peer.stopping)


async def list_texts(request: web.Request) -> web.Response:
    peer = request.app[PEER]
    try:
        return _denied(request, peer) or json_answer(
            page(peer.texts, request.query, peer.account.sid)
        )
    except ValueError:
        return twilio_error(20404)


async def fetch_text(request: web.Request) -> web.Response:
    peer = request.app[PEER]
    denied = _denied(request, peer)
    if denied is not None:
        return denied
    text = peer.texts.get(request.match_info["sid"])
    return twilio_error(20404) if text is None else json_answer(resource(text, peer.account.sid))


ROUTES = [
    web.post(f"{MESSAGES}.json", send_text),
    web.get(f"{MESSAGES}.json", list_texts),
    web.get(MESSAGES + "/{sid}.json", fetch_text),
]


def _denied(request: web.Request, peer: Peer) -> web.Response | None:
    expected = encode_basic_auth(peer.account.sid, peer.account.token)
    if not compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
        return not_authenticated()
    return None if request.match_info["account"] == peer.account.sid else twilio_error(20404)


def _accept(peer: Peer, fields: dict[str, str], mood: TwilioMood) -> web.Response:
    code = _wrong(fields)
    if code is not None:
        return twilio_error(code, fields.get("To", ""))
    text = Text(
        to=fields["To"],
        body=fields["Body"],
        sender=fields.get("From"),
        service=fields.get("MessagingServiceSid"),
        callback=fields.get("StatusCallback") if mood.receipts else None,
    )
    queued = json_answer(resource(text, peer.account.sid), 201)
    peer.texts.keep(text)
    peer.phones.show(
        Arrived(channel="sms", to=text.to, text=text.body, at=text.created_at, provider_id=text.sid)
    )
    peer.callbacks.carry(text)
    return queued


def _wrong(fields: dict[str, str]) -> int | None:
    """Give the first of Twilio's complaints about a send."""
    body = fields.get("Body", "")
    callback = fields.get("StatusCallback")
    complaints = (
        (21604, not fields.get("To")),
        (21603, not (fields.get("From") or fields.get("MessagingServiceSid"))),
        (21602, not body),
        (21617, len(body) > LONGEST),
        (21609, callback is not None and not is_loopback(callback)),
    )
    found = next((code for code, wrong in complaints if wrong), None)
    return refusal_of(fields["To"]) if found is None else found
