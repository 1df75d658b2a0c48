// Compares what independent readers find in CSV, JUnit, Markdown, GitHub's and GitLab's reports with the JSON report of the same audit.
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

function sheet(name) {
  const { data, errors } = require('papaparse').parse(read(name).trimEnd(), { header: true });
  if (errors.length > 0) failures.push(`${name}: ${errors[0].message} in row ${errors[0].row}`);
  for (const row of data) {
    for (const [column, cell] of Object.entries(row)) {
      if (/^\s*[=+\-@＝＋－＠\t\r]/.test(cell)) failures.push(`${name}: ${column} may be calculated: ${cell}`);
    }
  }
  return data;
}

function csv() {
  const data = sheet('report.csv');
  const count = (type) => data.filter((row) => row.type === type && !['fixed', 'not-looked-at'].includes(row.status)).length;
  same('findings in CSV', count('finding'), report.findings.length);
  same('problems in CSV', count('problem'), report.problems.length);
  same('notices in CSV', count('notice'), report.notices.length);
  same('deployments in CSV', sheet('inventory.csv').filter((row) => row.type === 'deployment').length, report.inventory.length);
  const verdicts = { passed: 'passed', failed: 'failed', accepted: 'accepted', 'not looked at': 'notLookedAt' };
  const controls = sheet('controls.csv').filter((row) => row.type === 'control');
  for (const c of report.controls) {
    for (const [status, list] of Object.entries(verdicts)) {
      const rows = controls.filter((row) => row.framework === c.framework && row.requirement === c.requirement && row.status === status);
      same(`${status} of ${c.framework} ${c.requirement} in CSV`, rows.length, c[list].length);
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

// Annotations as the runner reads lines: ActionCommand.cs of github.com/actions/runner.
function github() {
  const kinds = { error: 0, warning: 0, notice: 0 };
  let annotated = 0;
  for (const line of read('report.github.txt').split('\n')) {
    const [, command, properties, text] = /^::(\S+)( .*?)?::(.*)$/.exec(line) || [];
    if (!command || ['group', 'endgroup'].includes(command)) {
      if (!command && line.includes('::')) failures.push(`GitHub: a plain line holds a command: ${line}`);
      continue;
    }
    if (!(command in kinds)) failures.push(`GitHub: unknown command ${command}`);
    kinds[command]++;
    if (/ ?(file)=[^,]+/.test(properties) && /title=RT\d+/.test(properties)) annotated++;
    const left = /(\d+) findings? annotated, (\d+) more/.exec(text);
    if (left) {
      same('findings said to be annotated for GitHub', Number(left[1]), annotated);
      same('findings for GitHub', Number(left[1]) + Number(left[2]), report.findings.filter((f) => f.status !== 'suppressed').length);
    }
  }
  for (const [kind, count] of Object.entries(kinds)) {
    if (count > 10) failures.push(`GitHub: ${count} annotations of kind ${kind}, and it shows 10`);
  }
  if (annotated === 0) failures.push('GitHub: no annotation of a finding');
}

// The fields that GitLab documents, its severities, and an identity for each entry.
function gitlab() {
  const issues = JSON.parse(read('report.gitlab.json'));
  const severities = { high: 'critical', medium: 'major', low: 'minor', info: 'info' };
  for (const i of issues) {
    const whole = [i.description, i.check_name, i.fingerprint, i.location?.path].every((s) => typeof s === 'string' && s !== '');
    if (!whole || !Number.isInteger(i.location?.lines?.begin) || !['info', 'minor', 'major', 'critical', 'blocker'].includes(i.severity)) {
      failures.push(`GitLab: ${JSON.stringify(i)} is not an entry`);
    } else if (i.location.path.startsWith('./') || path.isAbsolute(i.location.path)) {
      failures.push(`GitLab: path ${i.location.path}`);
    }
  }
  same('fingerprints for GitLab', new Set(issues.map((i) => i.fingerprint)).size, issues.length);
  for (const f of report.findings.filter((f) => f.status !== 'suppressed')) {
    same(`severity of ${f.id} for GitLab`, issues.find((i) => i.fingerprint === f.id)?.severity, severities[f.severity]);
  }
  same('findings for GitLab', issues.filter((i) => /^RT/.test(i.check_name)).length, report.findings.filter((f) => f.status !== 'suppressed').length);
}

csv();
markdown();
github();
gitlab();
junit().catch((e) => failures.push(`JUnit: ${e.message}`)).then(() => {
  for (const f of failures) console.error(f);
  if (failures.length > 0) process.exit(1);
  console.log(`CSV, JUnit, Markdown, GitHub's and GitLab's reports agree with JSON: ${report.findings.length} findings, ${report.problems.length} problems`);
});
