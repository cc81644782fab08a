"""Two questions to medical pictures, for experiments with compression and classification, never for a diagnosis."""
from dataclasses import dataclass
from typing import Callable

SIDE = 256  # of the pictures


@dataclass(frozen=True)
class Task:
    name: str  # of the set
    summary: str
    labels: tuple  # absent, present
    is_present: Callable  # of the set's y
    patient_of: Callable  # of a picture's name: pictures of one patient stay in one fold
    upside_down: bool  # whether a picture turned upside down is as good
    precision: float  # wanted among confident answers
    licence: str
    terms: str


TASKS = {t.name: t for t in (
    Task('xray', 'chest X-rays: normal or viral pneumonia', ('NORMAL', 'PNEUMONIA'), lambda y: y == 1,
         lambda name: name, False, 0.97, 'weights for non-commercial research and education',
         'Trained on chest X-rays of children (Kermany et al. 2018, CC BY 4.0): for experiments, never for a '
         'diagnosis; see CARD.md'),
    Task('fundus', 'photographs of the retina: diabetic retinopathy of grade 2 or more, or less',
         ('grade 0-1', 'grade 2-4'), lambda y: y >= 2, lambda name: name.split('_')[0], True, 0.9,
         'weights for internal research only',
         'Trained on fundus photographs of EyePACS (Kaggle competition of 2015, released for research under its '
         'rules): for internal research only, never for a diagnosis; see CARD.md'))}
