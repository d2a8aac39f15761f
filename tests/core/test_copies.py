"""A private copy shares parameters and nothing else."""

import threading

import pytest
import torch
import toys
from torch import nn

import vizlib as vz
from vizlib.core.copies import private_copy
from vizlib.core.errors import UnsupportedModel


@pytest.mark.parametrize("make", toys.HAZARDS, ids=lambda make: make.__name__)
def test_a_copy_gives_the_models_own_scores_in_eval_mode(make):
    model = make()
    compiled = make in (toys.compiled, toys.compiled_inside)
    reference = toys.small() if compiled else model
    with torch.no_grad():
        found = private_copy(model)(toys.images())
        reference.eval()
        torch.testing.assert_close(found, reference(toys.images()))


@pytest.mark.parametrize("make", [toys.small, toys.locked, toys.remembering])
def test_parameters_are_shared_and_buffers_are_not(make):
    model = make()
    private = private_copy(model)
    assert [id(p) for p in private.parameters()] == [id(p) for p in model.parameters()]
    assert not {id(b) for b in private.buffers()} & {id(b) for b in model.buffers()}
    assert all(torch.equal(a, b) for a, b in zip(private.buffers(), model.buffers(), strict=True))


@pytest.mark.parametrize("make", toys.HAZARDS, ids=lambda make: make.__name__)
def test_no_module_of_the_copy_is_a_module_of_the_original(make):
    model = make()
    private = private_copy(model)
    assert not {id(module) for module in private.modules()} & {id(module) for module in model.modules()}


def test_a_layer_used_twice_stays_one_layer():
    relu = nn.ReLU()
    for held in (None, threading.Lock()):
        model = nn.Sequential(relu, nn.Sequential(relu))
        model.held = held
        private = private_copy(model)
        assert private[0] is private[1][0]


def test_tied_parameters_stay_tied():
    model = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
    model[1].weight = model[0].weight
    private = private_copy(model)
    assert private[0].weight is private[1].weight is model[0].weight


def test_a_method_kept_as_attribute_belongs_to_the_copy_also_when_deepcopy_refuses():
    model = toys.locked()
    model.entry = model.forward
    private = private_copy(model)
    assert private.entry.__self__ is private


def test_dropout_and_batch_norm_are_still_in_a_model_that_is_being_trained():
    noisy = nn.Sequential(nn.BatchNorm2d(3), nn.Dropout(0.5), toys.small())
    model = noisy.double()
    first, again = (vz.saliency(model.train(), toys.images(), 0) for _ in range(2))
    assert model.training
    assert first.digest() == again.digest()


def test_lazy_layers_are_refused_before_they_are_filled():
    model = nn.Sequential(nn.Flatten(), nn.LazyLinear(3))
    with pytest.raises(UnsupportedModel, match=r"^saliency: the model has lazy layers"):
        vz.saliency(model, torch.zeros(1, 3, 4, 4))
    assert isinstance(model[1], nn.LazyLinear)


def test_a_copy_costs_no_memory_for_parameters():
    model = nn.Sequential(nn.Linear(2000, 2000))
    private = private_copy(model)
    assert private[0].weight.data_ptr() == model[0].weight.data_ptr()
