"""Every endpoint x everybody: what each must answer stands in `table.py`."""

import pytest
from httpx import Response

from backend.support.rules import Action
from tests.harness.records.clinical import CLINICAL
from tests.harness.refusals import code_of
from tests.harness.routes import ROUTES
from tests.matrix.answers import is_answered, is_refused, tells
from tests.matrix.kinds import PATIENTS, ROLES, Caller, Expected
from tests.matrix.table import TABLE
from tests.matrix.world import OWNER, World

NAMES = [f"{method} {path}" for method, path, _ in ROUTES]
HERE = [name for name in TABLE if name in NAMES]
NEVER_ABROAD = [CLINICAL, OWNER.citizen_id, OWNER.mobile, OWNER.mobile[1:]]
"""What neither staff nor a hospital is ever shown."""


def test_every_endpoint_has_one_line_in_the_table_and_no_line_lacks_its_endpoint() -> None:
    assert sorted(TABLE) == sorted(NAMES)


def test_every_action_of_staff_has_its_roles() -> None:
    assert set(ROLES) == set(Action)


@pytest.mark.parametrize("name", HERE)
async def test_an_endpoint_answers_everybody_as_the_table_says(world: World, name: str) -> None:
    """Those who are refused come first: they find everything there still."""
    route, answers = TABLE[name], dict[Caller, Response]()
    for who in sorted(
        Caller, key=lambda who: route.says[who] in {Expected.COME_IN, Expected.LIKE_NOBODY}
    ):
        answers[who] = await world.knock(name, route, who)

    nobody = answers[Caller.NOBODY]
    wrong = {}
    for who, answer in answers.items():
        match route.says[who]:
            case Expected.LIKE_NOBODY:
                same = (answer.status_code, code_of(answer)) == (
                    nobody.status_code,
                    code_of(nobody),
                )
                right = (same or answer.status_code == 429) and not tells(answer, world.secrets())
            case Expected.COME_IN:
                hidden = [] if who in PATIENTS else NEVER_ABROAD
                right = is_answered(answer, route) and not tells(answer, hidden)
            case Expected.AS_YOURSELF:
                right = is_answered(answer, route) and not tells(answer, world.secrets())
            case refused:
                right = is_refused(answer, refused) and not tells(answer, world.secrets())
        if not right:
            wrong[who.value] = (route.says[who].value, answer.status_code, answer.text[:200])
    assert wrong == {}
    assert {answer.headers.get("cache-control") for answer in answers.values()} <= route.kept


@pytest.mark.parametrize("name", [name for name in HERE if TABLE[name].shows])
async def test_what_is_searched_for_is_there_to_be_found(world: World, name: str) -> None:
    answer = await world.knock(name, TABLE[name], Caller.OWNER)

    assert answer.status_code == 200
    assert tells(answer, world.secrets())
