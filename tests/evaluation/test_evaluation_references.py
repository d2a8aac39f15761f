"""Every paper that a function of the evaluation names has an entry in the bibliography."""

import re

import pytest

import vizlib as vz
from vizlib.citations import cited, references
from vizlib.index import NAMES

FUNCTIONS = [name for name, entry in NAMES.items() if entry.module.startswith("vizlib.evaluation.")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_reference_of_the_evaluation_has_an_entry(name):
    years = re.findall(r"\((\d{4})\)", references(getattr(vz, name)))
    assert sorted(work.facts["year"] for work in cited(getattr(vz, name))) == sorted(years)
