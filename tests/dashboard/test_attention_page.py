"""The page Attention: calm where there is none, and from the click of a patch to its map where there is some."""

import pytest
import toys


def words(tab):
    kinds = ("markdown", "caption", "info", "error", "warning")
    return " ".join(one.value for kind in kinds for one in tab.get(kind)).replace("\\", "")


def open_page(app, settled):
    tab = app()
    tab.switch_page("../pages/attention.py").run()
    return settled(tab)


@pytest.fixture
def page(app, settled):
    return open_page(app, settled)


@pytest.fixture
def vit_page(models, monkeypatch, tmp_path, app, settled):
    """The page with a tiny vision transformer as the only model."""
    from dashboard import visit

    monkeypatch.setenv("VIZLIB_MODELS", toys.tiny_vit_card(tmp_path))
    visit._models.cache_clear()
    return open_page(app, settled)


def box(tab, label):
    return next(one for one in tab.selectbox if one.label == label)


def number(tab, label):
    return next(one for one in tab.number_input if one.label == label)


def test_a_model_without_attention_gets_one_calm_sentence_and_offers(page):
    assert not page.exception
    assert not page.error
    assert len(page.info) == 1
    assert "has no attention" in page.info[0].value
    labels = [button.label for button in page.button]
    assert "ViT-B/16 with random weights" in labels
    assert "Swin-T with random weights" in labels
    assert page.get("plotly_chart") == []
    assert "A stored example: ViT-B/16 before any training" in words(page)


def not_loaded(wanted, tick):
    raise ValueError("Large; not loaded in a test.")


def test_an_offer_chooses_the_network_with_random_weights(page, monkeypatch):
    here = page.session_state["visit"]
    monkeypatch.setattr(here.engine, "_load", not_loaded)
    next(button for button in page.button if button.label == "Swin-T with random weights").click().run()
    assert (here.listed().name, here.random) == ("swin_t", True)


def test_a_transformer_shows_a_head_all_heads_rollout_and_distances(vit_page):
    assert not vit_page.exception
    assert not vit_page.error
    assert len(vit_page.get("plotly_chart")) == 4
    assert box(vit_page, "Block").options == [
        f"encoder.layers.encoder_layer_{number}.self_attention" for number in range(2)
    ]
    assert box(vit_page, "Head").options == ["Mean over heads", "Head 0", "Head 1"]
    assert "where the class token looks" in words(vit_page)
    assert "the same for every class" in words(vit_page)


def test_a_patch_is_chosen_by_row_and_column_once_it_is_the_patch_that_looks(vit_page, settled):
    assert number(vit_page, "Row").disabled
    next(one for one in vit_page.get("button_group") if "Class token" in str(one.options)).set_value("patch").run()
    number(vit_page, "Row").set_value(0).run()
    number(vit_page, "Column").set_value(3).run()
    settled(vit_page)
    assert "where patch (0, 3) looks" in words(vit_page)


def test_another_block_is_another_question(vit_page, settled):
    box(vit_page, "Block").set_value("encoder.layers.encoder_layer_0.self_attention").run()
    settled(vit_page)
    assert "encoder_layer_0.self_attention, 2 heads: where the class token looks" in words(vit_page)


def test_block_head_and_patch_are_in_the_address_and_a_copied_link_opens_them(vit_page, settled, app):
    box(vit_page, "Block").set_value("encoder.layers.encoder_layer_0.self_attention").run()
    box(settled(vit_page), "Head").set_value(1).run()
    next(one for one in vit_page.get("button_group") if "Class token" in str(one.options)).set_value("patch").run()
    number(vit_page, "Row").set_value(3).run()
    first = settled(vit_page)
    address = {key: value[0] if isinstance(value, list) else value for key, value in first.query_params.items()}
    assert {key: address[key] for key in ("block", "head", "patch")} == {
        "block": "encoder.layers.encoder_layer_0.self_attention", "head": "1", "patch": "3,2",
    }  # fmt: skip
    second = app(**address)
    second.switch_page("../pages/attention.py").run()
    settled(second)
    assert "encoder_layer_0.self_attention" in words(second)
    assert "where patch (3, 2) looks" in words(second)
    assert (box(second, "Head").value, number(second, "Row").value) == (1, 3)
    box(second, "Head").set_value(0).run()
    assert box(second, "Head").value == 0, "a link chooses once"


@pytest.mark.parametrize("wrong", [{"block": "none"}, {"head": "99"}, {"patch": "9,0"}, {"patch": "a"}, {"head": "-1"}])
def test_a_link_to_what_the_model_has_not_opens_the_usual_picture(wrong, app, settled, models, monkeypatch, tmp_path):
    from dashboard import visit

    monkeypatch.setenv("VIZLIB_MODELS", toys.tiny_vit_card(tmp_path))
    visit._models.cache_clear()
    tab = app(**wrong)
    tab.switch_page("../pages/attention.py").run()
    settled(tab)
    assert not tab.exception
    assert "encoder_layer_1.self_attention, 2 heads: where the class token looks" in words(tab)
