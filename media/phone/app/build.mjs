// Bundles the page's script and style into dist/, named by content, and bundle.json that tells the names.
import { build } from "esbuild";
import { copyFileSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { compress } from "./compress.mjs";

rmSync("dist", { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { page: "src/page.ts", try: "src/try.ts", style: "src/page.css" },
  outdir: "dist",
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  metafile: true,
  logLevel: "warning",
});
Object.keys(metafile.outputs).forEach(compress);
const built = Object.keys(metafile.outputs).map((path) => basename(path));
const named = (entry) => built.find((name) => name.startsWith(`${entry}-`));
writeFileSync("dist/bundle.json", JSON.stringify({ script: named("page"), try_script: named("try"), style: named("style") }));

// The SDK for games from outside: the script that each game is served with, and the kit for their designers.
await build({
  entryPoints: { liftcast: "sdk/liftcast.ts", test: "sdk/test.ts" },
  outdir: "dist/sdk",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  logLevel: "warning",
});
cpSync("sdk/kit", "dist/sdk", { recursive: true });
copyFileSync("sdk/api.d.ts", "dist/sdk/liftcast.d.ts");
copyFileSync("dist/sdk/liftcast.js", "dist/sdk/example/liftcast.js");
