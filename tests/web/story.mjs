// One story, driven as a person would: join, write, lose the power in mid-sentence, go on, clash, decide; every page on the way
// is accessible, fits 320 px, and can be used by keyboard alone.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { broken, check, expectAnswer, good, here, openBrowser, openPage, passphrase, story, tabTo, Town, unlock } from "./support.mjs";

const town = new Town();
const browser = await openBrowser();

const focused = (page) => page.evaluate(() => ({ id: document.activeElement.id, at: document.activeElement.selectionStart, text: document.activeElement.value }));
/** The focus and the cursor come back to where they were. */
const comesBack = (page, before) => page.waitForFunction((wanted) => { const on = document.activeElement; return on.id === wanted.id && on.selectionStart === wanted.at && on.value === wanted.text; }, before);
/** Opens a part of the page of a case. */
const section = (page, name) => page.locator(`[id="section.${name}"] > summary`).click();
const pill = (page, words) => page.locator(".hf-pill", { hasText: words }).waitFor();
/** From now on the page is told that what is not sent waits since then, and asks anew. */
async function waitingSince(page, oldest) {
    await page.route(/\/api\/(sync|news)(\?|$)/, async (route) => {
        const answer = await route.fetch().catch(() => null);
        const said = answer?.ok() ? await answer.json().catch(() => null) : null;
        if (!said) return void route.abort().catch(() => undefined); // the page has gone on
        if (said.sync) said.sync.oldest_unsent = oldest;
        await route.fulfill({ response: answer, json: said }).catch(() => undefined);
    });
    await page.reload();
}

const letterMs = 100; // of the page's time, from one letter to the next
/** From now on the page's time passes by clock.runFor alone, however slow the machine is; what the app has answered to is noted. */
async function letTimeStand(page) {
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60000);
    await page.evaluate(() => {
        const ask = globalThis.fetch;
        globalThis.draft = { kept: null, answered: Promise.resolve() };
        globalThis.fetch = (path, options) => {
            const asked = ask(path, options);
            if (!/^\/api\/forms\/[^/]+\/draft$/.test(path)) return asked;
            const { text } = JSON.parse(options.body).fields;
            globalThis.draft.answered = asked.then((answer) => void (answer.ok && (globalThis.draft.kept = text)), () => undefined);
            return asked;
        };
    });
}
/** The text of the newest draft that the app said it keeps, once it has answered to all that were sent. */
const keptText = (page) => page.evaluate(() => globalThis.draft.answered.then(() => globalThis.draft.kept));

await story("the page", async (step) => {
    let app, page, caseId, action, meeting;

    await step("an office, and a worker's device that joins by the page", async () => {
        await town.begin();
        app = await town.app("amira");
        page = await openPage(browser);
        await page.goto(app.address);
        await page.getByRole("heading", { name: "Join an office" }).waitFor();
        check(!page.url().includes("launch"), "the launch token stays in the address");
        await page.getByRole("button", { name: "Join" }).click();
        await page.getByText("There is a problem").waitFor();
        await good(page, "enrol-problem");
        await page.getByLabel("Invitation").fill(town.invite("Amira Sample", "worker"));
        await page.getByLabel("New passphrase", { exact: true }).fill(passphrase);
        await page.getByLabel("The same passphrase again").fill(passphrase);
        await page.getByRole("button", { name: "Join" }).click();
        await page.getByRole("heading", { name: "This device has joined" }).waitFor();
        await good(page, "enrol-done");
        await page.getByRole("button", { name: "Begin" }).click();
        await page.getByRole("heading", { name: "My work", exact: true }).waitFor();
        await good(page, "work-silent");
        await page.getByRole("link", { name: "Cases", exact: true }).click();
        await page.getByRole("heading", { name: "Cases", exact: true }).waitFor();
        await good(page, "cases-none");
    });

    await step("by keyboard alone: a case, and a child in it", async () => {
        await page.keyboard.press("Tab");
        await tabTo(page, "link", "Skip to main content");
        await page.keyboard.press("Enter");
        check((await focused(page)).id === "main", "the skip link does not lead to the content");
        for (let i = 0; i < 20 && (await page.evaluate(() => document.activeElement.tagName)) !== "SUMMARY"; i++) await page.keyboard.press("Tab");
        await page.keyboard.press("Enter");
        await tabTo(page, "textbox", "Case reference");
        await page.keyboard.type("CH-4821");
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { name: "CH-4821" }).waitFor();
        await good(page, "case-none");
        caseId = /#\/case\/([0-9a-f-]{36})/.exec(page.url())[1];
        await tabTo(page, "link", "Record who the child is");
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { name: "Child", exact: true }).waitFor();
        await tabTo(page, "textbox", "Child's name");
        await page.keyboard.type("Robin Invented");
        await page.keyboard.press("Control+s");
        await page.locator(".hf-savebar", { hasText: "Saved here" }).waitFor();
        await good(page, "form");
        await tabTo(page, "button", "Done");
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { name: "Robin Invented, CH-4821" }).waitFor();
        check(!(await page.title()).includes("Robin") && !(await page.title()).includes("4821"), "the window's title tells who it is about");
    });

    await step("what is saved goes to the office, and the page says so by the office's receipt", async () => {
        await pill(page, "Received by office");
        await good(page, "case");
        await page.getByRole("link", { name: "Robin Invented", exact: true }).click();
        await page.locator("main").getByText("Received by office").waitFor();
        await page.goBack();
    });

    await step("locked and unlocked, hidden and back: the cursor is where it was", async () => {
        await page.getByRole("link", { name: "Add an action" }).click();
        const box = page.getByLabel("Action", { exact: true });
        await box.waitFor();
        await box.fill("Ask the school about a quiet room");
        await box.press("Home");
        for (let i = 0; i < 7; i++) await page.keyboard.press("ArrowRight");
        const before = await focused(page);
        await page.getByRole("button", { name: "Hide" }).click();
        await page.getByRole("button", { name: "Come back" }).waitFor();
        check((await page.locator("body").innerText()).trim() === "Come back", "hiding leaves something on the screen");
        await good(page, "hidden");
        await page.keyboard.press("Enter");
        await box.waitFor();
        await comesBack(page, before);
        await page.getByRole("button", { name: "Lock" }).click();
        await page.getByLabel("Passphrase").waitFor();
        check(!(await page.locator("body").innerText()).includes("school"), "locking leaves the text on the screen");
        await good(page, "locked");
        expectAnswer(page, 403, /^\/api\/session\/unlock$/);
        await page.getByLabel("Passphrase").fill("wrong");
        await page.keyboard.press("Enter");
        await page.getByText("There is a problem").waitFor();
        await good(page, "locked-problem");
        await page.getByLabel("Passphrase").fill(passphrase);
        await page.keyboard.press("Enter");
        await box.waitFor();
        await comesBack(page, before);
    });

    await step("killed in mid-sentence: at most two seconds of typing are lost", async () => {
        const box = page.getByLabel("Action", { exact: true });
        const sentence = " and whether Robin may go there at lunch, on days when the hall is too loud for everybody";
        const begun = await box.inputValue();
        await box.press("End");
        await letTimeStand(page);
        for (const [i, letter] of [...sentence].entries()) {
            await page.keyboard.type(letter);
            await page.clock.runFor(letterMs);
            const kept = await keptText(page);
            const asked = begun + sentence.slice(0, Math.max(0, i + 1 - 2000 / letterMs));
            check((kept ?? begun).length >= asked.length, `two seconds later the app does not keep “${asked}”, but: ${kept}`);
        }
        expectAnswer(page, 0, /^\/api\//);
        await town.stop(app.child, "SIGKILL");
        await page.clock.resume();
        const typed = begun + sentence;
        check((await focused(page)).text === typed, "the page has another text than was typed");
        await page.getByText("The program behind this page does not answer").waitFor();
        await good(page, "not-running");
        await page.context().close();
        app = await town.app("amira");
        page = await openPage(browser);
        await page.goto(app.address);
        await unlock(page);
        await page.getByRole("heading", { name: "Drafts" }).waitFor();
        await good(page, "drafts");
        await page.getByRole("link", { name: "Action, CH-4821" }).click();
        const again = page.getByLabel("Action", { exact: true });
        await again.waitFor();
        const found = await again.inputValue();
        check(typed.startsWith(found), `another text came back: ${found}`);
        check(typed.length - found.length <= 2000 / letterMs, `${typed.length - found.length} characters are lost: ${found}`);
        await again.fill(typed);
        await page.getByRole("button", { name: "Done" }).click();
        await section(page, "actions");
        await page.getByRole("link", { name: `Action: ${typed}` }).click();
        await page.getByRole("heading", { name: "Action" }).waitFor();
        action = /#\/record\/([0-9a-f-]{36})/.exec(page.url())[1];
        await good(page, "record");
        await page.getByText("Who wrote what, and when").click();
        await page.locator(".hf-chronology").getByText(/In the log at entry \d+, checkpoint of \d/).first().waitFor();
        await good(page, "record-history");
    });

    await step("an office that is away: Saved here, and why", async () => {
        await town.stop(town.server);
        await page.getByRole("button", { name: "Write in this record" }).click();
        await page.getByLabel("Due on", { exact: true }).waitFor();
        await page.getByLabel("Action", { exact: true }).fill("Ask the school for a quiet room.\n\nAt lunch, on loud days.");
        await page.getByRole("button", { name: "Done" }).click();
        await pill(page, "Saved here");
        await page.locator(".hf-pill").click();
        await page.getByRole("button", { name: "Try now" }).click();
        await page.getByText("could not be reached").waitFor();
        await good(page, "sync-away");
        // How long it waits is said as people say it; the hour from now stands for a moment ago, on a machine that is slow.
        for (const [hours, said] of [[-1, "Saved here: 1, just now"], [2.5, "Saved here: 1, 2 hours ago"]]) {
            await waitingSince(page, new Date(Date.now() - hours * 3600000).toISOString());
            await page.getByRole("link", { name: `Sending: ${said}`, exact: true }).waitFor();
            await page.unrouteAll({ behavior: "ignoreErrors" });
        }
        await town.serve(town.address);
        await page.getByRole("button", { name: "Try now" }).click();
        await pill(page, "Received by office");
        await good(page, "sync");
    });

    await step("two devices, one field: both values side by side, and a decision", async () => {
        town.enrol("olive", "Olive Tester", "office");
        town.holdfast("olive", "sync");
        // Her second device, whose clock is three days fast.
        const fast = (...words) => town.withClock(3 * 86400 + 7200, () => town.holdfast("olive-2", ...words));
        town.withClock(3 * 86400 + 7200, () => town.enrol("olive-2", "Olive Tester", "office"));
        fast("sync");
        fast("record", "set", action, "text=Ask the school for a quiet room.\n\nAnd who has the key.");
        await page.goto(page.url().replace(/#.*/, `#/record/${action}/edit`));
        const box = page.getByLabel("Action", { exact: true });
        await box.waitFor();
        await box.fill("Ask the head teacher for a quiet room.\n\nAt lunch, on loud days.");
        fast("sync");
        await page.getByRole("button", { name: "Done" }).click();
        await page.locator(".hf-pill", { hasText: "needs attention" }).click();
        await page.getByRole("link", { name: "Two values: Action" }).click();
        await page.getByRole("heading", { name: "Two values" }).waitFor();
        await page.getByLabel("Both woven together, for you to change").waitFor();
        const written = (author) => page.locator(".hf-version", { hasText: author }).getByText(/^\d+ \w+ \d{4}, \d\d:\d\d, on /).innerText();
        check(/, on Olive Tester’s device 2, its clock was 3 days fast$/.test(await written("Olive Tester")), `it says: ${await written("Olive Tester")}`);
        check((await written("Amira Sample")).endsWith(", on this device"), `it says: ${await written("Amira Sample")}`);
        await good(page, "clash");
        await page.getByRole("button", { name: "Settle" }).click();
        await page.getByText("Give a reason").first().waitFor();
        await good(page, "clash-problem");
        await page.getByLabel("Reason for the decision").fill("Both are meant.");
        await page.getByRole("button", { name: "Settle" }).click();
        await page.getByText("No field has two values").waitFor();
        await pill(page, "Received by office");
        town.holdfast("olive", "sync");
        const shown = town.holdfast("olive", "record", "show", action);
        check(shown.includes("head teacher") && shown.includes("who has the key"), `the decision did not arrive:\n${shown}`);
    });

    await step("a meeting as a task list, and the chronology", async () => {
        meeting = town.add("olive", caseId, "meeting", `parent=${caseId}`, "type=psm", "status=draft");
        town.add("olive", caseId, "attendance_decision", "--parent", meeting, "--slot", "child", "decision=part");
        town.holdfast("olive", "sync");
        await page.getByRole("link", { name: "Sending", exact: true }).click();
        await page.getByRole("button", { name: "Try now" }).click();
        await page.goto(page.url().replace(/#.*/, `#/case/${caseId}`));
        await section(page, "meetings");
        await page.locator(".hf-rows").getByRole("link", { name: "Meeting", exact: true }).click();
        await page.getByRole("heading", { name: "Meeting" }).waitFor();
        await page.locator("main").getByText("For part of the meeting").first().waitFor();
        await good(page, "meeting");
        await page.goto(page.url().replace(/#.*/, `#/case/${caseId}/chronology`));
        await page.locator(".hf-chronology > li").first().waitFor();
        await page.getByText("What was written").first().click();
        await good(page, "chronology");
        const shown = await page.locator(".hf-chronology > li").count();
        await page.evaluate(() => (window.print = () => (document.body.dataset.printed = "yes")));
        await page.getByRole("button", { name: "Print" }).click();
        await page.waitForFunction(() => document.body.dataset.printed === "yes");
        const folded = await page.locator(".hf-chronology details").evaluateAll((all) => all.filter((one) => !one.open || !one.querySelector("dd, .govuk-body-s")).length);
        check(folded === 0, `${folded} entries are folded on paper`);
        await page.evaluate(() => dispatchEvent(new Event("afterprint")));
        await page.emulateMedia({ media: "print" });
        const paper = await page.locator("body").innerText();
        check(paper.includes("Robin Invented, CH-4821") && paper.includes("Ask the head teacher"), `the paper does not say what was written about whom:\n${paper}`);
        check(!/My work|Kind of record|Up to the day|Print/.test(paper), `the paper has the screen's texts on it:\n${paper}`);
        check((await page.locator(".hf-chronology > li").evaluateAll((all) => all.filter((one) => one.checkVisibility()).length)) === shown, "entries are missing on the paper");
        check((await page.pdf()).subarray(0, 5).toString() === "%PDF-", "no PDF comes out");
        await page.emulateMedia({ media: "screen" });
        await page.getByLabel("Kind of record").selectOption({ label: "Action" });
        check((await page.locator(".hf-chronology > li").count()) < shown, "the chronology is not filtered by kind");
    });

    await step("a paper and a photograph: added without a network, Saved here, sent, and on a second device", async () => {
        const report = Buffer.concat([Buffer.from("%PDF-1.4\n"), Buffer.alloc(700000, "An invented report. ")]);
        const drawing = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
        const attachments = page.locator("#attachments");
        const row = (title) => attachments.locator("li", { hasText: title });
        const add = async (name, title, buffer) => {
            await page.getByLabel("File", { exact: true }).setInputFiles({ name, mimeType: "text/html", buffer });
            await page.getByLabel("What it is (optional)").fill(title);
            await page.getByRole("button", { name: "Add this file" }).click();
            await row(title).getByText("Saved here").waitFor();
        };
        await town.stop(town.server);
        await page.goto(page.url().replace(/#.*/, `#/record/${meeting}`));
        await page.getByText("Nothing is attached here").waitFor();
        await page.getByText("Add a photo or a paper").click();
        await page.getByRole("button", { name: "Add this file" }).click();
        await page.getByText("Choose a file first").first().waitFor();
        await good(page, "attach-problem");
        await add("report.pdf", "School report", report);
        await add("drawing.png", "Robin's drawing", drawing);
        await row("School report").getByText("On this device").waitFor();
        await good(page, "attach");
        const [file] = await Promise.all([page.waitForEvent("download"), row("School report").getByRole("button", { name: "Download" }).click()]);
        check(file.suggestedFilename() === "report.pdf" && readFileSync(await file.path()).equals(report), "the download is not the file that was added");
        await town.serve(town.address);
        await page.getByRole("link", { name: "Sending", exact: true }).click();
        await page.getByRole("button", { name: "Try now" }).click();
        await page.goto(page.url().replace(/#.*/, `#/record/${meeting}`));
        await row("School report").getByText("Received by office").waitFor();
        await row("Robin's drawing").getByText("Received by office").waitFor();
        town.holdfast("olive", "sync");
        const there = JSON.parse(town.holdfast("olive", "attach", "list", caseId, meeting, "--json"));
        const kept = (title) => there.find((one) => one.title === title) ?? broken(`${title} did not come:\n${JSON.stringify(there)}`);
        const got = join(town.folder, "report.pdf");
        town.holdfast("olive", "attach", "get", kept("School report").attachment, got);
        check(readFileSync(got).equals(report), "another report came to the second device");
        check(kept("Robin's drawing").media_type.startsWith("image/"), "the drawing is no picture");
        check(kept("Robin's drawing").here, "the small picture did not come by itself");
    });

    await step("a procedure is released: asking for a meeting, My work, and why it is due", async () => {
        town.holdfast("olive", "policy", "release", join(here, "../../policies/calendars/england-and-wales-2027.json"));
        town.holdfast("olive", "policy", "release", join(here, "../../policies/procedure-b-fsm.json"));
        town.holdfast("olive", "policy", "release", join(here, "../../policies/procedure-a-psm.json"));
        town.holdfast("olive", "sync");
        await page.getByRole("link", { name: "Sending", exact: true }).click();
        await page.getByRole("button", { name: "Try now" }).click();
        await page.goto(page.url().replace(/#.*/, `#/case/${caseId}/ask`));
        await page.getByRole("heading", { name: "Ask for a meeting" }).waitFor();
        await page.getByLabel("Why a meeting is needed", { exact: true }).fill("Robin has twice asked to sleep elsewhere.");
        await page.getByLabel("Imminent").check();
        await page.getByLabel("What the child said", { exact: true }).fill("I don't like it when it's loud at tea.");
        await page.getByText("Why is this asked?").first().click();
        await page.locator(".govuk-details__text strong").first().waitFor();
        await good(page, "ask");
        await page.getByRole("button", { name: "Done" }).click();
        await page.getByRole("heading", { name: "What is owed" }).waitFor();
        await page.getByRole("heading", { name: "Robin Invented, CH-4821" }).waitFor(); // an answer of its own
        await good(page, "case-owed");
        await page.getByRole("link", { name: "My work" }).click();
        await page.getByText("2 working days from the request").first().waitFor();
        await page.getByText("To be read again").waitFor();
        await good(page, "work");
        await page.locator(".hf-duties li", { hasText: "2 working days from the request" }).first().getByText("Explain").click();
        await page.getByText("Days counted").first().waitFor();
        await good(page, "work-explained");
        await page.getByRole("link", { name: /Placement Support Meeting, version/ }).click();
        await page.getByRole("button", { name: "I have read this version" }).click();
        await page.locator("#read", { hasText: "You have said that you read this version" }).waitFor();
        check(await page.locator("#read").evaluate((one) => one === document.activeElement), "the focus is lost with the button that was pressed");
        await good(page, "procedure");
    });

    await step("at a visit: what has happened with an action, escalated, and found by a search", async () => {
        await page.goto(page.url().replace(/#.*/, `#/record/${action}`));
        await page.getByRole("button", { name: "What has happened with it" }).click();
        await page.getByLabel("What has happened", { exact: true }).fill("The school offers the library at lunch.");
        await page.getByLabel("Started").check();
        await good(page, "action-update");
        await page.getByRole("button", { name: "Done" }).click();
        await page.locator(".govuk-summary-list__value", { hasText: "Started" }).waitFor();
        await page.getByText("Escalate", { exact: true }).click();
        await page.getByLabel("Level 1: Fostering manager").waitFor(); // each level says whom it means
        await page.getByLabel("Level 2: Fostering Service Manager").check();
        await page.getByLabel("Level 1: Fostering manager").check();
        await page.getByLabel("Why it is escalated").fill("Nobody has the key.");
        await page.getByRole("button", { name: "Escalate it" }).click();
        await page.getByText("The escalation is saved here. Level 1: Fostering manager").waitFor();
        const waits = page.locator("section", { hasText: "Written, and does not count yet" });
        await waits.getByText("a role that the person who recorded it does not hold").waitFor(); // it is the supervising social worker's to do
        await waits.getByRole("link", { name: /^Escalation/ }).waitFor();
        await good(page, "action-escalated");
        await page.getByRole("link", { name: "Search", exact: true }).click();
        await page.getByText("Searching 1 case on this device").waitFor();
        await page.getByLabel("Reference, name, carer or any words").fill("library");
        await page.getByText("1 record found").waitFor();
        await good(page, "search");
    });

    await step("what holds a meeting back, and practice concerns on a page of their own", async () => {
        await page.goto(page.url().replace(/#.*/, `#/case/${caseId}`));
        await section(page, "meetings");
        await page.locator(".hf-rows").getByRole("link", { name: "Meeting", exact: true }).click();
        await page.getByText("required parts are missing").waitFor();
        await good(page, "meeting-missing");
        const unsaid = town.add("olive", caseId, "meeting", `parent=${caseId}`, "status=draft");
        town.holdfast("olive", "sync");
        await page.getByRole("link", { name: "Sending", exact: true }).click();
        await page.getByRole("button", { name: "Try now" }).click();
        await page.waitForFunction(async (id) => (await (await fetch("/api/records")).json()).records.some((row) => row.id === id), unsaid);
        await page.goto(page.url().replace(/#.*/, `#/meeting/${unsaid}`));
        await page.getByText("Nobody has said what kind of meeting this is").waitFor(); // two procedures are in force
        await page.getByRole("link", { name: "Say which kind it is" }).waitFor();
        check((await page.getByText("Nothing that a procedure requires is missing").count()) === 0, "a meeting without a kind has nothing missing");
        await good(page, "meeting-unsaid");
        await page.goto(page.url().replace(/#.*/, `#/case/${caseId}/concerns`));
        await page.getByRole("link", { name: "Add a practice concern" }).waitFor();
        await good(page, "concerns");
        await page.goto(page.url().replace(/#.*/, `#/case/${caseId}/duties`));
        await page.locator(".hf-duty").first().waitFor();
        await good(page, "case-duties");
    });

    await step("a final record: an amendment is proposed and accepted, the original in sight", async () => {
        town.holdfast("olive", "record", "finalise", action);
        town.holdfast("olive", "sync");
        await page.getByRole("link", { name: "Sending", exact: true }).click();
        await page.getByRole("button", { name: "Try now" }).click();
        await page.goto(page.url().replace(/#.*/, `#/record/${action}`));
        await page.getByRole("button", { name: "Propose an amendment" }).click();
        await page.getByText("This record is final").waitFor();
        await page.getByLabel("Action", { exact: true }).fill("Ask the head teacher for the library at lunch.");
        await page.getByLabel("Why it should be amended").fill("The room was named later.");
        await good(page, "amend");
        await page.getByRole("button", { name: "Done" }).click();
        await page.getByText("Action: original").waitFor();
        await good(page, "amendment");
        await page.getByLabel("Reason for the decision").fill("As agreed.");
        await page.getByRole("button", { name: "Accept" }).click();
        await page.getByRole("heading", { name: "Accepted" }).waitFor();
        check(await page.getByText("Action: original").isVisible(), "the original is out of sight");
        await good(page, "amendment-accepted");
    });

    await step("every form: plain inputs whose label is their name, every field may stay empty, and what is required says why it is asked", async () => {
        const all = await page.evaluate(async () => (await fetch("/api/types")).json());
        const names = all.types.map((row) => row.name).filter((name) => !["case", "person", "policy_ack", "alert", "held_decision", "urgent_access", "setting", "post", "cover", "handover"].includes(name));
        check(names.length > 40, `there are ${names.length} kinds of record`);
        for (const name of names) {
            await page.goto(page.url().replace(/#.*/, `#/case/${caseId}/new/${name}/${caseId}`));
            await page.waitForFunction((wanted) => location.hash.includes(`/new/${wanted}/`) && document.querySelector(".hf-savebar"), name);
            const odd = await page.evaluate(() => [...document.querySelectorAll("main input, main textarea, main select, main [contenteditable]")].filter((one) => !one.labels?.length || one.required || one.isContentEditable || one.getAttribute("aria-label")).map((one) => one.id || one.outerHTML.slice(0, 80)));
            check(odd.length === 0, `the form of ${name} has other inputs: ${odd.join(", ")}`);
            const asked = await page.evaluate(async (wanted) => (await (await fetch(`/api/types/${wanted}`)).json()).fields.filter((info) => info.name !== "parent" && info.duty).length, name);
            check((await page.getByText("Why is this asked?").count()) === asked, `the form of ${name} does not say why ${asked} fields are asked`);
        }
    });

    await step("a form that is gone to while it is locked opens once it is unlocked", async () => {
        await page.getByRole("button", { name: "Lock" }).click();
        await page.getByLabel("Passphrase").waitFor();
        await page.goto(page.url().replace(/#.*/, `#/case/${caseId}/new/warning_sign/${caseId}`));
        await page.getByLabel("Passphrase").fill(passphrase);
        await page.keyboard.press("Enter");
        await page.locator('[data-form="warning_sign"]').waitFor();
    });

    await step("help, another language, and an address that is none", async () => {
        await page.getByRole("link", { name: "Help" }).click();
        await page.getByRole("heading", { name: "Help" }).waitFor();
        await good(page, "help");
        await page.getByRole("button", { name: "Cymraeg" }).click();
        await page.getByRole("button", { name: "English" }).waitFor();
        check((await page.evaluate(() => document.documentElement.lang)) === "cy", "the page does not say its language");
        await good(page, "welsh");
        const labels = async (type) => {
            await page.goto(page.url().replace(/#.*/, `#/case/${caseId}/new/${type}/${caseId}`));
            await page.locator(`[data-form="${type}"] .hf-savebar`).waitFor();
            return page.evaluate(() => [...document.querySelectorAll("main label.govuk-label--s, main legend")].map((one) => ({ text: one.innerText, lang: one.lang })));
        };
        for (const type of ["request", "meeting", "action", "support_plan", "move", "placement", "match", "ppm", "document"]) {
            const english = (await labels(type)).filter((one) => one.lang);
            check(english.length === 0, `the form of ${type} is not in Welsh: ${english.map((one) => one.text).join(", ")}`);
        }
        check((await labels("action")).some((one) => one.text === "I'w wneud erbyn"), "the label of a date is not in Welsh");
        const foreign = await labels("warning_sign");
        check(foreign.length > 0 && foreign.every((one) => one.lang === "en"), "labels that are in English only do not say so");
        await good(page, "welsh-form");
        await page.getByRole("button", { name: "English" }).click();
        await page.goto(page.url().replace(/#.*/, "#/nowhere"));
        await page.getByRole("heading", { name: "No such page" }).waitFor();
        await good(page, "not-found");
    });

    await step("a second use of the address gets nothing", async () => {
        const other = await openPage(browser);
        expectAnswer(other, 403, /^\/api\/launch$/);
        expectAnswer(other, 401, /^\/api\/session$/);
        await other.goto(app.address);
        await other.getByText("This address was used already").waitFor();
        await good(other, "used");
        await other.context().close();
    });

    expectAnswer(page, 0, /^\/api\//);
    expectAnswer(page, 503, /^\/api\//); // what was still asked hears that the app ends
    await town.stop(app.child);
});
await browser.close();
await town.end();
