// Makes codemirror.js, which is part of the program, and LICENSES.txt again. Both are
// committed, so that `cargo build` needs no Node.

import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { metafile, outputFiles } = await build({
  entryPoints: ["codemirror.mjs"],
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "CodeMirror",
  target: ["chrome111", "firefox115", "safari16.4"],
  legalComments: "none",
  metafile: true,
  write: false,
});

// Which packages are in it, and under which licence: those of one text together.
const folders = new Set(Object.keys(metafile.inputs).map((file) => file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean));
const byText = new Map();
for (const folder of [...folders].sort()) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const text = readFileSync(join(folder, "LICENSE"), "utf8").trim();
  if (license !== "MIT") throw new Error(`${name} is under ${license}: is that allowed?`);
  byText.set(text, [...(byText.get(text) ?? []), `${name} ${version}`]);
}
const licences = [...byText].map(([text, names]) => `${names.join(", ")}\n\n${text}\n`).join("\n----\n\n");
writeFileSync("LICENSES.txt", licences);
// The notices go wherever the program goes.
const made = "Made by `npm ci --ignore-scripts && npm run build` in this folder.";
writeFileSync("codemirror.js", `/*! ${made}\n\n${licences}*/\n${outputFiles[0].text}`);
console.log([...byText.values()].flat().join("\n"), `\n${outputFiles[0].text.length} bytes`);
