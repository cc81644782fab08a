"""Computes the ONNX graphs that we write, with PyTorch's functions: Debian 12's onnx has no evaluator of its own."""
import onnx
import torch
from onnx import helper, numpy_helper
from torch.nn import functional as F

from common import packing


def _conv(x, weight, bias, kernel_shape, strides, pads, group):
    top, left, bottom, right = pads
    return F.conv2d(F.pad(x, (left, right, top, bottom)), weight, bias, strides, groups=group)


def _conv_transpose(x, weight, bias, kernel_shape, strides, pads, group):
    assert pads[0] == pads[1] == pads[2] == pads[3]
    return F.conv_transpose2d(x, weight, bias, strides, pads[0], groups=group)


def _max_pool(x, kernel_shape, strides):
    return F.max_pool2d(x, kernel_shape, strides)


def _resize(x, roi, scales, mode, coordinate_transformation_mode, nearest_mode):
    assert (mode, coordinate_transformation_mode, nearest_mode) == (b'nearest', b'asymmetric', b'floor')
    return F.interpolate(x, scale_factor=scales[2:].tolist(), mode='nearest')


def _depth_to_space(x, blocksize, mode):
    assert mode == b'CRD'
    return F.pixel_shuffle(x, blocksize)


def _slice(x, starts, ends, axes, steps):
    where = [slice(None)] * x.ndim
    for start, end, axis, step in zip(*(v.tolist() for v in (starts, ends, axes, steps))):
        where[axis] = slice(start, end, step)
    return torch.from_numpy(x.numpy()[tuple(where)].copy())  # PyTorch has no negative steps


def _gemm(x, weight, bias, transB):
    assert transB == 1
    return F.linear(x, weight, bias)


def _dequantize(whole, step, zero=None, axis=1):
    assert axis == 0 and (zero is None or not zero.any())
    return packing.unpacked(whole, step)


OPERATORS = {
    'Add': torch.add, 'Conv': _conv, 'ConvTranspose': _conv_transpose, 'DepthToSpace': _depth_to_space,
    'DequantizeLinear': _dequantize, 'Flatten': lambda x, axis: x.flatten(axis), 'Gemm': _gemm,
    'GlobalAveragePool': lambda x: x.mean((2, 3), keepdim=True), 'Identity': lambda x: x,
    'LeakyRelu': lambda x, alpha: F.leaky_relu(x, alpha), 'MaxPool': _max_pool, 'Relu': F.relu,
    'Reshape': lambda x, shape: x.reshape(shape.tolist()), 'Resize': _resize, 'Sigmoid': torch.sigmoid, 'Slice': _slice}


@torch.no_grad()
def run(model_bytes, x, every=False):
    """First output of a graph with one input, or a list of all: arrays of NumPy."""
    graph = onnx.load_from_string(model_bytes).graph
    values = {w.name: torch.from_numpy(numpy_helper.to_array(w).copy()) for w in graph.initializer}
    values[graph.input[0].name] = torch.from_numpy(x)
    for node in graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = OPERATORS[node.op_type](*(values.get(n) for n in node.input), **attributes)
    outputs = [values[o.name].float().numpy() for o in graph.output]
    return outputs if every else outputs[0]
