// The office's rooms: figures that open their records, what the reviewing officer and the managers look at, procedures released and
// compared, readings, calendars. All invented.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, expectAnswer, good, here, openBrowser, openPage, story, tabTo, Town, unlock } from "./support.mjs";

const town = new Town();
const browser = await openBrowser();
const policies = join(here, "../../policies");
const days = (n) => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10);

await story("the office's rooms", async (step) => {
    let page, caseId, meeting, request;
    const at = (path) => page.goto(page.url().replace(/#.*/, `#${path}`));
    const figure = (name) => page.locator(".hf-figures li", { hasText: name });

    await step("an office, a procedure, and a case with something of everything", async () => {
        await town.begin();
        town.enrol("una", "Una Tester", "office");
        town.enrol("ann", "Ann Sample", "worker");
        town.holdfast("una", "sync");
        town.holdfast("una", "policy", "release", join(policies, "calendars/england-and-wales-2027.json"));
        town.holdfast("una", "policy", "release", join(policies, "procedure-b-fsm.json"));
        town.holdfast("una", "sync");
        town.holdfast("ann", "sync");
        caseId = town.holdfast("ann", "case", "new", "CH-4821").split(" ")[0].trim();
        town.holdfast("ann", "record", "set", caseId, "unstable=yes", `ssw=${town.person("Ann Sample")}`);
        town.add("ann", caseId, "child", `parent=${caseId}`, "name=Robin Invented");
        request = town.add("ann", caseId, "request", `parent=${caseId}`, "urgency=imminent", "outcome=open", `at=${days(-5)}T10:00:00Z`, "reason=Nobody sleeps.");
        meeting = town.add("ann", caseId, "meeting", `parent=${caseId}`, "type=fsm", "kind=responsive", `start=${days(-9)}T10:00:00Z`, `end=${days(-9)}T11:00:00Z`);
        town.holdfast("ann", "record", "set", meeting, "status=held");
        town.add("ann", caseId, "attendance", "--parent", meeting, "name=Cleo Carer", "role=carer", "attended=attended");
        town.add("ann", caseId, "attendance", "--parent", meeting, "name=Robin Invented", "role=child", "attended=absent");
        town.add("ann", caseId, "supervision", `parent=${caseId}`, `held_on=${days(-3)}`);
        const action = town.add("ann", caseId, "action", `parent=${meeting}`, "text=Ring the school", `due=${days(-4)}`, "status=open");
        town.add("ann", caseId, "escalation", `parent=${action}`, "level=2", `action=${action}`, "reason=Nobody rang", `at=${days(-1)}T10:00:00Z`, "to_roles=fostering_service_manager");
        const answered = town.add("ann", caseId, "escalation", `parent=${action}`, "level=1", `action=${action}`, "reason=Nobody wrote", `at=${days(-2)}T10:00:00Z`, "to_roles=fostering_manager");
        town.holdfast("ann", "escalation", "reply", answered, "I shall write.");
        town.add("ann", caseId, "stability_notice", `parent=${caseId}`, "summary=The carers are tired", `at=${days(-1)}T11:00:00Z`, "to_roles=sm_cla");
        town.holdfast("ann", "sync");
        town.holdfast("una", "sync");
        page = await openPage(browser);
        await page.goto((await town.app("una")).address);
        await unlock(page, "Overview");
    });

    await step("figures, each with its records behind it", async () => {
        await figure("Urgent meetings").getByText("over").waitFor();
        check((await figure("Urgent meetings").locator("strong").innerText()) === "1", "the urgent meeting is not counted");
        check((await figure("Minutes due").locator("strong").innerText()) === "1", "the minutes are not counted");
        check((await figure("Meetings with the child").locator("strong").innerText()) === "0 %", "the share of meetings with the child's views is wrong");
        await figure("Devices in use").getByText("The longest away").waitFor();
        await good(page, "board");
        await page.getByRole("link", { name: /Urgent meetings/ }).click();
        await page.getByRole("link", { name: "Meet within two working days" }).waitFor();
        await good(page, "board-urgent");
        await page.getByRole("link", { name: "Meet within two working days" }).click();
        await page.waitForFunction((id) => location.hash === `#/record/${id}`, request);
        for (const [name, what] of [["minutes", "Minutes within five days"], ["plans", "The support plan is reviewed"], ["escalations", "Level 2: Nobody rang"], ["voice", "Fostering Support Meeting"], ["devices", "Una Tester"]]) {
            await at(`/dashboard/${name}`);
            await page.getByRole("link", { name: what }).first().waitFor();
            await good(page, `board-${name}`);
        }
        // As many records stand behind a figure as it says, and each says of which case it is.
        for (const [name, label] of [["urgent", "Urgent meetings"], ["minutes", "Minutes due"], ["plans", "Plans without a review"], ["escalations", "Escalations without a reply"], ["escalate", "Overdue actions"]]) {
            await at("/dashboard");
            const counted = Number(await figure(label).locator("strong").innerText());
            await at(`/dashboard/${name}`);
            await page.locator("main h1", { hasText: label }).waitFor();
            const rows = page.locator("main :is(.hf-duties, .hf-rows) > li");
            if (counted) await rows.first().waitFor();
            check((await rows.count()) === counted, `${label}: ${counted}, and ${await rows.count()} stand behind it`);
            check((await rows.filter({ hasText: "CH-4821" }).count()) === counted, `${label}: a record does not say of which case it is`);
        }
    });

    await step("a device that stays connected is here now, and was last here when its line ended", async () => {
        const row = (name) => page.locator(".hf-rows li", { hasText: name });
        await at("/dashboard/devices");
        await row("Una Tester").getByText("Connected now").waitFor();
        check((await row("Ann Sample").innerText()).includes("last here"), "who is away is shown as connected");
        const { child, address } = await town.app("ann");
        const ann = await openPage(browser);
        await ann.goto(address);
        await unlock(ann);
        await ann.locator(".hf-pill", { hasText: "Received by office" }).waitFor();
        await at("/dashboard");
        await figure("Devices in use").getByText("Connected now: 2").waitFor();
        expectAnswer(ann, 0, /^\/api\//);
        expectAnswer(ann, 503, /^\/api\//);
        await town.stop(child);
        await ann.context().close();
        await at("/dashboard/devices");
        await row("Ann Sample").getByText("last here").waitFor();
    });

    await step("by keyboard: from a figure to the meeting behind it", async () => {
        await at("/dashboard");
        await page.getByRole("heading", { name: "Overview" }).waitFor();
        await page.keyboard.press("Tab");
        await tabTo(page, "link", "0 % Meetings with the child's views");
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { name: "Meetings with the child's views" }).waitFor();
        await page.getByText("0 of 1 that were held").waitFor();
        await page.getByRole("heading", { name: "Held without the child's words" }).waitFor();
        const link = await page.locator("main .hf-rows a").first().innerText();
        await tabTo(page, "link", link);
        await page.keyboard.press("Enter");
        await page.waitForFunction((id) => location.hash === `#/meeting/${id}`, meeting);
    });

    await step("the reviewing officer's view, and the service managers'", async () => {
        await at("/oversight/iro");
        await page.getByRole("link", { name: "If the child is not there" }).first().waitFor();
        await page.locator(".hf-duty__more", { hasText: "Robin Invented, CH-4821" }).first().waitFor();
        await good(page, "oversight-iro");
        await page.getByRole("link", { name: "For the service managers" }).click();
        await page.getByRole("link", { name: "The carers are tired" }).waitFor();
        await page.getByRole("link", { name: "Level 2: Nobody rang" }).waitFor();
        await good(page, "oversight-managers");
    });

    await step("a new version of a procedure: looked at, released, compared, and who has read it", async () => {
        const pack = JSON.parse(readFileSync(join(policies, "procedure-b-fsm.json"), "utf8"));
        pack.version = "2026-12";
        pack.effective_from = "2026-11-01";
        pack.deadlines.minutes.n = 7;
        writeFileSync(join(town.folder, "later.json"), JSON.stringify(pack));
        writeFileSync(join(town.folder, "broken.json"), "{");
        await page.getByRole("link", { name: "Procedures" }).click();
        await page.getByRole("link", { name: "Fostering Support Meeting, version 2024-11" }).waitFor();
        await good(page, "releases");
        expectAnswer(page, 400, /^\/api\/policies\/check$/);
        await page.getByLabel("File", { exact: true }).setInputFiles(join(town.folder, "broken.json"));
        await page.getByText("There is a problem").waitFor();
        await good(page, "release-problem");
        await page.getByLabel("File", { exact: true }).setInputFiles(join(town.folder, "later.json"));
        await page.getByText("Changed: Deadlines: Minutes: Number").waitFor();
        await page.getByRole("listitem").filter({ hasText: "Changed: Effective from" }).getByText("1 Nov 2026", { exact: true }).waitFor();
        await good(page, "release-check");
        await page.getByRole("button", { name: "Sign and release it" }).click();
        await page.getByRole("link", { name: "Fostering Support Meeting, version 2026-12" }).click();
        await page.getByText("0 of 2 people have said").waitFor();
        await page.getByText("Changed: Deadlines: Minutes: Number").waitFor();
        await page.getByRole("listitem").filter({ hasText: "Changed: Effective from" }).getByText("1 Nov 2026", { exact: true }).waitFor();
        await good(page, "release");
    });

    await step("readings: who chose what, when, and from when", async () => {
        await at("/office/readings");
        await page.getByRole("heading", { name: "Readings" }).waitFor();
        await page.locator("summary", { hasText: ": Which days the five days for the minutes are" }).click();
        await page.locator("details[open]").getByRole("button", { name: "Sign the decision" }).click();
        await page.getByText("Give a reason").first().waitFor();
        await good(page, "reading-problem");
        await page.locator("details[open]").getByLabel("Reading").selectOption({ label: "Working days" });
        await page.locator("details[open]").getByLabel("Reason for the decision").fill("As the panel agreed");
        await page.locator("details[open]").getByRole("button", { name: "Sign the decision" }).click();
        await page.getByText("Una Tester chose “Working days”").waitFor();
        await good(page, "readings");
    });

    await step("calendars by year, and a day that lies beyond", async () => {
        town.holdfast("ann", "sync");
        town.add("ann", caseId, "placement", `parent=${caseId}`, "setting=in_house_foster", "status=current", "start=2027-12-30");
        town.holdfast("ann", "sync");
        await at("/sync");
        await page.getByRole("button", { name: "Try now" }).click();
        await at("/office/calendars");
        await page.getByText("lies beyond the calendar").first().waitFor();
        await page.locator("summary", { hasText: "2027" }).click();
        await page.locator("details[open]").getByText("Good Friday").waitFor();
        await good(page, "calendars");
    });
});
await browser.close();
await town.end();
