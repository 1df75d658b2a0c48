// The report is whole without this script. It adds the filter, opens what a link points to, colours XML, and opens
// everything but rule pages for printing. Text from the report is only ever read as text.
'use strict';
(() => {
  const form = document.getElementById('filter');
  const findings = [...document.querySelectorAll('details.finding')];

  // The address is #PLACE?FILTER: behind the name of a place stands what the list is filtered by. In this part of an address
  // nothing is sent to the server that the report may lie on.
  const split = (hash) => {
    const at = hash.indexOf('?');
    return at < 0 ? [hash.slice(1), ''] : [hash.slice(1, at), hash.slice(at + 1)];
  };

  const reveal = () => {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(split(location.hash)[0])); } catch { return; }
    if (!target) return;
    if (target.closest('[hidden]')) reset();
    for (let d = target.closest('details'); d; d = d.parentElement.closest('details')) d.open = true;
    target.scrollIntoView();
    // Where parts out of sight are not drawn the page grows as they come near. The place is kept until the reader moves.
    let frames = 0, moved = false;
    const stop = () => { moved = true; };
    for (const type of ['wheel', 'touchstart', 'pointerdown', 'keydown']) addEventListener(type, stop, { once: true, passive: true });
    const keep = () => {
      if (moved || ++frames > 30) return;
      target.scrollIntoView();
      requestAnimationFrame(keep);
    };
    if (target.closest('.many')) requestAnimationFrame(keep);
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
    opened = [...document.querySelectorAll('details:not([open], .rulepage, .edit, .more .finding, .drawn)')];
    opened.forEach((d) => { d.open = true; });
  });
  addEventListener('afterprint', () => opened.forEach((d) => { d.open = false; }));

  let reset = () => {}, obey = () => {};
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
    // wanted is what the form asks for, as in an address.
    const wanted = () => {
      const all = new URLSearchParams();
      const off = severities.filter((s) => !s.checked);
      if (off.length > 0) all.set('severity', severities.filter((s) => s.checked).map((s) => s.value).join(','));
      for (const p of picks) if (p.value !== '') all.set(p.dataset.key, p.value);
      if (query.value.trim() !== '') all.set('q', query.value.trim());
      return all;
    };
    const note = () => {
      const filter = wanted().toString(), [place] = split(location.hash);
      const hash = filter === '' ? place && '#' + place : `#${place}?${filter}`;
      if (hash === location.hash) return;
      try { history.replaceState(history.state, '', hash || location.pathname + location.search); } catch { /* the page is in a frame that has no address */ }
    };
    const apply = () => {
      const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
      const checked = new Set(severities.filter((s) => s.checked).map((s) => s.value));
      let shown = 0;
      for (const f of findings) {
        const match = checked.has(f.dataset.severity) &&
          picks.every((p) => p.value === '' || has(f, p.dataset.key, p.value)) &&
          words.every((w) => textOf(f).includes(w));
        if (f.hidden === match) f.hidden = !match;
        if (match) shown++;
      }
      const some = 'details.finding:not([hidden])', filter = wanted();
      for (const group of document.querySelectorAll('.bundle, .org, .list')) {
        group.hidden = !group.querySelector(some) && (filter.size > 0 || !group.matches('.list'));
      }
      if (filter.size > 0) for (const fold of document.querySelectorAll('.more')) fold.open = fold.querySelector(some) !== null;
      document.getElementById('count').textContent = `${shown} of ${findings.length}`;
      document.getElementById('empty').hidden = shown > 0;
      const said = document.getElementById('filtered');
      said.hidden = filter.size === 0;
      said.textContent = `Only ${shown} of ${findings.length} findings are shown here: ` +
        [...filter].map(([key, value]) => `${key === 'q' ? 'search' : key} ${value || 'none'}`).join(', ') + '.';
    };
    // obey sets the form to what the address asks for.
    obey = () => {
      const asked = new URLSearchParams(split(location.hash)[1]);
      const named = asked.get('severity')?.split(',');
      for (const s of severities) s.checked = !named || named.includes(s.value);
      for (const p of picks) {
        const value = asked.get(p.dataset.key) ?? '';
        p.value = [...p.options].some((o) => o.value === value) ? value : '';
      }
      query.value = asked.get('q') ?? '';
      apply();
    };
    const changed = () => { apply(); note(); };
    reset = () => {
      for (const s of severities) s.checked = true;
      for (const p of picks) p.value = '';
      query.value = '';
      changed();
    };
    let soon = 0;
    query.addEventListener('input', () => { clearTimeout(soon); soon = setTimeout(changed, 80); });
    form.addEventListener('change', changed);
    form.addEventListener('submit', (event) => { event.preventDefault(); changed(); });
    document.getElementById('clear').addEventListener('click', reset);
    openAll.addEventListener('click', () => {
      const open = openAll.textContent === 'Open all';
      for (const f of findings) if (!f.hidden) f.open = open;
      if (open) for (const fold of document.querySelectorAll('.more')) fold.open = true;
      openAll.textContent = open ? 'Close all' : 'Open all';
    });
    form.hidden = false;
    const bar = () => document.documentElement.style.setProperty('--bar', `${form.offsetHeight}px`);
    new ResizeObserver(bar).observe(form);
    bar();
    obey();
    // A link to a place keeps the filter, unless the place is filtered out.
    addEventListener('hashchange', () => { if (split(location.hash)[1] === '') { reveal(); note(); } else { obey(); reveal(); } });
  } else {
    addEventListener('hashchange', reveal);
  }
  document.addEventListener('click', (event) => { // a second click on a link changes no address
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute('href') === location.hash) reveal();
  });

  // Tables are sorted by the column whose head is clicked, the other way round by the next click.
  const order = new Intl.Collator('en', { numeric: true });
  for (const table of document.querySelectorAll('table.sorts')) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (head.tagName !== 'TH') return;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'sort';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const down = head.ariaSort ? head.ariaSort === 'ascending' : head.classList.contains('num');
        for (const other of table.tHead.rows[0].cells) other.ariaSort = null;
        head.ariaSort = down ? 'descending' : 'ascending';
        const rows = [...body.rows].map((row) => [row.cells[column].dataset.key ?? row.cells[column].textContent, row]);
        rows.sort(([a], [b]) => down ? order.compare(b, a) : order.compare(a, b));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }
  reveal();
})();
