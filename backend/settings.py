"""Everything that differs between machines, read once from HUB_* variables."""

from functools import cache
from ipaddress import ip_network

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.settings_vneid import VneidSettings


class KeySettings(BaseSettings):
    """What opens the key ring: all that a command of the database's owner needs."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True)

    master_keys: SecretStr
    """`name:key` pairs joined by commas, the key 32 bytes in base64url. The first one seals the
    keys that the hub makes for itself; all of them open."""


class Settings(KeySettings, VneidSettings):
    database_url: str
    """PostgreSQL as the role this process logs in with: hub_api or hub_worker."""
    redis_url: str
    """Redis or Valkey: limits and wake-ups. Losing it loses no message and no record."""
    public_url: str = "http://127.0.0.1:8000"
    """The address providers and patients see, without a slash at the end. Receipt signatures are
    made over it."""
    restrictions: str = ""
    """Path of the rules that say which records are restricted; empty for the hub's own. A change
    is followed within a second."""
    require_dpop: bool = True
    """Whether patients' apps must prove a key of their own (DPoP). Without it, whoever copies a
    token can use it."""
    trusted_proxies: str = ""
    """Whose `X-Forwarded-For` is believed: CIDR blocks joined by commas, or the word `unix` for a
    proxy that comes through a Unix socket. Empty: nobody's."""
    timezone: str = "Asia/Ho_Chi_Minh"
    """Where the people live: quiet hours, dose slots and dates in messages."""
    quiet_hours: str = "21:00-07:00"
    """Local hours in which only codes, security notices and people inside the hospital are told;
    empty for none."""

    lease_seconds: float = Field(default=60.0, gt=1)
    """How long a worker may hold a claimed delivery. Nothing is sent after it."""
    doubt_seconds: float = Field(default=60.0, gt=0)
    """Between the two empty listings that allow a text in doubt to be repeated."""
    ladder_seconds: float = Field(default=1800.0, gt=0)
    """How long an important push may stay unread before a text follows."""
    partial_after_hours: float = Field(default=4.0, gt=0)
    """How long a result may wait for the others that were ordered with it before it is told."""
    in_flight: int = Field(default=100, gt=0)
    """Calls to providers one worker has open at once; it claims no more than that."""

    codes_per_minute: int = Field(default=120, gt=0)
    """Code texts in one minute, to everybody together. More are not sent: the spend brake."""
    codes_per_day: int = Field(default=20_000, gt=0)
    """Code texts in 24 hours, to everybody together."""
    codes_per_prefix: int = Field(default=20, gt=0)
    """Code texts in one hour to numbers that begin with the same seven digits."""

    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    """Signs our calls to Twilio and Twilio's receipts to us."""
    twilio_sender: str = ""
    """The sender id registered with the networks, at most 11 characters."""
    twilio_base_url: str = "https://api.twilio.com"
    fcm_service_account: str = ""
    """Path of the service-account file; empty when there is no push."""
    fcm_base_url: str = "https://fcm.googleapis.com"

    worker_metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where on this machine a worker shows its counts; 0 for nowhere."""
    pool_size: int = Field(default=16, gt=0)
    """Connections to PostgreSQL a process keeps. More than 16 was measured to be slower."""

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        for part in filter(None, (each.strip() for each in text.split(","))):
            if part != "unix":
                ip_network(part)
        return text


@cache
def load_settings() -> Settings:
    return Settings()  # type: ignore[call-arg]  # the values come from the environment


@cache
def load_key_settings() -> KeySettings:
    return KeySettings()  # type: ignore[call-arg]  # the same
