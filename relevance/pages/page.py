"""Templates -> one self-contained HTML page: no network, and only the scripts it comes with."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from relevance.pages.runs import Run
from relevance.pages.wording import counted, interval, number, percent, share
from relevance.pictures.leaving_out import kinds_words, left_out_words

_HERE = Path(__file__).parent
_SHARED = (_HERE / "templates", _HERE / "gallery" / "templates")
_MARK = "mark.svg"


def render(
    template: Path,
    *,
    run: Run | None = None,
    scripts: tuple[str, ...] = (),
    data: Any = None,
    **content: Any,
) -> str:
    """Render a template.

    Args:
        template: Its file. What it names is looked for beside it, then among what all pages share.
        run: What lists of pages say of it; see ``runs``.
        scripts: Files that run in the page, in this order, found as what the template names is.
            The page's policy names their hash, so that nothing else runs, whatever a file name may
            smuggle in.
        data: What the scripts read, as JSON types; NaN is not allowed.
        **content: What the template names.
    """
    environment = _environment(template.parent)
    code = "".join(_text(environment, name) for name in scripts)
    mark = _text(environment, _MARK).strip()
    return environment.get_template(template.name).render(
        **content,
        run=run,
        mark=mark.replace("<svg ", '<svg class="mark" aria-hidden="true" ', 1),
        favicon=f"data:image/svg+xml,{quote(mark)}",
        script=code,
        script_hash=_source_hash(code) if code else "",
        data=_script_safe(data),
    )


@functools.cache
def _environment(folder: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, *_SHARED]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(number=number, percent=percent, share=share, zip=zip)
    environment.globals.update(
        interval=interval,
        counted=counted,
        share=share,
        left_out_words=left_out_words,
        kinds_words=kinds_words,
    )
    return environment


def _text(environment: jinja2.Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _source_hash(code: str) -> str:
    """Return a script's hash as Content Security Policy (level 3, section 2.3.1) writes it."""
    digest = hashlib.sha256(code.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")


def _script_safe(data: Any) -> str:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
