// What procedures and calendars are called. Their ids stand in records and files; people read their names.
import { useEffect, useState } from "preact/hooks";
import { get } from "./api";
import { getState, setState, useStore } from "./store";
import { nameText, t } from "./strings";

let names: Record<string, string> = {};
const askedMax = 32;
const asked = new Set<string>(); // names that were wanted and not known: read again once for each

function read(): Promise<void> {
    return get<{ names: Record<string, string> }>("/api/policies/names").then((found) => {
        names = found.names;
        setState({ language: getState().language }); // what is shown is drawn again
    });
}

/** A procedure that came with a sync after the page was opened, or another word with a full stop in it: so not without end. */
function wanted(id: string): void {
    if (!id || asked.has(id) || asked.size >= askedMax) return;
    asked.add(id);
    void read().catch(() => asked.delete(id));
}

/** The name in the procedure's own file; beside its id when two procedures have the same, and its id when there is none here. */
export function procedureName(id: string): string {
    const name = names[id];
    if (!name) wanted(id);
    if (!name) return id;
    return Object.values(names).filter((other) => other === name).length > 1 ? `${name} (${id})` : name;
}

/** A line that names a rule and its version: "FSM-07 sample.fsm 2024-11", with the procedure by its name. */
export function namedProcedures(line: string): string {
    return line.replace(/[a-z_-]+(\.[a-z_-]+)+/gi, procedureName);
}

/** Every one that is known here, and the one that is chosen already. */
export function procedureChoices(chosen: string): { value: string; text: string }[] {
    return [...new Set([...Object.keys(names), chosen])].filter(Boolean).map((id) => ({ value: id, text: procedureName(id) }));
}

/** "england-and-wales": as the catalogue has it, or in plain letters. */
export function calendarName(id: string): string {
    return nameText(`calendar.is.${id}`, id);
}

/** What the authority decides about where a procedure is silent, and what it can decide. */
export function settingName(name: string): string {
    return nameText(`reading.name.${name}`, name);
}
export function settingValue(value: string): string {
    return value === "null" ? t("duty.silent") : nameText(`reading.value.${value}`, value);
}

/** Reads the names once the page is opened. False: not read yet. */
export function useProcedureNames(): boolean {
    const { session, records } = useStore();
    const [ready, setReady] = useState(false);
    const unlocked = session?.state === "unlocked" && !session.identity?.revoked;
    useEffect(() => {
        asked.clear();
        if (unlocked) read().then(() => setReady(true), () => setReady(true));
    }, [unlocked]);
    useEffect(() => {
        if (unlocked && ready && Object.keys(names).length === 0) read().catch(() => undefined); // the first sync brings them
    }, [records]);
    return ready || session?.identity?.revoked === true;
}
