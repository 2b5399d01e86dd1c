// One story, driven as a person would: join, write, lose the power in mid-sentence, go on, clash, decide; every page on the way
// is accessible, fits 320 px, and can be used by keyboard alone.
import { check, good, openBrowser, openPage, passphrase, story, Town, unlock } from "./support.mjs";

const town = new Town();
const browser = await openBrowser();

/** Presses Tab until the focus is on what has this name. */
async function tabTo(page, role, name) {
    const wanted = page.getByRole(role, { name, exact: true });
    for (let i = 0; i < 120; i++) {
        if (await wanted.evaluateAll((found) => found.includes(document.activeElement))) return;
        await page.keyboard.press("Tab");
    }
    throw new Error(`Tab does not lead to ${role} “${name}”`);
}

const focused = (page) => page.evaluate(() => ({ id: document.activeElement.id, at: document.activeElement.selectionStart, text: document.activeElement.value }));
/** The focus and the cursor come back to where they were. */
const comesBack = (page, before) => page.waitForFunction((wanted) => { const on = document.activeElement; return on.id === wanted.id && on.selectionStart === wanted.at && on.value === wanted.text; }, before);
const pill = (page, words) => page.locator(".hf-pill", { hasText: words }).waitFor();

await story("the page", async (step) => {
    let app, page, caseId, action;

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
        await tabTo(page, "link", "Child");
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { name: "Child" }).waitFor();
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
        await page.locator("main").getByText("Received by office").waitFor();
        await good(page, "case");
    });

    await step("locked and unlocked, hidden and back: the cursor is where it was", async () => {
        await page.getByRole("link", { name: "Action", exact: true }).click();
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
        await box.press("End");
        await page.keyboard.type(sentence, { delay: 40 });
        await town.stop(app.child, "SIGKILL");
        const typed = (await focused(page)).text;
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
        check(typed.length - found.length <= 2000 / 40, `${typed.length - found.length} characters are lost: ${found}`);
        await again.fill(typed);
        await page.getByRole("button", { name: "Done" }).click();
        await page.getByRole("heading", { name: "Add to this case" }).waitFor();
        await page.getByRole("link", { name: typed }).click();
        await page.getByRole("heading", { name: "Action" }).waitFor();
        action = /#\/record\/([0-9a-f-]{36})/.exec(page.url())[1];
        await good(page, "record");
        await page.getByText("Who wrote what, and when").click();
        await page.locator(".hf-chronology").waitFor();
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
        await town.serve(town.address);
        await page.getByRole("button", { name: "Try now" }).click();
        await pill(page, "Received by office");
        await good(page, "sync");
    });

    await step("two devices, one field: both values side by side, and a decision", async () => {
        town.enrol("olive", "Olive Tester", "office");
        town.holdfast("olive", "sync");
        town.holdfast("olive", "record", "set", action, "text=Ask the school for a quiet room.\n\nAnd who has the key.");
        await page.goto(page.url().replace(/#.*/, `#/record/${action}/edit`));
        const box = page.getByLabel("Action", { exact: true });
        await box.waitFor();
        await box.fill("Ask the head teacher for a quiet room.\n\nAt lunch, on loud days.");
        town.holdfast("olive", "sync");
        await page.getByRole("button", { name: "Done" }).click();
        await page.locator(".hf-pill", { hasText: "needs attention" }).click();
        await page.getByRole("link", { name: "Two values: Action" }).click();
        await page.getByRole("heading", { name: "Two values" }).waitFor();
        await page.getByLabel("Both woven together, for you to change").waitFor();
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
        const meeting = town.add("olive", caseId, "meeting", `parent=${caseId}`, "type=psm", "status=draft");
        town.add("olive", caseId, "attendance_decision", "--parent", meeting, "--slot", "child", "decision=part");
        town.holdfast("olive", "sync");
        await page.getByRole("link", { name: "Sending", exact: true }).click();
        await page.getByRole("button", { name: "Try now" }).click();
        await page.goto(page.url().replace(/#.*/, `#/case/${caseId}`));
        await page.locator(".hf-rows").getByRole("link", { name: "Meeting", exact: true }).click();
        await page.getByRole("heading", { name: "Meeting" }).waitFor();
        await good(page, "meeting");
        await page.goto(page.url().replace(/#.*/, `#/case/${caseId}/chronology`));
        await page.locator(".hf-chronology > li").first().waitFor();
        await page.getByText("What was written").first().click();
        await good(page, "chronology");
    });

    await step("help, another language, and an address that is none", async () => {
        await page.getByRole("link", { name: "Help" }).click();
        await page.getByRole("heading", { name: "Help" }).waitFor();
        await good(page, "help");
        await page.getByRole("button", { name: "Cymraeg" }).click();
        await page.getByRole("button", { name: "English" }).waitFor();
        check((await page.evaluate(() => document.documentElement.lang)) === "cy", "the page does not say its language");
        await good(page, "welsh");
        await page.getByRole("button", { name: "English" }).click();
        await page.goto(page.url().replace(/#.*/, "#/nowhere"));
        await page.getByRole("heading", { name: "No such page" }).waitFor();
        await good(page, "not-found");
    });

    await step("a second use of the address gets nothing", async () => {
        const other = await openPage(browser);
        await other.goto(app.address);
        await other.getByText("This address was used already").waitFor();
        await good(other, "used");
        await other.context().close();
    });

    check(page.complaints.length === 0, `the browser complains:\n  ${page.complaints.join("\n  ")}`);
    await town.stop(app.child);
});
await browser.close();
await town.end();
