"""The char-gpt model of examples/char-gpt in PyTorch: the independent implementation that losses and step times are compared with.

As a module it gives `CharGpt`, dense or with matrix product operators contracted core by core by einsum. As a program it times training
steps on request: it reads lines from standard input, runs one step for each line `step`, and answers with milliseconds, so that a
caller can alternate with its own steps.  Usage: python bench/char_gpt.py BATCH CONTEXT THREADS [BOND]
"""
import math
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

# out factors, in factors of each kind of weight (docs/results/char-gpt.md)
SQUARE = ((8, 16), (8, 16))
UP = ((8, 8, 8), (4, 4, 8))
DOWN = ((4, 4, 8), (8, 8, 8))
HEAD = ((5, 13), (8, 16))


def full_bond(out, inner, k):
    left = math.prod(o * i for o, i in zip(out[:k], inner[:k]))
    right = math.prod(o * i for o, i in zip(out[k:], inner[k:]))
    return min(left, right)


class Mpo(nn.Module):
    """y[.., out] = sum over in of W[out, in] x[.., in]; W is the product of cores T[k][b(k-1), out k, in k, b k], ends without bond."""

    def __init__(self, out, inner, bond):
        super().__init__()
        n = len(out)
        bonds = [1] + [min(bond, full_bond(out, inner, k)) for k in range(1, n)] + [1]
        self.out, self.inner = out, inner
        self.cores = nn.ParameterList(nn.Parameter(torch.zeros(bonds[k], out[k], inner[k], bonds[k + 1])) for k in range(n))

    def dense(self):
        w = self.cores[0]
        for core in list(self.cores)[1:]:
            w = torch.einsum('aoib,bpjc->aopijc', w, core)
            a, o, p, i, j, c = w.shape
            w = w.reshape(a, o * p, i * j, c)
        return w.reshape(math.prod(self.out), math.prod(self.inner))


class Linear(nn.Module):
    def __init__(self, inner, out, factors, bond, biased):
        super().__init__()
        self.mpo = Mpo(*factors, bond) if bond else None
        self.weight = None if bond else nn.Parameter(torch.zeros(out, inner))
        self.offset = nn.Parameter(torch.zeros(out)) if biased else None
        self.size = out

    def forward(self, x):
        w = self.mpo.dense()[: self.size] if self.mpo else self.weight
        return F.linear(x, w, self.offset)


class Block(nn.Module):
    def __init__(self, width, heads, inner, bond):
        super().__init__()
        square = lambda biased: Linear(width, width, SQUARE, bond, biased)
        self.query, self.key, self.value, self.mix = square(False), square(False), square(False), square(True)
        self.up = Linear(width, inner, UP, bond, True)
        self.down = Linear(inner, width, DOWN, bond, True)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.heads = heads

    def forward(self, x, mask):
        b, t, w = x.shape
        split = lambda a: a.view(b, t, self.heads, w // self.heads).transpose(1, 2)
        y = self.norm1(x)
        q, k, v = split(self.query(y)), split(self.key(y)), split(self.value(y))
        s = (q @ k.transpose(2, 3)) / math.sqrt(w // self.heads)
        o = s.masked_fill(mask[:t, :t], -1e30).softmax(-1) @ v
        x = x + self.mix(o.transpose(1, 2).reshape(b, t, w))
        return x + self.down(F.relu(self.up(self.norm2(x))))


class CharGpt(nn.Module):
    def __init__(self, vocab=65, width=128, heads=4, depth=4, inner=512, context=256, bond=0, head=HEAD):
        super().__init__()
        self.embed = nn.Parameter(torch.zeros(vocab, width))
        self.block = nn.ModuleList(Block(width, heads, inner, bond) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.head = Linear(width, vocab, head, bond, False)
        t = torch.arange(context, dtype=torch.float64)[:, None]
        w = torch.arange(width, dtype=torch.float64)[None, :]
        angle = t / 10000 ** ((w - w % 2) / width)
        self.register_buffer('places', torch.where(w % 2 == 0, angle.sin(), angle.cos()).float())
        self.register_buffer('mask', torch.ones(context, context, dtype=torch.bool).triu(1))

    def forward(self, ids):
        x = self.embed[ids] + self.places[: ids.shape[1]]
        for block in self.block:
            x = block(x, self.mask)
        return self.head(self.norm(x))

    def named(self):
        """Parameters by their names in the .bond model, in its order."""
        found = []
        linear = lambda path, l: found.extend(
            [(f'{path}.weight.T[{k + 1}]', c) for k, c in enumerate(l.mpo.cores)] if l.mpo else [(f'{path}.weight', l.weight)]
        ) or (found.append((f'{path}.offset', l.offset)) if l.offset is not None else None)
        norm = lambda path, n: found.extend([(f'{path}.gain', n.weight), (f'{path}.shift', n.bias)])
        found.append(('embed', self.embed))
        for number, block in enumerate(self.block, 1):
            for name in ('query', 'key', 'value', 'mix', 'up', 'down'):
                linear(f'block[{number}].{name}', getattr(block, name))
            for name in ('norm1', 'norm2'):
                norm(f'block[{number}].{name}', getattr(block, name))
        norm('norm', self.norm)
        linear('head', self.head)
        return found


def train_step(model, optimiser, ids, following):
    optimiser.zero_grad(set_to_none=True)
    loss = F.cross_entropy(model(ids).flatten(0, 1), following.flatten())
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return loss.item()


def serve(batch, context, threads, bond):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = CharGpt(context=context, bond=bond)
    for name, p in model.named():
        with torch.no_grad():
            p.fill_(1) if name.endswith('gain') else p.normal_(0, 0.05)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-4)
    ids = torch.randint(0, 65, (batch, context))
    print('ready', torch.__version__, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        train_step(model, optimiser, ids, ids.roll(-1, 1))
        print((time.perf_counter() - start) * 1000, flush=True)


if __name__ == '__main__':
    serve(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 0)
