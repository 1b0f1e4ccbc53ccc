"""check_pytorch.py FOLDER: torch against the f64 reference for each case that cases.ts wrote: results to 1e-9, gradients and the losses
of ten steps of AdamW to 1e-8 of the largest."""
import importlib.util
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def load(folder):
    spec = importlib.util.spec_from_file_location(f'case_{folder.name}', folder / 'model.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def worst(found, expected):
    found = found.detach().to(torch.float64).flatten()
    expected = expected.to(torch.float64)
    if found.shape != expected.shape:
        return float('inf')
    return ((found - expected).abs().max() / expected.abs().max().clamp(min=1e-3)).item() if found.numel() else 0.0


def check(folder):
    module = load(folder)
    about = json.loads((folder / 'entries.json').read_text())
    model = module.load_weights(getattr(module, about['root'])(), folder / 'weights.safetensors')
    data = load_file(folder / 'inputs.safetensors')
    expected = load_file(folder / 'expected.safetensors')
    counts, most = 0, 0.0

    def compare(name, found, bound):
        nonlocal counts, most
        off = worst(found, expected[name])
        counts, most = counts + 1, max(most, off)
        assert off <= bound, f'{folder.name}: {name} is off by {off}'

    def argument(given):
        value = data[given['name']]
        return value.long() if given['type'] == 'int' else value.bool() if given['type'] == 'bool' else value.to(torch.float64)

    for entry in about['entries']:
        if any(given['name'] not in data for given in entry['inputs']):
            continue
        call = getattr(model, entry['name'], None) or getattr(model, entry['name'] + '_')
        args = [argument(given) for given in entry['inputs']]
        model.eval()
        with torch.no_grad():
            found = call(*args)
        found = found if isinstance(found, tuple) else (found,)
        for name, value in zip(entry['results'], found):
            compare(f"eval {entry['name']}" + ('' if len(found) == 1 else f'.{name}'), value, 1e-9)
        if f"train {entry['name']}" not in expected:
            continue
        model.train()
        model.zero_grad()
        loss = call(*args)
        compare(f"train {entry['name']}", loss, 1e-9)
        loss.backward()
        for name, tensor in module.weights(model).items():
            key = f"gradient {entry['name']} {name}"
            if key in expected:
                compare(key, torch.zeros_like(tensor) if tensor.grad is None else tensor.grad, 1e-8)
    if 'steps' in expected:
        entry = next(entry for entry in about['entries'] if entry['kind'] == 'loss')
        call = getattr(model, entry['name'], None) or getattr(model, entry['name'] + '_')
        args = [argument(given) for given in entry['inputs']]
        trained = [tensor for tensor in model.parameters() if tensor.requires_grad]
        optimiser = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.01)
        model.train()
        losses = []
        for _ in range(10):
            optimiser.zero_grad()
            loss = call(*args)
            loss.backward()
            optimiser.step()
            losses.append(loss.detach())
        compare('steps', torch.stack(losses), 1e-8)
    return counts, most


failed = 0
folders = sorted(path for path in Path(sys.argv[1]).iterdir() if (path / 'model.py').exists())
for folder in folders:
    try:
        counts, most = check(folder)
        print(f'{folder.name}: {counts} tensors, off by at most {most:.1e}')
    except Exception as error:  # noqa: BLE001: every case is tried
        failed += 1
        print(f'{folder.name}: FAILED {type(error).__name__}: {error}')
print(f'{len(folders) - failed} passed, {failed} failed, torch {torch.__version__}')
sys.exit(1 if failed else 0)
