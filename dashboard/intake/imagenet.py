"""When a bundled model meets a photo: what it knows, and an ImageNet model instead, from here or downloaded."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import streamlit as st

from dashboard.inside import under_way
from dashboard.text import _, escape
from dashboard.visit import Visit, forget_models
from dashboard.worker import Job, Progress
from vizlib.zoo.added import IMAGENET_CLASSES
from vizlib.zoo.cards import Card, Listed, read_card
from vizlib.zoo.official import OFFICIAL, family

SLOT = "imagenet"
DOWNLOAD = "resnet18"
FAVOURITES = (DOWNLOAD, "resnet50", "resnet34")
NAMES_SHOWN = 24
REPORT = 0.1  # seconds between two reports of a download


def settle(here: Visit) -> None:
    """An upload goes to an ImageNet model by itself, unless the person chose the model."""
    job = asked(here)
    if job is not None and job.state == "done":
        here.again(SLOT)
        forget_models()
        _use(here, DOWNLOAD)
    elif not here.by_hand and out_of_place(here):
        better = knowing(here)
        if better is not None:
            here.before = here.listed().name
            _use(here, better.name)


def out_of_place(here: Visit) -> bool:
    """Whether a bundled model, which knows a few things only, looks at a person's own picture."""
    return here.shot().uploaded and here.listed().source == "bundled"


def knowing(here: Visit) -> Listed | None:
    """The ImageNet model on this machine that suits best: a common one, else the smallest."""
    found = [model for model in here.models() if _knows_imagenet(here, model)]
    order = {name: place for place, name in enumerate(FAVOURITES)}
    return min(found, key=lambda model: (order.get(model.name, len(order)), model.megabytes or 0), default=None)


def _knows_imagenet(here: Visit, model: Listed) -> bool:
    if model.weights != "here" or model.source == "bundled":
        return False
    if model.source == "torchvision":
        return True
    card = card_of(here, model)
    return card is not None and len(card.labels) == IMAGENET_CLASSES


def card_of(here: Visit, model: Listed) -> Card | None:
    """What is written about a model; None when it cannot be read."""
    own = next((own.card for own in here.own if own.name == model.name), None)
    if own is not None or model.folder is None:
        return own
    try:
        return read_card(model.folder)
    except ValueError:
        return None  # the sentence is said where the model is loaded


def _use(here: Visit, name: str) -> None:
    here.model, here.absent = name, ""
    here.enlarged += 1


def asked(here: Visit) -> Job | None:
    return next((job for job in here.engine.worker.jobs(here.owner) if job.slot == SLOT), None)


def banner(here: Visit) -> None:
    """What the model knows, and the way to one that knows more; or the way back."""
    if out_of_place(here):
        with st.container(border=True, key="knows little"):
            _knows_little(here)
    elif here.before and here.shot().uploaded and here.listed().source != "bundled":
        with st.container(horizontal=True, vertical_alignment="center", key="instead"):
            _instead(here)


def _knows_little(here: Visit) -> None:
    card = card_of(here, here.listed())
    labels = card.labels if card is not None else ()
    sentence = _("This model knows only these {count} things: {names}.")
    said = sentence.format(count=len(labels), names=escape(_listed(labels)))
    st.markdown(f":material/info: {said} " + _("Whatever the photo shows, it must choose among them."))
    better, job = knowing(here), asked(here)
    if better is not None:
        label = _("Use {model}, which knows {count} things").format(model=escape(better.name), count=IMAGENET_CLASSES)
        st.button(label, key="use imagenet", icon=":material/swap_horiz:", on_click=_by_hand, args=(here, better.name))
    elif job is None:
        st.button(offer(), key="download imagenet", icon=":material/download:", on_click=_download, args=(here,))
    else:
        under_way(here, job)


def _listed(labels: tuple[str, ...]) -> str:
    more = len(labels) - NAMES_SHOWN
    names = ", ".join(labels[:NAMES_SHOWN])
    return names + (_(" and {more} more").format(more=more) if more > 0 else "")


def offer() -> str:
    """What the button says."""
    size = round(OFFICIAL[DOWNLOAD].megabytes)
    return _("Download {title} ({size} MB), which knows {count} things").format(
        title=title(DOWNLOAD), size=size, count=IMAGENET_CLASSES
    )


def title(name: str) -> str:
    """A torchvision model as people write it: "ResNet-18"."""
    known = family(name).title
    rest = name.lower().removeprefix(known.lower().replace("-", "").replace(" ", "_"))
    return f"{known}-{rest}" if rest.isdigit() else known


def _instead(here: Visit) -> None:
    card = card_of(here, next(model for model in here.models() if model.name == here.before))
    names = {"model": here.listed().name, "before": here.before, "count": len(card.labels) if card else 0}
    sentence = _("Your picture is shown to **{model}**, which knows 1000 things; {before} knows only {count}.")
    st.caption(sentence.format(**{key: escape(str(name)) for key, name in names.items()}))
    back = _("Back to {model}").format(model=escape(here.before))
    st.button(back, key="back from imagenet", type="tertiary", on_click=_by_hand, args=(here, here.before))


def _by_hand(here: Visit, name: str) -> None:
    here.by_hand, here.before = True, ""
    _use(here, name)


def _download(here: Visit) -> None:
    label = _("Downloading {title}").format(title=title(DOWNLOAD))
    here.engine.worker.submit(here.owner, SLOT, DOWNLOAD, label, partial(fetched, DOWNLOAD))


def fetched(name: str, tick: Progress) -> None:
    """Download official weights into torchvision's cache; nothing stays behind when ``tick`` raises.

    A thread of its own waits for the network, so that others can compute meanwhile.
    """
    from vizlib.zoo.torchvision import official_file

    state, stop = [(0, 0)], threading.Event()

    def report(done: int, total: int) -> None:
        if stop.is_set():
            raise InterruptedError
        state[0] = (done, total)

    pool = ThreadPoolExecutor(1, "download")
    download = pool.submit(official_file, name, progress=report)
    pool.shutdown(wait=False)
    try:
        while not download.done():
            wait([download], REPORT)
            tick(*state[0])
    finally:
        stop.set()
    download.result()
