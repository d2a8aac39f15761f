"""How many images a second a model takes in on this machine."""

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dashboard.inside import under_way
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Progress

if TYPE_CHECKING:
    from vizlib.zoo.model import Model

BATCHES = (1, 32)
SECONDS = 2.0  # of passes for each batch size
WARM_UP = 0.5  # seconds of passes before the first one that counts
LEAST_RUNS = 3
LONGEST_PASS = 2.0  # seconds; a batch that would take longer is halved, so that Cancel is heard in time


@dataclass(frozen=True)
class Pace:
    """Median time of one pass, and between which times the middle half of all passes lay."""

    batch: int
    milliseconds: float
    quartiles: tuple[float, float]
    runs: int

    @property
    def images_per_second(self) -> float:
        return 1000 * self.batch / self.milliseconds


@dataclass(frozen=True)
class Speed:
    """What was measured, and on what."""

    paces: tuple[Pace, ...]
    device: str
    threads: int
    input_size: tuple[int, int]
    precision: str = "float32"


def measure(model: "Model", tick: Progress, seconds: float = SECONDS, warm_up: float = WARM_UP) -> Speed:
    """Time forward passes of random images, first of one image, then of 32; only the passes are timed."""
    import torch

    from vizlib.core.copies import private_copy

    private, size, kind = private_copy(model.module), tuple(model.input_size), getattr(torch, model.precision)
    paces: list[Pace] = []
    for index, wanted in enumerate(BATCHES):
        batch = _fitting(wanted, paces[0].milliseconds if paces else 0.0)
        shape = (batch, model.card.channels, *size)
        images = torch.rand(shape, generator=torch.Generator().manual_seed(0)).to(model.device, kind)
        _passes(private, images, partial(tick, 100 * index, 200), warm_up, 1)
        spent = _passes(private, images, partial(tick, 100 * index + 50, 200), seconds, LEAST_RUNS)
        low, middle, high = 1000 * np.quantile(spent, (0.25, 0.5, 0.75))
        paces.append(Pace(batch, float(middle), (float(low), float(high)), len(spent)))
    tick(200, 200)
    return Speed(tuple(paces), str(model.device), torch.get_num_threads(), (size[0], size[1]), model.precision)


def _fitting(batch: int, milliseconds: float) -> int:
    """The batch, halved until a pass is short enough at the pace of single images."""
    while batch > 1 and batch * milliseconds > 1000 * LONGEST_PASS:
        batch //= 2
    return batch


def _passes(network, images, tick, seconds: float, least: int) -> list[float]:  # type: ignore[no-untyped-def]
    """Seconds that each pass took; other work may have its turn between two passes."""
    import torch

    def finished() -> float:
        if images.device.type == "cuda":
            torch.cuda.synchronize(images.device)
        return time.perf_counter()

    spent: list[float] = []
    while sum(spent) < seconds or len(spent) < least:
        tick()
        began = finished()
        with torch.no_grad():
            network(images)
        spent.append(finished() - began)
    return spent


def speed(here: Visit, other: Visit | None = None) -> None:
    """What was measured of one model or of two, and a button for each that measures."""
    st.subheader(_("How fast is it here?"), anchor=False)
    _one(here)
    if other is not None:
        _one(other, "other ")


def measured(here: Visit) -> Speed | None:
    """What was measured of the model, from the moment the job has ended."""
    key = ("speed", here.model_name())
    found: Speed | None = here.answers.get(key)
    if found is None:
        done = (job for job in here.engine.worker.jobs(here.owner) if job.key == key and job.state == "done")
        found = next((job.value for job in done), None)
        if found is not None:
            here.answers.put(key, found)
    return found


def _one(here: Visit, place: str = "") -> None:
    """The pace of one model; ``place`` tells the second one from the first."""
    name, slot = here.listed().name, f"inside/{place}speed"
    key = ("speed", here.model_name())
    found = measured(here)
    job = next((job for job in here.engine.worker.jobs(here.owner) if job.slot == slot and job.key == key), None)
    if found is not None:
        st.markdown(f"**{escape(name)}**")
        _shown(found)
    elif job is not None:
        under_way(here, job)
        return
    label = _("Measure {model} again") if found else _("Measure images per second of {model}")
    st.button(
        label.format(model=escape(name)),
        key=f"measure {place}speed",
        icon=":material/speed:",
        on_click=_ask,
        args=(here, slot, key),
    )


def _ask(here: Visit, slot: str, key: tuple[object, ...]) -> None:
    here.answers.put(key, None)
    here.again(slot)
    label = _("Speed of {model}").format(model=here.listed().name)
    here.engine.with_model(here.owner, slot, key, label, here.model_name(), measure)


def _shown(found: Speed) -> None:
    columns = st.columns(len(found.paces) + 1)
    for column, pace in zip(columns, found.paces, strict=False):
        many = _("{batch} images at once") if pace.batch > 1 else _("One image at a time")
        spread = _("{middle} ms a pass, half of {runs} passes between {low} and {high} ms")
        with column:
            st.metric(many.format(batch=pace.batch), _("{rate} images/s").format(rate=digits(pace.images_per_second)))
            low, high = map(digits, pace.quartiles)
            st.caption(spread.format(middle=digits(pace.milliseconds), runs=pace.runs, low=low, high=high))
    height, width = found.input_size
    where = _("Forward passes of {height} × {width} pixels in {precision} on {device} with {threads} threads, "
              "after a warm-up. Other work on this machine slows it down.")  # fmt: skip
    facts = {"height": height, "width": width, "device": found.device.upper(), "threads": found.threads}
    facts["precision"] = found.precision
    st.caption(where.format(**facts))
    if found.paces[-1].batch < BATCHES[-1]:
        st.caption(_("A batch of 32 would take longer than two seconds here, so a smaller one was measured."))


def digits(number: float) -> str:
    """Three digits, no exponent."""
    return f"{number:,.0f}".replace(",", " ") if number >= 100 else f"{number:.3g}"
