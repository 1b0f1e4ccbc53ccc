/** The runner's count: what cannot run is skipped, or failed where it is required; nothing asked for is a failure. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const runner = fileURLToPath(new URL('../run.ts', import.meta.url));

/** The code and the last line of a run, in an environment without a Vulkan driver. */
function run(words: readonly string[], environment: Record<string, string> = {}): Promise<{ code: number; last: string }> {
  const env = { ...process.env, VK_DRIVER_FILES: '/nowhere.json', BONDSMITH_GPU: '', ...environment };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [runner, ...words], { env }, (_, out) => {
      resolve({ code: child.exitCode ?? -1, last: out.trimEnd().split('\n').at(-1)! });
    });
  });
}

test('without a driver the tests of a device are skipped and not passed', async () => {
  const { code, last } = await run(['gpu/functions']);
  assert.is(code, 0);
  assert.match(last, /^0 passed, 0 failed, [1-9]\d* skipped$/);
});

test('where the device is required its absence is a failure', async () => {
  assert.equal(await run(['gpu/functions'], { BONDSMITH_GPU: 'required' }), { code: 1, last: '0 passed, 1 failed, 0 skipped' });
});

test('a part of no file is a failure', async () => {
  assert.equal(await run(['no-such-file']), { code: 1, last: '0 passed, 1 failed, 0 skipped' });
});

test.run();
