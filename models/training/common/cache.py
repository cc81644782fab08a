"""Arrays that are made once and then lie in the work folder."""
import os

import numpy as np


def kept(path, make):
    """The array in a file, mapped; made when it is not there."""
    if not os.path.exists(path):
        np.save(path + '.part.npy', make())
        os.replace(path + '.part.npy', path)
    return np.load(path, mmap_mode='r')
