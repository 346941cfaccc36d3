import { fetchChromium } from "../harness/index.ts";

/** Brings the browser that the tests of the pages run in; exit 77, with the reason, where it cannot be had. */
const why = await fetchChromium();
if (why !== undefined) console.log(why);
process.exitCode = why === undefined ? 0 : 77;
