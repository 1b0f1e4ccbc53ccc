"""check_onnx.py FOLDER: onnx's checker, strict shape inference and onnxruntime for each case that cases.ts wrote: results of all entries
to 1e-5 of the largest value of the f64 reference."""
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

onnxruntime.set_default_logger_severity(3)


def worst(found, expected):
    found = np.asarray(found, dtype=np.float64).ravel()
    if found.shape != expected.shape:
        return float('inf')
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-3)) if found.size else 0.0


def check(folder):
    about = json.loads((folder / 'entries.json').read_text())
    data = load_file(folder / 'inputs.safetensors')
    expected = load_file(folder / 'expected.safetensors')
    types = {'int': np.int64, 'bool': np.bool_, 'real': np.float32}
    counts, most = 0, 0.0
    for entry in about['entries']:
        file = folder / f"{entry['name']}.onnx"
        onnx.checker.check_model(str(file), full_check=True)
        onnx.shape_inference.infer_shapes(onnx.load(file), check_type=True, strict_mode=True, data_prop=True)
        if any(given['name'] not in data for given in entry['inputs']):
            continue
        session = onnxruntime.InferenceSession(file, providers=['CPUExecutionProvider'])
        fed = {given['name']: data[given['name']].astype(types[given['type']]) for given in entry['inputs']}
        results = session.run(None, fed)
        for name, value in zip(entry['results'], results):
            key = f"eval {entry['name']}" + ('' if len(results) == 1 else f'.{name}')
            off = worst(value, expected[key])
            counts, most = counts + 1, max(most, off)
            assert off <= 1e-5, f'{key} is off by {off}'
    return counts, most


failed = 0
folders = sorted(path for path in Path(sys.argv[1]).iterdir() if (path / 'entries.json').exists())
for folder in folders:
    try:
        counts, most = check(folder)
        print(f'{folder.name}: {counts} results, off by at most {most:.1e}')
    except Exception as error:  # noqa: BLE001: every case is tried
        failed += 1
        print(f'{folder.name}: FAILED {type(error).__name__}: {error}')
print(f'{len(folders) - failed} passed, {failed} failed, onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}')
sys.exit(1 if failed else 0)
