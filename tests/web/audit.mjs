// The auditor's door: export with contents, verify, read the log in words, as it was known then, what to ask about; a changed copy is
// refused. All invented.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { check, expectAnswer, good, openBrowser, openPage, picture, story, Town, unlock } from "./support.mjs";

const policies = join(dirname(fileURLToPath(import.meta.url)), "../../policies");
const town = new Town();
const browser = await openBrowser();

await story("the auditor's pages", async (step) => {
    let page, worker, caseId;
    const bundle = join(town.folder, "bundle");
    const changed = join(town.folder, "changed");
    const report = async (folder, name, lines = {}) => {
        await page.getByLabel("Folder of the exported log").fill(folder);
        await page.locator("#audit-report").selectOption({ label: name });
        for (const [label, value] of Object.entries(lines)) await page.getByLabel(label).fill(value);
        await page.getByRole("button", { name: "Make the report" }).click();
    };
    /** On paper, as wide as A4 leaves it, stands which report it is and all of it, without the form that asked for it. */
    const onPaper = async (name) => {
        const size = page.viewportSize();
        await page.emulateMedia({ media: "print" });
        await page.setViewportSize({ width: 718, height: 1000 });
        const wide = await page.locator(".hf-wide").evaluate((one) => one.scrollWidth - one.clientWidth);
        const form = await page.getByLabel("Folder of the exported log").isVisible();
        const said = await page.locator("main h2", { hasText: "The log holds" }).innerText();
        await page.setViewportSize(size);
        check(wide <= 0, `${name}: ${wide} px of a table are lost on paper`);
        check(!form, `${name}: the form is on the paper`);
        check(said.includes(name), `the paper does not say that it is ${name}: ${said}`);
    };

    await step("a log with two people's work", async () => {
        await town.begin();
        town.enrol("ann", "Ann Sample", "worker");
        town.enrol("ivo", "Ivo Invented", "auditor");
        town.enrol("una", "Una Office", "office");
        town.holdfast("una", "sync");
        town.holdfast("una", "policy", "release", join(policies, "calendars/england-and-wales-2027.json"));
        town.holdfast("una", "policy", "release", join(policies, "procedure-b-fsm.json"));
        town.holdfast("una", "sync");
        caseId = town.holdfast("ann", "case", "new", "CH-4821").split(" ")[0].trim();
        const child = town.add("ann", caseId, "child", `parent=${caseId}`, "name=Robin Invented");
        town.add("ann", caseId, "views", `parent=${caseId}`, `person=${child}`, "words=I want to stay.");
        const action = town.add("ann", caseId, "action", "text=Ring the school", "status=open");
        town.add("ann", caseId, "placement", "setting=in_house_foster", "provider=in_house", "status=current", "start=2026-12-24");
        town.holdfast("ann", "record", "set", action, "status=done", "--reason", "They rang back");
        town.add("ann", caseId, "stability_notice", `parent=${caseId}`, "to_roles=iro", "summary=A second move is near");
        town.add("ann", caseId, "statement", `parent=${action}`, "words=Nobody rang us back");
        town.holdfast("ann", "sync");
        page = await openPage(browser);
        await page.goto((await town.app("ivo")).address);
        await unlock(page, "Audit");
        await page.getByRole("link", { name: "Audit" }).click();
        await page.getByRole("heading", { name: "Audit" }).waitFor();
        await good(page, "audit");
    });

    await step("export, with contents", async () => {
        await page.getByText("Export the log from the office").click();
        expectAnswer(page, 400, /^\/api\/audit\/export$/); // a folder without its whole path
        await page.getByLabel("New folder for it").fill("bundle");
        await page.getByRole("button", { name: "Export" }).click();
        await page.getByText("Give the whole path").first().waitFor();
        await good(page, "audit-problem");
        await page.getByLabel("New folder for it").fill(bundle);
        await page.getByLabel(/^With what was written/).check();
        await page.getByRole("button", { name: "Export" }).click();
        await page.waitForFunction((folder) => document.getElementById("audit-folder").value === folder, bundle);
    });

    await step("verify, and the log in human words", async () => {
        await page.getByLabel("File with the authority's public key").fill(join(town.office, "authority.pub"));
        // A log this short is checked before anybody can look: the first answer says what a long one would.
        const running = { json: { running: true, done: 50000, total: 200000 } };
        await page.route("**/api/audit/report", (route) => (route.request().method() === "GET" ? route.fulfill(running) : route.continue()));
        await report(bundle, "Verify everything");
        await page.getByText("25% checked: 50000 of 200000 entries").waitFor();
        await good(page, "audit-progress");
        await page.unroute("**/api/audit/report");
        await page.getByRole("heading", { name: "The log holds" }).waitFor();
        check((await page.getByText(/progress \d/).count()) === 0, "the words of progress stay on the page");
        await good(page, "audit-verify");
        await report(bundle, "The log in human words", { "Case: a reference, or a number": "CH-4821" });
        await page.getByText("They rang back").waitFor();
        await page.getByRole("cell", { name: "Ann Sample" }).first().waitFor();
        const said = (await page.locator("tbody").innerText()).replace(/opens case CH-4821, [0-9a-f-]{36}/, ""); // where its number is to be found
        const raw = said.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d|\bAL-[A-Z-]+|= (true|iro|in_house)\b/g);
        check(raw === null, `the log speaks in ids, codes and times of machines: ${raw}`);
        check(/changes Child Robin Invented of CH-4821/.test(said), "a child is not named in the log");
        check(/changes Views \w{8} of CH-4821:.* Whose views = Robin Invented/.test(said), `an id is not said as who is meant: ${said}`);
        check(/changes Placement \w{8} of CH-4821:.* Moved in on = 24 Dec 2026/.test(said), "a day is not written as people write it");
        await good(page, "audit-show");
    });

    await step("as it was known, and what to ask about", async () => {
        await report(bundle, "As it was known then", { "Case: a reference, or a number": "CH-4821" });
        await page.getByText("Ring the school").waitFor();
        await page.getByText("Nobody rang us back").first().waitFor();
        await page.getByText("Their roles", { exact: true }).waitFor();
        check((await page.locator("section", { has: page.getByRole("heading", { name: /^Action/ }) }).last().innerText()).includes("Nobody rang us back"), "a statement does not stand beside the record that it is about");
        await good(page, "audit-replay");
        await report(bundle, "As it was known then", { "As of (2026-11-21)": "2027-01-06" });
        await page.getByRole("row", { name: /FSM-27/ }).getByText("How the days were counted").click();
        await page.getByText("Fri 25 Dec 2026: does not count, Christmas Day").waitFor();
        await page.getByText("Tue 5 Jan 2027: 5").waitFor();
        await good(page, "audit-days");
        await report(bundle, "What to ask about");
        await page.getByText("asks for no witness").waitFor();
        await report(bundle, "What came since the last audit", { "Earlier exported log, or the file checkpoint kept from it": bundle });
        await page.getByText("Nothing.", { exact: true }).waitFor();
    });

    await step("an evidence pack with a sample drawn by a stated seed, as a page and as a file", async () => {
        await report(bundle, "Evidence pack", { "Seed of the sample (empty: the log's own hash)": "Ofsted 2026-11-22", "How many cases to draw (5)": "1" });
        await page.getByText("seed Ofsted 2026-11-22").waitFor();
        await page.getByText("0 of 0 meetings that were held").waitFor();
        await page.getByText("limit 5 Jan 2027, 23:59 (Fostering Support Meeting").waitFor();
        await page.getByText(/^changes Action [0-9a-f]{8} of CH-4821: /).waitFor();
        await page.getByText("They rang back").waitFor();
        await good(page, "audit-evidence");
        await onPaper("Evidence pack");
        await picture(page, "audit-evidence-paper");
        await page.emulateMedia({ media: "screen" });
        const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as a file" }).click()]);
        const rows = JSON.parse(readFileSync(await file.path(), "utf8"));
        check(rows.filter((row) => row.part === "sample").length === 1 && rows.some((row) => row.part === "override"), `another file: ${JSON.stringify(rows)}`);
    });

    await step("who changed and who read a case, and the access reports by name", async () => {
        await report(bundle, "Who changed a case", { "Case number, as the log gives it where the case is opened": caseId });
        await page.getByText("They rang back").waitFor();
        await report(bundle, "Who read a case", { "Case: a reference, or a number": "CH-4821" });
        await page.getByRole("heading", { name: "The log holds" }).waitFor();
        for (const name of ["people who have left", "devices that did nothing", "cases of others", "cases that nobody held", "every reading"]) {
            await report(bundle, `Access: ${name}`);
            await page.getByRole("heading", { name: "The log holds" }).waitFor();
        }
        await good(page, "audit-access");
        await onPaper("Access: every reading");
        await page.emulateMedia({ media: "screen" });
    });

    await step("one byte changed: refused, with the entry", async () => {
        cpSync(bundle, changed, { recursive: true });
        const tiles = join(changed, "tile/entries");
        const file = join(tiles, readdirSync(tiles, { recursive: true }).filter((name) => !/\/?\d+\.p$/.test(name))[0]);
        const bytes = readFileSync(file);
        bytes[314 + 200] ^= 1;
        writeFileSync(file, bytes);
        await report(changed, "Verify everything");
        await page.getByRole("heading", { name: "The log does not hold" }).waitFor();
        await page.getByText("Entry 1 was changed after it was signed").waitFor();
        await good(page, "audit-refused");
    });

    await step("nobody but an auditor gets reports", async () => {
        worker = await openPage(browser);
        await worker.goto((await town.app("ann")).address);
        await unlock(worker);
        expectAnswer(worker, 403, /^\/api\/audit\/report$/);
        const status = await worker.evaluate(async () => {
            const session = await (await fetch("/api/session")).json();
            const headers = { "Content-Type": "application/json", "X-Holdfast-Form": session.form_token };
            const body = JSON.stringify({ report: "verify", folder: "/tmp", key: "/etc/hostname" });
            return (await fetch("/api/audit/report", { method: "POST", headers, body })).status;
        });
        check(status === 403, `a worker's app answers ${status}`);
    });
});
await browser.close();
await town.end();
