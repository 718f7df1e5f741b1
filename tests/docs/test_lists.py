"""The lists in docs/ are complete: every setting, target, command, count and dependency."""

import re
import tomllib
from itertools import chain

import pytest
import typer
import yaml
from prometheus_client import Counter

from backend.cli.main import hub
from backend.core.metrics import REGISTRY
from backend.core.settings import DatabaseSettings, Settings
from tests.harness.tree import ROOT, files, read

IN_CODE = re.compile(r"`([^`]+)`")
SETTING = re.compile(r"\bHUB_[A-Z_]+\b")


def table_of(name: str) -> dict[str, list[str]]:
    """Give the rows of a page's tables: what stands in the first cell, and the other cells."""
    rows = [line.strip("| ").split(" | ") for line in read(name).splitlines() if line[:3] == "| `"]
    return {row[0].strip("`"): row[1:] for row in rows}


def commands(group: typer.Typer, before: str) -> list[str]:
    """List what a user may type; hidden commands are not for users."""
    own = [
        f"{before} {str(each.name or getattr(each.callback, '__name__', '')).replace('_', '-')}"
        for each in group.registered_commands
        if not each.hidden
    ]
    below = (
        commands(each.typer_instance, f"{before} {each.name}")
        for each in group.registered_groups
        if each.typer_instance
    )
    return [*own, *chain.from_iterable(below)]


def test_every_setting_is_explained_with_its_default() -> None:
    listed = table_of("docs/settings.md")
    fields = {f"HUB_{name.upper()}": field for name, field in Settings.model_fields.items()}

    for name, field in fields.items():
        default = field.get_default()
        shown = str(getattr(default, "get_secret_value", lambda default=default: default)())
        said = listed[name][0].strip("`")
        assert said == ("must be set" if field.is_required() else shown or "empty")


def test_every_variable_the_code_reads_is_explained_and_no_other() -> None:
    code = [name for name in files(".py") if name.startswith("backend/")]
    fields = {f"HUB_{name.upper()}" for name in Settings.model_fields}

    named = set(chain.from_iterable(SETTING.findall(read(name)) for name in code))

    assert set(table_of("docs/settings.md")) == fields
    assert named <= fields


def test_pages_name_only_variables_that_exist() -> None:
    known = set(table_of("docs/settings.md"))

    pages = files(".md", ".yaml", ".example")

    assert [n for n in pages if not set(SETTING.findall(read(n))) <= known] == []


def test_every_make_target_and_every_command_is_listed() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", read("Makefile"), re.MULTILINE)

    there = [f"make {target}" for target in targets] + commands(hub, "hub")

    assert sorted(table_of("docs/commands.md")) == sorted(there)


def test_every_count_is_explained_with_what_to_do() -> None:
    counted = [
        f"{each._name}_total" if isinstance(each, Counter) else each._name  # type: ignore[attr-defined]  # no public name
        for each in REGISTRY._collector_to_names
    ]

    assert sorted(table_of("docs/runbook.md")) == sorted(counted)


def test_every_dependency_is_argued_for() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = chain.from_iterable(project["optional-dependencies"].values())
    asked = [re.split(r"[\[>=<]", each)[0] for each in chain(project["dependencies"], extras)]

    argued = table_of("docs/decisions/0000-libraries.md")

    assert sorted(set(asked) - {"patient-hub"}) == sorted(argued)


@pytest.mark.parametrize("page", [name for name in files(".md") if not name.startswith("mob")])
def test_every_file_a_page_links_to_is_there(page: str) -> None:
    folder = page.rpartition("/")[0]
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(page))

    assert [link for link in links if not exists(folder, link)] == []


def exists(folder: str, link: str) -> bool:
    return (ROOT / folder / link).exists()


def test_the_newest_version_of_the_changelog_is_the_projects() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]

    headings = re.findall(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.MULTILINE)

    assert headings[0] == version


LIES = re.compile(
    r"operators? (?:was|were|is|are) (?:told|called)|phone (?:got|has received|received) it"
    r"|(?<!prove that the )phone has it|confirmed by the phone|máy đã nhận|tới máy",
    re.IGNORECASE,
)
"""Nothing tells operators yet, and of a text the hub knows the network's word alone."""


def test_no_page_contract_or_docstring_claims_what_the_hub_cannot_know() -> None:
    pages = [name for name in files(".md", ".py", ".json", ".html", ".typ") if name[:6] != "tests/"]

    flat = {name: re.sub(r'["\s]+', " ", read(name)) for name in pages}

    assert {name: LIES.findall(text) for name, text in flat.items() if LIES.search(text)} == {}


def needed_to_start() -> set[str]:
    """Give what production sets: what has no default in the code, in compose, or in `hub serve`."""
    services = yaml.safe_load(read("docker/compose.yaml"))["services"]
    set_there = chain.from_iterable(
        each.get("environment", {}).items() for each in services.values()
    )
    required = {
        f"HUB_{name.upper()}" for name, at in Settings.model_fields.items() if at.is_required()
    }
    by_serve = {f"HUB_{name.upper()}" for name in DatabaseSettings.model_fields}
    return (
        required
        | by_serve
        | {name for name, value in set_there if name.startswith("HUB_") and ":-" not in str(value)}
    )


def test_the_readme_names_whatever_a_start_in_production_needs() -> None:
    section = read("README.md").partition("## Run it for real")[2].partition("\n## ")[0]

    assert needed_to_start() >= {"HUB_WORKER_DATABASE_URL", "HUB_DATABASE_OWNER_URL"}
    assert needed_to_start() - set(SETTING.findall(section)) == set()
    assert needed_to_start() <= set(table_of("docs/settings.md"))
