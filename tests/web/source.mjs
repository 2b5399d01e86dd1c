// The page's source: its types hold, every text for people stands in the catalogue, in both languages, and it is small.
import { createRequire } from "node:module";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const web = join(here, "../../client/web");
const ts = createRequire(join(web, "package.json"))("typescript");
const problems = [];
const complain = (text) => problems.push(text);

// --- types ---

const config = ts.getParsedCommandLineOfConfigFile(join(web, "tsconfig.json"), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d) => complain(String(d.messageText)) });
const program = ts.createProgram(config.fileNames, config.options);
for (const found of ts.getPreEmitDiagnostics(program)) {
    const at = found.file ? `${found.file.fileName.slice(web.length + 1)}:${found.file.getLineAndCharacterOfPosition(found.start).line + 1}` : "tsconfig.json";
    complain(`${at}: ${ts.flattenDiagnosticMessageText(found.messageText, " ")}`);
}

// --- texts ---

// A label of the table of records is there in English already: other languages have it as label.TYPE or label.TYPE.FIELD.
const rowsOf = readdirSync(join(here, "../../core/model")).filter((name) => /^table.*\.[ch]$/.test(name)).map((name) => readFileSync(join(here, "../../core/model", name), "utf8")).join("\n");
const isLabel = (key) => /^label\.[a-z_]+(\.[a-z_]+)?$/.test(key) && key.split(".").slice(1).every((name) => rowsOf.includes(`"${name}"`));
const catalogues = Object.fromEntries(readdirSync(join(web, "strings")).map((name) => [name, JSON.parse(readFileSync(join(web, "strings", name), "utf8"))]));
const english = catalogues["en-GB.json"];
const plural = /\.(zero|one|two|few|many|other)$/;
for (const [name, catalogue] of Object.entries(catalogues)) {
    for (const key of Object.keys(english)) if (!catalogue[key]) complain(`strings/${name} lacks ${key}`);
    for (const key of Object.keys(catalogue)) {
        const known = isLabel(key) || key in english || (plural.test(key) && key.replace(plural, ".other") in english);
        if (!known) complain(`strings/${name} has ${key}, which strings/en-GB.json has not`);
        const holes = (text) => [...(text ?? "").matchAll(/\{\w+\}/g)].map(String).sort().join();
        if (key in english && holes(english[key]) !== holes(catalogue[key])) complain(`strings/${name}: ${key} has other {holes} than in English`);
    }
}

const forPeople = /^(title|label|alt|placeholder|aria-label|aria-description)$/;
const used = new Set(); // literal keys, and the beginnings of those that are put together
function look(file, node) {
    const at = () => `${file.fileName.slice(web.length + 1)}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
    if (ts.isJsxText(node) && /\p{L}{2}/u.test(node.text)) complain(`${at()}: “${node.text.trim()}” belongs in the catalogue`);
    if (ts.isJsxAttribute(node) && forPeople.test(node.name.getText(file)) && node.initializer && ts.isStringLiteral(node.initializer)) complain(`${at()}: “${node.initializer.text}” belongs in the catalogue`);
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
        used.add(node.text);
        if (/^\p{Lu}?\p{Ll}+,? \p{Ll}+ \p{Ll}+/u.test(node.text) && !/govuk-|hf-/.test(node.text)) complain(`${at()}: “${node.text}” belongs in the catalogue`);
    }
    if (ts.isTemplateExpression(node)) used.add(`${node.head.text}*`);
    ts.forEachChild(node, (child) => look(file, child));
}
for (const file of program.getSourceFiles()) if (file.fileName.startsWith(join(web, "src"))) look(file, file);
const beginnings = [...used].filter((key) => key.endsWith(".*")).map((key) => key.slice(0, -1));
for (const key of Object.keys(english)) {
    const stem = key.replace(plural, "");
    if (!used.has(key) && !used.has(stem) && !beginnings.some((beginning) => key.startsWith(beginning))) complain(`strings/en-GB.json: nothing shows ${key}`);
}

// --- a choice is never shown as an abbreviation or a number of a form ---

const tables = readdirSync(join(here, "../../core/model")).filter((name) => /^table.*\.h$/.test(name)).map((name) => readFileSync(join(here, "../../core/model", name), "utf8")).join("\n");
const codes = new Set([...tables.matchAll(/_codes\[\] =\s*\{([^}]*)\}/g)].flatMap(([, list]) => [...list.matchAll(/"([^"]+)"/g)].map((code) => code[1])));
if (codes.size < 200) complain(`the tables of records have ${codes.size} codes only`);
for (const code of codes) if (/[A-Z0-9]|(^|_)(ssw|sw|iro|cla|csw|fsm|psm|ppm|prf|parp|ifa|arc|lcs|sm|tm|fm|new|previous|in_house|agency)(_|$)/.test(code) && !english[`code.${code}`]) complain(`strings/en-GB.json has no words for the code ${code}`);

// --- nor is what the authority decides about a procedure, or what it can decide ---

const policies = join(here, "../../policies");
const packs = readdirSync(policies).filter((name) => name.endsWith(".json")).map((name) => JSON.parse(readFileSync(join(policies, name), "utf8")));
const settings = packs.flatMap((pack) => Object.entries(pack.settings && pack.policy ? pack.settings : {}));
const alerts = new Set(packs.flatMap((pack) => (pack.rules ?? []).map((rule) => rule.alert?.code).filter(Boolean)));
for (const code of alerts) if (!english[`alert.${code}`]) complain(`strings/en-GB.json has no words for the alert ${code}`);
if (settings.length < 30) complain(`the procedures have ${settings.length} settings only`);
for (const [name, { choices = [], about }] of settings) {
    for (const key of [`reading.name.${name}`, ...choices.map((choice) => `reading.value.${choice}`)]) if (!english[key]) complain(`strings/en-GB.json lacks ${key}`);
    if (/[a-z]_[a-z]|\bnull\b/i.test(about)) complain(`the setting ${name} is explained in words of its file: ${about}`);
}

// --- every figure of a verification has words ---

const report = readFileSync(join(here, "../../tools/audit/report_json.c"), "utf8");
const figures = [...report.matchAll(/\b(?:set_(?:number|text|hex|time)|add_listed)\(object, "(\w+)"/g)].map(([, name]) => name);
if (figures.length < 15) complain(`a verification has ${figures.length} figures only`);
for (const name of figures) if (!english[`audit.column.${name}`]) complain(`strings/en-GB.json lacks audit.column.${name}`);

// --- for how far a record has come there are the three words and no others ---

for (const [name, words] of [["en-GB.json", ["Saved here", "Sent", "Received by office"]]])
    if (["saved_here", "sent", "received"].some((state, i) => catalogues[name][`sent.${state}`] !== words[i])) complain(`strings/${name}: the three words are others`);
for (const [key, text] of Object.entries(english)) if (/\b(synced|uploaded|completed|submitted|pending)\b/i.test(text)) complain(`strings/en-GB.json: ${key} has another word for sending: “${text}”`);

// --- each behaviour that people meet has the test that docs/app.md names ---

const app = readFileSync(join(here, "../../docs/app.md"), "utf8");
for (let i = 1; i <= 33; i++) {
    const id = `UX-${String(i).padStart(2, "0")}`;
    const row = app.split("\n").find((line) => line.startsWith(`| ${id} |`));
    if (!row) complain(`docs/app.md has no row for ${id}`);
    for (const [, file, words] of (row ?? "").matchAll(/`(tests\/[^`]+)`: ([^;|]+?)(?=;| \|$)/g)) {
        const path = join(here, "../..", file);
        if (!existsSync(path) || !readFileSync(path, "utf8").includes(words.trim())) complain(`docs/app.md, ${id}: ${file} has no “${words.trim()}”`);
    }
}

// --- the first page, as a browser would fetch it ---

const page = join(process.env.HOLDFAST_PROGRAMS ?? "", "page");
if (existsSync(join(page, "page.2"))) {
    const bytes = [0, 1, 2].reduce((sum, i) => sum + gzipSync(readFileSync(join(page, `page.${i}`))).length, 0);
    console.log(`the first page: ${bytes} bytes compressed`);
    if (bytes > 150000) complain(`the first page is ${bytes} bytes compressed, and at most 150000 are allowed`);
} else {
    complain(`the page was not built into ${page}`);
}

console.log(`${Object.keys(english).length} texts in ${Object.keys(catalogues).length} languages`);
for (const problem of problems) console.error(problem);
process.exit(problems.length ? 1 : 0);
