"""The access token of a push: fetched ahead, shared, and never a reason to send twice."""

import asyncio

import pytest

from backend.gateways.fcm.push import Fcm
from backend.gateways.sender import FailureScope, SendOutcome, SendResult
from tests.harness.peers.raw_http import Drop, Peer, Reply
from tests.harness.providers import PUSHED, a_token, fcm_says, push


async def test_twenty_at_once_share_one_access_token(fcm: Fcm, google: Peer) -> None:
    results = await asyncio.gather(*(push(fcm) for _ in range(20)))

    assert {each.outcome for each in results} == {SendOutcome.ACCEPTED}
    assert len(google.received) == 1


async def test_a_token_google_refuses_is_replaced_for_the_next_call_only(
    fcm: Fcm, peer: Peer, google: Peer
) -> None:
    google.says(a_token("token-1"), a_token("token-2"))
    peer.says(fcm_says(401, "UNAUTHENTICATED"), PUSHED)

    first = await push(fcm)
    seen_by_then = len(peer.received)
    second = await push(fcm)

    assert (first.outcome, first.failure_scope) == (SendOutcome.TRY_LATER, FailureScope.CHANNEL)
    assert seen_by_then == 1
    assert second.outcome is SendOutcome.ACCEPTED
    used = [request.headers["authorization"] for request in peer.received]
    assert used == ["Bearer token-1", "Bearer token-2"]


async def test_a_token_is_renewed_ahead_of_its_end(fcm: Fcm, google: Peer) -> None:
    google.says(a_token("token-1", seconds=60), a_token("token-2"))

    await push(fcm)
    await push(fcm)
    await push(fcm)

    assert len(google.received) == 2


async def test_a_token_that_still_lives_is_used_when_no_newer_one_is_given(
    fcm: Fcm, peer: Peer, google: Peer
) -> None:
    google.says(a_token("token-1", seconds=60), Reply(400, {"error": "invalid_grant"}))
    await push(fcm)

    result = await push(fcm)

    assert result.outcome is SendOutcome.ACCEPTED


@pytest.mark.parametrize(
    "answer",
    [Reply(400, {"error": "invalid_grant"}), Drop()],
    ids=["refused", "dropped"],
)
async def test_without_an_access_token_nothing_is_sent_and_an_operator_is_called(
    fcm: Fcm, peer: Peer, google: Peer, answer: Reply | Drop
) -> None:
    google.says(answer)

    result = await push(fcm)

    assert result == SendResult(
        SendOutcome.TRY_LATER, code="credential", failure_scope=FailureScope.CHANNEL
    )
    assert peer.received == []


async def test_the_way_to_an_access_token_is_not_changed_by_a_redirect(
    fcm: Fcm, google: Peer
) -> None:
    google.says(Reply(302, b"", {"Location": "/elsewhere"}), a_token())

    result = await push(fcm)

    assert (result.code, result.failure_scope) == ("credential", FailureScope.CHANNEL)
    assert [request.path for request in google.received] == ["/token"]


async def test_a_slow_access_token_does_not_outlast_the_deadline(
    fcm: Fcm, peer: Peer, google: Peer
) -> None:
    google.released.clear()

    result = await push(fcm, seconds=0.1)
    google.released.set()

    assert result == SendResult(SendOutcome.TRY_LATER, code="deadline")
    assert peer.received == []
