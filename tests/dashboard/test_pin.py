"""Pin to compare: one answer stays beside the live one, whatever else changes."""

from dataclasses import replace

import pytest


def press(tab, label):
    return next(button for button in tab.main.button if button.label == label).click().run()


def charts(tab):
    return tab.get("plotly_chart")


def ends(chart):
    import json

    (trace,) = [trace for trace in json.loads(chart.proto.spec)["data"] if trace["type"] == "heatmap"]
    return trace["zmin"], trace["zmax"]


def words(tab):
    return "\n".join(element.value for element in [*tab.main.markdown, *tab.main.caption])


def other_layer(tab):
    box = next(box for box in tab.main.selectbox if box.label == "Layer")
    return box.set_value("conv1").run()


def test_the_pinned_map_stands_beside_another_layer_on_one_scale_until_it_is_let_go(app, settled):
    tab = settled(app(method="grad_cam"))
    before = ends(charts(tab)[0])
    press(tab, "Pin")
    assert len(charts(tab)) == 1  # the live one is the pinned one
    settled(other_layer(tab))
    assert not tab.exception
    pinned, live = charts(tab)
    assert ends(pinned) == ends(live)
    assert "Layer: " in words(tab)
    assert "→ conv1" in words(tab)
    next(toggle for toggle in tab.main.toggle if toggle.label == "One colour scale for both").set_value(False).run()
    pinned, live = charts(tab)
    assert ends(pinned) == before
    assert ends(live) != before
    press(tab, "Unpin")
    assert len(charts(tab)) == 1


def test_a_shared_scale_ends_at_the_larger_of_the_two(app, settled):
    tab = settled(app(method="grad_cam"))
    press(tab, "Pin")
    first = ends(charts(tab)[0])[1]
    settled(other_layer(tab))
    _, answer = tab.session_state["visit"].shown["grad_cam"]
    assert ends(charts(tab)[0])[1] == pytest.approx(max(first, answer.result.values.max()))


def test_the_pin_survives_another_page_another_picture_and_another_class(app, settled):
    from dashboard.intake.pictures import sample_shots

    tab = settled(app(method="grad_cam"))
    press(tab, "Pin")
    second = sample_shots("digits-cnn")[1].name
    alternative = charts(tab)[0].proto.alt
    tab.switch_page("../pages/model.py").run()
    tab.session_state["visit"].picture = sample_shots("digits-cnn")[1].digest
    tab.switch_page("../pages/explain.py").run()
    settled(tab)
    assert len(charts(tab)) == 2
    assert charts(tab)[0].proto.alt == alternative
    assert "Image: " in words(tab)
    assert second.replace(".", "\\.") in words(tab) or second in words(tab)


def test_maps_of_different_units_keep_their_own_scales_and_it_is_said(app, settled):
    tab = settled(app(method="grad_cam"))
    press(tab, "Pin")
    tab.session_state["visit"].method = "occlusion"
    tab.session_state["visit"].enlarged += 1
    settled(tab.run())
    assert len(charts(tab)) == 2
    assert "Method: Grad\\-CAM → Occlusion" in words(tab)
    assert "different units" in words(tab)
    assert [toggle for toggle in tab.main.toggle if toggle.label == "One colour scale for both"] == []


def test_differences_name_what_changed_and_nothing_else(app, settled):
    from dashboard.explain.pin import differences

    recipe = settled(app(method="grad_cam")).session_state["visit"].ask("grad_cam").recipe
    assert list(differences(recipe, replace(recipe, seed=1, versions={}), "a", "a")) == []
    other = replace(recipe, model="m", options={**recipe.options, "signed": True})
    assert list(differences(recipe, other, "cat", "dog")) == [
        ("Model", recipe.model, "m"), ("Class", "cat", "dog"), ("Signed", "no", "yes"),
    ]  # fmt: skip
