// Forms that follow a duty: the referral form, what was shared with the carers, the planning meeting, a move and its transition, each
// begun from a task list, by keyboard alone, with what the procedure asks for in sight. All invented.
import { join } from "node:path";
import { check, expectAnswer, good, here, keys, openBrowser, openPage, story, Town, unlock } from "./support.mjs";

const town = new Town();
const browser = await openBrowser();
const policies = join(here, "../../policies");
const day = (n) => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10);

await story("placing a child, and moving one", async (step) => {
    let page, hands, caseId, other;
    const at = (path) => page.goto(page.url().replace(/#.*/, `#${path}`));
    const heading = (name) => page.getByRole("heading", { name, exact: true, level: 1 }).waitFor();
    const parts = async () => {
        await page.locator(".hf-savebar").waitFor();
        return page.locator(".hf-part h2").allInnerTexts();
    };
    const done = async (name) => {
        await hands.press("Done");
        await heading(name);
    };
    const task = (name) => page.locator(".govuk-task-list__item", { hasText: name });
    const placement = async (where, status, start) => {
        await heading("Placement");
        await hands.choose("Kind of home", "Foster carers of our own service");
        await hands.radio("Placement status", status);
        if (start) await hands.date("Moved in on", start);
        await hands.write("Home", where);
        await hands.press("Done");
        await page.getByRole("button", { name: "Done" }).waitFor({ state: "detached" });
    };
    const open = (title) => page.locator(".hf-duty__head", { hasText: title });

    await step("a case with two homes, and both procedures", async () => {
        await town.begin();
        town.enrol("una", "Una Tester", "office");
        town.enrol("amira", "Amira Sample", "worker");
        town.holdfast("una", "sync");
        for (const file of ["calendars/england-and-wales-2027.json", "procedure-a-psm.json", "procedure-b-fsm.json"]) town.holdfast("una", "policy", "release", join(policies, file));
        town.holdfast("una", "sync");
        town.holdfast("amira", "sync");
        caseId = town.holdfast("amira", "case", "new", "CH-4821").split(" ")[0].trim();
        town.holdfast("amira", "record", "set", caseId, `child_sw=${town.person("Amira Sample")}`, `team_manager=${town.person("Amira Sample")}`); // a planned move is the manager's decision
        town.add("amira", caseId, "child", `parent=${caseId}`, "name=Robin Invented");
        town.add("amira", caseId, "contact", `parent=${caseId}`, "name=Cleo Carer", "role=carer_new");
        other = town.holdfast("amira", "case", "new", "CH-5000").split(" ")[0].trim(); // nobody is named in it
        page = await openPage(browser);
        hands = keys(page);
        await page.goto((await town.app("amira")).address);
        await unlock(page);
        await at(`/case/${caseId}`);
        await page.getByRole("heading", { name: "Robin Invented, CH-4821" }).waitFor();
    });

    await step("nothing is recorded yet: every task is there, and what it belongs to is named", async () => {
        await hands.follow("Placing the child");
        await heading("Placing the child");
        check((await page.locator(".govuk-task-list__item").count()) === 10, "tasks are missing");
        await task("Placement referral form").getByRole("link", { name: "Record this first: Match" }).waitFor();
        await good(page, "placing-none");
    });

    await step("a match, and the referral form before it is decided", async () => {
        await hands.follow("Match with a family");
        await heading("Match with a family");
        check((await parts()).join() === "With whom,The decision", `the form has other parts: ${await parts()}`);
        await hands.tick("Carers", "Cleo Carer (New carer)");
        await hands.radio("Status", "Proposed");
        await done("Placing the child");
        await open("Carers have the referral form before the match is decided").waitFor();
        await hands.follow("Placement referral form");
        await heading("Placement referral form");
        check((await parts()).join() === "The form,Sending it to the carers", `the form has other parts: ${await parts()}`);
        await page.getByText("The fostering service sends it, before the match is decided.").waitFor();
        check((await page.getByLabel("Strategies worked out from it").count()) === 0, "the referral form asks what belongs to another paper");
        await good(page, "form-prf");
        await hands.write("Title", "Referral form, November");
        await hands.tick("Sent to", "Cleo Carer (New carer)");
        await hands.date("Sent at", `${day(-3)}T10:00`);
        await page.locator(".hf-savebar", { hasText: "Saved here" }).waitFor();
    });

    await step("left and found again as a draft, it is the referral form still", async () => {
        await at("/cases");
        await hands.follow("Document, CH-4821");
        await heading("Placement referral form");
        check((await page.getByLabel("Title", { exact: true }).inputValue()) === "Referral form, November", "the draft is another");
        check((await page.getByLabel("Sent by", { exact: true }).inputValue()) === "fostering_service", "who sends it is not filled in");
        await hands.press("Done");
        await page.getByRole("button", { name: "Done" }).waitFor({ state: "detached" });
        await at(`/case/${caseId}/placing`);
        await task("Placement referral form").getByRole("link", { name: "Referral form, November" }).waitFor();
        await task("Match with a family").getByRole("link").first().waitFor();
        check((await task("Family profile").getByRole("link", { name: "Referral form, November" }).count()) === 0, "one paper stands in two places");
    });

    await step("agreed: what was shared with the carers, in speech too", async () => {
        await hands.follow("Match");
        await heading("Match with a family");
        await hands.press("Write in this record");
        await page.locator(".hf-savebar").waitFor();
        await hands.radio("Status", "Agreed");
        await hands.date("Decided at", `${day(-2)}T10:00`);
        await hands.press("Done");
        await page.getByRole("button", { name: "Done" }).waitFor({ state: "detached" });
        await at(`/case/${caseId}/placing`);
        const share = async (role, mode, words) => {
            await heading("What was shared with the carers");
            check((await parts()).join() === "Who told whom,How and when,What they were told", `the form has other parts: ${await parts()}`);
            await hands.choose("Role of that person", role);
            await hands.radio("Spoken or written", mode);
            await hands.date("When", `${day(-1)}T15:00`);
            await hands.write("What was shared", words);
            await done("Placing the child");
        };
        await hands.follow("What was shared with the carers");
        await page.locator(".hf-savebar").waitFor();
        await good(page, "form-share");
        check((await page.getByLabel("Role of that person").locator("option").nth(1).innerText()) === "Child's social worker", "those whom the duty names do not come first");
        await share("Fostering service", "Written", "The file, in full.");
        await open("Share all that can be shared, also by word of mouth").waitFor();
        await hands.follow("Add another: What was shared with the carers");
        await share("Child's social worker", "Spoken", "How Robin sleeps, and what helps.");
        await page.getByText("Done: Share all that can be shared, also by word of mouth").waitFor();
        check((await open("Share all that can be shared").count()) === 0, "the duty is open still");
    });

    await step("as the child moves in: the planning meeting, what is missing in sight, and final", async () => {
        await hands.follow("Record this first: Placement");
        await placement("4 Sample Street", "Current", day(-2));
        await at(`/case/${caseId}/placing`);
        await task("Placement planning meeting").locator(".govuk-tag", { hasText: "Due" }).waitFor();
        await good(page, "placing");
        await hands.follow("Placement planning meeting");
        await heading("Placement planning meeting");
        check((await parts()).length === 4, `the form has other parts: ${await parts()}`);
        await hands.date("Held on", day(-1));
        await hands.write("Delegated authority", "Haircuts, sleepovers with friends, school trips.");
        await hands.radio("Delegated authority recorded", "Done");
        await good(page, "form-ppm");
        await done("Placing the child");
        await page.getByText("Done: Placement planning meeting within five days of moving in").waitFor();
        await task("Placement planning meeting").getByRole("link").first().waitFor();
        await hands.follow("Placement planning meeting");
        await heading("Placement planning meeting");
        await open("The planning meeting records what support the carers need").waitFor();
        await open("The child's social worker draws up the placement plan").waitFor();
        await good(page, "ppm");
        await hands.press("Write in this record");
        await heading("Placement planning meeting");
        await hands.write("The carers' support needs", "A night off each month.");
        await hands.press("Done");
        await page.getByText("Done: The planning meeting records what support the carers need").waitFor();
        await at(`/case/${caseId}/placing`);
        await heading("Placing the child");
        await hands.follow("Placement plan");
        await heading("Placement plan");
        await hands.write("Title", "Plan of November");
        await hands.date("Written on", day(-1));
        await done("Placing the child");
        await page.getByText("Done: The child's social worker draws up the placement plan").waitFor();
        await hands.follow("First support plan");
        await heading("First support plan");
        await hands.date("Date of the plan", day(-1));
        await good(page, "form-first-plan");
        await done("Placing the child");
        await page.getByText("Done: First fostering support plan").waitFor();
        await hands.follow("Placement planning meeting");
        await page.getByRole("heading", { name: "Making it final" }).waitFor();
        await hands.press("Make it final");
        await page.locator(".govuk-tag", { hasText: "Final" }).waitFor();
    });

    await step("a move between foster families: planned together, with its meeting and its plan", async () => {
        await at(`/case/${caseId}/new/placement/${caseId}`);
        await placement("9 Invented Lane", "Planned");
        await at(`/case/${caseId}`);
        await page.getByRole("heading", { name: "Robin Invented, CH-4821" }).waitFor();
        await hands.follow("Moving the child");
        await heading("Moving the child");
        await good(page, "moving-none");
        await hands.follow("Move");
        await heading("Move");
        await hands.radio("Status", "Planned");
        await hands.radio("Planned", "Yes");
        await hands.choose("From", "4 Sample Street");
        await hands.choose("To", "9 Invented Lane");
        await hands.write("What the child said", "I want to take my drawings.");
        await hands.write("Why", "The carers retire in January.");
        await good(page, "form-move");
        await done("Moving the child");
        for (const title of ["Transition planning meeting for a move", "The transition plan has its parts", "The county's transition model is followed"]) await open(title).waitFor();
        await good(page, "moving");
        await hands.follow("Transition planning meeting");
        await heading("Transition planning meeting");
        await page.locator(".hf-savebar").waitFor();
        const first = await page.getByRole("group", { name: "Their roles" }).getByRole("checkbox").evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.labels[0].innerText));
        check(first.length === 6, `${first.length} roles are in sight: ${first}`);
        await hands.date("Held on", day(-1));
        for (const role of first.slice(0, 5)) await hands.tick("Their roles", role);
        await good(page, "form-transition-meeting");
        await done("Moving the child");
        await page.getByText("Done: Transition planning meeting for a move between foster families").waitFor();
        await hands.follow("Transition plan");
        await heading("Transition plan");
        check((await parts()).join() === "The parts of the plan,The model that it follows,Anything else", `the form has other parts: ${await parts()}`);
        await hands.write("Introductions", "Tea with the new family on Sunday.");
        await hands.write("Visits to the new home", "Two afternoons, then a night.");
        await good(page, "form-transition-plan");
        await done("Moving the child");
        await open("The transition plan has its parts").waitFor();
        await task("Transition plan").getByRole("link").first().waitFor();
        await hands.follow("Tea with the new family on Sunday.");
        await heading("Transition plan");
        await hands.press("Write in this record");
        await page.locator(".hf-savebar").waitFor();
        await hands.tick("Does not apply", "Contact");
        await hands.write("Transition model followed", "Moving on well, 2026");
        await hands.press("Done");
        await page.getByText("Done: The transition plan has its parts").waitFor();
        await page.getByText("Done: The county's transition model is followed").waitFor();
    });

    await step("learning from it", async () => {
        await at(`/case/${caseId}/moving`);
        await heading("Moving the child");
        await hands.follow("What we learn from the move");
        await heading("What we learn from the move");
        await hands.write("What we learnt", "Begin the visits a week earlier.");
        await good(page, "form-learning");
        await done("Moving the child");
        await hands.follow("Begin the visits a week earlier.");
        await page.locator(".govuk-summary-list__row", { hasText: "Move" }).locator("dd", { hasText: "The carers retire in January." }).waitFor();
    });

    await step("a move that is not hers to decide: said before it is saved, kept in sight while it is held, and let count by the office", async () => {
        await at(`/case/${other}/form/move/${other}`);
        await heading("Move");
        await page.locator(".hf-savebar").waitFor();
        const waits = page.getByText("It counts once one of these has agreed, or the office has let it count");
        await hands.radio("Status", "Considered");
        await page.locator(".hf-savebar", { hasText: "Saved here" }).waitFor();
        check((await waits.count()) === 0, "a move that is considered waits for somebody");
        await hands.radio("Planned", "Yes");
        await waits.waitFor();
        const said = await page.locator(".govuk-inset-text").innerText();
        check(/team manager.*or fostering service manager/i.test(said) && said.includes("Decide that the child moves."), `it says: ${said}`);
        await good(page, "form-waits");
        await hands.radio("Planned", "Not answered");
        await waits.waitFor({ state: "detached" });
        await hands.radio("Planned", "Yes");
        await hands.write("Why", "The lease of the house ends.");
        await waits.waitFor();
        await done("Moving the child");
        await hands.follow("Sending");
        expectAnswer(page, 404, /^\/api\/records\/[0-9a-f-]+$/); // there is no record while its beginning is held
        await hands.press("Try now");
        await page.locator(".hf-pill", { hasText: "1 needs attention" }).waitFor();
        const listed = page.locator("#attention").getByRole("link", { name: /^Move/ });
        await listed.waitFor();
        await hands.follow(await listed.innerText());
        await heading("Move");
        await page.getByText("The lease of the house ends.").waitFor();
        await page.locator(".govuk-inset-text").waitFor();
        const begun = /\/record\/([0-9a-f-]+)/.exec(page.url())[1];
        await good(page, "held-record");
        town.holdfast("una", "sync");
        const held = JSON.parse(town.holdfast("una", "held", "list", "--json"));
        check(held.length === 1, `${held.length} changes are held`);
        town.holdfast("una", "held", "release", held[0].change, "--reason", "Agreed with the team manager by telephone");
        town.holdfast("una", "sync");
        await hands.follow("Sending");
        await hands.press("Try now");
        await listed.waitFor({ state: "detached" });
        page.allowed = [];
        await at(`/record/${begun}`);
        await page.getByText("The lease of the house ends.").waitFor();
        check((await page.locator(".govuk-inset-text").count()) === 0, "it waits still");
    });
});
await browser.close();
await town.end();
