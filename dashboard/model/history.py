"""The numbers of a training: read from a table, checked, and put into words."""

import csv
import io
import math
from dataclasses import dataclass

import numpy as np

from dashboard.text import _

COLUMNS = ("epoch", "train_loss", "train_accuracy", "heldout_loss", "heldout_accuracy")
MOST_BYTES, MOST_ROWS = 4 << 20, 100_000
NEAR = 0.1  # of ln C: closer than this counts as equal
_WORDS = {
    "train": ("train", "training", "fit"),
    "heldout": ("heldout", "held_out", "val", "valid", "validation", "test", "eval", "dev"),
    "loss": ("loss", "cross_entropy", "crossentropy", "nll", "ce"),
    "accuracy": ("accuracy", "acc", "top1", "top_1", "acc1", "sparse_categorical_accuracy", "categorical_accuracy"),
    "epoch": ("epoch", "epochs", "step", "steps", "iteration", "iter", "global_step"),
}


@dataclass(frozen=True, eq=False)
class History:
    """Numbers of each epoch.

    Attributes
    ----------
    values : dict of str to float array [rows]
        Those of ``COLUMNS`` that were found; accuracies are shares from 0 to 1; what is missing in a row is NaN.
    taken : dict of str to str
        The name in the file of each column.
    """

    values: dict[str, np.ndarray]
    taken: dict[str, str]

    @property
    def first_loss(self) -> float | None:
        """The first training loss, else the first other loss; None when the file has none."""
        for name in ("train_loss", "heldout_loss"):
            known = self.values.get(name, np.empty(0))
            known = known[~np.isnan(known)]
            if len(known):
                return float(known[0])
        return None


def read_history(content: bytes) -> History:
    """Read a CSV of learning curves; ValueError in one sentence when it is none."""
    heads, rows = _rows(content)
    taken: dict[str, int] = {}
    for index, head in enumerate(heads):
        taken.setdefault(column_of(head), index)
    taken.pop("", None)
    if not any(name != "epoch" for name in taken):
        raise ValueError(_("No column is named like a loss or an accuracy; name them train_loss, heldout_loss, …"))
    values = {name: _numbers(heads[index], [row[index] for row in rows]) for name, index in taken.items()}
    values.setdefault("epoch", np.arange(1.0, len(rows) + 1))
    for name in values:
        if name.endswith("accuracy"):
            values[name] = _shares(values[name])
    return History(values, {name: heads[index] for name, index in taken.items()})


def column_of(head: str) -> str:
    """Which of ``COLUMNS`` a heading means, by its words; empty when it means none of them."""
    name = "_".join("".join(letter if letter.isalnum() else " " for letter in head.lower()).split())
    if name in _WORDS["epoch"]:
        return "epoch"
    sets = [(part, word) for part in ("heldout", "train") for word in _WORDS[part]]
    part, rest = "train", name
    for found, word in sets:
        if name.startswith(f"{word}_") or name.endswith(f"_{word}"):
            part, rest = found, name.removeprefix(f"{word}_").removesuffix(f"_{word}")
            break
    measure = next((measure for measure in ("loss", "accuracy") if rest in _WORDS[measure]), "")
    return f"{part}_{measure}" if measure else ""


def _rows(content: bytes) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of equal length."""
    if len(content) > MOST_BYTES:
        raise ValueError(_("The table is larger than 4 MB; one row an epoch is enough."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(_("This is not a text file in UTF-8; save the table as CSV.")) from None
    first = text.strip().partition("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=mark) if any(cell.strip() for cell in row)]
    except csv.Error:
        raise ValueError(_("This is not a table in CSV; save it with one row an epoch.")) from None
    if len(rows) < 2 or len(rows) > MOST_ROWS:
        raise ValueError(_("The table needs a row of names and one row an epoch, at most 100 000 of them."))
    heads, rows = [cell.strip() for cell in rows[0]], rows[1:]
    uneven = next((number for number, row in enumerate(rows, start=2) if len(row) != len(heads)), None)
    if uneven:
        raise ValueError(_("Row {number} of the table has another number of columns.").format(number=uneven))
    return heads, rows


def _numbers(head: str, cells: list[str]) -> np.ndarray:
    numbers = np.full(len(cells), np.nan)
    for index, cell in enumerate(cells):
        try:
            numbers[index] = float(cell.strip().rstrip("%")) if cell.strip() else np.nan
        except ValueError:
            sentence = _("Column {head}, row {row}: {cell} is not a number.")
            found = {"head": repr(head[:40]), "row": index + 2, "cell": repr(cell[:40])}
            raise ValueError(sentence.format(**found)) from None
    numbers[np.isinf(numbers)] = np.nan
    if np.isnan(numbers).all():
        raise ValueError(_("Column {head} holds no number.").format(head=repr(head[:40])))
    return numbers


def _shares(values: np.ndarray) -> np.ndarray:
    """Per cent become shares."""
    return values / 100 if np.nanmax(values) > 1.5 else values


def first_loss_sentence(loss: float, classes: int) -> str:
    """How the first loss compares with that of guessing evenly among the classes."""
    even = math.log(classes)
    known = _("Guessing evenly among {classes} classes costs ln {classes} = {even}; the first loss here is {loss}: ")
    if loss > even * (1 + NEAR):
        rest = _("worse than guessing, so look at the learning rate, the initial weights and the labels.")
    elif loss < even * (1 - NEAR):
        rest = _("already better, as a loss averaged over a whole first epoch often is.")
    else:
        rest = _("about what a fresh network should begin with.")
    return known.format(classes=classes, even=f"{even:.3g}", loss=f"{loss:.3g}") + rest


def last_sentence(history: History) -> str:
    """Where the curves end, and what the two ends say together."""
    ends = {name: float(known[-1]) for name, v in history.values.items() if len(known := v[~np.isnan(v)])}
    if not {"train_accuracy", "heldout_accuracy"} <= set(ends):
        return ""
    gap = ends["train_accuracy"] - ends["heldout_accuracy"]
    sentence = _("It ends at {train} of the training images and {heldout} of held-out images right")
    rest = _(": the gap says how much was learned by heart.") if gap > 0.02 else "."
    shares = {key: f"{ends[f'{key}_accuracy']:.1%}".replace("%", " %") for key in ("train", "heldout")}
    return sentence.format(**shares) + rest


def history_csv(history: History) -> bytes:
    """The curves as they are drawn."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = [name for name in COLUMNS if name in history.values]
    writer.writerow(names)
    rows = zip(*(history.values[name] for name in names), strict=True)
    writer.writerows([["" if np.isnan(v) else f"{v:.10g}" for v in row] for row in rows])
    return text.getvalue().encode()


def alternative(history: History, measure: str, classes: int) -> str:
    """A figure of loss or accuracy in words."""
    parts = []
    for name, values in history.values.items():
        if name.endswith(measure):
            known = values[~np.isnan(values)]
            parts.append(f"{name.replace('_', ' ')} from {known[0]:.3g} to {known[-1]:.3g}")
    dashed = f" Dashed: ln {classes} = {math.log(classes):.3g}." if measure == "loss" else ""
    return f"Learning curves over {len(history.values['epoch'])} epochs: {', '.join(parts)}.{dashed}"
