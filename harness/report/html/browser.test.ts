import { appendFile, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "../../host/packages/chromium.ts";
import type { NightlyRun } from "../../rounds/nightly/history/history.ts";
import { sampleNightlyRun } from "../../rounds/nightly/testing.ts";
import { page as historyPage } from "../../rounds/nightly/page/page.ts";
import type { RunEvent } from "../../record/events.ts";
import { sampleRoundPage } from "../../rounds/sample.ts";
import { livePage, snapshotOf } from "../live/page.ts";
import { serveReports } from "../live/server.ts";
import { sampleContext, sampleEvents, sampleStep } from "../sample.ts";
import { page as reportPage } from "./page.ts";
import { ends, long, problemsOf, rich } from "./testing.ts";

const nights: NightlyRun[] = Array.from({ length: 60 }, (_, day) =>
  sampleNightlyRun(day + 1, {
    durationMs: 60_000 + 900 * day,
    ...(day === 40 && { verdict: "guide", message: "ping: t72 to t76", tests: { a: "failed", b: "failed" } }),
  }),
);
const key = "3.1/install-docker@t72";
const running = snapshotOf([
  ...sampleEvents(ends.red).slice(0, -1),
  { at: 9000, type: "step-start", key, location: { file: "/guides/guide.md", line: 1 } },
  { at: 9001, type: "step-output", key, stream: "stdout", text: `${long}\n`.repeat(50) },
]);
const pages = {
  ...Object.fromEntries(
    Object.entries(ends).map(([name, record]) => [name, reportPage(record, sampleContext(record, rich))]),
  ),
  history: historyPage(nights, 7, () => "report.html"),
  round: sampleRoundPage(long),
  running: running ? livePage(running, "/", { goesOn: true, follows: false }) : "",
};

const shown = (page: Page, what: string): Promise<number> => page.locator(`${what}:visible`).count();

const found = await findChromium();
// Without one they are skipped: `pnpm check` fetches it, and says why it could not.
describe.skipIf(found === undefined)("pages in Chromium", () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "browser-test-"));
    for (const [name, text] of Object.entries(pages)) await writeFile(join(folder, `${name}.html`), text);
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  const launch = (more: Readonly<Record<string, string>> = {}): Promise<Browser> => {
    const { program = "", env = {} } = found ?? {};
    return chromium.launch({
      executablePath: program,
      env: { ...process.env, ...env, HOME: folder, ...more },
    });
  };

  /** What a page's script and the browser say of it comes to `said`. */
  const open = async (name: string, { hash = "", width = 1280 } = {}, said: string[] = []): Promise<Page> => {
    const page = await browser.newPage({
      viewport: { width, height: 900 },
      colorScheme: "light",
    });
    // The test's own limit is enough: a busy host is no failure.
    page.setDefaultTimeout(0);
    page.on("console", (message) => void said.push(message.text()));
    page.on("pageerror", (error) => void said.push(error.message));
    await page.goto(`${pathToFileURL(join(folder, `${name}.html`)).href}${hash}`);
    return page;
  };

  const looks = Object.keys(pages).flatMap((name) => [1280, 390].map((width) => ({ name, width })));
  test.each(looks)(
    "$name at $width px, light and dark: no error, no violation, nothing cut",
    async (look) => {
      const said: string[] = [];
      const page = await open(look.name, look, said);
      expect([...said, ...(await problemsOf(page))].join("\n")).toBe("");
      await page.close();
    },
  );

  test("steps and tests are found by outcome, machine, section and text", async () => {
    const page = await open("red");
    const status = page.locator(".tools output");
    await page.selectOption("[name=outcome]", "failed or error");
    expect([await shown(page, ".step"), await shown(page, ".test")]).toEqual([1, 1]);
    expect(await status.textContent()).toBe("1 of 9 steps, 1 of 5 tests");
    await page.selectOption("[name=outcome]", "");
    await page.selectOption("[name=machine]", "t72");
    await page.selectOption("[name=section]", "2.4");
    expect(await shown(page, ".step")).toBe(1);
    await page.selectOption("[name=machine]", "");
    await page.selectOption("[name=section]", "");
    await page.fill("[name=text]", "REACH THOSE");
    expect([await shown(page, ".step"), await shown(page, ".test")]).toEqual([0, 1]);
    await page.close();
  });

  test("cases of a round are found as steps are, and the difference leads to the case", async () => {
    const page = await open("round");
    await page.selectOption("[name=outcome]", "failed or error");
    expect(await page.locator(".tools output").textContent()).toBe("2 of 4 cases");
    await page.selectOption("[name=section]", "3.3");
    expect(await shown(page, ".case")).toBe(1);
    await page.getByRole("row", { name: "duration" }).getByRole("link", { name: "mutant-3" }).click();
    // The page opens it once it is told of its new address.
    await page.locator("[id='case/mutant-3'] .body").waitFor({ state: "visible" });
    await page.close();
  });

  test("a link leads to a step, a test and a section that are folded, and past a filter", async () => {
    for (const id of [
      "step/3.3.2/do-something-with-a-long-name@t76",
      "test/etcd/a-key-survives-a-restart",
      "section/1.1",
    ]) {
      const page = await open("red", { hash: `#${id}` });
      const target = page.locator(`[id="${id}"]`);
      expect(await target.getAttribute("open")).not.toBeNull();
      expect(await target.locator("summary").first().isVisible()).toBe(true);
      await page.selectOption("[name=outcome]", "failed");
      await page.evaluate("location.hash = ''");
      await page.evaluate(`location.hash = ${JSON.stringify(id)}`);
      await target.locator("summary").first().waitFor({ state: "visible" });
      await page.close();
    }
  });

  test("the next failure is shown, one after the other, with an address of its own", async () => {
    const page = await open("red");
    const seen: string[] = [];
    for (let time = 0; time < 3; time += 1) {
      await page.getByRole("button", { name: "Next failure" }).click();
      seen.push(new URL(page.url()).hash);
    }
    expect(seen).toEqual([
      "#test/etcd/etcd-is-healthy",
      "#step/2.4.4/do-something-with-a-long-name@t72",
      "#test/etcd/etcd-is-healthy",
    ]);
    await page.close();
    const green = await open("green");
    expect(await green.getByRole("button", { name: "Next failure" }).isDisabled()).toBe(true);
    await green.close();
  });

  test("all is opened and closed at once; a command is copied as it is", async () => {
    const page = await open("green");
    await page.getByRole("button", { name: "Expand all" }).click();
    expect(await shown(page, ".step .body")).toBe(9);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy" }).first().click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(ends.green.steps[0]?.command);
    await page.getByRole("button", { name: "Collapse all" }).click();
    expect(await shown(page, ".step .body")).toBe(0);
    await page.close();
  });

  test("print has what failed, also where a reader has folded or filtered it away", async () => {
    const page = await open("red");
    await page.selectOption("[name=outcome]", "passed");
    await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = false");
    await page.pdf();
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect([await shown(page, ".step .body"), await shown(page, ".tools")]).toEqual([1, 0]);
    // On paper the text is dark, whatever the reader's screen is.
    expect(await page.evaluate("getComputedStyle(document.body).color")).toBe("rgb(34, 37, 42)");
    await page.close();
  });

  // Without them it has the host's.
  const brought = found?.fonts;
  test.skipIf(brought === undefined)(
    "pages are shown with the fonts that came with the browser, and need none of the host",
    async () => {
      const page = await open("red");
      // What is folded has no fonts.
      await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))");
      const devtools = await page.context().newCDPSession(page);
      await devtools.send("DOM.enable");
      await devtools.send("CSS.enable");
      const { root } = await devtools.send("DOM.getDocument");
      const used: string[] = [];
      for (const selector of ["h1", "pre", "button", ".outcome", ".sequence .actor"]) {
        const { nodeId } = await devtools.send("DOM.querySelector", { nodeId: root.nodeId, selector });
        const { fonts } = await devtools.send("CSS.getPlatformFontsForNode", { nodeId });
        used.push(...fonts.map(({ familyName }) => `${selector}: ${familyName}`));
      }
      expect(used).toEqual([
        "h1: DejaVu Sans",
        "pre: DejaVu Sans Mono",
        "button: DejaVu Sans",
        ".outcome: DejaVu Sans",
        ".sequence .actor: DejaVu Sans",
      ]);
      await page.close();
    },
  );

  test.skipIf(brought === undefined)("nothing is cut with another font, wider than most", async () => {
    const own = join(folder, "fonts");
    await mkdir(own);
    await copyFile(join(brought ?? "", "DejaVuSansMono-Bold.ttf"), join(own, "wide.ttf"));
    const config = `<fontconfig><dir>${own}</dir><cachedir>${own}</cachedir></fontconfig>`;
    await writeFile(join(own, "fonts.conf"), config);
    const usual = browser;
    browser = await launch({ FONTCONFIG_FILE: join(own, "fonts.conf") });
    try {
      for (const name of ["red", "history"])
        for (const width of [1280, 390]) expect(await problemsOf(await open(name, { width }))).toEqual([]);
    } finally {
      await browser.close();
      browser = usual;
    }
  });

  test("the outcome is a word in the accessibility tree, and what scrolls is reached by the keyboard", async () => {
    const page = await open("red");
    expect(await page.getByText("do-something-with-a-long-name").first().isVisible()).toBe(true);
    const tree = await page.locator(".step[data-outcome=failed]").ariaSnapshot();
    expect(tree).toContain("failed t72 do-something-with-a-long-name");
    const output = page.locator(".step[data-outcome=failed] pre").last();
    await output.focus();
    await page.keyboard.press("End");
    await expect
      .poll(() => output.evaluate(({ scrollTop }: { scrollTop: number }) => scrollTop), { timeout: 120_000 })
      .toBeGreaterThan(0);
    await page.close();
  });

  test("a run under way is followed to its report, and then the next; what a reader opened stays open", async () => {
    const reports = join(folder, "reports");
    let newest = "run-1";
    const write = (event: RunEvent): Promise<void> =>
      appendFile(join(reports, newest, "journal.jsonl"), `${JSON.stringify(event)}\n`);
    const begin = async (id: string): Promise<void> => {
      newest = id;
      await mkdir(join(reports, id), { recursive: true });
      await write({ at: 0, type: "run-start", id, command: "e2e", startedAt: "" });
    };
    await begin("run-1");
    await write({ at: 1, type: "step-end", step: sampleStep() });
    const server = new AbortController();
    const url = await serveReports({
      reports,
      newest: () => Promise.resolve(newest),
      goesOn: () => true,
      port: 0,
      signal: server.signal,
    });
    const said: string[] = [];
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    page.on("console", (message) => void said.push(message.text()));
    page.on("pageerror", (error) => void said.push(error.message));
    await page.goto(url);
    await page.locator("[id='section/2.4.4'] > summary").click();
    const location = { file: "/guides/guide.md", line: 1 };
    await write({ at: 2, type: "step-start", key: "3.1/install-docker@t72", location });
    await page.getByRole("heading", { name: "3.1/install-docker@t72" }).waitFor();
    expect(await shown(page, ".step")).toBe(1);
    await writeFile(join(reports, "run-1/report.html"), reportPage(ends.red, sampleContext(ends.red)));
    await page.getByRole("heading", { name: "The guide failed" }).waitFor();
    await page.getByRole("button", { name: "Next failure" }).click();
    expect(new URL(page.url()).hash).toBe("#test/etcd/etcd-is-healthy");
    await begin("run-2");
    await page.getByRole("heading", { name: "Running" }).waitFor();
    await page.getByRole("link", { name: "run-2" }).waitFor();
    expect(said.join("\n")).toBe("");
    await page.close();
    server.abort();
  });
});
