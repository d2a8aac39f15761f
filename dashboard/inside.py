"""Questions about a model, alone or over pictures: asked of the worker, remembered, shown while under way."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from dashboard.engine import Answer, Engine
from dashboard.intake.pictures import Shot
from dashboard.sidebar import POLL, progress_text
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job, Progress
from vizlib.core.results import Attribution
from vizlib.data.streams import ImageStream
from vizlib.figures.style import name_of

if TYPE_CHECKING:
    from vizlib.zoo.model import Model


def ask_model(
    here: Visit,
    slot: str,
    technique: str,
    shots: Sequence[Shot] | ImageStream = (),
    others: Sequence[Any] = (),
    **options: Any,
) -> Answer | Job:
    """The answer of a technique that asks about the model, or the job that works on it.

    Parameters
    ----------
    here : Visit
        Its model is asked; a copy with another model asks that one.
    slot : str
        What the answer fills: another question for the same slot replaces it.
    technique : str
    shots : sequence of Shot, or image set
        The pictures that the technique looks at, if it takes any.
    others : sequence of str or Solutions
        Further weights, if it takes any; names are looked up by the worker.
    **options
        Of the technique; the others take their defaults.
    """
    weights = tuple(other if isinstance(other, str) else other.digest for other in others)
    key = (technique, here.model_name(), _digests(shots), weights, tuple(sorted(options.items())))
    recipe = here.answers.get(key)
    result = here.engine.results.get(recipe.digest()) if recipe else None
    if recipe is not None and result is not None:
        return Answer(recipe, result)
    label = _("{technique} of {model}").format(technique=_(name_of(technique)), model=here.listed().name)
    work = partial(_answered, here.engine, technique, shots, others, options)
    job = here.engine.with_model(here.owner, slot, key, label, here.model_name(), work)
    if job.state != "done":
        return job
    answer: Answer = job.value
    here.answers.put(key, answer.recipe)
    here.engine.results.put(answer.recipe.digest(), answer.result)
    return answer


def _digests(shots: Sequence[Shot] | ImageStream) -> tuple[str, ...]:
    return (shots.digest,) if isinstance(shots, ImageStream) else tuple(shot.digest for shot in shots)


def _answered(
    engine: Engine,
    technique: str,
    shots: Sequence[Shot] | ImageStream,
    others: Sequence[Any],
    options: dict[str, Any],
    model: "Model",
    tick: Progress,
) -> Answer:
    from vizlib.core.recipe import perform, recipe_for

    pictures: Any = shots if isinstance(shots, ImageStream) else [(shot.name, shot.open()) for shot in shots]
    further = [_found(other) for other in others]
    recipe = recipe_for(technique, model, pictures, others=further, **options)
    result = engine.results.get(recipe.digest())
    if result is None:
        images = pictures if isinstance(pictures, ImageStream) else [image for _name, image in pictures]
        result = cast(Attribution, perform(recipe, model, images, tick, further))
    return Answer(recipe, result)


def _found(other: Any) -> Any:
    """Further weights, looked up where they are a name."""
    from vizlib.zoo.solutions import solutions

    return solutions(other) if isinstance(other, str) else other


def under_way(here: Visit, job: Job) -> None:
    """How far a job is, with Cancel; or that it failed or was cancelled, with another try."""
    st.fragment(_draw, run_every=None if job.over else POLL)(here, job, job.over)


def _draw(here: Visit, job: Job, over: bool) -> None:
    if job.over != over or job.state == "done":
        st.rerun()
    if not over:
        st.progress(job.fraction, text=progress_text(job))
        st.button(_("Cancel"), key=f"cancel {job.slot}", icon=":material/stop_circle:", on_click=job.cancel)
        return
    if job.state == "failed":
        st.error(escape(job.error), icon=":material/error:")
    else:
        st.info(_("Cancelled."), icon=":material/stop_circle:")
    again = partial(here.again, job.slot)
    if st.button(_("Try again"), key=f"again {job.slot}", icon=":material/replay:", on_click=again):
        st.rerun()
