import {
  applyRequest,
  type ApplyRequest,
  main,
  type PartOptions,
  print,
  workflow,
} from "../harness/index.ts";

/** The guide, or a part of it, on machines that are up. */
export const apply = workflow<PartOptions & { readonly json?: boolean }, ApplyRequest>({
  name: "apply",
  onExisting: true,
  description: "apply the guide to a cluster that is up, from where it was applied to",
  examples: {
    "pnpm apply": "what is not applied yet",
    "pnpm apply --to 2.4": "the same to the end of section 2.4",
    "pnpm apply --from 3.1/install-docker": "from a step on, whether it was applied before or not",
  },
  define: (command) =>
    command
      .option(
        "--from <step>",
        "first step, such as 2.4.4/start-etcd, or section (default: the first that is not applied)",
      )
      .option("--to <section>", "last section, such as 2.4"),
  assert: applyRequest,
  isIdle: ({ idle }, { json }) => {
    if (idle !== undefined) print(json, { idle }, () => idle);
    return idle !== undefined;
  },
  body: async (run, _options, _names, { from, to, said }) => {
    const plan = await run.plan();
    const part = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    if (said !== undefined) run.recorder.note(said);
    await run.request({ plan, part });
    await run.apply(plan, part);
  },
});

if (import.meta.main) await main(apply);
