// What leaves the office: panels, circulation, filing and the council's form, a meeting on paper for each reader, calendar files, an
// invitation as a QR code, and this computer's keyring. All invented.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check, expectAnswer, good, here, openBrowser, openPage, story, tabTo, Town, unlock } from "./support.mjs";

const require = createRequire(join(here, "../../client/web/package.json"));
const town = new Town();
const browser = await openBrowser();
const concern = "The carer shouted at a visit";
const arabicName = "\u0644\u064a\u0644\u0649 (Leila) \u0627\u0644\u0645\u062b\u0627\u0644"; // invented
const arabicWords = "\u0623\u0631\u064a\u062f \u0627\u0644\u0647\u062f\u0648\u0621 (at tea).";
const disputed = "Nobody asked me about this.";

/** What the browser saves when this is clicked. */
async function saved(page, click) {
    const [download] = await Promise.all([page.waitForEvent("download"), click()]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

await story("what leaves the office", async (step) => {
    let page, caseId, meeting, action;
    const at = (path) => page.goto(page.url().replace(/#.*/, `#${path}`));

    await step("a meeting that is final, and a practice concern beside it", async () => {
        await town.begin();
        town.enrol("una", "Una Tester", "office");
        town.holdfast("una", "sync");
        caseId = town.holdfast("una", "case", "new", "CH-4821").split(" ")[0].trim();
        const child = town.add("una", caseId, "child", `parent=${caseId}`, "name=Robin Invented");
        const carer = town.add("una", caseId, "contact", `parent=${caseId}`, "name=Cleo Carer", "role=carer", "email=cleo@home.example");
        town.add("una", caseId, "contact", `parent=${caseId}`, `name=${arabicName}`, "role=carer");
        town.add("una", caseId, "contact", `parent=${caseId}`, "name=Pat Parent", "role=parent", "address=4 Sample Street");
        meeting = town.add("una", caseId, "meeting", `parent=${caseId}`, "type=fsm", "kind=responsive", "start=2026-11-19T10:00:00Z", "end=2026-11-19T11:00:00Z", "place=9 Invented Lane", "policy_id=sample.fsm", "policy_version=2024-11", `arranger=${carer}`);
        town.add("una", caseId, "invite", "--parent", meeting, `person=${carer}`, "decision=invited");
        town.add("una", caseId, "attendance", "--parent", meeting, `person=${carer}`, "role=carer", "attended=attended");
        town.add("una", caseId, "views", "--parent", meeting, `person=${child}`, "role=child", "words=I want it quiet when I draw.");
        town.add("una", caseId, "views", "--parent", meeting, `person=${child}`, "role=child", `words=${arabicWords}`);
        town.add("una", caseId, "risk_factor", "--parent", meeting, "text=Building works next door");
        action = town.add("una", caseId, "action", `parent=${meeting}`, "text=Find a quiet place to draw", "owner_name=Cleo Carer", "recipient=child", "due=2026-12-04", "status=open", "extra_resource=true");
        town.add("una", caseId, "practice_concern", `parent=${caseId}`, `carer=${carer}`, `concern=${concern}`);
        town.add("una", caseId, "notes", "--parent", meeting, "text=Everybody wants Robin to stay.");
        town.holdfast("una", "statement", "add", action, "--by", "Robin Invented", "--role", "child", "--words", disputed, "--on", "2026-11-20");
        town.holdfast("una", "record", "set", meeting, "status=held");
        town.holdfast("una", "record", "finalise", meeting);
        for (const file of ["calendars/england-and-wales-2027.json", "procedure-b-fsm.json"]) town.holdfast("una", "policy", "release", join(here, "../../policies", file));
        town.holdfast("una", "sync");
        page = await openPage(browser, { acceptDownloads: true });
        await page.goto((await town.app("una")).address);
        await unlock(page, "Overview");
    });

    await step("what was said against an entry stands on its page", async () => {
        await at(`/record/${action}`);
        await page.getByText("Robin Invented disputes this entry, 20 Nov 2026:").waitFor();
        await page.getByText(disputed).waitFor();
        await good(page, "record-disputed");
        await at("/office");
    });

    await step("what the child said at a meeting stands on the page of the case, with its day and a link to it", async () => {
        await at(`/case/${caseId}`);
        await page.locator("summary", { hasText: "The child's voice" }).getByText("3 entries of what the child said").waitFor();
        await page.locator("summary", { hasText: "The child's voice" }).click();
        const voice = page.locator("details", { hasText: "The child's voice" }).locator("li", { hasText: "I want it quiet when I draw." });
        await voice.getByText("19 Nov 2026").waitFor();
        await page.getByRole("link", { name: "Find a quiet place to draw" }).waitFor();
        await good(page, "case-voice");
        await voice.getByRole("link", { name: "Views, in the child's own words" }).click();
        await page.getByRole("heading", { name: "Views", exact: true }).waitFor();
        await at("/office");
    });

    await step("panels: what was not asked", async () => {
        await page.getByRole("link", { name: "Registers" }).click();
        await page.getByRole("link", { name: "Ask a panel" }).waitFor();
        await good(page, "register-panels");
    });

    await step("circulation: each recipient confirmed, and an address that nobody has is asked about again", async () => {
        await at(`/meeting/${meeting}/circulate`);
        const carer = page.locator("section", { hasText: "Cleo Carer, carer" });
        await page.getByText("Record that it was sent to Cleo Carer").click();
        await good(page, "circulate");
        expectAnswer(page, 400, /^\/api\/meetings\/[0-9a-f-]+\/circulate$/); // nobody confirmed
        expectAnswer(page, 409, /^\/api\/meetings\/[0-9a-f-]+\/circulate$/); // an address that nobody has
        await carer.getByRole("button", { name: "Record it" }).click();
        await page.getByText("Confirm that this person").first().waitFor();
        await good(page, "circulate-problem");
        await carer.getByLabel("Address used").fill("neighbour@other.example");
        await carer.getByLabel("Cleo Carer and this address are meant").check();
        await carer.getByRole("button", { name: "Record it" }).click();
        await carer.getByText("Nobody in this case has this address").first().waitFor();
        await carer.getByRole("button", { name: "This address is meant all the same" }).waitFor();
        await good(page, "circulate-unknown");
        await carer.getByLabel("Address used").fill("cleo@home.example");
        await carer.getByRole("button", { name: "Record it" }).click();
        await carer.getByText("Was there · Sent").waitFor();
        await at("/office/registers/circulation");
        await page.getByText("cleo@home.example").waitFor();
        await good(page, "register-circulation");
    });

    await step("circulation: who is not listed is added from there, and what was typed about others stays", async () => {
        await at(`/meeting/${meeting}/circulate`);
        const parent = page.locator("section", { hasText: "Pat Parent, parent" });
        await page.getByText("Record that it was sent to Pat Parent").click();
        await parent.getByLabel("Address used").fill("By hand, at the contact centre");
        await parent.getByLabel("Sent by").selectOption({ label: "By hand" });
        await page.getByRole("link", { name: "Add somebody around the child" }).click();
        await page.getByRole("heading", { name: "Add somebody around the child" }).waitFor();
        await page.getByLabel("Name", { exact: true }).fill("Noor Nurse");
        await page.getByLabel("Email", { exact: true }).fill("noor@health.example");
        await good(page, "circulate-add");
        await page.getByRole("button", { name: "Done", exact: true }).click();
        await page.getByRole("heading", { name: "Who gets the notes" }).waitFor();
        await page.getByText("Record that it was sent to Noor Nurse").waitFor();
        const now = [await parent.getByLabel("Address used").inputValue(), await parent.getByLabel("Sent by").inputValue()].join();
        check(now === "By hand, at the contact centre,by_hand", `what was typed about Pat is now ${now}`);
        await page.getByRole("link", { name: "Record that somebody was there" }).click();
        await page.getByLabel("Name, if not on file").fill("Toby Teacher");
        await page.getByRole("button", { name: "Done", exact: true }).click();
        await page.getByText("Record that it was sent to Toby Teacher").waitFor();
        await good(page, "circulate-added");
    });

    await step("filing on both records, and the council's own form", async () => {
        await at("/office/registers/filing");
        await page.getByLabel("Reference there").first().fill("LCS-77");
        await good(page, "register-filing");
        const mapping = join(here, "../../policies/templates/sample-meeting-form.json");
        const form = await saved(page, () => page.getByLabel("Fill in the council's form").setInputFiles(mapping));
        check(form.name === "meeting.csv", `the file is called ${form.name}`);
        check(form.text.includes("\"CH-4821\",\"Robin Invented\"") && form.text.split("\r\n").length === 3, `another form: ${form.text}`);
        check(!form.text.includes(concern), "a practice concern leaves with the form");
        await page.getByRole("button", { name: "Record it" }).first().click();
        await page.getByText("LCS-77").waitFor();
        await page.getByLabel("Reference there").fill("LCS-78");
        await page.getByRole("button", { name: "Record it" }).click();
        await page.getByText("Filed on both records").waitFor();
        await page.locator("section", { hasText: "Filed on both records" }).getByRole("link").waitFor();
    });

    await step("on paper for each reader: what they may not see is named on the screen, and not in the PDF", async () => {
        const seen = { professional: "Building works next door", carer: "Building works next door", parent: "", child: "" };
        for (const [reader, risk] of Object.entries(seen)) {
            await at(`/meeting/${meeting}/sheet/${reader}`);
            await page.locator(".hf-sheet", { hasText: "I want it quiet when I draw." }).waitFor();
            await page.locator(".hf-sheet__foot").waitFor();
            await page.emulateMedia({ media: "print" });
            const paper = await page.locator("body").innerText();
            check(!paper.includes(concern), `a practice concern is on the paper for ${reader}`);
            check(paper.includes("Building works next door") === (risk !== ""), `the paper for ${reader} is wrong about risks:\n${paper}`);
            check(paper.includes("9 Invented Lane") === (reader === "professional" || reader === "carer"), `the paper for ${reader} is wrong about the place`);
            check(!paper.includes("Left out for this reader") && !paper.includes("Overview"), `the paper for ${reader} has the screen's texts on it`);
            check(reader !== "professional" || (paper.includes("Robin Invented disputes this entry, 20 Nov 2026:") && paper.includes(disputed) && paper.includes("Not answered yet.")), `what was said against the action is not on the paper:\n${paper}`);
            check(paper.includes("Procedure Fostering Support Meeting, version 2024-11"), `the paper for ${reader} does not name the procedure`);
            check((await page.pdf()).subarray(0, 5).toString() === "%PDF-", "no PDF comes out");
            await page.emulateMedia({ media: "screen" });
            await good(page, `sheet-${reader}`);
        }
        await at(`/meeting/${meeting}/child`);
        await page.getByRole("heading", { name: "Your meeting" }).waitFor();
        await page.getByText("Cleo Carer will do this. By 4 Dec 2026.").waitFor();
        await good(page, "child");
    });

    await step("a name and words in a script that runs from right to left are kept apart, on the page and on paper", async () => {
        const direction = (where) => where.evaluate((one) => getComputedStyle(one).direction);
        await at(`/case/${caseId}`);
        await page.locator("summary", { hasText: "Home, carers and people around the child" }).click();
        await page.locator("summary", { hasText: "The child's voice" }).click();
        const name = page.getByRole("link", { name: `Carer: ${arabicName}` }).locator("bdi");
        check((await name.textContent()).replace(/[\u2068\u2069]/g, "") === arabicName && (await direction(name)) === "rtl", "the name is not kept apart");
        check((await direction(page.locator("blockquote", { hasText: "(at tea)" }))) === "rtl", "the child's words do not run as they were written");
        check((await direction(page.locator("blockquote", { hasText: "quiet when I draw" }))) === "ltr", "other words run with them");
        await good(page, "case-right-to-left");
        await at(`/meeting/${meeting}/circulate`);
        await page.locator("h2 bdi", { hasText: "(Leila)" }).waitFor();
        await good(page, "circulate-right-to-left");
        await at(`/meeting/${meeting}/sheet/child`);
        await page.emulateMedia({ media: "print" });
        check((await direction(page.locator(".hf-sheet dd", { hasText: "(at tea)" }))) === "rtl", "on paper the child's words do not run as they were written");
        await page.emulateMedia({ media: "screen" });
        await at(`/meeting/${meeting}/child`);
        check((await direction(page.locator("blockquote", { hasText: "(at tea)" }))) === "rtl", "on the child's own paper the words do not run as they were written");
        await good(page, "child-right-to-left");
    });

    await step("in Welsh, what there is in English only is marked, in lists and in messages as well", async () => {
        await page.getByRole("button", { name: "Cymraeg" }).click();
        await at(`/case/${caseId}`);
        await page.locator("summary h2", { hasText: "Llais" }).waitFor();
        const english = (text) => page.locator("main [lang=en]").getByText(text, { exact: true }).or(page.locator("main [lang=en]", { hasText: new RegExp(`^${text}$`) })).first();
        await english("Parent").waitFor({ state: "attached" });
        await english("Open").waitFor({ state: "attached" });
        await at(`/meeting/${meeting}/circulate`);
        await page.locator("section", { hasText: "Pat Parent" }).locator("button[type=submit]").first().click();
        await page.locator("[role=alert] a[lang=en]", { hasText: "Confirm that this person" }).waitFor();
        await good(page, "circulate-welsh");
        await page.getByRole("button", { name: "English" }).click();
        await page.getByRole("heading", { name: "Who gets the notes" }).waitFor();
    });

    await step("by keyboard: a day for one's own calendar", async () => {
        await at(`/meeting/${meeting}`);
        await page.getByRole("heading", { name: "Meeting", exact: true }).waitFor();
        await page.getByRole("link", { name: "Save in your calendar" }).waitFor();
        await page.keyboard.press("Tab");
        await tabTo(page, "link", "Save in your calendar");
        const file = await saved(page, () => page.keyboard.press("Enter"));
        check(file.text.includes("SUMMARY:Meeting - ref CH-4821\r\n") && !file.text.includes("Robin"), `another file: ${file.text}`);
        const asks = await saved(page, () => page.getByRole("link", { name: "Calendar file for those invited" }).click());
        check(asks.text.includes("METHOD:REQUEST") && asks.text.includes("ATTENDEE;RSVP=TRUE:mailto:cleo@home.example"), `another file: ${asks.text}`);
    });

    await step("an invitation as a QR code, shown once", async () => {
        town.enrol("olive", "Olive Tester", "admin");
        for (const device of town.run("holdfastd", "enrol", "list", "--data", town.office, "--json").match(/"device": "[0-9a-f]+"/g) ?? []) town.run("holdfastd", "enrol", "confirm", "--data", town.office, /"([0-9a-f]+)"$/.exec(device)[1]);
        town.holdfast("olive", "sync");
        const admin = await openPage(browser);
        await admin.goto((await town.app("olive")).address);
        await unlock(admin, "People and devices");
        await admin.getByText("Invite somebody, or a further device").click();
        await admin.getByLabel("Name").fill("Ben Example");
        await admin.getByRole("button", { name: "Make an invitation" }).click();
        const line = await admin.getByRole("textbox", { name: "Invitation" }).inputValue();
        await admin.getByRole("img", { name: "The invitation as a QR code" }).waitFor();
        await good(admin, "invite-qr");
        const source = await admin.locator(".hf-qr").evaluate((svg) => new XMLSerializer().serializeToString(svg));
        const pixels = await readSvg(source);
        const found = require("jsqr")(pixels.data, pixels.width, pixels.height);
        check(found?.data === line, `the code says ${found?.data}`);
        await admin.getByRole("button", { name: "Done: take it off the screen" }).click();
        check((await admin.locator("body").innerText()).includes(line) === false && (await admin.locator(".hf-qr").count()) === 0, "the invitation stays on the screen");
        check(!(await admin.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).includes(line), "the invitation is stored");
    });

    await step("this device: how long it may work alone, and the keyring", async () => {
        await page.getByRole("link", { name: "Sending", exact: true }).click();
        await page.getByRole("heading", { name: "This device" }).waitFor();
        await page.getByText("Open it with this computer's keyring").click();
        await page.getByText("Only the passphrase opens it.").waitFor();
        await good(page, "device");
    });
});

/** The picture as pixels, drawn by another page that has no policy against it. */
async function readSvg(source) {
    const context = await browser.newContext();
    const blank = await context.newPage();
    const drawn = await blank.evaluate(async (svg) => {
        const image = new Image();
        image.src = `data:image/svg+xml,${encodeURIComponent(svg.replace("<svg", '<svg width="600" height="600"'))}`;
        await image.decode();
        const canvas = Object.assign(document.createElement("canvas"), { width: 600, height: 600 });
        const pen = canvas.getContext("2d");
        pen.drawImage(image, 0, 0, 600, 600);
        return [...pen.getImageData(0, 0, 600, 600).data];
    }, source);
    await context.close();
    return { data: Uint8ClampedArray.from(drawn), width: 600, height: 600 };
}
await browser.close();
await town.end();
