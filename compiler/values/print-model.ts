/** The printed form of a model (`--dump check`): axes, parameters, weights, bodies, one line each, in the order of the record. */
import type { Body, Expression, Statement } from './body.ts';
import type { AxisId, Law, Mask, MaskIndex, Model, ModelAxis, Parameter, Ramp, Term, Weight } from './model.ts';

export function printModel(model: Model): string {
  const inputs = model.inputs.map(({ name, axes, type, index }) => {
    const of = index === undefined ? (type === 'real' ? '' : ` in ${type}`) : ` in ${nameOf(model, index)}`;
    return `  input ${name}[${list(model, axes)}]${of}`;
  });
  const gates = model.gates.map(
    (gate) => `  gate ${gate.id} with probability ${typeof gate.probability === 'number' ? gate.probability : printRamp(gate.probability)}`,
  );
  const entries = model.entries.flatMap((entry) => {
    const both = JSON.stringify(strip(entry.train)) === JSON.stringify(strip(entry.eval));
    const bodies: [string, Body][] = both
      ? [['', entry.train]]
      : [
          [' training', entry.train],
          [' evaluation', entry.eval],
        ];
    return bodies.flatMap(([mode, body]) => [`  ${entry.kind} ${entry.name}${mode}`, ...printBody(model, body)]);
  });
  const events = model.schedule.map(({ id, is, at }) => `  event ${id} ${is} ${at.every === 0 ? 'first' : `every ${at.every} ${at.unit}`}`);
  const lines = [
    `model ${model.name}  edition ${model.edition}  digest ${model.digest}`,
    ...model.axes.map((axis) => `  axis ${printAxis(model, axis)}`),
    ...inputs,
    ...model.parameters.map((parameter) => `  parameter ${printParameter(parameter)}`),
    ...gates,
    ...model.weights.map((weight) => `  weight ${printWeight(model, weight)}`),
    ...entries,
    ...events,
    ...model.notes.map((note) => `  ${note.severity} ${note.code} ${note.message}`),
  ];
  return `${lines.join('\n')}\n`;
}

const nameOf = (model: Model, axis: AxisId): string => model.axes[axis].name;
const list = (model: Model, axes: readonly AxisId[]): string => axes.map((axis) => nameOf(model, axis)).join(', ');
/** Without places: two bodies that say the same are printed once. */
const strip = (body: Body) => body.statements.map(({ expression, axes, type }) => ({ expression, axes, type }));

function printAxis(model: Model, { id, name, size, products }: ModelAxis): string {
  const bound = typeof size === 'number' || size.max === undefined ? '' : ` <= ${size.max}`;
  const shared = typeof size === 'number' || size.open === id ? '' : ` as ${nameOf(model, size.open)}`;
  const factors = products.map((product) => ` = ${product.map((axis) => nameOf(model, axis)).join(' * ')}`);
  return `${name} ${typeof size === 'number' ? size : `open${shared}${bound}`}${factors.join('')}`;
}

function printParameter({ names, legs, role, init, update, keep, orthogonal, learned }: Parameter): string {
  const others = names.length > 1 ? `  ${names.length} names` : '';
  const gate = update.frozen
    ? ''
    : [update.gate === undefined ? '' : ` gate ${update.gate}`, update.turn === undefined ? '' : ` in turn ${update.turn.value}`].join('');
  const where = !update.frozen && update.where !== undefined ? ` where ${printMask(update.where, legs)}` : '';
  const kept = keep === undefined ? '' : `  keep where ${printMask(keep, legs)}`;
  const held = orthogonal === undefined ? '' : `  orthogonal over ${legs[orthogonal].name}`;
  const chosen = learned === undefined ? '' : `  learns a mask that keeps ${learned.share}`;
  const scale = init.scale === 1 ? '' : ` scaled by ${init.scale}`;
  const shape = legs.map((leg) => `${leg.name}:${leg.size}`).join(' ');
  return `${names[0]} (${shape})  role ${role ?? 'none'}  init ${printLaw(init.law)}${scale}  ${update.frozen ? 'frozen' : 'trainable'}${gate}${where}${kept}${held}${chosen}${others}`;
}
function printLaw(law: Law): string {
  if (law.is === 'normal') return `normal ${law.deviation}`;
  return law.is === 'uniform' ? `uniform ${law.low} to ${law.high}` : law.is;
}

function printWeight(model: Model, { path, axes, terms }: Weight): string {
  const shape = axes.map(({ name, size, factors, padded }) => {
    const product = factors.length > 1 ? ` = ${padded === undefined ? '' : 'padded '}${factors.join('*')}` : '';
    return `${name}:${size}${product}`;
  });
  return `${path} [${shape.join(', ')}]  ${terms.map((term) => printTerm(model, term)).join(' + ')}`;
}
function printTerm(model: Model, term: Term): string {
  const scale = term.scale === 1 ? '' : `${term.scale} * `;
  if (term.is === 'dense') return `${scale}${model.parameters[term.parameter].names[0]}`;
  if (term.is === 'sparse')
    return `${scale}sparse ${[term.values, ...term.places].map(({ parameter }) => model.parameters[parameter].names[0]).join(' ')}`;
  const legs = new Map(term.legs.map((leg) => [leg.id, leg]));
  const nodes = term.nodes.map(({ name, legs: own }) => {
    const names = own.map((id) => {
      const leg = legs.get(id)!;
      if (leg.at !== undefined) return `${leg.at} of ${leg.size}`;
      return leg.outer === undefined ? `${leg.bond ?? 'bond'}` : `${'xyzwuv'[leg.outer[0]] ?? 'o'}${leg.outer[1] + 1}`;
    });
    return `${name}(${names.join(' ')})`;
  });
  return `${scale}${term.topology} ${nodes.join(' ')}${term.exact ? '' : ' (not exact)'}`;
}

function printMask(mask: Mask, legs: Parameter['legs']): string {
  const index = (part: MaskIndex): string => {
    switch (part.is) {
      case 'number':
        return String(part.value);
      case 'leg':
        return `@${legs[part.leg].name}`;
      case 'ramp':
        return `(${printRamp(part.ramp)})`;
      case 'apply':
        return `${part.f}(${part.of.map(index).join(', ')})`;
    }
  };
  if (mask.is === 'compare') return `${mask.f}(${index(mask.left)}, ${index(mask.right)})`;
  return mask.is === 'not' ? `not ${printMask(mask.of, legs)}` : `(${mask.of.map((part) => printMask(part, legs)).join(` ${mask.is} `)})`;
}
const printRamp = ({ from, to, by, every }: Ramp) => `${from} to ${to} by ${by} every ${every.every} ${every.unit}`;

function printBody(model: Model, body: Body): string[] {
  const statements = body.statements.map((statement, k) => `    $${k} ${printStatement(model, statement)}`);
  const results = body.results.map(
    ({ name, value, index }) => `    result ${name} $${value}${index === undefined ? '' : ` in ${nameOf(model, index)}`}`,
  );
  const told = (['penalty', 'report'] as const).flatMap((word) =>
    (word === 'penalty' ? body.penalties : body.reports).map(({ path, value }) => `    ${word} ${path} $${value}`),
  );
  return [...statements, ...results, ...told];
}
function printStatement(model: Model, { name, axes, type, path, expression }: Statement): string {
  const kind = type === 'real' ? '' : ` ${type}`;
  return `${name}[${list(model, axes)}]${kind} = ${printExpression(model, expression)}${path === '' ? '' : `  # ${path}`}`;
}
function printExpression(model: Model, e: Expression): string {
  const axis = (id: AxisId) => nameOf(model, id);
  const values = (ids: readonly number[]) => ids.map((id) => `$${id}`).join(', ');
  switch (e.is) {
    case 'input':
      return `input ${e.name}`;
    case 'weight':
      return `weight ${model.weights[e.weight].path}`;
    case 'number':
      return String(e.value);
    case 'size':
      return `size ${axis(e.axis)}`;
    case 'position':
      return `@${axis(e.axis)}`;
    case 'apply':
      return `${e.f}(${values(e.of)})`;
    case 'product':
      return `product ${values(e.factors)}`;
    case 'reduce':
      return `${e.combine}[${list(model, e.over)}] $${e.of}${e.where === undefined ? '' : ` where $${e.where}`}`;
    case 'refit':
      return `refit $${e.of} ${e.moves.map((move) => printMove(model, move)).join(', ')}`;
    case 'lookup':
      return `$${e.of}[${e.at.map((at) => `${axis(at.axis)} = $${at.index}${at.else === undefined ? '' : ` else $${at.else}`}`).join(', ')}]`;
    case 'stack':
      return `stack ${values(e.of)} along ${axis(e.axis)}`;
    case 'draw':
      return `draw ${e.law}${e.probability === undefined ? '' : ` $${e.probability}`} from ${e.site}`;
    case 'top':
      return `top ${e.gives} of $${e.of} over ${axis(e.over)}${e.pick === undefined ? '' : ` pick ${axis(e.pick)}`}`;
    case 'earlier':
      return `earlier[${list(model, e.over)}] $${e.of} among ${axis(e.among)}`;
    case 'join':
      return `join ${e.parts.map((part) => `$${part.of}[${axis(part.from)}]`).join(', ')} along ${axis(e.axis)}`;
    case 'window':
      return `window $${e.of} ${axis(e.axis)} to ${axis(e.out)}, ${axis(e.tap)} before ${e.before}${e.stride === 1 ? '' : ` stride ${e.stride}`}${e.dilation === 1 ? '' : ` dilation ${e.dilation}`}`;
  }
}
function printMove(model: Model, move: Extract<Expression, { is: 'refit' }>['moves'][number]): string {
  if (move.is === 'rename') return `${nameOf(model, move.from)} to ${nameOf(model, move.to)}`;
  if (move.is === 'split') return `${nameOf(model, move.axis)} into (${list(model, move.into)})`;
  return `(${list(model, move.axes)}) into ${nameOf(model, move.into)}`;
}
