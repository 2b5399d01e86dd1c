// For tests/web: a real server, the real programs, and Debian's Chromium with an empty profile. All data is invented.
import { spawn, execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(here, "../../client/web/package.json"));
const programs = process.env.HOLDFAST_PROGRAMS;
if (!programs) throw new Error("HOLDFAST_PROGRAMS must name the folder with the programs, as ctest does");

export const passphrase = "a passphrase for tests only";

/** Ends with 77, which ctest shows as skipped. */
export function skip(why) {
    console.log(`skipped: ${why}`);
    process.exit(77);
}

export function broken(text) {
    throw new Error(text);
}

export function check(good, text) {
    if (!good) broken(text);
}

// --- the office and its devices ---

export class Town {
    constructor() {
        this.folder = mkdtempSync(join(tmpdir(), "holdfast-web-"));
        townsFolder = this.folder;
        this.running = [];
        writeFileSync(join(this.folder, "passphrase"), `${passphrase}\n`);
        this.env = { ...process.env, HOLDFAST_PASSPHRASE_FILE: join(this.folder, "passphrase") };
        this.office = join(this.folder, "office");
    }

    run(program, ...words) {
        return execFileSync(join(programs, program), words, { env: this.env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    }

    /** Starts a program and gives its process and the first line that it says. */
    start(program, ...words) {
        const child = spawn(join(programs, program), words, { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
        this.running.push(child);
        child.said = "";
        child.stderr.on("data", (bytes) => (child.said += bytes));
        return new Promise((resolve, reject) => {
            let said = "";
            child.stdout.on("data", (bytes) => {
                said += bytes;
                if (said.includes("\n")) resolve({ child, line: said.split("\n")[0] });
            });
            child.on("exit", (code) => reject(new Error(`${program} ended with ${code}: ${child.said}`)));
        });
    }

    stop(child, signal = "SIGTERM") {
        if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
        return new Promise((resolve) => {
            child.on("exit", (code) => resolve(code));
            child.kill(signal);
        });
    }

    async begin() {
        this.run("holdfastd", "init", "--data", this.office, "--authority", "Northshire Council (invented)", "--origin", "northshire.example/holdfast");
        await this.serve("tcp://127.0.0.1:0");
    }

    async serve(address) {
        const { child, line } = await this.start("holdfastd", "serve", "--data", this.office, "--listen", address);
        this.server = child;
        this.address = line.slice(line.indexOf("tcp://"));
    }

    invite(name, role) {
        return this.run("holdfastd", "invite", "--data", this.office, "--person", name, "--role", role).trim();
    }

    replica(name) {
        return join(this.folder, name);
    }

    enrol(name, person, role) {
        this.run("holdfast", "enrol", "--weak-kdf-for-tests", "--replica", this.replica(name), this.invite(person, role));
    }

    /** The id of somebody on the staff. */
    person(name) {
        const list = JSON.parse(this.run("holdfastd", "person", "list", "--data", this.office, "--json"));
        return (list.people ?? list).find((row) => row.name === name).person;
    }

    holdfast(name, ...words) {
        return this.run("holdfast", ...words, "--replica", this.replica(name));
    }

    /** What is run meanwhile sees a clock that is so many seconds ahead. */
    withClock(seconds, run) {
        const env = this.env;
        const preload = { LD_PRELOAD: join(programs, "libpreload_clock.so"), ASAN_OPTIONS: `${env.ASAN_OPTIONS ?? ""}:verify_asan_link_order=0` };
        this.env = { ...env, ...preload, HOLDFAST_TEST_CLOCK_SHIFT: String(seconds) };
        try {
            return run();
        } finally {
            this.env = env;
        }
    }

    /** A new record; its id. */
    add(name, caseId, type, ...words) {
        return this.holdfast(name, "record", "new", type, "--case", caseId, ...words).split(" ")[0].trim();
    }

    async app(name, ...words) {
        const { child, line } = await this.start("holdfast", "app", "--no-browser", "--replica", this.replica(name), ...words);
        return { child, address: line };
    }

    async end() {
        await Promise.all(this.running.map((child) => this.stop(child)));
        const failed = this.running.filter((child) => /ERROR: (Address|Leak)Sanitizer|runtime error/.test(child.said));
        rmSync(this.folder, { recursive: true, force: true });
        if (failed.length) broken(failed.map((child) => child.said).join("\n"));
    }
}

// --- the browser ---

export async function openBrowser() {
    let playwright;
    try {
        playwright = require("playwright-core");
    } catch {
        skip("the page's tools are not there (client/web/make-page brings them)");
    }
    const executablePath = process.env.HOLDFAST_CHROMIUM ?? "/usr/bin/chromium";
    if (!existsSync(executablePath)) skip(`there is no ${executablePath}`);
    try {
        return await playwright.chromium.launch({
            executablePath,
            headless: true,
            args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    } catch (error) {
        return skip(`Chromium does not start: ${String(error).split("\n")[0]}`);
    }
}

const opened = [];

/** Allows a page one kind of answer that is no success: a test that provokes it says so. status 0: no answer at all. */
export function expectAnswer(page, status, path) {
    page.allowed.push({ status, path });
}

function allowed(page, status, url) {
    const path = new URL(url).pathname;
    return page.allowed.some((one) => one.status === status && one.path.test(path));
}

/** A page that notes whatever the browser complains about: errors, refused content, requests to other places, and every answer of the
 * app that is no success. story() fails on what it noted, after each step. */
export async function openPage(browser, options = {}) {
    return openTab(await browser.newContext({ viewport: { width: 1000, height: 900 }, locale: "en-GB", ...options }));
}

/** A further page of somebody who is in already: the same browser, the same session. */
export async function openTab(context) {
    const page = await context.newPage();
    opened.push(page);
    page.complaints = [];
    page.allowed = [];
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    page.on("console", (message) => {
        const { url } = message.location();
        const text = message.text();
        if (message.type() !== "error" || /the server responded with a status of/.test(text)) return; // told below, with its path
        if (/net::ERR_/.test(text) && url && allowed(page, 0, url)) return;
        page.complaints.push(`${text} (${url})`);
    });
    page.on("response", (response) => {
        if (response.status() < 400 || allowed(page, response.status(), response.url())) return;
        const at = page.complaints.push(`${response.request().method()} ${new URL(response.url()).pathname} gives ${response.status()} on ${page.url().replace(/^[^#]*/, "")}`) - 1;
        const reason = (text) => (page.complaints[at] += `: ${text.slice(0, 200)}`);
        response.text().then(reason, () => undefined);
    });
    page.on("request", (request) => {
        if (!/^(http:\/\/127\.0\.0\.1:\d+\/|blob:)/.test(request.url())) page.complaints.push(`asks ${request.url()}`);
    });
    page.setDefaultTimeout(20000);
    return page;
}

/** No browser has complained so far. */
export function quiet() {
    const said = opened.flatMap((page) => page.complaints);
    check(said.length === 0, `the browser complains:\n  ${said.join("\n  ")}`);
}

export async function unlock(page, first = "My work") {
    await page.getByLabel("Passphrase").fill(passphrase);
    await page.getByRole("button", { name: "Unlock" }).click();
    await page.getByRole("heading", { name: first, exact: true }).waitFor();
}

const axeSource = () => readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
let axe;

let firsts;
/** What the names of texts begin with: none of them is ever shown. */
function prefixes() {
    firsts ??= [...new Set(Object.keys(JSON.parse(readFileSync(join(here, "../../client/web/strings/en-GB.json"), "utf8"))).map((key) => key.split(".")[0]))];
    return firsts;
}

/** Words that stand in tables and files and are nobody's English: "chair_decides", "sample.fsm", "null"; whole ids but in the tables of an audit, and
 * moments as files write them. What is a name in a file on purpose stands in a code element. */
async function rawWords(page) {
    const without = (what) => {
        const parts = [...document.querySelectorAll(what)].map((one) => one.innerText).filter(Boolean);
        return parts.reduce((left, part) => left.replace(part, " "), document.body.innerText);
    };
    const text = await page.evaluate(without, "code");
    const ids = (await page.evaluate(without, "code, .hf-wide")).match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g); // the log names a case's number once
    if (ids) return ids;
    const raw = text.match(/\d{4}-\d\d-\d\dT\d\d:\d\d\S*|\b1[6-9]\d{11}(\d{3})?\b/g);
    if (raw) return raw;
    return text.match(/\b[a-z]+(_[a-z0-9]+)+\b|\bsample\.[a-z]+\b|\b(null|undefined|NaN)\b|\[object |\bAL-[A-Z]+/gi) ?? [];
}

/** axe-core finds nothing on the page as it stands, in the rules of WCAG 2.2 AA. */
export async function accessible(page, what) {
    axe ??= axeSource();
    // Our own policy lets no foreign script in, not even this one: it comes in by the debugger.
    if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(`${axe}; undefined`);
    const keys = await page.evaluate((prefixes) => document.body.innerText.split(/\s+/).filter((word) => /^[a-z]+(\.[a-zA-Z_]+)+$/.test(word) && prefixes.includes(word.split(".")[0])), prefixes());
    check(keys.length === 0, `${what} shows names of texts: ${keys.join(", ")}`);
    // A name that is asked for stands there as soon as the answer has come.
    let raw = await rawWords(page);
    for (let tries = 0; raw.length > 0 && tries < 50; tries++) {
        await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
        raw = await rawWords(page);
    }
    check(raw.length === 0, `${what} shows words of files and tables: ${[...new Set(raw)].join(", ")}`);
    const found = await page.evaluate(async () => {
        const result = await globalThis.axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
        return result.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(" ")).join(", ")}`);
    });
    check(found.length === 0, `${what} is not accessible:\n  ${found.join("\n  ")}`);
}

/** Kept beside the programs, outside git, or where HOLDFAST_SCREENSHOTS says: a continuous build keeps the folder. */
const pictures = process.env.HOLDFAST_SCREENSHOTS ?? join(programs, "screenshots");
export async function picture(page, name) {
    mkdirSync(pictures, { recursive: true });
    const bar = (position) => page.evaluate((wanted) => document.querySelectorAll(".hf-savebar").forEach((one) => (one.style.position = wanted)), position);
    await bar("static"); // one that sticks would lie in the middle of a long page
    await tidyPaths(page, townsFolder, pictured);
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    await tidyPaths(page, pictured, townsFolder);
    await bar("");
}

let townsFolder = "";
const pictured = "/audit-2026";
/** A picture shows a folder as a person would have called it: the test's own says nothing to who reads it. */
async function tidyPaths(page, from, to) {
    if (!from || !to) return;
    const lines = page.locator('input[type="text"], input:not([type])');
    await lines.evaluateAll((found, [was, is]) => found.forEach((line) => line.value.startsWith(`${was}/`) && (line.value = is + line.value.slice(was.length))), [from, to]);
}

/** The page as it stands: accessible, and in one column at 320 px (400 % zoom). */
export async function good(page, name) {
    await accessible(page, name);
    await picture(page, name);
    await narrow(page, name);
}

/** In one column at 320 px: nothing is wider than the window. */
export async function narrow(page, name) {
    const size = page.viewportSize();
    await page.setViewportSize({ width: 320, height: 700 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await page.setViewportSize(size);
    check(over <= 0, `${name} is ${over} px too wide for 320 px`);
}

// --- by keyboard alone ---

/** What has the focus can be seen: it is in the window, nothing lies over it, and it is marked. */
async function focusShows(page, what) {
    const wrong = await page.evaluate(() => {
        const on = document.activeElement;
        const label = on.labels?.[0];
        const seen = (one) => {
            const box = one && [...one.getClientRects()].find((rect) => rect.width > 0 && rect.height > 0);
            const top = box && document.elementFromPoint(box.left + Math.min(box.width / 2, 20), box.top + Math.min(box.height / 2, 20));
            return top && (one.contains(top) || top.contains(on) || top.closest("label")?.control === on);
        };
        if (!seen(on) && !seen(label)) return "cannot be seen";
        const marked = (style) => (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || style.boxShadow !== "none";
        const ticked = /^(radio|checkbox)$/.test(on.type) && marked(getComputedStyle(label, "::before"));
        return marked(getComputedStyle(on)) || ticked ? "" : "is not marked";
    });
    check(wrong === "", `the focus on ${what} ${wrong}`);
}

/** Presses Tab until the focus is on what has this name. */
export async function tabTo(page, role, name) {
    const wanted = typeof role === "string" ? page.getByRole(role, { name, exact: true }) : role;
    await wanted.first().waitFor({ state: "attached" });
    for (let i = 0; i < 200; i++) {
        if (await wanted.evaluateAll((found) => found.includes(document.activeElement))) return focusShows(page, name);
        await page.keyboard.press("Tab");
    }
    throw new Error(`Tab does not lead to ${name}`);
}

let dayFirst;
/** Whether this Chromium takes the day or the month first: it follows the languages that it was installed with. */
async function takesDayFirst(page) {
    if (dayFirst === undefined) {
        const context = await page.context().browser().newContext();
        const blank = await context.newPage();
        await blank.setContent('<input type="date">');
        await blank.locator("input").focus();
        await blank.keyboard.type("02032026");
        dayFirst = (await blank.locator("input").inputValue()) === "2026-03-02";
        await context.close();
    }
    return dayFirst;
}

/** Somebody who has no mouse: nothing here but keys. */
export function keys(page) {
    const group = (legend) => page.getByRole("group", { name: legend, exact: true });
    const self = {
        async follow(name, role = "link") {
            await tabTo(page, role, name);
            await page.keyboard.press("Enter");
        },
        press: (name) => self.follow(name, "button"),
        async write(label, text) {
            await tabTo(page, "textbox", label);
            await page.keyboard.type(text);
        },
        /** A day, or a day and a time: each part by its figures, as the browser takes them. */
        async date(label, iso) {
            await tabTo(page, page.getByLabel(label, { exact: true }), label);
            const [year, month, day, hour, minute] = iso.split(/\D/);
            await page.keyboard.type(((await takesDayFirst(page)) ? day + month : month + day) + year);
            if (hour) await page.keyboard.press("ArrowRight");
            const twelve = `${String(Number(hour) % 12 || 12).padStart(2, "0")}${minute}${Number(hour) < 12 ? "A" : "P"}`;
            if (hour) await page.keyboard.type(dayFirst ? hour + minute : twelve);
            const typed = await page.getByLabel(label, { exact: true }).inputValue();
            check(typed === iso, `${label}: ${typed} came of ${iso}`);
        },
        async radio(legend, name) {
            const wanted = group(legend).getByRole("radio", { name, exact: true });
            await tabTo(page, group(legend).getByRole("radio"), `${legend}: ${name}`);
            for (let i = 0; i < 40 && !(await wanted.evaluate((one) => one === document.activeElement)); i++) await page.keyboard.press("ArrowDown");
            await page.keyboard.press("Space");
            check(await wanted.isChecked(), `${legend}: ${name} is not chosen`);
        },
        async tick(legend, name) {
            await tabTo(page, group(legend).getByRole("checkbox", { name, exact: true }), `${legend}: ${name}`);
            await page.keyboard.press("Space");
        },
        async choose(label, option) {
            const list = page.getByLabel(label, { exact: true });
            await tabTo(page, list, label);
            await page.keyboard.type(option);
            const chosen = await list.evaluate((one) => one.selectedOptions[0].textContent);
            check(chosen === option, `${label}: ${chosen} is chosen, not ${option}`);
        },
        /** Opens what is folded. */
        async open(summary) {
            const wanted = page.locator("summary", { hasText: summary });
            await tabTo(page, wanted, summary);
            await page.keyboard.press("Enter");
        },
    };
    return self;
}

/** Runs named steps in order; the first that does not hold ends the test. */
export async function story(title, run) {
    const began = Date.now();
    try {
        await run(async (step, work) => {
            await work();
            quiet();
            console.log(`ok  ${((Date.now() - began) / 1000).toFixed(1)} s  ${step}`);
        });
        quiet();
        console.log(`${title}: ok in ${((Date.now() - began) / 1000).toFixed(1)} s; pictures in ${pictures}`);
    } catch (error) {
        console.error(`NOT OK: ${title}\n${error.stack ?? error}`);
        for (const page of opened) for (const said of page.complaints) console.error(`  a browser said: ${said}`);
        for (const [i, page] of opened.entries()) await picture(page, `not-ok-${i}`).catch(() => undefined);
        process.exitCode = 1;
    }
}
