#!/usr/bin/env python3
"""Tests of the training tools that need no data: `python3 models/training/selftest.py`, a few seconds.

What needs PyTorch or onnx is skipped by name where these are absent.
"""
import contextlib
import io
import os
import signal
import struct
import sys
import tempfile
from types import SimpleNamespace

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try:
    import numpy as np
except ImportError:
    print('SKIPPED: training: everything needs python3-numpy')
    print('cases: 0 passed, 0 failed, 1 skipped')
    sys.exit(0)


def page_example(tag):
    """Bytes of a hex block of the codec's FORMAT.md."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, '..', '..', 'runtime', 'codec', 'FORMAT.md'), encoding='utf-8') as page:
        block = page.read().split(f'```hex {tag}\n')[1].split('```')[0]
    return bytes.fromhex(''.join(block.split()))


def refusal(action, *arguments):
    """What the program says when it refuses."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):  # argparse writes there
            action(*arguments)
    except SystemExit as end:
        return f'{said.getvalue()}{end}'
    raise AssertionError(f'{action.__qualname__} did not refuse')


def random_samples(rng, count=6, channels=20):
    """Latents whose magnitudes go up and down together, as those of pictures do."""
    from entropy import fit
    out = []
    for n in range(count):
        busy = np.exp(rng.normal(size=(9, 12, 1)))
        size = np.geomspace(3.0, 0.05, 20)[:channels] * busy
        out.append(fit.Sample(np.round(rng.laplace(size=(9, 12, channels)) * size).astype(np.int32), n % 2))
    return out


def fitted(refinement=0, samples=None):
    from entropy import fit
    samples = samples or random_samples(np.random.default_rng(3), 24)
    gains = np.ones((64, samples[0].q.shape[2]))
    return fit.Fit(samples, gains, gains, np.arange(64) * 2 // 64, lambda text: None, refinement).tables()


def test_entropy_file_of_the_page_is_read():
    from entropy import tables
    data = page_example('entropy.bin')
    t = tables.from_bytes(data)
    assert t.channels == 3 and t.order.tolist() == [1, 0, 2] and t.clip == 31
    assert t.dpcm[0].terms == [[(0, 0, 192), (1, 0, 128), (2, 0, -96), (3, 0, 32)]]
    assert t.flag_thresholds.tolist() == [700] and t.flag_zero[1] == 1024 and t.flag_boost[1] == 341
    assert tables.to_bytes(t) == data


def test_entropy_file_survives_a_round_trip():
    from entropy import tables
    t = fitted()
    data = tables.to_bytes(t)
    again = tables.from_bytes(data)
    assert tables.to_bytes(again) == data
    assert (again.weights[1].earlier == t.weights[1].earlier).all()


def test_entropy_file_damaged_is_refused():
    from entropy import tables
    data = page_example('entropy.bin')
    for wrong in (b'XXXX' + data[4:], data[:-1], data + b'TABL', data.replace(b'ORDR', b'ordr')):
        try:
            tables.from_bytes(wrong)
        except (ValueError, struct.error):
            continue
        raise AssertionError('accepted a damaged file')


def test_context_example_of_the_page_comes_out():
    from entropy import context, tables
    t = tables.from_bytes(page_example('entropy.bin'))
    s = np.array([[[2, 0, 0]]])
    c = context.coded_symbols(s, t.weights[0], t.clip)
    assert c.flag_size[0, 0] == 800 and context.classes(800, t.flag_thresholds) == 1
    assert context.raised(c, t)[0] == 666
    assert c.now[0, 0, :3].tolist() == [500, 400, 60]


def test_neighbours_at_the_borders_follow_the_page():
    from entropy import context
    values = np.arange(1, 7).reshape(2, 3, 1)
    left, up, up_left, up_right = (n[:, :, 0].tolist() for n in context.neighbours(values))
    assert left == [[0, 1, 2], [1, 4, 5]]
    assert up == [[0, 1, 2], [1, 2, 3]]
    assert up_left == [[0, 1, 2], [1, 1, 2]]
    assert up_right == [[0, 1, 2], [2, 3, 3]]


def test_frequencies_sum_to_4096_with_none_at_zero():
    from entropy import fit
    for counts in ([1] * 32, [10 ** 9] + [0.001] * 31, list(range(1, 33))):
        frequency = fit.to_frequencies(np.array(counts, float))
        assert frequency.sum() == 4096 and frequency.min() >= 1


def test_fitted_contexts_beat_one_table_per_channel():
    from entropy import context, fit
    t = fitted()
    fresh = [s.q for s in random_samples(np.random.default_rng(9)) if s.level == 1]
    ours = sum(sum(context.picture_bits(q[:, :, t.order], 1, t)) for q in fresh)
    plain = fit.one_table_per_channel([s.q for s in random_samples(np.random.default_rng(3), 24) if s.level == 1], fresh)
    assert ours < 0.95 * plain, (ours, plain)


def test_a_level_whose_latents_are_all_zero_can_be_fitted():
    from entropy import fit
    samples = random_samples(np.random.default_rng(3), 24)
    for s in samples:
        s.q = s.q[:, :, ::-1] * s.level  # level 0: nothing
    order = fit.coding_order([s for s in samples if s.level]).tolist()
    t = fitted(samples=samples)
    assert t.order.tolist() == order and not t.dpcm[0].ranks and not t.weights[0].earlier.any()


def test_escapes_cost_what_the_page_says():
    from entropy import context
    # x = 1: no ones, the zero, the sign
    assert context.escape_bits(np.array([16]), 0).tolist() == [2]
    # |s| = 19, k = 2: x = 7, n = 2: zero, two bits, sign
    assert context.escape_bits(np.array([19]), 2).tolist() == [4]


def test_bundle_digests_and_id_are_those_of_its_files():
    from common import bundle
    with tempfile.TemporaryDirectory() as folder:
        identity = bundle.write(folder, {'b.bin': b'123'}, {'bundle': 'x', 'measured': {'a': 1.5}}, '# card\n')
        with open(os.path.join(folder, 'manifest.yaml'), encoding='utf-8') as file:
            text = file.read()
        assert f'  b.bin: {bundle.digest(b"123")}\n' in text and '  a: 1.5\n' in text
        lines = f'CARD.md {bundle.digest(b"# card" + bytes([10]))}\nb.bin {bundle.digest(b"123")}\n'
        assert identity == bundle.digest(lines.encode()) == bundle.identity(folder)


def test_lambda_runs_geometrically_over_the_levels():
    import torch
    from autoencoder import levels
    values = levels.lambda_of(levels.all_levels())
    assert abs(float(values[0]) - 0.0008) < 1e-6 and abs(float(values[63]) - 0.15) < 1e-4
    ratio = values[1:] / values[:-1]
    assert float(ratio.max() - ratio.min()) < 1e-4
    assert abs(levels.lambda_of(63) - 0.15) < 1e-9
    assert torch.is_tensor(values)


def test_gains_at_the_anchors_are_the_anchors():
    import torch
    from autoencoder import levels
    anchors = torch.randn(levels.ANCHORS, 5)
    assert torch.allclose(levels.at_level(anchors, torch.tensor([0.0, 9.0, 63.0])), anchors[[0, 1, 7]], atol=1e-5)
    middle = levels.at_level(anchors, torch.tensor([13.5]))
    assert torch.allclose(middle[0], 0.5 * (anchors[1] + anchors[2]), atol=1e-5)


def test_autoencoders_stay_within_their_budgets_and_export_what_they_compute():
    import onnx  # noqa: F401
    import torch
    from autoencoder import export
    from autoencoder.network import Codec, macs_per_pixel
    from autoencoder.shape import SHAPES
    from common import packing
    torch.manual_seed(0)
    for shape in SHAPES.values():
        codec = Codec(shape).eval()
        with torch.no_grad():
            for p in codec.parameters():
                p.add_(0.02 * torch.randn_like(p))
        if shape.packed:
            packing.round_weights(codec)
        assert macs_per_pixel(codec.encoder) <= shape.budget and macs_per_pixel(codec.decoder) <= shape.budget
        apart = export.check(codec, export.encoder(codec.encoder, shape), export.decoder(codec.decoder, shape))
        assert max(apart) < 1e-4, apart


def test_a_card_says_where_its_weights_came_from_and_what_was_minimised():
    from autoencoder import bundle
    from autoencoder.shape import SHAPES
    options = SimpleNamespace(init='models/lc5/', emphasis=0.35, batch=8, crop=256, rate=4e-4, seed=1)
    options.data = ''
    trainer = SimpleNamespace(options=options, origin='4c75df4a', shape=SHAPES['lc5'],
                              source=SimpleNamespace(count=lambda data: 617),
                              clock=SimpleNamespace(step=1200, seconds=lambda: 120))
    said = bundle.history(trainer)
    assert said.startswith('Start: the weights of `lc5` (latent space 4c75df4a), grown to this shape'), said
    assert 'Then 1,200 steps of 8 squares of 256 x 256' in said and 'power of -0.35, + bits' in said, said
    trainer.origin, options.emphasis = None, 0.0
    said = bundle.history(trainer)
    assert said.startswith('Start: the weights of `lc5`, grown') and 'squared error + bits a pixel' in said, said
    options.init = None
    assert bundle.history(trainer).startswith('Start: principal components'), said


def test_a_training_goes_on_from_the_bundle_that_an_earlier_one_wrote():
    import onnx  # noqa: F401
    import torch
    from dataclasses import replace
    from autoencoder import export, latents, start
    from autoencoder.levels import QUALITIES
    from autoencoder.network import Codec
    from autoencoder.shape import SHAPES
    from entropy import tables
    torch.manual_seed(0)
    shape = replace(SHAPES['lc5'], fine=16, fine_hidden=24, latent=20, latent_hidden=24)
    old, new = Codec(shape).eval(), Codec(shape).eval()
    larger = Codec(replace(shape, fine_hidden=32, decoder_fine=3)).eval()
    with torch.no_grad():
        for p in old.parameters():
            p.add_(0.05 * torch.randn_like(p))
    fit = fitted()
    fit.forward, fit.inverse = (g.astype(np.float32) for g in latents.gains(old))
    fit.level = (np.arange(QUALITIES) * 2 // QUALITIES).astype(np.uint8)
    x = torch.rand(2, 3, 48, 64)
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (('encoder.onnx', export.encoder(old.encoder, shape)),
                           ('decoder.onnx', export.decoder(old.decoder, shape)), ('entropy.bin', tables.to_bytes(fit))):
            with open(os.path.join(folder, name), 'wb') as file:
                file.write(data)
        for codec in (new, larger):
            start.from_bundle(codec, folder, x)
        for name, less in (('latent_hidden', 20), ('encoder_coarse', 1), ('fine', 12)):
            said = refusal(start.from_bundle, Codec(replace(shape, **{name: less})), folder, x)
            assert f'{name} {getattr(shape, name)} instead of {less}' in said, said
    with torch.no_grad():
        level = torch.tensor([9.0, 40.0])
        assert torch.allclose(new.encoder(x), old.encoder(x), atol=1e-3)
        pixels = [codec.restore(codec.scaled(x, level).round(), level) for codec in (old, new, larger)]
        assert torch.allclose(pixels[0], pixels[1], atol=0.05) and torch.allclose(pixels[0], pixels[2], atol=0.05)
        assert torch.isfinite(new.bits(new.scaled(x, level), level)).all()


def test_the_fast_training_step_has_the_values_and_gradients_of_the_slow_one():
    import torch
    from dataclasses import replace
    from autoencoder import loss, native
    from autoencoder.network import Codec
    from autoencoder.shape import SHAPES
    if not native.available(print):
        raise ImportError(name='g++')
    torch.manual_seed(0)
    codec = Codec(replace(SHAPES['lc5'], fine=16, fine_hidden=24, latent=24, latent_hidden=32))
    with torch.no_grad():
        for p in codec.parameters():
            p.add_(0.1 * torch.randn_like(p))
    pixels = np.random.default_rng(3).integers(0, 256, (2, 3, 64, 96), dtype=np.uint8)
    seen = 255 - pixels[:, :, ::-1].copy()
    level, noise = torch.tensor([10.0, 50.0]), torch.rand(2, 4, 6, 24) - 0.5
    found = []
    for cost in (lambda: loss.plain_cost(codec, pixels, seen, level, noise, 0.35, False),
                 lambda: native.cost(codec, pixels, seen, level, noise, 0.35)):
        codec.zero_grad()
        values = cost()
        values[0].sum().backward()
        found.append((torch.stack(values).detach(), {n: p.grad.clone() for n, p in codec.named_parameters()}))
    (slow, slow_grad), (fast, fast_grad) = found
    assert torch.allclose(slow, fast, rtol=0.02), (slow, fast)
    for name, grad in slow_grad.items():  # bf16 rounds a few latents the other way
        alike = float(torch.nn.functional.cosine_similarity(fast_grad[name].flatten(), grad.flatten(), 0))
        size = float(fast_grad[name].norm() / grad.norm())
        assert alike > 0.97 and 0.95 < size < 1.05, (name, alike, size)


def test_noise_is_of_the_kind_that_was_asked_for_and_leaves_some_pictures_alone():
    from common import noise
    gray = np.full((64, 3, 32, 32), 128, np.uint8)
    noisy = noise.some(gray, np.random.default_rng(2))
    assert noisy.shape == gray.shape and noisy.dtype == np.uint8
    alike = (noisy == gray).all((1, 2, 3)).mean()
    assert 0.2 < alike < 0.6, alike
    assert 0.5 < noisy.std((1, 2, 3))[~(noisy == gray).all((1, 2, 3))].min() and abs(noisy.mean() - 128) < 3


def test_refined_weights_need_fewer_bits():
    import torch  # noqa: F401
    from entropy import context
    samples = random_samples(np.random.default_rng(3), 24)  # those that were fitted
    bits = []
    for t in (fitted(), fitted(refinement=60)):
        bits.append(sum(sum(context.picture_bits(s.q[:, :, t.order], s.level, t)) for s in samples))
    assert bits[1] < bits[0], bits


def test_weights_of_four_channels_can_be_refined():
    import torch  # noqa: F401
    t = fitted(2, random_samples(np.random.default_rng(3), channels=4))  # there are four neighbours, too
    w = t.weights[0]
    assert w.neighbours.shape == w.earlier.shape == (4, 4) and w.bias.shape == (4,)


EVALUATION = {
    'pictures': [{'name': f'kodim{n:02}.png', 'width': 768, 'height': 512, 'frames': 1} for n in range(1, 25)],
    'rivals': {'jpeg': {}, 'x264_medium': {}},
    'bundles': {'x': {'latent_space': 'ab' * 32, 'bd_rate_psnr': {'jpeg': -50.04, 'x264_medium': -12.0},
                      'bd_rate_psnr_range_db': {'jpeg': [28.0, 38.0], 'x264_medium': [29.35, 38.0]},
                      'bd_rate_msssim': {'jpeg': -40.0}, 'entropy_saved_percent': {'0': 21.0, '63': 25.5}}}}


def test_an_evaluation_of_something_else_is_refused():
    from autoencoder import evaluation
    assert evaluation.fault(EVALUATION, 'x', 'ab' * 32) is None
    for result, name, identity, word in (
            ({'lc5': []}, 'x', 'ab' * 32, '--noise'), ([], 'x', 'ab' * 32, '--json'),
            (dict(EVALUATION, pictures=[{'name': 'a.avi', 'frames': 25}]), 'x', 'ab' * 32, 'clips'),
            (dict(EVALUATION, rivals={}), 'x', 'ab' * 32, 'rivals'),
            (EVALUATION, 'y', 'ab' * 32, 'of x, not of y'), (EVALUATION, 'x', 'cd' * 32, 'abababab')):
        assert word in evaluation.fault(result, name, identity), word
    assert ' on 2 pictures.' in evaluation.section(dict(EVALUATION, pictures=EVALUATION['pictures'][:2]), 'x')


def test_a_card_gets_the_evaluation_once_and_the_manifest_follows():
    from autoencoder import evaluation
    from common import bundle
    with tempfile.TemporaryDirectory() as folder:
        bundle.write(folder, {'a.bin': b'a'}, {'bundle': 'x'}, '# x\n\n## Measured\n\n1\n\n## Limits\n\n- none\n')
        for _ in range(2):
            with open(os.path.join(folder, 'CARD.md'), encoding='utf-8') as file:
                identity = bundle.replace_card(folder, evaluation.into_card(file.read(), EVALUATION, 'x'))
        assert identity == bundle.identity(folder)
        with open(os.path.join(folder, 'CARD.md'), 'rb') as file:
            text = file.read()
        with open(os.path.join(folder, 'manifest.yaml'), encoding='utf-8') as file:
            assert bundle.digest(text) in file.read()
    text = text.decode()
    assert text.count(evaluation.HEAD) == 1 and text.count('## Limits') == 1 and '## Measured' in text
    assert '| PSNR | -50.0 % | -12.0 % |' in text and '| MS-SSIM | -40.0 % | - |' in text and '21.0 to 25.5 %' in text
    assert ' on the 24 Kodak pictures.' in text and '| from, to | 28.0, 38.0 dB | 29.4, 38.0 dB |' in text


def test_growing_a_codec_changes_no_pixel_before_the_new_latents_speak():
    import torch
    from dataclasses import replace
    from autoencoder import start
    from autoencoder.network import Codec
    from autoencoder.shape import SHAPES
    torch.manual_seed(0)
    small = replace(SHAPES['lc5'], fine=24, fine_hidden=32, latent=16, latent_hidden=24)
    old = Codec(small).eval()
    with torch.no_grad():
        for p in old.parameters():
            p.add_(0.05 * torch.randn_like(p))
    grown = Codec(replace(small, latent=24, latent_hidden=40, encoder_coarse=3)).eval()
    crops = torch.rand(8, 3, 64, 64)
    start.grow(grown, old, crops)
    with torch.no_grad():
        x = crops[:2]
        y, plain = grown.encoder(x), old.encoder(x)
        assert torch.allclose(y[:, :16], plain, atol=1e-4)
        silent = torch.cat([y[:, :16], torch.zeros_like(y[:, 16:])], 1)
        assert torch.allclose(grown.decoder(silent), old.decoder(plain), atol=1e-4)
        # and when they speak, they tell of what was missing: less error than before
        linear = ((grown.decoder(y) - x) ** 2).mean() / ((old.decoder(plain) - x) ** 2).mean()
        assert linear < 1.0, linear


def test_mirrored_branch_of_the_classifier_is_the_mirrored_picture():
    import onnx  # noqa: F401
    import torch
    from cifar10 import export
    from cifar10.mirror import Mirrored
    from cifar10.network import Network
    from common.onnx_run import run
    torch.manual_seed(0)
    network = Network().eval()
    x = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        for p in network.parameters():
            p.add_(0.02 * torch.randn_like(p))
        plain, expected = network(x).numpy(), Mirrored(network)(x).numpy()
    found = run(export.classifier(network, 10), x.numpy())
    assert np.abs(found - expected).max() < 1e-4 < np.abs(plain - expected).max()


def test_wrong_options_are_refused():
    import train
    for words, said in (('lc5 --crop 100', '100 is not a multiple of 16'), ('lc5 --steps 0', '0 is not above 0'),
                        ('lc10 --minutes 0', '0 is not above 0'), ('cifar10 --epochs -1', '-1 is not above 0'),
                        ('lc5 --restart --bundle-only', 'not allowed with argument --restart')):
        assert said in refusal(train.parse, words.split()), words


def test_a_training_keeps_what_it_was_begun_with():
    import torch  # noqa: F401
    from common import checkpoint
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'x.pt')
        options = SimpleNamespace(restart=False, bundle_only=True, rate=1e-3, init='here')
        assert 'no checkpoint' in refusal(checkpoint.earlier, path, options, print)
        checkpoint.save(path, {})  # of before options were kept
        assert checkpoint.earlier(path, options, print) and options.rate == 1e-3
        checkpoint.save(path, {'options': {'rate': 5e-4, 'init': 'here'}})
        said = []
        checkpoint.earlier(path, options, said.append)
        assert options.rate == 5e-4 and len(said) == 1 and '--rate stays 0.0005' in said[0]


def test_a_checkpoint_of_another_shape_is_refused():
    import torch  # noqa: F401
    import train
    from autoencoder.training import Trainer
    from common import checkpoint
    with tempfile.TemporaryDirectory() as folder:
        checkpoint.save(os.path.join(folder, 'lc5.pt'), {'codec': {'encoder.patch.weight': torch.zeros(3, 192, 1, 1)}})
        assert '--restart' in refusal(Trainer, train.parse(['lc5', '--work', folder]))


def test_a_signal_asks_a_training_to_stop():
    from common.stop import Stop
    before = signal.getsignal(signal.SIGTERM)
    with Stop() as stop:
        assert not stop.asked
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.asked and signal.getsignal(signal.SIGTERM) == before


def known_answer(name):
    """Ciphertext of the studied ciphers' golden file."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, '..', '..', 'tests', 'golden', 'study.txt'), encoding='utf-8') as lines:
        return bytes.fromhex(dict(line.split() for line in lines)[name])


def test_ciphers_of_the_papers_give_the_known_answers():
    from papers import ciphers
    secret = b'latentcast study secret 32 bytes'
    plain = np.array([(7 * i + i * i // 11) % 251 for i in range(24 * 17)], np.uint8).reshape(17, 24)
    masked = plain ^ ciphers.mask(secret, 17, 24, 1)[:, :, 0]
    assert masked.tobytes() == known_answer('xor-mask.fixed')
    u = np.array(struct.unpack('>4Q', ciphers.expand_key(secret, 'logistic-chaos', 32)), float) * 2.0 ** -64
    keys = np.array([3.57 + 0.43 * u[0], 0.001 + 0.997 * u[1], 3.57 + 0.43 * u[2], 0.001 + 0.997 * u[3]])[:, None]
    for name, single in (('double', False), ('single', True)):
        cipher = ciphers.logistic_chaos(plain[None], keys, single)
        assert bytes([plain.max()]) + cipher.tobytes() == known_answer(f'logistic-chaos.{name}'), name


def test_measures_of_the_papers_are_right_where_the_answer_is_known():
    from papers import measure
    assert measure.auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])) == 0.75
    assert measure.auc(np.full(4, 0.5), np.array([False, True, True, False])) == 0.5
    plain = np.full((1, 1, 16, 16), 100, np.uint8)
    found = measure.quality(plain, plain + 5)
    assert found['psnr_db'] == 34.15 and found['mae'] == 0.0196 and 0.9 < found['ssim'] < 1, found
    assert measure.byte_entropy(np.arange(256)) == 8
    answers = measure.of_answers(np.array([0, 0, 1, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7]]))
    assert answers == {'accuracy_percent': 75.0, 'recall': 1.0, 'precision': 0.6667, 'f1': 0.8, 'auc': 0.5}, answers


def test_bundles_of_the_papers_are_trained_and_written_whole():
    import onnx  # noqa: F401
    import torch  # noqa: F401
    import train
    from common import onnx_run
    from papers import pictures
    rng = np.random.default_rng(1)
    few = {'mnist': (28, 28), 'photos': (128, 128), 'xray': (200, 200)}
    kept = dict(pictures.LOADERS), dict(pictures.HELD_OUT)
    pictures.LOADERS = {n: lambda data, split, s=s: (rng.integers(0, 256, (12, *s), dtype=np.uint8), np.arange(12) % 2)
                        for n, s in few.items()}
    pictures.HELD_OUT = dict.fromkeys(few, 4)
    pictures._whole.cache_clear()
    try:
        with tempfile.TemporaryDirectory() as work, contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
            for name, dims, words in (
                    ('paper-2-mnist-masked', (1, 28, 28), ('coding: raw', '  sample: u8\n  step: 0.015625', '  key: ')),
                    ('paper-5-restore', (1, 200, 200), ('  step: 0.00392156863', 'gain_records_db')),
                    ('paper-4-encrypted', (1, 128, 128), ('kind: classifier', '  resize: stretch'))):
                folder = os.path.join(work, name)
                options = train.parse([name, '--steps', '2', '--work', work, '--out', folder])
                options.build(options)
                with open(os.path.join(folder, 'manifest.yaml'), encoding='utf-8') as file:
                    text = file.read()
                assert all(w in text for w in words), text
                first = 'encoder.onnx' if 'coding' in text else 'classifier.onnx'
                with open(os.path.join(folder, first), 'rb') as file:
                    y = onnx_run.run(file.read(), rng.random((1, *dims), dtype=np.float32))
                assert np.isfinite(y).all() and (first == 'classifier.onnx' or y.min() >= 0)
    finally:
        pictures.LOADERS, pictures.HELD_OUT = kept
        pictures._whole.cache_clear()


def test_the_study_of_p1_names_each_point_once():
    import torch  # noqa: F401
    from papers import study
    points = study.GRID + study.around(study.GRID[0])
    assert len({p.name for p in points}) == len(points) == 16


def test_a_classifier_of_latents_is_exported_as_it_computes_for_any_size():
    import onnx  # noqa: F401
    import torch
    from latent import export
    from latent.network import Deep
    from medical.network import CLASSES, LatentClassifier
    from common import packing
    from common.onnx_run import run
    torch.manual_seed(0)
    for classes, network in ((5, Deep(24, 5).eval()), (CLASSES, LatentClassifier(24).eval())):
        with torch.no_grad():
            for p in network.parameters():
                p.add_(0.03 * torch.randn_like(p))
            network.stem.spread.uniform_(0.5, 2.0)
        if isinstance(network, Deep):
            packing.round_weights(network.deeper)
        graph = export.classifier(network, 24, classes)
        assert export.check(network, graph, torch.randn(2, 24, 6, 10)) < 1e-3
        logits, evidence = run(graph, torch.randn(1, 24, 8, 8).numpy(), every=True)
        assert evidence.shape == (1, classes, 8, 8) and np.allclose(evidence.mean((2, 3)), logits, rtol=1e-4, atol=1e-4)


def test_packed_weights_are_stored_in_8_bits_and_read_again():
    import onnx  # noqa: F401
    import torch
    from dataclasses import replace
    from autoencoder import export, start
    from autoencoder.network import Codec
    from autoencoder.shape import SHAPES
    from common import packing
    torch.manual_seed(0)
    shape = replace(SHAPES['lc5-xray'], fine=32, fine_hidden=96, latent=64, latent_hidden=128)
    codec = Codec(shape).eval()
    with torch.no_grad():
        for p in codec.parameters():
            p.add_(0.05 * torch.randn_like(p))
    packing.round_weights(codec)
    data = export.encoder(codec.encoder, shape), export.decoder(codec.decoder, shape)
    assert max(export.check(codec, *data)) < 1e-4
    assert len(data[0]) < 0.5 * len(export.encoder(codec.encoder, replace(shape, packed=False)))
    with tempfile.NamedTemporaryFile() as file:
        file.write(data[1])
        file.flush()
        read = start.constants(file.name)
    assert torch.allclose(read['up.weight'], codec.decoder.up.weight, atol=1e-6)


def test_what_the_evidence_points_at_hurts_most_when_it_is_gone():
    import torch
    from latent import deletion
    from latent.network import Head

    class Bright(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.head = Head(3, 2)
            with torch.no_grad():
                self.head.conv.weight[:] = torch.tensor([[5.0, 0, 0], [-5.0, 0, 0]])[:, :, None, None]

        def evidence(self, y):
            return self.head(y)

        def forward(self, y):
            return self.head(y)[0]
    y = torch.randn(20, 3, 8, 8)
    y[:, 0] = 0.0
    y[:, 0, 2:4, 5:8] = 3.0  # 6 of 64 positions hold all that speaks for the answer
    hurt, random = deletion.drops(Bright(), y, torch.zeros(3))
    assert hurt > 0.3 > 3 * random > 0, (hurt, random)


def test_a_training_of_a_classifier_goes_on_where_it_stopped():
    import torch
    from torch.nn import functional as F
    from common import supervised
    from medical.network import LatentClassifier

    class Quiet(io.StringIO):
        def reconfigure(self, **_):
            pass

    class Corners:
        """Label 1 where channel 0 is raised somewhere."""
        peak, warm_steps = 0.12, 8

        def __init__(self, options, say):
            rng = np.random.default_rng(0)
            self.y = rng.integers(0, 2, 512)
            self.x = rng.normal(size=(512, 4, 4, 4)).astype(np.float32)
            self.x[:, 0, 1:3, 1:3] += 3 * self.y[:, None, None]

        def __len__(self):
            return len(self.y)

        def batch(self, indices, rng, progress):
            return torch.from_numpy(self.x[indices]), torch.from_numpy(self.y[indices])

        def loss(self, network, x, target):
            return F.cross_entropy(network(x).float(), target)

        def held_out(self, network):
            with torch.no_grad():
                return float((network(torch.from_numpy(self.x)).argmax(1).numpy() == self.y).mean())
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(Quiet()):
        options = SimpleNamespace(bundle='x', work=folder, seed=1, threads=1, minutes=None, bf16=False, restart=False,
                                  bundle_only=False, epochs=8)

        def trainer():
            return supervised.Trainer(options, lambda data: LatentClassifier(4), Corners)
        whole = trainer()
        network = whole.run()
        assert whole.data.held_out(network) > 0.9
        again = trainer()
        assert again.clock.step == whole.clock.step == 32 and again.clock.progress() == 1.0
        x = torch.from_numpy(whole.data.x)
        with torch.no_grad():
            assert torch.equal(again.averaged()(x), network(x))


def test_areas_under_the_curve_and_their_differences():
    from medical import statistics
    labels = np.array([0, 0, 1, 1, 0, 1])
    assert statistics.auc(np.array([1, 2, 3, 4, 0, 5]), labels) == 1.0
    assert statistics.auc(np.zeros(6), labels) == 0.5
    assert abs(statistics.auc(np.array([1, 3, 2, 4, 0, 5]), labels) - 8 / 9) < 1e-12
    rng = np.random.default_rng(1)
    labels = np.arange(200) % 2
    good, bad = labels + 0.5 * rng.normal(size=200), labels + 3.0 * rng.normal(size=200)
    apart, low, high = statistics.paired(good, bad, labels)
    assert 0 < low < apart < high and statistics.paired(good, good, labels) == (0, 0, 0)
    middle, low, high = statistics.interval(bad, labels)
    assert low < middle < high


def test_folds_hold_both_labels_and_no_patient_twice():
    from medical import pictures
    rng = np.random.default_rng(2)
    patients = [f'p{n}' for n in rng.integers(0, 60, 100)]
    labels = rng.integers(0, 2, 100)
    fold = pictures.folds(labels, patients, 1)
    assert set(fold) == set(range(pictures.FOLDS))
    assert all(len({f for f, q in zip(fold, patients) if q == p}) == 1 for p in patients)
    assert all(0 < labels[fold == k].mean() < 1 for k in range(pictures.FOLDS))


def test_a_small_classifier_learns_and_is_asked_about_pictures_that_it_did_not_see():
    import torch
    from medical import pictures, training
    from medical.network import LatentClassifier, PixelClassifier, to_input
    rng = np.random.default_rng(3)
    labels = np.arange(80) % 2
    seen = rng.integers(100, 140, (80, 32, 32, 3), dtype=np.uint8)
    seen[labels == 1, 8:24, 8:24] += 60
    with tempfile.TemporaryDirectory() as folder:
        options = SimpleNamespace(work=folder, bundle='x', seed=1, restart=False, bf16=False)

        def pixels(rows, rng=None):
            return to_input(seen[rows])

        def latents(rows):  # as linear in the pictures as those of a codec
            return torch.nn.functional.pixel_unshuffle(pixels(rows), 16)

        def train(rows, seed):
            pixel_network = training.fit(PixelClassifier(), training.labelled(pixels, labels), rows, seed, epochs=8)
            network = LatentClassifier(768)
            network.deeper.load_state_dict(pixel_network.deeper.state_dict())
            loss = training.taught(pixel_network, lambda some, rng: (latents(some), pixels(some)), labels)
            return training.fit(network, loss, rows, seed, epochs=8), pixel_network
        fold = pictures.folds(labels, [str(n) for n in range(80)], 1)
        scores = training.cross_validated(train, [latents, pixels], fold, options, 'y', lambda text: None)
        again = training.cross_validated(None, [latents, pixels], fold, options, 'y', lambda text: None)
        assert all((a == b).all() for a, b in zip(scores, again)) and len(os.listdir(folder)) == pictures.FOLDS
    from medical.statistics import auc
    assert all(auc(some, labels) > 0.9 for some in scores)


def test_a_gray_codec_begins_as_the_colour_codec_treats_gray_pictures():
    import torch
    from dataclasses import replace
    from autoencoder import start
    from autoencoder.network import Codec
    from autoencoder.shape import SHAPES
    torch.manual_seed(0)
    old = Codec(replace(SHAPES['lc5'], fine=16, fine_hidden=24, latent=20, latent_hidden=24)).eval()
    with torch.no_grad():
        for p in old.parameters():
            p.add_(0.05 * torch.randn_like(p))
        gray, x = start._as_gray(old), torch.rand(2, 1, 32, 48)
        y = old.encoder(x.expand(2, 3, 32, 48))
        assert torch.allclose(gray.encoder(x), y, atol=1e-4)
        assert torch.allclose(gray.decoder(y), old.decoder(y).mean(1, keepdim=True), atol=1e-4)


def test_pairs_of_frames_are_as_large_as_the_pictures_allow():
    from autoencoder import pairs
    rng = np.random.default_rng(4)
    pictures = list(rng.integers(0, 256, (3, 256, 256, 1), dtype=np.uint8))
    first, second = pairs.frames(pictures, 256, rng)
    assert first.shape == second.shape == (256, 256, 1)


def main():
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    for name, test in sorted(globals().items()):
        if not name.startswith('test_'):
            continue
        title = name[5:].replace('_', ' ')
        try:
            test()
        except ImportError as error:
            counts['skipped'] += 1
            print(f'SKIPPED: training: {title}: needs {error.name}')
        except Exception as error:
            counts['failed'] += 1
            print(f'FAILED: training: {title}: {type(error).__name__}: {error}')
        else:
            counts['passed'] += 1
    print('cases: ' + ', '.join(f'{v} {k}' for k, v in counts.items()))
    sys.exit(1 if counts['failed'] else 0)


if __name__ == '__main__':
    main()
