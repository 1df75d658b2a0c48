// Compares what independent readers find in a CSV, a JUnit and a Markdown report with the JSON report of the same audit.
'use strict';
const fs = require('fs');
const path = require('path');

const folder = process.argv[2];
const read = (name) => fs.readFileSync(path.join(folder, name), 'utf8');
const report = JSON.parse(read('report.json'));
const failures = [];
const same = (what, got, want) => {
  if (got !== want) failures.push(`${what}: ${got}, and the JSON report has ${want}`);
};

function csv() {
  const { data, errors } = require('papaparse').parse(read('report.csv').trimEnd(), { header: true });
  if (errors.length > 0) failures.push(`CSV: ${errors[0].message} in row ${errors[0].row}`);
  const count = (type) => data.filter((row) => row.type === type && !['fixed', 'not-looked-at'].includes(row.status)).length;
  same('findings in CSV', count('finding'), report.findings.length);
  same('problems in CSV', count('problem'), report.problems.length);
  same('notices in CSV', count('notice'), report.notices.length);
  for (const row of data) {
    for (const [column, cell] of Object.entries(row)) {
      if (/^\s*[=+\-@＝＋－＠\t\r]/.test(cell)) failures.push(`CSV: ${column} may be calculated: ${cell}`);
    }
  }
}

async function junit() {
  const { parse } = await import(pathToModule('junit2json'));
  const suites = (await parse(read('report.xml'))).testsuite;
  same('suites in JUnit', suites.length, Math.max(report.organizations.length, 1));
  const cases = suites.flatMap((s) => s.testcase || []);
  const failing = new Set(
    report.findings.filter((f) => f.status === 'new').map((f) => [f.organization, f.kind, f.name, f.ruleId].join(' ')),
  );
  same('failures in JUnit', cases.filter((c) => c.failure).length, failing.size);
  same('errors in JUnit', cases.filter((c) => c.error).length, report.problems.length);
  for (const s of suites) same(`tests of suite ${s.name}`, s.tests, (s.testcase || []).length);
}

// A module that is only for import cannot be found through NODE_PATH.
function pathToModule(name) {
  const root = path.join(process.env.NODE_PATH, name);
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const entry = manifest.exports?.['.']?.import || manifest.module || manifest.main;
  return 'file://' + path.join(root, typeof entry === 'string' ? entry : entry.default);
}

function markdown() {
  const text = read('report.md');
  if (Buffer.byteLength(text) > 65536) failures.push('Markdown: more than a comment may have');
  const html = require('markdown-it')({ html: true, linkify: true }).render(text);
  const shown = report.findings.filter((f) => f.status !== 'suppressed').length;
  const more = Number((/\*\*(\d+) more findings? in the full report/.exec(text) || [0, 0])[1]);
  same('findings in Markdown', (html.match(/<td>(high|medium|low|info)<\/td>/g) || []).length + more, shown);
  const tags = new Set([...html.matchAll(/<([a-z0-9]+)/g)].map((m) => m[1]));
  for (const tag of ['a', 'img', 'script', 'style', 'iframe']) {
    if (tags.has(tag)) failures.push(`Markdown: there is a tag ${tag}`);
  }
}

csv();
markdown();
junit().catch((e) => failures.push(`JUnit: ${e.message}`)).then(() => {
  for (const f of failures) console.error(f);
  if (failures.length > 0) process.exit(1);
  console.log(`CSV, JUnit and Markdown agree with JSON: ${report.findings.length} findings, ${report.problems.length} problems`);
});
