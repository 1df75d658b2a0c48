// Compares what apigeetool and apigee-edge-js read of the simulated management APIs with what was pulled from them.
//   node clients-verdict.js APIGEETOOL EDGE X FOLDER
// EDGE and X are the addresses of the two, and FOLDER holds pulled-edge and pulled-x.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const { execFileSync } = require('child_process');
const { apigee } = require('apigee-edge-js');

const [tool, edge, x, folder] = process.argv.slice(2);
const organization = 'harbor-retail';
const secret = 'simulator'; // token, user and password alike
const points = ['PreProxyFlowHook', 'PreTargetFlowHook', 'PostTargetFlowHook', 'PostProxyFlowHook'];
const collections = { apis: 'proxies', sharedflows: 'sharedflows' };
let compared = 0;

// same fails unless both are the same but for the order of lists.
function same(what, got, want) {
  compared++;
  const sorted = (v) => (Array.isArray(v) ? [...v].map((e) => JSON.stringify(e)).sort() : v);
  assert.deepStrictEqual(sorted(got), sorted(want), what);
}

const digest = (data) => crypto.createHash('sha256').update(data).digest('hex');
const byName = (list) => [...new Set(list)].sort();

// pulled is what is known of the organization on a platform.
function pulled(platform) {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, `pulled-${platform}`, 'snapshot.json'), 'utf8'));
  const [o] = manifest.organizations;
  assert.ok(o.complete && o.deployments.length > 0, `the pull from ${platform} is incomplete`);
  return {
    environments: o.environments,
    names: (kind) => byName(o.revisions.filter((r) => r.kind === kind).map((r) => r.name)),
    deployed: (wanted) =>
      o.deployments
        .filter((d) => Object.entries(wanted).every(([key, value]) => d[key] === value))
        .map((d) => ({ environment: d.environment, name: d.name, revision: Number(d.revision) })),
    hook: (environment, point) => (o.flowHooks.find((h) => h.environment === environment && h.point === point) || {}).sharedFlow,
    revisions: (kind) => o.revisions.filter((r) => r.kind === kind),
  };
}

// run runs a command of apigeetool and gives its answer.
function run(command, ...args) {
  const common = ['-L', edge, '-o', organization, '-u', secret, '-p', secret, '-j'];
  try {
    return JSON.parse(execFileSync(tool, [command, ...common, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
  } catch (e) {
    throw new Error(`apigeetool ${command} ${args.join(' ')}: ${e.stderr || e.message}`);
  }
}

// Its seven commands that read proxies, shared flows and flow hooks.
function apigeetool() {
  const want = pulled('edge');
  const plain = (answer) =>
    answer.deployments.map((d) => {
      assert.strictEqual(d.state, 'deployed');
      return { environment: d.environment, name: d.name, revision: d.revision };
    });
  same('listproxies', run('listproxies'), want.names('apis'));
  same('listsharedflows', run('listsharedflows'), want.names('sharedflows'));
  for (const environment of want.environments) {
    same(`listdeployments -e ${environment}`, plain(run('listdeployments', '-e', environment)), want.deployed({ kind: 'apis', environment }));
    same(
      `listsharedflowdeployments -e ${environment}`,
      plain(run('listsharedflowdeployments', '-e', environment)),
      want.deployed({ kind: 'sharedflows', environment }),
    );
  }
  for (const [kind, list, fetch] of [
    ['apis', 'listdeployments', 'fetchproxy'],
    ['sharedflows', 'listsharedflowdeployments', 'fetchsharedflow'],
  ]) {
    const [r] = want.revisions(kind);
    same(`${list} -n ${r.name}`, plain(run(list, '-n', r.name)), want.deployed({ kind, name: r.name }));
    const file = path.join(folder, `${kind}.zip`);
    run(fetch, '-n', r.name, '-r', r.revision, '-f', file);
    same(`${fetch} -n ${r.name}`, digest(fs.readFileSync(file)), r.sha256);
  }
  const [proxy] = want.revisions('apis');
  const addresses = run('listdeployments', '-n', proxy.name, '-l').deployments;
  assert.ok(addresses.every((d) => d.uris.length > 0), 'listdeployments -l gives no addresses');
  const [environment] = want.environments;
  for (const point of points) {
    same(`getflowhook ${point}`, run('getflowhook', '-e', environment, '--flowHookName', point).sharedFlow, want.hook(environment, point));
  }
}

// onX is what the library reads of the organization on X, and onEdge the same on Edge: shapes differ, and nothing else.
const onX = {
  names: (list, kind) => (list[kind === 'apis' ? 'proxies' : 'sharedFlows'] || []).map((a) => a.name),
  deployed: (answer) =>
    (answer.deployments || []).map((d) => ({ environment: d.environment, name: d.apiProxy, revision: Number(d.revision) })),
  one: (d) => [{ environment: d.environment, name: d.apiProxy, revision: Number(d.revision) }],
};
const onEdge = {
  names: (list) => list,
  deployed: (answer, revision) => {
    const revisions = (of, environment, name) => of.map((r) => ({ environment, name, revision: Number(r.name) }));
    if (answer.aPIProxy && Array.isArray(answer.aPIProxy)) return answer.aPIProxy.flatMap((p) => revisions(p.revision, answer.name, p.name));
    if (revision) return answer.environment.map((e) => ({ environment: e.name, name: answer.aPIProxy || answer.sharedFlow, revision: Number(answer.name) }));
    if (!Array.isArray(answer.environment)) return revisions(answer.revision, answer.environment, answer.name);
    return answer.environment.flatMap((e) =>
      e.aPIProxy ? e.aPIProxy.flatMap((p) => revisions(p.revision, e.name, p.name)) : revisions(e.revision, e.name, answer.name),
    );
  },
  one: (d) => [{ environment: d.environment, name: d.aPIProxy || d.sharedFlow, revision: Number(d.revision) }],
};

// library reads everything that an audit is about with apigee-edge-js.
async function library(platform, org, shape) {
  const want = pulled(platform);
  const about = (what) => `apigee-edge-js, ${platform}: ${what}`;
  same(about('organization'), (await org.get()).name, organization);
  same(about('environments'), await org.environments.get(), want.environments);
  same(about('deployments'), shape.deployed(await org.proxies.getDeployments({})), want.deployed({ kind: 'apis' }));
  for (const environment of want.environments) {
    same(about(environment), (await org.environments.get({ name: environment })).name, environment);
    same(about(`flow hooks of ${environment}`), await org.flowhooks.get({ environment }), points);
    for (const name of points) {
      same(about(`${name} of ${environment}`), (await org.flowhooks.get({ environment, name })).sharedFlow, want.hook(environment, name));
    }
    const { data } = await org.stats.get({
      environment, dimension: 'apiproxy', metric: 'sum(message_count)', timeUnit: 'day',
      startTime: new Date('2026-11-01T00:00:00Z'), endTime: new Date('2026-11-08T00:00:00Z'),
    });
    for (const { name, dimensions } of data.environments || []) {
      same(about('analytics'), name, environment);
      for (const d of dimensions || []) same(about(`days of ${d.name} in ${environment}`), d.metrics[0].values.length, 7);
    }
    same(
      about(`deployments in ${environment}`),
      shape.deployed(await org.proxies.getDeployments({ environment })),
      want.deployed({ kind: 'apis', environment }),
    );
  }
  for (const [kind, member] of Object.entries(collections)) {
    const assets = org[member];
    same(about(kind), shape.names(await assets.get({}), kind), want.names(kind));
    for (const { name, revision, sha256 } of want.revisions(kind)) {
      const number = Number(revision);
      assert.ok((await assets.getRevisions({ name })).includes(number), about(`revisions of ${name}`));
      same(about(name), (await assets.get({ name })).name, name);
      same(about(`${name} revision ${revision}`), (await assets.get({ name, revision })).revision, revision);
      const here = want.deployed({ kind, name });
      same(about(`deployments of ${name}`), shape.deployed(await assets.getDeployments({ name })), here);
      same(
        about(`deployments of ${name} revision ${revision}`),
        shape.deployed(await assets.getDeployments({ name, revision }), true),
        want.deployed({ kind, name, revision }),
      );
      const [{ environment }] = want.deployed({ kind, name, revision });
      same(
        about(`deployments of ${name} in ${environment}`),
        shape.deployed(await assets.getDeployments({ name, environment })),
        want.deployed({ kind, name, environment }),
      );
      same(
        about(`deployment of ${name} revision ${revision} in ${environment}`),
        shape.one(await assets.getDeployments({ name, revision, environment })),
        want.deployed({ kind, name, revision, environment }),
      );
      same(about(`bundle of ${name} revision ${revision}`), digest((await assets.export({ name, revision })).buffer), sha256);
    }
  }
}

// beside reads what an organization has besides proxies and shared flows, of which most have little here.
async function beside(platform, org, names) {
  const [environment] = pulled(platform).environments;
  for (const { name, proxies } of names(await org.products.get({ expand: true }))) {
    const product = await org.products.get({ name });
    same(`product ${name} on ${platform}`, [product.name, product.proxies], [name, proxies]);
  }
  await org.apps.get({});
  await org.developers.get({});
  await org.kvms.get({});
  for (const member of ['kvms', 'keystores', 'references', 'targetservers']) {
    same(`${member} on ${platform}`, await org[member].get({ environment }), []);
  }
}

// edgeOnly reads what X has only inside of bundles.
async function edgeOnly(org) {
  const [{ name, revision }] = pulled('edge').revisions('apis');
  const [environment] = pulled('edge').environments;
  const asked = { name, revision };
  const described = await org.proxies.get(asked);
  for (const member of ['caches', 'resourcefiles']) await org[member].get({ environment });
  for (const member of ['companies', 'maskconfigs']) await org[member].get({});
  same('policies', await org.proxies.getPoliciesForRevision(asked), described.policies);
  same('proxy endpoints', await org.proxies.getProxyEndpoints(asked), described.proxies);
  same('base path', (await org.proxies.getEndpoint({ ...asked, endpoint: described.proxies[0] })).connection.basePath, described.basepaths[0]);
  assert.ok(Array.isArray(await org.proxies.getTargets(asked)), 'targets');
  assert.ok(Array.isArray(await org.proxies.getResourcesForRevision(asked)), 'resources');
  const [host] = await org.environments.getVhosts({ environment });
  same('virtual host', (await org.environments.getVhost({ environment, name: host })).name, host);
}

async function logins() {
  const user = { org: organization, user: secret, password: secret, mgmtServer: edge, ssoUrl: edge, forcenew: true };
  const first = await apigee.connect({ ...user, mfa_token: '123456' });
  same('organization after a login with a code', (await first.get()).name, organization);
  const refused = await apigee.connect(user).then((org) => org.get(), (e) => e);
  assert.ok(refused instanceof Error, 'a login without the code is accepted');
  return apigee.connect({ org: organization, user: secret, password: secret, mgmtServer: edge, no_token: true });
}

(async () => {
  apigeetool();
  const org = await logins();
  await library('edge', org, onEdge);
  await beside('edge', org, (list) => list.apiProduct);
  await edgeOnly(org);
  // In its mode for X the library asks Google's host, whatever it is told.
  const google = await apigee.connect({ org: organization, apigeex: true, token: secret });
  google.conn.urlBase = `${x}/v1/organizations/${organization}`;
  await library('x', google, onX);
  await beside('x', google, (list) => list.apiProduct || []);
  console.log(`apigeetool and apigee-edge-js read what was pulled: ${compared} answers compared`);
})().catch((e) => {
  console.error(e.message || e);
  process.exit(1);
});
