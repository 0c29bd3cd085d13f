"""How to install more of this package, from where it was installed itself."""

from __future__ import annotations

from pathlib import Path


def install_command(extra: str) -> str:
    """Return the command that installs the package with an extra.

    It names the folder the package was installed from, if that is still there (PEP 610), with the
    versions that were tested together, if they lie in it.
    """
    folder = _source_folder()
    if not folder:
        return f'pip install "keyword-relevance[{extra}]"'
    tested = folder / "constraints.txt"
    constraint = f'--constraint "{tested}" ' if tested.is_file() else ""
    return f'pip install {constraint}"{folder}[{extra}]"'


def _source_folder() -> Path | None:
    # Imported here, since they take time and only a run that lacks something asks.
    import json
    from importlib.metadata import distributions
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    for found in distributions(name="keyword-relevance"):
        origin = urlsplit(json.loads(found.read_text("direct_url.json") or "{}").get("url", ""))
        folder = Path(url2pathname(origin.path))
        if origin.scheme == "file" and folder.is_dir():
            return folder
    return None
