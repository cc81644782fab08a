"""The classifier as ONNX, batch norms folded into the convolutions."""
import torch

from cifar10.network import Network
from common.onnx_graph import GraphWriter


def folded(layer):
    """(weight, bias) of a ConvNorm as one convolution."""
    norm = layer.norm
    scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    weight = layer.conv.weight.double() * scale[:, None, None, None]
    return weight.detach().numpy(), (norm.bias.double() - norm.running_mean.double() * scale).detach().numpy()


def classifier(network: Network, classes):
    """"x" [n,3,32,32] normalised -> "logits" [n,classes]."""
    graph = GraphWriter('cifar10-classifier')

    def conv(name, layer, x, stride=1, relu=True):
        x = graph.conv(name, x, *folded(layer), stride=stride, pad=1)
        return graph.node('Relu', f'{name}.act', [x]) if relu else x

    x = conv('stem', network.stem, 'x')
    for k, (down, block) in enumerate(zip(network.downs, network.blocks)):
        x = conv(f'down{k}', down, x, stride=2)
        y = conv(f'block{k}.first', block.first, x)
        y = conv(f'block{k}.second', block.second, y, relu=False)
        x = graph.node('Relu', f'block{k}.act', [graph.node('Add', f'block{k}.sum', [x, y])])
    x = graph.node('GlobalAveragePool', 'pool', [x])
    x = graph.node('Flatten', 'flat', [x], axis=1)
    weight = graph.weight('head.weight', network.head.weight.detach().numpy())
    bias = graph.weight('head.bias', network.head.bias.detach().numpy())
    graph.node('Gemm', 'head', [x, weight, bias], transB=1)
    return graph.model('x', ['n', 3, 32, 32], 'logits', ['n', classes], 'normalised RGB 32 x 32 to logits')
