"""The section Weights of the page Layers."""

import numpy as np

from dashboard.network.weight_panel import RUNS, _compared
from vizlib.zoo.load import load_model


def test_layers_tells_the_weights_and_what_a_penalty_leaves_of_them(app, settled):
    tab = app()
    tab.switch_page("../pages/layers.py").run()
    tab = settled(tab)
    assert not tab.exception
    assert "Weights" in [head.value for head in tab.subheader]
    table = next(frame.value for frame in tab.dataframe if "Layer" in frame.value)
    assert table["Layer"].tolist() == ["conv1", "conv2", "conv3", "fc"]
    assert any("L1 penalty" in line.value.replace("\\", "") for line in tab.markdown)


def test_the_l1_penalty_leaves_a_third_of_the_weights_near_zero_and_the_others_hardly_any():
    model = load_model("digits-cnn")
    from vizlib.zoo.cards import list_models

    folder = next(one.folder for one in list_models() if one.name == "digits-cnn")
    files = {name: folder / "runs" / f"{name}.safetensors" for name in RUNS}
    found = _compared(files, ["none", "l1", "l2"], model, lambda done, total: None)
    assert [found.total(row) > 0.3 for row in range(3)] == [False, True, False]
    assert (found.l1[1] < found.l1[0]).all()
    assert (found.std[2] < found.std[0]).all()
    assert np.array_equal(found.counts.sum(2), np.tile(found.sizes, (3, 1)))
