"""The page Evaluation in a real browser: a table is dropped, a cell of the matrix is clicked, an image is opened."""

from playwright.sync_api import expect


def test_a_mistake_of_the_matrix_shows_its_images_and_one_of_them_opens_on_explain(visitor):
    page = visitor("/evaluation?model=scenes-resnet")
    expect(page.get_by_text("400 bundled scenes").first).to_be_visible()
    expect(page.locator("[data-testid=stMain] .js-plotly-plot").first).to_be_visible()
    page.get_by_text("Confusion", exact=True).click()
    expect(page.get_by_text("Mixed up most often")).to_be_visible()
    boat = page.locator("[data-testid=stMain] .js-plotly-plot .scatterlayer .point").first
    boat.click(force=True)
    expect(page.get_by_text("boat taken for boat", exact=False)).to_be_visible()
    page.locator(".found .one").first.click()
    expect(page.get_by_role("heading", name="Why did it decide that?")).to_be_visible()
    expect(page.locator('.pick[aria-pressed="true"] img[alt^="boat"]')).to_be_visible()


def test_a_dropped_table_shows_its_curve_at_once(visitor):
    page = visitor("/evaluation?model=scenes-resnet")
    page.get_by_text("A table of scores").click()
    table = "\n".join(["score,label", *(f"{n / 40},{int(n % 3 > 0)}" for n in range(40))])
    chosen = {"name": "mine.csv", "mimeType": "text/csv", "buffer": table.encode()}
    page.locator("[data-testid=stMain] input[type=file]").first.set_input_files(chosen)
    expect(page.get_by_text("40 rows, 2 columns", exact=False)).to_be_visible()
    expect(page.locator("[data-testid=stMain] .js-plotly-plot").first).to_be_visible()
