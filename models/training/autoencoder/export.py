"""An autoencoder as two ONNX graphs. What the codec does to pixels before and after is folded into the outer layers."""
import numpy as np
import torch

from common.onnx_graph import GraphWriter
from common.onnx_run import run
from autoencoder.network import SCALE, SHIFT, SLOPE, Codec
from autoencoder.shape import PATCH


def _blocks(graph, stage, name, x, packed):
    for k, block in enumerate(stage):
        prefix = f'{name}.{k}'
        width = block.depth.weight.shape[0]
        y = graph.conv(f'{prefix}.depth', x, block.depth.weight, block.depth.bias, pads=(1, 1, 1, 1), groups=width)
        y = graph.conv(f'{prefix}.widen', y, block.widen.weight, block.widen.bias, packed=packed)
        y = graph.node('LeakyRelu', f'{prefix}.act', [y], alpha=SLOPE)
        y = graph.conv(f'{prefix}.narrow', y, block.narrow.weight, block.narrow.bias, packed=packed)
        x = graph.node('Add', f'{prefix}.sum', [x, y])
    return x


def encoder(net, shape):
    """"x" [1,3 or 1,H,W], RGB or gray 0..1, sides multiples of 16 -> "y" [1,C,H/16,W/16] before gain."""
    graph = GraphWriter(f'{shape.name}-encoder')
    # space-to-depth 8 and its 1x1 convolution are one 8x8 convolution of stride 8
    plain = net.patch.weight.detach().double().reshape(shape.fine, shape.channels, PATCH, PATCH)
    bias = net.patch.bias.detach().double() - SHIFT * SCALE * plain.sum((1, 2, 3))
    x = graph.conv('patch', 'x', (plain * SCALE).numpy(), bias.numpy(), stride=PATCH, packed=shape.packed)
    x = _blocks(graph, net.fine, 'fine', x, shape.packed)
    x = graph.conv('down', x, net.down.weight, net.down.bias, stride=2, packed=shape.packed)
    _blocks(graph, net.coarse, 'coarse', x, shape.packed)
    return graph.model('x', [1, shape.channels, 'height', 'width'], 'y', [1, shape.latent, 'rows', 'columns'],
                       'picture 0..1 to latent before gain; sides are multiples of 16')


def decoder(net, shape):
    """"y" [1,C,h,w] dequantised -> "x" [1,3 or 1,16h,16w] about 0..1."""
    graph = GraphWriter(f'{shape.name}-decoder')
    y = _blocks(graph, net.coarse, 'coarse', 'y', shape.packed)
    y = graph.conv('up', y, net.up.weight, net.up.bias, packed=shape.packed)
    y = graph.node('DepthToSpace', 'up.shuffle', [y], blocksize=2, mode='CRD')
    y = _blocks(graph, net.fine, 'fine', y, shape.packed)
    weight, bias = net.patch.weight.detach().double(), net.patch.bias.detach().double()
    y = graph.conv('patch', y, (weight / SCALE).numpy(), (bias / SCALE + SHIFT).numpy(), packed=shape.packed)
    graph.node('DepthToSpace', 'patch.shuffle', [y], blocksize=PATCH, mode='CRD')
    return graph.model('y', [1, shape.latent, 'rows', 'columns'], 'x', [1, shape.channels, 'height', 'width'],
                       'dequantised latent to picture about 0..1')


@torch.no_grad()
def check(codec: Codec, encoder_bytes, decoder_bytes):
    """Largest differences from PyTorch on a random 48 x 32 picture: latent (relative), pixels."""
    x = torch.from_numpy(np.random.default_rng(7).random((1, codec.shape.channels, 48, 32), np.float32))
    y = codec.encoder(x)
    found_y, found_x = run(encoder_bytes, x.numpy()), run(decoder_bytes, y.numpy())
    return (float(np.abs(found_y - y.numpy()).max() / y.abs().max()),
            float(np.abs(found_x - codec.decoder(y).numpy()).max()))
