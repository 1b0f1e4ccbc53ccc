/** What the command line takes of the process, and gives back: a library that is called must not keep Ctrl-C. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeContext, stoppable } from '../../runtime/cli/host.ts';

const listeners = () => process.listenerCount('SIGINT');

test('a context of Node changes nothing of the process', async () => {
  const before = listeners();
  assert.is(await nodeContext().interrupted(), false);
  assert.is(listeners(), before);
});

test('Ctrl-C is caught while something runs that can stop, and no longer', async () => {
  const before = listeners();
  const seen = await stoppable(async ({ interrupted }) => {
    const first = await interrupted();
    assert.is(listeners(), before + 1);
    process.emit('SIGINT');
    return [first, await interrupted()];
  });
  assert.equal(seen, [false, true]);
  assert.is(listeners(), before);
});

test('an error gives Ctrl-C back too', async () => {
  const before = listeners();
  const failing = stoppable(async () => {
    throw new Error('as planned');
  });
  await failing.then(
    () => assert.unreachable(),
    ({ message }) => assert.is(message, 'as planned'),
  );
  assert.is(listeners(), before);
});

test.run();
