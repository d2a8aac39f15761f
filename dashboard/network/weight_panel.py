"""The weights of every layer: their distribution, and what a penalty during training leaves of them."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.inside import ask_model, under_way
from dashboard.inside_card import inside_card
from dashboard.model.layer_card import CLEAR, config
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job, Progress

if TYPE_CHECKING:
    from vizlib.inside.results_weights import ComparedWeights, WeightHistograms
    from vizlib.zoo.model import Model

RUNS = ("momentum", "l1", "l2")  # one start, the same batches, the same optimiser


def weight_panel(here: Visit) -> None:
    """Histograms and numbers of every layer; for a model that brings its runs, those with a penalty beside it."""
    if here.sight() is None:
        return  # the page says what it waits for
    st.subheader(_("Weights"), anchor=False)
    outcome = ask_model(here, "inside/weights", "weights")
    if inside_card(here, outcome, "weights") is None or isinstance(outcome, Job):
        return
    result: Any = outcome.result
    with st.expander(_("Numbers of every layer"), icon=":material/table:"):
        st.dataframe(_table(result), hide_index=True, key="weight table", column_config=_formats())
    runs = _runs(here)
    if runs:
        _penalties(here, runs)


def _table(result: "WeightHistograms") -> list[dict[str, Any]]:
    columns = {
        _("Layer"): result.layers,
        _("Kind"): result.kinds,
        _("Weights"): result.sizes.tolist(),
        _("Mean"): result.mean.tolist(),
        _("σ"): result.std.tolist(),
        _("Near zero, below {limit:g} σ").format(limit=result.relative): result.near_zero.tolist(),
        _("Below {limit:g}").format(limit=result.threshold): result.below.tolist(),
        _("Exactly zero"): result.zeros.tolist(),
        _("L1 norm"): result.l1.tolist(),
        _("L2 norm"): result.l2.tolist(),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _formats() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {_("Mean"): number(format="%.3g"), _("σ"): number(format="%.3g"), _("L1 norm"): number(format="%.4g"), _("L2 norm"): number(format="%.4g")}  # fmt: skip  # noqa: E501


def _runs(here: Visit) -> dict[str, Path]:
    """The stored trainings that differ in their penalty alone, if the model brings them."""
    folder = None if here.random else here.listed().folder
    files = {name: folder / "runs" / f"{name}.safetensors" for name in RUNS} if folder else {}
    return files if all(file.is_file() for file in files.values()) else {}


def _penalties(here: Visit, runs: dict[str, Path]) -> None:
    st.markdown(f"**{_('What a penalty leaves of the weights')}**")
    key, label = ("compared weights", here.model_name()), _("Weights of three trainings")
    work = partial(_compared, runs, [_("no penalty"), _("L1 penalty"), _("L2 penalty")])
    job = here.engine.with_model(here.owner, "inside/penalties", key, label, here.model_name(), work)
    if job.state != "done":
        under_way(here, job)
        return
    _draw(job.value)


def _compared(runs: dict[str, Path], names: list[str], model: "Model", tick: Progress) -> "ComparedWeights":
    """The last checkpoint of every run, in the network of the model."""
    import copy

    from safetensors.torch import load_file

    from vizlib.inside.weight_histograms import compared_weights

    networks = {}
    for name, file in zip(names, runs.values(), strict=True):
        stored = load_file(file)
        last = max(key.partition(".")[0] for key in stored)
        network = copy.deepcopy(model.module)
        network.load_state_dict({key.removeprefix(f"{last}."): stored[key] for key in stored if key.startswith(last)})
        networks[name] = network
    return compared_weights(networks, progress=tick)


def _draw(result: "ComparedWeights") -> None:
    from vizlib.figures.interactive import figure

    drawn = figure(result)
    drawn.update_layout(title=None, margin_t=8, paper_bgcolor=CLEAR)
    st.plotly_chart(drawn, key="chart penalties", config=config(), alt=drawn.layout.meta["alternative"])
    sentence = _("Near zero, below {limit:g} σ of their layer: {shares}.")
    shares = [f"{name} {result.total(model):.1%}" for model, name in enumerate(result.models)]
    st.markdown(escape(sentence.format(limit=result.relative, shares=", ".join(shares))))
    st.caption(
        _(
            "The same network from the same start and with the same batches, trained without a penalty, with one on "
            "the sum of magnitudes (L1), and with one on the sum of squares (L2). The bar around zero is orange; "
            "each column has one scale, so the rows can be compared."
        )
    )
