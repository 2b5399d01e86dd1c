// Three front doors: what the navigation offers by the role of the device. A page is added to the table in pages.tsx and,
// when it is to be found from everywhere, here.
import { Key } from "./strings";

interface Entry {
    path: string;
    text: Key;
}

const search: Entry = { path: "/search", text: "nav.search" };
const work: Entry = { path: "/my-work", text: "nav.work" };
const procedures: Entry = { path: "/procedures", text: "nav.procedures" };
const cases: Entry = { path: "/cases", text: "nav.cases" };
const clashes: Entry = { path: "/clashes", text: "nav.clashes" };
const sync: Entry = { path: "/sync", text: "nav.sync" };

const worker = [work, cases, search, clashes, procedures, sync];
const people: Entry = { path: "/office/people", text: "nav.people" };
const holders: Entry = { path: "/office/cases", text: "nav.holders" };
const held: Entry = { path: "/office/held", text: "nav.held" };
const board: Entry = { path: "/dashboard", text: "nav.board" };
const oversight: Entry = { path: "/oversight/iro", text: "nav.oversight" };
const registers: Entry = { path: "/office/registers/panels", text: "nav.registers" };
const released: Entry = { path: "/office/procedures", text: "nav.procedures" };
const urgent: Entry = { path: "/urgent", text: "urgent.title" };
const manager = [work, board, oversight, cases, search, clashes, urgent, procedures, sync];
const office = [board, cases, search, clashes, held, registers, released, holders, people, sync];
const admin = [people, holders, released, sync];
const audit: Entry = { path: "/audit", text: "nav.audit" };
const auditor = [audit, sync];

/** Who begins with My work. */
export function isWorker(role: string): boolean {
    return role === "worker" || role === "manager";
}

export function doors(role: string): Entry[] {
    if (role === "auditor") return auditor;
    if (role === "manager") return manager;
    if (role === "admin") return admin;
    return role === "office" ? office : worker;
}
