// Photos and papers, in the states that take time: one that is stopped, one that must wait for another, one that is fetched from the
// office when it is asked for; on the case's page and on a page of its own. All invented.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { check, good, keys, openBrowser, openPage, story, Town, unlock } from "./support.mjs";

const town = new Town();
const browser = await openBrowser();
const film = Buffer.concat([Buffer.from("an invented film"), Buffer.alloc(1600000, "frame ")]); // more than comes by itself
const paper = Buffer.from("An invented report.\n".repeat(40));

await story("photos and papers", async (step) => {
    let page, ben, caseId;
    const at = (where, path) => where.goto(where.url().replace(/#.*/, `#${path}`));
    const row = (where, title) => where.locator("#attachments li", { hasText: title });
    const choose = async (where, name, title, buffer) => {
        await where.locator("#attach-file").setInputFiles({ name, mimeType: "video/mp4", buffer });
        await where.locator("#attach-title").fill(title);
    };
    const add = (where) => where.getByRole("button", { name: "Add this file" }).click();
    /** Pieces wait until they are let go. */
    const hold = async (where) => {
        let free;
        const waits = new Promise((resolve) => (free = resolve));
        await where.route("**/api/attachments/piece", async (route) => {
            await waits;
            await route.continue().catch(() => undefined);
        });
        return async () => {
            free();
            await where.unroute("**/api/attachments/piece");
        };
    };

    await step("two workers with one case, and a plan in it", async () => {
        await town.begin();
        for (const [name, person] of [["amira", "Amira Sample"], ["ben", "Ben Example"]]) town.enrol(name, person, "worker");
        caseId = town.holdfast("amira", "case", "new", "CH-4821").split(" ")[0].trim();
        town.add("amira", caseId, "warning_sign", `parent=${caseId}`, "what=Slept elsewhere");
        town.holdfast("amira", "sync");
        town.run("holdfastd", "case", "assign", "--data", town.office, "--case", caseId, "--person", town.person("Ben Example"), "--reason", "allocated");
        town.holdfast("ben", "sync");
        [page, ben] = await Promise.all(["amira", "ben"].map(async (name) => {
            const one = await openPage(browser, { acceptDownloads: true });
            await one.goto((await town.app(name)).address);
            await unlock(one);
            return one;
        }));
        await at(page, `/case/${caseId}`);
        await page.locator('[id="section.watch"] > summary').click();
        await page.locator(".hf-rows").getByRole("link", { name: /Warning sign/ }).click();
        await page.getByText("Nothing is attached here").waitFor();
        await page.getByText("Add a photo or a paper").click();
    });

    await step("stopped on the way: nothing of it is kept", async () => {
        const free = await hold(page);
        await choose(page, "film.mp4", "Welcome film", film);
        await add(page);
        await page.getByRole("button", { name: "Stop" }).waitFor();
        await good(page, "attach-going");
        await keys(page).press("Stop");
        await free();
        await page.getByRole("status").getByText("Stopped. Nothing of the file was kept.").waitFor();
        await page.getByText("Nothing is attached here").waitFor();
        check(!(await page.locator("#attach-file").isDisabled()), "a file cannot be chosen again");
    });

    await step("one after the other: a second page of the same person is told that a file is under way", async () => {
        const free = await hold(page);
        await add(page);
        await page.getByRole("button", { name: "Stop" }).waitFor();
        const second = await page.context().newPage();
        await second.goto(page.url());
        await second.getByText("Add a photo or a paper").click();
        await choose(second, "report.txt", "School report", paper);
        await add(second);
        await second.getByText("There is a problem").waitFor();
        await good(second, "attach-busy");
        await free();
        await row(page, "Welcome film").getByText("On this device").waitFor();
        await add(second);
        await row(second, "School report").getByText("On this device").waitFor();
        await second.close();
        await row(page, "School report").getByText("Received by office").waitFor();
        await row(page, "Welcome film").getByText("Received by office").waitFor();
    });

    await step("listed on the case's page, taken out on its own", async () => {
        await at(page, `/case/${caseId}`);
        await page.locator("#attachments > summary").getByText("2 files").waitFor();
        await keys(page).open("Photos and papers");
        await row(page, "Welcome film").waitFor();
        await good(page, "case-attachments");
        await keys(page).follow("School report");
        await page.getByRole("heading", { name: "Attachment", exact: true }).waitFor();
        await row(page, "School report").getByText("On this device").waitFor();
        await good(page, "attachment");
        const [file] = await Promise.all([page.waitForEvent("download"), keys(page).press(/Download.*School report/)]);
        check(file.suggestedFilename() === "report.txt" && readFileSync(await file.path()).equals(paper), "the download is another file");
    });

    await step("a large one stays at the office until it is asked for, and then comes whole", async () => {
        await at(ben, "/sync");
        await ben.getByRole("button", { name: "Try now" }).click();
        await at(ben, `/case/${caseId}`);
        await keys(ben).open("Photos and papers");
        await row(ben, "School report").getByText("On this device").waitFor();
        await row(ben, "Welcome film").getByText("At the office").waitFor();
        check((await row(ben, "Welcome film").getByRole("button", { name: /Download/ }).count()) === 0, "what is not here is offered");
        await good(ben, "attach-office");
        await town.stop(town.server);
        await keys(ben).press(/Fetch it.*Welcome film/);
        await row(ben, "Welcome film").getByText("Asked for, comes by itself").waitFor();
        await town.serve(town.address);
        await at(ben, "/sync");
        await ben.getByRole("button", { name: "Try now" }).click();
        await at(ben, `/case/${caseId}`);
        await keys(ben).open("Photos and papers");
        await row(ben, "Welcome film").getByText("On this device").waitFor();
        const [file] = await Promise.all([ben.waitForEvent("download"), keys(ben).press(/Download.*Welcome film/)]);
        check(readFileSync(await file.path()).equals(film), "another film came");
    });

    await step("lost at the office and on the device that added it: said there plainly, on the record and under Needs attention", async () => {
        const [lost] = (await page.evaluate(async (id) => (await (await fetch(`/api/attachments?case=${id}`)).json()).attachments, caseId)).filter((one) => one.title === "School report");
        const files = (folder) => readdirSync(folder, { recursive: true }).filter((name) => name.replaceAll("-", "").includes(lost.id.replaceAll("-", ""))).map((name) => join(folder, name));
        await town.stop(town.server);
        for (const folder of [join(town.office, "attachments"), join(town.replica("amira"), "attachments")]) {
            const found = files(folder);
            check(found.length > 0, `${folder} has no file for it`);
            for (const file of found) rmSync(file);
        }
        await town.serve(town.address);
        await at(page, "/sync");
        await page.getByRole("button", { name: "Try now" }).click();
        const notice = page.locator("#attention .hf-notice", { hasText: "School report" });
        await notice.getByText("Add it again").waitFor();
        await good(page, "attention-attach-lost");
        await keys(page).follow("The record");
        await row(page, "School report").getByText("Lost: add it again").waitFor();
        check((await row(page, "School report").getByText("Received by office").count()) === 0, "a lost file is called received");
        check((await page.getByText("A download is not encrypted").count()) === 0, "a download is explained where there is none");
        await good(page, "attach-lost");
        // How it was sealed, its key among that, is on no page of it.
        const sealed = async (where) => check(!/[0-9a-f]{16}/.test((await page.locator("main").innerText()).replace(/\s/g, "")), `the key of a file is on ${where}`);
        await keys(page).open("Who wrote what, and when");
        await page.locator(".hf-chronology").getByText("School report").first().waitFor();
        await sealed("the record's page");
        await at(page, page.url().replace(/^[^#]*#/, "") + "/edit");
        await page.getByRole("button", { name: "Done" }).waitFor();
        await sealed("its form");
        await at(page, `/case/${caseId}/chronology`);
        await page.getByText("School report").first().waitFor();
        await page.locator("main details").evaluateAll((all) => all.forEach((one) => (one.open = true)));
        await sealed("the chronology");
    });
});
await browser.close();
await town.end();
