"""Another language is one catalogue: with every key of the template translated, no English is left on a page."""

import pytest

MARK = "⁂"


@pytest.fixture
def pseudo_language(tmp_path, monkeypatch):
    """A language in which every sentence begins with a mark."""
    from babel.messages.mofile import write_mo

    from dashboard import text
    from dashboard.locale.make import template

    catalogue = template()
    for message in catalogue:
        if message.id:
            message.string = MARK + message.id
            message.flags.discard("fuzzy")
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "dashboard.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(text, "LOCALE", tmp_path)
    monkeypatch.setattr(text, "_language", lambda: "xx")
    text._catalogue.cache_clear()
    yield
    text._catalogue.cache_clear()


def labels(tab):
    kinds = ("button", "toggle", "slider", "selectbox", "number_input", "expander", "file_uploader", "title")
    return [(kind, getattr(one, "label", None) or getattr(one, "value", "")) for kind in kinds for one in tab.get(kind)]


def test_no_label_of_explain_stays_english(app, settled, pseudo_language):
    tab = settled(app(method="occlusion"))
    english = [(kind, label) for kind, label in labels(tab) if label and MARK not in label]
    assert len(labels(tab)) > 10
    assert english == []


def test_no_label_of_model_stays_english(app, settled, pseudo_language):
    tab = app()
    tab.switch_page("../pages/model.py").run()
    tab = settled(tab)
    english = [(kind, label) for kind, label in labels(tab) if label and MARK not in label]
    assert english == []


def test_the_template_has_every_option_with_its_help():
    from dashboard.controls import settings
    from dashboard.locale.make import template
    from vizlib.index import TECHNIQUES

    catalogue = template()
    missing = [
        (technique, option.name)
        for technique in TECHNIQUES
        for option in settings(technique)
        if option.name not in catalogue or option.help not in catalogue
    ]
    assert missing == []
