/**
 * Programs that are refused, each with its whole message: `refused/*.bond` hold them, each after a line `--- name`, the files that it
 * imports after lines `+++ file`. The snapshots show source, then output. Where a hint is code it is followed, and the program accepted.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { matchSnapshot, sourceAndOutput } from '../snapshot.ts';
import { corrections } from './corrections.ts';
import { checkText, rendered } from './program.ts';
import { type RefusedProgram, refusedPrograms } from './refused-programs.ts';

const snapshots = new URL('./snapshots/', import.meta.url);

const programs = refusedPrograms;
const errorsOf = ({ text, files }: Omit<RefusedProgram, 'name'>) =>
  checkText(text, {}, files).diagnostics.filter(({ severity }) => severity === 'error');

for (const program of programs.filter(({ name }) => !name.startsWith('many'))) {
  test(program.name, () => {
    const result = checkText(program.text, {}, program.files);
    const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
    const found = errors.map(({ code, message }) => `${code} ${message}`).join('; ');
    assert.equal(errors.length, 1, `one mistake, one message; found ${found || 'nothing'}`);
    assert.is(errors[0].code, program.name.slice(0, 4), found);
    matchSnapshot(snapshots, program.name, sourceAndOutput(program.text, rendered(result)));
    follow(program, errors[0]);
  });
}

test('many mistakes, many messages', () => {
  for (const { name, text } of programs.filter((program) => program.name.startsWith('many')))
    matchSnapshot(snapshots, name, sourceAndOutput(text, rendered(checkText(text))));
});

/** Does as the hint says. A hint with code in it must have something to follow. */
function follow(program: RefusedProgram, { hint = '', primary }: Diagnostic): void {
  const correction = corrections[program.name];
  const meant = /^did you mean `([^`]+)`/.exec(hint);
  if (correction !== undefined) {
    const [old, fresh] = correction;
    assert.ok(program.text.includes(old), `${program.name} does not contain ${old}`);
    assert.equal(messagesOf({ ...program, text: program.text.replace(old, fresh) }), []);
  } else if (meant !== null) {
    const { from, to } = primary.place;
    assert.equal(messagesOf({ ...program, text: program.text.slice(0, from) + meant[1] + program.text.slice(to) }), []);
  } else assert.not.match(hint, '`', `the hint of ${program.name} is code that nobody has followed`);
}
const messagesOf = (program: Omit<RefusedProgram, 'name'>) => errorsOf(program).map(({ code, message }) => `${code} ${message}`);

test('at least 150 programs; every correction belongs to one; what disagrees is shown twice', () => {
  const names = programs.map(({ name }) => name);
  assert.is(new Set(names).size, names.length);
  assert.ok(names.length >= 150);
  assert.equal(
    Object.keys(corrections).filter((name) => !names.includes(name)),
    [],
  );
  const places = (program: RefusedProgram) => errorsOf(program).reduce((most, { secondary }) => Math.max(most, secondary.length), 0);
  const both = ['B103', 'B104', 'B201', 'B301', 'B302', 'B303', 'B304', 'B306', 'B309', 'B311', 'B317', 'B401', 'B404', 'B405'];
  for (const code of [...both, 'B408', 'B410', 'B601', 'B603', 'B605', 'B701', 'B702', 'B703-groups']) {
    const alone = programs.filter(({ name }) => name.startsWith(code) && name !== 'B104-itself').filter((program) => places(program) === 0);
    assert.equal(
      alone.map(({ name }) => name),
      [],
      'both places, since two things disagree',
    );
  }
});

test.run();
