"""Pin to compare: one answer stays in view beside the live one, on one colour scale where that is honest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.engine import Answer, Sight
from dashboard.explain.look import draw_kept, look, sensible
from dashboard.notice import draw_notices, notice
from dashboard.pin_link import forget, mirror, recalled, remember
from dashboard.reading import plain_title
from dashboard.text import _, escape, sentence_case
from vizlib.core.results import Attribution
from vizlib.figures.style import name_of, panels

if TYPE_CHECKING:
    from vizlib.core.recipe import Recipe

CARD = "explain"  # what the address calls it
PINNED, SCALE = f"held/{CARD}", "pin/scale"


@dataclass(frozen=True, eq=False)
class Pinned:
    """An answer as it was when it was pinned: with what the model said of its picture, and its look."""

    answer: Answer
    sight: Sight
    look: dict[str, Any]

    @property
    def recipe(self) -> "Recipe":
        return self.answer.recipe

    @property
    def label(self) -> str:
        """The explained class."""
        return self.sight.labels[self.recipe.target[0]]


def pinned() -> Pinned | None:
    """What this visit has pinned."""
    found: Pinned | None = st.session_state.get(PINNED)
    return found


def unpin() -> None:
    """Let go of what is pinned."""
    st.session_state.pop(PINNED, None)
    forget(CARD)


def pin_of_link() -> None:
    """Pin what the address says is pinned, as soon as it is known."""
    found = recalled(CARD)
    if found is not None and isinstance(found.answer.result, Attribution) and found.sights:
        st.session_state[PINNED] = Pinned(found.answer, found.sights[0], sensible(found.look))


def pin_button(technique: str, answer: Answer, sight: Sight, *, large: bool) -> None:
    """Pin an answer, or let it go when it is the one that is pinned."""
    kept = pinned()
    here = kept is not None and kept.recipe.digest() == answer.recipe.digest()
    word = _("Unpin") if here else _("Pin")
    st.button(
        word,
        key=f"pin {technique}",
        icon=":material/keep_off:" if here else ":material/keep:",
        help=_("Let go of the pinned picture") if here else _("Pin to compare: keep this picture beside the next ones"),
        on_click=unpin if here else _pin,
        args=() if here else (Pinned(answer, sight, look(technique, answer)), large),
    )
    draw_notices()
    mirror()


def _pin(kept: Pinned, large: bool) -> None:
    st.session_state[PINNED] = kept
    remember(CARD, kept.recipe, kept.look)
    if not large:
        notice(_("Pinned. Enlarge a method to see both side by side."), ":material/keep:")


def common_reach(technique: str, answer: Answer | None) -> float | None:
    """End of the colour scale that the pinned and the live map share; None where each has its own."""
    kept = pinned()
    if kept is None or answer is None or not st.session_state.get(SCALE, True) or not _comparable(kept, answer):
        return None
    absolute = {"absolute": bool(look(technique, answer).get("absolute"))}
    return max(_reach(kept.answer, {"absolute": bool(kept.look.get("absolute"))}), _reach(answer, absolute))


def _reach(answer: Answer, absolute: dict[str, Any]) -> float:
    return panels(answer.result, **absolute)[0].high


def _comparable(kept: Pinned, answer: Answer) -> bool:
    return kept.answer.result.unit == answer.result.unit


def beside_pinned(answer: Answer | None, sight: Sight | None, technique: str, live: Callable[[], None]) -> None:
    """The live picture, with the pinned one on its left while another one is pinned."""
    kept = pinned()
    if kept is None or sight is None:
        live()
        return
    if answer is not None and answer.recipe.digest() == kept.recipe.digest():
        live()
        st.caption(_("This picture is pinned. Change the model, the image, the method or a setting to compare."))
        return
    left, right = st.columns(2)
    with left:
        st.caption(f":material/keep: **{_('Pinned')}** · {escape(_titled(kept))}")
        draw_kept("pinned", kept.answer.result, kept.sight, kept.look, common_reach(technique, answer))
        st.button(_("Unpin"), key="unpin", icon=":material/keep_off:", on_click=unpin)
    with right:
        st.caption(f":material/visibility: **{_('Now')}**" + (f" · {escape(_now(answer, sight))}" if answer else ""))
        live()
    if answer is not None:
        _words(kept, answer, sight)


def _titled(kept: Pinned) -> str:
    return f"{plain_title(kept.recipe.technique, kept.label)}, {kept.recipe.model}"


def _now(answer: Answer, sight: Sight) -> str:
    return f"{plain_title(answer.recipe.technique, sight.labels[answer.recipe.target[0]])}, {answer.recipe.model}"


def _words(kept: Pinned, answer: Answer, sight: Sight) -> None:
    """What differs, and whether colours can be compared."""
    found = list(differences(kept.recipe, answer.recipe, kept.label, sight.labels[answer.recipe.target[0]]))
    shown = " · ".join(f"{escape(what)}: {escape(before)} → {escape(after)}" for what, before, after in found)
    st.markdown(f"**{_('What differs.')}** {shown}")
    if _comparable(kept, answer):
        st.toggle(_("One colour scale for both"), value=True, key=SCALE, persist_state="session")
    else:
        st.caption(_("The two maps have different units, so each has its own colour scale."))


def differences(before: "Recipe", after: "Recipe", old_label: str, new_label: str) -> Iterator[tuple[str, str, str]]:
    """What differs between two questions, as (what, before, after) in words."""
    yield from _different(_("Method"), _(name_of(before.technique)), _(name_of(after.technique)))
    yield from _different(_("Model"), before.model, after.model)
    yield from _different(_("Weights"), before.weights, after.weights)
    if [image["digest"] for image in before.images] != [image["digest"] for image in after.images]:
        yield (_("Image"), _images(before), _images(after))
    yield from _different(_("Class"), old_label, new_label)
    for name in before.options if before.technique == after.technique else ():
        yield from _different(sentence_case(_(name)), *(said(r.options.get(name)) for r in (before, after)))


def _images(recipe: "Recipe") -> str:
    """The first image by name, and how many come after it."""
    names = [image["name"] for image in recipe.images]
    more = _(" and {more} more").format(more=len(names) - 1) if len(names) > 1 else ""
    return (names[0] if names else "–") + more


def _different(what: str, before: str, after: str) -> Iterator[tuple[str, str, str]]:
    if before != after:
        yield (what, before, after)


def said(value: Any) -> str:
    if value is None:
        return _("automatic")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return " × ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
