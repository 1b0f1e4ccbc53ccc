/**
 * How long the planner takes over contractions that broke other planners, in milliseconds, the median of seven (what it answers is held by
 * test/network/finish.test.ts): node bench/planner/finish.ts. A second each is what they are allowed.
 */
import type { Request } from '../../compiler/network/index.ts';
import { NetworkError, plan, readNetwork } from '../../compiler/network/index.ts';

interface Case {
  readonly text: string;
  /** 2 where it is not given. */
  readonly size?: Readonly<Record<string, number>>;
  readonly memory?: number;
}
/** The threads where they were reported, and what happened there. */
const cases: Readonly<Record<string, Case>> = {
  'jax#24929, hangs': { text: 'a,c,d,db,ab,cb,ac,cd,ad,b->dbc' },
  'opt_einsum#118, crash': { text: 'nlp,nlq->n', size: { n: 5, l: 4, p: 3, q: 6 } },
  'opt_einsum#116, crash': { text: 'a,bcd,efg->' },
  'opt_einsum#153, endless loop': {
    text: 'cq,cqje,rji,cqik,cqlf,slk->cresf',
    size: { c: 10, q: 20, j: 5, e: 12, r: 7, i: 9, k: 6, l: 5, f: 11, s: 13 },
    memory: 1000,
  },
  'opt_einsum#172, illegal path': { text: 'ab,->' },
  'EinExprs#50, a loop': { text: 'aa,bc,cd->bd' },
  'OMEinsumContractionOrders#88': { text: 'ab,aad,bcef->z' },
  'omeco#7': { text: 'ij,j,jk->ik' },
  'cotengra#48, no common letters': { text: 'a,b,c,d->abcd' },
  'cotengra#77, one operand': { text: 'abc->ca' },
  'numpy#9788, greedy': {
    text: 'abc,bdih,dfjm,kfg,chmg->aijk',
    size: { a: 6, b: 5, c: 7, d: 4, f: 8, g: 3, h: 6, i: 5, j: 4, k: 6, m: 5 },
  },
  'numpy#11210, memory': { text: 'ikl,plm,mki->p', size: { i: 8, k: 9, l: 10, p: 4, m: 7 }, memory: 50 },
  'an operator of 16 factors': { text: operator(16), size: Object.fromEntries([...'abcdefghijklmnop'].map((name) => [name, 4])) },
};

/** A chain of cores, `a` to `p` in, `A` to `P` out, bonds in between. */
function operator(n: number): string {
  const [into, out, bonds] = ['abcdefghijklmnop', 'ABCDEFGHIJKLMNOP', 'qrstuvwxyzQRSTU'];
  const cores = Array.from({ length: n }, (_, k) => `${k > 0 ? bonds[k - 1] : ''}${into[k]}${out[k]}${k < n - 1 ? bonds[k] : ''}`);
  return `X${into},${cores.join(',')}->X${out}`;
}

function requestOf({ text, size = {}, memory }: Case): Request {
  const [left, output] = text.split('->');
  const inputs = left.split(',').map((own) => [...own]);
  const letters = new Set(inputs.flat());
  const { network } = readNetwork({
    inputs,
    output: [...output].filter((letter) => letters.has(letter)),
    size: Object.fromEntries([...letters].map((letter) => [letter, size[letter] ?? 2])),
  });
  return { network, memory };
}

for (const [name, given] of Object.entries(cases)) {
  const request = requestOf(given);
  const times: number[] = [];
  let answer = '';
  for (let k = 0; k < 7; k++) {
    const from = performance.now();
    try {
      const { macs, optimal } = plan(request);
      answer = `${macs} multiply-adds${optimal ? ', proved' : ''}`;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      answer = error.message;
    }
    times.push(performance.now() - from);
  }
  console.log(
    `${times
      .sort((a, b) => a - b)[3]
      .toFixed(2)
      .padStart(9)} ms  ${name}: ${answer}`,
  );
}
