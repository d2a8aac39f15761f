"""My pictures on a map that is there: where the images of the tray land among those of the set."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from dashboard.inside import under_way
from dashboard.intake.pictures import Shot
from dashboard.space.ask import Space, ask, ask_model_of
from dashboard.space.canvas import Drawing
from dashboard.space.pictures import Faces
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job

if TYPE_CHECKING:
    from vizlib.space.results import Embedding, Features


@dataclass(frozen=True, eq=False)
class Landed:
    """Pictures of the tray and where they land; ``shots`` and ``points`` have one order."""

    shots: Sequence[Shot]
    points: np.ndarray

    def added(self, drawing: Drawing, faces: Faces | None) -> Drawing:
        """A drawing with them on it."""
        first, count = len(drawing.points), len(self.points)
        index = np.concatenate([drawing.painted.index, np.full(count, len(drawing.painted.palette))])
        palette, kinds = (*drawing.painted.palette, "rgb(200,30,60)"), (*drawing.painted.kinds, 3)
        kinds = kinds if drawing.painted.kinds else ()
        sheet = drawing.sheet if faces is None else self._sheet(faces)
        return replace(
            drawing,
            points=np.concatenate([drawing.points, self.points]),
            names=[*drawing.names, *(_("{name}\nfrom my pictures").format(name=shot.name) for shot in self.shots)],
            painted=replace(drawing.painted, index=index, palette=palette, kinds=kinds),
            landed=range(first, first + count),
            sheet=sheet,
        )

    def _sheet(self, faces: Faces) -> Any:
        return faces.with_others([shot.preview for shot in self.shots]).sheet


def features_of_shots(here: Visit, space: Space, shots: Sequence[Shot], slot: str) -> "Features | Job":
    """Features of pictures of the tray at the layer of a space; they stay in this visit.

    Two parts of the page that ask for different pictures have two slots, or each would end the work of the other.
    """
    layer, pool = space.features.layer, space.features.pool

    def work(model: Any, tick: Any) -> Any:
        from vizlib.core.predict import batch_of
        from vizlib.index import TECHNIQUES

        images = batch_of(model, [shot.open() for shot in shots])
        return TECHNIQUES["features"](model, images, layer=layer, pool=pool, progress=tick)

    key = (layer, pool, tuple(shot.digest for shot in shots))
    found: Any = ask_model_of(here, slot, key, _("Features of my pictures"), work)
    return found  # type: ignore[no-any-return]


def landing(here: Visit, space: Space, map_: "Embedding") -> Landed | None:
    """The switch, and where the pictures of the tray land; they move nothing that is there."""
    tip = _("Your pictures are placed into the map as it is; nothing else moves.")
    if not st.toggle(_("My pictures on the map"), key="space mine", persist_state="session", help=tip):
        return None
    shots = here.shots()
    found = features_of_shots(here, space, shots, "landed")
    if isinstance(found, Job):
        under_way(here, found)
        return None

    def work(tick: Any) -> Any:
        from vizlib.space.placing import embed_new

        return embed_new(map_, space.features, found, progress=tick)

    key = (space.key, map_.digest(), tuple(shot.digest for shot in shots))
    placed = ask(here, "landing", key, _("Placing my pictures"), work)
    if isinstance(placed, Job):
        under_way(here, placed)
        return None
    for note in placed.notes:
        st.caption(escape(_(note)))
    return Landed(shots, placed.points)
