"""What B does with its key and at its desk changes and shows nothing of what A or the person made.

Generated: every column of the tables below, for A's chart and the person's session, before and
after every route of the desk with A's ids, and after all that B's key may say of the same person.
A lost phone on B's own chart, which the person's session reaches too, is the one exception.
"""

import re

import pytest
from httpx import AsyncClient

from tests.conftest import Database
from tests.harness.records.reaching import reaches
from tests.matrix.foreign import (
    ALONE,
    DESK,
    LAN,
    Scene,
    a_scene,
    differences,
    knocks,
    look_up,
    rows_of,
    secrets_of,
)
from tests.matrix.foreign_words import OF_KEY


@pytest.fixture
async def scene(client: AsyncClient, database: Database) -> Scene:
    return await a_scene(client, database)


@pytest.mark.parametrize("name", [name for name in DESK if name not in ALONE])
async def test_no_route_of_bs_desk_changes_or_shows_anything_of_as_chart(
    scene: Scene, name: str
) -> None:
    """With A's ids, and with a case about A's chart that no search could have opened."""
    await look_up(scene, scene.chart)
    before, secrets = await rows_of(scene), await secrets_of(scene)
    said = set(scene.ids.values())

    for desk in scene.desks.values():
        answer = await knocks(scene, name, desk, scene.ids)

        told = {each for each in secrets - said if each in answer.text}
        assert told == set(), answer.text
        assert differences(before, await rows_of(scene)) == {}


@pytest.mark.parametrize("what", OF_KEY)
async def test_nothing_that_bs_key_says_changes_or_shows_anything_of_as_chart(
    scene: Scene, what: str
) -> None:
    before, secrets = await rows_of(scene), await secrets_of(scene)

    answer = await OF_KEY[what](scene)
    pages = [
        await scene.b.sends("GET", path, b"")
        for path in ("/hospital/deliveries", "/hospital/messages")
    ]

    assert differences(before, await rows_of(scene)) == {}
    said = {LAN.mobile[1:]} if what == "the number of A as phone" else set[str]()
    for each in (answer, *pages):
        assert {word for word in secrets - said if word in each.text} == set()


async def own_ids(scene: Scene) -> dict[str, str]:
    """B's own chart, looked up, with what B's desk may name of it."""
    await look_up(scene, scene.own)
    contact = await scene.database.owner.fetchval(
        "SELECT id FROM contact_point WHERE patient = $1", scene.own
    )
    own = dict(scene.ids) | {"patient": str(scene.own), "contact": str(contact)}
    return own | {"proposed": str(contact), "other": str(scene.own)}


@pytest.mark.parametrize(
    "name", [name for name in DESK if name not in ALONE and "{patient}" in name]
)
async def test_no_act_on_bs_own_chart_changes_or_shows_anything_of_as(
    scene: Scene, name: str
) -> None:
    own = await own_ids(scene)
    before, secrets = await rows_of(scene), await secrets_of(scene)
    said = set(own.values())

    for desk in scene.desks.values():
        answer = await knocks(scene, name, desk, own)

        assert {each for each in secrets - said if each in answer.text} == set()
        assert differences(before, await rows_of(scene)) == {}


async def test_a_lost_phone_on_bs_own_chart_is_the_one_act_that_ends_the_persons_session(
    scene: Scene,
) -> None:
    await reaches(scene.database.owner, scene.session, scene.own, "otp")
    own = await own_ids(scene)
    before, secrets = await rows_of(scene), await secrets_of(scene)

    answer = await knocks(
        scene, "POST /support/v1/patients/{patient}/lost-phone", scene.desks["agent"], own
    )

    assert (answer.status_code, answer.content) == (204, b"")
    changed = {re.sub(r"\[.*", "", place) for place in differences(before, await rows_of(scene))}
    tables = {place.partition(".")[0] for place in changed}
    assert tables <= {"session", "session_chart", "device", "chart_hold", "notification",
                      "delivery"}  # fmt: skip
    assert {"session.ended_at", "session_chart.ended_at", "chart_hold.until"} <= changed
    pages = [
        await scene.b.sends("GET", "/hospital/deliveries", b""),
        await knocks(
            scene, "GET /support/v1/patients/{patient}/messages", scene.desks["agent"], own
        ),
    ]
    for each in pages:
        assert {word for word in secrets if word in each.text} == set()


async def test_every_column_of_chart_contact_identifier_and_session_is_looked_at(
    scene: Scene,
) -> None:
    looked_at = {re.sub(r"\[.*", "", place) for place in await rows_of(scene)}
    there = await scene.database.owner.fetch(
        "SELECT table_name || '.' || column_name AS name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = ANY($1)",
        ["patient", "contact_point", "patient_identifier", "patient_lookup", "session",
         "session_chart", "device", "activation_slip", "desk_task"],
    )  # fmt: skip

    assert {row["name"] for row in there} - looked_at == set()
