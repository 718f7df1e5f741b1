"""A command whose settings cannot be says which variable, on one line, and never what it holds."""

import sys
from asyncio.subprocess import PIPE, STDOUT, create_subprocess_exec
from pathlib import Path

import pytest

SECRETS = {
    "HUB_MASTER_KEYS": "hidden-key",
    "HUB_TWILIO_AUTH_TOKEN": "hidden-token",
    "HUB_DATABASE_URL": "postgresql://hub_api:hidden-password@nowhere/hub",
}
COMMANDS = (
    ("api",), ("worker",), ("serve", "--port", "0"), ("staff", "list"),
    ("quarantine", "retry", "79999"),
)  # fmt: skip


async def hub(command: tuple[str, ...], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command with these variables alone; give its exit code and all that it said."""
    process = await create_subprocess_exec(
        Path(sys.executable).with_name("hub"), *command, env=environment, stdout=PIPE, stderr=STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.mark.processes
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_a_command_names_the_variables_that_are_missing(command: tuple[str, ...]) -> None:
    code, said = await hub(command, SECRETS)

    assert code == 1
    assert said == "HUB_REDIS_URL: Field required\n"


@pytest.mark.processes
async def test_a_variable_that_cannot_be_is_named_and_not_repeated() -> None:
    wrong = {
        "HUB_REDIS_URL": "redis://nowhere", "HUB_LEASE_SECONDS": "hidden-number",
        "HUB_VNEID_CLIENT_SECRET": "hidden-secret",
    }  # fmt: skip
    code, said = await hub(("worker",), SECRETS | wrong)

    assert code == 1
    assert said.startswith("HUB_LEASE_SECONDS: Input should be a valid number")
    assert "hidden" not in said
    assert "Traceback" not in said

    code, said = await hub(("worker",), SECRETS | wrong | {"HUB_LEASE_SECONDS": "60"})

    assert (code, said) == (1, "HUB_*: Value error, HUB_VNEID_ISSUER is missing\n")


@pytest.mark.processes
async def test_a_folder_for_large_messages_that_is_not_there_ends_the_start() -> None:
    wrong = {"HUB_REDIS_URL": "redis://nowhere", "HUB_SPOOL_FOLDER": "/nowhere/hidden"}
    code, said = await hub(("api",), SECRETS | wrong)

    assert code == 1
    assert said.startswith("HUB_SPOOL_FOLDER: Value error, is no folder")
    assert "hidden" not in said
