"""The one place where the outside world is put together."""

from uuid import uuid4

from backend.gateways.call import Reached, unobserved
from backend.gateways.fcm import Fcm
from backend.gateways.sender import Channel, Sender
from backend.gateways.twilio_sms import TwilioSms
from backend.notifications.delivery import Outside
from backend.notifications.wire import Wire
from backend.settings import Settings

ANSWER_SECONDS = 10.0
"""How long a provider may think about an answer."""
MARGIN_SECONDS = 2.0
"""Before the end of a lease: nothing is written to the wire any more."""


def outside(settings: Settings, reached: Reached = unobserved) -> Outside:
    """Build the senders this machine is configured for."""
    texts = TwilioSms(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        sender_id=settings.twilio_sender,
        base_url=settings.twilio_base_url,
        receipts_url=f"{settings.public_url}/providers/twilio/receipts",
        timeout=ANSWER_SECONDS,
        in_flight=settings.in_flight * 2,
        reached=reached,
    )
    senders: dict[Channel, Sender] = {Channel.SMS: texts}
    if settings.fcm_service_account:
        senders[Channel.PUSH] = Fcm(
            service_account_path=settings.fcm_service_account,
            base_url=settings.fcm_base_url,
            timeout=ANSWER_SECONDS,
            in_flight=settings.in_flight * 2,
            reached=reached,
        )
    return Outside(senders, texts, reached)


def wire(settings: Settings, world: Outside) -> Wire:
    return Wire(
        world,
        worker=uuid4().hex[:12],
        lease=settings.lease_seconds,
        margin=min(MARGIN_SECONDS, settings.lease_seconds / 4),
        in_flight=settings.in_flight,
    )
