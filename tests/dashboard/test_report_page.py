"""The report of a visit: collected from cards, captioned, put in order, taken away."""

import io
import zipfile

from pypdf import PdfReader


def press(tab, label, number=0):
    return [button for button in tab.main.button if button.label == label][number].click().run()


def collected(app, settled, *methods):
    tab = app(method=methods[0])
    for method in methods:
        tab.session_state["visit"].method = method
        tab.session_state["visit"].enlarged += 1
        settled(tab.run())
        press(tab, "Add to report")
        assert not tab.exception
    tab.switch_page("../pages/report.py").run()
    assert not tab.exception
    return tab


def titles(tab):
    return [element.value for element in tab.main.markdown if element.value.startswith("###")]


def test_an_empty_report_says_what_to_do(app):
    tab = app(method="saliency")
    tab.switch_page("../pages/report.py").run()
    assert not tab.exception
    assert any("Add to report" in element.value for element in tab.main.markdown)
    assert tab.main.get("download_button") == []


def test_collected_figures_are_shown_with_captions_that_stay(app, settled):
    tab = collected(app, settled, "saliency", "grad_cam")
    assert [title[:6] for title in titles(tab)] == ["### 1.", "### 2."]
    tab.main.text_area[1].set_value("My words: $x$ <b>").run()
    tab.switch_page("../pages/explain.py").run()
    tab.switch_page("../pages/report.py").run()
    assert tab.main.text_area[1].value == "My words: $x$ <b>"
    assert tab.session_state["report"][1].entry().caption == "My words: $x$ <b>"


def test_the_same_figure_is_not_taken_twice(app, settled):
    tab = settled(app(method="saliency"))
    press(tab, "Add to report")
    button = next(button for button in tab.main.button if button.label == "In the report")
    assert button.disabled
    next(slider for slider in tab.main.slider if slider.label == "Opacity of the map").set_value(0.3).run()
    press(tab, "Add to report")  # another look is another figure
    assert [figure.display.get("opacity") for figure in tab.session_state["report"]] == [None, 0.3]


def test_figures_move_and_go(app, settled):
    tab = collected(app, settled, "saliency", "grad_cam")
    before = [figure.answer.recipe.technique for figure in tab.session_state["report"]]
    name = tab.session_state["report"][1].name
    next(button for button in tab.main.button if button.key == f"-1 {name}").click().run()
    assert [figure.answer.recipe.technique for figure in tab.session_state["report"]] == before[::-1]
    press(tab, "Remove")
    assert [figure.answer.recipe.technique for figure in tab.session_state["report"]] == ["saliency"]
    press(tab, "Remove")
    assert any("Nothing is collected" in element.value for element in tab.main.markdown)


def test_the_files_hold_every_figure_and_caption(app, settled):
    from dashboard.report import FILES, maker

    tab = collected(app, settled, "saliency", "grad_cam")
    tab.main.text_area[0].set_value("Seen at noon").run()
    assert [button.proto.label for button in tab.main.get("download_button")] == [
        "One page (HTML)", "One document (PDF)", "All figures and recipes (ZIP)",
    ]  # fmt: skip
    made = {suffix: maker(suffix, tab.session_state["report"], "Title")() for suffix in FILES}
    assert b"Seen at noon" in made["html"]
    assert "Seen at noon" in PdfReader(io.BytesIO(made["pdf"])).pages[0].extract_text()
    assert len(zipfile.ZipFile(io.BytesIO(made["zip"])).namelist()) == 2 + 2 * 3


def test_one_visit_does_not_see_the_report_of_another(app, settled):
    collected(app, settled, "saliency")
    other = app(method="saliency")
    other.switch_page("../pages/report.py").run()
    assert titles(other) == []
