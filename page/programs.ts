/** Programs to begin with. */
import comb from './programs/comb.bond';
import dense from './programs/dense.bond';
import digits from './programs/digits.bond';
import lora from './programs/lora.bond';
import mpo from './programs/mpo.bond';
import mpobert from './programs/mpobert.bond';
import mpoe from './programs/mpoe.bond';
import mpop from './programs/mpop.bond';
import opf from './programs/opf.bond';
import sum from './programs/sum.bond';
import topologies from './programs/topologies.bond';
import transformer from './programs/transformer.bond';

export interface Program {
  readonly title: string;
  readonly text: string;
}
/** By the name of their file. */
export const programs: ReadonlyMap<string, Program> = new Map(
  Object.entries({
    dense: { title: 'A dense layer', text: dense },
    mpo: { title: 'Matrix product operators', text: mpo },
    topologies: { title: 'Chain, ring, tree, Tucker', text: topologies },
    comb: { title: 'A topology of your own', text: comb },
    transformer: { title: 'A character transformer', text: transformer },
    sum: { title: 'A sum of networks', text: sum },
    lora: { title: 'LoRA, a recipe', text: lora },
    mpop: { title: 'MPOP: train the auxiliary', text: mpop },
    mpobert: { title: 'MPOBERT: share the central', text: mpobert },
    mpoe: { title: 'MPOE: experts', text: mpoe },
    opf: { title: 'OPF: training chooses', text: opf },
    digits: { title: 'Digits: ring and tree', text: digits },
  }),
);
