"""A classifier of latents as ONNX: batch norms and the latents' spreads folded into the convolutions."""
import numpy as np
import torch

from cifar10.export import folded
from common.onnx_graph import GraphWriter
from common.onnx_run import run
from latent.network import Deep


def _conv(graph, name, layer, x, relu=True):
    weight, bias = folded(layer)
    x = graph.conv(name, x, weight, bias, pads=(1, 1, 1, 1))
    return graph.node('Relu', f'{name}.act', [x]) if relu else x


def _block(graph, name, block, x):
    y = _conv(graph, f'{name}.second', block.second, _conv(graph, f'{name}.first', block.first, x), relu=False)
    return graph.node('Relu', f'{name}.act', [graph.node('Add', f'{name}.sum', [x, y])])


def _stem(graph, stem, x):
    weight, bias = folded(stem)
    x = graph.conv('stem', x, weight / stem.spread.double().numpy()[None, :, None, None], bias)
    if stem.split > 1:
        x = graph.node('DepthToSpace', 'stem.shuffle', [x], blocksize=stem.split, mode='CRD')
    return graph.node('Relu', 'stem.act', [x])


def _deeper(graph, deeper, x):
    def conv(name, layer, x, stride=1, relu=True):
        x = graph.conv(name, x, layer.weight, layer.bias, stride=stride, pads=(1, 1, 1, 1), packed=True)
        return graph.node('Relu', f'{name}.act', [x]) if relu else x
    for k, (down, block) in enumerate(zip(deeper.downs, deeper.blocks)):
        x = conv(f'down{k}', down, x, stride=2)
        y = conv(f'block{k}.second', block.second, conv(f'block{k}.first', block.first, x), relu=False)
        x = graph.node('Relu', f'block{k}.act', [graph.node('Add', f'block{k}.sum', [x, y])])
    return x


def _head(graph, head, x):
    """The evidence, each position `spread` x `spread` times: that many equal channels, brought side by side."""
    copies = head.spread ** 2
    weight, bias = (p.detach().numpy().repeat(copies, 0) for p in (head.conv.weight, head.conv.bias))
    if copies == 1:
        return graph.conv('evidence', x, weight, bias)
    x = graph.conv('head', x, weight, bias)
    return graph.node('DepthToSpace', 'evidence', [x], blocksize=head.spread, mode='CRD')


def classifier(network, inputs, classes):
    """"y" [1,C,h,w] dequantised latents -> "logits" [1,classes], "evidence" [1,classes,h,w], whose mean they are. Where
    the head spreads its evidence, h and w are even, or the evidence has a row or a column more."""
    graph = GraphWriter('latent-classifier')
    x = _conv(graph, 'fine', network.fine, _stem(graph, network.stem, 'y'))
    if isinstance(network, Deep):
        x, head = _deeper(graph, network.deeper, x), network.head
    else:
        x = graph.node('MaxPool', 'half', [x], kernel_shape=[2, 2], strides=[2, 2])
        x, head = _block(graph, 'block', network.deeper.block, x), network.deeper.head
    pool = graph.node('GlobalAveragePool', 'pool', [_head(graph, head, x)])
    graph.node('Flatten', 'logits', [pool], axis=1)
    return graph.model('y', [1, inputs, 'rows', 'columns'], 'logits', [1, classes],
                       'dequantised latent to logits, and to the evidence of each position, whose mean they are',
                       also={'evidence': [1, classes, 'rows', 'columns']})


@torch.no_grad()
def check(network, graph, y):
    """Largest difference of logits and evidence from PyTorch's on latents [N,C,h,w], one by one."""
    apart = 0.0
    for one in y:
        for expected, found in zip(network.evidence(one[None]), run(graph, one[None].numpy(), every=True)):
            apart = max(apart, float(np.abs(expected.numpy() - found).max()))
    return apart


def refuse_difference(network, graph, y, say):
    apart = check(network, graph, y)
    say(f'ONNX against the network: {apart:.1e}')
    if not apart < 1e-3:
        raise SystemExit('the exported network differs from the trained one')
