"""The worker of a device: jobs that compute one at a time, in turns, and stop when nobody wants them any more.

Scripts of the app only look at jobs; work never calls Streamlit. A job's ``progress`` is where it reports, where it
lets the other jobs have their turn, and where it stops when it was cancelled or its owner has left.
"""

import logging
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Literal

State = Literal["waiting", "running", "stopping", "done", "failed", "cancelled"]
Progress = Callable[[int, int], None]
Work = Callable[[Progress], Any]

TURN = 0.2  # seconds a job computes before another one may go on
LOOK = 0.25  # seconds between two looks at whether the owner is still there
SWEEP = 5.0  # seconds between two searches for jobs whose owner has left
log = logging.getLogger("vizlib.dashboard")


class Cancelled(BaseException):
    """Raised inside a job that was cancelled; no ``except Exception`` can swallow it."""


class Job:
    """One piece of work, and how far it is.

    Attributes
    ----------
    owner, slot, key : str, str, hashable
        Whose it is, what it fills, and the question it answers.
    label : str
        What runs, in words.
    done, total : int
        As last reported; ``total`` is 0 before the first report.
    partial : object
        The latest preview of an unfinished value; it stays when the job is cancelled.
    value : object
        What the work returned, once the state is "done".
    error : str
        One sentence, once the state is "failed".
    abandoned : bool
        It stopped because its owner left; asking again starts it afresh.
    """

    def __init__(self, owner: str, slot: str, key: Hashable, label: str, work: Work) -> None:
        self.owner, self.slot, self.key, self.label = owner, slot, key, label
        self.done = self.total = 0
        self.value: Any = None
        self.partial: Any = None
        self.error = ""
        self.abandoned = False
        self.work: Work | None = work
        self.created = time.monotonic()
        self.started: float | None = None
        self._state: State = "waiting"
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._finished = threading.Event()

    @property
    def state(self) -> State:
        """What an onlooker should believe; "stopping" between a Cancel and the work's next report."""
        return "stopping" if self._state == "running" and self._stop.is_set() else self._state

    @property
    def finished(self) -> bool:
        return self._finished.is_set()

    @property
    def over(self) -> bool:
        """For whoever waits: it has ended, or was cancelled and is about to."""
        return self.finished or self._stop.is_set()

    @property
    def fraction(self) -> float:
        """Share of the work that is done, from 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None while there is nothing to go by."""
        if self.started is None or not 0 < self.fraction < 1:
            return None
        return (time.monotonic() - self.started) * (1 - self.fraction) / self.fraction

    def cancel(self) -> None:
        """Stop at the next report; at once when it has not begun."""
        with self._lock:
            self._stop.set()
            if self._state == "waiting":
                self._end("cancelled")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has finished; False when the time ran out."""
        return self._finished.wait(timeout)

    def begin(self) -> bool:
        """The worker takes it; False when it was cancelled before."""
        with self._lock:
            if self._state != "waiting":
                return False
            self._state, self.started = "running", time.monotonic()
            return True

    def report(self, done: int, total: int) -> None:
        """Note the progress; raise Cancelled when it should stop."""
        self.done, self.total = done, total
        if self._stop.is_set():
            raise Cancelled

    def end(self, state: State, value: Any = None, error: str = "") -> None:
        """The worker says how it ended."""
        with self._lock:
            self.value, self.error = value, error
            self.partial = None if state == "done" else self.partial
            self._end(state)

    def _end(self, state: State) -> None:
        self._state, self.work = state, None
        self._finished.set()


class Turns:
    """A lock that goes to whoever asked first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    @property
    def wanted(self) -> bool:
        return bool(self._waiting)

    def take(self) -> None:
        with self._lock:
            if not self._held:
                self._held = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait()

    def pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


class Tick:
    """The ``progress`` of one running job."""

    def __init__(self, job: Job, turns: Turns, alive: Callable[[str], bool]) -> None:
        self._job, self._turns, self._alive = job, turns, alive
        self._turn_began = self._looked = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Note the progress; stop when nobody wants the job any more, let another job go on when it is time."""
        self._job.report(done, total)
        now = time.monotonic()
        if now - self._looked > LOOK or total == 0:
            self._looked = now
            if not self._alive(self._job.owner):
                self._job.abandoned = True
                raise Cancelled
        if now - self._turn_began > TURN and self._turns.wanted:
            self._turns.pass_on()
            self._turns.take()
            self._turn_began = time.monotonic()

    def show(self, make: Callable[[], Any]) -> None:
        """Keep what is known so far where onlookers find it."""
        self._job.partial = make()


class Worker:
    """Runs the jobs of everybody on one device.

    Parameters
    ----------
    alive : callable
        Whether an owner is still there; asked while their jobs run.
    threads : int
        How many jobs may have begun; one of them computes at a time, with all of torch's threads.
    keep : float
        Seconds for which finished jobs of an owner who left are kept, should they come back.
    """

    def __init__(self, alive: Callable[[str], bool] = lambda owner: True, threads: int = 8, keep: float = 120) -> None:
        self._alive, self._threads, self._keep = alive, threads, keep
        self._jobs: dict[str, dict[str, Job]] = {}
        self._left: dict[str, float] = {}
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._turns = Turns()
        self._started = 0

    def submit(self, owner: str, slot: str, key: Hashable, label: str, work: Work) -> Job:
        """Ask for work; the same question again is the same job, another question replaces it."""
        with self._lock:
            jobs = self._jobs.setdefault(owner, {})
            present = jobs.get(slot)
            if present is not None and present.key == key and not present.abandoned:
                return present
            job = jobs[slot] = Job(owner, slot, key, label, work)
            if self._started < self._threads:
                self._started += 1
                threading.Thread(target=self._run, name=f"worker {self._started}", daemon=True).start()
        if present is not None:
            present.cancel()
        self._queue.put(job)
        return job

    def jobs(self, owner: str) -> tuple[Job, ...]:
        """The latest job of each slot, oldest first."""
        with self._lock:
            return tuple(sorted(self._jobs.get(owner, {}).values(), key=lambda job: job.created))

    def drop(self, owner: str, slot: str) -> None:
        """Cancel and forget the job of a slot, so that the same question starts afresh."""
        with self._lock:
            job = self._jobs.get(owner, {}).pop(slot, None)
        if job is not None:
            job.cancel()

    def close(self) -> None:
        """Cancel everything and let the threads end."""
        with self._lock:
            jobs = [job for slots in self._jobs.values() for job in slots.values()]
            started, self._threads = self._started, 0
        for job in jobs:
            job.cancel()
        for _ in range(started):
            self._queue.put(None)

    def _run(self) -> None:
        while True:
            try:
                job = self._queue.get(timeout=SWEEP)
            except queue.Empty:
                self.sweep()
                continue
            if job is None:
                return
            self._perform(job)
            del job  # an idle thread must not keep the last result alive

    def _perform(self, job: Job) -> None:
        self._turns.take()
        try:
            if job.begin():
                self._finish(job)
        finally:
            self._turns.pass_on()

    def _finish(self, job: Job) -> None:
        assert job.work is not None
        try:
            progress = Tick(job, self._turns, self._alive)
            progress(0, 0)
            job.end("done", job.work(progress))
        except Cancelled:
            job.end("cancelled")
        except ValueError as error:
            job.end("failed", error=" ".join(str(error).split()))
        except Exception:
            number = uuid.uuid4().hex[:8]
            log.exception("error %s in %s", number, job.slot)
            job.end("failed", error=f"Something went wrong inside the program. The log has it as error {number}.")

    def sweep(self) -> None:
        """Forget the jobs of owners who left a while ago, and stop what still waits."""
        now = time.monotonic()
        with self._lock:
            for owner in list(self._jobs):
                if self._alive(owner):
                    self._left.pop(owner, None)
                elif now - self._left.setdefault(owner, now) >= self._keep:
                    del self._left[owner]
                    for job in self._jobs.pop(owner).values():
                        job.cancel()
