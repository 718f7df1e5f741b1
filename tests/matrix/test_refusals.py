"""AZ-01 to AZ-03: what is refused tells nothing, not even that there is something to refuse."""

import pytest

from backend.core.database import new_id
from tests.harness.refusals import refusal_type
from tests.matrix.answers import tells
from tests.matrix.kinds import Caller, Expected
from tests.matrix.table import TABLE
from tests.matrix.world import World

MALFORMED = ["x", "0", "null", "..%2f", "%00", "me'--", "7" * 500, "ffffffff-ffff", "{nobody}"]
ALIKE = {
    Expected.NOT_FOUND,
    Expected.SEARCH_FIRST,
    Expected.NOT_AT_A_DESK,
    Expected.NOT_WAITING,
    Expected.WRONG_CODE,
}
"""What says nothing about whether there is such a thing."""
WITH_IDS = [name for name in TABLE if "{" in name]
WITH_OUR_IDS = [name for name in WITH_IDS if "/fhir/R4/" not in name]
"""There the words of an address are the sender's own: they are taken, or refused in FHIR's way."""


@pytest.mark.parametrize("name", WITH_IDS)
async def test_what_is_somebody_elses_answers_as_what_is_nobodys(
    lasting_world: World, name: str
) -> None:
    """AZ-01, AZ-03: byte for byte, in body and headers."""
    world, route = lasting_world, TABLE[name]
    for who in [who for who in Caller if route.says[who] in ALIKE]:
        foreign = await world.knock(name, route, who)

        unknown = await world.knock(name, route, who, {part: str(new_id()) for part in world.ids})

        assert foreign.content == unknown.content
        assert sorted(foreign.headers.items()) == sorted(unknown.headers.items())


@pytest.mark.parametrize(
    "name", [name for name in WITH_IDS if "{patient}" in name and name.count("{") > 1]
)
async def test_a_thing_of_the_owner_is_not_under_another_patient(
    lasting_world: World, name: str
) -> None:
    world, route = lasting_world, TABLE[name]
    for who in [
        who
        for who in Caller
        if route.says[who] not in {Expected.NOT_SIGNED_IN, Expected.NOT_ALLOWED}
    ]:
        asked = {"patient": str(world.patients[Caller.OTHER])}
        nobodys = dict.fromkeys(world.ids, str(new_id())) | asked

        answer = await world.knock(name, route, who, asked)
        unknown = await world.knock(name, route, who, nobodys)

        assert answer.status_code in {403, 404}, who
        assert (answer.content, answer.headers) == (unknown.content, unknown.headers), who
        assert tells(answer, world.secrets()) == []


@pytest.mark.parametrize("name", WITH_OUR_IDS)
async def test_what_is_no_id_finds_nothing(lasting_world: World, name: str) -> None:
    world, route = lasting_world, TABLE[name]
    for who in (Caller.NOBODY, Caller.OTHER, Caller.AGENT, Caller.KEY):
        for text in MALFORMED:
            answer = await world.knock(name, route, who, dict.fromkeys(world.ids, text))

            assert answer.status_code in {400, 401, 403, 404, 405}, (who, text)
            assert answer.headers["content-type"] == refusal_type(answer.request.url.path)
            assert answer.headers["cache-control"] == "no-store"
            assert tells(answer, world.secrets()) == []


@pytest.mark.parametrize("name", [name for name in TABLE if name.startswith("GET ")])
async def test_no_query_and_no_header_says_who_asks(lasting_world: World, name: str) -> None:
    """AZ-02: the patient is who the token says, whatever else is said."""
    world, route = lasting_world, TABLE[name]
    owner = world.ids["patient"]
    said = {
        "patient": owner,
        "patientId": owner,
        "patient_id": owner,
        "sub": owner,
        "role": "admin",
    }
    headers = {"X-Patient-Id": owner, "X-User": owner, "X-Forwarded-User": owner, "X-Role": "admin"}
    refused = await world.knock(name, route, Caller.NOBODY, params=said)
    for who in [
        who for who in Caller if route.says[who] not in {Expected.COME_IN, Expected.LIKE_NOBODY}
    ]:
        plain = await world.knock(name, route, who)

        by_header = await world.knock(name, route, who, headers=headers)
        by_query = await world.knock(name, route, who, params=said, headers=headers)

        assert (by_header.status_code, by_header.content) == (plain.status_code, plain.content), who
        assert (by_query.status_code, by_query.content) == (400, refused.content), who
        assert tells(by_query, world.secrets()) == []
