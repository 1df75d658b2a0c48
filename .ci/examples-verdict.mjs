// Judges the Kubernetes and GitLab examples in a folder by the schemas of kubernetes-models and GitLab. Called by
// .ci/examples-check, which installs them beside this file.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { parse } from "yaml";
import { CronJob } from "kubernetes-models/batch/v1/CronJob";
import { Job } from "kubernetes-models/batch/v1/Job";
import { schema } from "./node_modules/gitlab-ci-local/src/schema/schema.js";

const folder = process.argv[2];
let failed = false;
const refuse = (file, why) => {
  failed = true;
  console.error(`${file}: ${why}`);
};
const read = (file) => parse(readFileSync(join(folder, file), "utf8"));

for (const [file, Model] of [["kubernetes-cronjob.yaml", CronJob], ["kubernetes-indexed-job.yaml", Job], ["kubernetes-merge-job.yaml", Job]]) {
  try {
    new Model(read(file)).validate();
  } catch (err) {
    refuse(file, err.message);
  }
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
const valid = ajv.compile(schema);
for (const file of ["gitlab-ci.yml", "gitlab-merge-request.yml"]) {
  if (!valid(read(file))) {
    for (const e of valid.errors) refuse(file, `${e.instancePath || "/"} ${e.message}`);
  }
}
process.exit(failed ? 1 : 0);
