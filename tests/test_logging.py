"""What a service that uses the package sees of it: a log where it asks for one, no more."""

from __future__ import annotations

import subprocess
import sys

USE = """
import logging
import relevance
from PIL import Image

encoder = relevance.load_encoder("compact")
for line in relevance.judge("asdkjh", [Image.new("RGB", (40, 40), "red")], model=encoder):
    assert line.status == "ok"
assert relevance.score("almonds", {folder!r}, model="compact").images.shape[0] == 36
logging.basicConfig(format="%(levelname)s %(name)s %(message)s")
logging.getLogger("relevance").setLevel(logging.INFO)
relevance.score("pomme verte", {folder!r}, model="compact")
"""


def test_nothing_is_printed_until_a_program_asks_for_the_log(samples):
    code = USE.format(folder=str(samples / "examples"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "INFO relevance Encoder: compact, fp32 on cpu (as asked for).",
        "WARNING relevance The encoder compact knows English only and may not understand “pomme "
        "verte”. Check the spelling, use an English word, or a multilingual encoder such as "
        "siglip2.",
    ]
