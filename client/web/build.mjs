// node build.mjs OUT: bundles the page into OUT as files page.0, page.1, … and writes OUT/assets.c, which puts them into the program.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compile } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "../../build/web/page"));
mkdirSync(out, { recursive: true });
for (const name of readdirSync(out)) if (name.startsWith("page.")) rmSync(join(out, name));

const script = await build({
    entryPoints: [join(here, "src/main.tsx")],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["es2020"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "warning",
});
const style = compile(join(here, "src/style.scss"), {
    style: "compressed",
    loadPaths: [join(here, "node_modules")],
    quietDeps: true,
});
if (/url\(/.test(style.css)) throw new Error("the style sheet wants another file: the page is served whole");

const json = (path) => JSON.stringify(JSON.parse(readFileSync(join(here, path), "utf8")));
const files = [
    ["/", "text/html; charset=utf-8", readFileSync(join(here, "src/index.html"))],
    ["/app.js", "text/javascript; charset=utf-8", Buffer.from(script.outputFiles[0].contents)],
    ["/app.css", "text/css; charset=utf-8", Buffer.from(style.css)],
    ["/cy.json", "application/json", Buffer.from(json("strings/cy.json"))],
];

const quote = (text) => `"${text.replace(/[\\"]/g, "\\$&")}"`;
const lines = ['#include "client/app/app.h"', `/* ${createHash("sha256").update(Buffer.concat(files.map((f) => f[2]))).digest("hex")} */`];
files.forEach(([, , bytes], i) => {
    const path = join(out, `page.${i}`);
    writeFileSync(path, bytes);
    const text = `.section .rodata\n.global hf_page_${i}\nhf_page_${i}: .incbin ${quote(path)}\n.previous\n`;
    lines.push(`__asm__(${quote(text).replace(/\n/g, "\\n")});`, `extern const uint8_t hf_page_${i}[];`);
});
lines.push("struct hf_app_assets hf_app_assets_built_in(void)", "{", "    static const struct hf_app_asset files[] = {");
files.forEach(([path, type, bytes], i) => lines.push(`        {${quote(path)}, ${quote(type)}, {hf_page_${i}, ${bytes.length}}},`));
lines.push("    };", `    return (struct hf_app_assets){files, ${files.length}};`, "}", "");
writeFileSync(join(out, "assets.c"), lines.join("\n"));
