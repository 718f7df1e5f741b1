"""How long the months of what grows with every message are kept, read from HUB_* variables."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RetentionSettings(BaseSettings):
    """`hub migrate` writes them into the database: no process of the hub chooses what it drops."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True, hide_input_in_errors=True)

    keep_messages_months: Literal[0] | Annotated[int, Field(ge=3)] = 24
    """Whole months that a facility's message is kept as it came, and that a second one with its id
    is known as a replay; 0 for ever, else 3 or more. Records stay."""
    keep_deliveries_months: Literal[0] | Annotated[int, Field(ge=3)] = 24
    """The same for each attempt and each step of a delivery."""
    keep_audit_months: Literal[0] | Annotated[int, Field(ge=12)] = 120
    """Whole months that the audit log is kept; 0 for ever, else 12 or more."""
