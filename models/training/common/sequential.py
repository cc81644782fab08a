"""Writes a torch.nn.Sequential of plain layers as nodes of an ONNX graph."""
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from common import packing


class Residual(nn.Sequential):
    """x + layers(x)."""

    def forward(self, x):
        return x + super().forward(x)


class Spread(nn.Conv2d):
    """A transposed convolution of stride 1, computed as the convolution that it is, which is several times faster."""


def _folded(layers):
    """The layers, each batch norm inside the convolution before it."""
    out = []
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d):
            out[-1] = fuse_conv_bn_eval(out[-1], layer)
        else:
            out.append(layer)
    return out


def _window(layer):
    (size, _), (stride, _), (pad, _) = layer.kernel_size, layer.stride, layer.padding
    return {'kernel_shape': [size, size], 'strides': [stride, stride], 'pads': [pad] * 4, 'group': 1}


def _with_weights(kind):
    def write(graph, name, layer, x):
        weight = layer.weight.detach()
        weight = weight.flip(2, 3).transpose(0, 1) if kind == 'ConvTranspose' else weight
        inputs = [x, graph.weight(f'{name}.weight', weight.numpy()), graph.weight(f'{name}.bias', layer.bias.detach().numpy())]
        return graph.node(kind, name, inputs, **_window(layer))
    return write


def _dense(graph, name, layer, x):
    rows = layer.weight.detach().numpy()
    weight = graph.packed(f'{name}.weight', rows) if is_large(layer) else graph.weight(f'{name}.weight', rows)
    return graph.node('Gemm', name, [x, weight, graph.weight(f'{name}.bias', layer.bias.detach().numpy())], transB=1)


def _upsample(graph, name, layer, x):
    factor = layer.scale_factor
    scales = graph.weight(f'{name}.scales', [1, 1, factor, factor])
    return graph.node('Resize', name, [x, '', scales], mode='nearest', coordinate_transformation_mode='asymmetric',
                      nearest_mode='floor')


def _residual(graph, name, layer, x):
    return graph.node('Add', name, [x, write(graph, layer, x, name + '.')])


def _plain(kind, **attributes):
    return lambda graph, name, layer, x: graph.node(kind, name, [x], **attributes)


WRITERS = {
    nn.Conv2d: ('conv', _with_weights('Conv')), Spread: ('spread', _with_weights('ConvTranspose')),
    nn.Linear: ('dense', _dense), nn.Upsample: ('upsample', _upsample), Residual: ('residual', _residual),
    nn.ReLU: ('relu', _plain('Relu')), nn.Sigmoid: ('sigmoid', _plain('Sigmoid')),
    nn.Identity: ('same', _plain('Identity')), nn.AdaptiveAvgPool2d: ('mean', _plain('GlobalAveragePool')),
    nn.MaxPool2d: ('pool', lambda graph, name, layer, x: graph.node(
        'MaxPool', name, [x], kernel_shape=[layer.kernel_size] * 2, strides=[layer.stride] * 2)),
    nn.PixelShuffle: ('shuffle', lambda graph, name, layer, x: graph.node(
        'DepthToSpace', name, [x], blocksize=layer.upscale_factor, mode='CRD')),
    nn.Flatten: ('flat', _plain('Flatten', axis=1)), nn.Dropout: ('', lambda graph, name, layer, x: x),
    nn.Unflatten: ('square', lambda graph, name, layer, x: graph.node(
        'Reshape', name, [x, graph.integers(f'{name}.shape', [-1, *layer.unflattened_size])])),
}


def write(graph, layers, x, prefix=''):
    """Adds the layers after the value x; gives the name of the last one's output."""
    for k, layer in enumerate(_folded(layers)):
        name, writer = WRITERS[type(layer)]
        x = writer(graph, f'{prefix}{name}{k}', layer, x)
    return x


def is_large(layer):
    """Whether its weights are stored in 8 bits."""
    return isinstance(layer, nn.Linear) and layer.weight.numel() >= 100000


def round_large(network):
    """Gives large layers the weights that their 8 bits stand for, so that what is measured is what is written."""
    for layer in network.modules():
        if is_large(layer):
            layer.weight.data[:] = packing.unpacked(*packing.packed(layer.weight))


def summary(layers):
    """The layers in words: `conv 3x3, 32 - relu - maxpool 2`."""
    def one(layer):
        if isinstance(layer, nn.Conv2d):
            kind = 'transposed conv' if isinstance(layer, Spread) else 'conv'
            stride = f' / {layer.stride[0]}' if layer.stride[0] > 1 else ''
            return f'{kind} {layer.kernel_size[0]}x{layer.kernel_size[1]}, {layer.out_channels}{stride}'
        if isinstance(layer, nn.Linear):
            return f'dense {layer.out_features}'
        if isinstance(layer, nn.MaxPool2d):
            return f'maxpool {layer.kernel_size}'
        if isinstance(layer, nn.Upsample):
            return f'upsample {layer.scale_factor:g}'
        if isinstance(layer, nn.PixelShuffle):
            return f'depth to space {layer.upscale_factor}'
        if isinstance(layer, Residual):
            return f'x + ({summary(layer)})'
        return {'ReLU': 'relu', 'Sigmoid': 'sigmoid', 'AdaptiveAvgPool2d': 'mean over positions',
                'Identity': 'the picture as it is'}.get(type(layer).__name__)
    return ' - '.join(words for words in map(one, layers) if words)
