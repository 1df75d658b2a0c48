// The judge of .ci/html-check: html-check.js BROWSER PROFILE DEMO.html PLAIN.html COMPARED.html LARGE.html
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const { pathToFileURL } = require('node:url');
const { chromium } = require('playwright-core');
const { linksLand, opensAt } = require('./html-links.js');

const [browser, profile, demo, plain, compared, large] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

// Generous, for slow machines: what is measured on an idle one is a fraction of it.
const loadLimit = 5000;
const filterLimit = 2000;

let profiles = 0;

// visit opens a page in a fresh profile, runs the test on it, and fails on anything the console or the network saw.
async function visit(file, options, test) {
  const context = await chromium.launchPersistentContext(`${profile}-${profiles++}`, { executablePath: browser, headless: true, args, ...options });
  const seen = [];
  try {
    const page = context.pages()[0];
    page.on('console', (m) => seen.push(`console ${m.type()}: ${m.text()}`));
    page.on('pageerror', (e) => seen.push(`error: ${e.message}`));
    page.on('request', (r) => { if (r.url().split('#')[0] !== pathToFileURL(file).href && !/^(data|about):/.test(r.url())) seen.push(`request: ${r.url()}`); });
    await page.goto(pathToFileURL(file).href);
    await test(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(seen, [], 'console, errors and requests');
}

const shown = (page) => page.locator('details.finding:not([hidden])').count();

// settled waits until the filter, which waits for the typist, shows that many findings.
const settled = (page, text) => page.waitForFunction((t) => document.getElementById('count').textContent === t, text, { timeout: 10000 });

// The axe tests run through the debugger, which the page's policy does not bind.
async function accessible(page, where) {
  // Parts that are off screen are not drawn, and axe judges only what is.
  await page.evaluate(() => document.styleSheets[0].insertRule('.many :is(.bundle, .scroll) { content-visibility: visible !important; }'));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  for (const v of violations) console.error(`${where}: ${v.id}: ${v.help}\n  ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} ${n.failureSummary}`).join('\n  ')}`);
  assert.equal(violations.length, 0, `${where}: accessibility`);
}

async function works(page) {
  const all = await shown(page);
  assert.ok(all > 5, 'the demo has findings');
  assert.ok(await page.locator('#filter').isVisible(), 'the filter is there');

  const high = await page.locator('details.finding.high').count();
  await page.locator('.chip', { hasText: 'high' }).click();
  await settled(page, `${all - high} of ${all}`);
  assert.equal(await shown(page), all - high, 'the high findings are gone');
  assert.equal(await page.locator('details.finding.high:visible').count(), 0);
  await page.locator('.chip', { hasText: 'high' }).click();

  await page.locator('#q').fill('giftcard rt104');
  await page.waitForFunction(() => document.querySelectorAll('details.finding:not([hidden])').length === 1);
  assert.equal(await page.locator('article.bundle:visible h4').textContent(), 'giftcard-token proxy');
  await page.locator('#q').fill('no finding says this');
  await page.locator('#empty').waitFor({ state: 'visible' });
  await page.locator('#clear').click();
  await settled(page, `${all} of ${all}`);

  await page.locator('select[data-key=environment]').selectOption('sandbox');
  await page.waitForFunction((n) => document.querySelectorAll('details.finding:not([hidden])').length < n, all);
  for (const f of await page.locator('details.finding:not([hidden])').all()) {
    assert.ok(JSON.parse(await f.getAttribute('data-environment')).includes('sandbox'));
  }
  await page.locator('#clear').click();
  await settled(page, `${all} of ${all}`);

  const first = page.locator('details.finding').first();
  await first.locator('> summary').focus();
  await page.keyboard.press('Enter');
  assert.equal(await first.evaluate((d) => d.open), true, 'Enter opens a finding');
  assert.ok(await first.locator('.path li').first().isVisible(), 'its path is shown');
  await page.keyboard.press('Space');
  assert.equal(await first.evaluate((d) => d.open), false, 'Space closes it');

  await page.keyboard.press('Home');
  await page.locator('body').press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.closest('body') !== null), true, 'Tab moves through the page');

  await page.locator('.byrule a').first().click();
  const rule = await page.locator('.byrule a').first().getAttribute('href');
  await page.waitForFunction((id) => document.querySelector(id).open, rule);

  await page.locator('#toggle').click();
  assert.equal(await page.locator('details.finding:not([open])').count(), 0, 'Open all opens all');
  await page.locator('details').evaluateAll((all) => all.forEach((d) => { d.open = true; }));
}

async function narrow(page) {
  await page.locator('details').evaluateAll((all) => all.forEach((d) => { d.open = true; }));
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= screen, `the page is ${content} wide on a screen of ${screen}`);
}

async function fast(page) {
  const load = await page.evaluate(() => performance.getEntriesByType('navigation')[0].loadEventEnd);
  const all = await shown(page);
  assert.equal(all, 2000);
  const filter = await page.evaluate(async () => {
    const start = performance.now();
    const q = document.getElementById('q');
    q.value = 'proxy-0777';
    q.dispatchEvent(new Event('input'));
    while (document.querySelectorAll('details.finding:not([hidden])').length !== 2) await new Promise(requestAnimationFrame);
    return performance.now() - start;
  });
  console.log(`2,000 findings (${(fs.statSync(large).size / 1e6).toFixed(1)} MB): loaded in ${Math.round(load)} ms, first search ${Math.round(filter)} ms`);
  assert.ok(load < loadLimit, `loading takes ${load} ms, at most ${loadLimit}`);
  assert.ok(filter < filterLimit, `searching takes ${filter} ms, at most ${filterLimit}`);
}

// filters are in the address: a link that somebody passes on shows what they saw, and links within the page keep it.
async function filtersInAddress(page) {
  const url = pathToFileURL(demo).href, all = await shown(page);
  await page.locator('select[data-key=rule]').selectOption('RT104');
  await page.locator('#q').fill('giftcard');
  await page.waitForFunction(() => document.querySelectorAll('details.finding:not([hidden])').length === 1);
  assert.equal(await page.evaluate(() => location.hash), '#?rule=RT104&q=giftcard');
  await page.locator('nav a[href="#rules"]').click();
  await page.waitForFunction(() => location.hash === '#rules?rule=RT104&q=giftcard');
  assert.equal(await shown(page), 1, 'a link keeps the filter');
  const hidden = await page.locator('details.finding[hidden]').first().getAttribute('id');
  await page.evaluate((id) => { location.hash = id; }, hidden);
  await page.waitForFunction((id) => document.getElementById(id).open, hidden);
  assert.equal(await shown(page), all, 'a link to what is filtered out ends the filter');
  await page.goto('about:blank');
  await page.goto(`${url}#standards?severity=high,nonsense&rule=RT101&environment=none`);
  assert.equal(await page.locator('details.finding:not([hidden])').count(), await page.locator('details.finding.high[data-rule=RT101]').count(), 'the file opens filtered');
  assert.ok(await page.locator('#filtered').isVisible(), 'the page says that it is filtered');
  assert.ok(await page.evaluate(() => Math.abs(document.getElementById('standards').getBoundingClientRect().top) < 100), 'and at the place');
}

// sorted clicks on the heads of a table.
async function sorted(page) {
  const column = () => page.locator('.byrule tbody tr').evaluateAll((rows) => rows.map((r) => Number(r.cells[2].textContent)));
  const head = page.locator('.byrule thead th').nth(2), most = [...await column()].sort((a, b) => b - a);
  await head.locator('button').click();
  assert.deepEqual(await column(), most, 'the most frequent rules come first');
  assert.equal(await head.getAttribute('aria-sort'), 'descending');
  await head.locator('button').click();
  assert.deepEqual(await column(), most.reverse(), 'the rarest rules come first');
  const bars = await page.locator('.bar').evaluateAll((all) => new Set(all.map((b) => Math.round(b.getBoundingClientRect().left))).size);
  assert.equal(bars, 1, 'all bars begin at one line');
}

// onPaper counts the printed pages.
async function onPaper(page) {
  const pdf = await page.pdf({ preferCSSPageSize: true }), pages = pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g).length;
  const findings = await page.locator('details.finding').count();
  console.log(`${findings} findings on ${pages} pages`);
  assert.ok(findings > 80 && pages <= 30, 'the demo fits on 30 pages');
}

// printed opens everything by CSS alone, as without JavaScript.
async function printed(page) {
  await page.emulateMedia({ media: 'print' });
  assert.ok(await page.locator('details.finding .path li').first().isVisible(), 'print shows the paths');
  assert.ok(await page.locator('.inventory code').first().isVisible(), 'print shows the digests');
}

(async () => {
  await visit(demo, { colorScheme: 'light', viewport: { width: 1280, height: 900 } }, async (page) => {
    await works(page);
    await accessible(page, 'light');
  });
  await visit(demo, { colorScheme: 'dark', viewport: { width: 1280, height: 900 } }, async (page) => {
    await page.locator('details').evaluateAll((all) => all.forEach((d) => { d.open = true; }));
    await accessible(page, 'dark');
  });
  await visit(demo, { viewport: { width: 390, height: 844 } }, async (page) => {
    await narrow(page);
    await accessible(page, 'phone');
  });
  for (const viewport of [{ width: 1280, height: 900 }, { width: 390, height: 844 }]) {
    await visit(demo, { viewport }, async (page) => {
      const clicked = await linksLand(page);
      await opensAt(page, pathToFileURL(demo).href, 6);
      console.log(`${clicked} links land where they point at ${viewport.width} pixels`);
    });
  }
  await visit(demo, { viewport: { width: 1280, height: 900 } }, filtersInAddress);
  await visit(demo, { viewport: { width: 1280, height: 900 } }, sorted);
  await visit(plain, {}, onPaper);
  for (const [viewport, colorScheme] of [[{ width: 1280, height: 900 }, 'light'], [{ width: 390, height: 844 }, 'dark']]) {
    await visit(compared, { viewport, colorScheme }, async (page) => {
      for (const list of ['findings', 'known', 'accepted', 'not-looked-at']) assert.ok(await page.locator(`#${list} details.finding`).count() > 0, `there are ${list}`);
      await opensAt(page, pathToFileURL(compared).href, 9);
      await narrow(page);
      await accessible(page, `compared, ${colorScheme}`);
    });
  }
  await visit(demo, { javaScriptEnabled: false }, async (page) => {
    assert.ok(!await page.locator('#filter').isVisible(), 'no filter without JavaScript');
    await page.locator('details.finding summary').first().click();
    assert.ok(await page.locator('details.finding .path li').first().isVisible(), 'a finding opens without JavaScript');
    await printed(page);
  });
  await visit(large, {}, fast);
  await visit(large, {}, (page) => opensAt(page, pathToFileURL(large).href, 500));
  console.log('the HTML report works in ' + browser);
})().catch((e) => { console.error(e.stack || e); process.exit(1); });
