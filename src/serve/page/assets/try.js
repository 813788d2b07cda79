// What checks a watchlist as one types, and shows a result beside it. Without it, the form's
// buttons do the same.

/** How long nobody must have typed before it is checked, in milliseconds, at least. */
const PAUSE = 350;
/** How long to wait where the daemon is busy, in milliseconds. */
const BUSY = 5000;

const form = document.getElementById("try");
// As a property it would be the buttons, which are called so.
const address = form.getAttribute("action");
const area = document.getElementById("text");
const said = document.getElementById("said");
const list = document.getElementById("diagnostics");
const result = document.getElementById("result");
const [stop, progress, ran, draftSaid] = ["stop", "progress", "ran", "draft"].map((id) => document.getElementById(id));
const key = `try:${location.pathname}`;
const original = area.defaultValue;

/** The draft of this tab; storage can be full or refused. */
const draft = {
  get() { try { return sessionStorage.getItem(key); } catch { return null; } },
  set(text) { try { if (text === original) sessionStorage.removeItem(key); else sessionStorage.setItem(key, text); } catch { /* It is kept in the page. */ } },
};

/** What is sent of the form. */
const body = (action) => new URLSearchParams({
  text: editor.text(), action, part: "1",
  title: document.getElementById("title").value, body: document.getElementById("body").value,
});

/** Why there is no answer, in words. */
async function refusal(answer) {
  if (answer.status === 401) return "You are signed out: load the page again. The draft is kept.";
  try { return (await answer.json()).detail; } catch { return `The daemon answers ${answer.status}.`; }
}

const say = (where, text) => { if (where.textContent !== text) where.textContent = text; };

/** The editor: it lives in a shadow root, where its styles need no `unsafe-inline`. */
function open(text) {
  const { EditorState, EditorView, StreamLanguage, bracketMatching, classHighlighter, defaultKeymap, highlightActiveLine,
    highlightSpecialChars, history, historyKeymap, keymap, lineNumbers, lintGutter, lintKeymap, search, searchKeymap,
    setDiagnostics, syntaxHighlighting, toml } = globalThis.CodeMirror;
  const host = document.createElement("div");
  host.className = "editor";
  area.after(host);
  const root = host.attachShadow({ mode: "open" });
  const look = EditorView.theme({
    "&": { backgroundColor: "var(--card)", color: "var(--ink)", maxHeight: "65vh", fontSize: ".9rem" },
    "&.cm-focused": { outline: "3px solid var(--link)", outlineOffset: "2px" },
    ".cm-scroller": { fontFamily: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace", lineHeight: "1.5" },
    ".cm-content": { caretColor: "var(--ink)" },
    ".cm-gutters": { backgroundColor: "var(--info-paper)", color: "var(--soft)", borderRight: "1px solid var(--line)" },
    ".cm-activeLine": { backgroundColor: "transparent" },
    ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)", fontWeight: "600" },
    ".cm-tooltip, .cm-panels": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)" },
    ".cm-diagnostic": { whiteSpace: "pre-wrap", maxWidth: "min(40rem, 80vw)" },
    ".cm-panel input, .cm-panel button, .cm-panel label": { fontSize: "1em" },
    ".cm-textfield, .cm-button": { backgroundColor: "var(--paper)", backgroundImage: "none", color: "inherit", border: "1px solid var(--soft)" },
    "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--mark)", color: "var(--mark-ink)" },
    ".tok-comment": { color: "var(--soft)", fontStyle: "italic" },
    ".tok-string": { color: "var(--good)" },
    ".tok-propertyName": { color: "var(--link)" },
    ".tok-atom, .tok-number, .tok-bool": { color: "var(--warn)" },
  });
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        // As TOML and the daemon count them.
        EditorState.lineSeparator.of("\n"),
        lineNumbers(), lintGutter(), history(), bracketMatching(), highlightActiveLine(), highlightSpecialChars(), search({ top: true }),
        StreamLanguage.define(toml), syntaxHighlighting(classHighlighter), look,
        EditorView.contentAttributes.of({ "aria-label": "The watchlist, in TOML", tabindex: "0" }),
        // A browser that replaces coloured text by itself writes its style into the new one, which the policy refuses.
        EditorView.domEventHandlers({
          beforeinput(event, view) {
            if (event.inputType !== "insertText" || event.isComposing || event.data === null || view.state.selection.main.empty) return false;
            event.preventDefault();
            view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
            return true;
          },
        }),
        // Tab leaves: it is not among these.
        keymap.of([...lintKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.updateListener.of((update) => { if (update.docChanged) changed(); }),
      ],
    }),
  });
  area.hidden = true;
  document.querySelector("label[for=text]").addEventListener("click", (event) => { event.preventDefault(); view.focus(); });
  /** Where a line and a column of the daemon's are: it counts characters, from 1. */
  const place = (line, column, length = 0) => {
    const { from, text: of } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    const characters = [...of];
    const units = (count) => characters.slice(0, count).join("").length;
    return [from + units(column - 1), from + units(column - 1 + length)];
  };
  return {
    text: () => view.state.doc.toString(),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    show(diagnostics) {
      const shown = diagnostics.map(({ severity, line, column, length, message, help }) => {
        const [from, to] = place(line, column, length);
        return { from, to, severity, message: help ? `${message}\n${help}` : message };
      });
      view.dispatch(setDiagnostics(view.state, shown));
    },
    go(line, column) {
      const [at] = place(line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      view.focus();
    },
  };
}

/** A check that is under way, or the time until the next. */
let checking = false;
let timer = 0;
let pause = PAUSE;

function changed() {
  const text = editor.text();
  draft.set(text);
  say(draftSaid, "");
  document.getElementById("differs").hidden = text === original;
  clearTimeout(timer);
  timer = setTimeout(check, pause);
}

/** Asks what `check` would say; one question at a time, and the longer an answer takes the
 * longer until the next. */
async function check() {
  if (checking) return;
  checking = true;
  clearTimeout(timer);
  const [text, began] = [editor.text(), performance.now()];
  try {
    const answer = await fetch(address, { method: "POST", body: body("check") });
    if (!answer.ok) {
      // Others are being tried.
      if (answer.status === 429 || answer.status === 503) timer = setTimeout(check, BUSY);
      return say(said, `Not checked: ${await refusal(answer)}`);
    }
    const found = await answer.json();
    // What was typed meanwhile is asked about below.
    if (text !== editor.text()) return;
    editor.show(found.diagnostics);
    say(said, found.summary);
    list.innerHTML = found.html;
    for (const at of list.querySelectorAll(".place")) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet place", textContent: at.textContent });
      button.addEventListener("click", () => editor.go(Number(at.dataset.line), Number(at.dataset.column)));
      at.replaceWith(button);
    }
    document.getElementById("differs").hidden = !found.differs;
  } catch {
    say(said, "Not checked: the daemon does not answer.");
  } finally {
    checking = false;
    pause = Math.max(PAUSE, 2 * (performance.now() - began));
    if (text !== editor.text()) {
      clearTimeout(timer);
      timer = setTimeout(check, pause);
    }
  }
}

/** Each whole line of JSON of an answer, as it comes. */
async function* lines(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const whole = (rest + (value ?? "")).split("\n");
    rest = whole.pop();
    for (const line of whole) yield JSON.parse(line);
    if (done) return;
  }
}

let running = null;

/** Shows what a button asks for below the form; the one before is given up. */
async function run(action, button) {
  running?.abort();
  const mine = running = new AbortController();
  result.replaceChildren();
  say(ran, "Running…");
  result.setAttribute("aria-busy", "true");
  progress.removeAttribute("value");
  stop.hidden = progress.hidden = false;
  try {
    const answer = await fetch(address, { method: "POST", body: body(action), signal: mine.signal });
    if (!answer.ok) throw new Error(await refusal(answer));
    let html = null;
    if (action === "explain") html = await answer.text();
    else {
      for await (const told of lines(answer)) {
        if (told.problem) throw new Error(told.problem);
        if (told.whole) Object.assign(progress, { max: told.whole, value: told.done });
        html = told.html ?? html;
      }
    }
    if (html === null) throw new Error("The answer did not come whole.");
    // The daemon has escaped whatever comes from a feed.
    result.innerHTML = html;
    say(ran, "The result is below.");
  } catch (error) {
    if (running !== mine) return;
    say(ran, mine.signal.aborted ? "Stopped." : error.message);
  } finally {
    if (running === mine) {
      running = null;
      stop.hidden = progress.hidden = true;
      result.removeAttribute("aria-busy");
      // Whoever waits at the button is led to the result; whoever went on is not.
      if ([button, stop, document.body].includes(document.activeElement)) result.focus();
    }
  }
}

async function copy() {
  const text = editor.text();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers give the clipboard to HTTPS and this machine only.
    const held = Object.assign(document.createElement("textarea"), { value: text, className: "held" });
    document.body.append(held);
    held.select();
    document.execCommand("copy");
    held.remove();
    document.getElementById("copy").focus();
  }
  say(draftSaid, "Copied.");
}

const kept = draft.get();
const restored = kept !== null && kept !== original;
const editor = open(restored ? kept : area.value);
if (restored) say(draftSaid, "This is your draft of before.");
for (const id of ["copy", "reset"]) document.getElementById(id).hidden = false;
document.getElementById("copy").addEventListener("click", copy);
document.getElementById("reset").addEventListener("click", () => { editor.replace(original); say(draftSaid, "This is the beginning again."); });
stop.addEventListener("click", () => running?.abort());
document.getElementById("title").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  document.getElementById("explain").click();
});
form.addEventListener("submit", (event) => {
  area.value = editor.text();
  const action = event.submitter?.value ?? "check";
  if (action === "download") return;
  event.preventDefault();
  if (action === "check") check();
  else run(action, event.submitter);
});
document.getElementById("differs").hidden = !restored;
check();
