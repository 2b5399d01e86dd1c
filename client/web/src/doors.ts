// Three front doors: what the navigation offers by the role of the device. A page is added to the table in pages.tsx and,
// when it is to be found from everywhere, here.
import { Key } from "./strings";

interface Entry {
    path: string;
    text: Key;
}

const cases: Entry = { path: "/cases", text: "nav.cases" };
const clashes: Entry = { path: "/clashes", text: "nav.clashes" };
const sync: Entry = { path: "/sync", text: "nav.sync" };

const worker = [cases, clashes, sync];
const office = [cases, clashes, sync];
const auditor = [cases, sync];

export function doors(role: string): Entry[] {
    if (role === "auditor") return auditor;
    return role === "office" || role === "admin" || role === "manager" ? office : worker;
}
