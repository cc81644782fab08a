"""Writes ONNX graphs node by node: plain operators of opset 13, f32, readable names."""
import numpy as np
import torch
from onnx import TensorProto, checker, helper, numpy_helper

from common import packing

OPSET = 13
IR_VERSION = 7  # the one that goes with opset 13, so that old readers take the file


class GraphWriter:
    """Each call adds one node and returns the name of its output, which is the name of the node."""

    def __init__(self, name):
        self.name = name
        self.nodes, self.weights = [], []

    def weight(self, name, values):
        """Nodes may share it: one name is one weight, stored once."""
        if name not in {w.name for w in self.weights}:
            self.weights.append(numpy_helper.from_array(np.ascontiguousarray(np.asarray(values, np.float32)), name))
        return name

    def packed(self, name, values):
        """A weight stored in 8 bits (packing.py), and the node that makes f32 of it again."""
        whole, step = packing.packed(torch.as_tensor(values, dtype=torch.float32))
        self.weights += [numpy_helper.from_array(v.numpy(), n) for v, n in ((whole, name), (step, name + '.step'))]
        return self.node('DequantizeLinear', name + '.real', [name, name + '.step'], axis=0)

    def integers(self, name, values):
        self.weights.append(numpy_helper.from_array(np.asarray(values, np.int64), name))
        return name

    def node(self, kind, name, inputs, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def conv(self, name, x, weight, bias, stride=1, pads=(0, 0, 0, 0), groups=1, stored_as=None,
             packed=False):
        """pads: top, left, bottom, right. stored_as: what its weights are called, if not like the node. packed: in 8
        bits."""
        stored_as = stored_as or name
        weight, bias = (w.detach().numpy() if hasattr(w, 'detach') else w for w in (weight, bias))
        store = self.packed if packed else self.weight
        inputs = [x, store(stored_as + '.weight', weight), self.weight(stored_as + '.bias', bias)]
        return self.node('Conv', name, inputs, kernel_shape=list(weight.shape[2:]), strides=[stride, stride],
                         pads=list(pads), group=groups)

    def model(self, source, source_dims, target, target_dims, notes, also=None):
        """Checked model with one input and one output, which is the last node's, or more: `also` {node: dims}. A
        dimension given as text is free."""
        self.nodes[-1].output[0] = target
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
                   for name, dims in {target: target_dims, **(also or {})}.items()]
        graph = helper.make_graph(
            self.nodes, self.name, [helper.make_tensor_value_info(source, TensorProto.FLOAT, source_dims)],
            outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', OPSET)], producer_name='latentcast')
        model.ir_version = IR_VERSION
        model.doc_string = notes
        checker.check_model(model)
        return model.SerializeToString()
