"""Keeps what Streamlit has not sent yet when a part of a page is drawn again.

A whole run may have ended while its messages still wait. When a part that draws itself again (a fragment) then begins,
Streamlit throws away what the whole run had said about that part, but still tells the browser that the run was
complete. The browser takes the widgets it never heard of off the page and forgets their values. Here what waits is
sent first, in its order.
"""

from typing import Any

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def keep_unsent() -> None:
    """Let no message of a complete run be thrown away for a fragment, in any tab; to be called again does no harm."""
    ForwardMsgQueue.clear = _clear_less  # type: ignore[method-assign]


def _clear_less(self: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: Any = None) -> None:
    if retain_lifecycle_msgs and fragment_ids_this_run and any(map(_complete, self._queue)):
        self._delta_index_map = {}  # nor is it replaced in its place by what the fragment says
    else:
        _clear(self, retain_lifecycle_msgs, fragment_ids_this_run)


def _complete(message: ForwardMsg) -> bool:
    """Whether a message says that a whole run has ended."""
    ended = message.WhichOneof("type") == "script_finished"
    return ended and message.script_finished == ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY
