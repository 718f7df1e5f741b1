"""A receipt counts only with Twilio's signature over the address and every field."""

import hmac
from base64 import b64encode
from hashlib import sha1, sha256

import pytest

from backend.gateways.sender import FailureScope, Receipt, ReceiptRank
from backend.gateways.twilio.signature import receipt_of, signed_by_twilio

URL = "https://hub.example.vn/providers/twilio/receipts/018f-1"
FIELDS = {"MessageSid": "SM1", "MessageStatus": "delivered", "ErrorCode": ""}
SHA256 = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"


def a_signature(hash_name: str = "sha1", token: str = "secret", url: str = URL) -> str:
    text = url + "".join(name + FIELDS[name] for name in sorted(FIELDS))
    used = {"sha1": sha1, "sha256": sha256}[hash_name]
    return b64encode(hmac.new(token.encode(), text.encode(), used).digest()).decode()


def test_a_receipt_signed_either_way_is_believed() -> None:
    assert signed_by_twilio("secret", URL, FIELDS, a_signature(), None)
    assert signed_by_twilio("secret", URL, FIELDS, a_signature(), "")
    assert signed_by_twilio("secret", URL, FIELDS, a_signature("sha256"), SHA256)


def test_a_fixed_signature_stays_valid() -> None:
    signature = "vMfVR1yHkafSyDiSnWCqhfreXHI="

    assert signed_by_twilio("secret", URL, {"MessageSid": "SM1"}, signature)


@pytest.mark.parametrize(
    ("token", "url", "fields", "signature", "settings"),
    [
        ("secret", URL, FIELDS | {"MessageStatus": "failed"}, a_signature(), None),
        ("secret", URL, FIELDS | {"Extra": "1"}, a_signature(), None),
        ("secret", URL[:-1] + "2", FIELDS, a_signature(), None),
        ("secret", URL.replace("https", "http"), FIELDS, a_signature(), None),
        ("other", URL, FIELDS, a_signature(), None),
        ("secret", URL, FIELDS, "", None),
        ("secret", URL, FIELDS, a_signature(), SHA256),
        ("secret", URL, FIELDS, a_signature("sha256"), None),
        ("secret", URL, FIELDS, a_signature(), "algorithm=HMAC_MD5"),
        ("secret", URL, FIELDS, a_signature(), "algorithm=none"),
        ("", URL, FIELDS, a_signature(token=""), None),
    ],
)
def test_a_receipt_that_was_touched_is_not_believed(
    token: str, url: str, fields: dict[str, str], signature: str, settings: str | None
) -> None:
    assert not signed_by_twilio(token, url, fields, signature, settings)


def test_a_json_receipt_is_believed_by_the_hash_in_its_address() -> None:
    body = '{"MessageSid":"SM1"}'
    url = f"{URL}?bodySHA256={sha256(body.encode()).hexdigest()}"
    signature = b64encode(hmac.new(b"secret", url.encode(), sha1).digest()).decode()

    assert signed_by_twilio("secret", url, body, signature)
    assert not signed_by_twilio("secret", url, body.replace("1", "2"), signature)


@pytest.mark.parametrize(
    ("word", "code", "receipt"),
    [
        ("queued", "", Receipt("SM1", "queued", ReceiptRank.ACCEPTED)),
        ("read", "", Receipt("SM1", "read", ReceiptRank.READ)),
        (
            "undelivered",
            "30005",
            Receipt("SM1", "undelivered", ReceiptRank.FAILED, "30005", FailureScope.ADDRESS),
        ),
        (
            "undelivered",
            "30003",
            Receipt("SM1", "undelivered", ReceiptRank.FAILED, "30003", unreachable=True),
        ),
        ("a new word", "", Receipt("SM1", "a new word", None)),
    ],
)
def test_a_receipt_is_read_in_the_words_of_the_hub(word: str, code: str, receipt: Receipt) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": word, "ErrorCode": code}

    assert receipt_of(form) == receipt
