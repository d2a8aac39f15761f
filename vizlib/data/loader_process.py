"""The warm child process that unpickles: one per process, started when first needed, watched while it works."""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

import psutil

from vizlib.data.contents import Refusal
from vizlib.data.weights_child import receive, send

ALLOWANCE = 500 << 20
START_SECONDS = 180.0
LOAD_SECONDS = 60.0
BYTES_PER_SECOND = 10_000_000
WATCH_SECONDS = 0.02
FAILED = (
    "The checkpoint could not be loaded as plain weights: "
    "save it again with torch.save(model.state_dict(), 'weights.pth')."
)


class LoaderProcess:
    """A child process that loads checkpoints one after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._idle_bytes = 0

    def convert(self, source: Path, path: tuple[str, ...], target: Path, size: int) -> None:
        """Write the tensors of a checkpoint to ``target`` as safetensors.

        Raises
        ------
        Refusal
            It could not be loaded, took too much memory, or took too long.
        """
        with self._lock:
            child = self._start()
            try:
                send(cast(BinaryIO, child.stdin), {"source": str(source), "path": list(path), "target": str(target)})
                answer = self._wait(self._idle_bytes + 4 * size + ALLOWANCE, LOAD_SECONDS + size / BYTES_PER_SECOND)
            except OSError:
                self.stop()
                raise Refusal(FAILED) from None
            except BaseException:  # an answer that nobody took would be taken for the next one's
                self.stop()
                raise
        if not answer.get("done"):
            raise Refusal(FAILED)

    def warm_up(self) -> None:
        """Start the child now, so that the first checkpoint does not wait for it."""
        with self._lock:
            self._start()

    def stop(self) -> None:
        """End the child; the next request starts a new one."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            with contextlib.suppress(OSError):
                cast(BinaryIO, self._child.stdin).close()
            self._child = None

    def _start(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._answers = queue.SimpleQueue()
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("weights_child.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**_plain_environment(), "CUDA_VISIBLE_DEVICES": ""},
            start_new_session=True,
        )
        threading.Thread(target=_listen, args=(self._child.stdout, self._answers), daemon=True).start()
        self._wait(None, START_SECONDS)
        self._idle_bytes = psutil.Process(self._child.pid).memory_info().rss
        return self._child

    def _wait(self, most_bytes: int | None, seconds: float) -> dict[str, Any]:
        """Wait for the child's answer; end it when it takes too much memory or time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                answer = self._answers.get(timeout=WATCH_SECONDS)
            except queue.Empty:
                if most_bytes is not None and self._bytes() > most_bytes:
                    self.stop()
                    raise Refusal("The checkpoint took far more memory than its size and was dropped.") from None
                continue
            if answer is None:
                self.stop()
                raise Refusal(FAILED)
            return answer
        self.stop()
        raise Refusal("Loading the checkpoint took too long and was stopped; try again, or give a safetensors file.")

    def _bytes(self) -> int:
        try:
            return psutil.Process(self._child.pid).memory_info().rss if self._child else 0
        except psutil.NoSuchProcess:
            return 0


def _listen(stream: Any, answers: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    """Pass on the child's messages; None when it has ended."""
    while (message := receive(stream)) is not None:
        answers.put(message)
    answers.put(None)


def _plain_environment() -> dict[str, str]:
    """The environment without switches that change how torch loads."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TORCH_FORCE_")}


LOADER = LoaderProcess()
atexit.register(LOADER.stop)
