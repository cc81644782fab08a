"""What a codec learns from, is measured on, and owes to whom."""


from common import photos, rate_distortion
from medical import pictures
from medical.card import TERMS as MEDICAL_TERMS, WARNING
from medical.tasks import TASKS

PHOTO_TERMS = '''The code is Apache-2.0. The weights come from these pictures:

| pictures | terms as stated |
| --- | --- |
| 500 of BSDS500 | Berkeley Segmentation Dataset: non-commercial research and education |
| 50 of Urban100, 40 of Sun-Hays 80 | research data sets, no licence in their repository; photographs of others |
| 47 wallpapers (Ubuntu, Pop!_OS, elementary) | CC BY-SA 3.0, Unsplash, NASA, other free licences, per picture |

So take the weights for non-commercial research and education, and train your own for anything else. The Kodak pictures
(released by Eastman Kodak for unrestricted use) served for measuring only. No picture is part of the bundle.'''


class Photos:
    """Photographs of photos-train; Kodak's for measuring."""
    summary = 'photographs and camera pictures'
    every = 4  # every fourth is enough for tables
    tested = 'Kodak, 24 pictures'
    tested_in_card = '24 Kodak pictures (never trained on)'
    decibels = 27.0, 40.0  # of the rate difference
    limit = 'Trained for squared error on photographs. Text, screens and drawings are not what it knows.'
    licence = 'weights for non-commercial research and education'
    terms = ('Weights trained on BSDS500 (non-commercial research and education), Urban100 and Sun-Hays 80 (research '
             'data sets) and freely licensed wallpapers (some CC BY-SA 3.0): for non-commercial research and education; '
             'see CARD.md')
    terms_in_card = PHOTO_TERMS

    def training(self, data):
        """Pictures [H][W][C] u8, without those held out."""
        return [photos.load(path) for path in photos.training(data)]

    def held_out(self, data):
        return [photos.load(path) for path in photos.held_out(data)]

    def test(self, data):
        return rate_distortion.kodak(data)

    def count(self, data):
        return len(photos.training(data))


class Medical:
    """The training pictures of a medical set, every 32nd held out; its test pictures for measuring."""
    every = 2
    decibels = 30.0, 46.0

    def __init__(self, name):
        self.task = TASKS[name]
        what = {'xray': 'gray chest X-rays', 'fundus': 'photographs of the retina'}[name]
        count = {'xray': 160, 'fundus': 78}[name]
        self.summary = f'{what}, for experiments'
        self.tested = f'{name}, {count} test pictures'
        self.tested_in_card = f'{count} test pictures of the set {name} (256 x 256, never trained on)'
        self.limit = f'Trained for squared error on {what}. {WARNING}'
        self.licence, self.terms = self.task.licence, self.task.terms
        self.terms_in_card = (f'The code is Apache-2.0. {MEDICAL_TERMS[name]} The training began with weights for '
                              'non-commercial\nresearch and education (`lc5`). No picture is part of the bundle.')

    def _all(self, data, split):
        stored, _, _ = pictures.load(data, self.task.name, split)
        return list(stored if stored.ndim == 4 else stored[..., None])

    def training(self, data):
        return [p for n, p in enumerate(self._all(data, 'train')) if n % photos.HOLD_OUT_EVERY != 7]

    def held_out(self, data):
        return self._all(data, 'train')[7::photos.HOLD_OUT_EVERY]

    def test(self, data):
        return self._all(data, 'test')

    def count(self, data):
        return len(self.training(data))


SOURCES = {'photos': Photos(), 'xray': Medical('xray'), 'fundus': Medical('fundus')}
