// Bundles every src/*.ts and src/*.css into the folder that the server serves under /static/dist/.
import { build } from "esbuild";
import { readdirSync, rmSync } from "node:fs";
import { compress } from "../../../media/phone/app/compress.mjs";

const entryPoints = readdirSync("src").filter((name) => /\.(ts|css)$/.test(name) && !name.endsWith(".d.ts"));
const outdir = "../static/dist";

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: entryPoints.map((name) => `src/${name}`),
  outdir,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  metafile: true,
  logLevel: "warning",
});
Object.keys(metafile.outputs).forEach(compress);
