// The report is whole without this script. It adds the filter, opens what a link points to, colours XML, and opens
// everything but rule pages for printing. Text from the report is only ever read as text.
'use strict';
(() => {
  const form = document.getElementById('filter');
  const findings = [...document.querySelectorAll('details.finding')];

  const reveal = () => {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (!(target instanceof HTMLDetailsElement)) return;
    if (target.closest('[hidden]')) form.reset(), apply();
    target.open = true;
    target.scrollIntoView();
  };

  // XML is coloured when it is first seen, so that thousands of findings cost nothing.
  const parts = /(<\/?[^\s<>\/]+|\/?>)|([^\s=<>"']+)(?==["'])|("[^"]*"|'[^']*')/g;
  const colour = (line) => {
    const text = line.textContent, out = [];
    let at = 0;
    for (const m of text.matchAll(parts)) {
      out.push(text.slice(at, m.index));
      const span = document.createElement('span');
      span.className = m[1] ? 't' : m[2] ? 'a' : 'v';
      span.textContent = m[0];
      out.push(span);
      at = m.index + m[0].length;
    }
    line.replaceChildren(...out, text.slice(at));
  };
  const painted = new WeakSet();
  document.addEventListener('toggle', (event) => {
    const details = event.target;
    if (!details.open || painted.has(details)) return;
    painted.add(details);
    details.querySelectorAll('.xml > li').forEach(colour);
  }, true);

  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open], .rulepage)')];
    opened.forEach((d) => { d.open = true; });
  });
  addEventListener('afterprint', () => opened.forEach((d) => { d.open = false; }));

  let apply = () => {};
  if (form) {
    const query = document.getElementById('q');
    const picks = [...form.querySelectorAll('select')];
    const severities = [...form.querySelectorAll('input[name=severity]')];
    const openAll = document.getElementById('toggle');
    const has = (f, key, value) => key === 'environment' ?
      JSON.parse(f.dataset.environment).includes(value) : f.dataset[key] === value;
    const texts = new Map();
    const textOf = (f) => {
      if (!texts.has(f)) texts.set(f, (f.parentElement.firstElementChild.textContent + ' ' + f.textContent).toLowerCase());
      return texts.get(f);
    };
    apply = () => {
      const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = new Set(severities.filter((s) => s.checked).map((s) => s.value));
      let shown = 0;
      for (const f of findings) {
        const match = wanted.has(f.dataset.severity) &&
          picks.every((p) => p.value === '' || has(f, p.dataset.key, p.value)) &&
          words.every((w) => textOf(f).includes(w));
        if (f.hidden === match) f.hidden = !match;
        if (match) shown++;
      }
      for (const selector of ['.bundle', '.org']) {
        for (const group of document.querySelectorAll(selector)) {
          group.hidden = !group.querySelector('details.finding:not([hidden])');
        }
      }
      document.getElementById('count').textContent = `${shown} of ${findings.length}`;
      document.getElementById('empty').hidden = shown > 0;
    };
    let soon = 0;
    query.addEventListener('input', () => { clearTimeout(soon); soon = setTimeout(apply, 80); });
    form.addEventListener('change', apply);
    form.addEventListener('submit', (event) => { event.preventDefault(); apply(); });
    form.addEventListener('reset', () => setTimeout(apply));
    document.getElementById('clear').addEventListener('click', () => form.reset());
    openAll.addEventListener('click', () => {
      const open = openAll.textContent === 'Open all';
      for (const f of findings) if (!f.hidden) f.open = open;
      openAll.textContent = open ? 'Close all' : 'Open all';
    });
    form.hidden = false;
    apply();
  }
  addEventListener('hashchange', reveal);
  document.addEventListener('click', (event) => { // a second click on a link changes no address
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) reveal();
  });
  reveal();
})();
