"""The command line: the same picture from the shell, one plain sentence for a mistake."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import asking
import numpy as np
import pytest
import toys
from PIL import Image
from safetensors.torch import load_file, save_file

import vizlib as vz
from vizlib.__main__ import MISTAKE, build_parser, main
from vizlib.core.metadata import read_recipe
from vizlib.core.options import options


def shell(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "vizlib", *map(str, arguments)], capture_output=True, text=True, cwd=cwd, timeout=240
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("technique", list(vz.TECHNIQUES))
def test_every_technique_writes_a_picture_with_its_recipe(technique, folder, capsys, monkeypatch):
    required = {"layer": "conv2", "unit": "0", "k": "2"}
    needed = [option.name for option in options(vz.TECHNIQUES[technique]) if option.required]
    flags = [word for name in needed for word in (f"--{name}", required[name])]
    quick = [word for name, value in asking.QUICK.get(technique, {}).items() for word in (f"--{name}", str(value))]
    if technique in asking.WITH_ATTENTION:
        monkeypatch.setenv("VIZLIB_MODELS", toys.tiny_vit_card(folder))
        Image.new("RGB", (28, 28), "teal").save("photo.png")
        flags += ["--model", "tiny-vit", "photo.png"]
    else:
        flags += ["--model", "digits-cnn", *(["digits:120"] if technique in asking.OVER_SETS else [])]
        kept = asking.OTHERS.get(technique, [])
        flags += ["--other" if technique == "loss_path" else "--checkpoints", *kept] if kept else []
    assert main([technique, *flags, *quick, "-o", "map.png"]) == 0
    recipe, digest = read_recipe(folder / "map.png")
    said = capsys.readouterr().out
    assert recipe.technique == technique
    assert f"recipe {recipe.digest()}" in said
    assert f"result {digest}" in said
    assert Image.open("map.png").size[0] > 300


@pytest.mark.parametrize("technique", list(vz.TECHNIQUES))
def test_every_option_has_its_flag_with_its_help(technique):
    text = " ".join(build_parser(technique).format_help().split())
    for option in options(vz.TECHNIQUES[technique]):
        assert f"--{option.name.replace('_', '-')}" in text
        assert option.help.split(";")[0] in text


@pytest.mark.parametrize("technique", list(vz.TECHNIQUES))
def test_no_option_has_the_name_of_a_flag_that_every_technique_has(technique):
    assert build_parser(technique).prog.endswith(technique)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf", "html", "npz", "json"])
def test_a_figure_is_made_again_from_any_file(ending, folder, capsys):
    main(["occlusion", "--model", "digits-cnn", "--window", "9", "--score", "probability", "-o", f"map.{ending}"])
    assert main(["rerun", f"map.{ending}"]) == 0
    assert "same: the numbers are identical" in capsys.readouterr().out


def test_a_figure_in_float64_is_made_again_in_float64(folder, capsys):
    assert main(["saliency", "--model", "digits-cnn", "--precision", "float64", "-o", "map.npz"]) == 0
    assert np.load("map.npz")["values"].dtype == np.float64
    assert main(["rerun", "map.npz"]) == 0
    assert "bit for bit" in capsys.readouterr().out


def test_a_fresh_process_makes_the_same_numbers(folder):
    made = shell("grad_cam", "--model", "digits-cnn", "-o", "cam.pdf", cwd=folder)
    again = shell("rerun", "cam.pdf", "-o", "again.svg", cwd=folder)
    assert (made.returncode, again.returncode, again.stderr) == (0, 0, "")
    digests = [line for line in made.stdout.splitlines() if line.startswith(("recipe ", "result "))]
    assert all(line in again.stdout for line in digests)
    assert "same" in again.stdout
    assert (folder / "again.svg").is_file()


def test_a_changed_weight_changes_the_verdict(folder, capsys):
    own = folder / "own"
    shutil.copytree(vz.load_model("digits-cnn").card.folder, own, ignore=shutil.ignore_patterns("runs"))
    card = own / "card.toml"
    card.write_text("\n".join(line for line in card.read_text().splitlines() if not line.startswith("sha256")))
    main(["saliency", "--model", "./own", "-o", "map.png"])
    tensors = load_file(own / "weights.safetensors")
    name = next(name for name in tensors if name.endswith("weight"))
    tensors[name].view(-1)[0] += 1e-4
    save_file(tensors, own / "weights.safetensors")
    capsys.readouterr()
    assert main(["rerun", "map.png"]) == 1
    assert "different: the weights of ./own changed" in capsys.readouterr().out


def test_a_changed_preprocessing_changes_the_verdict(folder, capsys):
    own = folder / "own"
    shutil.copytree(vz.load_model("digits-cnn").card.folder, own, ignore=shutil.ignore_patterns("runs"))
    main(["saliency", "--model", "./own", "-o", "map.png"])
    card = own / "card.toml"
    card.write_text(card.read_text() + '\ninterpolation = "bicubic"\n')
    assert main(["rerun", "map.png"]) == 1
    assert "different: the preprocessing of ./own changed" in capsys.readouterr().out


def test_rerun_finds_a_moved_image_by_its_pixels(folder, capsys):
    Image.radial_gradient("L").convert("RGB").save("one.png")
    main(["saliency", "--model", "digits-cnn", "one.png", "-o", "map.json"])
    shutil.move("one.png", "two.png")
    capsys.readouterr()
    assert main(["rerun", "map.json"]) == MISTAKE
    assert "'one.png' was not found by its pixels; give its file with --images." in capsys.readouterr().err
    assert main(["rerun", "map.json", "--images", "two.png"]) == 0


def test_a_difference_to_a_second_model_is_made_again_from_its_file(folder, capsys):
    second = ["--second", "digits-cnn", "--second-weights", "random"]
    assert main(["activation_difference", "--model", "digits-cnn", *second, "--layer", "conv1", "-o", "new.png"]) == 0
    recipe, _ = read_recipe(Path("new.png"))
    assert recipe.data["second"]["weights"] == "random"
    assert main(["rerun", "new.png"]) == 0
    assert "same: the numbers are identical" in capsys.readouterr().out


def test_a_class_is_named_or_numbered(folder, capsys):
    main(["saliency", "--model", "digits-cnn", "--target", "7", "-o", "seven.json"])
    assert json.loads((folder / "seven.json").read_text())["recipe"]["target"] == [7]
    main(["saliency", "--model", "scenes-resnet", "--target", "FISH", "-o", "fish.json"])
    assert ": fish, score" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["grad_camm"], "There is no command 'grad_camm'; did you mean grad_cam?"),
        (["saliency"], "The following arguments are required: --model"),
        (["saliency", "--model", "digits-cn"], "There is no model 'digits-cn'"),
        (["saliency", "--model", "digits-cnn", "none.png"], "none.png: The image file is not there"),
        (["saliency", "--model", "digits-cnn", "-o", "map.bmp"], "one of png, svg, pdf, html, npz, csv, json"),
        (["saliency", "--model", "digits-cnn", "-o", "no/map.png"], "The folder for 'map.png' does not exist"),
        (["saliency", "--model", "digits-cnn", "--target", "12"], "saliency: target must be from 0 to 9; got 12."),
        (["saliency", "--model", "digits-cnn", "--target", "cat"], "The model knows no class 'cat'."),
        (["saliency", "--model", "digits-cnn", "--window", "3"], "Unrecognized arguments: --window"),
        (
            ["occlusion", "--model", "digits-cnn", "--window", "0"],
            "occlusion: window must be an integer from 1 to 1024",
        ),
        (
            ["occlusion", "--model", "digits-cnn", "--fill", "red"],
            "occlusion: fill must be one of 'zero', 'mean', 'blur'",
        ),
        (["grad_cam", "--model", "digits-cnn", "--layer", "none.such"], "grad_cam: layer must be the name of a layer"),
        (
            ["grad_cam", "--model", "digits-cnn", "--colours", "rainbow"],
            "Argument --colours: invalid choice: 'rainbow'",
        ),
        (["grad_cam", "--model", "digits-cnn", "--opacity", "2"], "Argument --opacity: invalid number from 0 to 1"),
        (["rerun", "none.png"], "'none.png' cannot be read"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(arguments, sentence, folder, capsys):
    assert main(arguments) == MISTAKE
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err


def test_lists_and_help_import_nothing_large(folder):
    code = (
        "import sys, vizlib.__main__ as m\n"
        "for words in (['--help'], ['techniques'], ['models']): m.main(words)\n"
        "print([name for name in ('torch', 'torchvision', 'plotly', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_help_is_there_for_every_command():
    for command in ("saliency", "rerun", "models", "techniques"):
        done = shell(command, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("usage: python -m vizlib")


def test_the_real_network_explains_the_real_dog(real, folder):
    made = shell("grad_cam", "--model", real / "squeezenet", real / "photos/samoyed.jpg", "-o", "cam.pdf", cwd=folder)
    assert (made.returncode, made.stderr) == (0, "")
    again = shell("rerun", "cam.pdf", cwd=folder)
    assert "same" in again.stdout
