/** Which test files take long, by parts of their names: rough, and only so that the whole run is short. */

/** Over ten seconds of processor time each; run first. */
export const slowest = [
  ...[
    'corpus/train',
    'corpus/generated',
    'gpu/step',
    'check/variant-corpus',
    'corpus/cold',
    'gpu/pipeline',
    'train/footprint',
    'project/package',
    'faults/',
    'network/search',
    'weights/fit',
    'train/squeeze',
    'check/mutated',
    'train/choose',
    'grammar/parse',
    'check/one-token',
  ],
  ...['corpus/authoring', 'emit/product', 'cli/profile', 'cli/cli', 'cli/events', 'cli/squeeze', 'gpu/programs'],
];

/** What `npm run test:fast` runs, in half a minute on two quiet cores: the front of the compiler and the small rooms. */
export const fast = [
  ...['check/rules', 'check/shown', 'check/topology', 'check/variant-decompose', 'check/variant-share', 'check/variant-states'],
  ...['check/variant-wrap', 'check/warnings', 'checkpoint/', 'cli/fmt', 'cli/host', 'data/', 'docs/reference'],
  ...['grammar/refused', 'grammar/render', 'grammar/textmate', 'project/rooms'],
];
