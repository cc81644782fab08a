"""The subcommands of the classifiers of medical latents."""
from common.options import bundle_parser


def build(options):
    from medical import latent_bundle
    latent_bundle.build(options)


def register(bundles):
    for name, what in (('xray', 'chest X-rays'), ('fundus', 'photographs of the retina')):
        bundle_parser(bundles, f'{name}-latent', f'classifier of latents of lc5, of {what}', build,
                      scheduled=False)
