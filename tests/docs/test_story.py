"""The story walks folders and files that are there, in an order in which each leads to the next.

Checked for each chapter: every step after the first is imported directly by a step before it. A
folder stands for the modules that lie in it, not for those of its sub-folders.
"""

import re

import grimp
import pytest

from tests.harness.tree import ROOT, read

STORY = "docs/the_story.md"
STEP = re.compile(r"^\d+\. \[`([\w/]+(?:\.py|/))`\]\(\.\./backend/([\w/.]+)\): \S.+$", re.MULTILINE)
NUMBERED = re.compile(r"^\d+\. ", re.MULTILINE)


def chapters() -> dict[str, list[str]]:
    parts = re.split(r"^#{2,3} ", read(STORY), flags=re.MULTILINE)
    steps = {part.partition("\n")[0]: [name for name, _ in STEP.findall(part)] for part in parts}
    return {title: names for title, names in steps.items() if names}


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("backend", cache_dir=None)


def modules(step: str, imports: grimp.ImportGraph) -> set[str]:
    """Give a file's module, or the modules that lie in a folder."""
    name = "backend." + step.removesuffix(".py").rstrip("/").replace("/", ".")
    return {name} if step.endswith(".py") else imports.find_children(name)


def test_every_step_is_there_and_says_a_sentence() -> None:
    text = read(STORY)

    assert len(STEP.findall(text)) == len(NUMBERED.findall(text))
    for name, link in STEP.findall(text):
        assert link == name.rstrip("/")
        assert (ROOT / "backend" / name).exists(), name


def test_there_are_three_lines_and_each_begins_at_a_route_or_a_process() -> None:
    firsts = [names[0] for names in chapters().values()]

    assert len(re.findall(r"^## \d", read(STORY), re.MULTILINE)) == 3
    assert [first for first in firsts if not first.endswith(("_api.py", "worker.py"))] == []


@pytest.mark.parametrize("chapter", chapters())
def test_each_step_leads_to_the_next(chapter: str, imports: grimp.ImportGraph) -> None:
    steps = [modules(name, imports) for name in chapters()[chapter]]

    astray = [
        name
        for n, name in enumerate(chapters()[chapter])
        if n > 0 and not any(leads_to(imports, before, steps[n]) for before in steps[:n])
    ]

    assert astray == []


def leads_to(imports: grimp.ImportGraph, before: set[str], after: set[str]) -> bool:
    return any(imports.find_modules_directly_imported_by(name) & after for name in before)
