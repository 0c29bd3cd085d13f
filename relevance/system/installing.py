"""How to install more of this package, from where it was installed itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_NAME = "keyword-relevance"


@dataclass(frozen=True, slots=True)
class _Origin:
    """What an installer notes of where a package came from."""

    url: str = ""


def install_command(extra: str) -> str:
    """Return the command that installs the package with an extra.

    It names the folder the package was installed from, if that is still there (PEP 610), with the
    versions that were tested together, if they lie in it; else the packages that the extra adds,
    since this one is on no index.
    """
    folder = _source_folder()
    if not folder:
        return " ".join(["pip install", *(f'"{name}"' for name in _packages(extra))])
    tested = folder / "constraints.txt"
    constraint = f'--constraint "{tested}" ' if tested.is_file() else ""
    return f'pip install {constraint}"{folder}[{extra}]"'


def _source_folder() -> Path | None:
    # Imported here, since they take time and only a run that lacks something asks.
    from importlib.metadata import distributions
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    from relevance.system.json_reader import JsonError, build, parse

    for found in distributions(name=_NAME):
        try:
            noted = parse(found.read_text("direct_url.json") or "{}")
            origin = urlsplit(build(_Origin, noted).url)
            folder = Path(url2pathname(origin.path))
            if origin.scheme == "file" and folder.is_dir():
                return folder
        except (JsonError, ValueError):  # the second is for what is no address
            continue
    return None


def _packages(extra: str) -> list[str]:
    """Return what an extra asks for, as pip takes it: these are on the index, we are not."""
    from importlib.metadata import requires

    found = []
    for line in requires(_NAME) or ():
        wanted, _, marker = line.partition(";")
        if re.search(rf"""extra == ['"]{re.escape(extra)}['"]""", marker):
            found += _named(wanted.strip())
    return found


def _named(wanted: str) -> list[str]:
    """Return a requirement, or what it stands for where it names extras of this package."""
    own = re.fullmatch(rf"{_NAME}\[(.+)\]", wanted)
    if not own:
        return [wanted]
    return [name for extra in own[1].split(",") for name in _packages(extra.strip())]
