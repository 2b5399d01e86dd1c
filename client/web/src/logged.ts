// A line of the log, as the auditor's program writes it, for people: who and what is meant instead of ids, days and moments as people
// write them, choices by their names. The file that is saved keeps every id and moment as it is.
import { codeKnown, codeText, dateText, t, timeText, titleText } from "./strings";

const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const FIRST = new RegExp(`^changes (.+?) (${ID})(?: of [^:]+)?: (?:Belongs to = [^;]*; )?([^=;]+) = ([^;]*)`);
const named = ["Name", "Child's name", "Case reference"]; // what these hold is what somebody or something is called

/** What each record is called in these lines: a name where the first field is one, otherwise its kind and the end of its id. */
export function namesIn(lines: string[]): Map<string, string> {
    const names = new Map<string, string>();
    for (const line of lines) {
        const [, kind, id, label, value] = FIRST.exec(line) ?? [];
        if (!kind || !id) continue;
        if (label && value && named.includes(label)) names.set(id, value);
        else if (!names.has(id)) names.set(id, `${kind} ${id.slice(-8)}`);
    }
    return names;
}

export function loggedLine(line: string, names: Map<string, string>): string {
    const short = (id: string) => names.get(id) ?? id.slice(-8);
    const opens = new RegExp(`^opens case (${ID})`).exec(line); // the one place where a case's number is to be found
    if (opens?.[1]) return names.has(opens[1]) ? `opens case ${names.get(opens[1])}, ${opens[1]}` : line;
    return line
        .replace(new RegExp(` \\(${ID}\\)`, "g"), "") // behind a name
        .replace(new RegExp(`^(changes )(.+?) (${ID})(?= of |:)`), (_, verb: string, kind: string, id: string) => (short(id).startsWith(kind) ? verb + short(id) : `${verb}${kind} ${short(id)}`))
        .replace(new RegExp(ID, "g"), short)
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (moment) => timeText(moment))
        .replace(/\b\d{4}-\d\d-\d\d\b(?!-)/g, (day) => dateText(day))
        .replace(/\bAL-[A-Z-]+[A-Z]\b/g, (alert) => titleText(alert))
        .replace(/ = \+(?!.*\u2212)/g, " = ")
        .replace(/ = (true|false|[a-z][a-z0-9]*)(?=;|$)/g, (all, code: string) => (code === "true" ? ` = ${t("yes")}` : code === "false" ? ` = ${t("no")}` : codeKnown(code) ? ` = ${codeText(code)}` : all));
}
