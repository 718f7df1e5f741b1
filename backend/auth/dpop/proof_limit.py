"""Limits the proofs that callers without a session may leave in the database, by their network.

Each proof of a write is a row for three minutes. Each process counts by itself, without asking
anybody, so the limit holds whatever became of Redis.
"""

from dataclasses import dataclass, field
from typing import Final

from backend.core.clock import now
from backend.core.http.client_address import network_of
from backend.core.http.rate_limits import TooOften
from backend.core.settings import load_settings

MINUTE: Final = 60
MOST_NETWORKS: Final = 10_000
"""Whoever comes on top in this minute is counted as coming from anywhere."""
ANYWHERE: Final = ""


@dataclass(slots=True)
class _Proofs:
    minute: int = 0
    networks: dict[str, int] = field(default_factory=dict)


_proofs = _Proofs()


def count_proof(address: str) -> None:
    """Count a proof that is about to be written.

    Raises:
        TooOften: this network has had its proofs of this minute.
    """
    minute, past = divmod(int(now().timestamp()), MINUTE)
    if minute != _proofs.minute:
        _proofs.minute, _proofs.networks = minute, {}
    network = network_of(address)
    if network not in _proofs.networks and len(_proofs.networks) >= MOST_NETWORKS:
        network = ANYWHERE
    so_far = _proofs.networks[network] = _proofs.networks.get(network, 0) + 1
    if so_far > load_settings().proofs_per_minute:
        raise TooOften(retry_after=MINUTE - past)


def forget_proofs() -> None:
    """Count from zero, as a process that begins."""
    _proofs.minute, _proofs.networks = 0, {}
