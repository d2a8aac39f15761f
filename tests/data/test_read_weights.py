"""Weights at the door: safe files are read exactly, hostile ones refused fast by what they are."""

import collections
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
import safetensors.torch
import torch
from torch import nn

from vizlib.data.intake import Weights, check_fit, read_weights, tensors_digest
from vizlib.data.loader_process import LOADER
from vizlib.data.pickle_machine import MOST_CONTAINERS, MOST_STEPS
from vizlib.data.safetensors_header import places


class Net(nn.Sequential):
    """A class that exists here only, as users' own models do."""


def network() -> Net:
    torch.manual_seed(0)
    return Net(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4, 3)).eval()


STATE = network().state_dict()


def saved(content: object, **options: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def listing(entries: dict[str, object] | bytes, data: bytes = b"") -> bytes:
    """A safetensors file with this header."""
    header = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(header)) + header + data


def tensor(shape: list[int], start: int, stop: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


def archive(pickled: bytes, storages: dict[str, bytes] | None = None, method: int = zipfile.ZIP_STORED) -> bytes:
    """A checkpoint as torch writes it, around any pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr("archive/data.pkl", pickled)
        file.writestr("archive/byteorder", "little")
        for key, values in (storages or {}).items():
            file.writestr(f"archive/data/{key}", values)
        file.writestr("archive/version", "3\n")
    return buffer.getvalue()


def short(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def number(value: int) -> bytes:
    return b"\x8a\x10" + value.to_bytes(16, "little")


def described(shape: list[int], stride: list[int], held: int, offset: int = 0, word: bytes = b"FloatStorage") -> bytes:
    """Opcodes that rebuild one tensor over a storage named '0'."""
    named = b"(" + short("storage") + b"ctorch\n" + word + b"\n" + short("0") + short("cpu") + number(held) + b"tQ"
    sides = b"(" + b"".join(map(number, shape)) + b"t(" + b"".join(map(number, stride)) + b"t"
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n("
        + named
        + number(offset)
        + sides
        + b"\x89ccollections\nOrderedDict\n)RtR"
    )


def one_tensor(*arguments: object, values: bytes = bytes(4), **options: object) -> bytes:
    pickled = b"\x80\x02}" + short("weight") + described(*arguments, **options) + b"s."
    return archive(pickled, {"0": values})


def refused(data: bytes | Path | str, within: float = 2.0, growth: float = 100e6) -> str:
    """The sentence of a refusal, which must take little processor time and memory and never reach torch."""
    process = psutil.Process()
    before, child = process.memory_info().rss, LOADER._child
    start = time.process_time()
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        read_weights(data)
    assert time.process_time() - start < within
    assert process.memory_info().rss - before < growth
    assert LOADER._child is child
    sentence = str(caught.value)
    assert sentence.endswith(".")
    for word in ("\n", "/", "<", "`", "weights_only", "safe_globals", "Traceback"):
        assert word not in sentence
    return sentence


def equal(weights: Weights, state: dict[str, torch.Tensor]) -> bool:
    return weights.tensors.keys() == state.keys() and all(torch.equal(weights.tensors[k], state[k]) for k in state)


# What is read


def test_safetensors_are_read_bit_for_bit() -> None:
    weights = read_weights(safetensors.torch.save(STATE))
    assert equal(weights, STATE)
    assert weights.notes == ()


def test_every_plain_type_survives_both_formats() -> None:
    state = {
        str(dtype).removeprefix("torch."): torch.arange(6).reshape(2, 3).to(dtype)
        for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn,
                      torch.float8_e5m2, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.uint16,
                      torch.uint32, torch.bool, torch.complex64)
    }  # fmt: skip
    state |= {"empty": torch.zeros(0, 3), "single": torch.tensor(2.5)}
    for data in (safetensors.torch.save(state), saved(state)):
        tensors = read_weights(data).tensors
        assert tensors.keys() == state.keys()
        for name, values in state.items():
            assert tensors[name].dtype == values.dtype
            assert tensors[name].shape == values.shape
            assert torch.equal(tensors[name].to(torch.complex64), values.to(torch.complex64))


@pytest.mark.parametrize("plain", [False, True])
def test_checkpoints_of_both_layouts_are_read_bit_for_bit(plain: bool) -> None:
    weights = read_weights(saved(STATE, _use_new_zipfile_serialization=not plain))
    assert equal(weights, STATE)
    assert list(weights.tensors) == list(STATE)
    assert weights.notes == ()


def test_parameters_views_and_tied_weights_are_read() -> None:
    whole = torch.randn(6, 4)
    state = {"whole": nn.Parameter(whole), "turned": whole.T, "part": whole[2:4, 1:], "again": whole}
    weights = read_weights(saved(state))
    assert equal(weights, {name: values.detach() for name, values in state.items()})
    assert all(values.is_contiguous() for values in weights.tensors.values())


def test_digest_is_that_of_the_values_in_any_format() -> None:
    digest = read_weights(safetensors.torch.save(STATE)).digest
    assert digest == read_weights(saved(STATE)).digest == tensors_digest(STATE)
    assert digest == tensors_digest(dict(reversed(STATE.items())))
    changed = STATE | {"4.bias": STATE["4.bias"] + 1e-7}
    assert digest != tensors_digest(changed)
    assert digest != tensors_digest(STATE | {"4.bias": STATE["4.bias"].reshape(3, 1)})


def test_nested_state_dict_is_unwrapped_with_notes_and_equal_predictions() -> None:
    optimizer = torch.optim.Adam(network().parameters())
    inside = {f"module.{name}": values for name, values in STATE.items()}
    content = {"state_dict": inside, "epoch": 3, "best": torch.tensor(0.5), "optimizer": optimizer.state_dict()}
    weights = read_weights(saved(content))
    assert equal(weights, STATE)
    notes = " ".join(weights.notes)
    assert all(word in notes for word in ("state_dict", "epoch", "optimizer", "module."))
    images = torch.randn(2, 1, 3, 3)
    model = network()
    nn.init.zeros_(model[4].weight)
    model.load_state_dict(weights.tensors)
    assert torch.equal(model(images), network()(images))


@pytest.mark.parametrize("key", ["model", "model_state_dict", "net", "anything"])
def test_other_names_around_a_state_dict_are_unwrapped(key: str) -> None:
    assert equal(read_weights(saved({key: STATE, "losses": [0.5, 0.25]})), STATE)
    assert equal(read_weights(saved({"checkpoint": {key: STATE}})), STATE)


def test_names_of_wrappers_are_taken_off() -> None:
    for front in ("module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."):
        weights = read_weights(safetensors.torch.save({front + name: values for name, values in STATE.items()}))
        assert equal(weights, STATE)
        assert weights.notes
    averaged = torch.optim.swa_utils.AveragedModel(network()).state_dict()
    assert equal(read_weights(saved(averaged)), STATE)


def test_module_stays_where_only_some_names_have_it() -> None:
    state = {"module.weight": torch.ones(2), "head.weight": torch.ones(3)}
    assert equal(read_weights(safetensors.torch.save(state)), state)


def test_several_sets_of_weights_are_told_apart_by_the_user() -> None:
    assert "'generator', 'critic'" in refused(saved({"generator": STATE, "critic": STATE}))


def test_path_is_read_like_bytes(tmp_path: Path) -> None:
    for data in (saved(STATE), safetensors.torch.save(STATE)):
        path = tmp_path / "weights of mine"
        path.write_bytes(data)
        assert equal(read_weights(path), STATE)
        assert equal(read_weights(str(path)), STATE)


def test_ten_thousand_tensors_are_read() -> None:
    state = collections.OrderedDict((f"layer{i}.weight", torch.full((2,), float(i))) for i in range(9_990))
    assert len(read_weights(saved(state)).tensors) == 9_990


def test_real_weights_are_read(real: Path) -> None:
    for path in (real / "weights").glob("*.safetensors"):
        assert equal(read_weights(path), safetensors.torch.load_file(path))


def test_refusals_import_no_torch(tmp_path: Path) -> None:
    (tmp_path / "model.pth").write_bytes(saved(network()))
    (tmp_path / "half").write_bytes(safetensors.torch.save(STATE)[:-5])
    (tmp_path / "empty").write_bytes(b"")
    script = (
        "import sys, vizlib.data.intake as intake\n"
        "for name in sys.argv[1:]:\n"
        "    try: intake.read_weights(name)\n"
        "    except ValueError: pass\n"
        "    else: raise SystemExit(1)\n"
        "raise SystemExit('torch' in sys.modules or 'streamlit' in sys.modules)"
    )
    paths = [str(path) for path in tmp_path.iterdir()]
    assert subprocess.run([sys.executable, "-c", script, *paths], timeout=60, check=False).returncode == 0


# What would run code, or is something else


class Runs:
    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[object, ...]:
        return self.call


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("function", [os.system, eval, subprocess.check_output, getattr])
def test_pickles_that_run_code_are_refused_as_such(
    protocol: int, function: Callable[..., object], tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    content = {"weight": torch.zeros(1), "x": Runs(function, f"touch {mark}")}
    plain = pickle.dumps(content["x"], protocol)
    for data in (
        saved(content),
        saved(content, _use_new_zipfile_serialization=False),
        archive(plain),
        plain,
    ):
        assert "run code" in refused(data)
    assert not mark.exists()


def test_whole_pickled_models_are_refused_with_their_class() -> None:
    for data in (saved(network()), saved({"model": network(), "epoch": 1}), pickle.dumps(network())):
        sentence = refused(data)
        assert "whole pickled model" in sentence
        assert "torch.save(model.state_dict(), 'weights.pth')" in sentence
    assert "Net" in refused(saved(network()))


def test_whole_old_model_is_refused() -> None:
    assert "whole pickled model" in refused(saved(network(), _use_new_zipfile_serialization=False))


def test_names_of_classes_are_shown_as_text() -> None:
    pickled = b"\x80\x02c__main__\n![](http://evil.example/a.png)<img src=x onerror=y>\n)\x81."
    sentence = refused(archive(pickled))
    assert "http:" not in sentence
    assert "![" not in sentence
    assert "whole pickled" in sentence or "Python objects" in sentence


@pytest.mark.filterwarnings("ignore")
def test_torchscript_is_refused_as_such() -> None:
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.trace(network(), torch.randn(1, 1, 3, 3)), buffer)
    assert "TorchScript" in refused(buffer.getvalue())


def test_arrays_and_objects_beside_weights_are_refused() -> None:
    for content in ({"weight": np.zeros(3)}, {"weight": torch.ones(2), "best": np.float64(3)}, {"a": Path("x")}):
        assert "Python objects" in refused(saved(content))


@pytest.mark.parametrize(
    "call",
    [
        b"c__builtin__\nbytearray\n" + number(10**12) + b"\x85R",
        b"ctorch\nFloatTensor\n" + number(10**12) + b"\x85R",
        b"ctorch\nTensor\n" + number(10**12) + b"\x85\x81",
        b"ctorch.nn.parameter\nParameter\n)\x81",
        b"ctorch.storage\nUntypedStorage\n" + number(10**12) + b"\x85R",
        b"c_codecs\nencode\n" + short("x" * 100_000) + short("idna") + b"\x86R",
        b"ctorch._utils\n_rebuild_meta_tensor_no_storage\n(tR",
        b"ccollections\nOrderedDict\n]\x85R",
        b"ctorch.serialization\n_get_layout\n(tR",
    ],
)
def test_calls_that_torch_itself_would_allow_are_refused(call: bytes) -> None:
    refused(archive(b"\x80\x02}" + short("x") + call + b"s.", {}))


def test_lists_and_lone_tensors_are_refused() -> None:
    for content in (torch.zeros(3), [torch.zeros(3)], {"epoch": 3}, {}, {3: torch.zeros(3)}, {"a": {"b": 3}}, 7):
        assert "no dictionary of named tensors" in refused(saved(content))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5"),
        (b"\x08\x08\x12\x07pytorch\x1a\x051.13", "ONNX"),
        (b"\x93NUMPY\x01\0", "NumPy"),
        (b"\x1c\0\0\0TFL3" + bytes(50), "TensorFlow Lite"),
        (b"GGUF\x03\0\0\0", "GGUF"),
        (b"<!doctype html><title>Sign in</title>", "HTML"),
        (b'{"metadata": {}, "weight_map": {}}', "JSON"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "JPEG"),
        (b"\x1f\x8b\x08" + bytes(20), "gzip"),
        (b"conv.weight 1 2 3\n", "text"),
        (b"dollars and cents\n", "text"),
        (bytes(100), "known here"),
        (b"\xff" * 100, "known here"),
    ],
)
def test_other_files_are_refused_by_what_they_are(data: bytes, what: str) -> None:
    assert what in refused(data)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("x.npy", "NumPy"),
        ("model.weights.h5", "Keras"),
        ("[Content_Types].xml", "Office"),
        ("archive_format", "torch program"),
        ("readme.txt", "ZIP"),
    ],
)
def test_other_zip_archives_are_refused_by_what_they_are(name: str, what: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, "x")
    assert what in refused(buffer.getvalue())


# What is broken: three different reasons, and more


def test_pointer_empty_and_half_files_have_different_reasons(tmp_path: Path) -> None:
    pointer = refused(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 9\n")
    empty = refused(b"")
    whole = saved(STATE), saved(STATE, _use_new_zipfile_serialization=False), safetensors.torch.save(STATE)
    halves = {refused(data[: len(data) // 2]) for data in whole}
    assert "pointer" in pointer
    assert "empty" in empty
    assert all("incomplete" in half for half in halves)
    assert "not there" in refused(tmp_path / "nothing.pth")
    assert "folder" in refused(tmp_path)
    assert "device" in refused("/dev/zero")


def test_no_cut_of_any_file_is_read() -> None:
    state = {"weight": torch.ones(3), "bias": torch.ones(2)}
    for data in (saved(state), saved(state, _use_new_zipfile_serialization=False), safetensors.torch.save(state)):
        for length in range(1, len(data), 7):
            refused(data[:length])
        assert "incomplete" in refused(data[:-1])


# What would explode


def test_deflated_archives_are_refused() -> None:
    bomb = archive(b"\x80\x02}.", {"0": bytes(1 << 28)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 20
    assert "compressed" in refused(bomb)


def _patched(data: bytes, name: bytes, *changes: tuple[int, bytes]) -> bytes:
    """Write over fields of one record of the central directory."""
    at = data.rindex(name) - 46
    assert data[at : at + 4] == b"PK\1\2"
    changed = bytearray(data)
    for offset, value in changes:
        changed[at + offset : at + offset + len(value)] = value
    return bytes(changed)


def test_overlapping_entries_are_refused() -> None:
    data = archive(b"\x80\x02}.", {str(i): bytes(1000) if i == 0 else b"" for i in range(64)})
    first = data.rindex(b"archive/data/0") - 46
    header, size = data[first + 42 : first + 46], data[first + 20 : first + 28]
    for i in range(1, 64):
        data = _patched(data, b"archive/data/%d" % i, (20, size), (42, header))
    assert "several names" in refused(data)


@pytest.mark.parametrize(
    "changes",
    [
        [(20, b"\xff\xff\xff\x7f" * 2)],
        [(42, b"\xff\xff\xff\x7f")],
        [(8, b"\x01\x08")],
        [(28, b"\xff\xff")],
        [(20, b"\xff\xff\xff\xff" * 2), (42, b"\xff\xff\xff\xff")],
    ],
)
def test_contradicting_directories_are_refused(changes: list[tuple[int, bytes]]) -> None:
    refused(_patched(archive(b"\x80\x02}.", {"0": bytes(64)}), b"archive/version", *changes))


def test_archives_with_two_directories_comments_or_twin_names_are_refused() -> None:
    data = saved(STATE)
    for other in (data + data[-22:], data + b"x", b"x" + data, data[:-2] + b"\x03\0abc"):
        refused(other)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a/data.pkl", b"\x80\x02}.")
        file.writestr("A/DATA.PKL", b"\x80\x02}.")
    refused(buffer.getvalue())
    outside = archive(b"\x80\x02}.").replace(b"archive/version", b"../../../v/n.sh")
    assert "foreign" in refused(outside)


def test_a_million_entries_are_refused_unread() -> None:
    record = b"PK\1\2" + bytes(42)
    data = bytearray(b"PK\3\4" + bytes(26) + record * 60_000)
    data += b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 60_000, 60_000, 46 * 60_000, 30, 0)
    assert "60000 entries" in refused(bytes(data))


@pytest.mark.parametrize("plain", [False, True])
def test_expanded_tensors_are_refused_before_they_are_made(plain: bool) -> None:
    data = saved({"weight": torch.zeros(1).expand(2_000_000_000)}, _use_new_zipfile_serialization=not plain)
    assert len(data) < 2000
    sentence = refused(data)
    assert "'weight'" in sentence
    assert "8000.0 MB" in sentence


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        (([2**40], [0], 1), 4),
        (([2**47, 2**47, 2**47], [1, 1, 1], 1), 4),
        (([2], [1], 2**40), 4),
        (([2], [5], 4), 16),
        (([2], [1], 4, 3), 16),
        (([1], [1], 1, 2**47), 4),
        (([2, 2], [1], 4), 16),
        (([1] * 17, [1] * 17, 1), 4),
        (([4], [1], 4), 8),
        (([2**71], [1], 1), 4),
    ],
)
def test_tensors_beyond_their_storage_are_refused(arguments: tuple[object, ...], values: int) -> None:
    refused(one_tensor(*arguments, values=bytes(values)))


def test_dictionaries_as_python_2_wrote_them_are_read() -> None:
    pairs = b"](](" + short("weight") + described([2], [1], 2) + b"ee"
    data = archive(b"\x80\x02ccollections\nOrderedDict\n" + pairs + b"\x85R.", {"0": struct.pack("<2f", 3, 4)})
    assert read_weights(data).tensors["weight"].tolist() == [3, 4]


def test_one_tensor_made_by_hand_is_read() -> None:
    data = one_tensor([2, 3], [3, 1], 8, 2, values=struct.pack("<8f", *range(8)))
    assert read_weights(data).tensors["weight"].tolist() == [[2, 3, 4], [5, 6, 7]]


def test_many_tensors_over_one_storage_are_refused() -> None:
    whole = torch.zeros(300_000)
    assert "holds only 1.2 MB" in refused(saved({f"weight{i}": whole for i in range(500)}))


def test_storage_of_a_plain_checkpoint_that_claims_more_than_the_file_is_refused() -> None:
    data = saved({"weight": torch.zeros(7)}, _use_new_zipfile_serialization=False)
    assert "incomplete" in refused(data.replace(b"K\x07", b"K\x7f"))
    hidden = described([1], [1], 2**40)
    parts = data.split(b".\x80", 3)
    pickled = b"\x02}" + short("w") + described([1], [1], 1) + b"s0."
    refused(b".\x80".join(parts[:3]) + b".\x80" + pickled + hidden)


@pytest.mark.parametrize(
    "body",
    [
        b"]" * 17_000_000,
        b"]" * 7_000_000,
        b"(l" * 3_000_000,
        b"]q\0" + b"h\0a" * 3_000_000,
        b"]" + b"}\x85" * 3_000_000,
        b"(" * 8_000_000,
        short("x" * 20_000_000),
        b"]r\xff\xff\xff\x7f" * 1_000_000,
        b"}" + b"".join(number((2**61 - 1) * i) + b"Ns" for i in range(300_000)),
        b"K\1" + b"\x85" * 150_000,
    ],
)
def test_pickles_that_only_build_objects_are_refused(body: bytes) -> None:
    refused(archive(b"\x80\x02" + body + b"."))
    refused(b"\x80\x02" + body + b".")


def test_limits_of_the_machine_leave_room_for_ten_thousand_tensors() -> None:
    assert MOST_STEPS > 45 * 10_000
    assert MOST_CONTAINERS > 8 * 10_000


def test_dictionaries_inside_themselves_are_refused() -> None:
    loop: dict[str, object] = {}
    loop["state_dict"] = loop
    loop["more"] = [loop]
    refused(saved(loop))
    wide: dict[str, object] = {}
    for _ in range(6):
        wide = {f"a{i}": wide for i in range(300)}
    refused(saved(wide))


# safetensors


def test_a_million_empty_tensors_are_refused_unparsed() -> None:
    header = (
        b"{" + b",".join(b'"t%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}' % i for i in range(1_000_000)) + b"}"
    )
    refused(listing(header))
    few = b"{" + b",".join(b'"t%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}' % i for i in range(10_500)) + b"}"
    assert "10500 tensors" in refused(listing(few))


GOOD = tensor([2], 0, 8)


@pytest.mark.parametrize(
    "data",
    [
        listing({"a": tensor([2], 0, 8)}, bytes(7)),
        listing({"a": tensor([2], 0, 8)}, bytes(9)),
        listing({"a": tensor([3], 0, 8)}, bytes(8)),
        listing({"a": tensor([2], 4, 12)}, bytes(12)),
        listing({"a": GOOD, "b": GOOD}, bytes(8)),
        listing({"a": GOOD, "b": tensor([2], 4, 12)}, bytes(12)),
        listing({"a": tensor([-2], 0, 8)}, bytes(8)),
        listing({"a": tensor([-1, -2], 0, 8)}, bytes(8)),
        listing({"a": tensor([2.0], 0, 8)}, bytes(8)),
        listing({"a": tensor([True, 2], 0, 8)}, bytes(8)),
        listing({"a": tensor([2**62, 2**62], 0, 0)}),
        listing({"a": tensor([0, 2**62], 0, 0)}),
        listing({"a": tensor([1] * 1000, 0, 4)}, bytes(4)),
        listing({"a": tensor([2], 8, 0)}, bytes(8)),
        listing({"a": tensor([2], 0, 8, "F33")}, bytes(8)),
        listing({"a": tensor([16], 0, 8, "F4")}, bytes(8)),
        listing({"a": {"dtype": ["F32"], "shape": [2], "data_offsets": [0, 8]}}, bytes(8)),
        listing({"a": {"dtype": "F32", "shape": [2]}}, bytes(8)),
        listing({"a": GOOD | {"more": 1}}, bytes(8)),
        listing({"a": [1, 2]}, bytes(8)),
        listing({"a": GOOD, "__metadata__": 3}, bytes(8)),
        listing(b'{"a":' + json.dumps(GOOD).encode() + b',"a":' + json.dumps(GOOD).encode() + b"}", bytes(8)),
        listing(b'{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', bytes(8)),
        listing(b'{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}}', bytes(8)),
        listing(b'{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}', bytes(8)),
        listing(b'{"a":{"dtype":"F32","shape":[' + b"9" * 100_000 + b'],"data_offsets":[0,8]}}', bytes(8)),
        listing(b'{"a":' + b"[" * 15_000),
        listing(b'{"a":' + b"[" * 3_000_000),
        listing(b'{"a":[' + b"1," * 3_000_000 + b"1]}"),
        listing(b'{"\xff":1}'),
        listing(b'{"a"'),
        listing(b"{}"),
        struct.pack("<Q", 2**40) + b"{}",
        struct.pack("<Q", 2**55) + b"{}",
        struct.pack("<Q", 100) + b"{}",
    ],
)
def test_broken_safetensors_are_refused(data: bytes) -> None:
    refused(data)


def test_what_is_accepted_the_safetensors_library_accepts_too() -> None:
    data = bytearray(safetensors.torch.save({"a": torch.ones(3), "b": torch.ones(2, 2)}))
    length, random, accepted = struct.unpack_from("<Q", data)[0], np.random.default_rng(3), 0
    for _ in range(3000):
        changed = bytearray(data)
        for _ in range(random.integers(1, 3)):
            changed[random.integers(0, 8 + length)] = random.choice(np.frombuffer(b'0123456789,:[]{}" aFI', np.uint8))
        try:
            found = places(bytes(changed))
        except ValueError:
            continue
        accepted += 1
        assert found.keys() == safetensors.torch.load(bytes(changed)).keys()
    assert accepted > 10


# Values and fit


def test_nan_and_infinite_weights_are_refused_with_names_and_counts() -> None:
    state = {name: values.clone() for name, values in STATE.items()}
    state["0.weight"].view(-1)[:5] = float("nan")
    state["4.bias"][0] = float("inf")
    for data in (safetensors.torch.save(state), saved(state)):
        with pytest.raises(
            ValueError, match=r"6 values in 2 of 9 tensors are NaN or infinite \('0.weight', '4.bias'\)"
        ):
            read_weights(data)
    with pytest.raises(ValueError, match="1 values in 1 of 1 tensors are NaN"):
        read_weights(saved({"a": torch.tensor([1.0, float("nan")]).to(torch.float8_e5m2)}))


def test_negative_variances_are_refused() -> None:
    state = STATE | {"1.running_var": torch.tensor([1.0, -1e-3, 1.0, -2.0])}
    with pytest.raises(ValueError, match=r"2 values in 1 of 9 tensors are negative variances .*1.running_var"):
        read_weights(safetensors.torch.save(state))


def test_whole_numbers_alone_are_no_weights() -> None:
    with pytest.raises(ValueError, match="only whole numbers"):
        read_weights(safetensors.torch.save({"a": torch.ones(3, dtype=torch.int64)}))


def test_exact_fit_passes_and_old_checkpoints_may_lack_counters() -> None:
    expected = {name: values.shape for name, values in STATE.items()}
    check_fit(STATE, expected)
    check_fit({name: values for name, values in STATE.items() if "num_batches" not in name}, expected)


def test_misfits_are_refused_with_names_and_counts() -> None:
    expected = {name: tuple(values.shape) for name, values in STATE.items()}
    half = dict(list(STATE.items())[:5])
    with pytest.raises(
        ValueError, match=r"3 of 9 entries are missing .*'4.weight'|2 of 9 entries are missing .*'4.weight'"
    ):
        check_fit(half, expected)
    with pytest.raises(ValueError, match=r"1 are unknown to the model \('extra.weight'\)"):
        check_fit(STATE | {"extra.weight": torch.ones(1)}, expected)
    with pytest.raises(ValueError, match=r"'4.weight' is 10x4 instead of 3x4"):
        check_fit(STATE | {"4.weight": torch.ones(10, 4)}, expected)
    with pytest.raises(ValueError, match=r"8 of 9 entries are missing .* 9 are unknown"):
        check_fit({f"module.{name}": values for name, values in STATE.items()}, expected)


# The child process


def test_child_is_kept_warm_and_replaced_when_it_dies() -> None:
    read_weights(saved(STATE))
    first = LOADER._child
    read_weights(saved(STATE))
    assert LOADER._child is first
    first.kill()
    first.wait()
    assert equal(read_weights(saved(STATE)), STATE)
    assert LOADER._child is not first


def test_child_that_takes_too_much_memory_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    read_weights(saved(STATE))
    monkeypatch.setattr("vizlib.data.loader_process.ALLOWANCE", -(10 << 30))
    monkeypatch.setattr("vizlib.data.loader_process.WATCH_SECONDS", 0.0001)
    child = LOADER._child
    with pytest.raises(ValueError, match="far more memory"):
        read_weights(saved({"weight": torch.zeros(10_000_000)}))
    assert child.poll() is not None


def test_child_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    LOADER.warm_up()
    monkeypatch.setattr("vizlib.data.loader_process.LOAD_SECONDS", -10.0)
    child = LOADER._child
    with pytest.raises(ValueError, match="too long"):
        read_weights(saved(STATE))
    assert child.poll() is not None


def test_child_ignores_switches_that_allow_unsafe_loading(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    LOADER.stop()
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    source, target, mark = tmp_path / "a.pth", tmp_path / "out", tmp_path / "ran"
    source.write_bytes(saved({"weight": torch.zeros(1), "x": Runs(os.system, f"touch {mark}")}))
    with pytest.raises(ValueError, match="could not be loaded") as caught:
        LOADER.convert(source, (), target, 1000)
    assert "weights_only" not in str(caught.value)
    assert not mark.exists()
    assert not target.exists()


def test_threads_that_load_at_once_get_their_own_weights() -> None:
    states = [{"weight": torch.full((50,), float(i))} for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(read_weights, map(saved, states)))
    assert all(equal(weights, state) for weights, state in zip(found, states, strict=True))


def test_nothing_is_left_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read_weights(saved(STATE), name="../../../x.pth")
    with pytest.raises(ValueError, match="NaN"):
        read_weights(saved({"weight": torch.tensor([float("nan")])}))
    assert list(tmp_path.iterdir()) == []


def test_compressed_pickle_of_a_bomb_is_never_inflated() -> None:
    bomb = zlib.compress(bytes(1 << 28))
    refused(bomb)
