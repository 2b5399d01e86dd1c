// The auditor's door: export with contents, verify, read the log in words, as it was known then, what to ask about; a changed copy is
// refused. All invented.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, good, openBrowser, openPage, story, Town, unlock } from "./support.mjs";

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

    await step("a log with two people's work", async () => {
        await town.begin();
        town.enrol("ann", "Ann Sample", "worker");
        town.enrol("ivo", "Ivo Invented", "auditor");
        caseId = town.holdfast("ann", "case", "new", "CH-4821").split(" ")[0].trim();
        const action = town.add("ann", caseId, "action", "text=Ring the school", "status=open");
        town.holdfast("ann", "record", "set", action, "status=done", "--reason", "They rang back");
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
        await report(bundle, "Verify everything");
        await page.getByRole("heading", { name: "The log holds" }).waitFor();
        await good(page, "audit-verify");
        await report(bundle, "The log in human words", { "Case: a reference, or a number": "CH-4821" });
        await page.getByText("They rang back").waitFor();
        await page.getByRole("cell", { name: "Ann Sample" }).first().waitFor();
        await good(page, "audit-show");
    });

    await step("as it was known, and what to ask about", async () => {
        await report(bundle, "As it was known then", { "Case: a reference, or a number": "CH-4821" });
        await page.getByRole("cell", { name: "Ring the school" }).waitFor();
        await good(page, "audit-replay");
        await report(bundle, "What to ask about");
        await page.getByText("asks for no witness").waitFor();
        await report(bundle, "What came since the last audit", { "Earlier exported log, or the file checkpoint kept from it": bundle });
        await page.getByText("Nothing.", { exact: true }).waitFor();
    });

    await step("an evidence pack with a sample drawn by a stated seed, as a page and as a file", async () => {
        await report(bundle, "Evidence pack", { "Seed of the sample (empty: the log's own hash)": "Ofsted 2026-11-22", "How many cases to draw (5)": "1" });
        await page.getByText("seed Ofsted 2026-11-22").waitFor();
        await page.getByText("0 of 0 meetings that were held").waitFor();
        await page.getByText("They rang back").waitFor();
        await good(page, "audit-evidence");
        const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as a file" }).click()]);
        const rows = JSON.parse(readFileSync(await file.path(), "utf8"));
        check(rows.filter((row) => row.part === "sample").length === 1 && rows.some((row) => row.part === "override"), `another file: ${JSON.stringify(rows)}`);
    });

    await step("who changed and who read a case, and the access reports by name", async () => {
        await report(bundle, "Who changed a case", { "Case number": caseId });
        await page.getByText("They rang back").waitFor();
        await report(bundle, "Who read a case", { "Case: a reference, or a number": "CH-4821" });
        await page.getByRole("heading", { name: "The log holds" }).waitFor();
        for (const name of ["people who have left", "devices that did nothing", "cases of others", "cases that nobody held", "every reading"]) {
            await report(bundle, `Access: ${name}`);
            await page.getByRole("heading", { name: "The log holds" }).waitFor();
        }
        await good(page, "audit-access");
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
        const status = await worker.evaluate(async () => {
            const session = await (await fetch("/api/session")).json();
            const headers = { "Content-Type": "application/json", "X-Holdfast-Form": session.form_token };
            const body = JSON.stringify({ report: "verify", folder: "/tmp", key: "/etc/hostname" });
            return (await fetch("/api/audit/report", { method: "POST", headers, body })).status;
        });
        check(status === 403, `a worker's app answers ${status}`);
        check(page.complaints.length === 0, `the browser complains: ${page.complaints.join("\n")}`);
    });
});
await browser.close();
await town.end();
