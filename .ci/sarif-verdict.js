// Reads the validator's report on a SARIF file, prints what it found, and exits 1 on any error or warning:
//   node sarif-verdict.js FILE JUDGEMENT
'use strict';
const fs = require('fs');

const [file, judgement] = process.argv.slice(2);
const log = JSON.parse(fs.readFileSync(judgement, 'utf8').replace(/^\uFEFF/, ''));
if (!Array.isArray(log.runs) || log.runs.length === 0) {
  throw new Error(`${judgement} holds no run: the validator did not look at ${file}`);
}

// A result's text is a template of its rule with arguments, unless it stands there in full.
function text(rules, result) {
  if (result.message.text) return result.message.text;
  const rule = rules.find((r) => r.id === result.ruleId) || {};
  const template = ((rule.messageStrings || {})[result.message.id] || {}).text || result.message.id;
  return template.replace(/\{(\d+)\}/g, (_, n) => (result.message.arguments || [])[n]);
}

let bad = 0;
for (const run of log.runs) {
  for (const result of run.results || []) {
    const level = result.level || 'warning';
    if (level !== 'error' && level !== 'warning') continue;
    bad++;
    const place = ((result.locations || [])[0] || {}).physicalLocation || {};
    const line = (place.region || {}).startLine || 1;
    console.error(`${file}:${line}: ${level} ${result.ruleId}: ${text(run.tool.driver.rules || [], result)}`);
  }
  for (const invocation of run.invocations || []) {
    const notifications = [...(invocation.toolExecutionNotifications || []), ...(invocation.toolConfigurationNotifications || [])];
    for (const n of notifications.filter((n) => n.level === 'error')) {
      bad++;
      console.error(`${file}: the validator could not do its work: ${n.message.text}`);
    }
    if (invocation.executionSuccessful === false) {
      bad++;
      console.error(`${file}: the validator was not successful`);
    }
  }
}
console.log(`${file}: ${bad === 0 ? 'no errors, no warnings' : `${bad} errors and warnings`}`);
process.exit(bad === 0 ? 0 : 1);
