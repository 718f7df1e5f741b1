"""What an operator says wrong is told in one line, without a traceback and without the value."""

import shlex
from asyncio.subprocess import PIPE, create_subprocess_exec
from pathlib import Path

import pytest

from backend.core.crypto.keys import make_master_key
from backend.sandbox.demo.run import write_environment
from backend.sandbox.demo.whole_hub import WholeHub
from tests.conftest import Database
from tests.harness.commands import hub
from tests.harness.makers import a_facility


@pytest.mark.processes
@pytest.mark.parametrize(
    "command",
    [
        ["facility", "suspend", "{code}", "--reason", "\udcff\udcfe"],
        ["facility", "budget", "{code}", "--per-hour", "99999999999", "--reason", "go-live"],
        ["facility", "add", "1" * 300, "Bệnh viện", "BV"],
        ["staff", "add", "a" * 3000],
    ],
    ids=lambda command: " ".join(command[:2]),
)
async def test_a_value_that_cannot_be_stored_is_said_in_a_line(
    database: Database, command: list[str]
) -> None:
    facility = await a_facility(database)
    code = await database.owner.fetchval("SELECT code FROM facility WHERE id = $1", facility)

    exits, said = await hub([part.replace("{code}", code) for part in command], database)

    assert exits == 2
    assert "Traceback" not in said
    assert not any(value in said for value in ("99999999999", "1" * 20, "a" * 20))
    assert await database.owner.fetchval("SELECT count(*) FROM audit_event") == 0


@pytest.mark.processes
async def test_a_master_key_of_another_hub_is_said_in_a_line(database: Database) -> None:
    exits, said = await hub(["facility", "list"], database, HUB_MASTER_KEYS=make_master_key("a"))

    assert (exits, said) == (1, "HUB_MASTER_KEYS does not open the keys of this database\n")


@pytest.mark.processes
async def test_a_hub_to_try_out_tells_the_settings_of_its_commands(
    database: Database, tmp_path: Path
) -> None:
    odd = "a 'quoted' $HOME"
    known = {"HUB_DATABASE_URL": "of the worker", "HUB_TWILIO_SENDER": odd}
    running = WholeHub(tmp_path, database.servers, known, "", "", None)  # type: ignore[arg-type]  # no socket is used

    write_environment(running)

    file = tmp_path / "environment"
    assert file.stat().st_mode & 0o777 == 0o600
    shell = await create_subprocess_exec(
        "sh", "-c", f'. {shlex.quote(str(file))}; printf "%s|%s" "$HUB_DATABASE_URL" '
        '"$HUB_TWILIO_SENDER"', stdout=PIPE,
    )  # fmt: skip
    said, _ = await shell.communicate()
    assert said.decode() == f"{database.servers.database_url('hub_api')}|{odd}"


@pytest.mark.processes
async def test_an_operator_says_what_a_hospitals_ids_and_addresses_are(database: Database) -> None:
    facility = await a_facility(database)
    code = await database.owner.fetchval("SELECT code FROM facility WHERE id = $1", facility)

    async def states(*command: str) -> tuple[int, object, object]:
        exits, _ = await hub(["facility", *command], database)
        row = await database.owner.fetchrow("SELECT stable_ids, base_url FROM facility")
        return exits, row["stable_ids"], row["base_url"]

    assert await states("ids", code, "--stable") == (0, True, "")
    assert await states("base", code, "https://his.example.vn/fhir/") == (
        0, True, "https://his.example.vn/fhir",
    )  # fmt: skip
    assert await states("base", code, "his.example.vn") == (1, True, "https://his.example.vn/fhir")
    assert await states("ids", code, "--not-stable") == (0, False, "https://his.example.vn/fhir")
    assert await states("base", code) == (0, False, "")
    assert await database.owner.fetchval("SELECT count(*) FROM audit_event") == 4
