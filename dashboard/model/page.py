"""The page Model: what a model is, beside another one where a person wants that, and everything inside it."""

import dataclasses
import html

import streamlit as st

from dashboard.inside import under_way
from dashboard.model.side_by_side import Known, known, measures, with_ratios
from dashboard.text import _
from dashboard.visit import Visit, models
from dashboard.worker import Job
from vizlib.zoo.cards import Card, read_card

CLASSES_SHOWN = 12
_RULES = """
<style>
.facts { display: grid; gap: .35rem 1.4rem; font-size: .93rem; margin: 0 0 .4rem !important; }
.facts dt { margin: 0; padding: 0; font-weight: 400; color: light-dark(#566168, #a5b1b7); }
.facts dd { margin: 0 !important; overflow-wrap: anywhere; min-width: 0; }
.facts, .facts dt, .facts dd { margin: 0 !important; padding: 0 !important; }
.facts .name { font-weight: 650; }
.facts .badge { color: light-dark(#9a4b00, #ffb469); font-weight: 600; }
.facts.one { grid-template-columns: minmax(5.5rem, max-content) minmax(0, 60rem); }
.facts.two { grid-template-columns: minmax(4.5rem, max-content) minmax(0, 1fr) minmax(0, 1fr); }
@media (max-width: 640px) { .facts { gap: .35rem .8rem; font-size: .86rem; } }
</style>
"""
Facts = dict[str, str]


def opening(here: Visit) -> None:
    """The question the page answers."""
    st.title(_("What is inside this model?"), anchor=False)
    with st.container(key="narrow-hint"):
        st.caption(_("Model and images are in the menu » at the top left."))
    st.markdown(
        _("What it is made of, what each layer costs and sees, how it was trained, and how fast it is on this machine.")
    )


def facts(here: Visit) -> Known:
    """What the card and the table of layers say, of one model or of two; returns what is known of the layers."""
    place = st.container()
    other = _other(here)
    second = known(other, "other ") if other else None
    first = known(here, other=second)
    numbers = measures(first, _layer(here))
    shown = [_facts(first, {name: words for name, (words, _number) in numbers.items()})]
    if second:
        shown.append(_facts(second, with_ratios(numbers, measures(second, _layer(second.here)))))
    with place:
        st.html(_RULES + facts_html(shown))
        for one in filter(None, (first, second)):
            if isinstance(one.outcome, Job):
                under_way(here, one.outcome)
    return first


def _layer(here: Visit) -> str:
    """The layer that the model's explanations look at, as far as it is known."""
    loaded, card = here.engine.models.get(here.model_name()), _card(here)
    return (loaded.default_layer if loaded else card.default_layer if card else "") or ""


def _other(here: Visit) -> Visit | None:
    """The same visit with the model to compare with."""
    offered = (*models(), *(own.listed for own in here.own))
    names = [model.name for model in offered if model.name != here.listed().name]
    if not names:
        return None
    chosen = st.selectbox(
        _("Compare with"),
        names,
        index=None,
        placeholder=_("another model"),
        key=f"compare {here.listed().name}",
        width=320,
        persist_state="session",
    )
    return dataclasses.replace(here, model=chosen) if chosen else None


def _facts(model: Known, numbers: Facts) -> Facts:
    """Name of each fact and the fact, in the words of the page; plain text."""
    listed = model.here.listed()
    untrained = listed.weights == "none" or model.here.random
    accuracy = "" if untrained else listed.accuracy
    found: Facts = {_("Model"): listed.name, _("About"): listed.about, _("Accuracy"): accuracy}
    if untrained:
        found[_("State")] = _("untrained: the weights are random")
    waiting = isinstance(model.outcome, Job) and not model.outcome.over
    found |= {name: "…" for name in (_("Parameters"), _("MACs"), _("Layers")) if waiting and model.summary is None}
    found |= numbers
    if listed.megabytes and not untrained:
        found[_("Weights")] = f"{listed.file}, {listed.megabytes:.3g} MB"
    layer = _layer(model.here)  # the card may leave it to the network
    return found | card_facts(_card(model.here)) | ({_("Explained layer"): layer} if layer else {})


def _card(here: Visit) -> Card | None:
    """The card, completed by what loading found out; None while a model without a folder is not loaded."""
    loaded, folder = here.engine.models.get(here.model_name()), here.listed().folder
    if loaded is not None:
        return loaded.card
    try:
        return read_card(folder) if folder else None
    except ValueError:
        return None  # the sentence is said where the model is loaded


def card_facts(card: Card | None) -> Facts:
    """What a card says, in words; plain text."""
    if card is None:
        return {}
    found = {
        _("Built by"): card.build + "".join(f", {name} {value}" for name, value in card.arguments.items()),
        _("Input"): _("{channels} × {height} × {width} pixels").format(
            channels=card.channels, height=card.input_size[0], width=card.input_size[1]
        ),
        _("Preprocessing"): preprocessing(card),
        _("Classes"): _classes(card),
        _("Explained layer"): card.default_layer or "",
        _("Licence"): card.licence,
        _("Citation"): card.citation,
    }
    return found


def preprocessing(card: Card) -> str:
    """How an image becomes the network's input, in one sentence."""
    sides = _("shorter side") if isinstance(card.resize, int) else _("sides")
    size = str(card.resize) if isinstance(card.resize, int) else f"{card.resize[0]} × {card.resize[1]}"
    sentence = _("{sides} resized to {size} pixels ({kind}), centre {height} × {width} cropped, values from 0 to 1, minus {mean}, divided by {std}")  # fmt: skip  # noqa: E501
    mean, std = (", ".join(f"{number:g}" for number in numbers) for numbers in (card.mean, card.std))
    height, width = card.crop
    return sentence.format(
        sides=sides, size=size, kind=card.interpolation, height=height, width=width, mean=mean, std=std
    )


def _classes(card: Card) -> str:
    more = len(card.labels) - CLASSES_SHOWN
    names = ", ".join(card.labels[:CLASSES_SHOWN]) + (_(" and {more} more").format(more=more) if more > 0 else "")
    return f"{len(card.labels)}: {names}" if card.labels else ""


def facts_html(shown: list[Facts]) -> str:
    """A list of facts, one column a model; every word of others is made harmless."""
    names = [
        name for name in dict.fromkeys(name for found in shown for name in found) if any(f.get(name) for f in shown)
    ]
    cells = []
    for name in names:
        cells.append(f"<dt>{html.escape(name)}</dt>")
        mark = {_("Model"): ' class="name"', _("State"): ' class="badge"'}.get(name, "")
        cells += [f"<dd{mark}>{html.escape(found.get(name) or '–')}</dd>" for found in shown]
    return f'<dl class="facts {"two" if len(shown) > 1 else "one"}">{"".join(cells)}</dl>'
