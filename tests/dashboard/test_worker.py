"""The worker: one question a slot, cancel, turns, owners who leave, and errors in one sentence."""

import logging
import threading
import time

import pytest

from dashboard.worker import Cancelled, Worker


@pytest.fixture
def worker():
    made = Worker()
    yield made
    made.close()


def steps(count, seconds=0.01, seen=None):
    """Work of many short steps."""

    def work(progress):
        for step in range(count):
            progress(step, count)
            time.sleep(seconds)
            if seen is not None:
                seen.append(step)
        progress(count, count)
        return count

    return work


def finished(job, timeout=5.0):
    assert job.wait(timeout), f"{job.label} is still {job.state}"
    return job


def test_a_job_returns_its_value_and_its_progress_ends_at_the_total(worker):
    job = finished(worker.submit("a", "slot", 1, "counting", steps(3)))
    assert (job.state, job.value, job.done, job.total, job.fraction) == ("done", 3, 3, 3, 1.0)


def test_the_same_question_is_the_same_job_and_another_one_replaces_it(worker):
    first = worker.submit("a", "slot", "q1", "long", steps(1000))
    assert worker.submit("a", "slot", "q1", "long", steps(1000)) is first
    second = worker.submit("a", "slot", "q2", "short", steps(1))
    assert finished(second).state == "done"
    assert finished(first).state == "cancelled"
    assert worker.jobs("a") == (second,)


def test_twenty_moves_of_a_slider_leave_one_job_and_only_the_last_one_answers(worker):
    begun, moved, seen = threading.Event(), threading.Event(), []

    def move(number):
        def work(progress):
            progress(0, 1)
            begun.set()
            assert moved.wait(20)
            seen.append(number)

        return work

    jobs = [worker.submit("a", "slot", 0, "move", move(0))]
    assert begun.wait(20)
    jobs += [worker.submit("a", "slot", number, "move", move(number)) for number in range(1, 20)]
    moved.set()
    assert finished(jobs[-1]).state == "done"
    assert worker.jobs("a") == (jobs[-1],)
    assert seen == [0, 19]  # the first was under way
    assert sum(job.state == "done" for job in jobs) <= 2


def test_cancel_stops_a_running_job_at_its_next_report(worker):
    job = worker.submit("a", "slot", 1, "long", steps(10_000))
    while job.done == 0:
        time.sleep(0.005)
    began = time.monotonic()
    job.cancel()
    assert job.state in ("stopping", "cancelled")
    assert finished(job, 3.0).state == "cancelled"
    assert time.monotonic() - began < 1.0


def test_a_cancelled_question_stays_cancelled_until_it_is_dropped(worker):
    job = worker.submit("a", "slot", 1, "long", steps(10_000))
    job.cancel()
    finished(job)
    assert worker.submit("a", "slot", 1, "long", steps(1)) is job
    worker.drop("a", "slot")
    assert finished(worker.submit("a", "slot", 1, "long", steps(1))).state == "done"


def test_work_cannot_swallow_the_cancel(worker):
    def stubborn(progress):
        for step in range(10_000):
            try:
                progress(step, 10_000)
            except Exception:
                logging.getLogger(__name__).exception("swallowed")
            time.sleep(0.005)

    job = worker.submit("a", "slot", 1, "stubborn", stubborn)
    time.sleep(0.05)
    job.cancel()
    assert finished(job, 3.0).state == "cancelled"
    assert not issubclass(Cancelled, Exception)


def test_a_short_job_of_another_owner_does_not_wait_for_a_long_one(worker):
    long = worker.submit("a", "slot", 1, "long", steps(500, 0.01))
    while long.done == 0:
        time.sleep(0.005)
    short = worker.submit("b", "slot", 1, "short", steps(5))
    assert finished(short, 2.0).state == "done"
    assert long.state == "running"
    long.cancel()


def test_only_one_job_computes_at_a_time(worker):
    inside, most = 0, 0

    def work(progress):
        nonlocal inside, most
        for step in range(60):
            inside += 1
            most = max(most, inside)
            time.sleep(0.01)
            inside -= 1
            progress(step + 1, 60)

    for job in [worker.submit(owner, "slot", 1, "counting", work) for owner in "abc"]:
        finished(job)
    assert most == 1


def test_cancelling_one_owner_leaves_the_other_untouched(worker):
    mine = worker.submit("a", "slot", 1, "mine", steps(10_000))
    theirs = worker.submit("b", "slot", 1, "theirs", steps(60))
    time.sleep(0.1)
    mine.cancel()
    assert finished(mine, 3.0).state == "cancelled"
    assert (finished(theirs).state, theirs.value) == ("done", 60)


def test_a_users_mistake_is_its_own_sentence(worker):
    def work(progress):
        raise ValueError("occlusion: window must be an integer from 1 to 1024; got 0.\n Try 1.")

    job = finished(worker.submit("a", "slot", 1, "mistake", work))
    assert job.state == "failed"
    assert job.error == "occlusion: window must be an integer from 1 to 1024; got 0. Try 1."


def test_any_other_error_gives_a_number_that_the_log_has_with_the_traceback(worker, caplog):
    def work(progress):
        raise RuntimeError("secret/path/to/weights.bin")

    with caplog.at_level(logging.ERROR, "vizlib.dashboard"):
        job = finished(worker.submit("a", "slot", 1, "broken", work))
    assert "secret" not in job.error
    number = job.error.rstrip(".").split()[-1]
    assert number in caplog.text
    assert "RuntimeError: secret/path/to/weights.bin" in caplog.text


def test_jobs_of_an_owner_who_left_stop_and_are_forgotten():
    here = {"a", "b"}
    worker = Worker(alive=lambda owner: owner in here, keep=0)
    job = worker.submit("a", "slot", 1, "long", steps(10_000))
    kept = finished(worker.submit("b", "slot", 1, "short", steps(1)))
    here.remove("a")
    assert finished(job, 2.0).state == "cancelled"
    worker.sweep()
    assert worker.jobs("a") == ()
    assert worker.jobs("b") == (kept,)
    worker.close()


def test_an_owner_who_comes_back_gets_the_question_answered_afresh():
    here = {"a"}
    worker = Worker(alive=lambda owner: owner in here)
    job = worker.submit("a", "slot", 1, "long", steps(10_000))
    here.clear()
    assert finished(job, 2.0).abandoned
    here.add("a")
    assert finished(worker.submit("a", "slot", 1, "long", steps(1))).state == "done"
    worker.close()


def test_seconds_left_follow_from_the_pace(worker):
    job = worker.submit("a", "slot", 1, "long", steps(200, 0.01))
    while job.fraction < 0.3:
        time.sleep(0.01)
    left, share, passed = job.seconds_left, job.fraction, time.monotonic() - job.started
    assert left == pytest.approx(passed * (1 - share) / share, rel=0.3)
    job.cancel()


def test_many_threads_submitting_leave_one_job_per_slot(worker):
    threads = [
        threading.Thread(target=lambda n=n: worker.submit("a", f"slot {n % 3}", n, "job", steps(1))) for n in range(60)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(worker.jobs("a")) == 3
    for job in worker.jobs("a"):
        finished(job)


def test_a_preview_is_seen_while_the_job_runs_stays_after_cancel_and_goes_when_it_is_done(worker):
    def work(progress):
        progress.show(lambda: "half")
        progress(1, 2)
        goes_on.wait(5)
        progress(2, 2)
        return "whole"

    for cancelled, kept in ((False, None), (True, "half")):
        goes_on = threading.Event()
        job = worker.submit("a", "slot", cancelled, "previewed", work)
        while job.done == 0:
            time.sleep(0.005)
        assert job.partial == "half"
        if cancelled:
            job.cancel()
        goes_on.set()
        assert finished(job).partial == kept
        assert job.value == (None if cancelled else "whole")
