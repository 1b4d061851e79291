// Builds the scripts, the sprite of icons and the static files into ../public. The style sheet is Tailwind's own step.
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import * as esbuild from "esbuild";

const PUBLIC = "../public";
const ICONS = [
  "arrow-down-tray",
  "arrow-path",
  "arrow-right",
  "check-circle",
  "clipboard",
  "clock",
  "exclamation-triangle",
  "information-circle",
  "no-symbol",
  "pause",
  "play",
  "x-circle",
];

// One file of symbols: a page names an icon with <use>, so that no icon is repeated in the HTML.
async function sprite() {
  const symbols = await Promise.all(
    ICONS.map(async (name) => {
      const svg = await readFile(`node_modules/heroicons/20/solid/${name}.svg`, "utf8");
      const inside = svg.replace(/^[^>]*>/, "").replace(/<\/svg>\s*$/, "");
      return `<symbol id="${name}" viewBox="0 0 20 20">${inside.trim()}</symbol>`;
    }),
  );
  await writeFile(`${PUBLIC}/icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`);
}

const options = {
  entryPoints: ["js/app.js", "js/upload.js"],
  outdir: `${PUBLIC}/js`,
  bundle: true,
  format: "esm",
  target: ["es2022"],
  minify: !process.argv.includes("--watch"),
  logLevel: "info",
};

await mkdir(`${PUBLIC}/css`, { recursive: true });
await cp("static", PUBLIC, { recursive: true });
await sprite();

if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
}
