"""An operator's slip about VNeID stops the start: no address that is almost right gets through."""

from typing import Any

import pytest
from pydantic import ValidationError

from backend.core.settings import Settings
from backend.wiring import identity_verifier

RIGHT: dict[str, Any] = {
    "database_url": "postgresql://hub_api@db/hub",
    "redis_url": "redis://redis",
    "master_keys": "first:key",
    "vneid_issuer": "https://xacthuc.example.vn",
    "vneid_client_id": "benh-vien",
    "vneid_client_secret": "a-secret",
    "vneid_redirect_uri": "https://app.benhvien.vn/vneid",
}

NEAR_MISSES = [
    "http://app.benhvien.vn/vneid",
    "https://app.benhvien.vn",
    "https://app.benhvien.vn/",
    "https://app.benhvien.vn/vneid/",
    "https://app.benhvien.vn/vneid?next=/",
    "https://app.benhvien.vn/vneid?",
    "https://app.benhvien.vn/vneid#",
    "https://app.benhvien.vn/vneid#code",
    "https://app.benhvien.vn/../vneid",
    "https://app.benhvien.vn/./vneid",
    "https://app.benhvien.vn//vneid",
    "https://app.benhvien.vn/%76neid",
    "https://app.benhvien.vn/*",
    "https://*.benhvien.vn/vneid",
    "https://app.benhvien.vn@evil.vn/vneid",
    "https://app.benhvien.vn:443/vneid",
    "https://app.benhvien.vn.:443/vneid",
    "https://app.benhvien.vn./vneid",
    "https://.benhvien.vn/vneid",
    "https://-app.benhvien.vn/vneid",
    "https://App.benhvien.vn/vneid",
    "https://bệnhviện.vn/vneid",
    "https://localhost/vneid",
    "https://127.0.0.1/vneid",
    "https://[::1]/vneid",
    "https:/app.benhvien.vn/vneid",
    "https:app.benhvien.vn/vneid",
    "https:\\\\app.benhvien.vn/vneid",
    "https://app.benhvien.vn\\vneid",
    "//app.benhvien.vn/vneid",
    "/vneid",
    " https://app.benhvien.vn/vneid",
    "https://app.benhvien.vn/vneid ",
    "https://app.benhvien.vn/vneid\n",
    "https://app.benhvien.vn/vn\teid",
    "https://app.benhvien.vn/vneid\x00",
    "vn.benhvien.app:/vneid",
    "benhvien://vneid",
    "javascript:alert(1)",
    "data:text/html,vneid",
]


@pytest.mark.parametrize("uri", [RIGHT["vneid_redirect_uri"], "https://bv.vn/app/v1/vneid_2.html"])
def test_a_link_that_an_app_can_claim_is_taken_as_it_is(uri: str) -> None:
    assert Settings(**(RIGHT | {"vneid_redirect_uri": uri})).vneid_redirect_uri == uri


@pytest.mark.parametrize("uri", NEAR_MISSES)
def test_a_near_miss_stops_the_start(uri: str) -> None:
    with pytest.raises(ValidationError, match="HUB_VNEID_REDIRECT_URI is an https link"):
        Settings(**(RIGHT | {"vneid_redirect_uri": uri}))


@pytest.mark.parametrize(
    "missing",
    ["vneid_issuer", "vneid_client_id", "vneid_client_secret", "vneid_redirect_uri"],
)
def test_half_of_it_stops_the_start(missing: str) -> None:
    with pytest.raises(ValidationError, match="HUB_VNEID"):
        Settings(**(RIGHT | {missing: ""}))


@pytest.mark.parametrize(
    "name", ["issuer", "authorize_url", "token_url", "jwks_url", "userinfo_url"]
)
@pytest.mark.parametrize(
    "url",
    ["http://xacthuc.example.vn", "http://169.254.169.254/", "http://localhost:3000",
     "http://127.0.0.1.evil.vn/", "ftp://xacthuc.example.vn", "https://user@xacthuc.example.vn",
     "https:///token", "xacthuc.example.vn", "https://xacthuc.example.vn/#", "file:///etc/passwd",
     "https://xacthuc.example.vn\\@evil.vn"],
)  # fmt: skip
def test_a_provider_is_asked_over_https_or_on_this_machine(name: str, url: str) -> None:
    with pytest.raises(ValidationError, match="an address of the provider is https"):
        Settings(**(RIGHT | {f"vneid_{name}": url}))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:3000", "http://[::1]:3000/realm", "https://a.vn"]
)
def test_a_provider_on_this_machine_needs_no_https(url: str) -> None:
    assert Settings(**(RIGHT | {"vneid_issuer": url})).vneid_issuer == url


@pytest.mark.parametrize(
    "claims",
    ["", "citizen_id=a birth_date=b", "citizen_id=a birth_date=b level=", "citizen_id=a level=c",
     "citizen_id=a birth_date=b level=c phone=d", "citizen_id=a citizen_id=a birth_date=b level=c",
     "citizen_id=a birth_date=b level=c account_type=d"],
)  # fmt: skip
def test_a_claim_map_that_leaves_something_open_stops_the_start(claims: str) -> None:
    with pytest.raises(ValueError, match="HUB_VNEID_CLAIMS"):
        identity_verifier(Settings(**(RIGHT | {"vneid_claims": claims})))


def test_nothing_said_is_no_vneid() -> None:
    settings = Settings(**{k: v for k, v in RIGHT.items() if not k.startswith("vneid")})

    assert identity_verifier(settings) is None
