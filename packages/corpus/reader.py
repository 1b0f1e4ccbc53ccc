"""Reads a corpus: `for one in programs('data'): one['name'], one['about'], one['program'], one['inputs'] ...`. Needs numpy alone."""
import json
from pathlib import Path

import numpy as np

ARRAYS = {'F64': np.float64, 'F32': np.float32, 'I32': np.int32}


def tensors(path):
    """A file of safetensors: arrays by name."""
    raw = Path(path).read_bytes()
    start = 8 + int.from_bytes(raw[:8], 'little')
    head = json.loads(raw[8:start])
    head.pop('__metadata__', None)
    return {
        name: np.frombuffer(raw[start + own['data_offsets'][0]:start + own['data_offsets'][1]], ARRAYS[own['dtype']]).reshape(own['shape'])
        for name, own in head.items()
    }


def programs(folder):
    """Every program as a dictionary; its text is None where it is of operations alone."""
    for path in sorted((Path(folder) / 'programs').iterdir()):
        text = path / 'program.bond'
        yield {
            'name': path.name,
            'text': text.read_text() if text.exists() else None,
            **{own: json.loads((path / f'{own}.json').read_text()) for own in ('about', 'program')},
            **{own: tensors(path / f'{own}.safetensors') for own in ('inputs', 'weights', 'expected')},
        }
