/** Statements of all kinds over the weights, cores and layers that a model has. */
import type { Model, Weight } from '../../../compiler/values/model.ts';
import type { Random } from '../random.ts';
import {
  bondsOf,
  type Core,
  chooseFrom,
  coreFrom,
  coresOf,
  type Drawing,
  hasFactors,
  isFree,
  isMasked,
  isMember,
  isNetwork,
  isOpen,
  isShared,
  layersAt,
  matricesOf,
  membersAt,
  membersOf,
  parametersOf,
  pathOf,
  said,
  scheduled,
  selected,
  varying,
} from './choose.ts';
import type { Kind } from './kinds.ts';
import { conditional, learn, orthogonal, verdict } from './states.ts';

export interface Statement {
  readonly text: string;
  /** What the variant that it stands in has to have as an option. */
  readonly option?: string;
}

/** A statement of the kind, or undefined where the model has nothing that it could be said of. */
export function statementOf(kind: Kind, drawing: Drawing): Statement | undefined {
  if (kind === 'decompose as an option') return decomposeAsOption(drawing);
  const text = forms[kind](drawing);
  return text === undefined ? undefined : { text };
}

const forms: Readonly<Record<Exclude<Kind, 'decompose as an option'>, (drawing: Drawing) => string | undefined>> = {
  decompose: (drawing) => decompose('decompose', drawing),
  'decompose sum': (drawing) => decompose('decompose sum', drawing),
  'decompose core': decomposeCore,
  'decompose over': (drawing) => over('decompose over', drawing),
  share,
  tie,
  'tie cores': tieCores,
  untie,
  adapt: (drawing) => ofWeight('adapt', drawing),
  'adapt over': (drawing) => over('adapt over', drawing),
  wrap,
  apply: (drawing) => ofWeight('apply', drawing),
  init: (drawing) => ofWeight('init', drawing),
  freeze: (drawing) => verdict('freeze', drawing),
  'freeze all except': (drawing) => verdict('freeze all except', drawing),
  train: (drawing) => verdict('train', drawing),
  'train only': (drawing) => verdict('train only', drawing),
  'train in turn': (drawing) => verdict('train in turn', drawing),
  ramp: (drawing) => verdict('ramp', drawing),
  keep: (drawing) => conditional('keep', drawing),
  orthogonal,
  learn,
  squeeze: (drawing) => resize('squeeze', drawing),
  grow: (drawing) => resize('grow', drawing),
  choosing,
  require: ({ random }) => `require ${random(24) === 0 ? '2 < 1' : '1 < 2'} "a requirement"`,
  replace,
};

function decomposeAsOption({ random, model, count }: Drawing): Statement | undefined {
  const weight = chooseFrom(random, matricesOf(model), (one) => isOpen(model, one) && !scheduled(model).has(one.id));
  const name = `how${count}`;
  return weight && { text: `decompose ${weight.path} as ${name}`, option: `${name}: topology = ${topology(random, weight)}` };
}

/** A core that no statement spoke of, whose bonds and form stay as they are. */
function freeCore(drawing: Drawing): Core | undefined {
  const busy = scheduled(drawing.model);
  return coreFrom(drawing, ({ parameter, weight }) => isFree(parameter) && !busy.has(weight.id));
}

function decomposeCore(drawing: Drawing): string | undefined {
  const core = freeCore(drawing);
  const legs = core?.node.legs.length ?? 0;
  return core && legs >= 2 && legs <= 4 ? `decompose ${said(drawing.random, core)} as cut${legs}(g = 2)` : undefined;
}

function over(kind: 'decompose over' | 'adapt over', { random, model, base, count }: Drawing): string | undefined {
  const busy = scheduled(model);
  const open = (one: Weight) =>
    !busy.has(one.id) && (kind === 'adapt over' || isOpen(model, one)) && parametersOf(model, one).every(isFree);
  const family = chooseFrom(random, base.families, (own) => {
    const members = membersAt(model, own);
    return members.length > 0 && members.every(open);
  });
  if (family === undefined) return undefined;
  const variables = family.split(' over ')[1]!.split(', ').length;
  const form = `${variables}(r = 2, s = ${2 + random(2)})`;
  return kind === 'decompose over' ? `decompose ${family} as family${form}` : `adapt ${family} with extra${form} named extra${count}`;
}

function tieCores(drawing: Drawing): string | undefined {
  const { random, model } = drawing;
  const busy = scheduled(model);
  const one = freeCore(drawing);
  const sizes = ({ parameter }: Core) => parameter.legs.map(({ size }) => size).join();
  const others = matricesOf(model)
    .filter((own) => own !== one?.weight && !busy.has(own.id))
    .flatMap((own) => coresOf(model, own));
  const like = others.filter((own) => one !== undefined && sizes(own) === sizes(one));
  const two = chooseFrom(random, like, ({ parameter }) => isFree(parameter) && parameter !== one?.parameter);
  return one && two && `tie ${selected(one.node.name)} of ${one.weight.path} = ${selected(two.node.name)} of ${two.weight.path}`;
}

/** A layer in a loop of which no statement spoke that would then name no layer. */
function untie({ random, model, base }: Drawing): string | undefined {
  const busy = scheduled(model);
  const target = chooseFrom(random, base.unties, (own) => {
    const inside = model.weights.filter(({ path }) => path.startsWith(`${own.split(' ')[0]}.`));
    return inside.length > 0 && inside.every((one) => !busy.has(one.id) && parametersOf(model, one).every(isFree));
  });
  return target && `untie ${target}`;
}

function wrap({ random, model, base }: Drawing): string | undefined {
  const target = chooseFrom(random, base.wraps, (own) => layersAt(model, own.split(' ')[0]!).length > 0);
  return target && `wrap ${target}`;
}

function choosing({ random, model }: Drawing): string | undefined {
  const busy = scheduled(model);
  const good = (own: Weight) =>
    isOpen(model, own) && !busy.has(own.id) && !isShared(model, own) && parametersOf(model, own).every(({ update }) => !update.frozen);
  const members = matricesOf(model).filter(isMember).filter(hasFactors);
  const weight = chooseFrom(random, members, (one) => membersOf(model, one).every(good));
  return weight && `decompose ${varying(weight.path)} as mpo(n = 2) choosing 1 over l by given`;
}

function resize(kind: 'squeeze' | 'grow', { random, model }: Drawing): string | undefined {
  const busy = scheduled(model);
  const networks = matricesOf(model).filter(({ id }) => !busy.has(id));
  const bonds = networks.flatMap((weight) => bondsOf(model, weight).map((bond) => ({ weight, ...bond })));
  const bond = chooseFrom(random, bonds, ({ cores, weight }) => {
    const fits = ({ parameter, network }: Core) => isFree(parameter) && network.legs.every(({ at }) => at === undefined);
    return !isShared(model, weight) && cores.every(fits) && parametersOf(model, weight).every(({ learned }) => learned === undefined);
  });
  if (bond === undefined) return undefined;
  if (kind === 'squeeze') return `squeeze ${bond.name} of ${bond.weight.path} by 1`;
  return `grow ${bond.name} of ${bond.weight.path} by 1 every ${2 + random(3)} steps until ${bond.name.split('[')[0]} == 6`;
}

function decompose(kind: 'decompose' | 'decompose sum', { random, model }: Drawing): string | undefined {
  const busy = scheduled(model);
  const free = (one: Weight) => isOpen(model, one) && !busy.has(one.id) && (kind === 'decompose' || one.axes.length === 2);
  const weight = chooseFrom(random, matricesOf(model), free);
  if (weight === undefined) return undefined;
  if (kind === 'decompose sum') {
    const path = pathOf(random, weight);
    return weight.axes.length === 2
      ? `decompose ${path} as ${topology(random, weight)} + ${topology(random, weight)} named second`
      : undefined;
  }
  const members = membersOf(model, weight);
  const apart = isMember(weight) && hasFactors(weight) && members.every((own) => free(own) && !isShared(model, own));
  if (apart && random(4) === 0) return `decompose ${varying(weight.path)} as mpo(n = 2, b = l + 1)`;
  return `decompose ${members.every(free) ? pathOf(random, weight) : weight.path} as ${topology(random, weight)}`;
}

/** Alike for weights whose cores have equal names and sizes. */
function formOf(model: Model, weight: Weight): string {
  const core = ({ node, parameter }: Core) => `${node.name} ${parameter.legs.map(({ size }) => size)}`;
  return isNetwork(weight) ? coresOf(model, weight).map(core).join() : 'dense';
}

function share({ random, model }: Drawing): string | undefined {
  const busy = scheduled(model);
  const good = (one: Weight) => {
    const all = membersOf(model, one);
    return (
      all.length > 1 &&
      new Set(all.map((own) => formOf(model, own))).size === 1 &&
      all.every((own) => !busy.has(own.id) && parametersOf(model, own).every(isFree))
    );
  };
  const family = chooseFrom(random, model.weights.filter(isMember), good);
  if (family === undefined) return undefined;
  const cores = coresOf(model, family);
  const core = cores[random(cores.length || 1)];
  const over = family.path.replace(/\[\d+\]/, '[l]').replace(/\[\d+\]/g, '[*]');
  const name = core === undefined || random(3) === 0 ? '' : `${selected(core.node.name)} of `;
  return `share ${name}${over} over l from ${['first', 'mean'][random(2)]}`;
}

function tie({ random, model }: Drawing): string | undefined {
  const busy = scheduled(model);
  const good = (one: Weight) => one.axes.length === 2 && !busy.has(one.id) && !isNetwork(one) && parametersOf(model, one).every(isFree);
  const weight = chooseFrom(random, matricesOf(model), good);
  const sizes = (one: Weight) => one.axes.map(({ size }) => size);
  const [i, j] = weight === undefined ? [] : sizes(weight);
  const like = matricesOf(model).filter(
    (other) => other !== weight && other.axes.length === 2 && [`${i},${j}`, `${j},${i}`].includes(sizes(other).join()),
  );
  const other = weight?.axes.length === 2 ? chooseFrom(random, like, good) : undefined;
  if (weight === undefined || other === undefined) return undefined;
  const straight = sizes(other).join() === `${i},${j}` && (i !== j || random(2) === 0);
  return `tie ${weight.path}[i, j] = ${other.path}${straight ? '[i, j]' : '[j, i]'}`;
}

/** Of layers of which no statement spoke: a structure that was made is not undone. */
function replace({ random, model, base }: Drawing): string | undefined {
  const target = chooseFrom(random, base.replaces, (own) => {
    const layers = layersAt(model, own.split(' ')[0]!);
    const inside = model.weights.filter(({ path }) => layers.some((layer) => path.startsWith(`${layer}.`)));
    const untouched = (one: Weight) =>
      one.terms.length === 1 && !isNetwork(one) && !isShared(model, one) && parametersOf(model, one).every(isFree);
    return layers.length > 0 && inside.every(untouched);
  });
  return target && `replace ${target}`;
}

function ofWeight(kind: 'adapt' | 'apply' | 'init', drawing: Drawing): string | undefined {
  const { random, model, count } = drawing;
  const busy = scheduled(model);
  const unmasked = (one: Weight) => parametersOf(model, one).every((own) => !isMasked(own) && own.origin.is !== 'seeded');
  const weight = chooseFrom(
    random,
    matricesOf(model),
    (one) => !busy.has(one.id) && unmasked(one) && (kind === 'init' || one.axes.length === 2),
  );
  if (weight === undefined) return undefined;
  const path = pathOf(random, weight);
  if (kind === 'init') {
    const core = random(2) === 0 ? coreFrom(drawing, ({ parameter }) => isFree(parameter)) : undefined;
    return core ? `init ${said(random, core)} ~ normal(0.1)` : `init ${path} ${['~ normal(0.05)', 'scaled by 0.5'][random(2)]}`;
  }
  if (weight.axes.length !== 2) return undefined;
  if (kind === 'apply') return `apply ${['Frozen', 'Adapted(rank = 1)'][random(2)]} to ${path}`;
  if (isMember(weight) && random(4) === 0) return `adapt ${varying(weight.path)} with low_rank(r = l) scaled by 1 / l named extra${count}`;
  return `adapt ${path} with ${['low_rank(r = 2)', 'tucker(r = 2, s = 2)', 'vera(r = 2)'][random(3)]} scaled by 0.5 named extra${count}`;
}

function topology(random: Random, weight: Weight): string {
  const { axes } = weight;
  if (axes.length === 4) return 'conv_tucker(p = 2, q = 2)';
  if (axes.length !== 2) return `cut${axes.length}(g = 2)`;
  const whole = ['low_rank(r = 2)', 'tucker(r = 2, s = 2)', 'half(r = 2)', 'tucker(r = 2, s = 3)', 'nest(r = 2, s = 2)'];
  const factored = ['mpo(n = 2, b = 2)', 'mpo(n = 2)', 'ring(n = 2, b = 2)', 'cp(n = 2, r = 3)', 'mpo(n = 2, b = 3)'];
  const list = hasFactors(weight) || random(24) === 0 ? [...whole, ...factored, ...factored] : whole;
  return list[random(list.length)]!;
}
