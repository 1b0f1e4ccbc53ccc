"""python replay.py CORPUS...: runs every program of a corpus with numpy alone and compares what it gives with what it should.

Written from docs/corpus.md; it shares no code with bondsmith. A program is a list of nodes, one result each; `run` is all of its meaning.
"""
import json
import math
import sys
from pathlib import Path

import numpy as np

from random_words import stream_key, words

TYPES = {'real': np.float64, 'int': np.int64, 'bit': np.int64}
STORED = {'F64': np.float64, 'F32': np.float32, 'I32': np.int32}


def load(path):
    """A file of safetensors as arrays by name."""
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], 'little')
    head = json.loads(raw[8:8 + length])
    head.pop('__metadata__', None)
    part = lambda at: raw[8 + length + at[0]:8 + length + at[1]]
    return {name: np.frombuffer(part(own['data_offsets']), STORED[own['dtype']]).reshape(own['shape']) for name, own in head.items()}


def sizes(axes):
    return [axis['size'] for axis in axes]


def grid(extents):
    """The coordinate along each axis of a domain, shaped so that they broadcast."""
    return [np.arange(size).reshape([-1 if k == axis else 1 for k in range(len(extents))]) for axis, size in enumerate(extents)]


# contractions -------------------------------------------------------------------------------------------------------------

def letters_of(subscripts):
    found = []
    for subscript in subscripts:
        for letter in subscript['over'] if isinstance(subscript, dict) else [subscript]:
            if letter not in found:
                found.append(letter)
    return found


def places(subscripts, own, extents, inputs):
    """Index arrays over the letters `own`, and where all of them lie within their axes."""
    at = dict(zip(own, grid([extents[letter] for letter in own])))
    index, inside = [], np.ones([extents[letter] for letter in own], bool)
    for subscript in subscripts:
        if not isinstance(subscript, dict):
            index.append(at[subscript])
            continue
        found = inputs[subscript['ids']][tuple(at[letter] for letter in subscript['over'])]
        size = subscript['axis']['size']
        inside = inside & (found >= 0) & (found < size)
        index.append(np.clip(found, 0, max(size - 1, 0)))
    return tuple(index), inside


def contract(a, inputs, shape, dtype):
    extents = sizes(a['letters'])
    terms, seen = [], set()
    for k, subscripts in enumerate(a['operands']):
        own = letters_of(subscripts)
        seen.update(own)
        index, inside = places(subscripts, own, extents, inputs)
        value = inputs[k][index] if index else inputs[k]
        terms += [np.where(inside, value, 0), own]
    kept = letters_of(a['result'])
    for letter in kept:
        if letter not in seen:
            terms += [np.ones(extents[letter], TYPES[dtype]), [letter]]
    value = np.einsum(*terms, kept, optimize=True) if terms else np.ones((), TYPES[dtype])
    index, inside = places(a['result'], kept, extents, inputs)
    result = np.zeros(shape, TYPES[dtype])
    if not index:
        return result + value
    np.add.at(result, tuple(np.broadcast_to(own, inside.shape) for own in index), np.where(inside, value, 0))
    return result


# scalar functions ---------------------------------------------------------------------------------------------------------

def floor_divide(x, y):
    return np.where(y == 0, 0, np.floor(x / np.where(y == 0, 1, y)))


def to_int(x):
    return np.clip(np.trunc(np.where(np.isnan(x), 0, x)), -2**31, 2**31 - 1).astype(np.int64)


def below(word, p):
    bound = np.clip(np.floor(np.float32(p).astype(np.float64) * 2**32 + 0.5), 0, 2**32)
    return word < bound


FUNCTIONS = {
    'add': lambda x, y: x + y, 'sub': lambda x, y: x - y, 'mul': lambda x, y: x * y, 'div': lambda x, y: x / y, 'neg': lambda x: -x,
    'min': np.minimum, 'max': np.maximum, 'exp': np.exp, 'log': np.log, 'sqrt': np.sqrt, 'tanh': np.tanh,
    'sigmoid': lambda x: 1 / (1 + np.exp(-x)), 'erf': np.vectorize(math.erf, otypes=[float]), 'sin': np.sin, 'cos': np.cos,
    'floor': np.floor, 'idiv': lambda x, y: floor_divide(x, y), 'mod': lambda x, y: np.where(y == 0, 0, x - y * floor_divide(x, y)),
    'lt': lambda x, y: x < y, 'le': lambda x, y: x <= y, 'eq': lambda x, y: x == y,
    'and': lambda x, y: (x != 0) & (y != 0), 'or': lambda x, y: (x != 0) | (y != 0), 'not': lambda x: x == 0,
    'select': lambda c, x, y: np.where(c != 0, x, y), 'stop': lambda x: x, 'real': lambda x: np.asarray(x, np.float64), 'int': to_int,
    'below': below, 'uniform': lambda word: (word >> np.uint64(8)).astype(np.float64) * 2.0**-24,
}


def scalar(value, reads, at, extents, draw):
    kind = value['is']
    if kind == 'read':
        return reads[value['operand']]
    if kind in ('number', 'size'):
        return np.asarray(value['value'])
    if kind == 'coordinate':
        return at[value['axis']]
    if kind == 'random':
        row = np.zeros((), np.int64)
        for axis in range(value['rows']):
            row = row * extents[axis] + at[axis]
        return draw(value['stream'], row, at[-1] if value['rows'] < len(extents) else np.zeros((), np.int64))
    f, a = FUNCTIONS[value['f']], [scalar(part, reads, at, extents, draw) for part in value['a']]
    return f(*a)


def pointwise(a, inputs, shape, dtype, draw):
    at = grid(sizes(a['domain']))
    reads = [own[tuple(at[p] for p in positions)] if positions else own for own, positions in zip(inputs, a['reads'])]
    return np.broadcast_to(scalar(a['value'], reads, at, shape, draw), shape).astype(TYPES[dtype])


# the other operations -----------------------------------------------------------------------------------------------------

def reduce(a, x):
    over = tuple(a['over'])
    if any(x.shape[axis] == 0 for axis in over):
        return np.full([size for k, size in enumerate(x.shape) if k not in over], {'max': -1e30, 'min': 1e30, 'any': 0}[a['combine']])
    return x.min(axis=over) if a['combine'] == 'min' else x.max(axis=over)


def arg_top(a, x):
    order = np.argsort(-np.moveaxis(x, a['axis'], -1), axis=-1, kind='stable')
    return order[..., :a['count']]


def largest(a, x):
    found = np.zeros(x.size, np.int64)
    found[np.argsort(-x.reshape(-1), kind='stable')[:a['count']]] = 1
    return found.reshape(x.shape)


def group(a, keys):
    inside = (keys >= 0) & (keys < a['groups'])
    if a['gives'] == 'order':
        return np.argsort(np.where(inside, keys, a['groups']), kind='stable')
    return np.concatenate([[0], np.cumsum(np.bincount(keys[inside], minlength=a['groups']))])


def window(a, x):
    place = a['stride'] * np.arange(a['out']['size'])[:, None] + a['dilation'] * np.arange(a['tap']['size'])[None] - a['before']
    size = x.shape[a['axis']]
    inside = (place >= 0) & (place < size)
    found = np.take(x, np.clip(place, 0, max(size - 1, 0)), axis=a['axis'])
    return found * inside.reshape([*([1] * a['axis']), *inside.shape, *([1] * (x.ndim - a['axis'] - 1))])


def cut(a, x):
    return np.take(x, np.arange(a['from'], a['from'] + a['size']), axis=a['axis'])


def pad(a, x):
    widths = [(0, 0)] * x.ndim
    widths[a['axis']] = (a['before'], a['size'] - a['before'] - x.shape[a['axis']])
    return np.pad(x, widths)


def run(form, given, draw):
    """Values of the outputs by `KIND NAME`."""
    values = []
    for node in form['nodes']:
        a, x = node['attributes'], [values[k] for k in node['inputs']]
        shape, dtype, name = sizes(node['type']['axes']), node['type']['dtype'], node['operation']
        if name == 'source':
            value = given[a['name']]
        elif name == 'constant':
            value = np.broadcast_to(a['value'], shape) if np.isscalar(a['value']) else np.reshape(a['value'], shape)
        elif name == 'contract':
            value = contract(a, x, shape, dtype)
        elif name == 'map':
            value = pointwise(a, x, shape, dtype, draw)
        elif name == 'reshape':
            value = x[0].reshape(shape)
        else:
            value = {'reduce': reduce, 'slice': cut, 'pad': pad, 'arg-top': arg_top, 'largest': largest, 'group': group, 'window': window}[name](a, x[0])
        value = np.asarray(value).astype(TYPES[dtype])
        assert list(value.shape) == shape, f'{name} gives {value.shape}, its type says {shape}'
        values.append(value)
    return {f"{output['kind']} {output['name']}": values[output['value']] for output in form['outputs']}


def replay(folder):
    """The largest distance of an output over what is allowed; at most 1 where the program agrees."""
    program = json.loads((folder / 'program.json').read_text())
    given = {**load(folder / 'inputs.safetensors'), **load(folder / 'weights.safetensors')}
    expected = load(folder / 'expected.safetensors')
    allowed = json.loads((folder / 'about.json').read_text())['tolerances']['double']
    key = lambda stream: stream_key(program['seed'], stream, program['tick'])
    draw = lambda stream, row, column: words(key(stream), row, column)
    most = 0.0
    for form in program['forms']:
        found = run(form, given, draw)
        right = {name: expected[f"{form['gives']}/{name}"] for name in found}
        floor = max([1e-3, *(np.abs(value).max(initial=0) for value in right.values())]) / 100
        for name, value in found.items():
            scale = max(floor, 1e-3, np.abs(right[name]).max(initial=0))
            off = np.abs(value - right[name]).max(initial=0) / scale / allowed
            most = max(most, off if off == off else math.inf)
    return most


def main(folders):
    np.seterr(all='ignore')
    programs = sorted(path.parent for folder in folders for path in Path(folder).rglob('program.json'))
    failed = 0
    for folder in programs:
        try:
            most = replay(folder)
            complaint = None if most <= 1 else f'{most:.1e} times as far away as it may be'
        except Exception as error:  # noqa: BLE001: every program is tried
            complaint = f'{type(error).__name__}: {error}'
        if complaint is not None:
            failed += 1
            print(f'{folder}: {complaint}')
    print(f'{len(programs) - failed} of {len(programs)} programs agree')
    return 1 if failed or not programs else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
