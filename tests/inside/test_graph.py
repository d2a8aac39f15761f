"""The graph of a network's layers: its edges against closed forms and torch.fx, its blocks, and where it is drawn."""

import json

import numpy as np
import pytest
import torch
import torchvision
from inside.nets import Branches, untrained
from torch import fx, nn

from vizlib.core.errors import UnsupportedModel
from vizlib.inside.flow import layer_graph
from vizlib.inside.graph import LayerGraph, blocks, folded, graph_of, layout
from vizlib.inside.plain import from_plain, to_plain


def graph(model, size=64):
    return layer_graph(model.eval(), input_size=size)


def edges(found):
    """Edges by names; operations between layers by their kind."""
    names = [found.kinds[n] if found.joins[n] else name for n, name in enumerate(found.names)]
    return {(names[source], names[target]) for source, target in found.edges.tolist()}


def contracted(model):
    """Number of nodes and edges of the fx graph when operations with one source are dissolved."""
    made_by, arrows, nodes = {}, set(), 0
    for node in fx.symbolic_trace(model).graph.nodes:
        sources = {made_by[n] for n in node.all_input_nodes if made_by.get(n) is not None}
        if node.op in ("placeholder", "call_module") or (node.op.startswith("call") and len(sources) > 1):
            made_by[node] = node
            nodes += 1
            arrows |= {(source, node) for source in sources}
        elif node.op.startswith("call") and sources:
            (made_by[node],) = sources
    return nodes, len(arrows)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_sequential_network_is_a_path(count):
    found = graph(nn.Sequential(*(nn.Conv2d(1 if not n else 2, 2, 3) for n in range(count))))
    assert found.names == ("", *map(str, range(count)))
    assert found.edges.tolist() == [[n, n + 1] for n in range(count)]
    assert layout(found).width == 1


def test_two_ways_part_at_the_image_and_meet_in_the_join():
    found = graph(Branches(nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 3, padding=1), "cat"))
    assert edges(found) == {("", "one"), ("", "other"), ("one", "cat"), ("other", "cat"), ("cat", "end")}
    assert found.shapes[found.kinds.index("cat")] == (8, 64, 64)


def test_a_residual_block_has_the_skip_edge():
    block = torchvision.models.resnet.BasicBlock(8, 8)
    found = graph(nn.Sequential(nn.Conv2d(3, 8, 1), block))
    add = found.kinds.index("add")
    assert [found.names[n] for n in found.before(add)] == ["0", "1.bn2"]
    assert found.names.count("1.relu") == 2  # the layer runs twice
    assert layout(found).width == 2


def test_a_layer_that_passes_its_input_on_does_not_take_the_skip():
    found = graph(Branches(nn.Sequential(nn.Dropout(), nn.Conv2d(3, 3, 1)), nn.Identity()))
    assert edges(found) == {("", "one.0"), ("one.0", "one.1"), ("", "other"), ("one.1", "add"), ("other", "add"), ("add", "end")}  # fmt: skip  # noqa: E501


def test_a_layer_that_writes_in_place_is_what_the_others_read():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.relu, self.end = nn.Conv2d(3, 3, 1), nn.ReLU(inplace=True), nn.Conv2d(3, 3, 1)

        def forward(self, x):
            x = self.conv(x)
            self.relu(x)
            return self.end(x)

    assert edges(graph(Net())) == {("", "conv"), ("conv", "relu"), ("relu", "end")}


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "vgg11", "squeezenet1_1", "mobilenet_v2", "googlenet"])
def test_the_graph_is_that_of_fx_contracted_to_layers(name):
    arguments = {"aux_logits": False} if name == "googlenet" else {}
    model = untrained(name, **arguments)
    found = layer_graph(model, input_size=96)
    assert (len(found), len(found.edges)) == contracted(model)


@pytest.mark.parametrize(
    ("name", "depth"),
    [("resnet18", 18), ("resnet34", 34), ("resnet50", 50), ("vgg16", 16), ("densenet121", 121), ("googlenet", 22)],
)
def test_the_depth_is_the_number_in_the_name(name, depth):
    assert layer_graph(untrained(name), input_size=96).depth == depth


def test_an_inception_block_has_four_branches():
    found = layer_graph(untrained("googlenet"), input_size=96)
    joins = [n for n in range(len(found)) if found.joins[n]]
    assert len(joins) == 9
    assert {len(found.before(join)) for join in joins} == {4}
    assert layout(found).width == 4


def test_layer_n_of_a_dense_block_reads_all_before_it():
    found = layer_graph(untrained("densenet121"), input_size=64)
    cats = [n for n in range(len(found)) if found.joins[n] and "denseblock1" in found.names[n]]
    assert [len(found.before(cat)) for cat in cats] == [
        2,
        3,
        4,
        5,
        6,
        7,
    ]  # the first layer reads one; the block joins all


def test_attention_reads_through_the_tokens_and_keeps_its_skips():
    found = layer_graph(untrained("vit_b_16"), input_size=224)
    assert int(found.joins.sum()) == 24
    assert {found.kinds[n] for n in np.flatnonzero(found.joins)} == {"add"}


def test_the_model_stays_as_it_was():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    layer_graph(model, input_size=16)
    assert model.training
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_what_cannot_be_followed_is_said_in_one_sentence():
    with pytest.raises(UnsupportedModel, match=r"^layer_graph: the model cannot take images") as refusal:
        layer_graph(nn.Sequential(nn.Flatten(), nn.Linear(5, 2)), input_size=16)
    assert "\n" not in str(refusal.value)


# --- blocks ---------------------------------------------------------------------------------------------------------


def test_blocks_are_the_children_of_the_network():
    found = layer_graph(untrained("resnet50"), input_size=64)
    small = folded(found)
    children = [name for name, _module in untrained("resnet50").named_children()]
    assert list(small.names[1:]) == children
    assert small.edges.tolist() == [[n, n + 1] for n in range(len(children))]
    assert small.members.sum() == len(found)


def test_an_open_block_shows_its_layers_and_the_others_stay_closed():
    found = layer_graph(untrained("resnet50"), input_size=64)
    opened = folded(found, ["layer2"])
    inside = [name for name in found.names if name.split(".")[0] == "layer2"]
    assert [name for name in opened.names if name.split(".")[0] == "layer2"] == inside
    assert "layer3" in opened.names
    assert opened.members.sum() == len(found)


def test_a_network_of_one_child_is_taken_apart_further():
    names = list(dict.fromkeys(blocks(layer_graph(untrained("densenet121"), input_size=64))))
    assert "features.denseblock1" in names
    assert "features" not in names


def test_folding_what_has_no_blocks_changes_nothing():
    found = graph(nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU()))
    assert folded(found).digest() == found.digest()


# --- places ---------------------------------------------------------------------------------------------------------


def covered(found):
    """For each lane and row, the outputs that pass there or stand there."""
    places, cells = layout(found), {}
    for node, lane in enumerate(places.lanes):
        cells.setdefault((lane, node), set()).add(("node", node))
    for source, target, lane in places.routes:
        low, high = sorted((source, target))
        for row in range(low + 1, high):
            cells.setdefault((lane, row), set()).add(("edge", source))
    return cells


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "googlenet", "shufflenet_v2_x0_5"])
def test_no_edge_runs_through_a_node_or_along_the_edge_of_another(name):
    found = layer_graph(untrained(name), input_size=64)
    assert len(layout(found).routes) == len(found.edges)
    assert max(len(inside) for inside in covered(found).values()) == 1


def test_random_graphs_are_drawn_without_overlap():
    generator = np.random.default_rng(0)
    for _ in range(40):
        count = int(generator.integers(2, 25))
        pairs = [(a, b) for b in range(1, count) for a in range(b) if generator.random() < 0.2]
        found = graph_of(
            ["n"] * count, ["k"] * count, [()] * count, pairs, [0] * count, [0] * count, [1] * count, (1, 1)
        )
        assert max(len(inside) for inside in covered(found).values()) == 1


def test_a_stored_graph_is_the_same():
    found = graph(Branches(nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 1)))
    again = from_plain(LayerGraph, json.loads(json.dumps(to_plain(found))))
    assert again.digest() == found.digest()
