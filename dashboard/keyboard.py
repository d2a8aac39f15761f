"""Tab leads from the button of a popover into it, and out of it to what follows; by itself it would be the last stop.

A popover is drawn at the end of the page, so the browser reaches it after everything else.
"""

import streamlit as st

_JS = """
export default function () {
  const body = () => document.querySelector('[data-testid="stPopoverBody"]');
  const owner = () => document.querySelector('[data-testid="stPopover"] button[aria-expanded="true"]');
  const kinds = "a[href], button, input, select, textarea, summary, [tabindex]";
  const stops = (inside) => [...inside.querySelectorAll(kinds)]
    .filter((one) => one.tabIndex >= 0 && !one.disabled && one.getClientRects().length);
  const tabbed = (event) => {
    const inside = body(), button = owner();
    if (event.key !== "Tab" || event.defaultPrevented || !inside || !button) return;
    const [all, now] = [stops(inside), document.activeElement];
    const at = all.indexOf(now);
    if (now === button && !event.shiftKey && all.length) {
      event.preventDefault();
      all[0].focus();
    } else if (at === 0 && event.shiftKey) {
      event.preventDefault();
      button.focus();
    } else if (at === all.length - 1 && at >= 0 && !event.shiftKey) {
      button.focus();  // from here the browser goes on to what follows the button
    }
  };
  document.addEventListener("keydown", tabbed);
  return () => document.removeEventListener("keydown", tabbed);
}
"""
_RULES = "<style>:has(> .st-key-keyboard) { position: absolute; height: 0; overflow: hidden; }</style>"
_listener = st.components.v2.component("vizlib_keyboard", js=_JS)


def keyboard() -> None:
    """Listen to the Tab key on every page."""
    with st.container(key="keyboard"):
        st.html(_RULES)
        _listener(key="listener")
