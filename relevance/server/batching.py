"""One encoder for all requests, behind a bounded queue from which small batches are taken."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from relevance.embedding.remembering import TextMemory
from relevance.encoders.base import Encoder, EncoderInfo, FloatArray, IntArray
from relevance.errors import RelevanceError
from relevance.server.metrics import ENCODER_FAILURES, ENCODER_SECONDS, WAITING
from relevance.system.threads import cores

_logger = logging.getLogger("relevance.server")
_MOST = {"texts": 64, "images": 8}
"""Items of one batch: more hold up those who come later, and are encoded no faster."""

_REMEMBERED = 4096  # texts, of about 2 KB each


class BusyError(RelevanceError):
    """More is waiting than can be done soon; the sentence says when to come back."""

    seconds = 2

    def __init__(self) -> None:
        super().__init__(
            f"The server has more to encode than it can do soon; try again in {self.seconds} s."
        )


@dataclass(slots=True)
class _Wanted:
    kind: str
    items: list[Any]
    done: Future[FloatArray] = field(default_factory=Future)


class SharedEncoder:
    """An encoder for many threads; see ``Encoder``.

    As many threads as there are cores take what waits, several requests of one kind at a time.
    """

    def __init__(self, encoder: Encoder, waiting: int) -> None:
        """Take an encoder, and how many requests may wait for it."""
        self._encoder = encoder
        self._most = waiting
        self._memory = TextMemory(_REMEMBERED)
        self._queue: deque[_Wanted] = deque()
        self._changed = threading.Condition()
        self._is_open = True
        self._threads = [
            threading.Thread(target=self._work, name=f"encoder {number}", daemon=True)
            for number in range(cores())
        ]
        for thread in self._threads:
            thread.start()

    @property
    def info(self) -> EncoderInfo:
        """Facts about the encoder."""
        return self._encoder.info

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts, or remember them; raises ``BusyError`` where too much waits."""
        if not texts or not self._is_open:
            return self._ask("texts", list(texts))
        return self._memory.rows(texts, lambda new: self._ask("texts", new))

    def encode_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """Embed pictures; raises ``BusyError`` where too much waits."""
        return self._ask("images", list(images))

    def count_tokens(self, texts: Sequence[str]) -> IntArray:
        """Count tokens."""
        return self._encoder.count_tokens(texts)

    def close(self) -> None:
        """Finish what waits, and end the threads."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _ask(self, kind: str, items: list[Any]) -> FloatArray:
        wanted = _Wanted(kind, items)
        with self._changed:
            if len(self._queue) >= self._most or not self._is_open:
                raise BusyError
            self._queue.append(wanted)
            WAITING.set(len(self._queue))
            self._changed.notify()
        return wanted.done.result()

    def _work(self) -> None:
        """Encode until there is no more; whatever happens here, those who wait hear of it."""
        is_on = True
        while is_on:
            batch: list[_Wanted] = []
            try:
                is_on = self._take(batch)
                self._encode(batch)
            except BaseException as error:  # where a thread ended, those who wait would for ever
                _logger.error("A thread of the encoder was broken off; it goes on.", exc_info=error)
                _fail(batch, error)

    def _take(self, batch: list[_Wanted]) -> bool:
        """Wait for work; take the first request and others of its kind that fit beside it.

        Returns False where nothing waits and nothing will.
        """
        with self._changed:
            while not self._queue and self._is_open:
                self._changed.wait()
            if not self._queue:
                return False
            kind = self._queue[0].kind
            room = _MOST[kind]
            for other in list(self._queue):
                if other.kind == kind and (not batch or len(other.items) <= room):
                    batch.append(other)
                    self._queue.remove(other)
                    room -= len(other.items)
            WAITING.set(len(self._queue))
            return True

    def _encode(self, batch: list[_Wanted]) -> None:
        """Encode a batch; where it fails as a whole, each request by itself."""
        if not batch:
            return
        kind = batch[0].kind
        encode: Callable[[list[Any]], FloatArray] = getattr(self._encoder, f"encode_{kind}")
        start = time.perf_counter()
        try:
            rows = encode([item for wanted in batch for item in wanted.items])
        except BaseException as error:
            ENCODER_FAILURES.labels(kind).inc()
            if len(batch) == 1:
                _fail(batch, error)
                return
            for wanted in batch:
                self._encode([wanted])
            return
        finally:
            ENCODER_SECONDS.labels(kind).observe(time.perf_counter() - start)
        at = 0
        for wanted in batch:
            wanted.done.set_result(rows[at : at + len(wanted.items)])
            at += len(wanted.items)


def _fail(batch: Sequence[_Wanted], error: BaseException) -> None:
    """Let those who wait raise an error; what would end more than a request is made one first."""
    if not isinstance(error, Exception):
        told = RuntimeError(f"The encoder was broken off: {error!r}")
        told.__cause__ = error
        error = told
    for wanted in batch:
        if not wanted.done.done():
            wanted.done.set_exception(error)
