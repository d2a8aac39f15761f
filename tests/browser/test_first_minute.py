"""The first minute of a person: answers at once, nothing is lost, nobody disturbs anybody."""

import re

from playwright.sync_api import expect

SQUEEZENET = "/explain?model=squeezenet1_1-imagenet"
RUNNING = re.compile(r"Occlusion of .* · \d+ %")


def test_a_long_occlusion_leaves_the_page_alive_and_cancel_ends_it_while_another_visitor_works(visitor, photos):
    page = visitor(SQUEEZENET + "&method=occlusion")
    page.get_by_role("spinbutton", name="Stride").fill("1")
    page.get_by_role("spinbutton", name="Stride").press("Enter")
    expect(page.get_by_text(RUNNING).first).to_be_visible()
    other = visitor("/explain?method=grad_cam")
    expect(other.locator(".js-plotly-plot")).to_have_count(1)
    page.get_by_role("radio", name="Saliency").click()
    expect(page.get_by_role("heading", name="Saliency", exact=True)).to_be_visible()
    expect(page.get_by_text(RUNNING).first).to_be_visible()  # the answer came while the long work went on
    page.get_by_role("radio", name="Occlusion").click()
    expect(page.get_by_role("heading", name="Occlusion", exact=True)).to_be_visible()
    page.get_by_role("button", name="Cancel").first.click()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_text("Cancelled.").first).to_be_visible()
    expect(other.locator(".js-plotly-plot")).to_have_count(1)
    expect(other.get_by_text("Cancelled.")).to_have_count(0)


def test_a_repeated_question_is_answered_at_once(visitor):
    page = visitor("/explain?method=grad_cam")
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    page.get_by_role("radio", name="Saliency").click()
    expect(page.get_by_role("heading", name="Saliency", exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    page.get_by_role("radio", name="Grad-CAM").click()
    expect(page.get_by_role("heading", name="Grad-CAM", exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
