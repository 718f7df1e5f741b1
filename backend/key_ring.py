"""The keys the hub makes for itself, kept under the master keys: they turn without a stop."""

from piccolo.columns import UUID, Bytea, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from backend.database import DB, TimeOrderedId


class HubKey(Table, tablename="hub_key", db=DB):
    """One key. Every process knows it some seconds before anything is made with it."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    name = Varchar(length=20, unique=True)
    purpose = Varchar(length=8)
    """data (seals, lookups, refresh tokens) or signing (access tokens)."""
    secret = Bytea()
    """32 bytes, sealed by a master key."""
    made_at = Timestamptz(default=TimestamptzNow())
    current_from = Timestamptz()
    """From then on it is the one that new things are made with."""
    ends_at = Timestamptz(null=True, default=None)
    """From then on nothing made with it is accepted."""
