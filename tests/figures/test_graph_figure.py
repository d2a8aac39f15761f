"""The graph of the layers as a file: every node and every way is drawn, and the recipe goes with it."""

import numpy as np
import pytest
from torch import nn

import vizlib as vz
from vizlib.core.metadata import read_recipe
from vizlib.core.recipe import perform, recipe_for
from vizlib.figures.export import to_bytes
from vizlib.figures.graph import BLOCK, JOIN, graph_plan
from vizlib.figures.interactive import figure
from vizlib.inside.flow import layer_graph


@pytest.fixture(scope="module")
def table():
    model = vz.load_model("digits-cnn")
    recipe = recipe_for("model_summary", model, [])
    return recipe, perform(recipe, model, []), layer_graph(model)


@pytest.mark.parametrize("format", ["png", "svg", "pdf", "html"])
def test_a_file_of_the_graph_carries_the_recipe_of_the_table_of_layers(table, format):
    recipe, result, graph = table
    found, digest = read_recipe(to_bytes(result, format, recipe=recipe, graph=graph))
    assert (found.digest(), digest) == (recipe.digest(), result.digest())


def test_every_layer_is_named_in_the_drawing_and_every_edge_is_a_way(table):
    recipe, result, graph = table
    text = to_bytes(result, "svg", recipe=recipe, graph=graph).decode()
    assert all(f">{name}</text>" in text for name in graph.names[1:])
    plan = graph_plan(graph)
    assert len(plan.ways) == len(graph.edges)
    for (points, _), (source, target) in zip(plan.ways, graph.edges.tolist(), strict=True):
        np.testing.assert_array_equal(points[[0, -1]], plan.dots[[source, target]])


def test_a_large_network_is_drawn_as_blocks_one_of_them_open():
    net = nn.Sequential(*(nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU()) for _ in range(60)))
    graph = layer_graph(net, input_size=4)
    closed, opened = graph_plan(graph), graph_plan(graph, "7")
    assert closed.kinds.count(BLOCK) == 60
    assert len(opened.names) == len(closed.names) + 1
    assert "7.0" in opened.names
    assert JOIN not in closed.kinds


def test_names_of_others_are_no_markup_on_the_screen(table):
    _, result, graph = table
    drawn = figure(result, graph=graph)
    assert len(drawn.data[-1].text) == len(graph)
    assert drawn.layout.meta["alternative"].startswith("Graph of the layers")
