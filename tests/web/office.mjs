// The office's door: somebody is invited, a device confirmed and revoked, a case given and taken, a held change decided. All invented.
import { check, good, openBrowser, openPage, story, Town, unlock } from "./support.mjs";

const town = new Town();
const browser = await openBrowser();

await story("the office's pages", async (step) => {
    let page, caseId;

    await step("an office with an administrator, and a case of a worker", async () => {
        await town.begin();
        town.enrol("olive", "Olive Tester", "admin");
        town.enrol("una", "Una Tester", "office");
        for (const device of town.run("holdfastd", "enrol", "list", "--data", town.office, "--json").match(/"device": "[0-9a-f]+"/g) ?? [])
            town.run("holdfastd", "enrol", "confirm", "--data", town.office, /"([0-9a-f]+)"$/.exec(device)[1]);
        town.enrol("ann", "Ann Sample", "worker");
        caseId = town.holdfast("ann", "case", "new", "CH-4821").split(" ")[0].trim();
        town.add("ann", caseId, "action", "text=The first word", "status=open");
        town.holdfast("ann", "sync");
        town.holdfast("olive", "sync");
        town.holdfast("una", "sync");
        page = await openPage(browser);
        await page.goto((await town.app("olive")).address);
        await unlock(page, "People and devices");
    });

    await step("people: an invitation, by which a new device joins", async () => {
        await page.getByRole("link", { name: "People" }).click();
        await page.getByRole("heading", { name: "Ann Sample, worker" }).waitFor();
        await good(page, "office-people");
        await page.getByText("Invite somebody, or a further device").click();
        await page.getByRole("button", { name: "Make an invitation" }).click();
        await page.getByText("Write the name of the person.").first().waitFor();
        await good(page, "office-invite-problem");
        await page.getByLabel("Name").fill("Ben Example");
        await page.getByRole("button", { name: "Make an invitation" }).click();
        const line = await page.getByRole("textbox", { name: "Invitation" }).inputValue();
        await good(page, "office-invite");
        town.run("holdfast", "enrol", "--weak-kdf-for-tests", "--replica", town.replica("ben"), line);
        town.holdfast("ben", "sync");
    });

    await step("cases: given to somebody with a reason, and taken again", async () => {
        await page.getByRole("link", { name: "Caseloads" }).click();
        await page.getByText("Held by Ann Sample").waitFor();
        await page.getByText("Change who holds Case").click();
        await good(page, "office-cases");
        await page.getByLabel("Who", { exact: true }).selectOption({ label: "Give it to Ben Example" });
        await page.getByRole("button", { name: "Change", exact: true }).click();
        await page.getByText("Held by Ann Sample, Ben Example").waitFor();
        town.holdfast("ben", "sync");
        const action = town.holdfast("ben", "record", "list", "--case", caseId, "--type", "action").split(" ")[0].trim();
        town.holdfast("ben", "record", "set", action, "text=Written by Ben on the train");
        await page.getByLabel("Who", { exact: true }).selectOption({ label: "Take it from Ben Example" });
        await page.getByRole("button", { name: "Change", exact: true }).click();
        await page.getByText("Held by Ann Sample", { exact: true }).waitFor();
        town.holdfast("ben", "sync");
        check(town.run("holdfastd", "status", "--data", town.office, "--json").includes('"held": 1'), "the late change is not held");
    });

    await step("people: a device is revoked", async () => {
        await page.getByRole("link", { name: "People" }).click();
        await page.getByText("Revoke this device of Ben Example").click();
        await good(page, "office-revoke");
        await page.getByRole("button", { name: "Revoke the device" }).click();
        await page.getByText("Revoked", { exact: true }).waitFor();
    });

    await step("waiting: the office lets the held change count, with a reason", async () => {
        const office = await openPage(browser);
        await office.goto((await town.app("una")).address);
        await unlock(office, "Overview");
        await office.getByRole("link", { name: "Waiting" }).click();
        await office.getByRole("button", { name: "Let it count" }).click();
        await office.getByText("There is a problem").waitFor();
        await office.locator("main section p", { hasText: "CH-4821: Action" }).waitFor();
        await good(office, "office-held");
        await office.getByLabel("Reason").fill("Ben had not heard yet");
        await office.getByRole("button", { name: "Let it count" }).click();
        await office.getByText("Nothing waits.").waitFor();
        await office.getByRole("link", { name: "People" }).click();
        await office.getByRole("heading", { name: "Ann Sample, worker" }).waitFor();
        await office.getByText("last here").first().waitFor();
        await office.getByText("An administrator invites people").waitFor();
        check((await office.locator("main").getByText(/Invite somebody|Revoke this device/).count()) === 0, "the role office is offered what only an administrator may do");
        await good(office, "office-people-office");
    });
});
await browser.close();
await town.end();
