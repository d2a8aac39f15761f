"""Every paper that a technique names can be cited."""

import re

import pytest

from vizlib.citations import WORKS, bibtex, cited, references
from vizlib.index import TECHNIQUES


@pytest.mark.parametrize("name", list(TECHNIQUES))
def test_every_technique_with_references_has_each_of_them_as_bibtex(name):
    text = references(TECHNIQUES[name])
    numbers = set(re.findall(r"arXiv:(\d{4}\.\d{4,5})", text))
    works = cited(TECHNIQUES[name])
    assert numbers <= {work.mark for work in works}
    assert bool(works) == bool(text)


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.key)
def test_a_paper_has_what_a_bibliography_needs_and_its_braces_close(work):
    assert {"author", "title", "year"} < set(work.facts)
    assert {"booktitle", "journal", "institution"} & set(work.facts)
    assert all(value.count("{") == value.count("}") for value in work.facts.values())
    surname = re.sub(r"\W", "", work.facts["author"].split(",")[0]).casefold()
    assert work.key.startswith(f"{surname}{work.facts['year']}")


def test_the_keys_differ():
    assert len({work.key for work in WORKS}) == len(WORKS)


def test_grad_cam_is_cited_as_one_entry():
    assert bibtex(TECHNIQUES["grad_cam"]) == (
        "@inproceedings{selvaraju2017gradcam,\n"
        "  author = {Selvaraju, Ramprasaath R. and Cogswell, Michael and Das, Abhishek and Vedantam, Ramakrishna and "
        "Parikh, Devi and Batra, Dhruv},\n"
        "  title = {{Grad-CAM: Visual Explanations from Deep Networks via Gradient-Based Localization}},\n"
        "  booktitle = {IEEE International Conference on Computer Vision},\n"
        "  pages = {618--626},\n  year = {2017},\n  eprint = {1610.02391},\n  archivePrefix = {arXiv},\n}"
    )
