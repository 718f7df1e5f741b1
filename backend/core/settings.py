"""All settings that differ between machines, read once from HUB_* variables.

`Settings` has all of them. A command that needs fewer reads one of its base classes.
"""

import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.functional_validators import BeforeValidator
from pydantic_settings import BaseSettings, SettingsConfigDict

_CLAIMED: Final = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+"
)
"""An https address that an app can claim: a host by name, a plain path, and nothing after it."""
READ_FROM: Final = SettingsConfigDict(env_prefix="HUB_", frozen=True, hide_input_in_errors=True)
"""Variables named HUB_*. An error never repeats what one holds, since many are secret."""
_ForEver = Annotated[Literal[0], BeforeValidator(int)]


class VneidSettings(BaseSettings):
    """The identity provider of VNeID, or none."""

    model_config = READ_FROM

    vneid_issuer: str = ""
    """The identity provider, exactly as its ID tokens name it; empty when there is none."""
    vneid_client_id: str = ""
    """Who the hub is to the provider."""
    vneid_client_secret: SecretStr = SecretStr("")
    """What proves it."""
    vneid_client_auth: Literal["basic", "post"] = "basic"
    """How the secret is shown at the token endpoint."""
    vneid_redirect_uri: str = ""
    """The https link the app claims, exactly as it is registered with the provider."""
    vneid_authorize_url: str = ""
    """Where the browser goes; asked for at the issuer when empty."""
    vneid_token_url: str = ""
    """Where codes are exchanged; asked for at the issuer when empty."""
    vneid_jwks_url: str = ""
    """Where the provider's keys are. With these three nothing is asked for at the issuer."""
    vneid_userinfo_url: str = ""
    """Where more claims are told; without discovery and this, only the ID token counts."""
    vneid_scope: str = "openid"
    """What is asked for."""
    vneid_acr_values: str = ""
    """What level is asked for, in the provider's own words."""
    vneid_max_age_seconds: int = Field(default=0, ge=0)
    """How long ago the person may have shown themselves to the provider; 0 asks for nothing."""
    vneid_claims: str = (
        "citizen_id=SoDinhDanh birth_date=NgayThangNamSinh account_type=LoaiTaiKhoan:1 level=loAs"
    )
    """Which claim says what; the account type with the value that means a citizen."""
    vneid_level_two: str = ""
    """The values of the level claim that mean a level 2 account, joined by spaces."""

    @model_validator(mode="after")
    def vneid_can_be(self) -> Self:
        """Refuse to start with half of it, or with an address that is almost right.

        Raises:
            ValueError: what is wrong, without the value.
        """
        needed = (self.vneid_client_id, self.vneid_redirect_uri,
                  self.vneid_client_secret.get_secret_value())  # fmt: skip
        if not self.vneid_issuer:
            if any(needed):
                raise ValueError("HUB_VNEID_ISSUER is missing")
            return self
        if not all(needed):
            raise ValueError("HUB_VNEID_CLIENT_ID, _CLIENT_SECRET and _REDIRECT_URI belong to it")
        if not _CLAIMED.fullmatch(self.vneid_redirect_uri):
            raise ValueError("HUB_VNEID_REDIRECT_URI is an https link with a host and a plain path")
        urls = (self.vneid_issuer, self.vneid_authorize_url, self.vneid_token_url,
                self.vneid_jwks_url, self.vneid_userinfo_url)  # fmt: skip
        if not all(_may_be_asked(url) for url in urls if url):
            raise ValueError("an address of the provider is https; http only on this machine")
        return self


def _may_be_asked(url: str) -> bool:
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or set(url) & {"#", "\\"}:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class KeySettings(BaseSettings):
    """What opens the key ring: all that a command of the database's owner needs."""

    model_config = READ_FROM

    master_keys: SecretStr
    """`name:key` pairs joined by commas, 32 bytes in base64url: all open, the first one seals."""


class OwnerSettings(BaseSettings):
    """How a command becomes the owner of the database: `hub migrate` and `hub keys`."""

    model_config = READ_FROM

    database_owner_url: str = ""
    """PostgreSQL as a login that may create roles, or is a member of hub_owner."""


class DatabaseSettings(BaseSettings):
    """Where the database is: all that `hub serve` itself needs; its processes read the rest."""

    model_config = READ_FROM

    database_url: str
    """PostgreSQL as the role this process logs in with: hub_api or hub_worker."""
    worker_database_url: str = ""
    """What the workers of `hub serve` get as `database_url`, as the login hub_worker."""


class AuditSettings(BaseSettings):
    """Where the heads of the audit chain are: all that a check of the chain needs besides keys."""

    model_config = READ_FROM

    audit_heads: str = ""
    """The file to which a worker appends the head of the audit chain once an hour, or none."""


class RetentionSettings(BaseSettings):
    """Whole months that what grows is kept; 0 for ever. `hub migrate` writes them down."""

    model_config = READ_FROM

    keep_messages_months: _ForEver | Annotated[int, Field(ge=3)] = 24
    """A facility's messages as they came: so long a second one with its id is a replay."""
    keep_deliveries_months: _ForEver | Annotated[int, Field(ge=3)] = 24
    """Each attempt and each step of a delivery."""
    keep_audit_months: _ForEver | Annotated[int, Field(ge=12)] = 120
    """The audit log."""


class TwilioSettings(BaseSettings):
    """The account that sends texts; the sandbox plays Twilio for this one."""

    model_config = READ_FROM

    twilio_account_sid: str = ""
    """The account that sends texts."""
    twilio_auth_token: SecretStr = SecretStr("")
    """Signs our calls to Twilio and Twilio's receipts to us."""


class Settings(
    DatabaseSettings, KeySettings, OwnerSettings, AuditSettings, TwilioSettings, VneidSettings,
    RetentionSettings,
):  # fmt: skip
    """Every variable there is: what an API and a worker read."""

    redis_url: str
    """Redis or Valkey: limits and wake-ups. Losing it loses no message and no record."""
    public_url: str = "http://127.0.0.1:8000"
    """The address providers and patients see, without a slash at the end; receipts sign it."""
    restrictions: str = ""
    """Path of the rules that say which records are restricted; empty for the hub's own."""
    prescription_systems: str = ""
    """Systems of identifiers, joined by spaces, that are codes of electronic prescriptions."""
    require_dpop: bool = True
    """Whether apps must prove a key (DPoP). Without it, whoever copies a token can use it."""
    trusted_proxies: str = ""
    """Whose `X-Forwarded-For` is believed: CIDR blocks joined by commas, `unix`, or nobody's."""
    timezone: str = "Asia/Ho_Chi_Minh"
    """Where the people live: quiet hours, dose slots and dates in messages."""
    quiet_hours: str = "21:00-07:00"
    """Local hours in which only codes, warnings and people inside are told; empty for none."""
    neutral_name: str = Field(default="SO SUC KHOE", pattern=r"^[A-Za-z0-9 .-]{1,20}$")
    """What codes, security notices and texts of a discreet facility begin with."""
    neutral_hotline: str = Field(default="", pattern=r"^[0-9]{0,15}$")
    """Whom these tell to call; empty for nobody."""

    lease_seconds: float = Field(default=60.0, gt=1)
    """How long a worker may hold a claimed delivery. Nothing is sent after it."""
    doubt_seconds: float = Field(default=60.0, gt=0)
    """Between the two empty listings that allow a text in doubt to be repeated."""
    ladder_seconds: float = Field(default=1800.0, gt=0)
    """How long an important push may stay unread before a text follows."""
    partial_after_hours: float = Field(default=4.0, gt=0)
    """How long a result may wait for the others that were ordered with it before it is told."""
    in_flight: int = Field(default=100, gt=0)
    """Calls to providers one worker has open at once; codes may open a fifth more."""
    codes_per_minute: int = Field(default=120, gt=0)
    """Code texts in one minute, to everybody together, until there is an alarm."""
    codes_per_day: int = Field(default=20_000, gt=0)
    """Code texts in 24 hours, to everybody together, until there is an alarm."""
    texts_per_hour: int = Field(default=20_000, gt=0)
    """Texts in one hour, of all facilities together, until there is an alarm."""
    first_texts_per_hour: int = Field(default=500, gt=0)
    """Texts in one hour by which one facility may reach numbers for the first time."""
    prefix_texts_per_hour: int = Field(default=40, gt=0)
    """How many of these may begin with the same seven digits."""
    prefix_texts_per_day: int = Field(default=160, gt=0)
    """The same in 24 hours."""
    chart_texts_per_hour: int = Field(default=6, gt=0)
    """Texts of one facility in one hour to one patient's number; codes have a cap of their own."""
    chart_texts_per_day: int = Field(default=20, gt=0)
    """The same in 24 hours."""
    number_texts_per_hour: int = Field(default=20, gt=0)
    """Texts of one facility in one hour to one number that several of its patients share."""
    number_texts_per_day: int = Field(default=60, gt=0)
    """The same in 24 hours."""
    unproved_texts_per_hour: int = Field(default=30, gt=0)
    """Texts of all facilities in one hour to one number that nobody has shown to be theirs."""
    unproved_texts_per_day: int = Field(default=90, gt=0)
    """The same in 24 hours."""
    readings_per_hour: int = Field(default=6000, gt=0)
    """Requests of one patient's session in an hour: more are a script's, and raise an alarm."""
    proofs_per_minute: int = Field(default=600, gt=0)
    """DPoP proofs of one network in a minute before it is signed in, at each API process."""
    staff_openings_per_hour: int = Field(default=300, gt=0)
    """Searches, cards and looks into the audit log of one member of staff in an hour."""
    staff_requests_per_hour: int = Field(default=3000, gt=0)
    """All requests of one member of staff in an hour."""
    slips_per_staff_day: int = Field(default=80, gt=0)
    """Slips of one member of staff in a day; more raise an alarm, and none is refused."""

    twilio_sender: str = ""
    """The sender id registered with the networks, at most 11 characters."""
    twilio_base_url: str = "https://api.twilio.com"
    """Where Twilio is; the sandbox stands elsewhere."""
    fcm_service_account: str = ""
    """Path of the service-account file; empty when there is no push."""
    fcm_base_url: str = "https://fcm.googleapis.com"
    """Where Firebase Cloud Messaging is; the sandbox stands elsewhere."""

    spool_folder: str = ""
    """Where large bodies are while they are read; empty for the machine's temporary folder."""
    metrics_host: str = "127.0.0.1"
    """The address on which a process shows its metrics: never one that patients reach."""
    metrics_port: int = Field(default=9464, ge=0, le=65535)
    """Where; 0 for nowhere. Processes of `hub serve` take this port and the next, APIs first."""
    pool_size: int = Field(default=16, gt=0)
    """Connections to PostgreSQL a process keeps. More than 16 was measured to be slower."""

    @field_validator("spool_folder")
    @classmethod
    def _can_be_written(cls, folder: str) -> str:
        if folder and not (Path(folder).is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            raise ValueError("is no folder that this process may write to")
        return folder

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        for part in {entry.strip() for entry in text.split(",")} - {"", "unix"}:
            ip_network(part)
        return text


@cache
def load_settings() -> Settings:
    return Settings()  # type: ignore[call-arg]  # the values come from the environment


@cache
def load_key_settings() -> KeySettings:
    return KeySettings()  # type: ignore[call-arg]  # the same


def load_database_settings() -> DatabaseSettings:
    return DatabaseSettings()  # type: ignore[call-arg]  # the same


def describe_errors(error: ValidationError) -> str:
    """Say what is wrong with which variable, one a line; no line says what a variable holds."""
    return "\n".join(
        f"HUB_{'_'.join(map(str, fault['loc'])).upper() or '*'}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_context=False)
    )


def variables_set(names: Iterable[str]) -> list[str]:
    """Give those of these variables that are set and not empty, valid or not."""
    return [name for name in names if os.environ.get(name)]


def take_settings_of(environment: Mapping[str, str]) -> None:
    """Read these variables from now on: a bench seals what it loads with another hub's keys."""
    os.environ.update(environment)
    load_settings.cache_clear()
    load_key_settings.cache_clear()
