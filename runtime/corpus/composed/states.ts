/** Statements about what is trained, and about entries and legs of single tensors. */
import * as choose from './choose.ts';
import { chooseFrom, coreFrom, type Drawing, isFree, isNetwork, matricesOf, pathOf, said, selected, varying } from './choose.ts';

type Verdict = 'freeze' | 'freeze all except' | 'train' | 'train only' | 'train in turn' | 'ramp';

export function verdict(kind: Verdict, drawing: Drawing): string | undefined {
  const { random, model } = drawing;
  const busy = choose.scheduled(model);
  const matrices = matricesOf(model);
  // What is to grow, to be chosen or to stay orthogonal is not frozen.
  const stays = (one: (typeof matrices)[number]) =>
    !busy.has(one.id) &&
    choose.parametersOf(model, one).every(({ orthogonal, origin }) => orthogonal === undefined && origin.is !== 'seeded');
  const weight = chooseFrom(random, matrices, stays);
  const onCore = random(2) === 0;
  const core =
    onCore || kind === 'train in turn' || kind === 'ramp'
      ? coreFrom(drawing, ({ parameter, weight: own }) => isFree(parameter) && !busy.has(own.id))
      : undefined;
  if (weight === undefined) return undefined;
  const path = pathOf(random, weight);
  switch (kind) {
    case 'freeze':
      return `freeze ${core ? said(random, core) : path}`;
    case 'freeze all except':
    case 'train only': {
      // It speaks of all tensors: what grows, is to be chosen or stays orthogonal is none that can be frozen.
      const bound = model.weights.filter(
        (one) => busy.has(one.id) || choose.parametersOf(model, one).some(({ orthogonal }) => orthogonal !== undefined),
      );
      if (bound.length > 0 && random(24) > 0) return `${kind} ${bound.map((one) => one.path).join(', ')}`;
      if (kind === 'train only') return `train only ${core ? said(random, core) : path}`;
      return `freeze all except ${path}${random(2) === 0 ? '' : `, ${chooseFrom(random, matrices)!.path}`}`;
    }
    case 'train in turn': {
      const family = core && choose.familyOf(core.node.name);
      const own = core?.network.nodes.filter(({ name }) => !name.includes('.') && choose.familyOf(name) === family) ?? [];
      if (own.length < 2 && random(24) > 0) return undefined;
      return family && core && `train ${family}[k] of ${core.weight.path} in turn over k every ${1 + random(2)} steps`;
    }
    case 'ramp': {
      const bonds = core?.node.legs.map((leg) => core.network.legs[leg]!.bond).filter((bond) => bond !== undefined && !bond.includes('.'));
      const bond = chooseFrom(random, bonds ?? []);
      const word = random(24) === 0 ? 'keep' : 'train';
      return core && bond && `${word} ${said(random, core)} where @${bond.split('[')[0]} < (1 to 3 by 1 every 2 steps)`;
    }
    case 'train':
      if (choose.isMember(weight) && random(4) === 0) return `train ${varying(weight.path)} with probability 1 / (l + 1)`;
      return random(2) === 0 ? `train ${path} with probability 0.5` : conditional('train', drawing);
  }
}

export function conditional(word: 'train' | 'keep', drawing: Drawing): string | undefined {
  const { random, model } = drawing;
  const busy = choose.scheduled(model);
  const core = random(3) > 0 ? coreFrom(drawing, ({ parameter, weight }) => isFree(parameter) && !busy.has(weight.id)) : undefined;
  if (core !== undefined) {
    const leg = chooseFrom(random, core.parameter.legs, ({ size }) => size > 1)!;
    const name = random(2) === 0 && !/[,.]/.test(leg.name) ? leg.name : leg.name.split('[')[0];
    return /^\w+(\[\d+\])?$/.test(name!) ? `${word} ${said(random, core)} where @${name} < 1` : undefined;
  }
  const weight = chooseFrom(
    random,
    matricesOf(model),
    (one) => !isNetwork(one) && !busy.has(one.id) && choose.parametersOf(model, one).every(isFree),
  );
  const [a, b] = weight?.axes.map(({ name }) => name) ?? [];
  if (weight === undefined || ![a, b].every((name) => /^\w+$/.test(name ?? '')) || a === b) return undefined;
  const condition = ['@A < 1', '@A <= @B', '@B mod 2 == 0 or @A > 1'][random(3)]!.replaceAll('@A', `@${a}`).replaceAll('@B', `@${b}`);
  return `${word} ${weight.path} where ${condition}`;
}

/** Scores of a core, or of a weight in one piece, that starts with values that differ; now and then of one that is frozen. */
export function learn({ random, model, ...drawing }: Drawing): string | undefined {
  const busy = choose.scheduled(model);
  const fits = (parameter: (typeof model.parameters)[number]) => {
    const entries = parameter.legs.reduce((product, { size }) => product * size, 1);
    const open = isFree(parameter) || (parameter.update.frozen && parameter.learned === undefined && parameter.keep === undefined);
    return open && entries > 3 && ['normal', 'xavier', 'orthogonal'].includes(parameter.init.law.is);
  };
  const share = ['0.3', '1 / 2', '0.75'][random(3)]!;
  const core = coreFrom({ random, model, ...drawing }, ({ parameter, weight }) => fits(parameter) && !busy.has(weight.id));
  if (core !== undefined && random(3) > 0) return `learn mask of ${said(random, core)} keep ${share}`;
  const weight = chooseFrom(
    random,
    matricesOf(model),
    (one) => !isNetwork(one) && !busy.has(one.id) && choose.parametersOf(model, one).every(fits),
  );
  return weight && `learn mask of ${weight.path} keep ${share}`;
}

/** A core that stands once, over a bond to another one that does; a dense tensor has no neighbour. */
export function orthogonal(drawing: Drawing): string | undefined {
  const { random, model } = drawing;
  const busy = choose.scheduled(model);
  if (random(24) === 0) {
    const weight = chooseFrom(random, matricesOf(model));
    return weight && `keep ${weight.path} orthogonal over ${weight.axes.at(-1)!.name}`;
  }
  const alone = ({ parameter }: choose.Core) => isFree(parameter) && parameter.names.length === 1;
  const bonds = matricesOf(model)
    .filter(({ id }) => !busy.has(id))
    .flatMap((weight) => choose.bondsOf(model, weight));
  const fine = bonds.filter(({ cores }) => cores.length === 2 && cores.every(alone) && cores[0]!.node !== cores[1]!.node);
  const bond = chooseFrom(random, random(24) === 0 ? bonds : fine);
  const core = bond && chooseFrom(random, bond.cores);
  if (bond === undefined || core === undefined) return undefined;
  const position = core.node.legs.findIndex((leg) => core.network.legs[leg]!.bond === bond.name);
  return `keep ${selected(core.node.name)} of ${core.weight.path} orthogonal over ${core.parameter.legs[position]!.name}`;
}
