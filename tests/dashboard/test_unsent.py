"""A widget that was drawn but not sent yet must reach the browser before the browser hears that the run is complete."""

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from dashboard.unsent import keep_unsent

COMPLETE = ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY
PART = "the part that is drawn again"


def drawn(text, *path):
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.fragment_id = PART
    message.delta.new_element.text.body = text
    return message


def ended(status=COMPLETE):
    message = ForwardMsg()
    message.script_finished = status
    return message


def order(queue):
    """What the browser hears, one word per message."""
    kinds = [(message.WhichOneof("type"), message) for message in queue.flush()]
    return [m.delta.new_element.text.body if kind == "delta" else "end" for kind, m in kinds]


def waiting(*messages):
    keep_unsent()
    queue = ForwardMsgQueue()
    for message in messages:
        queue.enqueue(message)
    return queue


def test_what_a_complete_run_drew_is_sent_before_its_end_and_before_the_part_is_drawn_again():
    queue = waiting(drawn("before", 0, 1), ended())
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[PART])
    queue.enqueue(drawn("after", 0, 1))
    assert order(queue) == ["before", "end", "after"]


def test_what_an_overtaken_run_drew_is_still_thrown_away():
    queue = waiting(drawn("before", 0, 1), ended())
    queue.clear(retain_lifecycle_msgs=True)
    assert order(queue) == ["end"]
    queue = waiting(drawn("before", 0, 1), ended(ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN))
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[PART])
    assert order(queue) == ["end"]


def test_a_flushed_queue_is_empty():
    queue = waiting(drawn("before", 0, 1), ended())
    queue.flush()
    assert queue.is_empty()
