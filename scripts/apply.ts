import { assertPart, main, type PartOptions, workflow } from "../harness/index.ts";

/** The guide, or a part of it, on machines that are up. */
export const apply = workflow<PartOptions>({
  name: "apply",
  onExisting: true,
  description: "apply the guide to a cluster that is up",
  examples: {
    "pnpm apply --to 2.4": "from the beginning to the end of section 2.4",
    "pnpm apply --from 3.1/install-docker": "from a step on",
  },
  define: (command) =>
    command
      .option("--from <step>", "first step, such as 2.4.4/start-etcd")
      .option("--to <section>", "last section, such as 2.4"),
  assert: assertPart,
  body: async (run, { from, to }) => {
    const plan = await run.plan();
    const part = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    await run.request({ plan, part });
    await run.apply(plan, part);
  },
});

if (import.meta.main) await main(apply);
