/** `train.py` beside a model: a loop of torch with the optimiser, the groups and the order of data that bondsmith has, on one process or many. */
import { rampsIn } from '../../values/mask.ts';
import type { Model } from '../../values/model.ts';
import { entryName } from './entries.ts';
import { namesOf } from './names.ts';
import { indented, quoted } from './python.ts';

/** Throws nothing: what a .bond file schedules beyond this loop is named in `left`. */
export function printTraining(model: Model, root: string): { readonly text: string; readonly left: readonly string[] } {
  const names = namesOf(model);
  const losses = model.entries.filter(({ kind }) => kind === 'loss');
  const metrics = model.entries.filter(({ kind }) => kind === 'metric');
  const roles = new Map<string, string[]>();
  for (const {
    names: [own],
    role = 'dense',
  } of model.parameters)
    roles.set(role, [...(roles.get(role) ?? []), names.attributeOf(own)]);
  const table = [...roles].map(([role, paths]) => `${quoted(role)}: [${paths.map(quoted).join(', ')}],`);
  const entry = (one: Model['entries'][number]) =>
    `${quoted(one.name)}: (${quoted(entryName(one.name))}, [${one.inputs.map(({ name }) => quoted(name)).join(', ')}]),`;
  const types = model.inputs.map(
    ({ name, type }) => `${quoted(name)}: ${type === 'real' ? 'torch.get_default_dtype()' : type === 'int' ? 'torch.long' : 'torch.bool'},`,
  );
  const moving = model.parameters.filter(({ update }) => !update.frozen && update.where !== undefined && rampsIn(update.where).length > 0);
  const left = [
    ...model.schedule.map(({ is }) => `the event \`${is}\``),
    ...model.parameters.flatMap(({ orthogonal, names: [own] }) => (orthogonal === undefined ? [] : [`that ${own} stays orthogonal`])),
    ...model.gates.map(() => 'a gate (`with probability`)'),
    ...moving.map(() => 'a mask that moves'),
  ];
  const text = `"""Trains ${root} on tensors, one for each input, examples along the first axis.

    python train.py --data data.safetensors --steps 1000 --batch 32 --rate 3e-4 --rate-of central=1e-4 --out trained.safetensors
    torchrun --nproc-per-node 2 train.py --data data.safetensors --batch 32 ...      # 16 examples a process, the same losses
"""
import argparse
import os

import torch
import torch.distributed as dist
from safetensors.torch import load_file
from torch.nn.parallel import DistributedDataParallel

from model import ${root}, load_weights, save_weights, zero_outside

LOSSES = {
${indented(losses.map(entry)).join('\n')}
}
METRICS = {
${indented(metrics.map(entry)).join('\n')}
}
TYPES = {
${indented(types).join('\n')}
}
ROLES = {
${indented(table).join('\n')}
}


class Loss(torch.nn.Module):
    """What is differentiated, as a module, so that gradients of all processes are averaged."""

    def __init__(self, model, name):
        super().__init__()
        self.model = model
        self.method, self.inputs = LOSSES[name]

    def forward(self, batch):
        return getattr(self.model, self.method)(*(batch[name] for name in self.inputs))


def batch_at(data, count, step, size, seed, rank, world):
    """Examples of a step: an order of the whole set for each epoch, the same for any number of processes, each of which takes its share."""
    epoch, within = divmod(step, max(1, count // size))
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed * 1_000_003 + epoch))
    rows = order[within * size : (within + 1) * size][rank::world]
    return {name: value[rows] for name, value in data.items()}


def groups_of(model, rate, decay, rates):
    """Parameters by role, those without a rate of their own together."""
    own = dict(model.named_parameters())
    taken, groups = set(), []
    for role, special in rates.items():
        if role not in ROLES:
            raise SystemExit(f'--rate-of {role}: there are the roles {", ".join(ROLES)}')
        paths = [path for path in ROLES[role] if path in own and own[path].requires_grad]
        taken.update(paths)
        groups.append({'params': [own[path] for path in paths], 'lr': special, 'weight_decay': decay})
    rest = [tensor for path, tensor in own.items() if path not in taken and tensor.requires_grad]
    return [{'params': rest, 'lr': rate, 'weight_decay': decay}, *groups]


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--data', required=True)
    options.add_argument('--weights', default='weights.safetensors')
    options.add_argument('--out')
    options.add_argument('--loss', default=next(iter(LOSSES)), choices=list(LOSSES))
    options.add_argument('--steps', type=int, default=1000)
    options.add_argument('--batch', type=int, default=32)
    options.add_argument('--seed', type=int, default=1)
    options.add_argument('--rate', type=float, default=3e-4)
    options.add_argument('--decay', type=float, default=0.01)
    options.add_argument('--clip', type=float, default=1.0)
    options.add_argument('--rate-of', action='append', default=[], metavar='ROLE=RATE')
    options.add_argument('--double', action='store_true', help='64 bits')
    given = options.parse_args()
    if given.double:
        torch.set_default_dtype(torch.float64)
    world = int(os.environ.get('WORLD_SIZE', '1'))
    rank = int(os.environ.get('RANK', '0'))
    device = torch.device('cuda', int(os.environ.get('LOCAL_RANK', '0'))) if torch.cuda.is_available() else torch.device('cpu')
    if given.batch % world != 0:
        raise SystemExit(f'--batch {given.batch} does not divide over {world} processes')
    if world > 1:
        dist.init_process_group('nccl' if device.type == 'cuda' else 'gloo')
    model = load_weights(${root}(), given.weights).to(device)
    loaded = load_file(given.data)
    missing = [name for name in LOSSES[given.loss][1] if name not in loaded]
    if missing:
        raise SystemExit(f'{given.data} has no tensor {", ".join(missing)}; it has {", ".join(loaded)}')
    data = {name: loaded[name].to(TYPES[name]) for name in LOSSES[given.loss][1]}
    counts = {name: len(value) for name, value in data.items()}
    count = min(counts.values())
    if max(counts.values()) != count or count < given.batch:
        raise SystemExit(f'{given.data}: {counts} examples, a batch has {given.batch}')
    rates = {role: float(rate) for role, rate in (item.split('=') for item in given.rate_of)}
    optimiser = torch.optim.AdamW(groups_of(model, given.rate, given.decay, rates))
    loss = Loss(model, given.loss)
    run = DistributedDataParallel(loss) if world > 1 else loss
    model.train()
    for step in range(given.steps):
        batch = batch_at(data, count, step, given.batch, given.seed, rank, world)
        value = run({name: tensor.to(device) for name, tensor in batch.items()})
        optimiser.zero_grad()
        value.backward()
        if given.clip > 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), given.clip)
        optimiser.step()
        zero_outside(model)
        told = value.detach().clone()
        if world > 1:
            dist.all_reduce(told)
        if rank == 0:
            print(f'{step + 1} {told.item() / world:.17g}', flush=True)
    if given.out and rank == 0:
        save_weights(model, given.out)
    if world > 1:
        dist.destroy_process_group()


if __name__ == '__main__':
    main()
`;
  return { text, left: [...new Set(left)] };
}
