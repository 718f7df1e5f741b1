"""Reads docker/Dockerfile, and does to a folder what its build stage does to an image."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "docker" / "Dockerfile"
INSTALLED = "/opt/hub"


@dataclass(frozen=True, slots=True)
class Stage:
    """One FROM and what follows it, as (instruction, words)."""

    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def words_of(self, instruction: str) -> list[str]:
        return [words for name, words in self.steps if name == instruction]

    def command(self, instruction: str) -> list[str]:
        """Give an instruction's words written as a JSON list."""
        words = self.words_of(instruction)[-1]
        command: list[str] = json.loads(words[words.index("[") :])
        return command


def stages() -> list[Stage]:
    found: list[Stage] = []
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    for step in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, words = step.strip().partition(" ")
        if name == "FROM":
            found.append(Stage(words))
        elif name:
            found[-1].steps.append((name, " ".join(words.split())))
    return found


@dataclass(frozen=True, slots=True)
class Image:
    """What the build stage made, in a folder instead of an image."""

    folder: Path

    @property
    def installed(self) -> Path:
        return self.folder / "hub"

    def environment(self, **settings: str) -> dict[str, str]:
        return {"PATH": f"{self.installed}/bin:{os.defpath}", "HOME": str(self.folder), **settings}

    def started_by(self, command: list[str]) -> list[str]:
        """Give `command` with its first word found where the image's PATH would find it."""
        return [str(self.installed / "bin" / command[0]), *command[1:]]


def build(folder: Path) -> Image:
    """Run the build stage's COPY and RUN lines; a fresh environment stands for the base image.

    The stage's ENV lines only switch caches off; here they stay on, so that nothing is fetched
    twice from the registry.
    """
    image = Image(folder)
    base, work = folder / "base", folder / "build"
    work.mkdir()
    _base_image(base)
    ours = ("HUB_", "PYTHON", "VIRTUAL_ENV")
    outer = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment = outer | {"PATH": f"{base}/bin:{os.defpath}"}
    for instruction, words in stages()[0].steps:
        if instruction == "COPY":
            source, target = words.split()
            _copy(source, work / target)
        elif instruction == "RUN":
            line = words.replace(INSTALLED, str(image.installed))
            subprocess.run(["sh", "-ec", line], cwd=work, env=environment, check=True)
    return image


def _base_image(base: Path) -> None:
    """Make a Python with nothing in it; its pip is ours, told to install there."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", base], check=True)
    pip = base / "bin" / "pip"
    pip.write_text(f'#!/bin/sh\nexec {sys.executable} -m pip --python {base}/bin/python "$@"\n')
    pip.chmod(0o755)


def _copy(source: str, target: Path) -> None:
    kept = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", source],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in kept.stdout.splitlines():
        if (ROOT / name).is_file():
            to = target / name.removeprefix(source).lstrip("/") if name != source else target / name
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to)
