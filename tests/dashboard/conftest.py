"""Pages run on the smallest bundled model, each test with a worker of its own."""

import os
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

REPOSITORY = Path(__file__).resolve().parents[2]
ENTRY = REPOSITORY / "dashboard" / "streamlit_app.py"
PATIENCE = 60


@pytest.fixture
def models(monkeypatch):
    """Folder of the models that the pages offer."""
    from dashboard import visit

    folder = REPOSITORY / "models" / "digits-cnn"
    monkeypatch.setenv("VIZLIB_MODELS", str(folder))
    visit._models.cache_clear()
    yield folder
    visit._models.cache_clear()


@pytest.fixture
def twin(models, tmp_path, monkeypatch):
    """The same model once more, under another name."""
    from dashboard import visit

    folder = tmp_path / "digits-twin"
    folder.mkdir()
    for name in ("labels.txt", "weights.safetensors"):
        (folder / name).write_bytes((models / name).read_bytes())
    card = (models / "card.toml").read_text(encoding="utf-8").replace('"digits-cnn"', '"digits-twin"', 1)
    (folder / "card.toml").write_text(card, encoding="utf-8")
    monkeypatch.setenv("VIZLIB_MODELS", os.pathsep.join(map(str, (models, folder))))
    visit._models.cache_clear()
    return "digits-twin"


@pytest.fixture
def engine(monkeypatch):
    """An engine that no other test has used."""
    from dashboard import visit
    from dashboard.engine import Engine
    from dashboard.worker import Worker

    made = Engine(Worker())
    made.painted.set()  # no browser calls back
    monkeypatch.setattr(visit, "engine", lambda: made)
    yield made
    made.worker.close()


@pytest.fixture
def app(models, engine):
    """Open the app at an address, as a new visitor."""

    def open_app(**address):
        tab = AppTest.from_file(str(ENTRY), default_timeout=PATIENCE)
        for key, value in {"method": "saliency", **address}.items():
            tab.query_params[key] = value
        tab.run()
        tab.switch_page("../pages/explain.py")
        return tab.run()

    return open_app


@pytest.fixture
def settled():
    """Run a page until nothing is under way, as its timers would."""

    def asked(tab):
        visit = tab.session_state["visit"]
        return visit.engine.worker.jobs(visit.owner)

    def settle(tab):
        end = time.monotonic() + PATIENCE
        while True:
            while tab.session_state["visit"].jobs():
                assert time.monotonic() < end, [job.label for job in tab.session_state["visit"].jobs()]
                time.sleep(0.05)
            before = asked(tab)
            tab.run()
            if before == asked(tab) and not tab.session_state["visit"].jobs():
                return tab  # this run asked for nothing: what it shows is all there is

    return settle
