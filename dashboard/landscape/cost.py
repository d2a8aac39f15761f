"""How long a loss landscape will take on this machine, measured on a few images before it is asked for."""

from functools import partial
from typing import Any

import streamlit as st

from dashboard.image_set import ChosenSet
from dashboard.landscape.controls import PLACE
from dashboard.sidebar import POLL
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job

TIMED = 32  # images


def predicted(here: Visit, chosen: ChosenSet, count: int) -> None:
    """A line that says how long so many passes take, once one is measured."""
    key = ("cost", here.model_name(), getattr(chosen.pictures, "digest", ""))
    job = here.engine.with_model(
        here.owner, f"{PLACE}/cost", key, _("Timing one pass"), here.model_name(), partial(_timed, chosen)
    )
    st.fragment(partial(_say, job, chosen, count, job.over), run_every=None if job.over else POLL)()


def _timed(chosen: ChosenSet, model: Any, tick: Any) -> float:
    """Seconds of one pass over all images."""
    from vizlib.core.predict import batch_of
    from vizlib.landscapes.cost import seconds_per_pass

    pictures: Any = chosen.pictures
    images = batch_of(model, [pictures.read(index) for index in range(min(TIMED, len(pictures)))])
    tick(0, 1)
    return seconds_per_pass(model, images, len(pictures))


def _say(job: Job, chosen: ChosenSet, count: int, over: bool) -> None:
    if job.state != "done":
        if not job.over:
            st.caption(_("Timing one pass …"))
        return
    said = _("{duration} on this machine: {count} passes over {images} images.")
    st.caption(said.format(duration=duration(job.value * count), count=count, images=len(chosen)))


def duration(seconds: float) -> str:
    """A duration in words that do not pretend to know more."""
    if seconds < 90:
        return _("About {seconds} s").format(seconds=max(round(seconds), 1))
    return _("About {minutes} min").format(minutes=round(seconds / 60))
