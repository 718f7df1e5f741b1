"""Tells whether a receipt was signed by Twilio."""

from collections.abc import Mapping

from twilio.request_validator import (  # type: ignore[import-untyped]  # twilio has no types
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
    get_signature_algorithm,
)


def signed_by_twilio(
    auth_token: str,
    url: str,
    params: Mapping[str, str] | str,
    signature: str,
    settings_header: str | None = None,
) -> bool:
    """Check the signature over the exact public address and the form (or the JSON text).

    `settings_header` is X-Twilio-Webhooks-Signature-Settings; without it the hash is SHA-1.
    """
    algorithm = str(get_signature_algorithm(settings_header)).upper()
    if not auth_token or not signature or algorithm not in {HMAC_SHA1, HMAC_SHA256}:
        return False
    return bool(RequestValidator(auth_token).validate(url, params, signature, algorithm))
