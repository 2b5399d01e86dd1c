// Whole journeys of somebody who has no mouse: asking for a meeting, calling it, inviting, minutes, making it final; settling a clash;
// verifying the log. Every stop of the focus can be seen. All invented.
import { join } from "node:path";
import { check, good, here, keys, openBrowser, openPage, passphrase, story, tabTo, Town } from "./support.mjs";

const town = new Town();
const browser = await openBrowser();
const policies = join(here, "../../policies");
const day = (n) => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10);

/** A page on which a mouse does nothing but fail the test. */
async function withoutMouse(name) {
    const page = await openPage(browser, { acceptDownloads: true });
    await page.addInitScript(() => addEventListener("pointerdown", () => console.error("a mouse was used"), true));
    await page.goto((await town.app(name)).address);
    return page;
}

await story("by keyboard alone", async (step) => {
    let amira, una, ivo, caseId, action;
    const heading = (page, name) => page.getByRole("heading", { name, exact: true, level: 1 }).waitFor();
    const pill = (page, words) => page.locator(".hf-pill", { hasText: words }).waitFor();
    const form = (page) => page.locator(".hf-savebar").waitFor();
    const enter = async (page, first) => {
        await page.locator("#passphrase").waitFor();
        await tabTo(page, page.locator("#passphrase"), "Passphrase");
        await page.keyboard.type(passphrase);
        await page.keyboard.press("Enter");
        await heading(page, first);
    };

    await step("unlocked by keyboard: a worker, the office, an auditor", async () => {
        await town.begin();
        for (const [name, person, role] of [["amira", "Amira Sample", "worker"], ["una", "Una Tester", "office"], ["ivo", "Ivo Invented", "auditor"]]) town.enrol(name, person, role);
        town.holdfast("una", "sync");
        for (const file of ["calendars/england-and-wales-2027.json", "procedure-b-fsm.json"]) town.holdfast("una", "policy", "release", join(policies, file));
        town.holdfast("una", "sync");
        town.holdfast("amira", "sync");
        caseId = town.holdfast("amira", "case", "new", "CH-4821").split(" ")[0].trim();
        town.add("amira", caseId, "child", `parent=${caseId}`, "name=Robin Invented");
        town.add("amira", caseId, "contact", `parent=${caseId}`, "name=Cleo Carer", "role=carer", "email=cleo@home.example");
        town.holdfast("amira", "sync");
        town.holdfast("una", "sync");
        [amira, una, ivo] = await Promise.all(["amira", "una", "ivo"].map(withoutMouse));
        await enter(amira, "My work");
        await enter(una, "Overview");
        await enter(ivo, "Audit");
    });

    await step("a meeting is asked for, and My work says by when", async () => {
        const hands = keys(amira);
        await hands.follow("Cases");
        await heading(amira, "Cases");
        await hands.follow("Robin Invented, CH-4821");
        await heading(amira, "Robin Invented, CH-4821");
        await hands.follow("Ask for a meeting");
        await heading(amira, "Ask for a meeting");
        await form(amira);
        await hands.write("Why a meeting is needed", "Robin has twice asked to sleep elsewhere.");
        await hands.radio("How urgent", "Imminent");
        await amira.keyboard.press("Control+s");
        await amira.locator(".hf-savebar", { hasText: "Saved here" }).waitFor();
        await hands.press("Done");
        await heading(amira, "Robin Invented, CH-4821");
        await hands.follow("My work");
        await heading(amira, "My work");
        await hands.follow("Meet within two working days when the home is about to break down");
        await heading(amira, "Request for a meeting");
    });

    await step("it is called: the request, the kind and the procedure are filled in", async () => {
        const hands = keys(amira);
        await hands.press("Call the meeting");
        await heading(amira, "Call the meeting");
        await form(amira);
        await good(amira, "call-meeting");
        await hands.date("Starts", `${day(-1)}T10:00`);
        await hands.write("Place", "9 Invented Lane");
        await hands.choose("Chair", "Una Tester (Member of staff)");
        await hands.press("Done");
        await heading(amira, "Meeting");
        await amira.locator(".govuk-caption-l", { hasText: "Fostering Support Meeting" }).waitFor();
        const meeting = /#\/meeting\/([0-9a-f-]{36})/.exec(amira.url())[1];
        const fields = await amira.evaluate(async (id) => (await (await fetch(`/api/records/${id}`)).json()).fields, meeting);
        const value = (name) => fields.find((row) => row.name === name)?.values[0];
        const asked = await amira.evaluate(async (id) => (await (await fetch(`/api/records/${id}`)).json()).record.status, value("request"));
        check(asked === "meeting_arranged", `the request's outcome is ${asked}`);
        check(value("policy_id") === "sample.fsm" && value("policy_version") === "2024-11" && value("request"), "the procedure or the request is not kept with the meeting");
    });

    await step("an invitation, the child's views, what was discussed, an action, the notes", async () => {
        const hands = keys(amira);
        const part = async (name, fill) => {
            await hands.follow(name);
            await form(amira);
            await fill();
            await hands.press("Done");
            await heading(amira, "Meeting");
        };
        await part("Invitation", async () => {
            await hands.choose("Person", "Cleo Carer (Carer)");
            await hands.choose("Role", "Carer");
            await hands.radio("Invited", "Invited");
        });
        await amira.locator(".govuk-task-list").getByRole("link", { name: "Cleo Carer", exact: true }).waitFor();
        await part("Views", async () => {
            await hands.choose("Role", "Child");
            await hands.write("In their own words", "I want it quiet when I draw.");
        });
        await part("Discussion", async () => {
            await hands.write("The child's situation", "Robin sleeps badly when it is loud.");
            await hands.write("The carers' situation", "Cleo is tired.");
        });
        await part("Action", async () => {
            await hands.write("Action", "Ask the school about a quiet room");
            await hands.date("Due on", day(12));
        });
        await part("Attendance", async () => {
            await hands.write("Name, if not on file", "Cleo Carer");
            await hands.choose("Role", "Carer");
            await hands.radio("Was there", "Attended");
        });
        await part("Notes of the meeting", async () => hands.write("Notes of the meeting", "Everybody wants Robin to stay."));
        await good(amira, "keyboard-meeting");
    });

    await step("held, brought up to date, and final", async () => {
        const hands = keys(amira);
        await hands.follow("Time, place and who leads it");
        await form(amira);
        await hands.choose("Status", "Held");
        await hands.date("Ended", `${day(-1)}T11:30`);
        await hands.press("Done");
        await heading(amira, "Meeting");
        await amira.getByRole("heading", { name: "Making it final" }).waitFor();
        await amira.getByText("Nothing that a procedure requires is missing.").waitFor();
        await hands.press("Make it final");
        await amira.locator(".govuk-tag", { hasText: "Final" }).first().waitFor();
        await good(amira, "keyboard-final");
        await pill(amira, "Received by office");
    });

    await step("a clash is settled by the office", async () => {
        const hands = keys(amira);
        await hands.follow("Ask the school about a quiet room");
        await heading(amira, "Action");
        action = /#\/record\/([0-9a-f-]{36})/.exec(amira.url())[1];
        const theirs = keys(una);
        await theirs.follow("Sending");
        await heading(una, "Sending and receiving");
        await theirs.press("Try now");
        await una.waitForFunction(async (id) => (await (await fetch("/api/records")).json()).records.some((row) => row.id === id), action);
        await una.goto(una.url().replace(/#.*/, `#/record/${action}`));
        await heading(una, "Action");
        await town.stop(town.server);
        for (const [page, when] of [[amira, day(15)], [una, day(19)]]) {
            await keys(page).press("Write in this record");
            await form(page);
            await tabTo(page, page.getByLabel("Due on", { exact: true }), "Due on");
            await keys(page).date("Due on", when);
            await keys(page).press("Done");
            await heading(page, "Action");
            await pill(page, "Saved here");
        }
        await town.serve(town.address);
        for (const page of [amira, una]) {
            await keys(page).follow("Sending");
            await heading(page, "Sending and receiving");
            await keys(page).press("Try now");
            if (page === amira) await pill(page, "Received by office");
        }
        await una.getByRole("link", { name: /^Two values: Action/ }).waitFor();
        await theirs.follow("Two values: Action, Ask the school about a quiet room");
        await heading(una, "Two values");
        await una.getByText("Amira Sample").first().waitFor();
        await tabTo(una, una.getByRole("radio"), "what stands from now on");
        await una.keyboard.press("Space");
        await theirs.write("Reason for the decision", "The school breaks up before that.");
        await theirs.press("Settle");
        await una.getByText("No field has two values").waitFor();
        await pill(una, "Received by office");
    });

    await step("the log is exported and verified by an auditor", async () => {
        const hands = keys(ivo);
        const bundle = join(town.folder, "bundle");
        await hands.open("Export the log from the office");
        await hands.write("New folder for it", bundle);
        await hands.press("Export");
        await ivo.waitForFunction((folder) => document.getElementById("audit-folder").value === folder, bundle);
        await hands.write("File with the authority's public key", join(town.office, "authority.pub"));
        await hands.press("Make the report");
        await ivo.getByRole("heading", { name: "The log holds" }).waitFor();
        await good(ivo, "keyboard-audit");
    });
});
await browser.close();
await town.end();
