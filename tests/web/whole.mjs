// One meeting from the visit to the audit, each part as its person does it on the page, with the real server: two workers offline at one
// visit, a clash, the decision in the office, the minutes, the audit. All invented.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check, good, here, openBrowser, openPage, picture, story, Town, unlock } from "./support.mjs";

const town = new Town();
const browser = await openBrowser();
const policies = join(here, "../../policies");
const words = (n) => new Date(Date.now() + n * 86400000).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const day = (n) => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10);

const at = (page, path) => page.goto(page.url().replace(/#.*/, `#${path}`));
const pill = (page, words) => page.locator(".hf-pill", { hasText: words }).waitFor();
const field = (page, label) => page.getByLabel(label, { exact: true });
/** A new record by its form; where it belongs is in the path. */
async function record(page, path, fill) {
    await at(page, path);
    await page.getByRole("button", { name: "Done" }).waitFor();
    await fill(page);
    await pressSlowly(page, page.getByRole("button", { name: "Done" }));
    await page.getByRole("button", { name: "Done" }).waitFor({ state: "detached" });
}
/** Leaving the field saves the draft; what then appears must not move the button from under a finger that is still down. */
async function pressSlowly(page, button) {
    await button.hover();
    await page.mouse.down();
    await page.getByRole("button", { name: "Throw this draft away" }).waitFor();
    await page.mouse.up();
}
async function tryNow(page) {
    await at(page, "/sync");
    await page.getByRole("button", { name: "Try now" }).click();
}

/** What is owed, by whom and when. */
const owed = (page) => page.evaluate(async () => (await (await fetch("/api/work?who=all")).json()).duties.map((duty) => [duty.id, duty.status, duty.due]));

await story("one meeting, from the visit to the audit", async (step) => {
    let amira, ben, una, ivo, caseId, meeting, action;

    await step("an office with a procedure, two workers and an auditor, each at a page of their own", async () => {
        await town.begin();
        for (const [name, person, role] of [["amira", "Amira Sample", "worker"], ["ben", "Ben Example", "worker"], ["una", "Una Tester", "office"], ["ivo", "Ivo Invented", "auditor"]]) town.enrol(name, person, role);
        town.holdfast("una", "sync");
        town.holdfast("una", "policy", "release", join(policies, "calendars/england-and-wales-2027.json"));
        town.holdfast("una", "policy", "release", join(policies, "procedure-b-fsm.json"));
        town.holdfast("una", "sync");
        for (const name of ["amira", "ben"]) town.holdfast(name, "sync");
        [amira, ben, una, ivo] = await Promise.all(["amira", "ben", "una", "ivo"].map(async (name) => {
            const page = await openPage(browser, { acceptDownloads: true });
            await page.goto((await town.app(name)).address);
            return page;
        }));
        await unlock(amira);
        await unlock(ben);
        await unlock(una, "Overview");
        await unlock(ivo, "Audit");
    });

    await step("Amira opens the case, asks for a meeting and calls it", async () => {
        await at(amira, "/cases");
        await amira.getByText("Open a new case").click();
        await amira.getByLabel("Case reference").fill("CH-4821");
        await amira.keyboard.press("Enter");
        await amira.getByRole("heading", { name: "CH-4821" }).waitFor();
        caseId = /#\/case\/([0-9a-f-]{36})/.exec(amira.url())[1];
        await record(amira, `/case/${caseId}/new/child/${caseId}`, (page) => field(page, "Child's name").fill("Robin Invented"));
        await record(amira, `/case/${caseId}/new/contact/${caseId}`, async (page) => {
            await field(page, "Name").fill("Cleo Carer");
            await field(page, "Role").selectOption({ label: "Carer" });
            await field(page, "Email").fill("cleo@home.example");
        });
        await record(amira, `/case/${caseId}/ask`, async (page) => {
            await field(page, "Why a meeting is needed").fill("Robin has twice asked to sleep elsewhere.");
            await page.getByLabel("Imminent").check();
        });
        await record(amira, `/case/${caseId}/new/meeting/${caseId}`, async (page) => {
            await page.getByLabel("Fostering Support Meeting").check();
            await field(page, "Starts").fill(`${day(0)}T09:00`);
            await field(page, "Ended").fill(`${day(0)}T10:00`);
        });
        await amira.getByRole("heading", { name: "Meeting", exact: true }).waitFor();
        meeting = /#\/meeting\/([0-9a-f-]{36})/.exec(amira.url())[1];
        await record(amira, `/case/${caseId}/new/action/${meeting}`, (page) => field(page, "Action").fill("Ask the school about a quiet room"));
        await tryNow(amira);
        await pill(amira, "Received by office");
    });

    await step("the office sees that it is urgent, and gives Ben the case too", async () => {
        await tryNow(una);
        await at(una, "/dashboard");
        await una.locator(".hf-figures li", { hasText: "Urgent meetings" }).getByText("left").waitFor();
        await picture(una, "whole-urgent");
        await at(una, "/office/cases");
        await una.getByText("Change who holds CH-4821").click();
        await una.getByLabel("Who", { exact: true }).selectOption({ label: "Give it to Ben Example" });
        await una.getByRole("button", { name: "Change", exact: true }).click();
        await una.getByText("Held by Amira Sample, Ben Example").waitFor();
        await tryNow(ben);
        await at(ben, "/cases");
        await ben.locator("main").getByRole("link", { name: /CH-4821/ }).waitFor();
        await at(ben, `/meeting/${meeting}`);
        await ben.getByRole("heading", { name: "Meeting", exact: true }).waitFor();
        await ben.getByRole("link", { name: "Ask the school about a quiet room" }).click();
        await ben.getByRole("heading", { name: "Action" }).waitFor();
        action = /#\/record\/([0-9a-f-]{36})/.exec(ben.url())[1];
    });

    await step("offline at the kitchen table: the same work is shown, search works, both write, and one field differs", async () => {
        const online = await owed(amira);
        check(online.length > 0, "nothing is owed");
        await town.stop(town.server);
        check(JSON.stringify(await owed(amira)) === JSON.stringify(online), "without a network other work is owed");
        check(JSON.stringify(await owed(ben)) === JSON.stringify(online), "two devices with the same log show different work");
        await at(ben, "/search");
        await ben.getByLabel("Reference, name, carer or any words").fill("quiet room");
        await ben.getByText("1 record found").waitFor();
        await ben.getByText("Searching 1 case on this device").waitFor();
        await ben.locator("main .hf-duty__more", { hasText: "Robin Invented, CH-4821" }).waitFor();
        await record(amira, `/case/${caseId}/new/views/${meeting}`, async (page) => {
            await field(page, "Role").selectOption({ label: "Child" });
            await field(page, "In their own words").fill("I want it quiet when I draw.");
            await field(page, "How they were taken into account").fill("Read out first.");
        });
        await record(amira, `/case/${caseId}/new/notes/${meeting}`, (page) => field(page, "Notes of the meeting").fill("Everybody wants Robin to stay."));
        await record(amira, `/record/${action}/edit`, (page) => field(page, "Due on").fill(day(12)));
        for (const page of [amira, ben]) await record(page, `/action/${caseId}/${action}/update`, async (form) => {
            await form.locator(".govuk-caption-l", { hasText: "Ask the school about a quiet room" }).waitFor();
            await field(form, "What has happened").fill("I rang the school.");
        });
        await record(ben, `/case/${caseId}/new/attendance/${meeting}`, async (page) => {
            await field(page, "Name, if not on file").fill("Cleo Carer");
            await field(page, "Role").selectOption({ label: "Carer" });
            await page.getByLabel("Attended").check();
        });
        await record(ben, `/record/${action}/edit`, (page) => field(page, "Due on").fill(day(19)));
        await pill(amira, "Saved here");
        await pill(ben, "Saved here");
        await good(ben, "whole-offline");
    });

    await step("the signal is back: nothing is overwritten, and the office decides", async () => {
        await town.serve(town.address);
        await tryNow(amira);
        await pill(amira, "Received by office");
        await tryNow(ben);
        await ben.locator(".hf-pill", { hasText: "needs attention" }).waitFor();
        await tryNow(una);
        await at(una, `/clashes/${action}`);
        await una.getByRole("heading", { name: "Two values" }).waitFor();
        await una.getByText("Amira Sample").first().waitFor();
        await una.getByText("Ben Example").first().waitFor();
        await good(una, "whole-clash");
        await una.getByRole("radio").first().check();
        await una.getByLabel("Reason for the decision").fill("The school breaks up before that.");
        await una.getByRole("button", { name: "Settle" }).click();
        await una.getByText("No field has two values").waitFor();
        await pill(una, "Received by office");
        const updates = await una.evaluate(async (id) => (await (await fetch(`/api/records?case=${id}&type=action_update`)).json()).records, caseId);
        check(updates.length === 2 && updates.every((row) => row.conflicts === 0), "two updates of one action are not two updates");
        await at(una, `/record/${action}`);
        await una.getByRole("link", { name: "I rang the school." }).nth(1).waitFor(); // each by its words
        const due = (page) => page.locator(".govuk-summary-list__row", { hasText: "Due on" }).locator("dd");
        await due(una).filter({ hasText: /\d [A-Z][a-z]+ \d{4}/ }).waitFor();
        const decided = await due(una).innerText();
        check(decided.includes(words(12)) !== decided.includes(words(19)), `the office decided for ${decided}`);
        for (const page of [amira, ben]) {
            await tryNow(page);
            await at(page, `/record/${action}`);
            await due(page).filter({ hasText: decided.trim() }).waitFor();
        }
    });

    await step("the minutes: held, due in the office, sent to the carer, and due no more", async () => {
        await record(amira, `/record/${meeting}/edit`, (page) => page.locator("#field-status").selectOption({ label: "Held" }));
        await tryNow(amira);
        await pill(amira, "Received by office");
        await tryNow(una);
        await at(una, "/dashboard");
        const minutes = una.locator(".hf-figures li", { hasText: "Minutes due" }).locator("strong");
        await minutes.filter({ hasText: "1" }).waitFor();
        await minutes.click();
        await una.getByRole("link", { name: "Minutes within five days" }).waitFor();
        await picture(una, "whole-minutes-due");
        await at(una, `/meeting/${meeting}/sheet/carer`);
        await una.locator(".hf-sheet", { hasText: "I want it quiet when I draw." }).waitFor();
        await at(una, `/meeting/${meeting}/circulate`);
        const there = una.locator("section", { hasText: "Was there" });
        await there.getByText("Record that it was sent to Cleo Carer").click();
        await there.getByLabel("Address used").fill("cleo@home.example");
        await there.getByLabel("Cleo Carer and this address are meant").check();
        await there.getByRole("button", { name: "Record it" }).click();
        await there.getByText("Was there · Sent").waitFor();
        await at(una, "/dashboard");
        await minutes.filter({ hasText: "0" }).waitFor();
        await pill(una, "Received by office");
        await picture(una, "whole-minutes-sent");
    });

    await step("the audit: the log holds, and tells the clash, the decision and its reason", async () => {
        const bundle = join(town.folder, "bundle");
        await ivo.getByText("Export the log from the office").click();
        await ivo.getByLabel("New folder for it").fill(bundle);
        await ivo.getByLabel(/^With what was written/).check();
        await ivo.getByRole("button", { name: "Export" }).click();
        await ivo.waitForFunction((folder) => document.getElementById("audit-folder").value === folder, bundle);
        await ivo.getByLabel("File with the authority's public key").fill(join(town.office, "authority.pub"));
        await ivo.getByRole("button", { name: "Make the report" }).click();
        await ivo.getByRole("heading", { name: "The log holds" }).waitFor();
        await ivo.locator("#audit-report").selectOption({ label: "Evidence pack" });
        await ivo.getByRole("button", { name: "Make the report" }).click();
        await ivo.getByText("The school breaks up before that.").waitFor();
        await ivo.getByText("1 of 1 meetings that were held").waitFor();
        await good(ivo, "whole-audit");
        const [file] = await Promise.all([ivo.waitForEvent("download"), ivo.getByRole("button", { name: "Save as a file" }).click()]);
        const rows = JSON.parse(readFileSync(await file.path(), "utf8"));
        check(rows.some((row) => row.part === "timeliness" && row.what === "FSM-63" && row.result === "in_time"), "the pack does not say that the minutes came in time");
        check(rows.some((row) => row.part === "sample"), "the pack draws no sample");
    });
});
await browser.close();
await town.end();
