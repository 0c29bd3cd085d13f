"""What the containers are made of and run; building them needs a Docker that tests do not have."""

from __future__ import annotations

import re
import tomllib

import yaml

from relevance.cli import _parser
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"


def services():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


def test_the_commands_of_the_containers_are_commands():
    server = _parser().parse_args(services()["server"]["command"])
    index = _parser().parse_args(services()["index"]["command"])
    assert server.indexes == [index.place]
    assert (server.host, server.port) == ("0.0.0.0", 8000)
    assert [str(root) for root in server.roots] == index.paths
    assert str(server.api_key_file) == "/run/secrets/" + services()["server"]["secrets"][0]
    _, quoted = (DEPLOY / "Dockerfile").read_text().split("\nCMD ")
    words = re.findall(r'"([^"]+)"', quoted)
    assert _parser().parse_args(words).api_key_file == server.api_key_file


def test_what_is_ours_writes_nowhere_but_where_it_may_and_may_do_nothing_else():
    for name in ("index", "server"):
        service = services()[name]
        assert service["read_only"] is True
        assert service["tmpfs"] == ["/tmp"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert [volume.rpartition(":")[2] for volume in service["volumes"]] == [
            *("ro", "/var/lib/relevance")
        ]
    assert all(port.startswith("127.0.0.1:") for port in services()["server"]["ports"])


def test_the_image_holds_extras_that_there_are_and_no_torch():
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    (named,) = re.findall(r"\$\{wheel\}\[([a-z,]+)\]", dockerfile)
    with open(ROOT / "pyproject.toml", "rb") as stream:
        extras = tomllib.load(stream)["project"]["optional-dependencies"]
    wanted = [item for name in named.split(",") for item in extras[name]]
    assert any(item.startswith("fastapi") for item in wanted)
    assert not any("torch" in item or "keyword-relevance" in item for item in wanted)
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.M)
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text()
    for name in " ".join(copied).split():
        assert (ROOT / name).exists()
        assert f"!{name}\n" in let_in


def test_the_image_does_not_run_as_root():
    assert re.search(r"^USER 10001:10001$", (DEPLOY / "Dockerfile").read_text(), re.M)
