"""Connects the hub to the outside world: the only module that builds gateways from settings."""

from uuid import uuid4

from backend.core.settings import Settings
from backend.gateways.oidc.claims import read_claim_map
from backend.gateways.oidc.client import Oidc
from backend.gateways.oidc.discovery import Configured
from backend.gateways.oidc.verifier import IdentityVerifier
from backend.gateways.outbound_call import Failpoint, no_failpoint
from backend.gateways.sender import Channel, Sender
from backend.gateways.twilio.sms import TwilioSms
from backend.notifications.delivery.dispatcher import Dispatcher
from backend.notifications.delivery.sending import Providers

ANSWER_SECONDS = 10.0
"""How long a provider may think about an answer."""
MARGIN_SECONDS = 2.0
"""Before the end of a lease: nothing is written to the wire any more."""


def outside(settings: Settings, failpoint: Failpoint = no_failpoint) -> Providers:
    """Build the senders that the settings of this machine configure."""
    texts = TwilioSms(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        sender_id=settings.twilio_sender,
        base_url=settings.twilio_base_url,
        receipts_url=f"{settings.public_url}/providers/twilio/receipts",
        timeout=ANSWER_SECONDS,
        in_flight=settings.in_flight * 2,
        failpoint=failpoint,
    )
    senders: dict[Channel, Sender] = {Channel.SMS: texts}
    if settings.fcm_service_account:
        from backend.gateways.fcm.push import Fcm  # noqa: PLC0415  # Google's SDK loads slowly

        senders[Channel.PUSH] = Fcm(
            service_account_path=settings.fcm_service_account,
            base_url=settings.fcm_base_url,
            timeout=ANSWER_SECONDS,
            in_flight=settings.in_flight * 2,
            failpoint=failpoint,
        )
    return Providers(senders, texts, failpoint)


def make_dispatcher(settings: Settings, world: Providers) -> Dispatcher:
    return Dispatcher(
        world,
        worker=uuid4().hex[:12],
        lease=settings.lease_seconds,
        margin=min(MARGIN_SECONDS, settings.lease_seconds / 4),
        in_flight=settings.in_flight,
        books=False,
    )


def identity_verifier(settings: Settings) -> IdentityVerifier | None:
    """Build the client of VNeID, or None if it is not configured."""
    if not settings.vneid_issuer:
        return None
    configured = Configured(
        issuer=settings.vneid_issuer,
        client_id=settings.vneid_client_id,
        client_secret=settings.vneid_client_secret.get_secret_value(),
        client_auth=settings.vneid_client_auth,
        redirect_uri=settings.vneid_redirect_uri,
        authorize_url=settings.vneid_authorize_url,
        token_url=settings.vneid_token_url,
        jwks_url=settings.vneid_jwks_url,
        userinfo_url=settings.vneid_userinfo_url,
        scope=settings.vneid_scope,
        acr_values=settings.vneid_acr_values,
        max_age=settings.vneid_max_age_seconds,
        claims=read_claim_map(settings.vneid_claims, settings.vneid_level_two),
    )
    return Oidc(configured, answer_seconds=ANSWER_SECONDS)
