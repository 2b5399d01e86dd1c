// What needs a person: a clash that somebody else decided, a case opened because a child cannot wait, a device that is lost before its
// work has come to the office; and who put a procedure in force. All invented.
import { join } from "node:path";
import { check, expectAnswer, good, here, keys, openBrowser, openPage, passphrase, story, tabTo, Town, unlock } from "./support.mjs";

const town = new Town();
const browser = await openBrowser();
const day = (n) => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10);

await story("what needs attention", async (step) => {
    let amira, ben, mia, caseId, other, action;
    const at = (page, path) => page.goto(page.url().replace(/#.*/, `#${path}`));
    const heading = (page, name) => page.getByRole("heading", { name, exact: true, level: 1 }).waitFor();
    const pill = (page, words) => page.locator(".hf-pill", { hasText: words }).waitFor();
    const tryNow = async (page) => {
        const began = Date.now();
        await at(page, "/sync");
        await page.getByRole("button", { name: "Try now" }).click();
        await page.waitForFunction(async (since) => Date.parse((await (await fetch("/api/sync")).json()).sync.last_sync) >= since, began);
    };
    const attention = (page) => page.locator("#attention");

    await step("two workers, a manager, an office; one case of both workers, one of Amira's alone", async () => {
        await town.begin();
        for (const [name, person, role] of [["una", "Una Tester", "office"], ["amira", "Amira Sample", "worker"], ["ben", "Ben Example", "worker"], ["mia", "Mia Invented", "manager"]]) town.enrol(name, person, role);
        town.holdfast("una", "sync");
        for (const file of ["calendars/england-and-wales-2027.json", "procedure-b-fsm.json"]) town.holdfast("una", "policy", "release", join(here, "../../policies", file));
        caseId = town.holdfast("amira", "case", "new", "CH-4821").split(" ")[0].trim();
        action = town.add("amira", caseId, "action", `parent=${caseId}`, "text=Ring the school", "status=open", `due=${day(5)}`);
        other = town.holdfast("amira", "case", "new", "CH-5000").split(" ")[0].trim();
        town.add("amira", other, "child", `parent=${other}`, "name=Alex Sample");
        town.holdfast("amira", "sync");
        town.run("holdfastd", "case", "assign", "--data", town.office, "--case", caseId, "--person", town.person("Ben Example"), "--reason", "allocated");
        for (const name of ["una", "ben", "mia", "amira"]) town.holdfast(name, "sync");
        [amira, ben, mia] = await Promise.all(["amira", "ben", "mia"].map(async (name) => {
            const page = await openPage(browser);
            await page.goto((await town.app(name)).address);
            await unlock(page);
            return page;
        }));
    });

    await step("by keyboard: a case that is not one's own, opened with a reason because a child cannot wait", async () => {
        const hands = keys(ben);
        await at(ben, "/cases");
        await heading(ben, "Cases");
        await ben.locator("main").getByRole("link", { name: "CH-4821" }).waitFor();
        check(!(await ben.locator("main").innerText()).includes("CH-5000"), "the case is his already");
        await hands.follow("A child cannot wait, and the case is not yours");
        await heading(ben, "Urgent access");
        await ben.getByText("No case on this device was opened urgently.").waitFor();
        await hands.press("Open the case");
        await ben.getByText("Write the reference of the case.").waitFor();
        await good(ben, "urgent-problem");
        await hands.write("Case reference", "CH-5000");
        await hands.press("Open the case");
        await ben.getByText("Say why this cannot wait.").waitFor();
        expectAnswer(ben, 409, /^\/api\/urgent$/); // the office wants a sentence
        expectAnswer(ben, 502, /^\/api\/urgent$/); // and is away for a moment
        await hands.write("Why this cannot wait", "now");
        await hands.press("Open the case");
        await ben.getByText("Say in a sentence why this cannot wait").waitFor();
        await town.stop(town.server);
        await hands.write("Why this cannot wait", ": the carer rang, and the child is not home.");
        await hands.press("Open the case");
        await ben.getByText("A case can only be opened while the office can be reached.").waitFor();
        await good(ben, "urgent-offline");
        await town.serve(town.address);
        await hands.press("Open the case");
        await ben.getByText("The case is open to you until").first().waitFor();
        await ben.getByRole("link", { name: "CH-5000, opened by Ben Example" }).waitFor();
        check((await ben.getByRole("button", { name: "I have looked at it" }).count()) === 0, "who opened a case looks at it themself");
        await good(ben, "urgent");
        await at(ben, "/cases");
        await ben.locator("main").getByRole("link", { name: /CH-5000/ }).waitFor();
    });

    await step("the manager finds it under Needs attention, and says what they think of it", async () => {
        await tryNow(mia);
        await attention(mia).getByRole("link", { name: "To be looked at: Ben Example opened CH-5000 urgently" }).waitFor();
        await good(mia, "attention-urgent");
        const hands = keys(mia);
        await hands.follow("To be looked at: Ben Example opened CH-5000 urgently");
        await heading(mia, "Urgent access");
        await mia.getByText("the carer rang, and the child is not home").waitFor();
        check((await mia.getByRole("button", { name: "Open the case" }).count()) === 0, "a manager is offered what only a worker may do");
        await hands.press("I have looked at it");
        await mia.getByText("Say what you think of it.").first().waitFor();
        await good(mia, "urgent-look");
        await hands.write("What you say about it. Ben Example and all who hold the case read it.", "Right to do so. Ben stays on the case.");
        await hands.press("I have looked at it");
        await mia.getByText("Mia Invented looked at it: Right to do so.").waitFor();
        await pill(mia, "Received by office");
        await tryNow(ben);
        await at(ben, "/urgent");
        await ben.getByText("Mia Invented looked at it: Right to do so. Ben stays on the case.").waitFor();
        await tryNow(mia);
        check((await attention(mia).getByText("To be looked at").count()) === 0, "it is still to be looked at");
    });

    await step("a case that is not one's own is read with a reason, which is asked and never needed", async () => {
        await at(mia, `/case/${caseId}`);
        const hands = keys(mia);
        await hands.press("Keep the reason");
        await mia.getByText("Say why you read this case.").waitFor();
        await good(mia, "reading-why");
        await hands.write("This case is not yours. Why do you read it?", "Supervision on Monday");
        await mia.keyboard.press("Enter");
        await mia.getByText("You read it because: Supervision on Monday").waitFor();
        await at(mia, `/record/${action}`);
        await mia.getByText("You read it because: Supervision on Monday").waitFor();
        await at(amira, `/case/${caseId}`);
        await amira.getByRole("heading", { name: "What is owed" }).waitFor();
        check((await amira.getByText("This case is not yours").count()) === 0, "somebody is asked why they read their own case");
    });

    await step("a draft is shown to whoever takes the minutes together, and to nobody any more", async () => {
        const shared = ben.locator("section", { hasText: "Drafts that others share" });
        await at(amira, `/case/${caseId}/new/warning_sign/${caseId}`);
        await amira.getByRole("textbox").first().fill("Slept elsewhere, half a sen");
        const hands = keys(amira);
        await hands.press("Show this draft to the others who hold the case");
        await amira.getByText("Others who hold the case can see this draft.").first().waitFor();
        await good(amira, "draft-shared");
        await tryNow(amira);
        await tryNow(ben);
        await at(ben, `/case/${caseId}`);
        await shared.getByText("Slept elsewhere, half a sen").waitFor();
        await shared.getByText("Amira Sample, on their device 1").waitFor();
        await good(ben, "draft-of-others");
        await at(amira, "/my-work");
        await amira.getByRole("link", { name: "Warning sign, CH-4821" }).click();
        await hands.press("Show it to nobody else");
        await amira.getByRole("button", { name: "Show this draft to the others who hold the case" }).waitFor();
        await hands.press("Throw this draft away");
        await hands.press("Yes, throw it away");
        await amira.locator(".hf-savebar").waitFor({ state: "detached" });
        await tryNow(amira);
        await tryNow(ben);
        await at(ben, `/case/${caseId}`);
        await ben.getByRole("heading", { name: "What is owed" }).waitFor();
        await shared.waitFor({ state: "detached" });
    });

    await step("a draft that was shown goes from others when the office decides against it; its author and they are told, and it stays", async () => {
        const shared = ben.locator("section", { hasText: "Drafts that others share" });
        const meeting = town.add("una", caseId, "meeting", `parent=${caseId}`, "type=fsm");
        town.holdfast("una", "sync");
        await tryNow(amira);
        await at(amira, `/case/${caseId}/new/notes/${meeting}`);
        await amira.getByRole("textbox").first().fill("Minutes that two people write");
        await keys(amira).press("Show this draft to the others who hold the case");
        await amira.getByText("Others who hold the case can see this draft.").first().waitFor();
        await tryNow(amira);
        await tryNow(ben);
        await at(ben, `/case/${caseId}`);
        await shared.getByText("Minutes that two people write").waitFor();
        town.holdfast("una", "setting", "set", "sample.fsm", "draft_sharing", "not_shared", "--reason", "As the panel agreed");
        town.holdfast("una", "sync");
        await tryNow(amira);
        await tryNow(ben);
        await at(ben, `/case/${caseId}`);
        await ben.getByText("One that somebody showed you is with them, and is not lost.").waitFor();
        await shared.waitFor({ state: "detached" });
        await good(ben, "drafts-shown-to-nobody");
        await at(amira, "/my-work");
        await amira.getByText("Others saw this one until then; now only you do.").waitFor();
        await amira.locator("main").getByRole("link", { name: /Meeting notes|Notes/ }).first().click();
        await amira.locator(".govuk-inset-text", { hasText: "Others saw this one until then; now only you do." }).waitFor();
        check((await amira.getByRole("textbox").first().inputValue()) === "Minutes that two people write", "words of the draft are gone");
        await good(amira, "draft-held-back");
        expectAnswer(amira, 403, /^\/api\/forms\/[^/]+\/share$/);
        await keys(amira).press("Show this draft to the others who hold the case");
        await amira.getByText("Its settings say who decided it and why. The draft stays yours.").waitFor();
        town.holdfast("una", "setting", "set", "sample.fsm", "draft_sharing", "who_holds_the_case", "--reason", "Two people take the minutes");
        town.holdfast("una", "sync");
        await tryNow(amira);
    });

    await step("a draft that its author finished goes from whoever it was shown to, or says so, without a further sync", async () => {
        const goOn = ben.getByRole("link", { name: "Go on with it on this device" });
        await at(amira, `/case/${caseId}/new/warning_sign/${caseId}`);
        await amira.getByRole("textbox").first().fill("Came late twice");
        const hands = keys(amira);
        await hands.press("Show this draft to the others who hold the case");
        await amira.getByText("Others who hold the case can see this draft.").first().waitFor();
        await tryNow(amira);
        await tryNow(ben);
        await at(ben, `/case/${caseId}`);
        await goOn.waitFor();
        await at(amira, "/my-work");
        await amira.getByRole("link", { name: "Warning sign, CH-4821" }).click();
        await hands.press("Done");
        await amira.locator(".hf-savebar").waitFor({ state: "detached" });
        await goOn.waitFor({ state: "detached" });
    });

    await step("a clash that somebody else decided against one's own value: who, why, and told until it was seen", async () => {
        for (const [page, when] of [[amira, day(12)], [ben, day(19)]]) {
            await at(page, `/record/${action}/edit`);
            await page.getByLabel("Due on", { exact: true }).fill(when);
        }
        for (const page of [amira, ben]) {
            await page.getByRole("button", { name: "Done" }).click();
            await page.getByRole("button", { name: "Done" }).waitFor({ state: "detached" });
            await tryNow(page);
            await page.getByText("Received by office").first().waitFor();
        }
        await ben.locator(".hf-pill", { hasText: "needs attention" }).waitFor();
        await attention(ben).getByRole("link", { name: "Two values: Action, Ring the school" }).waitFor();
        await attention(ben).locator("li", { hasText: "Two values" }).getByText("CH-4821").waitFor();
        await good(ben, "attention-clash");
        town.holdfast("una", "sync");
        const code = /clash ([^;]*);/.exec(town.holdfast("una", "conflict", "show", action))[1];
        town.holdfast("una", "conflict", "settle", action, "due", "--clash", code, "--value", day(19), "--reason", "The school breaks up before that.");
        town.holdfast("una", "sync");
        await tryNow(amira);
        await amira.locator(".hf-pill", { hasText: "needs attention" }).waitFor();
        await attention(amira).getByText("Not chosen: Action: Due on").waitFor();
        await attention(amira).getByText("Una Tester decided on").waitFor();
        await attention(amira).getByText("Reason: The school breaks up before that.").waitFor();
        await good(amira, "attention-decided");
        await amira.reload();
        await attention(amira).getByText("Not chosen: Action: Due on").waitFor();
        const hands = keys(amira);
        await tabTo(amira, amira.getByRole("button", { name: /I have seen this/ }), "I have seen this");
        await amira.keyboard.press("Enter");
        await attention(amira).getByText("Nothing needs your attention.").waitFor();
        await pill(amira, "Received by office");
        check(!(await amira.locator(".hf-pill").innerText()).includes("attention"), "the header counts it still");
        await amira.reload();
        await attention(amira).getByText("Nothing needs your attention.").waitFor();
        await at(amira, `/record/${action}`);
        await heading(amira, "Action");
        await hands.open("Who wrote what, and when");
        await amira.getByText("Not chosen, what you wrote").waitFor();
        await good(amira, "record-not-chosen");
        await tryNow(ben);
        await attention(ben).getByText("Your value stands: Action: Due on").waitFor();
    });

    await step("a clash about who does something: both are named, of which case, and one of them is taken", async () => {
        const meeting = town.add("una", caseId, "meeting", `parent=${caseId}`, "status=draft");
        town.holdfast("una", "sync");
        for (const page of [amira, ben]) await tryNow(page);
        for (const [page, name] of [[amira, "Una Tester"], [ben, "Mia Invented"]]) {
            await at(page, `/record/${meeting}/edit`);
            await page.getByLabel("Chair", { exact: true }).selectOption({ label: `${name} (Member of staff)` });
        }
        for (const page of [amira, ben]) {
            await page.getByRole("button", { name: "Done" }).click();
            await page.getByRole("button", { name: "Done" }).waitFor({ state: "detached" });
            await tryNow(page);
        }
        await at(ben, `/clashes/${meeting}`);
        const shown = (name) => ben.locator(".hf-version").getByText(name, { exact: true }).waitFor();
        await shown("Una Tester");
        await shown("Mia Invented");
        await ben.locator("main section p", { hasText: "CH-4821: " }).waitFor();
        await good(ben, "clash-person");
        const hands = keys(ben);
        await ben.getByRole("radio").first().check();
        await hands.write("Reason for the decision", "Una is there that day");
        await hands.press("Settle");
        await ben.getByText("No field has two values.").waitFor();
        await tryNow(ben);
        await tryNow(amira);
    });

    await step("who put a procedure in force, and when", async () => {
        await keys(amira).follow("Procedures");
        await heading(amira, "Procedures");
        await keys(amira).follow("Fostering Support Meeting, version 2024-11");
        await amira.getByText("Released by Una Tester on").waitFor();
    });

    await step("a device that is lost: what the office lacks is listed, revoking closes it, and its work is handed in and not deleted", async () => {
        await town.stop(town.server);
        await at(amira, `/record/${action}/edit`);
        await amira.getByLabel("Action", { exact: true }).fill("Ring the school, and ask for Ms Sample");
        await amira.getByRole("button", { name: "Done" }).click();
        await pill(amira, "Saved here: 1");
        await at(amira, "/sync");
        const lacking = amira.locator("section", { hasText: "What the office does not have yet" });
        await lacking.getByRole("link", { name: "Action: Ring the school, and ask for Ms Sample" }).waitFor();
        check((await lacking.locator("li").count()) === 1, "more is listed than the office lacks");
        await good(amira, "sync-lacking");
        const devices = JSON.parse(town.run("holdfastd", "device", "list", "--data", town.office, "--json"));
        const lost = (devices.devices ?? devices).find((row) => JSON.stringify(row).includes("Amira Sample"));
        town.run("holdfastd", "device", "revoke", "--data", town.office, lost.device, "--reason", "lost");
        await town.serve(town.address);
        // The app may have noticed by itself that the office is back; then it asks for the passphrase already, without the button.
        const locked = amira.locator("#passphrase");
        const tried = amira.getByRole("button", { name: "Try now" }).click().catch(() => undefined);
        await Promise.race([locked.waitFor(), tried]);
        await locked.fill(passphrase);
        await amira.keyboard.press("Enter");
        await amira.getByRole("heading", { name: "This device was revoked" }).waitFor();
        await amira.getByText("All the work that was on it has come to the office").waitFor();
        await good(amira, "revoked");
        expectAnswer(amira, 403, /^\/api\//);
        await at(amira, `/record/${action}`);
        const shown = await amira.locator("body").innerText();
        check(!shown.includes("school") && !shown.includes("My work"), "a revoked device shows records");
        for (const path of ["/api/records", "/api/cases", `/api/records/${action}`, "/api/search?q=school", "/api/drafts"]) check((await amira.evaluate(async (wanted) => (await fetch(wanted)).status, path)) === 403, `a revoked device gives ${path}`);
        town.holdfast("una", "sync");
        const held = JSON.parse(town.holdfast("una", "held", "list", "--json"));
        check(JSON.stringify(held).includes("Amira Sample"), `the lost device's work is not held: ${JSON.stringify(held)}`);
        town.holdfast("una", "held", "release", (held.held ?? held)[0].change, "--reason", "Written before it was lost");
        town.holdfast("una", "sync");
        check(town.holdfast("una", "record", "show", action).includes("ask for Ms Sample"), "the lost device's words are gone");
    });
});
await browser.close();
await town.end();
