// The project's own rules for workflows and action.yml, beside what actionlint and action-validator know: whoever holds a
// permission to write neither checks out nor runs a pull request's code, and nothing is referred to by a name that can be moved.
import { parse } from "yaml";

// Triggers with which a job that may write cannot be made to run what a stranger wrote.
const TRUSTED_TRIGGERS = ["workflow_run", "issue_comment", "push", "schedule", "workflow_dispatch"];
const TRUSTED_REF = "${{ github.event.repository.default_branch }}";

function steps(document) {
  if (document.runs) return [["runs", document.runs.steps ?? []]];
  return Object.entries(document.jobs ?? {}).map(([name, job]) => [`jobs.${name}`, job.steps ?? []]);
}

function stepRules(where, step, problems) {
  if (step.run !== undefined && /\$\{\{/.test(step.run)) {
    problems.push(`${where}: an expression within run: is pasted into a shell; pass it through env:`);
  }
  if (step.uses === undefined) return;
  if (!step.uses.startsWith("./") && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(step.uses)) {
    problems.push(`${where}: ${step.uses} is not pinned by the 40 hex digits of a commit`);
  }
  if (step.uses.startsWith("actions/checkout@") && step.with?.["persist-credentials"] !== false) {
    problems.push(`${where}: actions/checkout keeps the token in .git without persist-credentials: false`);
  }
}

function jobRules(name, job, triggers, problems) {
  const where = `jobs.${name}`;
  if (job.permissions === undefined || typeof job.permissions !== "object") {
    problems.push(`${where}: states no permissions of its own`);
  }
  if (!Number.isInteger(job["timeout-minutes"])) problems.push(`${where}: has no timeout-minutes`);
  const writes = Object.entries(job.permissions ?? {}).filter(([, level]) => level === "write").map(([scope]) => scope);
  if (writes.length === 0) return;
  for (const trigger of triggers) {
    if (!TRUSTED_TRIGGERS.includes(trigger)) problems.push(`${where}: may write (${writes}) and runs on ${trigger}`);
  }
  for (const step of job.steps ?? []) {
    if (!step.uses?.startsWith("actions/checkout@")) continue;
    // With these two triggers the event speaks of somebody else's commit; the default is the default branch, said aloud here.
    if (step.with?.ref !== TRUSTED_REF || step.with?.repository !== undefined) {
      problems.push(`${where}: may write (${writes}) and checks out something else than the default branch`);
    }
    if (step.with?.["allow-unsafe-pr-checkout"] !== undefined) problems.push(`${where}: allows an unsafe checkout`);
  }
}

/** The problems of a workflow's or an action's text, as sentences. */
export function ruleProblems(text) {
  const problems = [];
  const document = parse(text);
  for (const [where, list] of steps(document)) {
    list.forEach((step, index) => stepRules(`${where}.steps[${index}]`, step, problems));
  }
  if (document.runs) return problems;
  const on = document.on;
  const triggers = typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys(on);
  if (triggers.includes("pull_request_target")) problems.push("pull_request_target runs with secrets beside a stranger's code");
  if (document.name === "cyclegate" && !document.on?.pull_request?.types?.includes("edited")) {
    problems.push("a pull request that gets another base branch is not measured again without types: edited");
  }
  // Groups are shared by the whole repository: of several that wait in one, GitHub cancels all but the last.
  for (const [trigger, key] of [["workflow_run", "github.event.workflow_run.id"], ["issue_comment", "github.event.comment.id"]]) {
    if (triggers.includes(trigger) && !document.concurrency?.group?.includes(key)) {
      problems.push(`the concurrency group lacks ${key}: another event could cancel this one`);
    }
  }
  if (JSON.stringify(document.permissions) !== "{}") problems.push("the workflow does not start from permissions: {}");
  if (typeof document.concurrency?.group !== "string") problems.push("has no concurrency group");
  for (const [name, job] of Object.entries(document.jobs)) jobRules(name, job, triggers, problems);
  return problems;
}
