"""The section of a card that tells what `latentcast eval --json` found."""
HEAD = '## Beside other codecs\n'
LIMITS = '## Limits\n'
TEXT = HEAD + '''
Real bytes, headers included, of `latentcast eval --bundle {name} --images FOLDER` on {pictures}. BD-rate in PSNR
(RGB) over the decibels of the second line, in MS-SSIM over what both codecs reach of 10 to 20 dB; x264 intra with
constant quantisers, tuned for PSNR, 4:2:0.

| | {names} |
| --- |{rule}
| PSNR | {psnr} |
| from, to | {ranges} |
| MS-SSIM | {msssim} |

The contexts save {least:.1f} to {most:.1f} % of the bits against one table a channel, made for just these pictures.

'''
KODAK = {f'kodim{n:02}.png' for n in range(1, 25)}


def fault(result, name, identity):
    """Why `result` is no evaluation of the bundle of this name and id on pictures; None where it is one."""
    if not isinstance(result, dict) or not {'pictures', 'rivals', 'bundles'} <= result.keys():
        return 'not what `latentcast eval --json` says without --noise'
    if any(p['frames'] > 1 for p in result['pictures']):
        return 'an evaluation of clips; the card tells of pictures'
    if not result['rivals']:
        return 'an evaluation without rivals; leave --no-rivals out'
    if name not in result['bundles']:
        return f'an evaluation of {", ".join(result["bundles"])}, not of {name}'
    measured = result['bundles'][name]['latent_space']
    if measured != identity:
        return f'an evaluation of {name} {measured[:8]}, but the bundle is {identity[:8]}: evaluate it anew'
    return None


def _pictures(result):
    names = [p['name'] for p in result['pictures']]
    if len(names) == len(KODAK) and set(names) == KODAK:
        return 'the 24 Kodak pictures'
    return f'{len(names)} picture{"s" if len(names) > 1 else ""}'


def section(result, name):
    found, rivals = result['bundles'][name], list(result['rivals'])
    saved = found['entropy_saved_percent'].values()

    def cells(key, show):
        return ' | '.join(show(found[key][r]) if r in found[key] else '-' for r in rivals)

    def percent(value):
        return f'{value:+.1f} %'
    return TEXT.format(name=name, pictures=_pictures(result), names=' | '.join(r.replace('_', ' ') for r in rivals),
                       rule=' --- |' * len(rivals), psnr=cells('bd_rate_psnr', percent),
                       ranges=cells('bd_rate_psnr_range_db', lambda ends: '{:.1f}, {:.1f} dB'.format(*ends)),
                       msssim=cells('bd_rate_msssim', percent), least=min(saved), most=max(saved))


def into_card(card, result, name):
    """The card with that section before its limits, in the place of an earlier one."""
    before, _, after = card.partition(LIMITS)
    if not after:
        raise SystemExit(f'the card of {name} has no section of limits')
    return before.partition(HEAD)[0] + section(result, name) + LIMITS + after
