import { assertPart, main, type PartOptions, workflow } from "../harness/index.ts";

/** The guide, or a part of it, on machines that are up. */
await main(
  workflow<PartOptions>({
    name: "apply",
    onExisting: true,
    description: "apply the guide to a cluster that is up",
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
  }),
);
