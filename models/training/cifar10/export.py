"""The classifier as ONNX: batch norms folded into the convolutions, mirror image included (see mirror.py)."""
import numpy as np
import torch

from cifar10.network import Network
from common.onnx_graph import GraphWriter


def folded(layer):
    """(weight, bias) of a ConvNorm as one convolution."""
    norm = layer.norm
    scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    weight = layer.conv.weight.double() * scale[:, None, None, None]
    return weight.detach().numpy(), (norm.bias.double() - norm.running_mean.double() * scale).detach().numpy()


def _features(graph, network, side, x):
    """Pooled features [n,256,1,1]; nodes are named side.layer, both sides have the same weights."""
    def conv(name, layer, x, stride=1, relu=True):
        weight, bias = folded(layer)
        x = graph.conv(f'{side}.{name}', x, weight, bias, stride=stride, pads=(1, 1, 1, 1), stored_as=name)
        return graph.node('Relu', f'{side}.{name}.act', [x]) if relu else x

    x = conv('stem', network.stem, x)
    for k, (down, block) in enumerate(zip(network.downs, network.blocks)):
        x = conv(f'down{k}', down, x, stride=2)
        y = conv(f'block{k}.first', block.first, x)
        y = conv(f'block{k}.second', block.second, y, relu=False)
        x = graph.node('Relu', f'{side}.block{k}.act', [graph.node('Add', f'{side}.block{k}.sum', [x, y])])
    return graph.node('GlobalAveragePool', f'{side}.pool', [x])


def classifier(network: Network, classes):
    """"x" [n,3,32,32] normalised -> "logits" [n,classes], the mean over the picture and its mirror image."""
    graph = GraphWriter('cifar10-classifier')
    backwards = [graph.integers(f'mirror.{n}', [v]) for n, v in
                 (('starts', -1), ('ends', np.iinfo(np.int64).min), ('axes', 3), ('steps', -1))]
    mirrored = graph.node('Slice', 'mirror.picture', ['x', *backwards])
    both = [_features(graph, network, 'plain', 'x'), _features(graph, network, 'mirror', mirrored)]
    x = graph.node('Flatten', 'flat', [graph.node('Add', 'both', both)], axis=1)
    weight = graph.weight('head.weight', 0.5 * network.head.weight.detach().numpy())
    bias = graph.weight('head.bias', network.head.bias.detach().numpy())
    graph.node('Gemm', 'head', [x, weight, bias], transB=1)
    return graph.model('x', ['n', 3, 32, 32], 'logits', ['n', classes], 'normalised RGB 32 x 32 to logits')
