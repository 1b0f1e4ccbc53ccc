/** What every written file has in front of its classes. */
import { indented, quoted } from './python.ts';

export function helpers(renamed: readonly (readonly [attribute: string, bond: string])[]): string {
  const table =
    renamed.length === 0
      ? 'RENAMED = {}'
      : ['RENAMED = {', ...indented(renamed.map(([a, b]) => `${quoted(a)}: ${quoted(b)},`)), '}'].join('\n');
  return `# Tensors whose name in the .bond file does not follow from their place here.
${table}


def bond_name(path):
    """'block.2.up.weight.T.1' is block[2].up.weight.T[1] in the .bond file and in safetensors."""
    if path in RENAMED:
        return RENAMED[path]
    return re.sub(r'\\.(\\d+(?:_\\d+)*)(?=\\.|$)', lambda found: '[' + found[1].replace('_', ', ') + ']', path)


def weights(model):
    """Tensors by their names in the .bond file; a shared one once, by its first name."""
    return {bond_name(path): tensor for path, tensor in model.named_parameters()}


def save_weights(model, file):
    save_file({name: tensor.detach().contiguous() for name, tensor in weights(model).items()}, file)


def load_weights(model, file):
    """Every tensor of the model from a safetensors file of the same names; nothing is loaded where one is missing or misshapen."""
    given, own = load_file(file), weights(model)
    wrong = [f'{name}: not in {file}' for name in own if name not in given]
    wrong += [f'{name}: not in the model' for name in given if name not in own]
    wrong += [
        f'{name}: {tuple(given[name].shape)} in {file}, {tuple(own[name].shape)} in the model'
        for name in own
        if name in given and given[name].shape != own[name].shape
    ]
    if wrong:
        raise ValueError('these are not the weights of this model:\\n  ' + '\\n  '.join(wrong))
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(given[name])
    zero_outside(model)
    return model


def parent(model, path):
    *steps, last = path.split('.')
    for step in steps:
        model = model[step] if isinstance(model, nn.ModuleDict) else getattr(model, step)
    return model, last


def share(model, first, other):
    """Two names of one tensor."""
    tensor, place = (parent(model, path) for path in (first, other))
    tensor = tensor[0][tensor[1]] if isinstance(tensor[0], nn.ParameterDict) else getattr(*tensor)
    if isinstance(place[0], nn.ParameterDict):
        place[0][place[1]] = tensor
    else:
        setattr(place[0], place[1], tensor)


def freeze(model, paths):
    own = dict(model.named_parameters())
    for path in paths:
        own[path].requires_grad_(False)


def keep(model, masks):
    """Entries outside are zero, and their gradients are: an optimiser leaves them there."""
    model.kept = masks
    zero_outside(model)
    step_only(model, masks)


def zero_outside(model):
    own = dict(model.named_parameters())
    with torch.no_grad():
        for path, mask in getattr(model, 'kept', {}).items():
            own[path].mul_(mask.to(own[path].device))


def step_only(model, masks):
    """Entries outside have no gradient. An optimiser that decays weights decays them all the same."""
    own = dict(model.named_parameters())
    for path, mask in masks.items():
        own[path].register_hook(lambda gradient, mask=mask: gradient * mask.to(gradient.device))


def normal(shape, deviation, scale=1.0):
    return nn.Parameter(torch.randn(shape) * (deviation * scale))


def uniform(shape, low, high, scale=1.0):
    return nn.Parameter((torch.rand(shape) * (high - low) + low) * scale)


def zeros(shape, scale=1.0):
    return nn.Parameter(torch.zeros(shape))


def ones(shape, scale=1.0):
    return nn.Parameter(torch.full(shape, scale))


def orthogonal(shape, scale=1.0):
    return nn.Parameter(nn.init.orthogonal_(torch.empty(shape).flatten(0, -2)).reshape(shape) * scale)


def given(shape, scale=1.0):
    """From given weights: not a number until they are loaded."""
    return nn.Parameter(torch.full(shape, float('nan')))


def positions(shape):
    """Whole numbers from given weights; they are not trained."""
    return nn.Parameter(torch.zeros(shape, dtype=torch.int64), requires_grad=False)


def real(x):
    return x.to(torch.get_default_dtype())


def earlier(keys, count):
    """How many places before each, along the last dimension, hold the same key."""
    seen = F.one_hot(keys, count).cumsum(-2)
    return seen.gather(-1, keys[..., None]).squeeze(-1) - 1`;
}
