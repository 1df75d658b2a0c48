// Holds what a release contains against what is in the binaries: node .ci/release-verdict.js SBOM.json MODULES
// MODULES is what `go version -m` printed of the binary that the bill of materials is about.
const fs = require('fs');

const [bom, modules] = process.argv.slice(2);
const sbom = JSON.parse(fs.readFileSync(bom, 'utf8'));
const listed = new Map(sbom.components.map((c) => [`${c.name} ${c.version}`, c]));
const linked = fs.readFileSync(modules, 'utf8').split('\n').map((l) => l.split('\t')).filter((f) => f[1] === 'dep').map((f) => `${f[2]} ${f[3]}`);
const faults = [];
if (sbom.bomFormat !== 'CycloneDX') faults.push(`the format is ${sbom.bomFormat}`);
if (linked.length < 20) faults.push(`only ${linked.length} modules are linked`);
for (const m of linked) {
  const c = listed.get(m);
  if (!c) faults.push(`${m} is linked and not listed`);
  else if (!(c.evidence?.licenses?.length || c.licenses?.length)) faults.push(`${m} is listed without a licence`);
}
for (const m of listed.keys()) if (!m.startsWith('std ') && !linked.includes(m)) faults.push(`${m} is listed and not linked`);
if (faults.length) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`the bill of materials lists the ${linked.length} modules that are linked, with their licences`);
