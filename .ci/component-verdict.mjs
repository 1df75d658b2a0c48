// Judges the GitLab component in a file: component-verdict.mjs FILE [USAGE], only one usage of it if that is named. Called by .ci/component-check, which installs what this needs beside it.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const here = dirname(fileURLToPath(import.meta.url));
const { SIMULATOR, RELEASES, PLAIN, VERSION, PROGRAM, BUNDLES, BUSYBOX, CURL_CA_BUNDLE } = process.env;
const [component, only] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "component-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
let failed = false;
const wrong = (name, why) => {
  failed = true;
  console.error(`${name}: ${why}`);
};

// expand is the pipeline that gitlab-ci-local makes of a file that includes the component, or undefined if it refuses.
let projects = 0;
function expand(inputs) {
  const project = join(work, `project-${projects++}`);
  cpSync(BUNDLES, project, { recursive: true });
  mkdirSync(join(project, "templates"));
  cpSync(component, join(project, "templates/apigee-audit.yml"));
  const include = { include: [{ local: "templates/apigee-audit.yml", inputs }] };
  writeFileSync(join(project, ".gitlab-ci.yml"), JSON.stringify(include)); // JSON is YAML
  for (const args of [["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "a"]]) {
    const git = spawnSync("git", args, { cwd: project });
    if (git.status !== 0) throw new Error(`git ${args}: ${git.stderr}`);
  }
  const local = spawnSync("node", [join(here, "node_modules/.bin/gitlab-ci-local"), "--preview"], { cwd: project, encoding: "utf8" });
  if (local.status !== 0) return { project, refusal: local.stderr + local.stdout };
  return { project, pipeline: parse(local.stdout) };
}

const shells = {
  bash: { command: ["bash", "-eo", "pipefail"], path: process.env.PATH },
  sh: { command: ["dash", "-e"], path: process.env.PATH },
  busybox: { command: [join(BUSYBOX, "sh"), "-e"], path: BUSYBOX },
};

// run runs a job's script as a runner does: one shell, the variables in its environment.
function run(shell, project, job) {
  const program = mkdtempSync(join(work, "bin-"));
  if (!job.variables.AUDIT_RELEASES) cpSync(PROGRAM, join(program, "apigee-audit"));
  const { command, path } = shells[shell];
  const env = {
    ...job.variables,
    PATH: `${program}:${path}`,
    HOME: work,
    CI: "true",
    APIGEE_AUDIT_TOKEN: "simulator",
    CURL_CA_BUNDLE,
  };
  const result = spawnSync(command[0], command.slice(1), { cwd: project, env, input: job.script.join("\n"), encoding: "utf8" });
  if (result.error) throw result.error;
  return result;
}

const both = "courier-token\nstore-session\n";
const live = `--no-cache\n--endpoint=${SIMULATOR}\n`;
const zeros = "0".repeat(64);
const sums = spawnSync("curl", ["-fsSL", `${RELEASES}/v${VERSION}/checksums.txt`], { encoding: "utf8" }).stdout;
const machine = process.arch === "arm64" ? "arm64" : "amd64";
const digest = sums.match(new RegExp(`^([0-9a-f]{64})  apigee-audit_.*_linux_${machine}\\.tar\\.gz$`, "m"))[1];
const released = { releases: RELEASES, version: VERSION };
const hostile = "x\n$(touch OWNED)\n`touch OWNED`\n\"; touch OWNED; \"\n'; touch OWNED; '\n; touch OWNED\n*\n";

// Each: inputs beside image, the job's exit status, the number of findings or null for no report, what it says.
const usages = [
  ["clean", { paths: "store-session" }, 0, 0],
  ["findings", { paths: both }, 1, 2, "RT501"],
  ["findings below fail-on", { paths: both, "fail-on": "high" }, 0, 2],
  ["live", { org: "harbor-legacy", args: live }, 0, 3],
  ["incomplete", { org: "harbor-legacy\nnowhere\n", args: live }, 3, 3, "nowhere"],
  ["what if", { org: "harbor-retail", args: live, with: "courier-token", without: "sharedflows/token-refresh=test" }, 1, 47],
  ["a released program", { ...released, paths: both }, 1, 2, "Downloading"],
  ["a pinned program", { ...released, sha256: digest, paths: both }, 1, 2, "Downloading"],
  ["a pinned program without TLS", { ...released, releases: PLAIN, sha256: digest, paths: both }, 1, 2, "Downloading"],
  ["another digest", { ...released, sha256: zeros, paths: both }, 3, null, "was not unpacked"],
  ["a release that does not exist", { ...released, version: "9.9.9", paths: both }, 3, null, "could not be downloaded"],
  ["plain http", { releases: "http://127.0.0.1:1", paths: both }, 2, null, "https://"],
  ["nothing to audit", {}, 2, null],
  ["hostile paths", { paths: hostile }, 2, null],
  ["hostile arguments", { paths: both, args: hostile }, 2, null],
  ["a hostile baseline", { paths: both, baseline: "$(touch OWNED)\"`touch OWNED`" }, 2, null],
  ["a hostile version", { ...released, version: "$(touch OWNED)" }, 3, null],
];

function judge(shell, [name, inputs, status, findings, says], { project, pipeline }) {
  name = `${name} (${shell})`;
  rmSync(join(project, "apigee-audit-reports"), { recursive: true, force: true });
  const job = pipeline["apigee-audit"];
  const result = run(shell, project, job);
  const output = result.stdout + result.stderr;
  if (result.status !== status) wrong(name, `status ${result.status}, expected ${status}:\n${output}`);
  if (says && !output.includes(says)) wrong(name, `does not say ${JSON.stringify(says)}:\n${output}`);
  if (existsSync(join(project, "OWNED"))) wrong(name, "an input was run as a command");
  const { junit, codequality } = job.artifacts.reports;
  const reports = [junit, codequality, ...["json", "sarif", "html"].map((f) => `${job.artifacts.paths[0]}/audit.${f}`)];
  for (const file of reports) {
    if (existsSync(join(project, file)) !== (findings !== null)) wrong(name, `${file} is ${findings === null ? "there" : "missing"}`);
  }
  if (findings !== null) {
    const report = JSON.parse(readFileSync(join(project, `${job.artifacts.paths[0]}/audit.json`)));
    const count = report.findings.filter((f) => f.status !== "suppressed").length;
    if (count !== findings) wrong(name, `${count} findings, expected ${findings}`);
  }
}

let tried = 0;
for (const usage of usages) {
  if (only && usage[0] !== only) continue;
  tried++;
  const expanded = expand({ image: "alpine:3.22", ...usage[1] });
  if (!expanded.pipeline) {
    wrong(usage[0], `refused: ${expanded.refusal}`);
    continue;
  }
  // BusyBox' wget does not know the certificate of the releases.
  const encrypted = usage[1].releases === RELEASES;
  for (const shell of Object.keys(shells)) if (shell !== "busybox" || !encrypted) judge(shell, usage, expanded);
}

for (const [name, inputs, says] of [
  ["no image", { paths: both }, "required value has not been provided"],
  ["an unknown severity", { image: "alpine:3.22", "fail-on": "grave" }, "not in the list of allowed options"],
]) {
  if (only && name !== only) continue;
  tried++;
  const { refusal } = expand(inputs);
  if (!refusal?.includes(says)) wrong(name, `was not refused for ${JSON.stringify(says)}: ${refusal ?? "accepted"}`);
}

if (!only) {
  tried++;
  const { pipeline } = expand({ image: "registry.example.com/audit:1", "job-name": "audit", stage: "build", paths: both });
  const job = pipeline?.audit;
  if (job?.stage !== "build" || job?.image?.name !== "registry.example.com/audit:1") wrong("other names", JSON.stringify(pipeline));
}

if (tried === 0) wrong(only, "there is no such usage");
if (!failed) console.log(`the component does as it should in ${tried} usages`);
process.exit(failed ? 1 : 0);
