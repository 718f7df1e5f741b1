"""Each message of a bench is about a patient of its own, and is sent once."""

import msgspec

from backend.bench.loaded.registered import load_registered
from backend.bench.taking_in import Supply, events
from tests.conftest import Database


def test_what_one_round_did_not_send_is_sent_by_the_next_one() -> None:
    supply = Supply(iter([b"1", b"2", b"3", b"4"]), most=3)

    first = supply.next_round()
    sent = [next(first)]
    more = [*supply.next_round()]

    assert (sent, more) == ([b"1"], [b"2", b"3", b"4"])
    assert not supply.is_out
    assert [*supply.next_round()] == []
    assert supply.is_out


async def test_every_event_is_about_another_patient(database: Database) -> None:
    loaded = await load_registered(database.owner, 50)

    bodies = [*events(loaded.people)]

    numbers = {msgspec.json.decode(body)["patient"]["hospitalNumber"] for body in bodies}
    assert len(bodies) == len(numbers) == 50
