"""Documents say what the code says: the reference pages, and the names that other pages mention."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leadmetrics_pipelines.cli.demo_tenant import PASSWORD, PEOPLE
from leadmetrics_pipelines.cli.main import build_command
from leadmetrics_pipelines.review.templating import KEY_HELP
from leadmetrics_pipelines.settings import Settings
from scripts import check_links, make_reference
from scripts.reference.commands import walk

ROOT = make_reference.ROOT
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
# Variables that are no settings of the product.
OTHER_VARIABLES = {"LEADMETRICS_CHROMIUM"}
# Folders that code in a document may be written relative to.
BASES = (ROOT, ROOT / "leadmetrics_pipelines")
# Placeholders, and files that a reader is going to make or that only exist when the platform runs.
IMAGINED = re.compile(r"<|\*|^0002_|^\.leadmetrics|^\.cache|/tmp|^skill/|^dagster\.yaml$|^uv\.lock$")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@functools.cache
def find_commands() -> dict[str, Any]:
    return dict(walk(build_command()))


def find_inline_code(path: Path) -> Iterator[str]:
    yield from re.findall(r"`([^`\n]+)`", check_links.FENCE.sub("", read(path)))


def find_shell(path: Path) -> str:
    """All code of a document, in one text: commands stand in blocks and in sentences."""
    blocks = re.findall(r"^\s*```sh\n(.*?)^\s*```", read(path), re.DOTALL | re.MULTILINE)
    return "\n".join([*blocks, *find_inline_code(path)])


@pytest.mark.parametrize("page", make_reference.PAGES)
def test_a_reference_page_says_what_the_code_says(page: str) -> None:
    """Every setting, command, asset, job, sensor, check, route, table, state and platform is described as it is."""
    assert make_reference.is_current(page), f"docs/reference/{page} is stale: run `make reference` and commit it"


def test_every_reference_page_is_made_from_the_code() -> None:
    """No page in docs/reference is kept by hand, benchmarks excepted: they are measured."""
    there = {path.name for path in make_reference.FOLDER.glob("*.md")} - {"benchmarks.md"}
    assert there == set(make_reference.PAGES)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    """A link to a file or heading of the repository finds it."""
    links = check_links.LINK.findall(check_links.FENCE.sub("", read(path)))
    assert [problem for link in links if (problem := check_links.check_link(path, link))] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_variables_that_are_mentioned_exist(path: Path) -> None:
    """A variable in a document is one that the settings read."""
    known = {f"LEADMETRICS_{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    mentioned = set(re.findall(r"\bLEADMETRICS_[A-Z_]*[A-Z]\b(?!\*)", read(path)))
    assert {name for name in mentioned if not name.startswith("LEADMETRICS_TEST")} <= known


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_commands_that_are_mentioned_exist(path: Path) -> None:
    """A command in a document is one that can be typed, options included."""
    commands = find_commands()
    for line in re.findall(
        r"(?:^|[\s/])(leadmetrics(?: [a-z-]+)+.*)", find_shell(path).replace("\\\n", " "), re.MULTILINE
    ):
        typed = next(
            (words for words in sorted(commands, key=len, reverse=True) if f"{line} ".startswith(f"{words} ")), None
        )
        assert typed is not None, f"there is no command `{line}`"
        known = {
            option for parameter in commands[typed].params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert set(re.findall(r"(?<=\s)--?[a-z][a-z-]*", line)) <= known | {"--help"}, line


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_make_targets_that_are_mentioned_exist(path: Path) -> None:
    """`make x` in a document is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    assert (
        set(
            re.findall(
                r"(?m)(?:^|`)make ([a-z-]+)", find_shell(path) + "".join(f"`{c}`" for c in find_inline_code(path))
            )
        )
        <= targets
    )


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if path.parent != make_reference.FOLDER], ids=name_of)
def test_files_that_are_mentioned_exist(path: Path) -> None:
    """A path in a document is a file or folder of the repository."""
    paths = [
        code
        for code in find_inline_code(path)
        if re.fullmatch(r"[\w.*<>/-]+(\.(py|md|sh|toml|yaml|lock|mod|css|js)|/)", code)
    ]
    missing = [p for p in paths if not IMAGINED.search(p) and not any((base / p).exists() for base in BASES)]
    # A bare file name may stand for the file of that name in each room.
    assert [p for p in missing if "/" in p or not any(ROOT.glob(f"leadmetrics_pipelines/**/{p}"))] == []


def test_the_readme_knows_the_demo() -> None:
    """Whoever follows the README can sign in."""
    text = read(ROOT / "README.md")
    assert PASSWORD in text
    assert [person.email for person in PEOPLE if person.email not in text] == []
    settings = Settings(_env_file=None)
    for port in (settings.review_port, settings.dagster_port, settings.sandbox_port):
        assert f"http://127.0.0.1:{port}" in text


def test_the_keyboard_page_knows_every_key() -> None:
    """What the app's own help lists is on the page."""
    text = read(ROOT / "docs" / "how-to" / "approve-with-the-keyboard.md")
    keys = {key for keys, _ in KEY_HELP for key in keys}
    assert {key for key in keys if f"`{key}`" not in text} == set()


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_a_decision_has_its_four_parts(path: Path) -> None:
    """Context, decision, consequences and alternatives; its number in its title; a line in the list."""
    headings = re.findall(r"^#+ (.+)$", read(path), re.MULTILINE)
    assert headings[0].startswith(path.name[:4])
    assert headings[1:] == ["Context", "Decision", "Consequences", "Alternatives"]
    assert path.name in read(path.parent / "README.md")


def test_the_list_of_libraries_is_that_of_pyproject() -> None:
    """Every requirement is in decision 0012 with its licence, and nothing else is."""
    project = tomllib.loads(read(ROOT / "pyproject.toml"))
    wanted = {re.split(r"[\[<>=]", line)[0] for line in project["project"]["dependencies"]}
    text = read(ROOT / "docs" / "decisions" / "0012-libraries.md")
    assert set(re.findall(r"^\| ([a-z0-9-]+) \| [A-Z]", text, re.MULTILINE)) == wanted
    tools = {re.split(r"[\[<>=]", line)[0] for line in project["dependency-groups"]["dev"]}
    assert {tool for tool in tools if tool not in text} == set()


def test_the_glossary_is_sorted_and_has_each_word_once() -> None:
    """A word is found where one looks for it."""
    words = re.findall(r"^\| ([a-z][a-z -]+?) \|", read(ROOT / "docs" / "glossary.md"), re.MULTILINE)[1:]
    assert words == sorted(set(words))


def test_every_page_is_in_the_list_of_pages() -> None:
    """docs/README.md leads to every how-to, explanation and reference page."""
    text = read(ROOT / "docs" / "README.md")
    elsewhere = [*DECISIONS, *(ROOT / "docs" / "decisions").glob("README.md"), make_reference.FOLDER / "benchmarks.md"]
    pages = [path for path in (ROOT / "docs").glob("*/*.md") if path not in elsewhere]
    assert [name_of(path) for path in pages if f"{path.parent.name}/{path.name}" not in text] == []
