"""Maps of images on screen and paper: the same colours and words, no thumbnail over another, tables that open."""

import io

import numpy as np
import pytest
import toys

import vizlib as vz
from vizlib.figures import interactive, space, space_neighbors, space_table, static
from vizlib.space.results import Embedding, Placement


@pytest.fixture(scope="module")
def found():
    return vz.pca(toys.features())


def pictures(count):
    return [np.full((9, 9, 3), 10 * row % 256, np.uint8) for row in range(count)]


def test_a_class_has_its_own_colour_and_its_place_in_the_legend(found):
    groups = space.colouring(found, "label").groups
    assert [group.name for group in groups] == ["a", "b", "c"]
    assert sorted(np.concatenate([group.rows for group in groups]).tolist()) == list(range(24))
    drawn = interactive.figure(found)
    assert [trace.name for trace in drawn.data] == ["a", "b", "c"]
    assert drawn.data[1].marker.color == space.rgb(groups[1].colour)
    assert [text.get_text() for text in static.figure(found).axes[0].get_legend().get_texts()] == ["a", "b", "c"]


def test_a_class_keeps_its_colour_when_another_is_missing(found):
    fewer = Embedding(found.points[:2], "pca", labels=np.array([2, 1]), classes=found.classes)
    wanted = {group.name: group.colour for group in space.colouring(found, "label").groups}
    assert all(group.colour == wanted[group.name] for group in space.colouring(fewer, "label").groups)


@pytest.mark.parametrize("colour", ["confidence", "trust", np.linspace(0, 1, 24)], ids=["confidence", "trust", "own"])
def test_numbers_are_on_a_scale_with_a_bar(found, colour):
    assert interactive.figure(found, colour=colour).data[0].marker.colorbar.thickness
    assert len(static.figure(found, colour=colour).axes) == 2


def test_right_and_wrong_are_told_by_the_names_of_the_classes(found):
    groups = space.colouring(found, "correct").groups
    assert len(groups[1].rows) == int((found.labels != found.predicted).sum())


def test_a_column_of_another_length_or_name_is_refused(found):
    with pytest.raises(ValueError, match="one value for each of the 24 images"):
        space.colouring(found, np.zeros(3))
    with pytest.raises(ValueError, match="colour must be label, predicted"):
        space.colouring(found, "size")


def test_snapped_thumbnails_never_cover_each_other_and_are_all_there():
    points = np.random.default_rng(0).normal(size=(200, 2)) ** 3
    baked = space.bake(points, pictures(200), size=16, snap=True)
    assert len(np.unique(np.round(baked.centres, 9), axis=0)) == 200
    assert (baked.pixels[..., 3] > 0).sum() == 200 * 16 * 16


def test_thumbnails_lie_at_their_points_when_not_snapped(found):
    baked = space.bake(found.points, pictures(24), size=10)
    assert baked.centres == pytest.approx(found.points, abs=0.02)


@pytest.mark.parametrize("backend", [interactive, static])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_thumbnails_new_images_and_chosen_ones_are_drawn(backend, dimensions):
    flat = vz.pca(toys.features(), dimensions=dimensions)
    added = Placement(np.zeros((2, dimensions)), "pca", ("new", "newer"))
    look = {"images": pictures(24), "thumbnails": True, "snap": True, "selected": [1, 2], "placed": added}
    assert backend.figure(flat, **look) is not None
    assert backend.figure(flat.quality) is not None


def test_markup_in_a_name_stays_text():
    given = Embedding(np.eye(2), "pca", names=("<b>x</b>", "y"), labels=np.array([0, 1]), classes=("<i>", "b"))
    drawn = interactive.figure(given)
    assert "<b>" not in drawn.data[0].text[0]
    assert drawn.data[0].name == "&lt;i&gt;"


def test_the_strip_has_a_tile_for_each_neighbour_framed_by_its_label():
    near = vz.nearest_neighbors(toys.features(), k=3)
    plan = space_neighbors.strip(near, images=pictures(24), queries=[4], beside=near)
    assert len(plan.captions) == 1 + 3 + 1 + 3
    left = space_neighbors.TILE + 2 * space_neighbors.GAP
    same = near.labels[near.indices[4, 0]] == near.labels[4]
    assert tuple(plan.pixels[1, left + 1]) == (space.RIGHT if same else space.WRONG)


def test_the_table_opens_as_csv_and_as_parquet(found):
    from pyarrow import parquet

    text = space_table.to_csv(found, size=np.arange(24)).decode().splitlines()
    assert text[0] == "name,x,y,label,predicted,confidence,correct,trust,size"
    assert len(text) == 25
    table = parquet.read_table(io.BytesIO(space_table.to_parquet(found)))
    assert table.column("x").to_pylist() == found.points[:, 0].tolist()
    assert table.column("label").to_pylist()[:3] == ["a", "b", "c"]
