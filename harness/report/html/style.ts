import { Markup } from "./markup.ts";

/** The page's look: calm, light or dark as the reader's system is, and fit for print. */
export const style = new Markup(`
:root {
  --page: #f7f7f5; --card: #ffffff; --line: #e4e4df; --text: #22252a; --soft: #6d727b; --code: #f3f3f0;
  --passed: #2c7a51; --failed: #b83a32; --error: #a8690f; --skipped: #8a8f98; --harness: #6b52ae;
  --s1: #8fa3bf; --s2: #5b8db8; --s3: #4fa3a0; --s4: #8a86c9; --s5: #c08fae; --track: #ecece8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161a; --card: #1b1e23; --line: #2c3037; --text: #dfe2e6; --soft: #9299a4; --code: #14161a;
    --passed: #5fb588; --failed: #e5776d; --error: #d9a350; --skipped: #7d838d; --harness: #a793e0;
    --s1: #71839d; --s2: #5e93c2; --s3: #53aaa6; --s4: #918dd2; --s5: #c593b2; --track: #24282e;
  }
}
* { box-sizing: border-box; }
html { font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif; }
body { margin: 0; background: var(--page); color: var(--text); }
main { max-width: 1080px; margin: 0 auto; padding: 40px 28px 72px; }
h1 { font-size: 2.1rem; line-height: 1.2; font-weight: 650; letter-spacing: -.02em; margin: 0; }
h2 { font-size: 1.12rem; font-weight: 620; margin: 44px 0 14px; }
h2 small { font-weight: 400; font-size: .9rem; color: var(--soft); margin-left: 8px; }
p { margin: 6px 0; }
code, pre, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code, .mono { font-size: .87em; }
pre { font-size: .8rem; line-height: 1.5; margin: 6px 0; padding: 12px 14px; background: var(--code);
  border: 1px solid var(--line); border-radius: 8px; overflow: auto; max-height: 420px; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.typed { background: none; border-style: dashed; }
.soft { color: var(--soft); }
.nowrap { white-space: nowrap; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.passed { --tone: var(--passed); } .failed, .guide { --tone: var(--failed); }
.error, .infrastructure, .artifact, .usage, .not-possible { --tone: var(--error); }
.harness { --tone: var(--harness); } .skipped, .interrupted { --tone: var(--skipped); }

header { display: flex; gap: 20px; align-items: flex-start; }
.mark { flex: none; width: 52px; height: 52px; border-radius: 50%; display: grid; place-items: center;
  color: var(--tone); background: color-mix(in srgb, var(--tone) 14%, transparent); }
.mark svg { width: 26px; height: 26px; }
.lead { font-size: 1.06rem; margin: 6px 0 10px; max-width: 78ch; }
.meta { display: flex; flex-wrap: wrap; gap: 4px 18px; color: var(--soft); font-size: .88rem; }
.meta b { font-weight: 500; color: var(--text); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); margin-top: 28px; }
.figures div { padding: 16px 20px; border-left: 1px solid var(--line); }
.figures div:first-child { border-left: 0; }
.figures strong { display: block; font-size: 1.5rem; font-weight: 620; letter-spacing: -.01em; line-height: 1.25; }
.figures span { color: var(--soft); font-size: .86rem; }

.fault { margin-top: 24px; padding: 20px 24px; border-left: 4px solid var(--tone); }
.fault h3 { margin: 0 0 10px; font-size: 1.02rem; font-weight: 600; overflow-wrap: anywhere; }
.fault > pre { margin: 0 0 12px; }
dl { display: grid; grid-template-columns: 110px minmax(0, 1fr); gap: 5px 16px; margin: 0; font-size: .9rem; }
dt { color: var(--soft); } dd { margin: 0; } dd pre { margin: 0; }

.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(226px, 1fr)); gap: 12px; }
.tile { padding: 15px 18px; color: inherit; text-decoration: none; border-top: 3px solid var(--tone); }
.tile:hover { border-color: var(--tone); }
.tile b { display: block; font-weight: 600; }
.tile span { font-size: .86rem; color: var(--soft); }
.tile .state { display: block; color: var(--tone); font-weight: 550; }

.timeline { padding: 18px 22px 14px; }
.row { display: grid; grid-template-columns: 84px minmax(0, 1fr); gap: 14px; align-items: center; margin: 7px 0; }
.row > span { text-align: right; font-size: .84rem; color: var(--soft); overflow-wrap: anywhere; line-height: 1.2; }
.row svg { display: block; width: 100%; background: var(--track); border-radius: 4px; }
.axis { position: relative; height: 20px; font-size: .76rem; color: var(--soft); }
.axis i { position: absolute; font-style: normal; transform: translateX(-50%); }
.axis i:first-child { transform: none; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0 0 98px; font-size: .8rem; color: var(--soft); }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; }
.span { fill: var(--soft); opacity: .38; }
.bar-1 { fill: var(--s1); background: var(--s1); } .bar-2 { fill: var(--s2); background: var(--s2); }
.bar-3 { fill: var(--s3); background: var(--s3); } .bar-4 { fill: var(--s4); background: var(--s4); }
.bar-5 { fill: var(--s5); background: var(--s5); } .bar-span { background: var(--soft); opacity: .5; }
.bar-passed { fill: var(--passed); } .bar-failed { fill: var(--failed); } .bar-error { fill: var(--error); }
.bar-skipped { fill: var(--skipped); }

details > summary { cursor: pointer; list-style: none; }
details > summary::-webkit-details-marker { display: none; }
.list { overflow: hidden; }
.list > details + details { border-top: 1px solid var(--line); }
.list > details > summary { display: grid; grid-template-columns: 14px 64px minmax(0, 1fr) auto 84px; gap: 12px;
  align-items: baseline; padding: 9px 18px; }
.list > details > summary:hover, .item > summary:hover { background: color-mix(in srgb, var(--soft) 7%, transparent); }
.list > details[open] > summary { border-bottom: 1px solid var(--line); }
.wide > details > summary { grid-template-columns: 14px minmax(0, 1fr) auto 84px; }
.dot { width: 9px; height: 9px; border-radius: 50%; background: var(--tone); align-self: center; }
.number { font-variant-numeric: tabular-nums; color: var(--soft); }
.time { text-align: right; font-variant-numeric: tabular-nums; color: var(--soft); font-size: .88rem; }
.item { padding: 0; }
.item > summary { display: grid; grid-template-columns: 14px 44px minmax(0, 1fr) auto 84px; gap: 12px;
  align-items: baseline; padding: 5px 18px; font-size: .92rem; }
.test > summary { grid-template-columns: 14px minmax(0, 1fr) auto 84px; }
.body { padding: 4px 18px 14px 44px; font-size: .9rem; }
.tag { font-size: .76rem; border: 1px solid var(--line); border-radius: 20px; padding: 0 8px; color: var(--soft); }

table { width: 100%; border-collapse: collapse; font-size: .9rem; }
td, th { padding: 8px 18px; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
tr:first-child > * { border-top: 0; }
th { font-weight: 500; white-space: nowrap; }
td.number { text-align: right; white-space: nowrap; }
@media (max-width: 700px) {
  main { padding: 24px 16px 48px; }
  .list > details > summary { grid-template-columns: 14px 48px minmax(0, 1fr) 70px; }
  .wide > details > summary { grid-template-columns: 14px minmax(0, 1fr) 70px; }
  .item > summary { grid-template-columns: 14px 36px minmax(0, 1fr) 70px; }
  .test > summary { grid-template-columns: 14px minmax(0, 1fr) 70px; }
  .aside { display: none; }
}
@media print { body { background: none; } pre { max-height: none; } }
`);
