// The page is whole without this; it finds, opens and copies.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const form = document.querySelector("form.tools");
const isRed = ({ dataset }) => dataset.outcome === "failed" || dataset.outcome === "error";

/** Opens all that a place lies in; a filter that hides it is over. */
function openAround(place) {
  if (form && place.closest("[hidden]")) {
    form.reset();
    filter();
  }
  for (let at = place; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
}

function reveal(place) {
  openAround(place);
  place.scrollIntoView({ block: "start" });
}

function revealHash() {
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (place) reveal(place);
}

const matches = (item, { outcome, machine = "", section = "", text }) =>
  (outcome === "" || outcome === item.dataset.outcome || (outcome === "failed or error" && isRed(item))) &&
  (machine === "" || item.dataset.machine.split(" ").includes(machine)) &&
  (section === "" || item.dataset.section.split(" ").some((own) => `${own}.`.startsWith(`${section}.`))) &&
  (text === "" || item.textContent.toLowerCase().includes(text.toLowerCase()));

/** Shows the steps and tests that are asked for, and the groups that have any. */
function filter() {
  const asked = Object.fromEntries(new FormData(form));
  const any = Object.values(asked).some((value) => value !== "");
  const told = Object.fromEntries(form.dataset.nouns.split(" ").map((noun) => [noun, [0, 0]]));
  for (const group of all("details.group")) {
    const items = all(".item", group);
    for (const item of items) {
      item.hidden = !matches(item, asked);
      const count = told[Object.keys(told).find((noun) => item.classList.contains(noun))];
      count[0] += item.hidden ? 0 : 1;
      count[1] += 1;
    }
    group.hidden = items.every(({ hidden }) => hidden);
    if (any && !group.hidden) group.open = true;
  }
  form.querySelector("output").value = Object.entries(told)
    .map(([name, [shown, of]]) => `${shown === of ? "" : `${shown} of `}${of} ${name}${of === 1 ? "" : "s"}`)
    .join(", ");
}

let lastRed;
/** The red step or test after the one that was shown last. */
function showNext() {
  const red = all(".item").filter((item) => isRed(item) && !item.hidden);
  lastRed = red[(red.indexOf(lastRed) + 1) % red.length];
  if (!lastRed) return;
  history.replaceState(null, "", `#${encodeURI(lastRed.id)}`);
  reveal(lastRed);
  lastRed.querySelector("summary").focus({ preventScroll: true });
}

function expand({ target }) {
  const open = target.textContent === "Expand all";
  for (const details of all("details")) details.open = open;
  target.textContent = open ? "Collapse all" : "Expand all";
}

async function copy(command, button) {
  try {
    await navigator.clipboard.writeText(command.textContent);
  } catch {
    // Not every browser lets a file's page at the clipboard.
    getSelection().selectAllChildren(command);
    document.execCommand("copy");
  }
  button.textContent = "Copied";
}

/** A button beside each command. */
function addCopies() {
  for (const command of all("pre.command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", () => void copy(command, button));
    command.before(button);
  }
}

if (form) {
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.expand.addEventListener("click", expand);
  form.elements.next.addEventListener("click", showNext);
}
addCopies();
revealHash();
addEventListener("hashchange", revealHash);
addEventListener("beforeprint", () => {
  for (const details of all("details").filter(isRed)) openAround(details);
});

/** What a person opened or closed stays so, unless it ended otherwise meanwhile. */
function keepOpen(next) {
  for (const details of all("details[id]", next)) {
    const own = document.getElementById(details.id);
    if (own?.dataset.outcome === details.dataset.outcome) details.open = own?.open ?? details.open;
  }
}

/** What is followed as it is now: another run, or the report of this one, is a page anew. */
async function refresh() {
  const response = await fetch(location.pathname, { cache: "no-store" });
  if (!response.ok) return;
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  if (next.body.dataset.live !== document.body.dataset.live) return location.reload();
  // A report does not change any more.
  if (form) return;
  keepOpen(next);
  document.title = next.title;
  document.querySelector("main").replaceWith(next.querySelector("main"));
  addCopies();
  for (const output of all(".running pre")) output.scrollTop = output.scrollHeight;
}

// At most once a second.
if (document.body.dataset.live) {
  let waiting = false;
  new EventSource("events").addEventListener("message", () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      void refresh();
    }, 1000);
  });
}
