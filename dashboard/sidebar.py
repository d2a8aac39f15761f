"""The sidebar of every page: model, images, class, and what the machine is doing."""

import psutil
import streamlit as st

from dashboard.engine import Sight
from dashboard.gallery import known
from dashboard.intake.own import LONGEST_NAME, MARK
from dashboard.intake.tray import tray
from dashboard.text import _, escape, percent, seconds
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.zoo.cards import PRECISIONS

POLL = 0.5  # seconds between two looks at running jobs
PREDICTED = -1  # stands for the predicted class in the list of classes
SOURCES = {"torchvision": "torchvision", "yours": "yours", "visit": "yours, this visit"}
ONE_PICTURE = ("explain", "layers", "units", "receptive_field", "depth_dive", "attention")  # pages about the chosen one


def sidebar(here: Visit) -> frozenset[int]:
    """Draw the sidebar; choices are in the visit before the page below is drawn. What it waits for is for `status`."""
    with st.sidebar:
        _model(here)
        st.markdown(f"**{_('Image')}**")
        tray(here)
        sight = here.look()
        _target(here, sight)
        _weights(here, sight)
    return frozenset({id(sight)}) if isinstance(sight, Job) and not sight.over else frozenset()


def not_here(here: Visit) -> None:
    """What of its link is not here, at the top of the page: in the sidebar it would be out of view, or closed."""
    said = [_absent(here.absent)] if here.absent else []
    said += [_missing()] if here.missing() and here.page in ONE_PICTURE else []
    if said:
        with st.container(gap=None):
            st.space("small")  # the header of a narrow page covers its first lines
            st.info("\n\n".join(said), icon=":material/link:")


def status(here: Visit, waited: frozenset[int] = frozenset()) -> None:
    """The job line and the device line, at the foot of the sidebar; drawn when the page has asked its questions.

    What was waited for above and ended meanwhile is drawn anew too: the page already shows it as running.
    """
    busy = waited | {id(job) for job in here.jobs()}
    with st.sidebar:
        _place(here)
        st.fragment(_machine, run_every=POLL if busy else None)(here, busy)


def _model(here: Visit) -> None:
    listed = {model.name: model for model in here.models()}
    mine = {own.name for own in here.own}
    names = list(listed)
    present = here.listed().name
    here.model = st.selectbox(
        _("Model"),
        names,
        index=names.index(present),
        key=f"model {here.random} {here.enlarged}",
        format_func=lambda name: _entry(name, "visit" if name in mine else listed[name].source),
        on_change=_by_hand,
        args=(here,),
    )
    chosen = here.listed()
    whose = _("Yours, this visit") if chosen.name in mine else ""
    facts = [whose, chosen.about.rstrip("."), "" if here.random else chosen.accuracy]
    st.caption(escape(". ".join(fact for fact in facts if fact)))
    with st.container(horizontal=True, key="own models"):
        st.button(
            _("Add a model"), key="add a model", icon=":material/add:", type="tertiary", on_click=_add, args=(here,)
        )
        if chosen.name in mine:
            st.button(
                _("Remove it"),
                key="remove a model",
                icon=":material/delete:",
                type="tertiary",
                on_click=_remove,
                args=(here, chosen.name),
            )


def _absent(address: str) -> str:
    """A link names a model that is not here."""
    name, mark, _digest = address.partition(MARK)
    somebody = _("The link names **{name}**, a model that somebody added in their own visit; add it to see the same.")
    unknown = _("The link names the model **{name}**, which is not here; add it to see the same.")
    return (somebody if mark else unknown).format(name=escape(name[:LONGEST_NAME]))


def _missing() -> str:
    """A link names a picture that the tray does not hold."""
    return _("The link names a picture that is not here; add it to open the same view.")


def _by_hand(here: Visit) -> None:
    here.by_hand, here.absent = True, ""


def _add(here: Visit) -> None:
    here.adding = True


def _remove(here: Visit, name: str) -> None:
    here.own = [own for own in here.own if own.name != name]
    here.enlarged += 1


def _weights(here: Visit, sight: Sight | Job) -> None:
    """The network before training, for comparison; whatever is untrained says so."""
    with st.container(horizontal=True, vertical_alignment="center", key="weights"):
        st.toggle(
            _("Random weights"),
            value=here.random,
            key=f"random weights {here.enlarged}",
            on_change=_randomise,
            args=(here, f"random weights {here.enlarged}"),
            help=_("The same network before training: what a picture shows then was not learned."),
        )
        if here.random or (isinstance(sight, Sight) and sight.untrained):
            st.badge(_("untrained"), color="orange", icon=":material/warning:")


def _randomise(here: Visit, key: str) -> None:
    here.random = st.session_state[key]


def _entry(name: str, source: str) -> str:
    return f"{name} · {_(SOURCES[source])}" if source in SOURCES else name


def _target(here: Visit, sight: Sight | Job) -> None:
    label = _("Explained class")
    if isinstance(sight, Job):
        st.selectbox(label, [_expected(here)], disabled=True, key="no class yet")
        return
    model = here.listed().name
    order = [PREDICTED, *(int(index) for index in sight.probabilities.argsort()[::-1])]
    key = f"class {model} {here.shot().digest} {here.enlarged}"
    chosen = st.selectbox(
        label,
        order,
        index=order.index(here.target) if here.target in order else 0,
        key=key,
        format_func=lambda index: class_entry(sight, index),
        help=_("Every picture on the page explains the score of this class. Type to search."),
    )
    here.targets[model] = None if chosen == PREDICTED else chosen


def _expected(here: Visit) -> str:
    """What the class will be, where a stored result tells; it is computed anew all the same."""
    one = None if here.random else known(here.listed().name, here.shot().digest)
    if one is None:
        return _("Predicting …")
    return _("Predicted: {entry}").format(entry=f"{one.label} · {percent(one.probability)}")


def class_entry(sight: Sight, index: int) -> str:
    """A class with its probability, as a list shows it."""
    number = sight.predicted if index == PREDICTED else index
    entry = f"{sight.labels[number]} · {percent(float(sight.probabilities[number]))}"
    return _("Predicted: {entry}").format(entry=entry) if index == PREDICTED else entry


def _place(here: Visit) -> None:
    """Where to compute, asked only where there is a choice, and in what precision."""
    places = ("auto", *here.engine.devices)
    if len(places) > 2:
        st.selectbox(
            _("Device"),
            places,
            index=places.index(here.device) if here.device in places else 0,
            key="device",
            on_change=_move_to,
            args=(here,),
            help=_("Where the network computes; automatic is the first graphics card, else the processor."),
        )
    st.segmented_control(
        _("Precision"),
        PRECISIONS,
        default=here.precision,
        key=f"precision {here.enlarged}",
        required=True,
        on_change=_compute_in,
        args=(here, f"precision {here.enlarged}"),
        help=_("What the network computes in. 64 bits take longer; what differs from 32 bits is rounding error."),
    )


def _compute_in(here: Visit, key: str) -> None:
    here.precision = st.session_state[key]


def _move_to(here: Visit) -> None:
    here.device = st.session_state["device"]


def _machine(here: Visit, seen: frozenset[int]) -> None:
    """The page is drawn anew when something has ended."""
    jobs = here.jobs()
    if seen - {id(job) for job in jobs}:
        st.rerun()
    with st.container(key="machine"):
        if jobs:
            _job_line(jobs)
        st.caption(_device(here))


def _job_line(jobs: tuple[Job, ...]) -> None:
    """What runs, how far it is, and Cancel."""
    running = next((job for job in jobs if job.state == "running" and job.total), jobs[0])
    st.progress(running.fraction, text=progress_text(running, len(jobs) - 1))
    st.button(_("Cancel"), key="cancel all", icon=":material/stop_circle:", on_click=_cancel, args=(jobs,))


def _cancel(jobs: tuple[Job, ...]) -> None:
    """A callback, since it also runs when the click meets a redraw by the clock."""
    for job in jobs:
        job.cancel()


def progress_text(job: Job, others: int = 0) -> str:
    """A job in one line of Markdown."""
    parts = [escape(job.label)]
    if job.state == "waiting":
        parts.append(_(job.state))
    elif job.total:
        parts += [f"{job.fraction:.0%}".replace("%", " %"), seconds(job.seconds_left)]
    if others > 0:
        parts.append(_("{others} more").format(others=others))
    return " · ".join(part for part in parts if part)


def _device(here: Visit) -> str:
    sight = here.sight()
    device = sight.device if sight else _("starting")
    megabytes = psutil.Process().memory_info().rss / 1e6
    return f"{escape(device.upper() if sight else device)} · {here.precision} · {megabytes:,.0f} MB".replace(",", " ")
