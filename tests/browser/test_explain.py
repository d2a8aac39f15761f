"""Explain, as a person meets it: in Chromium, on a running server."""

import re

from playwright.sync_api import expect

METHODS = ("Saliency", "Guided backprop", "Occlusion", "Grad-CAM")
SQUEEZENET = "/explain?model=squeezenet1_1-imagenet"


def charts(page, count):
    """Wait for so many finished figures."""
    expect(page.locator(".js-plotly-plot")).to_have_count(count)
    expect(page.get_by_role("progressbar")).to_have_count(0)
    return page.locator(".js-plotly-plot")


def upload(page, *files):
    page.locator('input[type="file"]').first.set_input_files(list(files))


def start_long_occlusion(page):
    """Ask for an occlusion that takes long, and wait until it is under way."""
    page.get_by_role("spinbutton", name="Stride").fill("1")
    page.get_by_role("spinbutton", name="Stride").press("Enter")
    expect(page.get_by_text(re.compile(r"Occlusion of .* · \d+ %")).first).to_be_visible()


def test_a_bundled_image_is_explained_with_all_four_methods(visitor):
    page = visitor("/explain")
    charts(page, 4)
    for method in METHODS:
        expect(page.get_by_role("heading", name=method, exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert "/explain?" in page.url


def test_an_uploaded_photo_is_explained_with_all_four_methods_under_its_own_recipe(visitor, photos):
    from vizlib.core.recipe import recipe_for
    from vizlib.data.intake import read_image
    from vizlib.zoo.load import load_model

    page = visitor(SQUEEZENET)
    upload(page, photos / "samoyed.jpg")
    expect(page.get_by_text("samoyed.jpg").first).to_be_visible()
    charts(page, 4)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("radio", name="Grad-CAM").click()
    charts(page, 1)
    page.get_by_text("Recipe, Python and shell").click()
    model = load_model(photos.parent / "squeezenet")
    recipe = recipe_for("grad_cam", model, [("samoyed.jpg", read_image(photos / "samoyed.jpg").image)])
    expect(page.get_by_text(recipe.digest())).to_be_visible()


def test_a_wrong_file_gets_one_sentence_and_what_was_there_stays(visitor, tmp_path):
    page = visitor("/explain?method=saliency")
    charts(page, 1)
    chosen = page.locator('[aria-pressed="true"]').get_attribute("title")
    wrong = tmp_path / "page.jpg"
    wrong.write_text("<html><body>not a picture</body></html>")
    upload(page, wrong)
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("page.jpg: ")
    assert page.locator('[aria-pressed="true"]').get_attribute("title") == chosen
    charts(page, 1)


def test_the_downloaded_png_carries_the_recipe(visitor):
    from vizlib.core.metadata import read_recipe

    page = visitor("/explain?method=grad_cam")
    charts(page, 1)
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG", exact=True).click()
    assert download.value.suggested_filename.endswith(".png")
    recipe, digest = read_recipe(download.value.path())
    assert recipe.technique == "grad_cam"
    assert digest
    page.get_by_text("Recipe, Python and shell").click()
    expect(page.get_by_text(recipe.digest())).to_be_visible()


def test_another_thumbnail_is_another_picture_and_the_address_follows(visitor):
    page = visitor("/explain?method=saliency")
    charts(page, 1)
    other = page.locator('[aria-pressed="false"]').first
    name = other.get_attribute("title")
    other.click()
    expect(page.get_by_text(re.compile(rf" about {re.escape(name)}\."))).to_be_visible()
    expect(page).to_have_url(re.compile("image=" + name.replace(" ", r"(\+|%20)").replace(",", "(,|%2C)")))
    charts(page, 1)


def test_a_look_changes_the_picture_without_asking_again(visitor):
    page = visitor("/explain?method=grad_cam")
    charts(page, 1)
    before = page.evaluate(
        "document.querySelector('.js-plotly-plot').data.find((one) => one.type === 'heatmap').opacity"
    )
    page.get_by_role("slider", name="Opacity of the map").press("ArrowLeft")
    page.wait_for_function(
        f"document.querySelector('.js-plotly-plot').data.find((one) => one.type === 'heatmap').opacity < {before}"
    )
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_cancel_ends_a_long_occlusion_while_another_visitor_is_untouched(visitor, photos):
    page = visitor(SQUEEZENET + "&method=occlusion")
    start_long_occlusion(page)
    other = visitor("/explain?method=grad_cam")
    charts(other, 1)
    expect(page.get_by_role("button", name="Cancel").first).to_be_visible()
    page.get_by_role("button", name="Cancel").first.click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    charts(other, 1)


def test_the_work_of_a_closed_tab_stops(visitor, server, photos):
    page = visitor(SQUEEZENET + "&method=occlusion")
    start_long_occlusion(page)
    working = server.busy(2.0)
    page.context.close()
    assert any(server.busy(2.0) < working / 3 for _look in range(5))


def test_on_a_phone_the_cards_stand_below_each_other_and_nothing_is_cut_off(visitor):
    page = visitor("/explain", viewport={"width": 390, "height": 844}, color_scheme="dark")
    figures = charts(page, 4)
    boxes = [figures.nth(index).bounding_box() for index in range(4)]
    assert len({round(box["x"]) for box in boxes}) == 1
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_back_and_forward_show_what_their_address_names(visitor):
    page = visitor("/explain?method=saliency")
    charts(page, 1)
    page.get_by_role("radio", name="Grad-CAM").click()
    expect(page.get_by_role("heading", name="Grad-CAM", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("method=grad_cam"))
    page.go_back()
    expect(page.get_by_role("heading", name="Saliency", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("method=saliency"))
    page.go_forward()
    expect(page.get_by_role("heading", name="Grad-CAM", exact=True)).to_be_visible()
    page.get_by_role("link", name="Model", exact=True).click()
    expect(page).to_have_url(re.compile(r"/model\?"))
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", name="Grad-CAM", exact=True)).to_be_visible()


def test_the_click_to_the_logit_on_a_small_card_answers_and_the_cards_are_equally_high(visitor):
    page = visitor("/explain?model=scenes-resnet&image=boat+1")
    charts(page, 4)
    click = page.get_by_role("button", name="Hardly moves: measure the logit")
    expect(click).to_be_visible()
    cards = page.locator("[class*='st-key-small-card-']")
    assert len({round(cards.nth(number).bounding_box()["height"]) for number in range(4)}) == 1
    click.click()
    expect(page.get_by_text("drop of the logit").first).to_be_visible()
    expect(click).to_have_count(0)


def test_what_was_added_to_the_report_is_said_and_found_there(visitor):
    page = visitor("/explain?method=grad_cam")
    charts(page, 1)
    page.get_by_role("button", name="Add to report").click()
    expect(page.get_by_text("Added. Figures in the report: 1.")).to_be_visible()
    page.get_by_role("link", name="Report (1)").click()
    expect(page.get_by_text("1. Where the network sees boat")).to_be_visible()


def test_a_click_on_a_large_map_tells_its_value_and_what_hiding_the_spot_does(visitor):
    page = visitor("/explain?method=grad_cam")
    charts(page, 1)
    drag = page.locator(".js-plotly-plot .nsewdrag").last
    box = drag.bounding_box()
    drag.click(position={"x": 0.3 * box["width"], "y": 0.6 * box["height"]})
    expect(page.get_by_text(re.compile(r"^Row 5[67], column (28|29): "))).to_be_visible()
    expect(page.get_by_text(re.compile("pixels around it hidden"))).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Row")).to_have_value(re.compile("5[67]"))


def test_a_copied_link_opens_the_pinned_map_beside_the_live_one_equally_large(visitor):
    page = visitor("/explain?method=grad_cam")
    charts(page, 1)
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_text("This picture is pinned.")).to_be_visible()
    page.get_by_role("radio", name="Saliency").click()
    charts(page, 2)
    expect(page).to_have_url(re.compile("method=saliency&pin=explain"))
    fresh = visitor(page.url.removeprefix(page.url.split("/explain")[0]))
    charts(fresh, 2)
    expect(fresh.get_by_text(re.compile("Pinned · Where the network sees"))).to_be_visible()
    sides = "plots => plots.map(plot => plot._fullLayout.xaxis._length)"
    fresh.wait_for_function(f"() => new Set(({sides})([...document.querySelectorAll('.js-plotly-plot')])).size == 1")


def test_the_tab_key_leads_into_an_open_popover_and_out_of_it_to_the_next_button(visitor):
    page = visitor("/explain?model=digits-cnn&method=grad_cam")
    button = page.get_by_role("button", name="Download")
    button.focus()
    page.keyboard.press("Enter")
    inside = page.get_by_test_id("stPopoverBody").get_by_role("button")
    expect(inside.filter(has_text="PNG").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(inside.first).to_be_focused()
    inside.last.focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Add to report")).to_be_focused()
