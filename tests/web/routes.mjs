// Every page that the router knows, in every state that its address can ask for: accessible, and in one column at 320 px. The list is
// read from the router's own table, so that a page that is added is tested, or its address has a part for which an example must be
// given here. All invented.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, broken, check, here, narrow, openBrowser, openPage, openTab, picture, story, tabTo, Town, unlock } from "./support.mjs";

const source = (path) => readFileSync(join(here, "../../client/web/src", path), "utf8");
const patterns = [...source("pages.tsx").matchAll(/^ {4}\["(\/[^"]*)", \w+\],$/gm)].map(([, pattern]) => pattern);
const guides = [...source("guides.ts").matchAll(/\bname: "(\w+)"/g)].map(([, name]) => name);
const tabs = 3; // of one person, looked at side by side: most of the time a page waits for its frames and answers
const nowhere = "01900000-0000-7000-8000-000000000000";

const town = new Town();
const browser = await openBrowser();

/** Waits until the page has what it asked for: no request is under way but the one for news. */
function settles(page) {
    const going = new Set();
    page.on("request", (request) => request.url().includes("/api/news") || going.add(request));
    for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => going.delete(request));
    return async () => {
        await page.locator("main :is(h1, p)").first().waitFor({ timeout: 10000 });
        for (let quiet = 0; quiet < 3; quiet = going.size ? 0 : quiet + 1) await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    };
}

await story("every page", async (step) => {
    const examples = {};
    let types, addresses;
    const pages = {}, tabsOf = {};

    await step("a world with something of everything", async () => {
        check(patterns.length > 40, `the router's table has ${patterns.length} rows only`);
        check(patterns.length === source("pages.tsx").split("\n").filter((line) => /^ {4}\[/.test(line)).length, "a row of the router's table cannot be read");
        await town.begin();
        for (const [name, person, role] of [["una", "Una Tester", "office"], ["amira", "Amira Sample", "worker"], ["mia", "Mia Invented", "manager"], ["ivo", "Ivo Invented", "auditor"], ["olive", "Olive Tester", "admin"]]) town.enrol(name, person, role);
        for (const device of town.run("holdfastd", "enrol", "list", "--data", town.office, "--json").match(/"device": "[0-9a-f]+"/g) ?? []) town.run("holdfastd", "enrol", "confirm", "--data", town.office, /"([0-9a-f]+)"$/.exec(device)[1]);
        town.holdfast("una", "sync");
        for (const file of ["calendars/england-and-wales-2027.json", "procedure-a-psm.json", "procedure-b-fsm.json"]) town.holdfast("una", "policy", "release", join(here, "../../policies", file));
        town.holdfast("una", "sync");
        const caseId = town.holdfast("amira", "case", "new", "CH-4821").split(" ")[0].trim();
        const add = (type, ...words) => town.add("amira", caseId, type, ...words);
        town.holdfast("amira", "record", "set", caseId, "unstable=yes", `ssw=${town.person("Amira Sample")}`, `team_manager=${town.person("Amira Sample")}`); // a planned move is hers to decide
        const child = add("child", `parent=${caseId}`, "name=Robin Invented");
        const carer = add("contact", `parent=${caseId}`, "name=Cleo Carer", "role=carer", "email=cleo@home.example");
        const home = add("placement", `parent=${caseId}`, "setting=in_house_foster", "status=current", "start=2026-11-02", "home=4 Sample Street", `carers=${carer}`);
        const match = add("match", `parent=${caseId}`, "status=proposed");
        add("document", `parent=${match}`, "type=prf", "title=Referral form");
        add("ppm", `parent=${home}`, "held_on=2026-11-05");
        const move = add("move", `parent=${caseId}`, "status=planned", "planned=yes", `from_placement=${home}`);
        add("transition_plan", `parent=${move}`, "introductions=Tea on Sunday");
        const request = add("request", `parent=${caseId}`, "urgency=imminent", "outcome=open", "at=2026-11-18T10:00:00Z", "reason=Nobody sleeps.");
        const meeting = add("meeting", `parent=${caseId}`, "type=fsm", "kind=responsive", "start=2026-11-12T10:00:00Z", "end=2026-11-12T11:00:00Z");
        add("attendance", "--parent", meeting, `person=${carer}`, "role=carer", "attended=attended");
        add("views", "--parent", meeting, `person=${child}`, "role=child", "words=I want it quiet when I draw.");
        add("notes", "--parent", meeting, "text=Everybody wants Robin to stay.");
        town.holdfast("amira", "record", "set", meeting, "status=held");
        const action = add("action", `parent=${meeting}`, "text=Ring the school", "due=2026-11-17", "status=open");
        add("escalation", `parent=${action}`, "level=2", `action=${action}`, "reason=Nobody rang", "at=2026-11-19T10:00:00Z");
        add("practice_concern", `parent=${caseId}`, "concern=An invented concern");
        const final = add("warning_sign", `parent=${caseId}`, "what=Slept elsewhere");
        town.holdfast("amira", "record", "finalise", final);
        town.holdfast("amira", "sync");
        for (const name of ["una", "mia"]) town.holdfast(name, "sync");
        town.holdfast("una", "record", "set", action, "text=Ring the school, and the nurse");
        town.holdfast("amira", "record", "set", action, "text=Ring the school at lunch");
        for (const name of ["una", "amira", "una", "mia", "ivo"]) town.holdfast(name, "sync");
        for (const [name, first] of [["amira", "My work"], ["una", "Overview"], ["mia", "My work"], ["ivo", "Audit"], ["olive", "People and devices"]]) {
            const page = await openPage(browser);
            await page.goto((await town.app(name)).address);
            await unlock(page, first);
            pages[name] = Object.assign(page, { settled: settles(page) });
            tabsOf[name] = [page];
        }
        types = await pages.amira.evaluate(async () => (await (await fetch("/api/types")).json()).types.map((row) => row.name));
        // A draft, and what is said of it.
        await pages.amira.goto(pages.amira.url().replace(/#.*/, `#/case/${caseId}/new/action/${caseId}`));
        await pages.amira.getByLabel("Action", { exact: true }).fill("Half a sen");
        await pages.amira.locator(".hf-savebar", { hasText: "Saved here" }).waitFor();
        const [draft] = await pages.amira.evaluate(async () => (await (await fetch("/api/drafts")).json()).drafts);
        Object.assign(examples, {
            ":case": [caseId, nowhere],
            ":record": [meeting, action, move, final, nowhere],
            ":type": types,
            ":parent": [caseId],
            ":request": [request],
            ":slot": ["child"],
            ":guide": [...guides, "nothing"],
            ":device": [draft.device],
            ":who": ["mine", "all", "iro", "managers"],
            ":name": ["sample.fsm", "nothing"],
            ":version": ["2024-11"],
            ":figure": ["urgent", "minutes", "plans", "escalations", "voice", "devices"],
            ":which": ["panels", "circulation", "filing"],
            ":whom": ["professional", "carer", "parent", "child"],
            "/draft/:record": [draft.record, nowhere],
            "/meeting/:record": [meeting, nowhere],
            "/action/:case/:record": [action, nowhere],
            "/case/:case/new/:type/:parent/:slot": [`/case/${caseId}/new/attendance_decision/${meeting}/child`],
        });
    });

    await step("each address of the router's table has examples", async () => {
        const [caseId] = examples[":case"];
        const fill = (pattern) => {
            const whole = examples[pattern];
            if (whole?.[0].startsWith("/")) return whole;
            const [, ...parts] = pattern.split("/");
            let paths = [""];
            for (const [i, part] of parts.entries()) {
                const begins = `/${parts.slice(0, i + 1).join("/")}`;
                const given = !part.startsWith(":") ? [part] : (examples[begins] ?? examples[part] ?? broken(`${pattern} has a part ${part} for which tests/web/routes.mjs knows no example`));
                paths = paths.flatMap((path) => given.map((value) => `${path}/${value}`));
            }
            // One that is nowhere is enough in each address; a form of every kind is looked at in one case.
            return paths.filter((path) => path.split(nowhere).length <= 2 && !(path.includes("/new/") && !path.includes(caseId)));
        };
        addresses = patterns.flatMap(fill);
        check(new Set(addresses).size > 150, `there are ${addresses.length} addresses only`);
    });

    const look = async (page, name, path, deep, byHand = false) => {
        // An address that no door leads to may be of something that is not there, or not for this person: the page says so in words.
        page.allowed = byHand ? [400, 403, 404, 409].map((status) => ({ status, path: /^\/api\// })) : [];
        const what = `${path} for ${name}`;
        await page.goto(page.url().replace(/#.*/, `#${path}`));
        try {
            await page.settled();
        } catch {
            return void wrong.push(`${what} shows nothing`);
        }
        if (deep) {
            await page.evaluate(() => document.querySelectorAll("main details").forEach((one) => (one.open = true)));
            await page.settled();
        }
        try {
            check((await page.locator("main h1").count()) === 1, `${what} has not one heading of its own`);
            await accessible(page, what);
            await narrow(page, what);
        } catch (error) {
            await picture(page, `not-ok-route-${wrong.length}`);
            wrong.push(error.message);
        }
    };
    /** Somebody's addresses, each once, in as many pages as take one after the other. */
    const lookAtAll = async (name, paths, deep, byHand) => {
        const left = [...paths];
        const [first] = tabsOf[name];
        while (tabsOf[name].length < Math.min(tabs, left.length)) {
            const page = await openTab(first.context());
            await page.goto(first.url().replace(/#.*/, "#/"));
            tabsOf[name].push(Object.assign(page, { settled: settles(page) }));
        }
        await Promise.all(
            tabsOf[name].map(async (page) => {
                for (let path = left.shift(); path !== undefined; path = left.shift()) await look(page, name, path, deep(path), byHand(path));
            }),
        );
    };
    const wrong = [];
    const none = () => check(wrong.length === 0, `${wrong.length} are wrong:\n${wrong.join("\n")}`);
    const notHers = new RegExp(`${nowhere}|/nothing|^/office/|^/dashboard|^/draft/|/new/case`);
    const isForm = (path) => /\/(new|form)\//.test(path);

    await step("a worker: every address, with what is folded opened but in forms", async () => {
        await lookAtAll("amira", addresses, (path) => !isForm(path), (path) => notHers.test(path));
        none();
    });

    await step("the office: every address but forms", async () => {
        await lookAtAll("una", addresses.filter((path) => !isForm(path)), () => false, () => true);
        none();
    });

    await step("manager, auditor and administrator: where their doors lead", async () => {
        const follow = async (name) => {
            await look(pages[name], name, "/", false);
            const doors = await pages[name].locator(".hf-nav a").evaluateAll((links) => links.map((link) => link.getAttribute("href").slice(1)));
            check(doors.length > 1, `${name} has no doors`);
            for (const path of doors) await look(pages[name], name, path, true);
        };
        await Promise.all(["mia", "ivo", "olive"].map(follow));
        none();
    });

    await step("the menu: in one line at 1280 px; at 320 px behind a button, by keyboard; how far the work has come is there at once", async () => {
        const useMenu = async (name) => {
            const page = pages[name];
            for (const language of ["cy", "en-GB"]) {
                await page.evaluate((wanted) => localStorage.setItem("language", wanted), language);
                await page.setViewportSize({ width: 1280, height: 900 });
                await page.reload();
                await page.locator(".hf-pill").waitFor();
                const lines = await page.locator(".hf-nav a").evaluateAll((links) => new Set(links.map((link) => link.getBoundingClientRect().top)).size);
                check(lines === 1, `the menu of ${name} has ${lines} lines in ${language}`);
                await page.setViewportSize({ width: 320, height: 700 });
                const top = await page.locator("main").evaluate((main) => main.getBoundingClientRect().top);
                check(top < 150, `the page of ${name} begins at ${top} px of 700 in ${language}`);
            }
            const menu = page.getByRole("button", { name: "Menu", exact: true });
            const pagesNav = page.getByRole("navigation", { name: "Pages" });
            check(!(await pagesNav.isVisible()) && (await menu.getAttribute("aria-expanded")) === "false", `the menu of ${name} is open by itself`);
            await tabTo(page, "button", "Menu");
            await page.keyboard.press("Enter");
            await pagesNav.waitFor();
            check((await menu.getAttribute("aria-expanded")) === "true", "the button does not say that the menu is open");
            await accessible(page, `the open menu of ${name}`);
            await page.keyboard.press("Tab");
            check(await pagesNav.getByRole("link").first().evaluate((one) => one === document.activeElement), "Tab does not lead from the button into the menu");
            await page.keyboard.press("Escape");
            await pagesNav.waitFor({ state: "hidden" });
            check(await menu.evaluate((one) => one === document.activeElement), "Escape does not lead back to the button");
            await page.keyboard.press("Enter");
            await pagesNav.getByRole("link").last().press("Enter");
            await pagesNav.waitFor({ state: "hidden" });
            await page.setViewportSize({ width: 1000, height: 900 });
            await pagesNav.waitFor();
        };
        await Promise.all(Object.keys(pages).map(useMenu));
    });

    await step("every row was looked at", async () => {
        console.log(`${patterns.length} rows of the router, ${addresses.length} addresses, ${types.length} kinds of record`);
    });
});
await browser.close();
await town.end();
