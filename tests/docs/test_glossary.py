"""The glossary explains what is our own: few terms, each once, each with a sentence."""

import re

from tests.harness.tree import read

TERM = re.compile(r"^- \*\*([^*]+)\*\*", re.MULTILINE)
MOST = 50


def test_the_glossary_has_few_terms_and_explains_each_once() -> None:
    terms = TERM.findall(read("docs/glossary.md"))

    assert 0 < len(terms) <= MOST
    assert sorted(terms) == sorted(set(terms))


def test_every_line_of_the_glossary_explains_a_term() -> None:
    entries = [line for line in read("docs/glossary.md").splitlines() if line.startswith("- ")]

    assert [entry for entry in entries if not re.match(r"- \*\*[^*]+\*\*: \S.+\.$", entry)] == []
