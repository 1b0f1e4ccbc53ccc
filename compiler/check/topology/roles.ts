/** Roles of a topology's cores: disjoint named sets; `rest` is what no earlier role has. Names of one topology are distinct. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { refuse } from '../refuse.ts';
import { listed, meant } from '../report.ts';
import { evaluateInteger, type Names } from '../static.ts';
import type { Pattern } from './pattern.ts';
import { combinations } from './place.ts';

/** A core as roles find it; of a nested topology with that before it. */
interface Named {
  readonly family: string;
  readonly indices: readonly number[];
  readonly name: string;
  readonly role?: string;
  readonly within?: readonly Pick<Named, 'family' | 'indices'>[];
}

/** Names that selections know for every network. */
const builtinRoles = ['adapter', 'dense', 'core'] as const;

/** The role of each core, undefined for none: what the topology says, else what a nested one said of its own. An index that this size does not reach selects nothing. */
export function assignRoles(topology: tree.Topology, { items, names }: Pattern, cores: readonly Named[]): (string | undefined)[] {
  checkNames(topology, items);
  const roles: ({ readonly name: string; readonly place: Place } | undefined)[] = cores.map(() => undefined);
  for (const item of items) {
    if (item.kind !== 'role') continue;
    const before = [...roles];
    for (const member of item.members) {
      const chosen =
        'rest' in member ? cores.map((_, i) => i).filter((i) => before[i] === undefined) : select(topology, items, member, cores, names);
      for (const i of chosen) {
        const other = before[i];
        if (other !== undefined) {
          refuse({
            code: 'B410',
            message: `${cores[i]!.name} has two roles, ${other.name} and ${item.name.name}`,
            at: member.place,
            label: `${item.name.name}`,
            also: [{ place: other.place, text: `${other.name}` }],
            hint: 'roles are disjoint',
          });
        }
        roles[i] = { name: item.name.name, place: member.place };
      }
    }
  }
  return roles.map((role, k) => role?.name ?? cores[k]!.role);
}

function select(
  { name }: tree.Topology,
  items: Pattern['items'],
  member: tree.RoleMember,
  cores: readonly Named[],
  names: Names,
): number[] {
  const declared = items.flatMap((item) => ((item.kind === 'core' && !item.reuse) || item.kind === 'nested' ? [item.name.name] : []));
  const all = [...cores.keys()];
  const first = member.within ?? member;
  const known = (leg: tree.Leg, among: readonly string[]) => {
    if (!among.includes(leg.name.name)) refuseCore(name, leg, among);
  };
  known(first, declared);
  const found = all.filter((i) => answers(cores[i]!.within?.[0] ?? cores[i]!, first, names));
  if (member.within === undefined) return found;
  const inner = found.filter((i) => cores[i]!.within !== undefined);
  const next = (i: number) => cores[i]!.within![1] ?? cores[i]!;
  const roles = inner.flatMap((i) => cores[i]!.role ?? []);
  known(member, [...new Set([...inner.map((i) => next(i).family), ...(member.indices === undefined ? roles : [])])]);
  return inner.filter((i) => answers(next(i), member, names) || (member.indices === undefined && cores[i]!.role === member.name.name));
}

function answers({ family, indices }: Pick<Named, 'family' | 'indices'>, leg: tree.Leg, names: Names): boolean {
  if (family !== leg.name.name) return false;
  if (leg.indices === undefined) return true;
  const ranges = leg.indices.map((index) => {
    const from = evaluateInteger(index.from, names, 'an index');
    return { from, to: index.to === undefined ? from : evaluateInteger(index.to, names, 'an index') };
  });
  return combinations(ranges).some((wanted) => wanted.join() === indices.join());
}

function refuseCore(topology: tree.Identifier, { name, place }: tree.Leg, known: readonly string[]): never {
  return refuse({
    code: 'B418',
    message: `no core \`${name.name}\` in \`${topology.name}\``,
    at: place,
    label: 'unknown core',
    hint: meant(name.name, known, `cores: ${listed(known)}`),
  });
}

function checkNames(topology: tree.Topology, items: Pattern['items']): void {
  const seen = new Map<string, Place>();
  const add = (name: tree.Identifier) => {
    const first = seen.get(name.name);
    const builtin = (builtinRoles as readonly string[]).includes(name.name);
    if (first === undefined && !builtin) {
      seen.set(name.name, name.place);
      return;
    }
    refuse({
      code: 'B419',
      message: builtin
        ? `\`${name.name}\` is a role that every network has`
        : `\`${name.name}\` names two things in \`${topology.name.name}\``,
      at: name.place,
      label: builtin ? 'choose another name' : 'second',
      also: first === undefined ? [] : [{ place: first, text: 'first' }],
      hint: 'axes, bonds, cores and roles of one topology have different names',
    });
  };
  for (const axis of topology.axes.parameters) add(axis.name);
  for (const option of topology.options) add(option.name);
  for (const item of items) if (item.kind === 'role' || item.kind === 'nested' || (item.kind === 'core' && !item.reuse)) add(item.name);
}
