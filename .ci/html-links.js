// Where the links of an HTML report lead: each is clicked, and the file is opened at what they name.
'use strict';
const assert = require('node:assert/strict');

// probe is what the page itself runs.
const probe = () => {
  // landed waits until the page rests and says how far the target is from where it should be: right below what sticks to
  // the top of the window, or in sight where the page ends before; '' where it is there.
  const landed = async (id) => {
    const target = document.getElementById(id);
    if (!target) return 'is not on the page';
    for (let at = NaN, still = 0; still < 4; ) {
      await new Promise(requestAnimationFrame);
      const top = target.getBoundingClientRect().top;
      still = Math.abs(top - at) < 1 ? still + 1 : 0;
      at = top;
    }
    if (!target.checkVisibility()) return 'is hidden';
    if (target instanceof HTMLDetailsElement && !target.open) return 'is closed';
    const bar = document.getElementById('filter').getBoundingClientRect();
    const { top } = target.getBoundingClientRect();
    const covered = bar.top <= 60 && bar.bottom > 0 && bar.top < top ? bar.bottom : 0;
    if (top < covered - 1) return `begins ${Math.round(covered - top)} px too high`;
    const atEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    if (top > (atEnd ? innerHeight - 20 : covered + 60)) return `begins ${Math.round(top - covered)} px too low`;
    return '';
  };
  // clicked follows every link within the page. Each click starts from a page in which nobody has opened anything else.
  const clicked = async () => {
    const links = [...document.querySelectorAll('a[href^="#"]')], faults = [];
    for (const link of links) {
      for (const d of document.querySelectorAll('details[open]')) d.open = false;
      for (let d = link.closest('details'); d; d = d.parentElement.closest('details')) d.open = true;
      link.scrollIntoView({ block: 'center', behavior: 'instant' });
      await new Promise(requestAnimationFrame);
      link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true })); // links of pictures have no click()
      const id = link.getAttribute('href').slice(1), fault = await landed(id);
      if (fault) faults.push(`#${id} ${fault}`);
    }
    return { count: links.length, faults };
  };
  globalThis.linkProbe = { landed, clicked };
};

// linksLand clicks every link within the page and returns how many there are.
async function linksLand(page) {
  await page.evaluate(probe);
  const { count, faults } = await page.evaluate(() => globalThis.linkProbe.clicked());
  assert.ok(count > 100, `the page has only ${count} links`);
  assert.deepEqual(faults, [], 'links that land elsewhere');
  return count;
}

// opensAt opens the file at the sections and at one of so many other places, each in a new document.
async function opensAt(page, url, every) {
  const ids = await page.locator('a[href^="#"]').evaluateAll((all) => [...new Set(all.map((a) => a.getAttribute('href').slice(1)))]);
  const sections = await page.locator('nav a').evaluateAll((all) => all.map((a) => a.getAttribute('href').slice(1)));
  const faults = [];
  for (const id of ids.filter((id, i) => sections.includes(id) || i % every === 0)) {
    await page.goto('about:blank');
    await page.goto(`${url}#${id}`);
    await page.evaluate(probe);
    const fault = await page.evaluate((id) => globalThis.linkProbe.landed(id), id);
    if (fault) faults.push(`#${id} ${fault}`);
  }
  assert.deepEqual(faults, [], 'anchors that open elsewhere');
}

module.exports = { linksLand, opensAt };
