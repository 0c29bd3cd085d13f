"""Where long work is given in, done one after the other, followed and cancelled."""

from __future__ import annotations

import logging
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anyio import sleep, to_thread

from relevance.embedding.embeddings import Advance, Progress
from relevance.errors import RelevanceError
from relevance.exports.atomic import put_text
from relevance.exports.locks import hold, is_held
from relevance.server.batching import BusyError
from relevance.server.naming import Naming
from relevance.server.problems import NotHereError
from relevance.server.work.task import (
    CANCELLED,
    DONE,
    ENDED,
    FAILED,
    LOST,
    QUEUED,
    RUNNING,
    Task,
)
from relevance.system.json_reader import JsonError
from relevance.system.names import printable

_logger = logging.getLogger("relevance.server")
_TASK, _LOCK, _CANCEL = "task.json", "lock", "cancel"
_ID = re.compile(r"[0-9a-f]{16}")
_MOST_QUEUED, _MOST_KEPT = 16, 100
_EVERY = 0.2  # seconds between two notes of progress

Work = Callable[[Path, Progress], tuple[Any, tuple[str, ...]]]
"""Does it, given a folder for its files and whom to tell; returns the result and files' names."""


class _CancelledError(Exception):
    """Somebody does not want it any more."""


class Desk:
    """Keeps work in a folder each; one thread of this process does what was given to it."""

    def __init__(self, folder: Path, naming: Naming) -> None:
        """Keep work in a folder, and call places of the server as ``naming`` does."""
        self._folder = folder
        self._naming = naming
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="work")
        self._ends = threading.Event()
        self._queued = 0

    def end(self) -> None:
        """Let what runs end at its next step, and say that it was lost; so all that waits."""
        self._ends.set()

    def close(self) -> None:
        """Stop, as ``end``, and wait for that."""
        self.end()
        self._pool.shutdown(cancel_futures=True)

    def give(self, kind: str, what: Mapping[str, Any], work: Work) -> Task:
        """Take work in; it is done when what was given before it is.

        Raises:
            BusyError: Much is waiting.
        """
        if self._queued >= _MOST_QUEUED:
            raise BusyError
        made = datetime.now(UTC).isoformat(timespec="seconds")
        task = Task(secrets.token_hex(8), kind, QUEUED, dict(what), made)
        place = self._folder / task.id
        place.mkdir(parents=True, mode=0o700)
        (place / _LOCK).touch()
        lock = hold(place / _LOCK)
        self._note(task)
        self._queued += 1
        self._pool.submit(self._run, task, work, lock)
        self._forget_old()
        return task

    def task(self, name: str) -> Task:
        """Return what is known of work; raises ``NotHereError`` where there is none of that id."""
        place = self._place(name)
        try:
            task = Task.of_text((place / _TASK).read_text())
        except (OSError, JsonError) as error:
            raise NotHereError(
                f"There is no work {printable(name)}; it may be long over."
            ) from error
        if task.status not in ENDED and not is_held(place / _LOCK):
            task = replace(
                task,
                status=LOST,
                detail="The server ended before this was done; give it in again.",
            )
            self._note(task)
        return task

    def tasks(self) -> list[Task]:
        """Return all that is known, the latest first."""
        found = []
        with suppress(FileNotFoundError):
            for entry in os.scandir(self._folder):
                with suppress(NotHereError):
                    found.append(self.task(entry.name))
        return sorted(found, key=lambda task: (task.made, task.id), reverse=True)

    def cancel(self, name: str) -> Task:
        """Ask for work to end; it does at its next step."""
        task = self.task(name)
        if task.status not in ENDED:
            (self._place(name) / _CANCEL).touch()
        return task

    def file(self, name: str, file: str) -> Path:
        """Return a file that work has left; raises ``NotHereError`` where there is none."""
        if file not in self.task(name).files:
            raise NotHereError(f"Work {printable(name)} has left no file {printable(file)}.")
        return self._place(name) / file

    def _place(self, name: str) -> Path:
        if not _ID.fullmatch(name):
            raise NotHereError(f"There is no work {printable(name)}.")
        return self._folder / name

    def _note(self, task: Task) -> None:
        put_text(self._place(task.id) / _TASK, task.to_text())

    def _run(self, task: Task, work: Work, lock: int | None) -> None:
        place = self._place(task.id)
        progress = _Noted(replace(task, status=RUNNING), self._note, self._is_unwanted)
        try:
            progress(Advance(0, 0))
            result, files = work(place, progress)
            told = self._naming.plain(result)
            end = replace(progress.task, status=DONE, result=told, files=files)
        except _CancelledError:
            end = replace(progress.task, status=LOST if self._ends.is_set() else CANCELLED)
        except RelevanceError as error:
            end = replace(progress.task, status=FAILED, detail=self._naming.text(str(error)))
        except BaseException as error:
            _logger.error("Work %s failed.", task.id, exc_info=error)
            end = replace(
                progress.task, status=FAILED, detail="The server failed on this; see its log."
            )
        finally:
            self._queued -= 1
        with suppress(OSError):  # the folder was removed meanwhile
            self._note(end)
        if lock is not None:
            os.close(lock)

    def _is_unwanted(self, task: Task) -> bool:
        return self._ends.is_set() or (self._place(task.id) / _CANCEL).exists()

    def _forget_old(self) -> None:
        for task in self.tasks()[_MOST_KEPT:]:
            if task.status in ENDED:
                shutil.rmtree(self._place(task.id), ignore_errors=True)


class _Noted:
    """Progress that others can follow."""

    def __init__(
        self, task: Task, note: Callable[[Task], None], is_unwanted: Callable[[Task], bool]
    ) -> None:
        self.task = task
        self._save = note
        self._is_unwanted = is_unwanted
        self._last = 0.0

    def __call__(self, advance: Advance) -> None:
        if self._is_unwanted(self.task):
            raise _CancelledError
        self.task = replace(self.task, done=advance.done, total=advance.total)
        if time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            self._save(self.task)


async def follow(desk: Desk, name: str, every: float = 0.3) -> AsyncIterator[Task]:
    """Yield work whenever something about it is new, until it has ended.

    Who follows holds no thread, so that any number may.
    """
    last = None
    while True:
        task = await to_thread.run_sync(desk.task, name)
        if task != last:
            yield task
        if task.status in ENDED:
            return
        last = task
        await sleep(every)
