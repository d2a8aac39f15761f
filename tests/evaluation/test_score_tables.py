"""Tables of scores: every format gives the same examples, and what cannot be read is refused in one sentence."""

import io
import time
import zipfile

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from vizlib.evaluation import tables

COLUMNS = {"prob_cat": [0.9, 0.2, 0.4], "prob_dog": [0.1, 0.8, 0.6], "label": ["cat", "dog", "cat"]}


def as_csv(mark=","):
    rows = [mark.join(map(str, row)) for row in zip(*COLUMNS.values(), strict=True)]
    return "\n".join([mark.join(COLUMNS), *rows]).encode()


def as_parquet(columns=COLUMNS):
    content = io.BytesIO()
    parquet.write_table(pa.table(columns), content)
    return content.getvalue()


def as_npz(**arrays):
    content = io.BytesIO()
    np.savez_compressed(content, **(arrays or {name: np.array(values) for name, values in COLUMNS.items()}))
    return content.getvalue()


FORMATS = {
    "csv": as_csv(),
    "tsv": as_csv("\t"),
    "semicolons": as_csv(";"),
    "own table": b"# made by vizlib\n" + as_csv(),
    "parquet": as_parquet(),
    "npz": as_npz(),
}


@pytest.mark.parametrize("format", list(FORMATS))
def test_every_format_gives_the_same_examples(format):
    table = tables.read_table("scores", FORMATS[format])
    assert tables.guessed(table) == ("classes", ("prob_cat", "prob_dog"), ("label",))
    found = tables.classes(table, ["prob_cat", "prob_dog"], "label")
    assert found.names == ("cat", "dog")
    assert found.truth.tolist() == [0, 1, 0]
    np.testing.assert_array_equal(found.scores, np.stack([COLUMNS["prob_cat"], COLUMNS["prob_dog"]], axis=1))


def test_a_matrix_of_scores_with_the_names_of_its_classes():
    scores, truth = np.random.default_rng(0).random((5, 3)), np.array([0, 2, 1, 1, 0])
    table = tables.read_table("s", as_npz(scores=scores, truth=truth, names=np.array(["a", "b", "c"])))
    assert tables.guessed(table) == ("classes", ("a", "b", "c"), ("truth",))
    found = tables.classes(table, ["a", "b", "c"], "truth")
    np.testing.assert_array_equal(found.scores, scores)
    np.testing.assert_array_equal(found.truth, truth)


def test_two_columns_are_binary_and_the_positive_label_may_be_any():
    table = tables.read_table("s", b"y,s\nno,0.1\nyes,0.7\nno,0.4")
    assert tables.guessed(table) == ("binary", ("s",), ("y",))
    assert tables.binary(table, "s", "y", "yes").truth.tolist() == [False, True, False]
    assert tables.binary(table, "s", "y", "no").truth.tolist() == [True, False, True]


def test_as_many_columns_of_marks_as_of_scores_are_several_labels():
    table = tables.read_table("s", b"s_a,s_b,t_a,t_b\n0.1,0.9,0,1\n0.8,0.7,1,1")
    assert tables.guessed(table) == ("several", ("s_a", "s_b"), ("t_a", "t_b"))
    found = tables.several(table, ["s_a", "s_b"], ["t_a", "t_b"])
    assert found.truth.tolist() == [[False, True], [True, True]]
    assert found.names == ("a", "b")


def lying_header():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
        archive.writestr("scores.npy", head.getvalue())
    return content.getvalue()


BAD = {
    "empty": b"",
    "random bytes": bytes(range(256)) * 4,
    "broken parquet": as_parquet()[:-9],
    "cut parquet": b"PAR1" + b"\0" * 40,
    "broken archive": b"PK\x03\x04 nothing",
    "objects": as_npz(scores=np.array([{}, None], object)),
    "a header that lies": lying_header(),
    "uneven rows": b"a,b\n1,2\n3\n",
    "two names alike": b"a,a\n1,2\n",
    "no rows": b"a,b\n",
    "too many rows": as_parquet({"a": pa.DictionaryArray.from_arrays(np.zeros(20_000_001, np.int8), ["x"])}),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_is_no_table_is_refused_in_one_sentence(name):
    with pytest.raises(ValueError, match=r"\.$") as refused:
        tables.read_table("s", BAD[name])
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 220


def test_a_table_of_names_alone_is_told_that_it_has_no_rows():
    with pytest.raises(ValueError, match=r"^The table has no rows below the names"):
        tables.read_table("s", b"a,b\n")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"s,y\n0.1,1\n,0\n", "row 2"),
        (b"s,y\ninf,1\n0.2,0\n", "has one empty or infinite value, in row 1"),
        (b"s,y\ninf,1\n,0\n", "has 2 empty or infinite values, the first in row 1"),
        (b"s,y\n0.1,1\n0.2,\n", "without a label"),
        (b"s,y\nlow,1\nhigh,0\n", "no numbers"),
        (b"s,y\n0.1,1\n0.2,1\n", "positives and negatives"),
    ],
)
def test_a_column_that_cannot_be_used_is_named(content, word):
    table = tables.read_table("s", content)
    with pytest.raises(ValueError, match=word) as refused:
        tables.binary(table, "s", "y", "1")
    assert "'s'" in str(refused.value) or "'y'" in str(refused.value)


def test_labels_that_are_no_column_and_unequal_numbers_of_columns_are_refused():
    table = tables.read_table("s", b"a,b,y\n0.1,0.9,owl\n0.2,0.8,a\n")
    with pytest.raises(ValueError, match="'owl' is none of the chosen columns"):
        tables.classes(table, ["a", "b"], "y")
    with pytest.raises(ValueError, match="2 columns of scores and 1 of labels"):
        tables.several(table, ["a", "b"], ["a"])


def test_a_million_rows_of_parquet_are_read_in_a_moment():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 1_000_000).astype(np.int8)
    content = as_parquet({"score": generator.random(1_000_000), "label": labels})
    start = time.process_time()
    table = tables.read_table("s", content)
    found = tables.binary(table, *(one[0] for one in tables.guessed(table)[1:]), "1")
    assert time.process_time() - start < 1.5
    np.testing.assert_array_equal(found.truth, labels == 1)


@pytest.mark.parametrize(
    ("content", "kind", "scores"),
    [
        ("prob_cat,prob_dog,size,truth\n.9,.1,3,cat\n.2,.8,4,dog\n", "classes", ("prob_cat", "prob_dog")),
        ("id,score,label,fold\n0,.9,ill,1\n1,.1,well,2\n", "binary", ("score",)),
        ("id,cat,dog,label\n0,.9,.1,cat\n1,.1,.9,dog\n", "classes", ("cat", "dog")),
        ("s 0,s 1,s 2,weight,label\n.9,.1,0,5,0\n.1,.9,0,5,1\n", "classes", ("s 0", "s 1", "s 2")),
        ("a,b,label\n.5,.5,1\n.1,.9,7\n", "classes", ("a", "b")),
    ],
)
def test_columns_that_are_no_scores_are_left_out_of_the_guess(content, kind, scores):
    guess = tables.guessed(tables.read_table("mine.csv", content.encode()))
    assert (guess.kind, guess.scores) == (kind, scores)


def test_a_label_outside_the_range_is_the_one_that_is_named():
    table = tables.read_table("mine.csv", b"a,b,label\n.5,.5,1\n.1,.9,7\n.2,.8,0\n")
    with pytest.raises(ValueError, match="The label '7' is none of the chosen columns"):
        tables.classes(table, ["a", "b"], "label")
