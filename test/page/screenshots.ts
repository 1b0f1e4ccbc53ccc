/** The page's views at three widths, for people to look at: node test/page/screenshots.ts FOLDER. Those in docs/page/ were made by it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Visitor } from './browser.ts';

const [folder = 'docs/page', chromium = '/usr/bin/chromium'] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const visitor = await Visitor.launch(chromium);
const address = await visitor.serve();
try {
  for (const [name, width, height] of [
    ['desk', 1280, 800],
    ['tablet', 800, 1000],
    ['phone', 390, 844],
  ] as const) {
    const page = await visitor.open(`${address}#topologies`, { width, height });
    if (name === 'tablet') await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
    for (const view of ['network', 'plan', 'output', 'train']) {
      await page.click(`#tab-${view}`);
      if (view === 'output') await page.waitForFunction(() => document.getElementById('code')!.textContent !== '');
      if (view === 'train') {
        await page.$eval('#steps', (input) => ((input as HTMLInputElement).value = '80'));
        for (const [run, variant] of ['Chain', 'Ring', 'Tree'].entries()) {
          await page.select('#variants', variant);
          await page.waitForFunction((own) => document.getElementById('totals')!.textContent?.startsWith(own), {}, variant);
          await page.click('#start');
          await page.waitForSelector(`#runs tbody tr:nth-child(${run + 1})[data-state="finished"]`, { timeout: 120_000 });
        }
        await page.$eval('[aria-label^="Sample"]', (button) => (button as HTMLButtonElement).click());
        await page.waitForFunction(() => !document.getElementById('sample')!.hidden);
      }
      await page.screenshot({
        path: join(folder, `${name}-${view}.webp`) as `${string}.webp`,
        fullPage: name !== 'desk' && view !== 'output',
        quality: 80,
      });
    }
    await page.close();
  }
} finally {
  await visitor.close();
}
