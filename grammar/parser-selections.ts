/** Selections: paths through a model, with picks, alternatives and exceptions (docs/language.md, grammar). */
import { optional } from './parser-expressions.ts';
import { TopologyParser } from './parser-topologies.ts';
import { Identifier, sign, word } from './tokens.ts';
import type * as tree from './tree.ts';

export class SelectionParser extends TopologyParser {
  readonly selection = this.rule('selection', (): tree.Selection => {
    const start = this.LA(1);
    const choices: tree.Choice[] = [];
    const except: tree.Choice[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => choices.push(this.SUBRULE(this.choice)) });
    this.OPTION(() => {
      this.CONSUME(word.except);
      this.AT_LEAST_ONE_SEP2({ SEP: sign[','], DEF: () => except.push(this.SUBRULE2(this.choice)) });
    });
    return { choices, except, place: this.place(start) };
  });

  /** `of` is seen after the first path: no going back. */
  readonly choice = this.rule('choice', (): tree.Choice => {
    const start = this.LA(1);
    const first = this.SUBRULE(this.path);
    const path = this.OPTION(() => {
      this.CONSUME(word.of);
      return this.SUBRULE2(this.path);
    });
    return path === undefined ? { path: first, place: this.place(start) } : { name: first, path, place: this.place(start) };
  });

  readonly path = this.rule('path', (): tree.Path => {
    const start = this.LA(1);
    const steps: tree.Step[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: sign['.'], DEF: () => steps.push(this.SUBRULE(this.step)) });
    return { steps, place: this.place(start) };
  });

  readonly step = this.rule('step', (): tree.Step => {
    const start = this.LA(1);
    const at = this.anyOf<tree.Step['at']>(
      'selection',
      () => {
        this.CONSUME(sign['**']);
        return { is: 'deep' };
      },
      () => {
        this.CONSUME(sign['*']);
        return { is: 'any' };
      },
      () => ({ is: 'name', name: this.name(this.CONSUME(Identifier)) }),
      // The one role that is also a word of the language: all cores of a network.
      () => ({ is: 'name', name: this.name(this.CONSUME(word.core)) }),
      () => ({ is: 'either', ...this.SUBRULE(this.alternatives) }),
    );
    const picks = this.OPTION(() => this.SUBRULE(this.picks));
    return { at, ...optional({ picks }), place: this.place(start) };
  });

  readonly alternatives = this.rule('alternatives', (): Omit<tree.Alternatives, 'is'> => {
    const paths: tree.Path[] = [];
    this.CONSUME(sign['{']);
    const variable = this.OPTION(() => {
      const name = this.name(this.CONSUME(Identifier));
      this.CONSUME(sign[':']);
      return name;
    });
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => paths.push(this.SUBRULE(this.path)) });
    this.CONSUME(sign['}']);
    return { ...optional({ variable }), paths };
  });

  readonly picks = this.rule('picks', (): readonly tree.Pick[] => {
    const picks: tree.Pick[] = [];
    this.CONSUME(sign['[']);
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => picks.push(this.SUBRULE(this.pick)) });
    this.CONSUME(sign[']']);
    return picks;
  });

  readonly pick = this.rule('pick', (): tree.Pick => {
    const start = this.LA(1);
    return this.anyOf<tree.Pick>(
      'pick',
      () => ({ is: 'all', place: this.placeOf(this.CONSUME(sign['*'])) }),
      () => {
        this.CONSUME(sign['..']);
        return { is: 'range', to: this.SUBRULE(this.sum), place: this.place(start) };
      },
      () => {
        const from = this.SUBRULE2(this.sum);
        const range = this.OPTION(() => {
          this.CONSUME2(sign['..']);
          return { to: this.OPTION2(() => this.SUBRULE3(this.sum)) };
        });
        return { is: range === undefined ? 'one' : 'range', from, ...optional({ to: range?.to }), place: this.place(start) };
      },
    );
  });
}
