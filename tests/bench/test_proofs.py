"""What the bench's phone shows with each request is a DPoP proof as RFC 9449 has it."""

from joserfc import jwt
from joserfc.jwk import ECKey

from backend.bench.loaded.proofs import BenchDevice


def test_a_proof_is_signed_by_the_key_it_carries_and_names_the_request() -> None:
    phone = BenchDevice()
    phone.nonce = "n"

    first, second = (phone.proof("GET", "https://hub.test/v1/x", "token") for _ in range(2))

    key = ECKey.import_key(jwt.decode(first, phone._key).header["jwk"])
    shown = jwt.decode(first, key)
    assert key.thumbprint() == phone.thumbprint
    assert (shown.header["typ"], shown.header["alg"]) == ("dpop+jwt", "ES256")
    assert "d" not in shown.header["jwk"]
    assert set(shown.claims) == {"jti", "htm", "htu", "iat", "ath", "nonce"}
    assert shown.claims["ath"] == "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A"
    assert shown.claims["jti"] != jwt.decode(second, key).claims["jti"]
