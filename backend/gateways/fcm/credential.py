"""Keeps an access token for Google's services, and fetches the next one before it expires."""

import asyncio
from functools import partial

import requests
from google.auth.credentials import TokenState
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials

FETCH_SECONDS = 10.0


class CredentialFailed(Exception):
    """Google gave no access token for our service account."""


class Credential:
    def __init__(self, google: Credentials) -> None:
        self._google = google
        self._refused = ""
        self._fetching: asyncio.Task[None] | None = None

    @property
    def bearer(self) -> str:
        return str(self._google.token)

    async def ready(self) -> str:
        """Give a token that does not expire soon; all waiting callers share one fetch."""
        if not self._usable(TokenState.FRESH):
            if self._fetching is None or self._fetching.done():
                self._fetching = asyncio.create_task(self._fetch())
            await asyncio.shield(self._fetching)
        return self.bearer

    def refuse(self, token: str) -> None:
        """Discard the token that Google has refused; the next call fetches another one."""
        self._refused = token

    def _usable(self, *states: TokenState) -> bool:
        return self._google.token_state in states and self.bearer != self._refused

    async def _fetch(self) -> None:
        try:
            await asyncio.to_thread(_refresh, self._google)
        except (GoogleAuthError, OSError, ValueError) as failure:
            if not self._usable(TokenState.FRESH, TokenState.STALE):
                raise CredentialFailed from failure

    async def close(self) -> None:
        if self._fetching is not None:
            await asyncio.wait([self._fetching])


def _refresh(google: Credentials) -> None:
    with requests.Session() as session:
        session.max_redirects = 0
        google.refresh(partial(Request(session), timeout=FETCH_SECONDS))  # type: ignore[no-untyped-call]  # google-auth
