// node subset.mjs OUT.json: cuts the operations that cyclegate uses out of GitHub's own API description (@octokit/openapi), with
// everything they refer to. The whole of it is 13 MB, which Prism takes long to read.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const REPOSITORY = "/repos/{owner}/{repo}";
const OPERATIONS = {
  "": ["get"],
  "/pulls": ["get"],
  "/pulls/{pull_number}": ["get"],
  "/pulls/{pull_number}/files": ["get"],
  "/commits/{commit_sha}/pulls": ["get"],
  "/commits/{ref}": ["get"],
  "/commits/{ref}/check-runs": ["get"],
  "/commits/{ref}/statuses": ["get"],
  "/check-runs": ["post"],
  "/check-runs/{check_run_id}": ["get", "patch"],
  "/check-runs/{check_run_id}/annotations": ["get"],
  "/statuses/{sha}": ["post"],
  "/issues/{issue_number}/comments": ["get", "post"],
  "/issues/comments/{comment_id}": ["get", "patch", "delete"],
  "/issues/comments/{comment_id}/reactions": ["post"],
  "/git/blobs": ["post"],
  "/git/trees": ["post"],
  "/git/trees/{tree_sha}": ["get"],
  "/git/commits": ["post"],
  "/git/commits/{commit_sha}": ["get"],
  "/git/refs": ["post"],
  "/git/refs/{ref}": ["patch", "delete"],
  "/git/ref/{ref}": ["get"],
  "/git/matching-refs/{ref}": ["get"],
  "/actions/runs/{run_id}": ["get"],
  "/actions/runs/{run_id}/artifacts": ["get"],
  "/actions/artifacts/{artifact_id}": ["get"],
  "/actions/artifacts/{artifact_id}/{archive_format}": ["get"],
  "/collaborators/{username}/permission": ["get"],
  "/contents/{path}": ["get"],
};
// GitHub takes slashes within these parameters; OpenAPI has no way to say so.
const WITH_SLASHES = { "{ref}": /\/git\/(ref|refs|matching-refs)\/\{ref\}$/, "{path}": /\/contents\/\{path\}$/ };

const require = createRequire(import.meta.url);
const whole = JSON.parse(readFileSync(require.resolve("@octokit/openapi/generated/api.github.com.json"), "utf8"));

// Examples and prose are half of it, and judge nothing.
const slim = (value) => JSON.parse(JSON.stringify(value, (key, inner) =>
  key === "x-github" || key === "externalDocs" || (key === "examples" && !Array.isArray(inner)) ? undefined : inner));

const paths = {};
for (const [rest, methods] of Object.entries(OPERATIONS)) {
  const path = REPOSITORY + rest;
  const item = {};
  for (const method of methods) {
    if (!whole.paths[path]?.[method]) throw new Error(`GitHub's description has no ${method} ${path}`);
    item[method] = slim(whole.paths[path][method]);
  }
  paths[path] = item;
  for (const [parameter, pattern] of Object.entries(WITH_SLASHES)) {
    if (!pattern.test(path)) continue;
    for (let count = 2; count <= 4; ++count) {
      const names = Array.from({ length: count }, (_, index) => `part_${index + 1}`);
      const longer = structuredClone(item);
      for (const operation of Object.values(longer)) {
        operation.operationId += `-${count}`;
        operation.parameters = operation.parameters.filter(({ name, $ref }) => name !== parameter.slice(1, -1) &&
          !/\/(git-ref-only|ref)$/.test($ref ?? ""));
        for (const name of names) {
          operation.parameters.push({ name, in: "path", required: true, schema: { type: "string" } });
        }
      }
      paths[path.replace(parameter, names.map((name) => `{${name}}`).join("/"))] = longer;
    }
  }
}

const components = {};
function take(value) {
  if (Array.isArray(value)) return value.forEach(take);
  if (value === null || typeof value !== "object") return;
  if (typeof value.$ref === "string") {
    const [, , kind, name] = value.$ref.split("/");
    components[kind] ??= {};
    if (!components[kind][name]) {
      components[kind][name] = slim(whole.components[kind][name]);
      take(components[kind][name]);
    }
  }
  Object.values(value).forEach(take);
}
take(paths);
writeFileSync(process.argv[2], JSON.stringify({ openapi: whole.openapi, info: whole.info, servers: whole.servers, paths, components }));
