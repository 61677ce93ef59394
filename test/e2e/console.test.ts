import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedCluster } from './shared-cluster.ts';

/** The console in a real Chromium, on a desktop and on a phone. */
const cluster = sharedCluster();
let browser: Browser;
let token = '';

const chromiumArgs = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: chromiumArgs,
  });
  token = (await cluster.kctl('token', '--name', cluster.name)).trim();
});
afterAll(async () => {
  await browser.close();
});

/** A browser, an engine and a cluster share the machine with other tests. */
const BUSY_MACHINE_MS = 90_000;

async function signedIn(size: { width: number; height: number }): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: size });
  context.setDefaultTimeout(BUSY_MACHINE_MS);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(`https://127.0.0.1:${cluster.record.port}/console/`);
  await page.fill('#token', token);
  await page.click('button');
  await page.waitForSelector('section.nodes .card');
  expect(problems).toEqual([]);
  return page;
}

describe('the console', () => {
  test('refuses a wrong token and says why', async () => {
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    await page.goto(`https://127.0.0.1:${cluster.record.port}/console/`);
    await page.fill('#token', 'wrong');
    await page.click('button');
    expect(await page.waitForSelector('[role=alert]').then((element) => element.textContent())).toMatch(
      /Unauthorized/i,
    );
    await page.context().close();
  });

  test('shows nodes, workloads and live probe strips, and goes from place to place by keys', async () => {
    const page = await signedIn({ width: 1280, height: 900 });
    expect(await page.locator('section.nodes .card').count()).toBe(3);
    await page.click('a.workload:has-text("default/hello")');
    await page.waitForSelector('article.pod .strip rect');
    const attempts = () => page.locator('article.pod .strip rect title').allTextContents();
    const before = await attempts();
    await page.waitForFunction(
      (old) =>
        [...document.querySelectorAll('article.pod .strip rect title')].map((title) => title.textContent).join() !==
        old,
      before.join(),
    );
    await page.waitForSelector('section[aria-label="Timeline"] li');
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.waitForSelector('form.query');
    await page.fill('#search', 'listening');
    await page.keyboard.press('Enter');
    await page.waitForSelector('ol.lines li');
    await page.waitForSelector('svg.histogram rect');
    await page.context().close();
  }, 90_000);

  test('points at what is wrong with a query, narrows by a value, and shows the lines around one', async () => {
    const page = await signedIn({ width: 1280, height: 900 });
    await page.evaluate(() => (location.hash = '#/logs?since=24h&q=listening'));
    await page.waitForSelector('ol.lines li');
    await page.fill('#search', 'level:error AND (timeout');
    expect(await page.locator('pre.caret').textContent()).toBe(
      `level:error AND (timeout\n${' '.repeat(24)}^\n")" expected`,
    );
    await page.fill('#search', 'listening');
    await page.click('aside.fields section[aria-label="workload"] li:has(button:text-is("hello")) .value');
    await page.waitForFunction(() => decodeURIComponent(location.hash).includes('workload:hello'));
    await page.waitForSelector('ol.lines li:has(a:text("hello-"))');
    await page.click('ol.lines li .time');
    expect(await page.waitForSelector('pre.around .here').then((line) => line.textContent())).toContain('listening');
    await page.context().close();
  }, 90_000);

  test('fits a phone: nothing is wider than the screen', async () => {
    const page = await signedIn({ width: 390, height: 844 });
    const places = [
      ['#/cluster', 'section.nodes .card'],
      ['#/workload/default/Deployment/hello', 'article.pod .strip rect'],
      ['#/logs?since=24h', 'ol.lines li'],
      ['#/alerts', 'main .calm, main .alert'],
    ] as const;
    for (const [hash, shown] of places) {
      await page.evaluate((to) => (location.hash = to), hash);
      await page.waitForSelector(shown);
      expect({ hash, width: await page.evaluate(() => document.documentElement.scrollWidth) }).toEqual({
        hash,
        width: 390,
      });
    }
    await page.context().close();
  }, 90_000);
});
