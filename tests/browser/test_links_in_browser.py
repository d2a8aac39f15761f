"""A copied link, as a person uses it: what was moved is in the address, and a new visitor finds it there."""

import re

from playwright.sync_api import expect


def copied(visitor, page):
    """The same address, opened by somebody else."""
    return visitor("/" + page.url.split("/", 3)[3])


def test_a_moved_threshold_and_a_view_of_evaluation_are_in_the_link(visitor):
    page = visitor("/evaluation?model=digits-cnn")
    slider = page.get_by_role("slider", name="Threshold: at least this score is let through")
    slider.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"choices=class%3A\d~threshold%3A[01]\.\d+"))
    moved = slider.input_value()
    other = copied(visitor, page)
    expect(other.get_by_role("slider", name=re.compile("^Threshold"))).to_have_value(moved)
    page.get_by_text("Confusion", exact=True).click()
    expect(page).to_have_url(re.compile("view%3Aclasses"))
    page.get_by_text("Alike classes together").click()
    expect(page).to_have_url(re.compile("alike%3Aon"))
    page.go_back()
    expect(page).to_have_url(re.compile("view%3Aclasses(?!.*alike)"))
    expect(page.get_by_role("switch", name="Alike classes together")).not_to_be_checked()


def test_a_link_computes_the_landscape_that_was_copied(visitor):
    page = visitor("/loss_landscape?model=digits-cnn&choices=steps:7~span:0.5")
    page.get_by_role("button", name="Compute", exact=True).click()
    expect(page).to_have_url(re.compile("choices=computed%3Asurface"))
    title = page.get_by_text(re.compile(r"Loss on two filter-normalised random directions: .* over 360 images"))
    expect(title).to_be_visible()
    other = copied(visitor, page)
    expect(other.get_by_text(title.inner_text())).to_be_visible()


def test_what_is_selected_in_one_of_two_maps_is_counted_for_both_models(visitor):
    page = visitor("/embeddings?model=scenes-resnet&set=scenes:400&map=pca&beside=scenes-shortcut")
    expect(page.locator(".over canvas")).to_have_count(2)
    expect(page.get_by_text("images nearest to an image in one layer")).to_be_visible()
    page.get_by_role("button", name="Box", exact=True).last.click()
    box = page.locator(".over canvas").last.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5, steps=3)
    page.mouse.up()
    expect(page.get_by_text("400 images selected")).to_be_visible()
    expect(page.get_by_text(re.compile("For the 400 selected images it is"))).to_be_visible()
