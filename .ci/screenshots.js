// The photographer of .ci/screenshots: screenshots.js BROWSER FOLDER-WITH-INPUT FOLDER-FOR-PICTURES
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { chromium } = require('playwright-core');

const [executablePath, from, to] = process.argv.slice(2);

// terminal turns the few colours of the table into a page that looks like a terminal.
function terminal(ansi) {
  const colours = { 1: 'font-weight:700', 31: 'color:#ff7b72', 33: 'color:#e3b341', 34: 'color:#79c0ff', 36: 'color:#76e3ea', 2: 'color:#8b949e', 90: 'color:#8b949e' };
  let open = 0;
  const html = ansi.replace(/\r/g, '').replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c])
    .replace(/\x1b\[([\d;]*)m/g, (_, codes) => {
      const style = codes.split(';').map((c) => colours[+c]).filter(Boolean).join(';');
      if (style) return open++, `<span style="${style}">`;
      const end = '</span>'.repeat(open);
      open = 0;
      return end;
    }).replace(/\x1b\[[\d;?]*[A-Za-z]/g, '');
  return `<meta charset="utf-8"><style>body{margin:0;padding:22px 26px;background:#0d1117;color:#e6edf3;width:max-content}
    pre{margin:0;font:13px/1.45 ui-monospace,"DejaVu Sans Mono",monospace}b{color:#7ee787}</style><pre><b>$</b> apigee-audit scan --demo --env prod --min-severity high\n${html.trimEnd()}</pre>`;
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 920 } });
    await page.goto(pathToFileURL(path.join(from, 'demo.html')).href);
    if (colorScheme === 'light') {
      const finding = page.locator('article.bundle', { has: page.locator('h4', { hasText: /^giftcard-token/ }) }).locator('details.finding').first();
      await finding.locator('> summary').click();
      await finding.evaluate((f) => scrollTo({ top: f.closest('article').offsetTop - 76, behavior: 'instant' }));
    } else {
      await page.locator('#matrix .matrix').last().evaluate((m) => scrollTo({ top: m.getBoundingClientRect().top + scrollY - 70, behavior: 'instant' }));
    }
    await page.waitForTimeout(400);
    await page.screenshot({ path: path.join(to, `html-${colorScheme}.png`) });
  }
  const page = await browser.newPage({ deviceScaleFactor: 1.25 });
  await page.setContent(terminal(fs.readFileSync(path.join(from, 'table.ansi'), 'utf8')));
  await page.locator('body').screenshot({ path: path.join(to, 'table.png') });
  await browser.close();
})().catch((e) => { console.error(e.stack || e); process.exit(1); });
