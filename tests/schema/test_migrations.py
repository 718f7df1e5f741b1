"""The history of migrations is short, stands alone, and says all that Piccolo could say."""

import ast
import asyncio
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from piccolo.apps.migrations.commands.new import AutoMigrationManager

from backend.core.crypto.keys import make_master_key
from backend.schema import migrations
from backend.schema.migrate import SEALED_FROM, UnknownHistory, migrate
from backend.schema.piccolo_app import APP_CONFIG
from tests.conftest import Database
from tests.schema.dump import dump

FILES = sorted(Path(migrations.__path__[0]).glob("m*.py"))
GROUND = ("backend.core", "backend.core.database", "backend.core.settings")
"""What a migration may use of the hub: the rest changes, and a migration does not."""
OLD_HISTORY = """
CREATE TABLE migration (id serial PRIMARY KEY, name varchar(200), app_name varchar(200),
                        ran_on timestamp DEFAULT current_timestamp);
INSERT INTO migration (name, app_name) VALUES ('2026-11-22T22:00:00:000000', 'hub')
"""
"""As version 71e7343 began it."""


def imported(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def hub_migrate(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [Path(sys.executable).with_name("hub"), "migrate"],
        env={"HUB_DATABASE_OWNER_URL": url, "HUB_MASTER_KEYS": make_master_key("test")},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_migration_imports_nothing_of_the_hub_but_the_ground(file: Path) -> None:
    names = imported(file)

    assert names
    ours = {name for name in names if name.startswith((".", "backend"))}
    assert {name for name in ours if not name.startswith(GROUND)} == set()


async def test_piccolo_finds_nothing_to_migrate() -> None:
    asked = await AutoMigrationManager(auto_input="y").get_alter_statements(app_config=APP_CONFIG)

    assert asked
    assert [line for each in asked for line in each.statements] == []


async def test_a_database_of_an_unknown_history_is_refused_and_left_alone(
    migrated: Database, empty: str
) -> None:
    owner = await asyncpg.connect(empty)
    await owner.execute(OLD_HISTORY)
    before = dump(empty)

    with pytest.raises(UnknownHistory):
        await migrate(empty)

    assert dump(empty) == before
    assert await owner.fetchval("SELECT count(*) FROM migration") == 1
    await owner.close()


async def test_the_command_says_what_to_do_about_an_unknown_history(empty: str) -> None:
    owner = await asyncpg.connect(empty)
    await owner.execute(OLD_HISTORY)
    await owner.close()

    with hub_migrate(empty) as process:
        said = await asyncio.to_thread(process.communicate)

    assert process.returncode == 1
    assert said[1].startswith("unknown_history: This database was made by another version")
    assert "run `hub migrate` on\nan empty database" in said[1]


async def test_two_processes_that_migrate_at_once_make_one_schema_and_one_set_of_keys(
    migrated: Database, empty: str
) -> None:
    with hub_migrate(empty) as one, hub_migrate(empty) as other:
        said = await asyncio.gather(
            asyncio.to_thread(one.communicate), asyncio.to_thread(other.communicate)
        )

    assert (one.returncode, other.returncode) == (0, 0), said
    assert dump(empty) == dump(migrated.servers.database_url("postgres"))
    owner = await asyncpg.connect(empty)
    keys = await owner.fetch("SELECT name FROM hub_key ORDER BY name")
    assert [row["name"] for row in keys] == ["data1", "naming1", "signing1"]
    await owner.close()


async def test_a_database_with_what_was_stored_in_the_clear_is_refused_and_left_alone(
    migrated: Database, empty: str
) -> None:
    await migrate(empty)
    owner = await asyncpg.connect(empty)
    await owner.execute("DELETE FROM migration WHERE name = $1", SEALED_FROM)
    await owner.execute("INSERT INTO audit_event (actor_kind, action) VALUES ('system', 'test')")
    before = dump(empty)

    with hub_migrate(empty) as process:
        said = await asyncio.to_thread(process.communicate)

    assert process.returncode == 1
    assert said[1].startswith("stored_in_the_clear: This database holds messages or acts"), said
    assert dump(empty) == before
    await owner.close()
