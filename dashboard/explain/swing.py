"""Before and after, side by side: probabilities, Grad-CAM and activations of a picture with a part hidden."""

import functools
import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from dashboard.intake.pictures import PICTURE, data_uri
from dashboard.text import _, percent
from vizlib.core.results import Attribution
from vizlib.figures.style import panels, tick_label

if TYPE_CHECKING:
    from vizlib.attribution.results_hiding import Hiding

TOP = 5
_RULES = """
<style>
.verdict { margin: 0; font-size: 1.1rem; }
.swing { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
.swing :is(td, th) { border: 0; padding: .18rem .35rem; text-align: right; white-space: nowrap; font-weight: 400; }
.swing thead th { font-size: .8rem; color: light-dark(#566168, #a5b1b7); }
.swing :is(td, th):first-child { text-align: left; padding-left: 0; overflow: hidden; text-overflow: ellipsis;
        max-width: 9.5rem; }
.swing .explained th { font-weight: 650; }
.swing .bars { width: 40%; min-width: 3.5rem; }
.swing i { display: block; height: .38rem; min-width: 1px; margin: 2px 0; border-radius: .2rem;
        background: currentColor; opacity: .35; }
.swing i + i { opacity: .9; }
.twins { display: grid; grid-template-columns: 1fr 1fr; gap: .25rem .7rem; max-width: 30rem; font-size: .85rem;
        margin-top: .5rem; }
.twins h3 { grid-column: 1 / -1; margin: .5rem 0 0; padding: 0; font-size: .95rem; font-weight: 600; }
.twins figure { margin: 0; }
.twins img { display: block; width: 100%; image-rendering: pixelated; border-radius: 2px; }
.twins figcaption, .twins .bar { font-size: .8rem; color: light-dark(#4a555b, #b6c1c6); }
.twins .bar { grid-column: 1 / -1; display: grid; grid-template-columns: max-content 1fr max-content; gap: .5rem;
        align-items: center; }
.twins .bar i { height: .6rem; border-radius: 2px; }
.twins .bar small { grid-column: 1 / -1; text-align: center; font-size: inherit; }
</style>
"""


def rules() -> None:
    """How the comparison looks."""
    st.html(_RULES)


def verdict(found: "Hiding", labels: Sequence[str]) -> None:
    """In one sentence what became of the prediction; read aloud when it changes."""
    from vizlib.core.predict import probabilities

    before, after = probabilities(found.scores)
    st.html(f"<p class='verdict' role='status'>{_sentence(before, after, labels)}</p>")


def odds(found: "Hiding", labels: Sequence[str]) -> None:
    """The strongest classes before and after."""
    from vizlib.core.predict import probabilities

    before, after = probabilities(found.scores)
    explained = found.target
    shown = [int(index) for index in np.argsort(-np.maximum(before, after), kind="stable")[:TOP]]
    if explained not in shown:
        shown[-1] = explained
    heads = "".join(f"<th scope='col'>{html.escape(head)}</th>" for head in _heads())
    rows = "".join(_row(labels[index], before[index], after[index], index == explained) for index in shown)
    st.html(f"<table class='swing'><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>")


def _heads() -> tuple[str, ...]:
    return (_("Class"), "", _("Before"), _("After"), _("Points"))


def _sentence(before: np.ndarray, after: np.ndarray, labels: Sequence[str]) -> str:
    first, now = int(before.argmax()), int(after.argmax())
    words = {
        "first": f"<b>{html.escape(labels[first])}</b>",
        "now": f"<b>{html.escape(labels[now])}</b>",
        "before": html.escape(percent(float(before[first]))),
        "after": html.escape(percent(float(after[now]))),
    }
    if np.array_equal(before, after):
        return _("Nothing is hidden: {first}, {before}.").format(**words)
    if first == now:
        return _("Still {first}: {before} before, {after} now.").format(**words)
    return _("No longer {first} ({before}), now {now} ({after}).").format(**words)


def _row(label: str, before: float, after: float, explained: bool) -> str:
    name = html.escape(label)
    bars = f"<i style='width:{before:.1%}'></i><i style='width:{after:.1%}'></i>"
    cells = "".join(
        f"<td>{html.escape(cell)}</td>" for cell in (percent(before), percent(after), points(after - before))
    )
    mark = " class='explained'" if explained else ""
    head = f"<th scope='row' title='{name}'>{name}</th>"
    return f"<tr{mark}>{head}<td class='bars' aria-hidden='true'>{bars}</td>{cells}</tr>"


def points(change: float) -> str:
    """A change of a probability, in percentage points, with its sign."""
    if abs(change) < 0.0005:
        return "0"
    digits = 0 if abs(change) >= 0.1 else 1
    return f"{100 * change:+.{digits}f}".replace("-", "\u2212")


def pictures(found: "Hiding", views: Sequence[np.ndarray], labels: Sequence[str]) -> None:
    """Grad-CAM and the mean activation, each before and after on one scale."""
    if found.maps is None or found.activations is None:
        st.info(_(found.banners()[0]), icon=":material/info:")
        return
    label = labels[found.target]
    parts = [
        f"<h3>{html.escape(_('Where the network sees {label}').format(label=label))}</h3>",
        _cams(found.maps, views, labels),
        f"<h3>{html.escape(_('Mean activation of {layer}').format(layer=found.layer))}</h3>",
        _activations(found.activations, found.layer),
    ]
    st.html(f"<div class='twins'>{''.join(parts)}</div>")


def _cams(maps: Attribution, views: Sequence[np.ndarray], labels: Sequence[str]) -> str:
    shown = panels(maps, images=views, labels=labels, scale="shared")
    figures = ""
    for panel, word in zip(shown, (_("Before"), _("After")), strict=True):
        over = coloured(panel.values, panel.low, panel.high, panel.colours)
        assert panel.ground is not None
        ground = panel.ground if panel.ground.ndim == 3 else panel.ground[..., None]
        mixed = panel.opacity * over + (1 - panel.opacity) * ground
        figures += _figure(mixed.round().astype(np.uint8), panel.alternative, word)
    return figures + _bar(shown[0].low, shown[0].high, shown[0].colours, _(shown[0].unit))


def _activations(both: np.ndarray, layer: str | None) -> str:
    reach = float(np.abs(both).max()) or 1.0
    low, colours = (-reach, "RdBu") if both.min() < 0 else (0.0, "viridis")
    figures = ""
    for values, word in zip(both, (_("Before"), _("After")), strict=True):
        words = _("{state}: mean activation of {layer}, {height} by {width} positions, highest {high}.")
        size = {"height": values.shape[0], "width": values.shape[1], "high": tick_label(float(values.max()))}
        alternative = words.format(state=word, layer=layer, **size)
        figures += _figure(coloured(values, low, reach, colours).astype(np.uint8), alternative, word)
    return figures + _bar(low, reach, colours, _("mean over the channels"))


def _figure(pixels: np.ndarray, alternative: str, caption: str) -> str:
    alt = html.escape(alternative)
    return (
        f"<figure><img src='{picture_of(pixels)}' alt='{alt}'><figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _bar(low: float, high: float, colours: str, unit: str) -> str:
    stops = ", ".join(f"rgb({r:.0f} {g:.0f} {b:.0f})" for r, g, b in _table(colours)[::15])
    bar = f"<i style='background: linear-gradient(to right, {stops})'></i>"
    ends = f"<span>{tick_label(low)}</span>{bar}<span>{tick_label(high)}</span>"
    return f"<div class='bar'>{ends}<small>{html.escape(unit)}</small></div>"


def picture_of(pixels: np.ndarray) -> str:
    """An array of colours as an address; tiny ones keep their pixels visible."""
    return data_uri(Image.fromarray(np.ascontiguousarray(pixels)), PICTURE)


def coloured(values: np.ndarray, low: float, high: float, colours: str) -> np.ndarray:
    """A map in colours [height, width, 3], 0 to 255."""
    share = ((values - low) / (high - low or 1)).clip(0, 1)
    return _table(colours)[(share * 255).round().astype(int)]


@functools.lru_cache(maxsize=8)
def _table(colours: str) -> np.ndarray:
    """256 colours of a scale; diverging ones backwards, so that warm colours are positive."""
    from plotly.colors import get_colorscale, unlabel_rgb

    scale = get_colorscale(colours)
    stops = np.array([unlabel_rgb(colour) if colour.startswith("rgb") else _hex(colour) for _, colour in scale])
    if colours == "RdBu":
        stops = stops[::-1]
    at = [position for position, _ in scale]
    return np.stack([np.interp(np.linspace(0, 1, 256), at, channel) for channel in stops.T], axis=1)


def _hex(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))
