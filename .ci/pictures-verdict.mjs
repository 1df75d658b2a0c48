// Reads pictures with Mermaid's own parser, and compares both kinds of picture with the edges of the JSON report:
//   node pictures-verdict.mjs REPORT.json PICTURE.mmd PICTURE.dot.json
// PICTURE.dot.json is what Graphviz makes of the dot format (dot -Tjson).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.PICTURES_MODULES}/x.js`);
const { JSDOM } = require('jsdom');
const dom = new JSDOM('<!doctype html><body></body>');
Object.assign(globalThis, { window: dom.window, document: dom.window.document, Element: dom.window.Element });
const mermaid = (await import(pathToFileURL(require.resolve('mermaid')).href)).default;

const fail = (why) => { console.error(why); process.exitCode = 1; };
const [reportFile, mermaidFile, dotFile] = process.argv.slice(2);
const report = JSON.parse(readFileSync(reportFile, 'utf8'));

// What is drawn of the report: arrows between two bundles, by what they say, however many edges each stands for.
const own = (e) => e.to && JSON.stringify(e.from) === JSON.stringify(e.to);
// Control characters are drawn as visible escapes, and so is what could be a command to a CI service: what both have in common counts.
const plain = (s) => [...s.replace(/\\(x[0-9a-f]{2}|u[0-9a-f]{4}|[nrt])/g, '').replace(/[^\p{L}\p{N} ]/gu, '')].slice(0, 20).join('').trim();
const expected = new Set();
for (const e of report.edges) {
  if (own(e) || e.relation === 'revoked-by') continue;
  const to = e.to ? (e.to.policy ?? e.to.name) : 'Nothing refreshes them';
  expected.add(JSON.stringify([plain(e.from.name), plain(to), e.relation, e.ruleId ?? '']));
}

const runs = ['issues', 'imports', 'refreshes', 'reads', 'revokes'];
// The words at an arrow, as relations and rule.
function said(label) {
  const rule = /^RT\d+/.exec(label)?.[0] ?? '';
  const first = label.split(/ through | by a chain| \(accepted\)/)[0];
  const relations = first.split(', ').filter((word) => runs.includes(word));
  return { rule, relations };
}

function compare(what, arrows) {
  const drawn = new Set(), wanted = new Set();
  for (const { from: begin, to: end, label } of arrows) {
    const [from, to] = [plain(begin), plain(end)];
    const { rule, relations } = said(label);
    if (relations.length) for (const r of relations) drawn.add(JSON.stringify([from, to, r]));
    else drawn.add(JSON.stringify([from, to, rule]));
  }
  for (const edge of expected) {
    const [from, to, relation, rule] = JSON.parse(edge);
    wanted.add(JSON.stringify([from, to, runs.includes(relation) ? relation : rule]));
  }
  const missing = [...wanted].filter((x) => !drawn.has(x)), more = [...drawn].filter((x) => !wanted.has(x));
  if (missing.length) fail(`${what} lacks ${missing.slice(0, 5).join(' ')}`);
  if (more.length) fail(`${what} has ${more.slice(0, 5).join(' ')}, which no edge says`);
  if (!drawn.size) fail(`${what} draws nothing`);
  return drawn.size;
}

// Mermaid.
const text = readFileSync(mermaidFile, 'utf8');
await mermaid.parse(text);
const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
const show = (s) => s.replace(/ﬂ°°(\d+)¶ß/g, (_, n) => String.fromCodePoint(n)).replace(/ﬂ°(\w+)¶ß/g, '&$1;').replace(/<br\s*\/?>/g, '\n');
const vertices = db.getVertices();
const names = {};
for (const [id, v] of vertices) {
  names[id] = show(v.text ?? '').split('\n')[0];
  if (v.link || v.linkTarget || v.haveCallback) fail(`mermaid: node ${id} became a link`);
  if (!/^(n\d+_\d+|legend)$/.test(id)) fail(`mermaid: ${JSON.stringify(id)} became a node`);
}
for (const g of db.getSubGraphs()) if (!/^g\d+$/.test(g.id)) fail(`mermaid: ${JSON.stringify(g.id)} became a group`);
const inMermaid = compare('mermaid', db.getEdges().map((e) => ({ from: names[e.start], to: names[e.end], label: show(e.text ?? '').replace(/\n/g, ' ') })));
try {
  await mermaid.parse(text.replace('-->', '--> "'));
  fail('mermaid takes what is broken: a check that accepts everything is none');
} catch { /* as it should be */ }

// Graphviz.
const graph = JSON.parse(readFileSync(dotFile, 'utf8'));
const entities = (s) => s.replace(/&#(\d+);/g, (_, n) => String.fromCodePoint(n));
const nodes = (graph.objects ?? []).map((n) => ({ ...n, title: entities((n.label ?? '').split('\\l')[0]) }));
for (const n of nodes) {
  if (!/^(cluster_\d+|n\d+_\d+)$/.test(n.name)) fail(`dot: ${JSON.stringify(n.name)} became a node`);
  for (const key of ['URL', 'href', 'image', 'target']) if (n[key]) fail(`dot: node ${n.name} has ${key}`);
}
const inDot = compare('dot', (graph.edges ?? []).map((e) => ({ from: nodes[e.tail].title, to: nodes[e.head].title, label: entities(e.label) })));
console.log(`${mermaidFile.split('/').pop()}: ${inMermaid} arrows in mermaid and ${inDot} in dot say what ${expected.size} edges say`);
