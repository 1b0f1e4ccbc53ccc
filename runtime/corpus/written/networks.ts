/** Networks for the weights of a model that was written: topologies of the library, and topologies that are drawn. */
import type { Model, Weight } from '../../../compiler/values/model.ts';
import type { Random } from '../random.ts';

/** A topology over as many axes as the weight has: a chain of cores that holds all outer legs, with bonds drawn between them. */
export function drawnTopology(name: string, rank: number, random: Random): { readonly text: string; readonly bonds: readonly string[] } {
  const outer = Array.from({ length: rank }, (_, k) => `x${k + 1}`);
  const cores: string[][] = outer.map((leg) => [leg]);
  for (let more = random(3); more > 0; more--) cores.push([]);
  const bonds: string[] = [];
  const join = (members: readonly number[]) => {
    const bond = `r${bonds.length + 1}`;
    bonds.push(bond);
    for (const member of members) cores[member].push(bond);
  };
  for (let k = 1; k < cores.length; k++) join([random(k), k]);
  for (let more = random(2); more > 0 && cores.length > 2; more--) {
    const first = random(cores.length);
    const second = (first + 1 + random(cores.length - 1)) % cores.length;
    const third = random(cores.length);
    join([...new Set([first, second, ...(random(3) === 0 ? [third] : [])])]);
  }
  const lines = cores.map((legs, k) => `  core C${k + 1} (${legs.join(', ')})`);
  return {
    text: `topology ${name}[${outer.join(', ')}](${bonds.join(', ')}) {\n${lines.join('\n')}\n  role central: C1\n  role auxiliary: rest\n}\n`,
    bonds,
  };
}

const isPrime = (n: number) => n < 4 || Array.from({ length: n - 2 }, (_, k) => k + 2).every((d) => n % d !== 0);
/** Two factors, the greater first. */
function halves(n: number): string {
  const low = Array.from({ length: n }, (_, k) => k + 1).findLast((d) => n % d === 0 && d * d <= n) ?? 1;
  return `${n / low}*${low}`;
}
const padded = (n: number) => `padded ${Math.ceil(n / 2)}*2`;

/** `decompose PATH as ...` of a weight, by a topology that fits its axes. `drawn` is called where one of its own is wanted. */
export function decompositionOf(
  weight: Weight,
  random: Random,
  drawn: (rank: number) => { name: string; bonds: readonly string[] },
): string | undefined {
  const sizes = weight.axes.map(({ size }) => size);
  if (sizes.length < 2 || sizes.length > 4) return undefined;
  const of = <T>(list: readonly T[]) => list[random(list.length)];
  const own = () => {
    const { name, bonds } = drawn(sizes.length);
    return `${name}(${bonds.map((bond) => `${bond} = ${1 + random(4)}`).join(', ')})`;
  };
  if (sizes.length > 2)
    return `decompose ${weight.path} as ${sizes.length === 4 && random(2) === 0 ? of(['conv_cp(r = 3)', 'conv_tucker(p = 2, q = 2)']) : own()}`;
  const [out, into] = sizes;
  const lists = `[${[out, into].map((n) => (isPrime(n) || random(4) === 0 ? padded(n) : halves(n))).join(', ')}]`;
  const forms = [
    own(),
    own(),
    `mpo${lists}(b = ${1 + random(5)})`,
    `mpo${lists}()`,
    `ring${lists}(b = (2, ${2 + random(2)}))`,
    `cp${lists}(r = ${1 + random(4)})`,
    `tree${lists}(e = 3)`,
    `block_term${lists}(terms = 2, r = 2)`,
    `kronecker${lists}()`,
    `lokr${lists}(r = 2)`,
    `btt${lists}(r = 2)`,
    `ladder${lists}(a = 2, c = 2, x = 2, y = 2)`,
    'tucker(r = 2, s = 3)',
    'low_rank(r = 2)',
    `mpo${lists}(b = 2) + low_rank(r = 1) named rest_of_it`,
    ...(out === into ? ['gram(r = 2)'] : []),
    ...(out % 4 === 0 && into % 4 === 0 ? [`peps[2*${out / 4}*2*1, 2*2*${into / 4}*1](p = 2, q = 2, h = 2, v = 2)`] : []),
  ];
  return `decompose ${weight.path} as ${of(forms)}`;
}

export const matricesOf = (model: Model) => model.weights.filter(({ axes }) => axes.length > 1);
