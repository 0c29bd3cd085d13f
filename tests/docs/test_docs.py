"""README and the pages of docs/: what they say can be typed, followed and looked up."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pytest

import relevance
from relevance.cli import _parser, main
from tests.conftest import ROOT
from tests.support.models import save_clip
from tests.support.server_process import server_process

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
HUB_MODELS = re.compile(r"(?<=--model )(clip|siglip2)\b|(?<=\")clip(?=\")")
ELSEWHERE = ("make ", "pip install ")
"""Commands that CI gives itself, or that would change the environment the tests run in."""

OURS = f'relevance() {{ "{sys.executable}" -m relevance "$@"; }}\nset -o pipefail\n'


def blocks(page: Path, language: str) -> list[str]:
    """Return the code of a page, a block each."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def names(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


def with_code(language: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, language)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A CLIP with random weights, for commands that name one of the hub's."""
    folder = tmp_path_factory.mktemp("clip")
    save_clip(folder)
    return folder


@pytest.fixture
def desk(tmp_path, samples):
    """A folder with what the commands name: the sample data, and a user's own files."""
    data = shutil.copytree(samples, tmp_path / "data")  # tables are written beside those read
    own = Path(shutil.copytree(data / "google_images", tmp_path / "my_pictures"))
    for name in ("supplier_a", "supplier_b"):
        (tmp_path / name).symlink_to(samples / "examples")
    photos = sorted((own / "almonds").glob("*.jpg"))
    for name, photo in zip(("photo.jpg", "a.jpg", "b.jpg"), photos, strict=False):
        shutil.copy(photo, tmp_path / name)
    marked = {"relevant": own / "almonds", "irrelevant": own / "walnuts"}
    rows = [(path, label) for label, folder in marked.items() for path in folder.iterdir()]
    pd.DataFrame(rows, columns=["path", "label"]).to_csv(tmp_path / "labels.csv", index=False)
    return tmp_path


@pytest.mark.parametrize("page", with_code("sh"), ids=names(with_code("sh")))
def test_the_commands_run(page, desk, model, monkeypatch):
    """One after the other; ours in this process, which spares its start, apart from a server."""
    monkeypatch.chdir(desk)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    url = ""
    with ExitStack() as servers:
        for line in "".join(blocks(page, "sh")).splitlines():
            command = HUB_MODELS.sub(str(model), line).replace("http://127.0.0.1:8000", url)
            words = shlex.split(command, comments=True)
            if words[:2] == ["relevance", "serve"]:
                url = servers.enter_context(server_process(desk / "server", *words[2:])).url
            elif words[0] == "relevance" and "|" not in words:
                assert main(words[1:]) == 0, command
            elif not command.startswith(ELSEWHERE):
                checked = command.replace("curl ", "curl -sf ", 1)
                done = subprocess.run(["bash", "-c", OURS + checked], capture_output=True)
                assert done.returncode == 0, (command, done.stderr)


@pytest.mark.parametrize("page", with_code("python"), ids=names(with_code("python")))
def test_the_python_runs(page, desk, model):
    start = "import pandas as pd\ndf = pd.read_csv('data/captions.csv')\n"
    shutil.copytree(desk / "my_pictures" / "almonds", desk / "new_pictures" / "almonds")
    (desk / "queries.csv").write_text("query,label\nalmonds,almonds\n")
    code = HUB_MODELS.sub(str(model), "\n".join(blocks(page, "python")))
    done = subprocess.run(
        [sys.executable, "-c", start + code],
        cwd=desk,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_links_lead_somewhere(page):
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    places = [place for place in found if not place.startswith(("http:", "https:", "mailto:"))]
    for place in places:
        file, _, heading = place.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), place
        assert not heading or heading in set(headings(target)), place


def headings(page: Path) -> Iterator[str]:
    """Yield what the headings of a page are called in addresses."""
    for title in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_commands_and_extras_that_are_named_exist(page):
    text = page.read_text()
    commands = _parser()._subparsers._group_actions[0].choices
    assert set(re.findall(r"`relevance ([a-z]+)", text)) <= set(commands)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {name for group in re.findall(r"'\.\[([a-z,]+)\]'", text) for name in group.split(",")}
    assert wanted <= set(project["optional-dependencies"])


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().split()) < 900


def test_every_public_function_and_result_is_in_the_reference():
    reference = "".join(path.read_text() for path in (ROOT / "docs" / "reference").glob("*.md"))
    documented = {name.rpartition(".")[2] for name in re.findall(r"^::: (\S+)$", reference, re.M)}
    errors = {name for name in relevance.__all__ if name.endswith("Error")}
    assert set(relevance.__all__) - errors - {"__version__"} <= documented


def test_every_column_is_explained(samples, compact, tmp_path):
    text = (ROOT / "docs" / "reference" / "columns.md").read_text()
    explained = set(re.findall(r"`([\w@.: ]+)`", text))
    scores = relevance.score("almonds", samples / "examples", model=compact)
    categories = relevance.categories(samples / "google_images", model=compact)
    with relevance.Index.create(tmp_path / "shop.index", model=compact) as index:
        index.add(samples / "examples")
        found = index.search("almonds", k=2).table
    references = relevance.References(tmp_path / "types.references", model=compact)
    references.add(samples / "examples")
    tables = [
        *(scores.images, scores.folders, scores.skipped),
        relevance.score_keywords("almonds", samples / "examples", model=compact).table,
        *(categories.images, categories.confused),
        found,
        references.recognise(samples / "examples").table,
    ]
    assert {column for table in tables for column in table.columns} <= explained


def test_every_variable_is_explained():
    from relevance.terminal import presets

    text = "".join(page.read_text() for page in PAGES)
    wanted = {presets.PREFIX + name.upper() for name in presets._OPTIONS} | {"RELEVANCE_CACHE"}
    assert set(re.findall(r"RELEVANCE_[A-Z_]+", text)) == wanted
